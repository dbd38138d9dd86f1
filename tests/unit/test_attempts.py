"""A failure that may pass is followed by the next attempt, made of what the first one froze (domain S8.3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.ports import Refused, Transient
from functions.services import Services
from shared import paths
from shared.facts import Task
from shared.runs import State
from tests.fakes.crashing import Crash
from tests.fakes.world import ATTEMPT, EXPERIMENT, START, World
from tests.unit.driving import (
    AWAY,
    calls_of,
    counted,
    drive_to_the_second_attempt,
    world_after_a_death,
)

REGIONS = {"other_regions": ("europe-west1", "us-central1")}
NO_MACHINES = "ZONE_RESOURCE_POOL_EXHAUSTED: no machines of this type"
QUOTA = "Quota exceeded for quota metric 'Custom model training CPUs'"


def refuse(message: str) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> None:
        raise Refused(message)

    return call


# --------------------------------------------------------------------------------------- in each state, of each kind


@pytest.mark.parametrize(
    ("message", "code", "pause"),
    [(AWAY, "E_PROVIDER", 30), (QUOTA, "E_QUOTA", 300), (NO_MACHINES, "E_ZONE", 300)],
)
@pytest.mark.parametrize("state", ["preparing", "compiling", "submitting", "running"])
def test_the_next_attempt_comes_after_a_pause(state: str, message: str, code: str, pause: int):
    """With one region, machines are waited for as for a quota."""
    world = World()
    fail_in(world, state, message)
    run = world.run()
    assert (run.state, run.attempt, run.attempts[0].error.code) == (State.REQUESTED, 2, code)
    assert run.retry_at == world.time + timedelta(seconds=pause)
    assert world.store.queue(world.time).holders == {}, "its place is free for others meanwhile"
    world.wait(pause - 1)
    assert world.reconcile().state is State.REQUESTED
    world.wait(1)
    world.bring_to("completed")
    run = world.run()
    assert (run.state, run.attempt, run.number) == (State.COMPLETED, 2, 1)
    assert world.states().count("preparing") == 2


def fail_in(world: World, state: str, message: str) -> None:
    """Once: the next attempt finds everything well."""
    if state == "preparing":
        answer, world.warehouse.answer = world.warehouse.answer, refuse(message)
        world.reconcile()
        world.warehouse.answer = answer
    elif state == "compiling":
        world.bring_to("compiling")
        world.builds.end("build-1", "FAILURE", message)
        world.reconcile()
    elif state == "submitting":
        world.bring_to("compiling")
        world.finish_build()
        submit, world.pipelines.submit = world.pipelines.submit, refuse(message)
        world.reconcile()
        world.pipelines.submit = submit
    else:
        world.bring_to("running")
        world.fail_job(message)
        world.reconcile()


def test_three_attempts_and_no_more(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world = World()
    for attempt, pause in ((1, 30), (2, 120)):
        world.bring_to("running")
        world.fail_job(AWAY)
        run = world.reconcile()
        assert (run.state, run.attempt) == (State.REQUESTED, attempt + 1)
        assert run.retry_at == world.time + timedelta(seconds=pause)
        world.wait(pause)
    world.bring_to("running")
    world.fail_job(AWAY)
    run = world.reconcile()
    assert (run.state, run.error.code, run.attempt) == (State.FAILED, "E_PROVIDER", 3)
    assert [each.attempt for each in run.attempts] == [1, 2]
    assert counted(caplog, "retries") == [{"code": "E_PROVIDER"}] * 2
    assert sorted(world.pipelines.jobs) == [f"{EXPERIMENT}-a{number}" for number in (1, 2, 3)]


@pytest.mark.parametrize("most", [1, 2])
def test_an_experiment_may_want_fewer(most: int):
    world = World()
    world.store.documents[f"experiments/{EXPERIMENT}"]["max_attempts"] = most
    for _ in range(most):
        world.bring_to("running")
        world.fail_job(AWAY)
        world.reconcile()
        world.wait(300)
    assert (world.run().state, world.run().attempt) == (State.FAILED, most)


def test_what_is_shown_of_an_attempt_begins_again():
    """S9.5: a new attempt starts again; the curve is that of the attempt that is shown."""
    world = World()
    world.bring_to("running")
    world.write_epoch(0)
    world.fail_job(AWAY)
    run = world.reconcile()
    assert (run.percent, run.progress, run.job, run.build, run.error) == (0, None, None, None, None)
    assert {stage.state for stage in run.stages} == {"pending"}
    assert world.detail("history") == {"epochs": []}
    world.wait(30)
    world.bring_to("completed")
    assert [epoch["epoch"] for epoch in world.detail("history")["epochs"]] == [0, 1]
    assert world.run().cost["computed"] >= world.run().attempts[0].spent_usd > 0


def test_a_cancel_while_it_pauses_ends_it_at_once():
    world = World()
    world.bring_to("running")
    world.fail_job(AWAY)
    world.reconcile()
    world.cancel()
    run = world.reconcile()
    assert (run.state, run.attempt) == (State.CANCELLED, 2)
    assert run.reason.startswith("while waiting; ")


# ------------------------------------------------------------------------------------------------------- another region


def test_no_machines_means_the_next_region_with_everything_named_by_its_attempt():
    world = World(**REGIONS)
    world.bring_to("running")
    world.fail_job(NO_MACHINES)
    run = world.bring_to("running")
    second = f"{EXPERIMENT}-a2"
    assert (run.state, run.attempt, run.parameters["region"]) == (State.RUNNING, 2, "europe-west1")
    assert run.attempts[0].region == "europe-west4"
    assert (world.pipelines.region_of[ATTEMPT], world.pipelines.region_of[second]) == ("europe-west4", "europe-west1")
    assert world.pipelines.jobs[second].labels["attempt"] == "2"
    submitted = world.pipelines.submitted[second]
    assert submitted["root"] == f"gs://bucket/experiments/{EXPERIMENT}/a2/pipeline"
    assert "/a2/code/trainer/" in submitted["parameters"]["trainer_module"]
    training = json.loads(submitted["parameters"]["training"])
    assert training["attempt"] == 2
    assert {training["progress_uri"], training["results_uri"]} == {
        f"gs://bucket/{paths.progress_folder(EXPERIMENT, 2)}",
        f"gs://bucket/{paths.results(EXPERIMENT, 2)}",
    }
    assert submitted["parameters"]["input_config"] == world.pipelines.submitted[ATTEMPT]["parameters"]["input_config"]
    assert world.bring_to("completed").state is State.COMPLETED
    assert len(world.builds.builds) == 1, "without Dataflow the same pipeline serves every region"


def test_an_attempt_goes_on_where_the_deployment_still_runs():
    """Nobody looks for forgotten jobs in a region that was taken out of the deployment's list meanwhile."""
    world = World(**REGIONS)
    world.bring_to("running")
    world.fail_job("Connection reset by peer")
    assert world.reconcile().parameters["region"] == "europe-west4"
    world.services = replace(world.services, config=replace(world.services.config, region="us-central1"))
    world.wait(60)
    run = world.bring_to("running")
    assert (run.attempt, run.parameters["region"], world.pipelines.region_of[world.name()]) == (
        2, "us-central1", "us-central1",
    )  # fmt: skip


