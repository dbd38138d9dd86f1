"""What is wrong with documents as far as no warehouse is needed; every rule itself is in `shared`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from quicktest.documents import STORED, Documents, Known
from quicktest.drafts import REFERENCES
from quicktest.findings import Finding
from shared.documents import Experiment, FeatureConfig, ModelConfig
from shared.problems import Problem
from shared.validation import compatible, not_found, validate_experiment, validate_features_alone, validate_model
from shared.validation.experiment import origin_problems

KINDS_OF_PATHS = ("dataset", "feature_config", "model_config")  # with which paths of a submission's problems begin


def check(documents: Documents) -> list[Finding]:
    """Every document of the file by itself, and the pairs that its experiments make; ordered as in the file."""
    found: list[Finding] = []
    for draft in documents.drafts:
        found += alone(documents.of_draft(draft))
    for draft in documents.drafts:
        if isinstance(draft.document, Experiment):
            found += together(documents, documents.of_draft(draft), draft.document)
    return ordered(found)


def alone(known: Known) -> list[Finding]:
    """What one document breaks whatever else there is."""
    document = known.document
    problems: list[Problem] = []
    if isinstance(document, FeatureConfig):
        problems = validate_features_alone(document)
    elif isinstance(document, ModelConfig):
        problems = validate_model(document)
    return [known.finding(problem) for problem in problems]


def together(documents: Documents, known: Known, experiment: Experiment) -> list[Finding]:
    """An experiment beside the configs it names, where both are known (S4.15, S5.1).

    A rerun repeats what its parent was prepared with, so what its configs say today means nothing (S5.12)."""
    if experiment.origin == "rerun":
        return [known.finding(problem) for problem in origin_problems(experiment)]
    features = documents.get("feature_config", experiment.feature_config)
    model = documents.get("model_config", experiment.model_config_id)
    if model is None or not isinstance(model.document, ModelConfig):
        return []
    regions = [experiment.region or ""]  # which ones there are is the deployment's to say
    found = [known.finding(problem) for problem in validate_experiment(experiment, model.document, regions)]
    if features is not None and isinstance(features.document, FeatureConfig):
        problems = compatible(features.document, model.document)
        found += located(problems, known, {"feature_config": features, "model_config": model})
    return found


def located(problems: Iterable[Problem], known: Known, configs: dict[str, Known]) -> Iterator[Finding]:
    """Problems of a submission, whose paths begin with the kind of a config or are of the experiment (`known`)."""
    for problem in problems:
        kind, _, rest = problem.path.partition(".")
        owner = configs.get(kind) if rest and kind in KINDS_OF_PATHS else None
        if owner is None:
            yield known.finding(problem)
        else:
            yield owner.finding(Problem(problem.code, rest, problem.problem, problem.remedy, problem.severity))


def missing_references(documents: Documents) -> list[Finding]:
    """A config that a document names must be in the same file or stored already; a rerun has its parent's (S5.12)."""
    found = []
    for draft in documents.drafts:
        if isinstance(draft.document, Experiment) and draft.document.origin == "rerun":
            continue
        for field, kind in REFERENCES.get(draft.kind, {}).items():
            name = draft.body.get(field)
            if draft.document is not None and documents.get(kind, name) is None:
                found.append(draft.finding(not_found(field, kind, name, documents.ids(kind))))
    return found


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, document by document as in the file, those of stored documents last; by path (S0.4)."""
    unique = {(found.where, found.problem): found for found in findings}
    return sorted(unique.values(), key=lambda found: (found.where.startswith(STORED), *_place(found)))


def _place(found: Finding) -> tuple[int, str, str]:
    number = re.search(r"document ([0-9]+)$", found.where)
    return int(number.group(1)) if number else 0, found.where, found.problem.path
