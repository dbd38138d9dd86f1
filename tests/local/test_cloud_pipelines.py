"""Vertex AI Pipelines' stand-in, driven by the real client over real processes."""

from __future__ import annotations

import itertools
import json
import signal
import time
from collections.abc import Iterator

import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument, NotFound

from tests.local.cloud_stack import ENDED, PARENT, TIMEOUT_S, CloudStack, is_alive, task, task_states, until
from tests.local.conftest import free_port

CANCEL_S = 5.0
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory) -> Iterator[CloudStack]:
    stack = CloudStack(tmp_path_factory.mktemp("cloud"), free_port())
    stack.start_worker()
    stack.start_cloud()
    yield stack
    stack.close()


@pytest.fixture
def stack(shared_stack) -> Iterator[CloudStack]:
    """The stack of all tests of this file; each has job names of its own and leaves no job running."""
    yield shared_stack
    for job_id in shared_stack.live_jobs():
        shared_stack.cancel_job(job_id)
        shared_stack.ended_job(job_id)


@pytest.fixture
def job_id() -> str:
    return f"exp-{next(_NUMBERS)}-a1"


def test_a_job_runs_its_spec_in_order_and_hands_artifacts_on(stack, job_id):
    created = stack.create_job(job_id)
    assert created.name == f"{PARENT}/pipelineJobs/{job_id}"
    job = stack.ended_job(job_id)
    assert job.state.name == "PIPELINE_STATE_SUCCEEDED"
    assert task_states(job) == dict.fromkeys(("First", "Second", "Third"), "SUCCEEDED")
    times = [(task(job, name).start_time, task(job, name).end_time) for name in ("First", "Second", "Third")]
    assert all(start <= end for start, end in times)
    assert all(before[1] <= after[0] for before, after in zip(times, times[1:], strict=False))
    (artifact,) = task(job, "Third").outputs["out"].artifacts
    assert artifact.metadata["written"] == "yes"
    data = json.loads((stack.home / "storage" / artifact.uri.removeprefix("gs://") / "data.txt").read_text())
    received = data["artifacts"]["in"]["artifacts"][0]
    assert received["uri"].startswith(str(stack.home / "storage/bucket/root"))
    assert received["metadata"] == {"written": "yes"}


def test_the_same_id_twice_already_exists(stack, job_id):
    stack.create_job(job_id)
    with pytest.raises(AlreadyExists, match="already exists"):
        stack.create_job(job_id)
    stack.ended_job(job_id)
    assert len(stack.tries(job_id, "First")) == 1


def test_a_job_that_is_not_there_is_not_found(stack, job_id):
    with pytest.raises(NotFound):
        stack.get_job("exp-9-a1")


def test_a_job_without_its_parameters_is_refused(stack, job_id):
    job = stack.job(job_id)
    job.runtime_config.parameter_values = {}
    with pytest.raises(InvalidArgument, match="without a value: act"):
        stack.pipelines.create_pipeline_job(parent=PARENT, pipeline_job=job, pipeline_job_id=job_id, timeout=TIMEOUT_S)


def test_jobs_are_listed_by_label_without_details(stack, job_id):
    stack.create_job(job_id)
    stack.ended_job(job_id)

    def listed(text: str) -> list[str]:
        request = {"parent": PARENT, "filter": text}
        found = list(stack.pipelines.list_pipeline_jobs(request=request, timeout=TIMEOUT_S))
        assert not any(job.job_detail.task_details for job in found)
        return [job.name.rpartition("/")[2] for job in found]

    assert job_id in listed('labels.app="quicktest"')
    assert listed(f'labels.experiment="{job_id}"') == [job_id]
    assert listed(f'labels.experiment="{job_id}" AND state="PIPELINE_STATE_RUNNING"') == []
    with pytest.raises(InvalidArgument):
        listed('labels.app="a" OR labels.app="b"')


def test_jobs_that_have_not_ended_are_listed_in_pages_with_the_fields_of_the_mask(stack, job_id):
    stack.create_job(job_id)
    stack.ended_job(job_id)
    live = [f"{job_id}{number}" for number in range(3)]
    for name in live:
        stack.create_job(name, First="sleep")
    unended = " AND ".join(f'state!="{state}"' for state in ENDED)
    request = {"parent": PARENT, "filter": f'labels.app="quicktest" AND {unended}', "page_size": 2}
    request |= {"read_mask": {"paths": ["name", "labels"]}}
    found = list(stack.pipelines.list_pipeline_jobs(request=request, timeout=TIMEOUT_S))
    assert sorted(job.name.rpartition("/")[2] for job in found) == live
    assert all(job.labels["app"] == "quicktest" and job.state == 0 and not job.create_time for job in found)