def test_regions_are_tried_in_their_order_and_then_waited_for():
    world = World(**REGIONS)
    found = []
    for _ in range(3):
        world.bring_to("running")
        found.append(world.run().parameters["region"])
        world.fail_job(NO_MACHINES)
        world.reconcile()
    assert found == ["europe-west4", "europe-west1", "us-central1"]
    assert (world.run().state, world.run().error.code) == (State.FAILED, "E_ZONE")


def test_a_pipeline_with_dataflow_is_compiled_for_its_region():
    world = World(**REGIONS)
    world.store.documents[f"experiments/{EXPERIMENT}"]["data_processing"] = "dataflow"
    world.bring_to("running")
    first = world.run()
    world.fail_job(NO_MACHINES)
    second = world.bring_to("compiling")
    assert (first.spec["options"]["region"], second.spec["options"]["region"]) == ("europe-west4", "europe-west1")
    assert first.spec["key"] != second.spec["key"]
    arguments = world.builds.arguments["build-2"]
    assert "--beam-argument=--region=europe-west1" in arguments
    assert world.builds.tags["build-2"] == f"{EXPERIMENT}-a2"


# ------------------------------------------------------------------------------------------------ as it was frozen


@pytest.mark.parametrize(("setting", "expected"), [(None, "europe-west1"), ("europe-west4", "europe-west4")])
def test_dataflow_goes_along_unless_it_has_a_region_of_its_own(setting: str | None, expected: str):
    world = World(dataflow_region=setting, **REGIONS)
    world.store.documents[f"experiments/{EXPERIMENT}"]["data_processing"] = "dataflow"
    world.bring_to("running")
    world.fail_job(NO_MACHINES)
    run = world.bring_to("running")
    assert (run.attempt, run.parameters["region"], run.spec["options"]["region"]) == (2, "europe-west1", expected)
    assert len(world.builds.builds) == (1 if setting else 2)


def test_a_run_on_a_gpu_is_compiled_with_the_image_for_it():
    world = World(trainer_gpu_image="gpu@sha256:3")
    world.store.documents[f"experiments/{EXPERIMENT}"]["hardware"] = "gpu_t4"
    world.bring_to("running")
    arguments = world.builds.arguments["build-1"]
    assert arguments[arguments.index("--trainer-gpu-image") + 1] == "gpu@sha256:3"


def test_a_further_attempt_reads_no_config_again():
    world = World()
    world.bring_to("running")
    asked, first = len(world.warehouse.queries), snapshot(world, 1)
    world.fail_job(AWAY)
    world.reconcile()
    for path in ("feature_configs/base", "model_configs/minimal", "datasets/sales"):
        del world.store.documents[path]
    world.wait(30)
    world.bring_to("completed")
    assert world.run().state is State.COMPLETED
    assert snapshot(world, 2) == first
    assert len(world.warehouse.queries) == asked


