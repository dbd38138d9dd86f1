"""Generated code by file name: of a run what is frozen, of documents what a submission would make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quicktest.answers import Answers
from quicktest.checking import located
from quicktest.client import Client, load
from quicktest.documents import Documents, key_of
from quicktest.errors import NothingRunning, QuicktestError
from quicktest.findings import InvalidDrafts, errors_of
from quicktest.subjects import Subject
from quicktest.validating import configs_of
from shared.codegen import render_trainer
from shared.documents import Dataset, Experiment, FeatureConfig, ModelConfig
from shared.problems import InvalidDocument, Problem
from shared.snapshot import Snapshot
from shared.validation import compatible

DEFAULT_MODEL = "default-model"
SPLITS = ("train", "eval", "test", "catalogue")


def code_of(subject: Subject, model: Subject | None, client: Client | None, part: str | None = None) -> dict[str, str]:
    """Modules and SQL, or only `part`; raises QuicktestError for a subject that has none, or is not valid."""
    if client is None:
        raise NothingRunning  # code needs the columns that tables have
    if subject.kind == "experiment":
        frozen = client.store.get(f"runs/{subject.id}/details/code")
        return files_of(frozen or snapshot_code(snapshot_of(subject, client)))
    if subject.kind == "feature_config":
        return files_of(_of_features(subject, model, client, part))
    raise QuicktestError(f"{subject.label} is a {subject.kind}. Name an experiment or a feature config.")


def snapshot_of(subject: Subject, client: Client) -> Snapshot:
    """What submitting an experiment would freeze; raises InvalidDrafts with every problem."""
    try:
        return Answers(subject.documents, client.deployment).experiment(subject.id)
    except InvalidDocument as error:
        raise InvalidDrafts(_findings(subject, error.problems), "it cannot be run") from error


def snapshot_code(snapshot: Snapshot) -> dict[str, Any]:
    return {**snapshot.code, "sql": snapshot.sql}


def files_of(code: Mapping[str, Any]) -> dict[str, str]:
    """As they are written: modules first, then the query of each split."""
    modules = {f"{name}_module.py": code[name] for name in ("transform", "trainer") if code.get(name)}
    queries = {f"{split}.sql": code["sql"][split] for split in SPLITS if code.get("sql", {}).get(split)}
    return {name: text if text.endswith("\n") else f"{text}\n" for name, text in {**modules, **queries}.items()}


def _of_features(subject: Subject, model: Subject | None, client: Client, part: str | None) -> dict[str, Any]:
    features, dataset = subject.document, subject.parts.get("dataset")
    assert isinstance(features, FeatureConfig)
    content = Answers(subject.documents, client.deployment).features(subject.id, features)
    if not content.valid:
        raise InvalidDrafts(_findings(subject, content.problems), "there is no code")
    code: dict[str, Any] = {"transform": (content.parts["code"] or {})["transform"]}
    if model is not None:
        assert isinstance(model.document, ModelConfig) and isinstance(dataset, Dataset)
        _check_pair(subject, features, model, model.document)
        code["trainer"] = render_trainer(features, model.document, dataset.roles)
    if part in (None, "sql"):  # it takes a look at the rows
        code["sql"] = snapshot_of(default_experiment(subject, model), client).sql
    return code


def default_experiment(features: Subject, model: Subject | None) -> Subject:
    """An experiment with a feature config in which nothing is chosen, and with the default model if none is given."""
    written: list[dict[str, Any]] = [
        {"kind": "experiment", "feature_config": features.id, "model_config": DEFAULT_MODEL}
    ]
    if model is None:
        written.append({"kind": "model_config", "id": DEFAULT_MODEL, "name": "default"})
        others = features.documents.drafts
    else:
        written[0]["model_config"] = model.id
        others = [*features.documents.drafts, *model.documents.drafts]
    drafts, _ = load(written)
    documents = Documents([*others, *drafts], features.documents.store)
    return Subject("experiment", f"an experiment with {features.label}", key_of(drafts[0]), {}, documents)


def _check_pair(subject: Subject, features: FeatureConfig, model: Subject, config: ModelConfig) -> None:
    wrong = [problem for problem in compatible(features, config) if problem.severity == "error"]
    if wrong:
        told = " ".join(map(str, wrong))
        raise QuicktestError(f"{subject.label} and {model.label} do not go together: {told}")


def _findings(subject: Subject, problems: list[Problem]) -> list[Any]:
    known = subject.documents.get(subject.kind, subject.id)
    assert known is not None
    document = known.document
    configs = configs_of(subject.documents, document) if isinstance(document, Experiment) else {}
    return errors_of(located(problems, known, configs))
