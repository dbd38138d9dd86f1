"""Reruns are made of what their parent froze, and of nothing else (domain S5.12)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.reconcile import reconcile
from functions.repeating import of_parent
from shared import paths
from shared.documents import Experiment
from shared.hashing import canonical_json
from shared.parameters import IDENTITY
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem
from shared.runs import State
from tests.fakes.world import EXPERIMENT, START, WRITTEN, World

LATER = START + timedelta(minutes=5)
MINE = {"name": "again", "owner": "bob@example.org", "description": "", "notes": "", "tags": ["twice"]}
OTHER = {**MINE, "created_at": LATER, "updated_at": LATER}


def rerun(world: World, number: int = 2, parent: str = EXPERIMENT, **changes: Any) -> str:
    """As clients write it: what the parent's frozen request says, under another identity."""
    return world.request(number, parent=parent, origin="rerun", **{**OTHER, **changes})


def snapshot(world: World, experiment_id: str, attempt: int = 1) -> dict[str, Any]:
    return json.loads(world.blobs.objects[paths.snapshot(experiment_id, attempt)])


def refused(world: World, experiment_id: str) -> Problem:
    """The only reason for which it was refused."""
    run = world.reconcile(experiment_id)
    assert run.state is State.FAILED
    [problem] = run.problems
    return Problem(**problem)


def parents() -> World:
    world = World()
    world.bring_to("completed")
    return world


# ---------------------------------------------------------------------------------------------------------- the same


def test_a_rerun_is_its_parent_byte_for_byte_but_for_its_identity():
    world = parents()
    run = world.reconcile(rerun(world))
    mine, theirs = snapshot(world, run.experiment), snapshot(world, EXPERIMENT)
    assert (run.state, run.number, run.parent, run.origin) == (State.RUNNING, 2, EXPERIMENT, "rerun")
    own = mine["configs"]["experiment"]
    assert {name: own[name] for name in MINE} == MINE
    assert (own["parent"], own["origin"]) == (EXPERIMENT, "rerun")
    assert mine["names"].pop("experiment") == "again"
    theirs["names"].pop("experiment")
    for frozen in (mine, theirs):
        for name in IDENTITY:
            del frozen["configs"]["experiment"][name]
    assert canonical_json(mine) == canonical_json(theirs)


def test_a_rerun_reads_nothing_of_today():
    world = parents()
    asked = len(world.warehouse.queries)
    for path in ("feature_configs/base", "model_configs/minimal", "datasets/sales"):
        del world.store.documents[path]
    run = world.reconcile(rerun(world))
    assert (run.state, len(world.warehouse.queries)) == (State.RUNNING, asked)
    parameters = [world.pipelines.submitted[f"{each}-a1"]["parameters"] for each in (EXPERIMENT, run.experiment)]
    assert parameters[0]["input_config"] == parameters[1]["input_config"]
    assert parameters[0]["transform_module"] == parameters[1]["transform_module"]
    assert run.spec["reused"], "the same pipeline is compiled already"


def test_a_rerun_is_compiled_as_its_parent_was_whatever_is_deployed_now():
    world = parents()
    world.blobs.objects = {name: content for name, content in world.blobs.objects.items() if "specs/" not in name}
    config = replace(world.services.config, compiler_image="compiler@sha256:9", trainer_image="trainer@sha256:9")
    world.services = replace(world.services, config=config)
    run = world.reconcile(rerun(world))
    arguments = world.builds.arguments[run.build["id"]]
    assert arguments == world.builds.arguments["build-1"]
    assert run.spec["key"] == world.run().spec["key"]


def test_a_rerun_of_a_rerun_and_of_a_further_attempt():
    world = World()
    world.bring_to("running")
    world.fail_job("UNAVAILABLE: away")
    world.reconcile()
    world.wait(30)
    world.bring_to("completed")
    first = rerun(world)
    world.reconcile(first)
    world.wish("cancel", first)
    world.reconcile(first)
    second = rerun(world, 3, parent=first)
    run = world.reconcile(second)
    assert (run.state, run.attempt, run.parent) == (State.RUNNING, 1, first)
    assert snapshot(world, second)["sql"] == snapshot(world, EXPERIMENT, 2)["sql"]


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_any_end_may_be_repeated(state: str):
    world = World()
    world.bring_to("running")
    if state == "failed":
        world.fail_job("[QT:E_COLLAPSED] all the same")
    else:
        world.cancel()
    assert world.reconcile().state.value == state
    assert world.reconcile(rerun(world)).state is State.RUNNING


def test_a_rerun_after_a_deletion_reuses_nothing_from_before_it():
    world = parents()
    gone = rerun(world)
    world.reconcile(gone)
    world.wish("cancel", gone)
    world.wish("delete", gone)
    world.reconcile(gone)
    world.wait(400)  # until nobody can be writing for it any more
    assert reconcile(gone, world.services) is None
    again = rerun(world, 3)
    world.reconcile(again)
    mine, theirs = (snapshot(world, each)["parameters"]["data_version"] for each in (again, EXPERIMENT))
    assert mine != theirs
    assert mine.partition("-g")[0] == theirs.partition("-g")[0]


