"""What of the product is replaced while schedules run: pure work that is slow and calls nobody, and its clock.

`dataclasses.replace` is, too: a run has 45 fields, and calling their constructor took a third of the time. Its stand-in
copies the fields instead, which is the same for data classes that check nothing when they are made.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from functions.adapters.ports import Conflict, Refused, Transient
from functions.artifacts import schema_from, split_from
from functions.effects import act
from functions.outcomes import Outcome
from functions.services import Services
from shared.documents import Experiment
from shared.endpoints import EndpointRules, rules_of
from shared.epochs import EpochRecord
from shared.facts import Facts
from shared.insights.charts.read_models import ReadModel
from shared.insights.data.drift import drift_rows
from shared.insights.data.statistics import statistics_documents
from shared.lifecycle import Decision
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem
from shared.results import Results
from shared.runs import Effect, Intent, Run
from shared.snapshot import Snapshot
from tests.simulation import content
from tests.simulation.world import World


class Current:
    """The schedule that is running in this process; `time` for whoever measures how long it has been at it."""

    world: World

    def monotonic(self) -> float:
        return self.world.seconds()


class Log:
    """The log of a module: what it says of a fault of the product is a violation, however well that is survived."""

    def info(self, *_: Any, **__: Any) -> None:
        return None

    warning = error = info

    def exception(self, *_: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, (Transient, Conflict, Refused)):
            CURRENT.world.checker.report(0, "No handler meets a fault of the product.", repr(error))


CURRENT = Current()
LOGGING = ("functions.artifacts", "functions.effects", "functions.evidence", "functions.insights",
           "functions.labels", "functions.observe", "functions.reconcile", "functions.stage_logs",
           "functions.sweep")  # fmt: skip
COPYING = ("shared.lifecycle.deciding", "shared.lifecycle.decision", "shared.lifecycle.deleting", "shared.runs",
           "shared.lifecycle.retrying", "shared.lifecycle.showing", "shared.stages", "functions.observe",
           "functions.stage_logs",
           "tests.simulation.adapters", "tests.simulation.outside")  # fmt: skip
UNTOLD = nullcontext()  # whoever logs is silent here
SNAPSHOTS = 500


class _Once:
    """A pure function of what this process holds already: the same answer for the same objects, which are kept."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self._work = work
        self._known: dict[tuple[Any, ...], tuple[Any, Any]] = {}

    def __call__(self, parts: Sequence[Any], *more: Any) -> Any:
        key = (*map(id, parts), *more)
        if key not in self._known:
            self._known[key] = (tuple(parts), self._work(parts, *more))
        return self._known[key][1]


def copied(old: Any, /, **changes: Any) -> Any:
    """`dataclasses.replace`"""
    new = object.__new__(type(old))
    new.__dict__.update(old.__dict__, **changes)
    return new


