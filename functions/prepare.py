"""`preparing`: from three configurations to a frozen snapshot, before anything is paid (domain S5.2).

The snapshot object is written first, create-only, and everything else is made from what it holds. Two handlers that
prepare at once, or one that comes after a crash, therefore end with the same run. A further attempt and a rerun are
made from an earlier snapshot (functions.repeating).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from functions.adapters.ports import Refused
from functions.checking import Checked, Configs, check, request_of
from functions.leaks import leakage_problems
from functions.repeating import LONGEST_SNAPSHOT, of_earlier_attempt, of_parent
from functions.services import Services
from functions.settling import Settled, estimate_of, required_columns, settle
from shared import paths
from shared.codegen import render_trainer, render_transform
from shared.documents import Experiment
from shared.facts import Prepared
from shared.features import candidate_columns, columns_needed
from shared.insights.grouping import grouping_of
from shared.problems import InvalidDocument, Problem, errors
from shared.protocol import protocol_keys
from shared.runs import Run
from shared.shape import shape_of
from shared.snapshot import Snapshot
from shared.sql import split_queries
from shared.validation import uses_target
from shared.validation.dataset import schema_of


def prepare(run: Run, services: Services) -> Prepared:
    """Freeze the run's snapshot and write its modules; raises InvalidDocument with every problem that was found."""
    _refuse_deleted(run, services)
    name = paths.snapshot(run.experiment, run.attempt)
    if (frozen := services.blobs.read(name, LONGEST_SNAPSHOT)) is None:
        services.blobs.create(name, snapshot_of(run, services).to_json(), "application/json")
        frozen = services.blobs.read(name, LONGEST_SNAPSHOT)  # ours, or that of whoever was first
    if frozen is None:
        raise Refused(f"NOT_FOUND: {name} was deleted while it was written")
    snapshot = Snapshot.from_json(frozen)
    for kind, module in modules(run, snapshot).items():
        services.blobs.create(module, snapshot.code[kind], "text/x-python")
    return snapshot.prepared(f"gs://{services.config.bucket}/{paths.compiled_spec(snapshot.compile_key)}")


def _refuse_deleted(run: Run, services: Services) -> None:
    """An id is used once. Who deleted an experiment and writes another of its id, past the rules, would be shown the
    job that the first one had: the provider still knows its name."""
    if services.store.config("tombstones", run.experiment) is not None:
        problem = f"an experiment with the id `{run.experiment}` was deleted, and ids are used once."
        raise InvalidDocument("experiment", [Problem("E_ID", "id", problem, "Start it under a new id.")])


def modules(run: Run, snapshot: Snapshot) -> dict[str, str]:
    """Where the generated modules lie."""
    return {
        "transform": paths.transform_module(snapshot.code["transform"]),
        "trainer": paths.trainer_module(run.experiment, run.attempt),
    }


def snapshot_of(run: Run, services: Services) -> Snapshot:
    """Of the current attempt: what an earlier one froze, or what the documents say now."""
    return of_earlier_attempt(run, services) or make_snapshot(run.experiment, services)


def make_snapshot(experiment_id: str, services: Services) -> Snapshot:
    """Raises InvalidDocument with every problem that was found."""
    experiment = request_of(experiment_id, services)
    return of_parent(experiment, services) if experiment.origin == "rerun" else _settled(experiment, services)


def _settled(experiment: Experiment, services: Services) -> Snapshot:
    """Load, validate, ask the warehouse, resolve, render."""
    checked = check(experiment, services)
    configs, outputs = checked.configs, checked.outputs
    dataset_id = configs.features.dataset
    settled = settle(checked, dataset_id, services)
    leaks = leakage_problems(checked, settled, services)
    sql = queries(checked, settled)
    warehouse_bytes = sum(services.warehouse.bytes_of(each) for each in sql.values())
    expected, about_cost = estimate_of(configs, settled, warehouse_bytes, services)
    found = [*leaks, *about_cost]
    if errors(found):
        raise InvalidDocument("experiment", found)
    predicts = uses_target(configs.model)
    return Snapshot(
        names=_names(configs),
        model_type=configs.model.model_type,
        configs=_as_written(configs),
        parameters=settled.parameters,
        counts=settled.rows.counts.to_dict(),
        warnings=tuple(asdict(problem) for problem in (*checked.warnings, *settled.warnings, *found)),
        sql=sql,
        code={
            "transform": render_transform(configs.features, outputs, configs.dataset.roles, predicts),
            "trainer": render_trainer(configs.features, configs.model, configs.dataset.roles),
        },
        images={"compiler": services.config.compiler_image, "trainer": services.config.trainer_image},
        compile_key=settled.compile_key,
        spec_options=asdict(settled.options),
        hardware=settled.hardware,
        estimate=expected.to_dict(),
        limits={
            "minutes": experiment.max_minutes,
            "usd": experiment.max_cost_usd,
            "attempts": experiment.max_attempts,
        },
        protocol=_protocol(checked, settled),
        schema=schema_of(configs.dataset, checked.catalogue),
        shape=shape_of(configs.dataset, configs.features, configs.model, settled.parameter_count),
        grouping=grouping_of(
            configs.dataset,
            configs.features,
            configs.model,
            experiment,
            settled.parameters,
            settled.parameter_count.total,
        ),
        beam_arguments=services.config.beam_arguments,
        as_of=settled.as_of.isoformat() if settled.as_of else None,
    )


def queries(checked: Checked, settled: Settled) -> dict[str, str]:
    """The SQL of each split, with days as literals and, where tables allow it, as of this moment (S1.28)."""
    configs = checked.configs
    return split_queries(
        configs.dataset,
        checked.catalogue,
        checked.outputs,
        columns_needed(configs.features, uses_target(configs.model)),
        candidate_columns(configs.features),
        settled.rows.bounds,
        settled.rows.sample_percent,
        configs.experiment.split_seed,
        required=required_columns(configs),
        as_of=settled.as_of,
    )


def _protocol(checked: Checked, settled: Settled) -> dict[str, Any]:
    configs, rows = checked.configs, settled.rows
    fingerprints = rows.counts.fingerprints
    keys = protocol_keys(
        configs.model.model_type, configs.experiment, configs.features, checked.outputs, rows.bounds, fingerprints
    )
    return {"keys": keys, "fingerprints": fingerprints}


def _names(configs: Configs) -> dict[str, str]:
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
