"""What a command is about: a document of a file, a stored one, or an experiment with all that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quicktest.client import Client, load
from quicktest.documents import Documents, Known, key_of, parsed
from quicktest.drafts import COLLECTIONS, Draft
from quicktest.errors import NotFound, QuicktestError
from quicktest.findings import InvalidDrafts, errors_of
from quicktest.store import Store
from shared.documents import ClientDocument, Experiment

KINDS = tuple(COLLECTIONS)
_OF_EXPERIMENT = re.compile(r"^(exp\s*)?#?\s*[0-9]{1,9}$|^exp-", re.IGNORECASE)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # a frozen copy holds its times as text, and nobody asks for them


@dataclass(frozen=True)
class Subject:
    """`parts`: the document by its kind and, of an experiment, the configs that it was or would be run with."""

    kind: str
    label: str
    id: str
    parts: Mapping[str, ClientDocument]
    documents: Documents
    run: Mapping[str, Any] | None = None

    @property
    def document(self) -> ClientDocument:
        return self.parts[self.kind]


def is_file(reference: str) -> bool:
    return reference.lower().endswith((".yaml", ".yml"))


def find(reference: str, kind: str | None, client: Client | None) -> Subject:
    """The one document that `reference` names; raises QuicktestError with the choices when there are several."""
    if is_file(reference):
        return _of_file(reference, kind, client)
    if client is None:
        raise QuicktestError(
            f"`{reference}` is no YAML file, and no stack runs to look it up in. Start `quicktest up`."
        )
    if _OF_EXPERIMENT.match(reference.strip()):
        return _of_experiment(reference, client)
    return _stored(reference, kind, client)


def subjects_of_file(path: str, client: Client | None) -> list[Subject]:
    """Every document of a file, in its order; raises InvalidDrafts when some cannot be read."""
    drafts, findings = load(Path(path))
    if wrong := errors_of(findings):
        raise InvalidDrafts(wrong)
    documents = Documents(drafts, client.store if client else None)
    return [_of_draft(documents, documents.of_draft(draft), path) for draft in drafts]


def _of_file(path: str, kind: str | None, client: Client | None) -> Subject:
    found = [subject for subject in subjects_of_file(path, client) if kind in (None, subject.kind)]
    if kind is None and len(found) > 1:  # a file is known by its experiment, which stands for all that is in it
        found = [subject for subject in found if subject.kind == "experiment"] or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise QuicktestError(f"{path} holds no {kind}. Name another file, or another --kind.")
    raise QuicktestError(f"{path} holds {', '.join(s.label for s in found)}. Choose one with --kind.")


def of_draft(draft: Draft, label: str, store: Store) -> Subject:
    """A draft beside the stored documents that it names."""
    documents = Documents([draft], store)
    known = documents.of_draft(draft)
    return Subject(known.kind, label, key_of(draft), _parts(documents, known), documents)


def _of_draft(documents: Documents, known: Known, path: str) -> Subject:
    assert known.document is not None and known.draft is not None
    label = f"{path} ({known.draft.label})"
    return Subject(known.kind, label, key_of(known.draft), _parts(documents, known), documents)


def _of_experiment(reference: str, client: Client) -> Subject:
    """A run's frozen copies once it has some, else the request and what it names now."""
    experiment = client.experiment(reference)
    run = client.store.get(f"runs/{experiment.id}")
    snapshot = client.store.get(f"runs/{experiment.id}/details/snapshot")
    documents = Documents([], client.store)
    number = (run or {}).get("number")
    label = f"Exp #{number}" if number is not None else experiment.id
    if snapshot is not None:
        parts = {kind: _frozen(kind, raw, experiment.id) for kind, raw in snapshot["configs"].items()}
    else:
        parts = _parts(documents, _readable(documents, "experiment", experiment.id))
    return Subject("experiment", label, experiment.id, parts, documents, run)


def _stored(reference: str, kind: str | None, client: Client) -> Subject:
    documents, known = stored(reference, kind, client)
    known = _readable(documents, known.kind, known.id)
    return Subject(known.kind, known.label, known.id, _parts(documents, known), documents)


def stored(reference: str, kind: str | None, client: Client) -> tuple[Documents, Known]:
    """The stored document that `KIND/ID`, or an id alone, names."""
    documents = Documents([], client.store)
    if _OF_EXPERIMENT.match(reference.strip()):
        known = documents.get("experiment", client.experiment(reference).id)
        assert known is not None  # it was just found
        return documents, known
    named, _, document_id = reference.rpartition("/")
    kinds = [kind] if kind else [k for k in KINDS if named in ("", k, COLLECTIONS[k])]
    if not kinds:
        raise QuicktestError(f"There is no kind `{named}`. Use one of {', '.join(KINDS)}.")
    found = [known for k in kinds if (known := documents.get(k, document_id)) is not None]
    if len(found) > 1:
        choices = ", ".join(f"{known.kind}/{document_id}" for known in found)
        raise QuicktestError(f"Several documents are named so: {choices}. Use one of these names.")
    if not found:
        existing = [f"{k}/{name}" for k in kinds for name in documents.ids(k)]
        raise NotFound("document", reference, existing, "Write KIND/ID, such as dataset/shop, or name a YAML file.")
    return documents, found[0]


def _readable(documents: Documents, kind: str, document_id: str) -> Known:
    known = documents.get(kind, document_id)
    if known is None or known.document is None:
        raise QuicktestError(
            f"{kind} {document_id} cannot be read. `quicktest validate {kind}/{document_id}` says why."
        )
    return known


def _parts(documents: Documents, known: Known) -> dict[str, ClientDocument]:
    """The document and, of an experiment or a feature config, what it names as far as that is known."""
    assert known.document is not None
    parts = {known.kind: known.document}
    document = known.document
    named = {"dataset": getattr(document, "dataset", None)}
    if isinstance(document, Experiment):
        named = {"feature_config": document.feature_config, "model_config": document.model_config_id}
    for kind, name in named.items():
        found = documents.get(kind, name) if name else None
        if found is not None and found.document is not None:
            parts = {**_parts(documents, found), **parts}
    return parts


def _frozen(kind: str, raw: Mapping[str, Any], experiment_id: str) -> ClientDocument:
    """A document as a snapshot holds it."""
    document = parsed(kind, experiment_id if kind == "experiment" else "frozen", _dated(raw))
    if document is None:
        raise QuicktestError(f"The frozen {kind} of {experiment_id} cannot be read by this version of quicktest.")
    return document


def _dated(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {**raw, "created_at": _ANY_TIME, "updated_at": _ANY_TIME}
