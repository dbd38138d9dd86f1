"""Whole lives of a run over fakes: the outside does its part, handlers look, and some of them die."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from functions.reconcile import look_after
from shared.runs import State
from shared.splits import SPLITS
from tests.fakes.crashing import Crasher
from tests.fakes.world import EXPERIMENT, World

Look = Callable[[World], None]
AWAY = "UNAVAILABLE: The service is currently unavailable."  # a failure that may pass (S8.3)


def drive(world: World, look: Look, fails: int = 0) -> None:
    """Let the outside do its part until the run rests; `look` is called as often as events and sweeps would. The jobs
    of the first `fails` attempts fail."""
    for _ in range(12 + 4 * fails):
        look(world)
        stored = world.store.load(EXPERIMENT).run
        if stored is not None and stored.state is State.COMPILING and world.builds.builds:
            world.finish_build()
        if stored is not None and (job := world.pipelines.jobs.get(world.name())) is not None and job.live:
            world.write_epoch(0)
            if stored.attempt <= fails:
                world.fail_job(AWAY)
            else:
                world.write_epoch(1)
                world.write_results()
                world.succeed_job()
        world.wait(400)


def drive_to_the_second_attempt(world: World, look: Look) -> None:
    """From the first attempt's job on."""
    drive(world, look, fails=1)


def drive_to_nothing(world: World, look: Look) -> None:
    """From the end on: somebody deletes it."""
    world.delete()
    for _ in range(8):
        look(world)
        world.wait(400)


def look_through(error: type[BaseException]) -> Look:
    """Whoever looks may die of `error`."""

    def look(world: World) -> None:
        with contextlib.suppress(error):
            look_after(EXPERIMENT, world.services)

    return look


def world_after_a_death(
    begins: str, way: Callable[[World, Look], None], error: type[BaseException], at: int, after: bool
) -> World:
    """A way that was gone although some handler died at the call `at`, before or after it did what it does."""
    with pytest.MonkeyPatch.context() as patch:
        without_printing_sql(patch)
        world = world_at(begins)
        crasher = Crasher(world, at, after, error)
        way(world, look_through(error))
    assert crasher.calls >= at
    return world


def calls_of(way: Callable[[World, Look], None], begins: str = "") -> int:
    """How many calls of adapters a way takes when nobody dies; `begins`: the state that it begins at."""
    with pytest.MonkeyPatch.context() as patch:
        without_printing_sql(patch)
        world = world_at(begins)
        crasher = Crasher(world, at=None)
        way(world, lambda world: look_after(EXPERIMENT, world.services))
    return crasher.calls


def world_at(state: str) -> World:
    world = World()
    if state:
        world.bring_to(state)
    return world


def without_printing_sql(patch: pytest.MonkeyPatch) -> None:
    """It takes most of the time and calls nobody, so it is left out of hundreds of lives."""
    patch.setattr("functions.planning.split_queries", lambda *_, **__: dict.fromkeys(SPLITS, "SELECT 1"))
    patch.setattr("functions.leaks.leakage_queries", lambda *_: {})
    patch.setattr("shared.preflight.reference_query", lambda *_: "SELECT 0 AS `source_rows`")
    patch.setattr("shared.preflight.count_query", lambda *_: "SELECT 0 AS `dropped_rows`")


def counted(caplog: pytest.LogCaptureFixture, name: str) -> list[dict[str, str]]:
    """The labels of each time that `name` was counted."""
    return [record.labels for record in caplog.records if getattr(record, "counter", None) == name]
