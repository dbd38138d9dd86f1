"""What is known about a subject: its stored report, the functions' own answer for a file, a run's frozen snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from quicktest.answers import Answers
from quicktest.client import Client
from quicktest.describing import (
    Section,
    dataset_sections,
    endpoint_sections,
    experiment_sections,
    feature_sections,
    model_sections,
)
from quicktest.drafts import COLLECTIONS
from quicktest.subjects import Subject
from shared.documents import Dataset, Experiment, FeatureConfig, ModelConfig, ModelEndpoint
from shared.problems import InvalidDocument
from shared.reports import Content, model_content

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Described:
    """`document` with its defaults, `found` as the report or the snapshot has it."""

    kind: str
    id: str | None
    label: str
    name: str
    document: Fields
    found: Fields
    problems: Sequence[Fields]
    sections: Sequence[Section]


def described(subject: Subject, client: Client | None) -> Described:
    found, problems = _found(subject, client)
    known = subject.documents.get(subject.kind, subject.id)
    draft = known.draft if known else None
    return Described(
        subject.kind,
        draft.id if draft else subject.id,
        draft.label if draft else subject.label,
        getattr(subject.document, "name", ""),
        subject.document.model_dump(mode="json", by_alias=True),
        found,
        problems,
        sections(subject, found),
    )


def sections(subject: Subject, found: Fields) -> list[Section]:
    """One document's; an experiment's are followed by those of its towers."""
    document = subject.document
    if isinstance(document, Dataset):
        return dataset_sections(document, found)
    if isinstance(document, FeatureConfig):
        return feature_sections(document)
    if isinstance(document, ModelConfig):
        return model_sections(document, found)
    if isinstance(document, ModelEndpoint):
        return endpoint_sections(document)
    return [*experiment_sections(found), *_towers(subject)]


def _towers(subject: Subject) -> list[Section]:
    """What an experiment trains, unless the documents of a file show it themselves."""
    if subject.documents.drafts:
        return []
    features, model = subject.parts.get("feature_config"), subject.parts.get("model_config")
    return [
        *(feature_sections(features) if isinstance(features, FeatureConfig) else []),
        *(model_sections(model, {}) if isinstance(model, ModelConfig) else []),
    ]


def _found(subject: Subject, client: Client | None) -> tuple[Fields, Sequence[Fields]]:
    document = subject.document
    if isinstance(document, Experiment):
        return _of_experiment(subject, client)
    if isinstance(document, ModelConfig):
        return _of_content(model_content(document))
    if client is None or isinstance(document, ModelEndpoint):
        return {}, []
    if not subject.documents.drafts and (report := stored_report(subject, client)) is not None:
        return report, report.get("problems") or []
    answers = Answers(subject.documents, client.deployment)
    if isinstance(document, Dataset):
        return _of_content(answers.dataset(subject.id, document))
    assert isinstance(document, FeatureConfig)
    return _of_content(answers.features(subject.id, document))


def stored_report(subject: Subject, client: Client) -> dict[str, Any] | None:
    """The report on what is stored now, with its parts; None while there is none."""
    from functions.dataset_report import PARTS

    path = f"reports/{COLLECTIONS[subject.kind]}__{subject.id}"
    report = client.store.get(path)
    if report is None or report.get("state") != "ready":
        return None
    names = PARTS if subject.kind == "dataset" else ("code",)
    parts = {part: found for part in names if (found := client.store.get(f"{path}/parts/{part}"))}
    return {**report, **parts}


def _of_content(content: Content) -> tuple[Fields, Sequence[Fields]]:
    parts = {name: part for name, part in content.parts.items() if part is not None}
    return {**content.fields, **parts}, [asdict(problem) for problem in content.problems]


def _of_experiment(subject: Subject, client: Client | None) -> tuple[Fields, Sequence[Fields]]:
    """A run's own figures; of a request, what submitting it would freeze."""
    if client is None:
        return {}, []
    if subject.run is not None and subject.run.get("parameters"):
        return subject.run, subject.run.get("problems") or []
    try:
        snapshot = Answers(subject.documents, client.deployment).experiment(subject.id)
    except InvalidDocument as error:
        return {}, [asdict(problem) for problem in error.problems]
    return asdict(snapshot), snapshot.warnings
