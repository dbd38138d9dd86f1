"""Builds, pipeline jobs, logs and the warehouse: what the adapters promise, on fakes and on the local stand-ins."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from functions.adapters import clients
from functions.adapters.cloud_build import CloudBuild
from functions.adapters.ports import Builds, Offered, Pipelines, Refused, Warehouse
from shared.facts import Build, Job
from shared.orphans import Live
from shared.parameters import labels
from tests.contract.conftest import BUILDER, PROJECT, REGION, Jobs, config

IMAGE = "quicktest/compiler@sha256:1"
NOW = datetime.now(timezone.utc)
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


@pytest.mark.parametrize("account", [None, BUILDER])
def test_a_build_runs_as_the_account_of_the_setting(cloud_host: str, job_id: str, account: str | None):
    settings = config(cloud_build=cloud_host)
    client = clients.cloud_build_client(settings)
    started = CloudBuild(client, PROJECT, REGION, account).start(job_id, IMAGE, [])
    name = f"projects/{PROJECT}/locations/{REGION}/builds/{started.id}"
    kept = client.get_build(request={"name": name, "project_id": PROJECT, "id": started.id}, timeout=10)
    assert kept.service_account == (f"projects/{PROJECT}/serviceAccounts/{account}" if account else "")
    CloudBuild(client, PROJECT, REGION, account).cancel(started.id)


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


def experiment_of(job_id: str) -> str:
    return job_id.rpartition("-a")[0]


def test_every_build_that_has_not_ended_is_live_and_tells_its_attempt(builds: Builds, job_id: str):
    first, second = builds.start(job_id, IMAGE, []), builds.start(f"{job_id}2", IMAGE, [])
    ended = builds.start(job_id, IMAGE, [])
    builds.cancel(ended.id)
    eventually(lambda: ended.id not in {each.id for each in builds.live()})
    mine = [each for each in builds.live() if each.experiment == experiment_of(job_id)]
    assert {(each.kind, each.id, each.attempt) for each in mine} == {("build", first.id, 1), ("build", second.id, 12)}
    for build in (first, second):
        builds.cancel(build.id)
    assert eventually(lambda: not [each for each in builds.live() if each.experiment == experiment_of(job_id)])


def test_a_live_build_of_nobodys_attempt_is_not_told(builds: Builds):
    started = builds.start("an-image-of-ours", IMAGE, [])
    assert started.id not in {each.id for each in builds.live()}
    builds.cancel(started.id)


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


def test_every_job_that_has_not_ended_is_live_in_its_region_and_tells_its_attempt(jobs: Jobs, job_id: str):
    ended = f"{job_id}1"
    submit(jobs, job_id, labels=labels(experiment_of(job_id), 1, "wholesale"))
    submit(jobs, ended, labels=labels(experiment_of(job_id), 11, "wholesale"))
    jobs.pipelines.cancel(ended)

    def mine(pipelines: Pipelines) -> list[Live]:
        return [each for each in pipelines.live() if each.experiment == experiment_of(job_id)]

    expected = [Live("job", job_id, experiment_of(job_id), 1)]
    assert eventually(lambda: mine(jobs.pipelines) == expected)
    assert mine(jobs.pipelines.at(REGION)) == expected
    assert mine(jobs.pipelines.at("us-central1")) == []
    jobs.pipelines.cancel(job_id)
    assert eventually(lambda: not mine(jobs.pipelines))


def test_live_jobs_of_others_are_not_told(jobs: Jobs, job_id: str):
    """Neither one without our label, nor one of ours whose labels name no attempt."""
    strangers = {f"{job_id}1": {**labels(experiment_of(job_id), 1, "w"), "app": "other"},
                 f"{job_id}2": {"app": "quicktest", "experiment": "exp-1", "attempt": "one"}}  # fmt: skip
    for name, stranger in strangers.items():
        submit(jobs, name, labels=stranger)
    assert not {each.id for each in jobs.pipelines.live()} & set(strangers)
    for name in strangers:
        jobs.pipelines.cancel(name)


def test_a_job_is_found_in_its_region_alone(jobs: Jobs, job_id: str):
    submit(jobs, job_id)
    assert jobs.pipelines.at("us-central1").get(job_id) is None
    jobs.pipelines.at("us-central1").cancel(job_id)
    assert jobs.pipelines.at(REGION).get(job_id).live
    jobs.pipelines.cancel(job_id)


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
    since = task.started_at - timedelta(minutes=1)
    lines = jobs.logs.task_lines(task.log_job, since, 1_000)
    assert "ValueError: boom" in [line.message for line in lines]
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    assert jobs.logs.task_lines(task.log_job, since, 1) == lines[-1:]


def test_a_log_that_is_empty_has_no_lines(jobs: Jobs):
    assert jobs.logs.of_task("99999", None) == ()
    assert jobs.logs.of_build("no-such-build", None) == ()
    assert jobs.logs.task_lines("99999", NOW, 10) == ()
    assert jobs.logs.build_lines("no-such-build", NOW, 10) == ()


# ------------------------------------------------------------------------------------------------------ warehouse


LIMIT = 10 * 2**30


def test_the_catalogue_lists_columns_in_order_with_what_is_inside_them(warehouse: Warehouse):
    table = warehouse.table(None, "shop", "sales")
    assert table is not None
    names = [(column.name, column.warehouse_type, column.mode) for column in table.columns]
    assert [(name, kind) for name, kind, _ in names[:4]] == [
        ("customer", "STRING"), ("amount", "INT64"), ("price", "FLOAT64"), ("sold_at", "TIMESTAMP"),
    ]  # fmt: skip
    place, tags = table.columns[4:]
    assert [(inner.name, inner.type) for inner in place.fields] == [("city", "STRING"), ("zip", "STRING")]
    assert (tags.name, tags.type, tags.mode) == ("tags", "STRING", "REPEATED")


def test_the_catalogue_knows_the_size_the_place_and_the_age_of_a_table(warehouse: Warehouse):
    table = warehouse.table(None, "shop", "sales")
    assert table is not None
    assert (table.rows, table.native, table.location) == (1, True, REGION)
    assert table.bytes
    assert table.modified_at is not None
    assert table.modified_at.tzinfo is not None


def test_the_tables_that_a_dataset_may_name_are_listed(warehouse: Warehouse):
    assert Offered("shop.sales", "TABLE") in warehouse.offered(1_000)
    assert len(warehouse.offered(1)) == 1


@pytest.mark.parametrize(("dataset", "table"), [("shop", "nothing"), ("nowhere", "sales")])
def test_a_table_that_is_not_there_is_none(warehouse: Warehouse, dataset: str, table: str):
    assert warehouse.table(None, dataset, table) is None
    assert warehouse.table("another-project", dataset, table) is None


def test_a_query_answers_with_its_row(warehouse: Warehouse):
    row = warehouse.row("SELECT COUNT(*) AS `n`, MIN(DATE(`sold_at`)) AS `first_day` FROM `shop`.`sales`", LIMIT)
    assert dict(row) == {"n": 1, "first_day": date(2025, 1, 1)}


def numbers(count: int) -> str:
    return f"SELECT `n` FROM UNNEST(GENERATE_ARRAY(1, {count})) AS `n`"


def test_a_query_answers_with_all_its_rows_or_none(warehouse: Warehouse):
    assert warehouse.rows(numbers(0), LIMIT) == []
    assert len(warehouse.rows(numbers(30_000), LIMIT)) == 30_000
    with pytest.raises(Refused, match="more than 50000 rows"):
        warehouse.rows(numbers(50_001), LIMIT)


@pytest.mark.parametrize("count", [0, 2])
def test_one_row_is_one_row(warehouse: Warehouse, count: int):
    with pytest.raises(Refused, match=f"{count} rows instead of one"):
        warehouse.row(numbers(count), LIMIT)


NOWHERE = "SELECT 1 AS `n` FROM `shop`.`nothing`"


def test_a_query_that_cannot_be_answered_is_refused(warehouse: Warehouse):
    with pytest.raises(Refused, match="Not found"):
        warehouse.row(NOWHERE, LIMIT)
    with pytest.raises(Refused):
        warehouse.bytes_of(NOWHERE)


def test_what_a_query_would_read_is_known_without_running_it(warehouse: Warehouse):
    assert warehouse.bytes_of("SELECT `customer` FROM `shop`.`sales`") > 0
