"""The Python client: documents in, an experiment back."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ulid import ULID

from quicktest.checking import check, missing_references, ordered
from quicktest.deployment import Deployment, find_deployment
from quicktest.documents import Documents
from quicktest.drafts import Draft, complete, load_documents, load_text, read_text
from quicktest.errors import QuicktestError
from quicktest.experiment import Experiment
from quicktest.findings import Finding, InvalidDrafts, errors_of
from quicktest.lookup import find_experiment
from quicktest.selecting import select
from quicktest.store import Document, FirestoreStore, Store
from quicktest.words import shown_state

Written = str | Path | Mapping[str, Any] | Iterable[Mapping[str, Any]]
ADDED_WHEN_WRITTEN = ("schema_version", "owner", "created_at", "updated_at")
_FILE_NAME = re.compile(r"[^\r\n]+\.ya?ml", re.IGNORECASE)
EDITABLE = ("name", "description", "notes", "tags", "starred")  # of an experiment, once it exists (design section 4)


@dataclass(frozen=True)
class Applied:
    """What became of one document: `created`, `updated` or `unchanged`."""

    kind: str
    id: str
    action: str


class Client:
    """Talks to the stack that runs here, or to the Google project of GOOGLE_CLOUD_PROJECT."""

    def __init__(
        self, store: Store | None = None, deployment: Deployment | None = None, owner: str | None = None
    ) -> None:
        self.deployment = deployment or find_deployment()
        self.store = store or FirestoreStore(self.deployment.project)
        self.owner = owner or _user()

    def apply(self, documents: Written, dry_run: bool = False) -> list[Applied]:
        """Write documents (YAML file or text, or dictionaries with `kind` and `id`), all of them or none."""
        return self.apply_drafts(drafts_from(documents), dry_run)

    def run(self, experiment: Written) -> Experiment:
        """Write one experiment, and the configs that come with it; it starts at once."""
        drafts = drafts_from(experiment)
        wanted = [draft for draft in drafts if draft.kind == "experiment"]
        if len(wanted) != 1:
            raise QuicktestError(
                f"To run, exactly one experiment is needed, not {len(wanted)}. `quicktest apply` takes any number."
            )
        if wanted[0].id is not None:
            raise QuicktestError(f"{wanted[0].at('id')}: to run, leave out `id`: every run is a new experiment.")
        return self.start(drafts)

    def start(self, drafts: list[Draft]) -> Experiment:
        """Write drafts of which one is an experiment, and give it back."""
        return self._handle(self.apply_drafts(drafts)[-1].id)

    def experiment(self, reference: str | int) -> Experiment:
        """The experiment of a number (`12`, `#12`) or an id."""
        return self._handle(find_experiment(self.store, str(reference)))

    def select(
        self, references: Sequence[str | int], state: str | None = None, model_endpoint: str | None = None
    ) -> list[Experiment]:
        """Several experiments: numbers, ids, ranges (`12-15`), those in a state; each once."""
        names = select(self.store, [str(reference) for reference in references], state, model_endpoint)
        return [self._handle(name) for name in names]

    def experiments(
        self, limit: int = 20, state: str | None = None, model_endpoint: str | None = None
    ) -> list[Document]:
        """Runs, newest first."""
        found: list[Document] = []
        for run in self.store.newest("runs"):
            if state in (None, shown_state(run)) and model_endpoint in (None, run["model_endpoint"]):
                found.append(run)
                if len(found) == limit:
                    break
        return found

    def apply_drafts(self, drafts: list[Draft], dry_run: bool = False) -> list[Applied]:
        """`apply` of documents that are read and checked already; configs come first in what is returned."""
        drafts = sorted(drafts, key=lambda draft: draft.kind == "experiment")
        self._check_references(drafts)
        plans = [self._plan(draft) for draft in drafts]
        if not dry_run:
            self._write(plans)
        return [Applied(plan.draft.kind, plan.id, plan.action) for plan in plans]

    def _handle(self, experiment_id: str) -> Experiment:
        return Experiment(experiment_id, self.store, self.deployment, self.owner)

    def _check_references(self, drafts: list[Draft]) -> None:
        """A config that a document names must be in the same call or stored already."""
        if missing := missing_references(Documents(drafts, self.store)):
            raise InvalidDrafts(missing)

    def _plan(self, draft: Draft) -> _Plan:
        document_id = draft.id or f"exp-{str(ULID()).lower()}"
        now = datetime.now(UTC)
        stored = self.store.get(f"{draft.collection}/{document_id}") if draft.id else None
        if stored is None:
            return _Plan(draft, document_id, "created", complete(draft, self.owner, now, now))
        changed = _differences(stored, draft.body)
        if draft.kind == "experiment" and (fixed := sorted(changed - set(EDITABLE))):
            raise QuicktestError(
                f"{draft.at(fixed[0])}: `{fixed[0]}` of an experiment never changes. Leave out `id` to start a new one."
            )
        body = complete(draft, stored.get("owner", self.owner), stored.get("created_at", now), now)
        return _Plan(draft, document_id, "updated" if changed else "unchanged", body)

    def _write(self, plans: list[_Plan]) -> None:
        created, updated = (
            {f"{plan.draft.collection}/{plan.id}": plan.body for plan in plans if plan.action == action}
            for action in ("created", "updated")
        )
        if (created or updated) and not self.store.write_all(created, updated):
            raise QuicktestError(
                f"Somebody else wrote {' or '.join(created)} at this moment; nothing was written. Run it again."
            )


@dataclass(frozen=True)
class _Plan:
    draft: Draft
    id: str
    action: str
    body: Document


def drafts_from(documents: Written) -> list[Draft]:
    """Documents that can be written, from a file (a path, or its name as one line of text), a YAML text or
    dictionaries; raises InvalidDrafts with every error of all of them."""
    drafts, findings = load(documents)
    if wrong := errors_of(ordered([*findings, *check(Documents(drafts))])):
        raise InvalidDrafts(wrong)
    return drafts


def load(documents: Written) -> tuple[list[Draft], list[Finding]]:
    """Documents however they are given, and what keeps some of them from being read."""
    if isinstance(documents, Path) or isinstance(documents, str) and _FILE_NAME.fullmatch(documents):
        return load_text(read_text(Path(documents)), str(documents))
    if isinstance(documents, str):
        return load_text(documents, "the text")
    return load_documents(documents)


def _differences(stored: Document, body: Mapping[str, Any]) -> set[str]:
    """Names of the fields that writing `body` would change."""
    before = {key: value for key, value in stored.items() if key not in ADDED_WHEN_WRITTEN}
    after = {key: value for key, value in body.items() if key not in ADDED_WHEN_WRITTEN}
    missing = object()
    return {key for key in before.keys() | after.keys() if before.get(key, missing) != after.get(key, missing)}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user name
        return "unknown"
