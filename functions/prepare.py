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
from functions.planning import plan_of
from functions.repeating import LONGEST_SNAPSHOT, of_earlier_attempt, of_parent
from functions.services import Services
from shared import paths
from shared.codegen import render_trainer, render_transform
from shared.documents import Experiment
from shared.facts import Prepared
from shared.insights.grouping import grouping_of
from shared.problems import InvalidDocument, Problem, errors
from shared.runs import Run
from shared.snapshot import Snapshot
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
    plan = plan_of(check(experiment, services), services)
    if errors(plan.found):
        raise InvalidDocument("experiment", plan.found)
    checked, settled, configs = plan.checked, plan.settled, plan.checked.configs
    return Snapshot(
        names=_names(configs),
        model_type=configs.model.model_type,
        configs=_as_written(configs),
        parameters=settled.parameters,
        counts=settled.rows.counts.to_dict(),
        warnings=tuple(asdict(problem) for problem in plan.problems),
        sql=plan.sql,
        code=_code(checked),
        images=settled.images,
        compile_key=settled.compile_key,
        spec_options=asdict(settled.options),
        hardware=settled.hardware,
        estimate=plan.expected.to_dict(),
        limits={
            "minutes": experiment.max_minutes,
            "usd": experiment.max_cost_usd,
            "attempts": experiment.max_attempts,
        },
        protocol=plan.protocol,
        schema=schema_of(configs.dataset, checked.catalogue),
        shape=plan.shape,
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


def _code(checked: Checked) -> dict[str, str]:
    features, model, roles = checked.configs.features, checked.configs.model, checked.configs.dataset.roles
    return {
        "transform": render_transform(features, checked.outputs, roles, uses_target(model)),
        "trainer": render_trainer(features, model, roles),
    }


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
