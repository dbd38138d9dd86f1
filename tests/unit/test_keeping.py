"""A star keeps what a run has stored from the rules of the bucket, for as long as it is there (S5.14)."""

from __future__ import annotations

from functions.keeping import keep
from functions.sweep import sweep
from shared.runs import LIVE
from tests.fakes.world import ATTEMPT, EXPERIMENT, World
from tests.unit.test_labels import edit, ended

STORED = f"experiments/{EXPERIMENT}/a1/pipeline/examples.gz"


def starred(value: bool = True) -> World:
    world = ended()
    world.wait(90)
    world.blobs.objects |= {STORED: b"x", "experiments/exp-of-another/a1/x.gz": b"x"}
    edit(world, starred=value)
    return world


def to_the_hour(world: World) -> None:
    world.wait((60 - world.time.minute) * 60)


def test_the_sweep_of_an_hour_holds_what_a_starred_experiment_has_and_nothing_else():
    world = starred()
    to_the_hour(world)
    sweep(world.services)
    assert world.blobs.held == {STORED}


def test_what_is_written_after_the_star_is_held_in_a_later_hour():
    world = starred()
    to_the_hour(world)
    sweep(world.services)
    later = f"experiments/{EXPERIMENT}/a2/pipeline/model.pb"
    world.blobs.objects[later] = b"x"
    to_the_hour(world)
    sweep(world.services)
    assert world.blobs.held == {STORED, later}


def test_a_star_that_an_experiment_was_made_with_holds_as_well():
    world = ended()
    world.blobs.objects[STORED] = b"x"
    world.store.documents[f"experiments/{EXPERIMENT}"]["starred"] = True
    to_the_hour(world)
    sweep(world.services)
    assert world.blobs.held == {STORED}


def test_without_its_star_all_is_let_go():
    world = starred()
    keep(EXPERIMENT, world.services)
    edit(world, starred=False)
    to_the_hour(world)
    sweep(world.services)
    assert world.blobs.held == set()


def test_within_the_hour_nobody_is_asked():
    world = starred()
    assert world.time.minute != 0
    sweep(world.services)
    assert world.blobs.held == set()


def test_what_is_being_deleted_is_not_held():
    world = starred()
    world.wish("delete")
    keep(EXPERIMENT, world.services)
    assert world.blobs.held == set()


def test_nothing_of_a_run_that_goes_on_is_held_but_all_when_it_has_ended_days_later():
    """Cloud Storage would refuse the Trainer that replaces its checkpoint."""
    world = World()
    world.bring_to("running")
    world.blobs.objects[STORED] = b"x"
    edit(world, starred=True)
    keep(EXPERIMENT, world.services)
    assert world.blobs.held == set()
    world.wait(60 * 60 * 30)
    world.pipelines.move(ATTEMPT, "FAILED")
    world.reconcile()
    assert world.run().state not in LIVE
    to_the_hour(world)
    sweep(world.services)
    assert world.blobs.held == set(), "the star was given more than a day ago"
    world.wait((24 - world.time.hour) * 60 * 60)
    sweep(world.services)
    assert STORED in world.blobs.held
