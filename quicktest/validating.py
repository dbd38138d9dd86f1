"""Every problem of some documents at once: by themselves, with each other and, where a stack runs, with the stored
documents, the warehouse's tables and the rows of the splits."""

from __future__ import annotations

from dataclasses import replace

from quicktest.answers import Answers
from quicktest.checking import alone, check, located, missing_references, ordered
from quicktest.documents import Documents, Known
from quicktest.drafts import COLLECTIONS
from quicktest.findings import Finding
from shared.documents import Dataset, Experiment, FeatureConfig
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem


def validate(documents: Documents, answers: Answers | None = None) -> list[Finding]:
    """Without `answers`, what can be told without a warehouse."""
    found = check(documents)
    missing = missing_references(documents) if documents.store is not None else []
    told: list[Finding] = []
    if answers is not None:
        for draft in documents.drafts:
            told += asked(documents, documents.of_draft(draft), answers)
    return ordered([*_beside(found, told), *missing, *_beside(told, missing)])


def _beside(findings: list[Finding], better: list[Finding]) -> list[Finding]:
    """Those that are not told in other words by somebody who knows more."""
    known = {(found.where, found.problem.path, found.problem.code) for found in better}
    return [found for found in findings if (found.where, found.problem.path, found.problem.code) not in known]


def asked(documents: Documents, known: Known, answers: Answers) -> list[Finding]:
    """What the functions say about one document."""
    document = known.document
    if isinstance(document, Dataset):
        problems = answers.dataset_problems(document)
        return [*map(known.finding, problems), *_of_users(documents, known.id, answers)]
    if isinstance(document, FeatureConfig):
        problems = answers.features(known.id, document).problems
        return [known.finding(problem) for problem in problems if not _told_there(documents, document, problem)]
    if isinstance(document, Experiment):
        return _of_experiment(documents, known, document, answers)
    return alone(known)


def _of_experiment(documents: Documents, known: Known, experiment: Experiment, answers: Answers) -> list[Finding]:
    try:
        problems = [Problem(**warning) for warning in answers.experiment(known.id).warnings]
    except InvalidDocument as error:
        problems = error.problems
    return list(located(problems, known, configs_of(documents, experiment)))


def unreadable(documents: Documents, known: Known) -> list[Finding]:
    """Why a stored document cannot be read."""
    assert documents.store is not None
    raw = documents.store.get(f"{COLLECTIONS[known.kind]}/{known.id}") or {}
    try:
        parse(COLLECTIONS[known.kind], known.id, raw)
    except InvalidDocument as error:
        return [known.finding(problem) for problem in error.problems]
    return []


def configs_of(documents: Documents, experiment: Experiment) -> dict[str, Known]:
    """The configs that an experiment is made of, by kind, as far as they are known."""
    found = {
        "feature_config": documents.get("feature_config", experiment.feature_config),
        "model_config": documents.get("model_config", experiment.model_config_id),
    }
    features = found["feature_config"]
    if features is not None and isinstance(features.document, FeatureConfig):
        found["dataset"] = documents.get("dataset", features.document.dataset)
    return {kind: known for kind, known in found.items() if known is not None}


def _of_users(documents: Documents, dataset: str, answers: Answers) -> list[Finding]:
    """Stored feature configs that would no longer fit the dataset of the file (S1.11): warnings, they are not in it."""
    in_file = {draft.id for draft in documents.drafts if draft.kind == "feature_config"}
    found = []
    for user in documents.users_of(dataset):
        if user.id not in in_file and isinstance(user.document, FeatureConfig):
            problems = answers.features(user.id, user.document).problems
            found += [user.finding(replace(problem, severity="warning")) for problem in problems if _breaks(problem)]
    return found


def _told_there(documents: Documents, features: FeatureConfig, problem: Problem) -> bool:
    """Whether it only says that a dataset of the same file has problems."""
    in_file = {draft.id for draft in documents.drafts if draft.kind == "dataset"}
    return problem.code == "E_DATASET" and features.dataset in in_file


def _breaks(problem: Problem) -> bool:
    return problem.severity == "error"