def test_a_further_attempt_is_built_with_the_images_of_the_first():
    world = World(beam_arguments=("--project=p",))
    world.bring_to("compiling")
    first = world.builds.arguments["build-1"]
    world.builds.end("build-1", "FAILURE", AWAY)
    world.reconcile()
    world.services = newer(world)
    images: list[str] = []
    start = world.builds.start
    world.builds.start = lambda tag, image, arguments: (images.append(image), start(tag, image, arguments))[1]
    world.wait(30)
    world.reconcile()
    assert world.builds.arguments["build-2"] == first
    assert images == ["compiler@sha256:1"]


def newer(world: World) -> Services:
    """The next release is deployed."""
    config = replace(
        world.services.config, compiler_image="compiler@sha256:9", trainer_image="trainer@sha256:9", beam_arguments=()
    )
    return replace(world.services, config=config)


def test_an_attempt_after_one_that_froze_nothing_is_made_afresh():
    world = World()
    fail_in(world, "preparing", AWAY)
    assert paths.snapshot(EXPERIMENT, 1) not in world.blobs.objects
    world.wait(30)
    run = world.bring_to("running")
    assert (run.attempt, run.state) == (2, State.RUNNING)
    assert snapshot(world, 2)["parameters"]["epochs"] == 2


def test_a_further_attempt_reuses_nothing_from_before_a_deletion():
    world = World()
    world.bring_to("running")
    world.fail_job(AWAY)
    world.reconcile()
    world.store.documents["counters/reuse"] = {"generation": 4}
    world.wait(30)
    world.bring_to("running")
    versions = [snapshot(world, attempt)["parameters"]["data_version"] for attempt in (1, 2)]
    assert "-g0-" in versions[0]
    assert versions[1] == versions[0].replace("-g0-", "-g4-")
    assert f"-- data {versions[1]}" in world.pipelines.submitted[f"{EXPERIMENT}-a2"]["parameters"]["input_config"]


def snapshot(world: World, attempt: int) -> dict[str, Any]:
    return json.loads(world.blobs.objects[paths.snapshot(EXPERIMENT, attempt)])


# ------------------------------------------------------------------------------------------------------ the fence


def test_what_comes_late_from_the_first_attempt_changes_nothing():
    """Invariant: everything that is shown of attempt 2 comes from attempt 2."""
    world = World()
    world.bring_to("running")
    world.fail_job(AWAY)
    world.reconcile()
    world.wait(30)
    world.bring_to("running")
    world.blobs.objects[f"{paths.progress_folder(EXPERIMENT, 1)}/epoch-0000.json"] = b"{}"
    world.blobs.objects[paths.results(EXPERIMENT, 1)] = b"{}"
    world.pipelines.move(ATTEMPT, "SUCCEEDED", Task("Trainer", "SUCCEEDED"))
    before = world.run()
    assert world.reconcile() == before
    assert before.epochs_done == 0


def test_what_an_effect_told_of_the_first_attempt_is_not_about_the_second():
    """A submission hangs; when it is refused at last, others have submitted, failed, and begun again."""
    world = World()
    world.bring_to("compiling")
    world.finish_build()
    submit = world.pipelines.submit

    def hang_and_fail(*_: object) -> None:
        world.pipelines.submit = submit
        world.wait(151)  # the lease is over
        assert world.reconcile().state is State.RUNNING
        world.fail_job(AWAY)
        world.reconcile()
        world.wait(30)
        del world.blobs.objects[paths.compiled_spec(snapshot(world, 1)["compile_key"])]
        run = world.reconcile()
        assert (run.state, run.attempt, run.build["id"]) == (State.COMPILING, 2, "build-2")
        raise Refused(AWAY)

    world.pipelines.submit = hang_and_fail
    run = world.reconcile()
    assert (run.state, run.attempt, run.build["id"]) == (State.COMPILING, 2, "build-2")


CALLS = calls_of(drive_to_the_second_attempt, "running")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
@pytest.mark.parametrize("error", [Crash, Transient])
def test_a_handler_that_dies_anywhere_on_the_way_to_the_second_attempt_changes_nothing_but_the_time(
    error: type, at: int, after: bool
):
    world = world_after_a_death("running", drive_to_the_second_attempt, error, at, after)
    run = world.run()
    assert (run.state, run.attempt, run.number) == (State.COMPLETED, 2, 1), run.error
    assert len(run.attempts) == 1
    assert sorted(world.pipelines.submitted) == [f"{EXPERIMENT}-a1", f"{EXPERIMENT}-a2"]
    assert len(world.builds.builds) == 1
    assert len(world.detail("history")["epochs"]) == 2
    assert world.store.queue(START).holders == {}
    assert world.store.documents["counters/wholesale"]["next"] == 2
