"""Everything that can be wrong with a request and the documents it names, told at once and before anything is asked
that costs: a submission is refused with the same words that stand in the documents' reports (domain S5.2, S0.4).

The warehouse is asked for what its tables are, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from functions.adapters.ports import Refused
from functions.services import Services
from shared.columns import OutputColumn, output_columns
from shared.documents import CatalogueTable, ClientDocument, Dataset, Experiment, FeatureConfig, ModelConfig
from shared.endpoints import cap_problems, rules_of
from shared.errors import Evidence, classify
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem, by_path, errors
from shared.reports import Statistics, dataset_of, stored_statistics
from shared.tables import Catalogue, SourceTable, table_path, tables_needed
from shared.validation import (
    compatible,
    name_problems,
    not_found,
    validate_dataset,
    validate_experiment,
    validate_features,
    validate_features_alone,
    validate_model,
)

KIND = {"datasets": "dataset", "feature_configs": "feature_config", "model_configs": "model_config"}
NAMED_AT = {"datasets": "feature_config.dataset", "feature_configs": "feature_config", "model_configs": "model_config"}
Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Configs:
    """A request and what it names."""

    experiment: Experiment
    dataset: Dataset
    features: FeatureConfig
    model: ModelConfig


@dataclass(frozen=True)
class Checked:
    """Documents without errors, the tables they are about, and what there is to say all the same."""

    configs: Configs
    catalogue: Catalogue
    outputs: Sequence[OutputColumn]
    warnings: Sequence[Problem]


@dataclass(frozen=True)
class Offer:
    """What a dataset offers: its tables and columns, unless there are errors among the problems."""

    catalogue: Catalogue
    outputs: Sequence[OutputColumn]
    problems: Sequence[Problem]

    @property
    def usable(self) -> bool:
        return not errors(self.problems)


def request_of(experiment_id: str, services: Services) -> Experiment:
    """The request as its model; raises InvalidDocument with all that is wrong with it alone."""
    raw = services.store.config("experiments", experiment_id)
    if raw is None:
        raise InvalidDocument("experiment", [Problem("E_NOT_FOUND", "experiment", "it was deleted.", "Start another.")])
    experiment, problems = parsed("experiments", experiment_id, raw)
    if experiment is None:
        raise InvalidDocument("experiment", problems)
    return experiment


def check(experiment: Experiment, services: Services) -> Checked:
    """Raises InvalidDocument with the problems of all documents; their paths begin with the document's kind, those of
    the experiment itself do not."""
    problems = endpoint_problems(experiment.model_endpoint, experiment.max_cost_usd, services)
    raw_features, features = _load("feature_configs", experiment.feature_config, services, problems)
    _, model = _load("model_configs", experiment.model_config_id, services, problems)
    dataset_id = dataset_of(raw_features or {})
    _, dataset = _load("datasets", dataset_id, services, problems) if dataset_id else (None, None)
    offer = offer_of(dataset, services) if dataset else None
    problems += inside("dataset", offer.problems) if offer else []
    statistics = known_statistics(features.dataset, services) if features is not None else {}
    if features is not None:
        problems += inside("feature_config", feature_problems(features, dataset, offer, statistics))
    problems += _model_problems(experiment, features, model, statistics, services.config.regions)
    if errors(problems):
        raise InvalidDocument("experiment", problems)
    return Checked(Configs(experiment, dataset, features, model), offer.catalogue, offer.outputs, problems)


def endpoint_problems(endpoint: str, cap_usd: float, services: Services) -> list[Problem]:
    """What the endpoint says to an experiment that may cost so much (S10.18)."""
    return list(cap_problems(endpoint, rules_of(services.store.config("model_endpoints", endpoint)), cap_usd))


def offer_of(dataset: Dataset, services: Services) -> Offer:
    """A dataset over its tables as they are now."""
    catalogue, refused = load_catalogue(dataset, services)
    found = validate_dataset(dataset, catalogue)
    if len(catalogue) < len(tables_needed(dataset)):  # nobody knows what is in a table that cannot be looked at
        found = [problem for problem in found if problem.code != "E_COLUMN_NOT_FOUND"]
    told = {problem.path for problem in refused}
    problems = refused + [problem for problem in found if problem.path not in told]
    return Offer(catalogue, [] if errors(problems) else output_columns(dataset, catalogue), by_path(problems))


def feature_problems(
    features: FeatureConfig, dataset: Dataset | None, offer: Offer | None, statistics: Statistics
) -> list[Problem]:
    """What is wrong with a feature config: over its dataset, when that can be used, because without one every feature
    would be reported as missing."""
    if dataset is None or offer is None or not offer.usable:
        return validate_features_alone(features)
    return validate_features(features, dataset, offer.outputs, offer.catalogue, statistics)


def known_statistics(dataset_id: str, services: Services) -> Statistics:
    """By column, as the dataset's report counted them; empty while there is none."""
    return stored_statistics(services.store.report_part("datasets", dataset_id, "statistics"))


