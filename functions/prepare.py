"""`preparing`: from three configurations to a frozen snapshot, before anything is paid (domain S5.2).

The snapshot object is written first, create-only, and everything else is made from what it holds. Two handlers that
prepare at once, or one that comes after a crash, therefore end with the same run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from functions.adapters.ports import Refused
from functions.services import Services
from shared import paths
from shared.codegen import render_trainer, render_transform
from shared.columns import OutputColumn, SourceColumn, output_columns, table_path
from shared.documents import DEFAULT_LEARNING_RATE, Dataset, Experiment, FeatureConfig, ModelConfig
from shared.facts import Prepared
from shared.features import candidate_columns, columns_needed
from shared.parameters import compile_key
from shared.parsing import parse
from shared.preflight import Preflight, preflight, resolve_batch_size
from shared.problems import InvalidDocument, Problem, errors
from shared.runs import Run
from shared.snapshot import Snapshot
from shared.sql import split_queries
from shared.validation import compatible, validate_dataset, validate_features

LONGEST_SNAPSHOT = 10_000_000
KIND = {"feature_configs": "feature_config", "model_configs": "model_config", "datasets": "dataset"}


@dataclass(frozen=True)
class Configs:
    experiment: Experiment
    dataset: Dataset
    features: FeatureConfig
    model: ModelConfig


def prepare(run: Run, services: Services) -> Prepared:
    """Freeze the run's snapshot and write its modules; raises InvalidDocument with every problem that was found."""
    name = paths.snapshot(run.experiment, run.attempt)
    if (frozen := services.blobs.read(name, LONGEST_SNAPSHOT)) is None:
        services.blobs.create(name, make_snapshot(run.experiment, services).to_json(), "application/json")
        frozen = services.blobs.read(name, LONGEST_SNAPSHOT)  # ours, or that of whoever was first
    if frozen is None:
        raise Refused(f"NOT_FOUND: {name} was deleted while it was written")
    snapshot = Snapshot.from_json(frozen)
    for kind, module in (("transform", paths.transform_module), ("trainer", paths.trainer_module)):
        services.blobs.create(module(run.experiment, run.attempt), snapshot.code[kind], "text/x-python")
    return snapshot.prepared(f"gs://{services.config.bucket}/{paths.compiled_spec(snapshot.compile_key)}")


def make_snapshot(experiment_id: str, services: Services) -> Snapshot:
    """Load, validate, ask the warehouse, resolve, render."""
    configs = load_configs(experiment_id, services)
    catalogue = load_catalogue(configs.dataset, services)
    outputs, warnings = validate(configs, catalogue)
    settled = preflight(configs.dataset, catalogue, configs.experiment, services.warehouse.row)
    parameters = resolve_parameters(configs, settled)
    config = services.config
    return Snapshot(
        names=_names(configs, experiment_id),
        model_type=configs.model.model_type,
        configs=_as_written(configs),
        parameters=parameters,
        counts=settled.counts.to_dict(),
        warnings=tuple(asdict(problem) for problem in (*warnings, *settled.warnings)),
        sql=split_queries(
            configs.dataset, catalogue, outputs, columns_needed(configs.features), candidate_columns(configs.features),
            settled.bounds, settled.sample_percent, configs.experiment.split_seed,
        ),
        code={
            "transform": render_transform(configs.features, outputs, configs.dataset.roles),
            "trainer": render_trainer(configs.features, configs.model),
        },
        images={"compiler": config.compiler_image, "trainer": config.trainer_image},
        compile_key=compile_key(config.compiler_image, config.trainer_image, config.beam_arguments),
    )  # fmt: skip