def test_a_failed_component_fails_the_job_with_its_last_exception(stack, job_id):
    stack.create_job(job_id, Second="fail")
    job = stack.ended_job(job_id)
    assert job.state.name == "PIPELINE_STATE_FAILED"
    assert task_states(job) == {"First": "SUCCEEDED", "Second": "FAILED", "Third": "NOT_TRIGGERED"}
    assert task(job, "Second").error.message == "The component Second exited with 1: ValueError: Loss is nan at step 3"
    assert "failed tasks are: [Second]" in job.error.message
    container = task(job, "Second").executor_detail.container_detail
    assert list(container.failed_main_jobs) == [container.main_job]


def test_a_killed_component_fails_with_its_signal(stack, job_id):
    stack.create_job(job_id, First="kill")
    job = stack.ended_job(job_id)
    assert task(job, "First").error.message.startswith("The component First exited with 137 (SIGKILL)")


def test_the_output_of_a_task_is_in_the_log_store(stack, job_id):
    stack.create_job(job_id, First="fail")
    number = task(stack.ended_job(job_id), "First").executor_detail.container_detail.main_job.rpartition("/")[2]
    assert number.isdigit()
    request = {
        "resource_names": ["projects/demo-quicktest"],
        "filter": f'resource.type="ml_job" AND resource.labels.job_id="{number}" AND severity>=WARNING',
        "order_by": "timestamp asc",
    }
    entries = list(stack.logs.list_log_entries(request=request, timeout=TIMEOUT_S))
    assert entries[0].text_payload.endswith("about to act")
    assert entries[0].severity == 400
    assert entries[-1].text_payload == "ValueError: Loss is nan at step 3"
    assert entries[-1].severity == 500


def test_cancel_ends_a_deaf_process_and_its_deaf_child(stack, job_id):
    stack.create_job(job_id, Second="hang")
    child = until(lambda: stack.child(job_id, "Second"))
    (parent,) = stack.tries(job_id, "Second")
    assert is_alive(parent)
    assert is_alive(child)
    asked = time.monotonic()
    stack.cancel_job(job_id)
    job = stack.ended_job(job_id)
    assert time.monotonic() - asked < CANCEL_S
    assert job.state.name == "PIPELINE_STATE_CANCELLED"
    assert job.error.code == 1
    assert task_states(job) == {"First": "SUCCEEDED", "Second": "CANCELLED", "Third": "NOT_TRIGGERED"}
    assert not is_alive(parent)
    assert not is_alive(child)


def test_cancelling_what_has_ended_changes_nothing(stack, job_id):
    stack.create_job(job_id)
    before = stack.ended_job(job_id)
    stack.pipelines.cancel_pipeline_job(name=before.name, timeout=TIMEOUT_S)
    assert stack.get_job(job_id) == before


def test_one_component_at_a_time_and_the_older_job_first(stack, job_id):
    stack.create_job(job_id, First="hang")
    until(lambda: stack.child(job_id, "First"))
    stack.create_job(f"{job_id}-later")
    time.sleep(0.5)
    waiting = stack.get_job(f"{job_id}-later")
    assert waiting.state.name == "PIPELINE_STATE_PENDING"
    assert set(task_states(waiting).values()) == {"PENDING"}
    stack.cancel_job(job_id)
    assert stack.ended_job(f"{job_id}-later").state.name == "PIPELINE_STATE_SUCCEEDED"


def test_a_waiting_job_is_cancelled_at_once(stack, job_id):
    stack.create_job(job_id, First="hang")
    until(lambda: stack.child(job_id, "First"))
    stack.create_job(f"{job_id}-later")
    stack.cancel_job(f"{job_id}-later")
    assert stack.get_job(f"{job_id}-later").state.name == "PIPELINE_STATE_CANCELLED"
    assert len(stack.tries(job_id, "First")) == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_restart_goes_on_with_the_interrupted_task_in_a_fresh_folder(stack, job_id, how):
    stack.create_job(job_id, Second="hang once")
    until(lambda: stack.child(job_id, "Second"))
    interrupted = stack.tries(job_id, "Second")[0]
    before = task(stack.get_job(job_id), "First")
    stack.end("cloud", how)
    until(lambda: not is_alive(interrupted))
    stack.start_cloud()
    job = stack.ended_job(job_id)
    assert job.state.name == "PIPELINE_STATE_SUCCEEDED"
    assert task(job, "First") == before
    assert len(stack.tries(job_id, "First")) == 1
    assert len(stack.tries(job_id, "Second")) == 2
    second = task(job, "Second").executor_detail.container_detail
    assert len({second.main_job, *second.failed_main_jobs}) == 2
    folders = list((stack.home / "storage/bucket/root/1" / job_id).glob("Second_*"))
    assert len(folders) == 2