def load_catalogue(dataset: Dataset, services: Services) -> tuple[dict[str, SourceTable], list[Problem]]:
    """The dataset's tables by alias, as far as there are any, and a problem for each that may not be looked at."""
    catalogue, problems = {}, []
    for key, name in tables_needed(dataset).items():
        try:
            found = services.warehouse.table(*table_path(name))
        except InvalidDocument:  # no name of a table: `validate_dataset` says so
            found = None
        except Refused as error:
            found = None
            problems.append(refusal(_path_of(dataset, name), error))
        if found is not None:
            catalogue[key] = found
    return catalogue, problems


def _path_of(dataset: Dataset, name: str) -> str:
    """Where the dataset names a table."""
    for index, table in enumerate(dataset.tables):
        if table.table == name:
            return f"tables.{index}.table"
    assert isinstance(dataset.catalogue, CatalogueTable)
    return "catalogue.table"


def refusal(path: str, error: Refused, severity: Severity = "error") -> Problem:
    """A no of the warehouse in the words of S8.7, with its own at the end."""
    told = classify(Evidence(message=str(error)))
    return Problem(told.code, path, f"{told.explanation} ({told.raw})", told.suggestion, severity)


def fault(path: str, error: Exception, severity: Severity = "error") -> Problem:
    """A mistake of ours, which asking again would repeat."""
    problem = f"this part of the report met a fault of the product: {type(error).__name__}: {error}"
    return Problem("E_REPORT", path, problem[:500], "Report it; saving the document tries again.", severity)


def inside(document: str, problems: Iterable[Problem]) -> list[Problem]:
    """The same problems, with paths that begin with the document's kind."""
    return [replace(problem, path=f"{document}.{problem.path}") for problem in problems]


def parsed(collection: str, document_id: str, raw: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
    """The document as its model, or None and what is wrong with it; paths are inside the document."""
    try:
        return parse(collection, document_id, raw), []
    except InvalidDocument as error:
        return None, list(error.problems)


def _load(
    collection: str, document_id: str, services: Services, problems: list[Problem]
) -> tuple[Mapping[str, Any] | None, ClientDocument | None]:
    """A document as it is stored and as its model; what is wrong with it joins `problems`."""
    raw = services.store.config(collection, document_id)
    if raw is None:
        problems.append(not_found(NAMED_AT[collection], KIND[collection], document_id))
        return None, None
    document, found = parsed(collection, document_id, raw)
    taken = name_problems(document_id, services.store.names(collection))
    problems += inside(KIND[collection], [*found, *taken])
    return raw, document


def _model_problems(
    experiment: Experiment,
    features: FeatureConfig | None,
    model: ModelConfig | None,
    statistics: Statistics,
    regions: Sequence[str],
) -> list[Problem]:
    if model is None:
        return []
    of_pair = compatible(features, model, statistics) if features else inside("model_config", validate_model(model))
    return [*of_pair, *validate_experiment(experiment, model, regions)]