# ------------------------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda world: _move_away(world), "it ran in `europe-west4`, where this deployment does not run any more"),
        (lambda world: world.store.documents.pop(f"runs/{EXPERIMENT}"), "there is no experiment"),
        (lambda world: _deleting(world), "is being deleted"),
        (lambda world: _unfrozen(world), "what it was prepared with is not stored any more"),
        (lambda world: _unprepared(world), "it ended before it was prepared"),
        (lambda world: world.wait(8 * 86_400), "the warehouse remembers 7 days"),
    ],
    ids=["elsewhere", "missing", "deleting", "unfrozen", "unprepared", "long ago"],
)
def test_a_parent_that_cannot_be_repeated_is_told(spoil: Callable[[World], object], words: str):
    world = parents()
    spoil(world)
    problem = refused(world, rerun(world))
    assert (problem.code, problem.path) == ("E_RERUN", "parent")
    assert words in problem.problem
    assert problem.remedy


def _deleting(world: World) -> None:
    world.pipelines.live = list
    world.blobs.delete_all = lambda folder: world.wait(400)  # the handler's lease is over before it is done
    world.delete()


def _move_away(world: World) -> None:
    config = replace(world.services.config, region="us-central1")
    world.services = replace(world.services, config=config)


def _unfrozen(world: World) -> None:
    del world.blobs.objects[paths.snapshot(EXPERIMENT, 1)]


def _unprepared(world: World) -> None:
    _unfrozen(world)
    world.store.documents[f"runs/{EXPERIMENT}"]["parameters"] = None


def test_a_live_parent_is_told_with_its_state():
    world = World()
    world.bring_to("running")
    problem = refused(world, rerun(world))
    assert str(problem) == (
        f"`parent`: `{EXPERIMENT}` is still running. Wait until it has ended, or use `origin: clone`."
    )


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"epochs": 7}, "epochs", "it is 7, and 2 in"),
        ({"model_config": "other"}, "model_config", "it is 'other', and 'minimal' in"),
        ({"model_endpoint": "retail"}, "model_endpoint", "it is 'retail', and 'wholesale' in"),
        ({"max_cost_usd": 20.0}, "max_cost_usd", "it is 20.0, and 10.0 in"),
    ],
    ids=str,
)
def test_a_rerun_that_wants_something_else_is_a_clone(changes: dict, path: str, words: str):
    world = parents()
    problem = refused(world, rerun(world, **changes))
    assert (problem.code, problem.path) == ("E_RERUN", path)
    assert words in problem.problem
    assert "clone" in problem.remedy


def test_a_rerun_takes_places_and_money_of_no_other_endpoint():
    """S10.18: one that names none would be of the endpoint `default`."""
    world = parents()
    unnamed = rerun(world)
    del world.store.documents[f"experiments/{unnamed}"]["model_endpoint"]
    assert refused(world, unnamed).path == "model_endpoint"


@pytest.mark.parametrize(
    ("fields", "path"),
    [({"parent": EXPERIMENT}, "origin"), ({"origin": "rerun"}, "parent"), ({"origin": "clone"}, "parent")],
)
def test_parent_and_origin_belong_together(fields: dict, path: str):
    world = parents()
    problem = refused(world, world.request(2, **fields))
    assert (problem.code, problem.path) == ("E_ORIGIN", path)


def test_a_clone_is_an_experiment_like_any_other_and_shows_where_it_comes_from():
    world = parents()
    run = world.reconcile(world.request(2, parent=EXPERIMENT, origin="clone", epochs=5))
    assert (run.state, run.origin, run.parameters["epochs"]) == (State.RUNNING, "clone", 5)


@pytest.mark.parametrize(
    ("rules", "code"), [({"max_cost_usd": 5.0}, "E_COST_CAP"), ({"monthly_budget_usd": 0.0}, "E_MONTH_BUDGET")], ids=str
)
def test_a_rerun_is_held_to_the_money_of_its_endpoint(rules: dict, code: str):
    world = parents()
    world.store.put("model_endpoints/wholesale", {**WRITTEN, "name": "Wholesale", **rules})
    assert refused(world, rerun(world)).code == code


def test_a_parent_that_goes_while_its_rerun_waits_is_told():
    world = parents()
    document = {**world.store.documents[f"experiments/{EXPERIMENT}"], **OTHER, "parent": EXPERIMENT, "origin": "rerun"}
    experiment = parse("experiments", "exp-01jd4qz0000000000000000002", document)
    assert isinstance(experiment, Experiment)
    assert of_parent(experiment, world.services).names["experiment"] == "again"
    world.delete()
    with pytest.raises(InvalidDocument, match="is being deleted"):
        of_parent(experiment, world.services)