def test_a_lost_worker_is_another_try(stack, job_id):
    stack.create_job(job_id, Second="hang once")
    until(lambda: stack.child(job_id, "Second"))
    (lost,) = stack.tries(job_id, "Second")
    stack.end("worker")
    until(lambda: not is_alive(lost))
    stack.start_worker()
    assert stack.ended_job(job_id).state.name == "PIPELINE_STATE_SUCCEEDED"
    assert len(stack.tries(job_id, "Second")) == 2


def test_requests_wait_for_a_worker_that_is_being_started(stack, job_id):
    stack.end("worker")
    stack.create_job(job_id)
    until(lambda: stack.get_job(job_id).state.name == "PIPELINE_STATE_RUNNING")
    stack.start_worker()
    assert stack.ended_job(job_id).state.name == "PIPELINE_STATE_SUCCEEDED"
    assert len(stack.tries(job_id, "First")) == 1


def test_nothing_is_left_in_the_scratch_folder(stack, job_id):
    stack.create_job(job_id, Second="kill")
    stack.ended_job(job_id)
    assert [path for path in (stack.home / "services/scratch").rglob("*") if path.is_file()] == []


# ---------------------------------------------------------------------------------------------------- equal tasks

TWO = ("First", "Second")
REUSED = {"First": "SKIPPED", "Second": "SKIPPED", "Third": "SUCCEEDED"}
ALL_RAN = dict.fromkeys(("First", "Second", "Third"), "SUCCEEDED")


def ran(stack, job_id: str, **options) -> dict[str, str]:
    """States of the tasks of a job that succeeded."""
    stack.create_job(job_id, **options)
    job = stack.ended_job(job_id)
    assert job.state.name == "PIPELINE_STATE_SUCCEEDED"
    return task_states(job)


def test_equal_tasks_are_skipped_with_the_outputs_of_the_first(stack, job_id):
    assert ran(stack, job_id, trace=job_id, reuse=TWO) == ALL_RAN
    assert ran(stack, f"{job_id}-again", trace=job_id, reuse=TWO) == REUSED
    first, again = stack.get_job(job_id), stack.get_job(f"{job_id}-again")
    assert task(again, "Second").outputs == task(first, "Second").outputs
    assert task(again, "Second").start_time == task(again, "Second").end_time
    assert task(again, "Third").outputs != task(first, "Third").outputs
    assert [len(stack.tries(job_id, name)) for name in ALL_RAN] == [1, 1, 2]


def test_all_tasks_may_be_skipped(stack, job_id):
    assert ran(stack, job_id, trace=job_id, reuse=ALL_RAN) == ALL_RAN
    assert set(ran(stack, f"{job_id}-again", trace=job_id, reuse=ALL_RAN).values()) == {"SKIPPED"}


def test_without_caching_options_nothing_is_skipped(stack, job_id):
    ran(stack, job_id, trace=job_id, reuse=TWO)
    assert ran(stack, f"{job_id}-again", trace=job_id) == ALL_RAN


def test_another_parameter_makes_another_task(stack, job_id):
    ran(stack, job_id, trace=job_id, reuse=TWO)
    assert ran(stack, f"{job_id}-again", trace=job_id, reuse=TWO, Nobody="other") == ALL_RAN


def test_a_task_after_one_that_ran_again_runs_again(stack, job_id):
    ran(stack, job_id, trace=job_id, reuse=TWO)
    assert ran(stack, f"{job_id}-again", trace=job_id, reuse=("Second",)) == ALL_RAN


def test_a_failed_task_is_not_reused(stack, job_id):
    stack.create_job(job_id, trace=job_id, reuse=TWO, Second="fail")
    stack.ended_job(job_id)
    stack.create_job(f"{job_id}-again", trace=job_id, reuse=TWO, Second="fail")
    job = stack.ended_job(f"{job_id}-again")
    assert task_states(job) == {"First": "SKIPPED", "Second": "FAILED", "Third": "NOT_TRIGGERED"}


@pytest.mark.parametrize("damage", ["unlink", "change", "all"])
def test_outputs_that_are_not_what_they_were_are_not_reused(stack, job_id, damage):
    ran(stack, job_id, trace=job_id, reuse=TWO)
    (artifact,) = task(stack.get_job(job_id), "First").outputs["out"].artifacts
    folder = stack.home / "storage" / artifact.uri.removeprefix("gs://")
    if damage == "change":
        (folder / "data.txt").write_text("shorter")
    else:
        (folder / "data.txt").unlink()
        if damage == "all":
            folder.rmdir()
    assert ran(stack, f"{job_id}-again", trace=job_id, reuse=TWO) == ALL_RAN
    assert ran(stack, f"{job_id}-third", trace=job_id, reuse=TWO) == REUSED


def test_outputs_are_still_known_after_a_restart(stack, job_id):
    ran(stack, job_id, trace=job_id, reuse=TWO)
    stack.end("cloud")
    stack.start_cloud()
    assert ran(stack, f"{job_id}-again", trace=job_id, reuse=TWO) == REUSED
