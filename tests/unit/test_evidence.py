"""What is gathered when a build or a job failed (domain S8.1), and how a log is asked for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
from google.cloud.logging_v2.types import LogEntry

from functions import evidence
from functions.adapters.cloud_logging import CloudLogging
from functions.adapters.ports import Refused, Transient
from shared import paths
from shared.errors import classify
from shared.facts import Job
from tests.fakes.world import ATTEMPT, EXPERIMENT, World

BANNER = "2026-11-21 15:55:32.537448: E external/xla/cuda/cuda_fft.cc:479] Unable to register cuFFT factory: x"


def failed_job(world: World, *lines: str) -> Job:
    world.bring_to("running")
    task = world.task("Transform", "FAILED", error="The component Transform exited with 1", log_job="123")
    world.logs.lines["123"] = lines
    return Job(ATTEMPT, "FAILED", tasks=(task,))


def test_a_failed_job_is_known_by_its_task_its_log_and_the_places_it_names():
    """S8.1, S8.5"""
    world = World()
    job = failed_job(world, "ValueError: [QT:E_VOCABULARY] The vocabulary of `customer` is empty.")
    found = evidence.of_job(world.run(), job, world.services)
    assert (found.component, found.message) == ("Transform", "The component Transform exited with 1")
    assert found.subjects == {"customer": ["feature_config.query_features.0"]}
    assert classify(found).subject == "feature_config.query_features.0"


def test_a_log_and_a_snapshot_that_may_not_be_read_do_not_hide_the_failure(monkeypatch):
    world = World()
    job = failed_job(world, "ValueError: `customer`")

    def refuse(*_: object) -> None:
        raise Refused("PERMISSION_DENIED: no")

    monkeypatch.setattr(world.logs, "of_task", refuse)
    monkeypatch.setattr(world.blobs, "read", refuse)
    found = evidence.of_job(world.run(), job, world.services)
    assert (found.lines, found.subjects, classify(found).code) == ((), {}, "E_UNKNOWN")


@pytest.mark.parametrize("error", [Transient("UNAVAILABLE: try later"), TypeError("of ours")], ids=str)
def test_a_log_that_never_answers_does_not_keep_a_failed_run_for_ever(error: Exception, monkeypatch):
    """An outage is waited for: the run keeps its place meanwhile."""
    world = World()
    job = failed_job(world, "ValueError: `customer`")
    job = replace(job, tasks=tuple(replace(task, ended_at=world.time) for task in job.tasks))

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(world.logs, "of_task", fail)
    if isinstance(error, Transient):
        with pytest.raises(Transient):
            evidence.of_job(world.run(), job, world.services)
        world.wait(evidence.PATIENCE.total_seconds())
    assert evidence.of_job(world.run(), job, world.services).message == "The component Transform exited with 1"


def test_a_snapshot_that_is_none_does_not_hide_the_failure():
    world = World()
    job = failed_job(world, "ValueError: `customer`")
    world.blobs.objects[paths.snapshot(EXPERIMENT, 1)] = b"{"
    assert evidence.of_job(world.run(), job, world.services).subjects == {}


def test_a_job_without_a_failed_task_speaks_for_itself():
    world = World()
    job = replace(failed_job(world), tasks=(), error="PERMISSION_DENIED: Permission 'x.y.z' denied")
    assert classify(evidence.of_job(world.run(), job, world.services)).code == "E_PERMISSION"
    silent = evidence.of_job(world.run(), replace(job, error=""), world.services)
    assert classify(silent).explanation == "The pipeline job failed without a message."


def test_the_evidence_of_a_failure_is_stored_and_small():
    """S8.1: `details/evidence`, from which the classification can be repeated."""
    world = World()
    job = failed_job(world, *["x" * 10_000] * 500, "Traceback (most recent call last):", "LookupError: no shelf")
    world.pipelines.move(ATTEMPT, "FAILED", *job.tasks)
    run = world.reconcile()
    stored = world.store.documents[f"runs/{EXPERIMENT}/details/evidence"]
    assert len(json.dumps(stored)) < 100_000
    assert (run.error.raw, stored["component"], len(stored["lines"])) == ("LookupError: no shelf", "Transform", 200)


def test_the_snapshot_is_that_of_the_attempt():
    world = World()
    job = failed_job(world, "`customer`")
    second = replace(world.run(), attempt=2)
    assert evidence.of_job(second, job, world.services).subjects == {}
    assert world.blobs.exists(paths.snapshot(EXPERIMENT, 1)) and not world.blobs.exists(paths.snapshot(EXPERIMENT, 2))


class FakeClient:
    """The part of Cloud Logging's client that is used: newest entries first, by severity."""

    def __init__(self, errors: list[str], rest: list[str]) -> None:
        self.errors, self.rest, self.filters = errors, rest, []

    def list_log_entries(self, request, **_):
        self.filters.append(request.filter)
        lines = self.errors if "severity>=ERROR" in request.filter else [*self.rest, *self.errors]
        entries = [LogEntry(text_payload=line) for line in reversed(lines)]
        return SimpleNamespace(pages=iter([SimpleNamespace(entries=entries)]))


def test_errors_alone_are_asked_for_while_they_say_something():
    client = FakeClient(["Traceback (most recent call last):", "ValueError: boom"], ["much else"] * 300)
    assert CloudLogging(client, "p").of_task("12", None) == ("Traceback (most recent call last):", "ValueError: boom")
    assert len(client.filters) == 1


def test_banners_that_are_logged_as_errors_do_not_hide_what_was_printed():
    client = FakeClient([BANNER], ["\x1b[31mthe disk is full\x1b[0m"])
    assert CloudLogging(client, "p").of_task("12", None) == ("the disk is full", BANNER)


def test_every_question_to_the_log_has_a_bound_in_time():
    """S8.8"""
    client = FakeClient(["it broke"], [])
    CloudLogging(client, "p").of_build("b-1", None)
    assert re.search(r'timestamp>="\d{4}-\d\d-\d\dT', client.filters[0])


def test_all_lines_are_the_newest_whatever_they_tell():
    """S8.8: several lines of one entry are lines, too."""
    client = FakeClient(["Traceback\nValueError: boom"], ["one", "two"])
    since = datetime(2026, 11, 21, tzinfo=timezone.utc)
    lines = CloudLogging(client, "p").task_lines("12", since, 3)
    assert [line.message for line in lines] == ["two", "Traceback", "ValueError: boom"]
    asked = 'resource.type="ml_job" AND resource.labels.job_id="12" AND timestamp>="2026-11-21T00:00:00+00:00"'
    assert client.filters == [asked]
    assert [line.message for line in CloudLogging(client, "p").build_lines("b-1", since, 1)] == ["ValueError: boom"]
    assert 'resource.labels.build_id="b-1"' in client.filters[1]


@pytest.mark.parametrize("identifier", ['1" OR severity>=DEFAULT OR "', "", "a b", "1\n"])
def test_an_id_cannot_widen_the_filter(identifier: str):
    client = FakeClient([], [])
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        CloudLogging(client, "p").of_task(identifier, None)
    assert client.filters == []
