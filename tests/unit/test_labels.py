"""Labels that were edited reach the lists, by their event or by the sweep."""

from __future__ import annotations

from datetime import timedelta

from functions.labels import LOOK_BACK, LOOK_FAR_BACK
from functions.sweep import sweep
from shared.runs import State
from tests.fakes.world import EXPERIMENT, START, World


def ended() -> World:
    """A run that has ended in `preparing`, which takes no work of others."""
    world = World()
    world.store.documents.pop("feature_configs/base")
    world.reconcile()
    assert world.run().state is State.FAILED
    world.store.documents = {
        path: document for path, document in world.store.documents.items() if not path.startswith("insights/")
    }
    return world


def edit(world: World, **labels: object) -> None:
    path = f"experiments/{EXPERIMENT}"
    world.store.put(path, {**world.store.documents[path], "updated_at": world.time, **labels})


def tags(world: World) -> tuple[str, ...]:
    [entry] = world.store.index("wholesale")
    return entry.tags


def test_the_sweep_mends_what_a_lost_event_left():
    world = ended()
    world.wait(90)
    edit(world, tags=["later"])
    assert tags(world) == ()
    assert sweep(world.services)["relabelled"] == 1
    assert tags(world) == ("later",)
    assert sweep(world.services)["relabelled"] == 0


def test_each_minute_looks_an_hour_back_and_each_hour_a_day():
    world = ended()
    world.wait(90)
    edit(world, tags=["later"])
    world.wait(LOOK_BACK.total_seconds() + 120)
    assert world.time.minute != 0
    assert sweep(world.services)["relabelled"] == 0
    minutes = 60 - world.time.minute
    world.wait(minutes * 60)
    assert world.time - START < timedelta(days=1) <= LOOK_FAR_BACK
    assert sweep(world.services)["relabelled"] == 1


def test_what_was_only_created_is_not_looked_at_again():
    world = ended()
    assert world.store.edited_since(START - timedelta(days=1)) == []