@contextmanager
def replaced() -> Iterator[None]:
    """Within the block the product is as the simulation runs it."""
    changes = {
        "functions.prepare._settled": settled,
        "functions.checking.parse": _parsed_once,
        "functions.places.rules_of": _rules_once,
        "functions.repeating.endpoint_problems": lambda *_: [],
        "functions.artifacts.split_from": cache(split_from),
        "functions.artifacts.schema_from": cache(schema_from),
        "functions.artifacts.statistics_documents": _Once(statistics_documents),
        "shared.insights.data.drift.drift_rows": _Once(drift_rows),
        "functions.observe.EpochRecord": content.Remembering(EpochRecord),
        "functions.observe.Results": content.Remembering(Results),
        "functions.mirror.json": SimpleNamespace(dumps=lambda *_, **__: "{}"),  # results as MLflow's people read them
        "functions.sweep.missing_reports": lambda services: [],
        "functions.insights.leaders": lambda entries, protocol: [],
        "functions.insights.wanted_curves": lambda entries, protocol: [],
        "functions.insights.group_model": lambda entries, *_: ReadModel(content.shown(entries)),
        "functions.insights._qualities": lambda *_: {},
        "functions.insights.overview": lambda entries, *_: ReadModel(content.shown(entries)),
        "functions.insights.incompatible_pairs": lambda *_: {},
        "functions.insights.suggestions_of": lambda *_: {},
        "functions.insights.time": CURRENT,
        "functions.reconcile.time": CURRENT,
        "functions.stage_logs.time": CURRENT,
        "functions.sweep.time": CURRENT,
        "functions.reconcile.act": _perhaps_twice,
        "functions.reconcile.decide_fault": _no_fault,
        "functions.telemetry.context": lambda **_: UNTOLD,
        "functions.telemetry.count": lambda *_, **__: None,
        "shared.snapshot.asdict": lambda snapshot: dict(vars(snapshot)),  # only to be printed: no copy is needed
        "shared.lifecycle.showing.asdict": lambda remaining: dict(vars(remaining)),
        "functions.prepare.Snapshot.from_json": lru_cache(SNAPSHOTS)(Snapshot.from_json),
        **{f"{module}.replace": copied for module in COPYING},
        **{f"{module}.log": Log() for module in LOGGING},
    }
    logging.disable(logging.CRITICAL)
    patches = [patch(name, change) for name, change in changes.items()]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()
        logging.disable(logging.NOTSET)


def settled(experiment: Experiment, services: Services) -> Snapshot:
    """`functions.prepare._settled` without its thinking: it reads the store and asks the warehouse, and its answer is
    content of ours. A feature config that is missing is the one mistake that a request can have."""
    store, warehouse = services.store, services.warehouse
    for collection, name in (("feature_configs", experiment.feature_config), ("datasets", "sales")):
        store.config(collection, name)
    if experiment.feature_config == "missing":
        problem = Problem("E_NOT_FOUND", "feature_config", "There is no feature config `missing`.", "Name another.")
        raise InvalidDocument("experiment", [problem])
    warehouse.table(None, "shop", "sales")
    warehouse.rows("SELECT COUNT(*)", 1)
    generation, region = store.reuse_generation(), experiment.region or services.config.region
    return content.snapshot(experiment.model_dump(mode="json", by_alias=True), f"rows-g{generation}", region)


def _perhaps_twice(run: Run, effect: Effect, intent: Intent, services: Services) -> Outcome:
    """Acting on an intent twice must be as acting once. A build that is not listed yet would be started again: that
    nobody acts twice on such an intent is what its lease is for."""
    outcome, plan = act(run, effect, intent, services), CURRENT.world.plan
    if plan.twice and CURRENT.world.random.random() < plan.twice and not (effect is Effect.START_BUILD and plan.lag_s):
        CURRENT.world.stats["twice"] += 1
        outcome = act(run, effect, intent, services)
    return outcome


def _no_fault(run: Run, facts: Facts, now: datetime) -> Decision:
    """The product would bear a fault of its own; here it ends the schedule."""
    assert facts.unseen is not None
    raise AssertionError(f"{run.experiment} while {run.state.value}: {facts.unseen.message}")


_PARSED: dict[tuple[Any, ...], Any] = {}


def _parsed_once(collection: str, document_id: str, document: Mapping[str, Any]) -> Any:
    """Equal documents are parsed once in a process."""
    key = (collection, document_id, *sorted((name, str(value)) for name, value in document.items()))
    if key not in _PARSED:
        _PARSED[key] = parse(collection, document_id, document)
    return _PARSED[key]


_RULES: dict[int, EndpointRules] = {}


def _rules_once(document: Mapping[str, Any] | None) -> EndpointRules:
    """Those of simulated endpoints differ in one field only."""
    most = int((document or {"max_running": 0})["max_running"])
    if most not in _RULES:
        _RULES[most] = rules_of(document)
    return _RULES[most]