def load_configs(experiment_id: str, services: Services) -> Configs:
    """The request and what it names, parsed; raises InvalidDocument with the problems of all of them."""
    raw = services.store.config("experiments", experiment_id)
    if raw is None:
        raise InvalidDocument("experiment", [Problem("E_NOT_FOUND", "experiment", "it was deleted.", "Start another.")])
    experiment = parse("experiments", experiment_id, raw)
    problems: list[Problem] = []
    features = _load("feature_configs", experiment.feature_config, services, problems)
    model = _load("model_configs", experiment.model_config_id, services, problems)
    dataset = _load("datasets", features.dataset, services, problems) if features is not None else None
    if problems or features is None or model is None or dataset is None:
        raise InvalidDocument("experiment", problems)
    return Configs(experiment, dataset, features, model)


def _load(collection: str, document_id: str, services: Services, problems: list[Problem]) -> Any:
    """A parsed document, or None and its problems, with paths that say which document they are in."""
    raw = services.store.config(collection, document_id)
    if raw is None:
        problem = f"no document {collection}/{document_id}."
        remedy = "Write it first, e.g. `quicktest apply -f ...`."
        problems.append(Problem("E_NOT_FOUND", KIND[collection], problem, remedy))
        return None
    try:
        return parse(collection, document_id, raw)
    except InvalidDocument as error:
        problems.extend(_inside(collection, error.problems))
        return None


def load_catalogue(dataset: Dataset, services: Services) -> list[SourceColumn]:
    try:
        project, dataset_id, table = table_path(dataset)
    except InvalidDocument as error:
        raise InvalidDocument("experiment", _inside("datasets", error.problems)) from error
    columns = services.warehouse.columns(project, dataset_id, table)
    if columns is None:
        problem = f"the warehouse has no table `{dataset.tables[0].table}`."
        remedy = "Load it first, e.g. `quicktest import FILE`, or name another table."
        raise InvalidDocument("experiment", [Problem("E_TABLE_NOT_FOUND", "dataset.tables.0.table", problem, remedy)])
    return columns


def validate(configs: Configs, catalogue: list[SourceColumn]) -> tuple[list[OutputColumn], list[Problem]]:
    """Output columns and warnings; raises InvalidDocument with the problems of all documents at once."""
    problems = _inside("datasets", validate_dataset(configs.dataset, catalogue))
    if not errors(problems):  # without a valid dataset every feature would be reported as missing
        outputs = output_columns(configs.dataset, catalogue)
        found = validate_features(configs.features, configs.dataset, outputs, catalogue)
        problems += _inside("feature_configs", found)
    problems += _inside("feature_configs", compatible(configs.features, configs.model))
    if errors(problems):
        raise InvalidDocument("experiment", problems)
    return outputs, problems


def resolve_parameters(configs: Configs, settled: Preflight) -> dict[str, Any]:
    """Every number that the run is made with; raises InvalidDocument for a batch that cannot be."""
    experiment, model = configs.experiment, configs.model
    batch_size = experiment.batch_size if experiment.batch_size is not None else model.batch_size
    return {
        "epochs": experiment.epochs,
        "batch_size": resolve_batch_size(batch_size, settled.counts.rows["train"]),
        "learning_rate": experiment.learning_rate or model.learning_rate or DEFAULT_LEARNING_RATE[model.optimizer],
        "sample_percent": settled.sample_percent,
        "seed": experiment.seed,
        "split_seed": experiment.split_seed,
        "split": settled.bounds.to_dict(),
    }


def _names(configs: Configs, experiment_id: str) -> dict[str, str]:
    return {
        "experiment": configs.experiment.name,
        "dataset": configs.dataset.name,
        "feature_config": configs.features.name,
        "model_config": configs.model.name,
    }


def _as_written(configs: Configs) -> Mapping[str, Mapping[str, Any]]:
    documents = {
        "experiment": configs.experiment,
        "dataset": configs.dataset,
        "feature_config": configs.features,
        "model_config": configs.model,
    }
    return {name: document.model_dump(mode="json", by_alias=True) for name, document in documents.items()}


def _inside(collection: str, problems: list[Problem]) -> list[Problem]:
    """The same problems, with paths that begin with the document's kind."""
    kind = KIND[collection]
    return [Problem(p.code, f"{kind}.{p.path}", p.problem, p.remedy, p.severity) for p in problems]
