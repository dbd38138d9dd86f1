"""Builds, pipeline jobs, logs and the warehouse: what the adapters promise, on fakes and on the local stand-ins."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from functions.adapters.ports import Builds, Refused, Warehouse
from shared.facts import Build, Job
from tests.contract.conftest import Jobs

IMAGE = "quicktest/compiler@sha256:1"
LABELS = {"app": "quicktest", "experiment": "exp-1", "attempt": "1", "endpoint": "wholesale"}


def eventually(look: Callable[[], Any], limit_s: float = 20) -> Any:
    deadline = time.monotonic() + limit_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found


# -------------------------------------------------------------------------------------------------------- builds


def test_a_started_build_is_live_and_found_by_its_tag_alone(builds: Builds, job_id: str):
    started = builds.start(job_id, IMAGE, ["--compile-key", "k"])
    assert started.live
    assert started.created_at.tzinfo is not None
    assert [build.id for build in builds.listed(job_id)] == [started.id]
    assert builds.listed(f"{job_id}1") == []
    builds.cancel(started.id)


def test_a_cancelled_build_ends(builds: Builds, job_id: str):
    started = builds.start(job_id, IMAGE, [])
    builds.cancel(started.id)

    def cancelled() -> list[Build]:
        return [build for build in builds.listed(job_id) if build.status == "CANCELLED"]

    [build] = eventually(cancelled)
    assert not build.live
    assert build.ended_at is not None
    builds.cancel(started.id)  # again: nothing happens
    assert [build.status for build in builds.listed(job_id)] == ["CANCELLED"]


def test_a_build_that_is_gone_is_left_alone(builds: Builds):
    builds.cancel("00000000-0000-0000-0000-000000000000")


# ----------------------------------------------------------------------------------------------------------- jobs


def spec(argument: str) -> dict[str, Any]:
    """A compiled pipeline of one task."""
    trainer = {
        "container": {"image": "t@1", "command": ["python", "-m", "trainer"], "args": ["--executor", argument, "{{$}}"]}
    }
    return {
        "schemaVersion": "2.1.0", "sdkVersion": "tfx-1.16.0", "pipelineInfo": {"name": "quicktest"},
        "deploymentSpec": {"executors": {"trainer_executor": trainer}},
        "components": {"trainer": {"executorLabel": "trainer_executor"}},
        "root": {
            "dag": {"tasks": {"Trainer": {"taskInfo": {"name": "Trainer"}, "componentRef": {"name": "trainer"}}}},
            "inputDefinitions": {"parameters": {"training": {"parameterType": "STRING"}}},
        },
    }  # fmt: skip


def submit(jobs: Jobs, job_id: str, argument: str = "SLEEP", labels: dict[str, str] = LABELS) -> None:
    root = "gs://demo-contract-data/experiments/x/a1/pipeline"
    jobs.pipelines.submit(job_id, spec(argument), {"training": "{}"}, root, labels)


def test_a_job_that_nobody_made_is_none(jobs: Jobs, job_id: str):
    assert jobs.pipelines.get(job_id) is None


def test_a_submitted_job_is_live_and_carries_its_labels(jobs: Jobs, job_id: str):
    submit(jobs, job_id)
    job = jobs.pipelines.get(job_id)
    assert job is not None
    assert job.live
    assert job.name.endswith(f"/pipelineJobs/{job_id}")
    assert dict(job.labels) == LABELS
    jobs.pipelines.cancel(job_id)


def test_submitting_again_leaves_the_first_as_it_is(jobs: Jobs, job_id: str):
    submit(jobs, job_id)
    submit(jobs, job_id, labels={**LABELS, "experiment": "exp-2"})
    job = jobs.pipelines.get(job_id)
    assert job is not None
    assert job.labels["experiment"] == "exp-1"
    jobs.pipelines.cancel(job_id)


def test_a_cancelled_job_ends_and_a_second_cancel_changes_nothing(jobs: Jobs, job_id: str):
    submit(jobs, job_id)
    jobs.pipelines.cancel(job_id)

    def ended() -> bool:
        job = jobs.pipelines.get(job_id)
        return job is not None and job.state == "CANCELLED"

    assert eventually(ended)
    jobs.pipelines.cancel(job_id)
    assert ended()


def test_cancelling_a_job_that_is_gone_changes_nothing(jobs: Jobs, job_id: str):
    jobs.pipelines.cancel(job_id)
    assert jobs.pipelines.get(job_id) is None


def test_a_failed_job_tells_its_task_its_words_and_its_log(jobs: Jobs, job_id: str):
    submit(jobs, job_id, argument="FAIL")
    jobs.fail(job_id)

    def failed() -> Job | None:
        job = jobs.pipelines.get(job_id)
        return job if job is not None and job.state == "FAILED" else None

    job = eventually(failed)
    [task] = [task for task in job.tasks if task.name == "Trainer"]
    assert task.state == "FAILED"
    assert "exited with 1" in task.error
    assert task.started_at is not None
    assert task.ended_at is not None
    assert task.log_job is not None
    assert task.log_job.isdigit()
    assert "ValueError: boom" in jobs.logs.of_task(task.log_job, task.started_at)


def test_a_log_that_is_empty_has_no_lines(jobs: Jobs):
    assert jobs.logs.of_task("99999", None) == ()
    assert jobs.logs.of_build("no-such-build", None) == ()


# ------------------------------------------------------------------------------------------------------ warehouse


def test_the_catalogue_lists_columns_in_order(warehouse: Warehouse):
    columns = warehouse.columns(None, "shop", "sales")
    assert [(column.name, column.warehouse_type) for column in columns] == [
        ("customer", "STRING"), ("amount", "INT64"), ("price", "FLOAT64"), ("sold_at", "TIMESTAMP"),
    ]  # fmt: skip


@pytest.mark.parametrize(("dataset", "table"), [("shop", "nothing"), ("nowhere", "sales")])
def test_a_table_that_is_not_there_is_none(warehouse: Warehouse, dataset: str, table: str):
    assert warehouse.columns(None, dataset, table) is None


def test_a_query_answers_with_its_row(warehouse: Warehouse):
    row = warehouse.row("SELECT COUNT(*) AS `n`, MIN(DATE(`sold_at`)) AS `first_day` FROM `shop`.`sales`")
    assert dict(row) == {"n": 1, "first_day": date(2025, 1, 1)}


def test_a_query_that_cannot_be_answered_is_refused(warehouse: Warehouse):
    with pytest.raises(Refused):
        warehouse.row("SELECT 1 AS `n` FROM `shop`.`nothing`")
