"""Places over fakes: how many run at once, whose turn it is, and who is woken (design section 5, domain S10.18)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from functions.adapters.ports import Conflict, Loaded, Transient
from functions.config import REQUIRED, MissingSetting, from_environment
from functions.reconcile import look_after, reconcile
from shared.lifecycle import Decision
from shared.runs import Run, State
from tests.fakes.world import WRITTEN, World
from tests.unit.driving import counted


def states(world: World, *experiment_ids: str) -> list[str]:
    return [world.store.documents[f"runs/{each}"]["state"] for each in experiment_ids]


def end(world: World, experiment_id: str) -> None:
    """Somebody cancels it, and the handler of that command looks after it."""
    world.wish("cancel", experiment_id)
    look_after(experiment_id, world.services)


def endpoint(world: World, **fields: Any) -> None:
    world.store.put("model_endpoints/wholesale", {**WRITTEN, "name": "Wholesale", **fields})


def test_over_the_quota_a_run_waits_with_its_number_and_a_reason(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world = World()
    ids = [world.request(number) for number in range(6)]
    runs = [world.reconcile(each) for each in ids]
    assert [run.number for run in runs] == [1, 2, 3, 4, 5, 6]
    assert [run.state for run in runs[3:]] == [State.COMPILING, State.REQUESTED, State.REQUESTED]
    assert runs[4].reason == "`wholesale` runs 4 experiments at a time"
    assert runs[5].reason == "`wholesale` runs 4 experiments at a time; 1 waits before this one"
    assert counted(caplog, "quota_waits") == [{"endpoint": "wholesale"}] * 2
    assert set(world.store.queue(world.time).holders) == set(ids[:4])


@pytest.mark.parametrize(
    ("document", "running"),
    [
        ({"max_running": 2}, 2),
        ({"max_running": 0}, 4),
        ({"max_running": "2"}, 4),
        ({"max_running": True}, 4),
        ({"max_running": 1, "colour": "red"}, 1),
        ({}, 4),
    ],
    ids=str,
)
def test_how_many_is_the_endpoints_to_say_and_nonsense_says_nothing(document: dict, running: int):
    world = World()
    endpoint(world, **document)
    ids = [world.request(number) for number in range(6)]
    for each in ids:
        world.reconcile(each)
    assert states(world, *ids) == ["compiling"] * running + ["requested"] * (6 - running)


def test_all_endpoints_together_have_a_limit_of_their_own():
    world = World(max_running=2)
    ids = [world.request(number, model_endpoint=f"shop-{number}") for number in range(3)]
    runs = [world.reconcile(each) for each in ids]
    assert states(world, *ids) == ["compiling", "compiling", "requested"]
    assert runs[2].reason == "all endpoints together run 2 experiments at a time"


def test_first_come_first_served_whoever_is_looked_at():
    """A place is free, but the one that is looked at is not the first of the line."""
    world = World(max_running=1)
    first, second, third = (world.request(number) for number in range(3))
    for each in (first, second, third):
        world.reconcile(each)
        world.wait(1)
    world.wish("cancel", first)
    reconcile(first, world.services)
    assert world.reconcile(third).state is State.REQUESTED
    assert world.run_of(third).reason == "1 waits before this one"
    assert world.reconcile(second).state is State.COMPILING


def test_a_full_endpoint_stands_aside_for_another():
    world = World()
    endpoint(world, max_running=1)
    ids = [world.request(0), world.request(1), world.request(2, model_endpoint="retail")]
    for each in ids:
        world.reconcile(each)
    assert states(world, *ids) == ["compiling", "requested", "compiling"]


def test_the_place_that_is_given_back_goes_to_the_next_at_once():
    world = World(max_running=1)
    ids = [world.request(number) for number in range(3)]
    for each in ids:
        look_after(each, world.services)
        world.wait(1)
    end(world, ids[0])
    assert states(world, *ids) == ["cancelled", "compiling", "requested"]
    end(world, ids[1])
    assert states(world, *ids) == ["cancelled", "cancelled", "compiling"]
    assert set(world.store.queue(world.time).holders) == {ids[2]}


def test_who_gives_a_place_back_reads_the_line_once_for_itself_and_the_next(monkeypatch: pytest.MonkeyPatch):
    """Each reading costs a document for everyone who waits (docs/scale.md)."""
    world = World(max_running=2)
    ids = [world.request(number) for number in range(5)]
    for each in ids:
        look_after(each, world.services)
        world.wait(1)
    queue, read = world.store.queue, []
    monkeypatch.setattr(world.store, "queue", lambda now: read.append(now) or queue(now))
    end(world, ids[0])
    assert states(world, *ids) == ["cancelled", "compiling", "compiling", "requested", "requested"]
    assert len(read) == 1


def test_two_that_wake_the_line_at_once_start_two(monkeypatch: pytest.MonkeyPatch):
    """The second has taken the place that the first was about to take: its line is not good any more."""
    world = World(max_running=2)
    ids = [world.request(number) for number in range(5)]
    for each in ids:
        look_after(each, world.services)
        world.wait(1)
    save, others = world.store.save, [lambda: end(world, ids[1])]

    def save_late(loaded: Loaded, before: Run, decision: Decision, now: datetime) -> Run:
        if decision.seat is not None and others:
            others.pop()()
        return save(loaded, before, decision, now)

    monkeypatch.setattr(world.store, "save", save_late)
    end(world, ids[0])
    assert states(world, *ids) == ["cancelled", "cancelled", "compiling", "compiling", "requested"]
    assert set(world.store.queue(world.time).holders) == {ids[2], ids[3]}


def test_requests_that_are_refused_at_once_hold_nobody_up():
    world = World(max_running=1)
    ids = [world.request(0), *(world.request(number, epochs="many") for number in (1, 2, 3)), world.request(4)]
    for each in ids:
        look_after(each, world.services)
        world.wait(1)
    end(world, ids[0])
    assert states(world, *ids) == ["cancelled", "failed", "failed", "failed", "compiling"]


def test_a_failure_of_the_next_one_is_not_that_of_the_first(caplog: pytest.LogCaptureFixture):
    world = World(max_running=1)
    ids = [world.request(number) for number in range(2)]
    for each in ids:
        look_after(each, world.services)
    answer, world.warehouse.answer = world.warehouse.answer, _raise_transient
    end(world, ids[0])
    assert "the line was not brought on" in caplog.text
    assert states(world, *ids) == ["cancelled", "preparing"]
    world.warehouse.answer = answer
    assert world.reconcile(ids[1]).state is State.COMPILING


def test_a_pause_before_the_next_attempt_takes_no_place():
    """S8.3: whoever rests lets the others run, and stands in the line again when its time has come."""
    world = World(max_running=1)
    first, second = world.request(0), world.request(1)
    look_after(first, world.services)
    world.wait(1)
    look_after(second, world.services)
    world.builds.end("build-1", "FAILURE", "UNAVAILABLE: The service is currently unavailable.")
    look_after(first, world.services)
    assert states(world, first, second) == ["requested", "compiling"]
    world.wait(30)
    run = world.reconcile(first)
    assert (run.state, run.reason) == (State.REQUESTED, "all endpoints together run 1 experiment at a time")
    end(world, second)
    assert states(world, first, second) == ["compiling", "cancelled"]


def test_two_handlers_never_take_the_last_place_together():
    """The holders are compared in the commit that takes the place."""
    world = World(max_running=1)
    first, second = world.request(0), world.request(1)
    save, met = world.store.save, []

    def late(loaded, before, decision, now):
        if before.experiment == first and decision.seat is not None and not met:
            met.append(True)
            reconcile(second, world.services)  # it comes first, and its place is not known to the other one
        return save(loaded, before, decision, now)

    world.store.save = late
    assert world.reconcile(first).state is State.REQUESTED
    assert states(world, first, second) == ["requested", "compiling"]


def test_a_lost_save_is_counted(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world = World()
    save, lost = world.store.save, []

    def contested(*arguments: object) -> object:
        if not lost:
            lost.append(True)
            raise Conflict("somebody else was first")
        return save(*arguments)

    world.store.save = contested
    world.reconcile()
    assert counted(caplog, "conflicts") == [{}]
    assert counted(caplog, "transitions")[0] == {"by": "hint", "from": "requested", "to": "preparing"}


@pytest.mark.parametrize(("text", "places"), [("", 20), ("7", 7), ("0", None), ("-1", None), ("many", None)])
def test_how_many_run_in_all_is_a_setting(text: str, places: int | None):
    environment = {**dict.fromkeys(REQUIRED, "x"), "QUICKTEST_MAX_RUNNING": text}
    if places is None:
        with pytest.raises(MissingSetting, match="whole number of at least 1"):
            from_environment(environment)
    else:
        assert from_environment(environment).max_running == places


def test_what_a_deployment_may_leave_out():
    environment = dict.fromkeys(REQUIRED, "x")
    plain = from_environment({**environment, "QUICKTEST_TRAINER_GPU_IMAGE": "", "QUICKTEST_DATAFLOW_REGION": ""})
    assert (plain.trainer_gpu_image, plain.dataflow_region) == (None, None)
    full = {"QUICKTEST_TRAINER_GPU_IMAGE": "gpu@sha256:3", "QUICKTEST_DATAFLOW_REGION": "europe-west1"}
    config = from_environment({**environment, **full})
    assert (config.trainer_gpu_image, config.dataflow_region) == ("gpu@sha256:3", "europe-west1")


def _raise_transient(*_: object) -> dict:
    raise Transient("UNAVAILABLE: away")
