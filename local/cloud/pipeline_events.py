"""The log entries that Vertex AI writes about pipelines, as a log sink would put them on a topic (facts-events 1.3)."""

from __future__ import annotations

import secrets
from typing import Any

from local.cloud import clock
from local.cloud.job_records import JobRecord, TaskRecord

_TYPE = "type.googleapis.com/google.cloud.aiplatform.logging."


def job_entry(job: JobRecord) -> dict[str, Any]:
    payload = {"@type": f"{_TYPE}PipelineJobLogEntry", "state": f"PIPELINE_STATE_{job.state}"}
    return _entry(job, "pipeline_job_events", payload, failed=job.state == "FAILED")


def task_entry(job: JobRecord, task: TaskRecord) -> dict[str, Any]:
    payload = {"@type": f"{_TYPE}PipelineJobTaskLogEntry", "taskName": task.name, "state": task.state}
    return _entry(job, "pipeline_job_task_events", payload, failed=task.state == "FAILED")


def _entry(job: JobRecord, log: str, payload: dict[str, Any], failed: bool) -> dict[str, Any]:
    _, project, _, location, *_ = job.name.split("/")
    pipeline = job.request["pipelineSpec"]["pipelineInfo"]["name"]
    now = clock.now()
    return {
        "insertId": secrets.token_hex(8),
        "logName": f"projects/{project}/logs/aiplatform.googleapis.com%2F{log}",
        "resource": {
            "type": "aiplatform.googleapis.com/PipelineJob",
            "labels": {
                "resource_container": f"projects/{project}",
                "location": location,
                "pipeline_job_id": job.job_id,
            },
        },
        "timestamp": now,
        "receiveTimestamp": now,
        "severity": "ERROR" if failed else "INFO",
        "labels": {"pipeline_name": pipeline},
        "jsonPayload": {**payload, "pipelineName": pipeline},
    }
