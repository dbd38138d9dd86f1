"""Documents as a user writes them: `kind`, `id` and the fields of `shared.documents`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from quicktest.errors import QuicktestError
from quicktest.findings import Finding, at
from quicktest.yaml_text import Located, load_all
from shared.documents import SCHEMA_VERSION, ClientDocument
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem

COLLECTIONS = {
    "dataset": "datasets",
    "feature_config": "feature_configs",
    "model_config": "model_configs",
    "model_endpoint": "model_endpoints",
    "experiment": "experiments",
}
REFERENCES = {  # field of a document -> the kind of document that it names
    "feature_config": {"dataset": "dataset"},
    "experiment": {"feature_config": "feature_config", "model_config": "model_config"},
}
FILLED_IN = ("owner", "created_at", "updated_at")
_ANY_EXPERIMENT = f"exp-{'0' * 26}"  # stands in for the id that writing gives
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # stands in for the times that writing adds


@dataclass(frozen=True)
class Draft:
    """One document that is not written yet. An experiment without `id` gets a new one each time it is written.

    `document` is its model, None when it cannot be read.
    """

    kind: str
    id: str | None
    body: dict[str, Any]
    where: str  # "experiment.yaml, document 2"
    located: Located
    document: ClientDocument | None = None

    @property
    def collection(self) -> str:
        return COLLECTIONS[self.kind]

    @property
    def label(self) -> str:
        return f"{self.kind} {self.id}" if self.id else f"new {self.kind}"

    def at(self, path: str) -> str:
        return at(self.where, self.located.line_of(path))

    def finding(self, problem: Problem) -> Finding:
        line, value = self.located.line_of(problem.path), self.located.value_at(problem.path)
        return Finding(problem, self.label, self.where, line, value)


def read_text(path: Path) -> str:
    """The text of a YAML file; raises QuicktestError with what to do when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise QuicktestError(f"There is no file {path}. Check the path.") from error
    except IsADirectoryError as error:
        raise QuicktestError(f"{path} is a folder. Name one YAML file.") from error
    except UnicodeDecodeError as error:
        raise QuicktestError(f"{path} is not UTF-8 text. Save it as UTF-8.") from error


def load_text(text: str, source: str) -> tuple[list[Draft], list[Finding]]:
    """The documents of a YAML text, and what is wrong with each by itself."""
    return _load(load_all(text, source), source)


def load_documents(
    documents: Mapping[str, Any] | Iterable[Mapping[str, Any]],
    source: str = "",
) -> tuple[list[Draft], list[Finding]]:
    """Documents given as dictionaries; `experiment` is the kind of one that does not say. `source` is what messages
    call them."""
    listed = [documents] if isinstance(documents, Mapping) else list(documents)
    return _load([Located(_days_as_text({"kind": "experiment", **document}), 0) for document in listed], source)


def complete(draft: Draft, owner: str, created_at: datetime, updated_at: datetime) -> dict[str, Any]:
    """The document as it is stored."""
    return {
        "schema_version": SCHEMA_VERSION,
        **draft.body,
        "owner": owner,
        "created_at": created_at,
        "updated_at": updated_at,
    }


def _load(documents: list[Located], source: str) -> tuple[list[Draft], list[Finding]]:
    if not documents:
        raise QuicktestError(f"{source} holds no document. Write one with `kind: experiment`, for example.")
    findings: list[Finding] = []
    drafts = [
        draft
        for number, located in enumerate(documents, start=1)
        if (draft := _draft(located, _where(source, number, len(documents)), findings)) is not None
    ]
    findings += _twice(drafts)
    return [_parsed(draft, findings) for draft in drafts], findings


def _where(source: str, number: int, count: int) -> str:
    return ", ".join(part for part in (source, f"document {number}" if count > 1 or not source else "") if part)


def _draft(located: Located, where: str, findings: list[Finding]) -> Draft | None:
    """The document, unless it cannot even be told what it is."""
    value = located.value
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        problem = Problem("E_WRONG_TYPE", "document", "it is not a list of `field: value` lines.", "Write it as one.")
        findings.append(Finding(problem, "document", where, located.line))
        return None
    body = {key: part for key, part in value.items() if key not in ("kind", "id")}
    draft = Draft(str(value.get("kind")), value.get("id"), body, where, located)
    twice = (Problem("E_TWICE", path, "it stands twice.", "Remove one.") for path, _ in located.duplicates)
    findings += [draft.finding(problem) for problem in twice]
    problems = []
    if draft.kind not in COLLECTIONS:
        kind = value.get("kind")
        problem = "the field is missing." if kind is None else f"`{kind}` is not a kind of document."
        problems.append(Problem("E_KIND", "kind", problem, f"Use {_listed(COLLECTIONS)}."))
    else:
        problems += _id_problems(draft)
    findings += [draft.finding(problem) for problem in problems]
    return None if problems else draft


def _id_problems(draft: Draft) -> list[Problem]:
    """What a missing or odd `id` means; how an id is spelled is checked with the rest of the document."""
    if draft.kind == "experiment" and draft.id is None or isinstance(draft.id, str):
        return []
    problem = "the field is missing." if draft.id is None else f"`{draft.id}` is not text."
    return [Problem("E_ID", "id", problem, f"Give the {draft.kind} a name such as `base`.")]


def _twice(drafts: list[Draft]) -> list[Finding]:
    seen: set[tuple[str, str | None]] = set()
    findings = []
    for draft in drafts:
        if draft.id is not None and (draft.kind, draft.id) in seen:
            problem = Problem("E_TWICE", "id", f"{draft.label} stands twice.", "Remove one.")
            findings.append(draft.finding(problem))
        seen.add((draft.kind, draft.id))
    return findings


def _parsed(draft: Draft, findings: list[Finding]) -> Draft:
    """The draft with its model, or with what keeps it from having one."""
    problems = [
        Problem("E_UNKNOWN_FIELD", name, "it is filled in when the document is written.", "Remove it.")
        for name in FILLED_IN
        if name in draft.body
    ]
    document = None
    try:
        raw = complete(draft, "check", _ANY_TIME, _ANY_TIME)
        document = parse(draft.collection, draft.id or _ANY_EXPERIMENT, raw)
    except InvalidDocument as error:
        problems += error.problems
    findings += [draft.finding(problem) for problem in problems]
    return replace(draft, document=document)


def _days_as_text(value: Any) -> Any:
    """Firestore knows no days without a time; documents hold them as text."""
    if isinstance(value, Mapping):
        return {key: _days_as_text(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_days_as_text(part) for part in value]
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


def _listed(names: Iterable[str]) -> str:
    *most, last = [f"`{name}`" for name in names]
    return f"{', '.join(most)} or {last}"
