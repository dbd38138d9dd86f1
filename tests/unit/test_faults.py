"""A run that meets a fault of ours at every look ends all the same: nothing else would ever end it."""

from __future__ import annotations

import pytest

from functions.adapters.ports import Refused
from functions.reconcile import reconcile
from shared.lifecycle import decide
from shared.runs import State
from tests.fakes.world import EXPERIMENT, World
from tests.unit.driving import counted

FAULT = "a fault of the product: KeyError: 'usd'"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch):
    """Makes every look, or every decision, of a state meet a fault from now on; `broken.undo()` mends it."""

    def break_at(where: str) -> None:
        monkeypatch.setattr(f"functions.reconcile.{where}", _raise_fault)

    break_at.undo = monkeypatch.undo
    return break_at


def _raise_fault(*_: object, **__: object) -> None:
    raise KeyError("usd")


def look_until_it_ends(world: World, minutes: int = 20) -> list[str]:
    """As the sweep does; the reasons that were shown."""
    reasons = []
    for _ in range(minutes):
        run = world.reconcile()
        if not run.live:
            break
        reasons.append(run.reason)
        world.wait(60)
    return reasons


@pytest.mark.parametrize("where", ["observe", "decide"])
@pytest.mark.parametrize("state", ["compiling", "running"])
def test_a_run_that_meets_a_fault_at_every_look_is_stopped_and_fails_with_its_words(
    state: str, where: str, broken, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    world = World()
    world.bring_to(state)
    broken(where)
    reasons = look_until_it_ends(world)
    run = world.run()
    assert (run.state, run.error.raw) == (State.FAILED, FAULT)
    assert set(reasons) == {f"cannot be looked at: {FAULT}"}
    assert not any(build.live for build in world.builds.builds.values())
    assert not any(job.live for job in world.pipelines.jobs.values())
    assert world.store.queue(world.time).holders == {}
    assert {"state": state} in counted(caplog, "faults")
    assert run.revision < 12, "it is not saved at every look"


def test_a_fault_that_is_mended_in_time_leaves_no_trace(broken):
    world = World()
    world.bring_to("running")
    broken("decide")
    look_until_it_ends(world, minutes=10)
    broken.undo()
    run = world.bring_to("completed")
    assert (run.state, run.reason, run.unseen_since, run.attempt) == (State.COMPLETED, None, None, 1)


def test_a_fault_before_anything_began_is_waited_for_and_shown(broken):
    world = World()
    broken("decide")
    run = world.reconcile()
    assert (run.state, run.number, run.reason) == (State.REQUESTED, 1, f"cannot begin: {FAULT}")
    look_until_it_ends(world)
    assert (world.run().state, world.run().error.raw) == (State.FAILED, FAULT)


def test_a_fault_while_preparing_is_the_end_for_nothing_is_paid(broken, monkeypatch: pytest.MonkeyPatch):
    world = World()
    monkeypatch.setattr("functions.effects.prepare", lambda *_: None)  # the handler tells nothing and is gone
    world.reconcile()
    world.wait(400)
    broken("decide")
    run = world.reconcile()
    assert (run.state, run.error.raw) == (State.FAILED, FAULT)


@pytest.mark.parametrize("state", ["requested", "running"])
def test_a_cancel_is_kept_in_spite_of_a_fault(state: str, broken):
    world = World(max_running=1)
    if state == "requested":
        other = world.request(2)
        world.reconcile(other)
        world.reconcile()
    else:
        world.bring_to(state)
    world.cancel()
    broken("observe" if state == "requested" else "decide")
    world.reconcile()
    assert all(job.state == "CANCELLED" for job in world.pipelines.jobs.values())
    broken.undo()
    world.wait(60)
    assert world.reconcile().state is State.CANCELLED


def test_what_was_shown_as_spent_is_charged(broken):
    """The computing may be the fault."""
    world = World()
    world.bring_to("running")
    world.run_job(BigQueryExampleGen="RUNNING")
    world.wait(600)
    shown = world.reconcile().cost["computed"]
    broken("decide")
    look_until_it_ends(world)
    assert shown > 0
    assert world.store.spent_usd("wholesale", "2026-11") == pytest.approx(shown)


def test_a_document_that_the_store_refuses_ends_the_run():
    """Firestore takes no document of more than 1 MiB."""
    world = World()
    world.bring_to("running")
    save = world.store.save

    def refuse_epochs(loaded, before, decision, now):
        if decision.epochs:
            raise Refused("INVALID_ARGUMENT: the document is too large")
        return save(loaded, before, decision, now)

    world.store.save = refuse_epochs
    world.write_epoch(0)
    reasons = look_until_it_ends(world)
    run = world.run()
    assert set(reasons) == {"cannot be looked at: INVALID_ARGUMENT: the document is too large"}
    assert (run.state, world.pipelines.jobs[world.name()].live) == (State.FAILED, False)


def test_a_deletion_that_meets_a_fault_says_so_and_goes_on_when_it_is_mended(broken):
    world = World()
    world.bring_to("completed")
    readers = world.store.readers_since
    world.store.readers_since = _raise_fault
    world.delete()
    world.wait(400)
    assert world.reconcile().reason == f"cannot be deleted: {FAULT}"
    world.store.readers_since = readers
    assert reconcile(EXPERIMENT, world.services) is None


def test_the_fault_of_one_run_does_not_keep_the_others_from_their_places(monkeypatch: pytest.MonkeyPatch):
    """The first of the line is let in by nobody else."""
    world = World(max_running=1)
    first, second = EXPERIMENT, world.request(2)

    def faulty(request, run, facts, now):
        return _raise_fault() if run.experiment == first else decide(request, run, facts, now)

    monkeypatch.setattr("functions.reconcile.decide", faulty)
    world.reconcile(first)
    world.wait(1)
    assert world.reconcile(second).state is State.REQUESTED
    look_until_it_ends(world)
    assert world.run_of(first).state is State.FAILED
    assert world.reconcile(second).state is State.COMPILING
