"""Deletion over fakes: a tombstone first, and nothing is left in the end (domain S5.13)."""

from __future__ import annotations

import pytest

from functions.adapters.ports import Refused, Transient
from functions.reconcile import reconcile
from functions.sweep import sweep
from shared.facts import Mirrored
from shared.runs import State
from tests.fakes.crashing import Crash
from tests.fakes.world import ATTEMPT, EXPERIMENT, World, documents
from tests.unit.driving import calls_of, drive_to_nothing, world_after_a_death

LEASES_ARE_OVER = 331  # seconds after which nobody can be writing for an ended run any more


def delete(world: World) -> None:
    world.delete()
    reconcile(EXPERIMENT, world.services)
    world.wait(LEASES_ARE_OVER)
    assert reconcile(EXPERIMENT, world.services) is None


def left(world: World) -> list[str]:
    """Documents and objects that name the experiment."""
    objects = [name for name in world.blobs.objects if EXPERIMENT in name]
    return objects + [path for path in world.store.documents if EXPERIMENT in path]


def test_nothing_is_left_but_a_tombstone_that_says_how_much_there_was():
    world = World()
    world.bring_to("completed")
    size = sum(len(content) for name, content in world.blobs.objects.items() if name.startswith("experiments/"))
    delete(world)
    assert left(world) == [f"tombstones/{EXPERIMENT}"]
    assert world.mirror.records == {}
    stone = world.store.documents[f"tombstones/{EXPERIMENT}"]
    assert (stone["number"], stone["bytes"], stone["state"], stone["deleted_by"]) == (
        1, size, "completed", "ada@example.org",
    )  # fmt: skip
    assert any(name.startswith("specs/") for name in world.blobs.objects), "what others use stays"


def test_numbers_are_not_used_again():
    world = World()
    world.bring_to("completed")
    delete(world)
    second = world.request(2)
    assert world.reconcile(second).number == 2


def test_the_id_of_a_deleted_experiment_is_not_used_again():
    """The provider still knows the job of that name: its results would be shown as those of the new one."""
    world = World()
    world.bring_to("completed")
    delete(world)
    world.store.put(f"experiments/{EXPERIMENT}", documents()[f"experiments/{EXPERIMENT}"])
    run = world.reconcile()
    assert (run.state, run.error.code) == (State.FAILED, "E_ID")
    assert "was deleted" in run.error.raw
    delete(world)
    assert left(world) == [f"tombstones/{EXPERIMENT}"], "it can be deleted like any other"


def test_a_live_run_is_deleted_once_it_has_ended():
    world = World()
    world.bring_to("running")
    world.delete()
    assert world.reconcile().state is State.RUNNING
    assert world.run().deletion is None
    world.cancel()
    run = world.reconcile()
    assert (run.state, run.deletion.finalizers[0]) == (State.CANCELLED, "cloud")
    world.wait(LEASES_ARE_OVER)
    assert reconcile(EXPERIMENT, world.services) is None
    assert world.pipelines.jobs[ATTEMPT].state == "CANCELLED"
    assert left(world) == [f"tombstones/{EXPERIMENT}"]


@pytest.mark.parametrize("request_document", [{}, {"feature_config": "a/b"}])
def test_what_never_began_can_be_deleted(request_document: dict):
    world = World()
    world.store.put(f"experiments/{EXPERIMENT}", request_document)
    world.reconcile()
    delete(world)
    assert left(world) == [f"tombstones/{EXPERIMENT}"]


def test_it_waits_for_those_who_may_be_reading_its_data():
    """Outputs may be reused by whoever started before; who starts after reuses nothing of it."""
    world = World()
    world.bring_to("completed")
    world.wait(60)
    second = world.request(2)
    assert world.reconcile(second).state is State.RUNNING
    world.wait(120)
    world.delete()
    run = world.reconcile()
    assert run.deletion.finalizers[0] == "cloud"
    assert "1 experiment" in run.reason
    world.wait(361)
    third = world.request(3)
    world.reconcile(third)
    versions = [world.store.documents[f"runs/{each}"]["parameters"]["data_version"] for each in (second, third)]
    assert versions[1] == versions[0].replace("-g0-", "-g1-") != versions[0]
    world.store.put(f"commands/{second}--cancel", {**world.store.documents[f"commands/{EXPERIMENT}--delete"],
                    "kind": "cancel", "experiment": second}, world.time)  # fmt: skip
    world.reconcile(second)
    assert reconcile(EXPERIMENT, world.services) is None, "the third one, which began after, holds up nothing"


