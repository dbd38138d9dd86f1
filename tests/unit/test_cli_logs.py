"""`logs`: which entries are asked for, and how they are shown."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google.api_core.exceptions import NotFound
from google.cloud.aiplatform_v1 import PipelineJob
from google.cloud.logging_v2.types import LogEntry

from tests.unit.user_side import EXPERIMENT_ID, START, Cli, MemoryStore, make_cli, run_document

JOB = "projects/p/locations/r/pipelineJobs/exp-a1"


class Logging:
    """Answers every query with two lines, newest first as asked, and remembers the queries."""

    def __init__(self, documents: dict[str, Any]) -> None:
        self.documents = documents
        self.filters: list[str] = []
        self.forgotten = False  # after 30 days

    def list_log_entries(self, request: dict[str, Any], timeout: float) -> list[LogEntry]:
        self.filters.append(request["filter"])
        assert request["order_by"] == "timestamp desc" and request["resource_names"] == ["projects/demo-test"]
        if self.forgotten:
            return []
        return [
            LogEntry(text_payload="second\n", severity=500, timestamp=START + timedelta(seconds=2)),
            LogEntry(json_payload={"message": "first"}, timestamp=START + timedelta(seconds=1)),
        ]


@pytest.fixture
def logging(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Logging:
    task = {"task_name": "Trainer", "executor_detail": {"container_detail": {"main_job": "projects/p/customJobs/77"}}}
    job = PipelineJob({"job_detail": {"task_details": [task, {"task_name": "exp-a1"}]}})
    run = run_document(build={"id": "b-1"}, job={"name": JOB, "state": "RUNNING"})
    documents = {f"runs/{EXPERIMENT_ID}": run}
    found = Logging(documents)
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: MemoryStore(documents))
    monkeypatch.setattr("quicktest.logs._logging", lambda: found)
    pipelines = SimpleNamespace(get_pipeline_job=lambda name, timeout: job if name == JOB else None)
    monkeypatch.setattr("quicktest.logs._pipelines", lambda deployment: pipelines)
    return found


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return make_cli(monkeypatch, capsys)


def test_a_stage_is_the_log_of_its_job(cli: Cli, logging: Logging) -> None:
    lines = json.loads(cli("logs", "12", "--stage", "train", "--severity", "warning", "--json").out)
    assert [(line["stage"], line["severity"], line["message"]) for line in lines] == [
        ("Train", "DEFAULT", "first"),
        ("Train", "ERROR", "second"),
    ]
    (query,) = logging.filters
    assert 'resource.type="ml_job" AND resource.labels.job_id="77" AND severity>=WARNING AND timestamp>="' in query


def test_without_a_stage_all_that_began_are_read(cli: Cli, logging: Logging) -> None:
    shown = cli("logs", "12", "-n", "1").out.splitlines()
    assert [line.split()[1:] for line in shown] == [["Compile", "ERROR", "second"], ["Train", "ERROR", "second"]]
    assert 'resource.labels.build_id="b-1"' in logging.filters[0] and 'job_id="77"' in logging.filters[1]


def test_a_stage_that_has_not_begun_has_no_log(cli: Cli, logging: Logging) -> None:
    assert "has logged nothing like that yet" in cli("logs", "12", "--stage", "Transform").out
    assert logging.filters == []


def test_what_the_provider_has_forgotten_is_read_from_the_copy(cli: Cli, logging: Logging) -> None:
    logging.forgotten = True
    copied = [
        {"time": START + timedelta(seconds=n), "severity": severity, "message": f"line {n}"}
        for n, severity in enumerate(("INFO", "ERROR", "INFO"))
    ]
    details = f"runs/{EXPERIMENT_ID}/details"
    logging.documents[f"{details}/logs-train"] = {"lines": copied[1:], "parts": 2}
    logging.documents[f"{details}/logs-train-2"] = {"lines": copied[:1]}

    def shown(*options: str) -> list[str]:
        return [line["message"] for line in json.loads(cli("logs", "12", "--json", *options).out)]

    assert shown() == ["line 0", "line 1", "line 2"]
    assert shown("--severity", "error") == ["line 1"]
    assert shown("-n", "1") == ["line 2"]
    assert shown("--stage", "Schema") == []


def test_a_job_that_is_gone_leaves_its_copy(cli: Cli, logging: Logging, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str, timeout: float) -> None:
        raise NotFound("no such job")

    pipelines = SimpleNamespace(get_pipeline_job=gone)
    monkeypatch.setattr("quicktest.logs._pipelines", lambda deployment: pipelines)
    outcome = cli("logs", "12", "--stage", "train")
    assert outcome.code == 1 and "is gone, and with it the way to its logs" in outcome.err
    line = {"time": START, "severity": "INFO", "message": "kept"}
    logging.documents[f"runs/{EXPERIMENT_ID}/details/logs-train"] = {"lines": [line], "parts": 1}
    assert "kept" in cli("logs", "12", "--stage", "train").out


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--stage", "nope", "There is no stage `nope`. Use one of Compile, Examples,"),
        ("--stage", "collect", "Collect runs inside a function"),
        ("--severity", "loud", "There is no severity `loud`"),
    ],
)
def test_what_does_not_exist_is_named(cli: Cli, logging: Logging, option: str, value: str, expected: str) -> None:
    outcome = cli("logs", "12", option, value)
    assert outcome.code == 1 and expected in outcome.err
