"""Documents as a user writes them: `kind`, `id` and the fields of `shared.documents`; all validated first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quicktest.errors import QuicktestError
from quicktest.yaml_text import Located, load_all
from shared.documents import SCHEMA_VERSION, FeatureConfig
from shared.parsing import parse
from shared.problems import InvalidDocument
from shared.validation import validate_features_alone

COLLECTIONS = {
    "dataset": "datasets",
    "feature_config": "feature_configs",
    "model_config": "model_configs",
    "experiment": "experiments",
}
REFERENCES = {  # field of a document -> the kind of document that it names
    "feature_config": {"dataset": "dataset"},
    "experiment": {"feature_config": "feature_config", "model_config": "model_config"},
}
_ANY_EXPERIMENT = f"exp-{'0' * 26}"  # stands in for the id that writing gives
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # stands in for the times that writing adds


@dataclass(frozen=True)
class Draft:
    """One document that is not written yet. An experiment without `id` gets a new one each time it is written."""

    kind: str
    id: str | None
    body: dict[str, Any]
    where: str  # "experiment.yaml, document 2"
    located: Located

    @property
    def collection(self) -> str:
        return COLLECTIONS[self.kind]

    @property
    def label(self) -> str:
        return f"{self.kind} {self.id}" if self.id else f"new {self.kind}"

    def at(self, path: str) -> str:
        return _at(self.where, self.located.line_of(path))


class InvalidDrafts(QuicktestError):
    """Some documents cannot be used; `problems` has a line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join([f"{count}; nothing was written.", *problems]))


def read_drafts(path: Path) -> list[Draft]:
    """The valid documents of a YAML file; raises InvalidDrafts with every problem of all of them."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise QuicktestError(f"There is no file {path}. Check the path.") from error
    except IsADirectoryError as error:
        raise QuicktestError(f"{path} is a folder. Name one YAML file.") from error
    except UnicodeDecodeError as error:
        raise QuicktestError(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
    return parse_drafts(text, str(path))


def parse_drafts(text: str, source: str) -> list[Draft]:
    return check_drafts(load_all(text, source), source)


def drafts_of(documents: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> list[Draft]:
    """Documents given as dictionaries; `experiment` is the kind of one that does not say."""
    listed = [documents] if isinstance(documents, Mapping) else list(documents)
    return check_drafts([Located({"kind": "experiment", **document}, 0) for document in listed], "")


def check_drafts(documents: list[Located], source: str) -> list[Draft]:
    if not documents:
        raise QuicktestError(f"{source} holds no document. Write one with `kind: experiment`, for example.")
    problems: list[str] = []
    drafts = [
        draft
        for number, located in enumerate(documents, start=1)
        if (draft := _draft(located, _where(source, number, len(documents)), problems)) is not None
    ]
    problems += _twice(drafts)
    for draft in drafts:
        problems += _invalid(draft)
    if problems:
        raise InvalidDrafts(problems)
    return drafts


def complete(draft: Draft, owner: str, created_at: datetime, updated_at: datetime) -> dict[str, Any]:
    """The document as it is stored."""
    return {
        "schema_version": SCHEMA_VERSION,
        **draft.body,
        "owner": owner,
        "created_at": created_at,
        "updated_at": updated_at,
    }


def _where(source: str, number: int, count: int) -> str:
    return ", ".join(part for part in (source, f"document {number}" if count > 1 or not source else "") if part)


def _at(where: str, line: int) -> str:
    return f"{where}, line {line}" if line else where  # a dictionary has no lines


def _draft(located: Located, where: str, problems: list[str]) -> Draft | None:
    value, start = located.value, len(problems)
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        problems.append(f"{_at(where, located.line)}: a document is a list of `field: value` lines.")
        return None
    body = {key: part for key, part in value.items() if key not in ("kind", "id")}
    draft = Draft(str(value.get("kind")), value.get("id"), body, where, located)
    problems += [f"{where}, line {line}: `{path}` stands twice. Remove one." for path, line in located.duplicates]
    if draft.kind not in COLLECTIONS:
        problems.append(f"{draft.at('kind')}: `kind` is {_shown(value.get('kind'))}. Use {_listed(COLLECTIONS)}.")
    else:
        problems += _id_problems(draft)
    return draft if len(problems) == start else None


def _id_problems(draft: Draft) -> list[str]:
    """What a missing or odd `id` means; how an id is spelled is checked with the rest of the document."""
    if draft.kind == "experiment" and draft.id is None or isinstance(draft.id, str):
        return []
    problem = "the field is missing" if draft.id is None else f"`{draft.id}` is not text"
    return [f"{draft.at('id')}: `id`: {problem}. Give the {draft.kind} a name such as `base`."]


def _twice(drafts: list[Draft]) -> list[str]:
    seen: set[tuple[str, str | None]] = set()
    problems = []
    for draft in drafts:
        if draft.id is not None and (draft.kind, draft.id) in seen:
            problems.append(f"{draft.at('id')}: {draft.label} stands twice in this file. Remove one.")
        seen.add((draft.kind, draft.id))
    return problems


def _invalid(draft: Draft) -> list[str]:
    reserved = [name for name in ("owner", "created_at", "updated_at") if name in draft.body]
    problems = [
        f"{draft.at(name)}: `{name}` is filled in when the document is written. Remove it." for name in reserved
    ]
    try:
        document = parse(draft.collection, draft.id or _ANY_EXPERIMENT, complete(draft, "check", _ANY_TIME, _ANY_TIME))
        found = validate_features_alone(document) if isinstance(document, FeatureConfig) else []
    except InvalidDocument as error:
        found = error.problems
    return problems + [f"{draft.at(problem.path)}: {problem}" for problem in found]


def _shown(value: Any) -> str:
    return "missing" if value is None else f"`{value}`"


def _listed(names: Iterable[str]) -> str:
    *most, last = [f"`{name}`" for name in names]
    return f"{', '.join(most)} or {last}"