def test_a_run_that_was_first_seen_while_the_tombstone_was_saved_counts_as_a_reader():
    """Between a handler's clock and its commit another run may have read the old generation."""
    world = World()
    world.bring_to("completed")
    world.delete()
    save, begun = world.store.save, []

    def slow(loaded, before, decision, now):
        if decision.run.deletion is not None and not begun:
            begun.append(True)
            world.wait(5)
            reconcile(world.request(2), world.services)
        return save(loaded, before, decision, now)

    world.store.save = slow
    assert "1 experiment" in world.reconcile().reason


def test_a_wish_whose_event_was_lost_is_found_by_the_sweep():
    world = World()
    world.bring_to("completed")
    world.delete()
    sweep(world.services)
    assert left(world) == [f"tombstones/{EXPERIMENT}"]


def test_a_deletion_that_stopped_half_way_is_found_by_the_sweep():
    world = World()
    world.bring_to("completed")
    delete_all, world.blobs.delete_all = world.blobs.delete_all, _raise_crash
    world.delete()
    with pytest.raises(Crash):
        reconcile(EXPERIMENT, world.services)
    world.blobs.delete_all = delete_all
    world.wait(LEASES_ARE_OVER)
    sweep(world.services)
    assert left(world) == [f"tombstones/{EXPERIMENT}"]


def test_mlflow_away_delays_a_deletion_and_a_refusal_does_not(caplog: pytest.LogCaptureFixture):
    world = World()
    world.bring_to("completed")
    answers = [Mirrored("pending", reason="connection refused"), Mirrored("failed", reason="no such right")]
    asked: list[tuple[str, str]] = []
    world.mirror.remove = lambda *names: (asked.append(names), answers.pop(0))[1]
    world.delete()
    run = world.reconcile()
    assert run.deletion.finalizers[0] == "mirror"
    world.wait(61)
    assert reconcile(EXPERIMENT, world.services) is None
    assert asked == [("wholesale/Sales", EXPERIMENT)] * 2
    assert "no such right" in caplog.text


def test_a_missing_right_is_told_and_tried_again():
    world = World()
    world.bring_to("completed")
    delete_all, world.blobs.delete_all = world.blobs.delete_all, _raise_refused
    world.delete()
    run = world.reconcile()
    assert "PERMISSION_DENIED" in run.reason
    world.blobs.delete_all = delete_all
    world.wait(LEASES_ARE_OVER)
    assert reconcile(EXPERIMENT, world.services) is None


def test_a_job_that_cannot_be_looked_at_keeps_everything():
    world = World()
    world.bring_to("completed")
    get, world.pipelines.get = world.pipelines.get, _raise_refused
    world.delete()
    run = world.reconcile()
    assert run.deletion.finalizers[0] == "cloud"
    assert "PERMISSION_DENIED" in run.reason
    world.pipelines.get = get
    assert reconcile(EXPERIMENT, world.services) is None


def test_a_second_wish_after_the_end_is_nobodys():
    world = World()
    world.bring_to("completed")
    delete(world)
    before = dict(world.store.documents)
    delete(world)
    del world.store.documents[f"commands/{EXPERIMENT}--delete"]
    assert world.store.documents == before


CALLS = calls_of(drive_to_nothing, "completed")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
@pytest.mark.parametrize("error", [Crash, Transient])
def test_a_handler_that_dies_anywhere_on_the_way_to_nothing_changes_nothing_but_the_time(
    error: type, at: int, after: bool
):
    world = world_after_a_death("completed", drive_to_nothing, error, at, after)
    assert left(world) == [f"tombstones/{EXPERIMENT}"]
    assert world.mirror.records == {}
    assert world.store.documents["counters/reuse"] == {"generation": 1}
    assert world.store.queue(world.time).holders == {}


def _raise_refused(*_: object) -> None:
    raise Refused("PERMISSION_DENIED: no")


def _raise_crash(*_: object) -> None:
    raise Crash("killed")
