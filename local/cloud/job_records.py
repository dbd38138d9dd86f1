"""Pipeline jobs as they are kept on disk, and as Vertex AI shows them."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from google.cloud.aiplatform_v1.types import PipelineJob
from google.rpc import code_pb2

from local.cloud import clock

LIVE_JOB = frozenset({"PENDING", "RUNNING", "CANCELLING"})
LIVE_TASK = frozenset({"PENDING", "RUNNING"})
FINISHED_TASK = frozenset({"SUCCEEDED", "SKIPPED"})  # skipped: an equal task's outputs are taken


@dataclass
class TaskRecord:
    """`tries` are the numbers of the custom jobs that ran it; `artifacts` is there once it succeeded or was skipped,
    `fingerprint` says what they depend on and `contents` what was in them then."""

    name: str
    task_id: int
    state: str = "PENDING"
    create_time: str = ""
    start_time: str = ""
    end_time: str = ""
    error: str = ""
    tries: list[int] = field(default_factory=list)
    artifacts: dict[str, Any] | None = None
    fingerprint: str = ""
    contents: str = ""


@dataclass
class JobRecord:
    """`request` is the PipelineJob as the client sent it."""

    name: str
    request: dict[str, Any]
    create_time: str
    update_time: str
    state: str = "PENDING"
    start_time: str = ""
    end_time: str = ""
    error_code: int = 0
    error: str = ""
    tasks: dict[str, TaskRecord] = field(default_factory=dict)

    @property
    def job_id(self) -> str:
        return self.name.rpartition("/")[2]

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> JobRecord:
        tasks = {name: TaskRecord(**task) for name, task in record["tasks"].items()}
        return cls(**{**record, "tasks": tasks})

    def enter(self, state: str) -> None:
        """Change the state and what follows from it for the times."""
        self.state, self.update_time = state, clock.now()
        if state == "RUNNING" and not self.start_time:
            self.start_time = self.update_time
        if state not in LIVE_JOB:
            self.end_time = self.update_time


def new_job(name: str, request: PipelineJob, task_names: list[str]) -> JobRecord:
    created = clock.now()
    job = JobRecord(
        name, json.loads(PipelineJob.to_json(request, including_default_value_fields=False)), created, created
    )
    job.tasks = {task: TaskRecord(task, new_number(), create_time=created) for task in task_names}
    return job


def new_number() -> int:
    """An id as Vertex AI makes them: a positive number of up to 19 digits."""
    return secrets.randbits(62) + 1


def to_pipeline_job(job: JobRecord, with_details: bool = True) -> PipelineJob:
    """The job as the API returns it; lists leave the details out."""
    shown: dict[str, Any] = {
        **job.request,
        "name": job.name,
        "state": f"PIPELINE_STATE_{job.state}",
        "createTime": job.create_time,
        "updateTime": job.update_time,
        **_times(job),
    }
    if job.error:
        shown["error"] = {"code": job.error_code, "message": job.error}
    if with_details:
        shown["jobDetail"] = {"taskDetails": [_root(job), *(_task(job, task) for task in job.tasks.values())]}
    return PipelineJob.from_json(json.dumps(shown))


def custom_job_name(job: JobRecord, number: int) -> str:
    parent = job.name.rpartition("/pipelineJobs/")[0]
    return f"{parent}/customJobs/{number}"


def _times(record: JobRecord | TaskRecord) -> dict[str, str]:
    times = {"startTime": record.start_time, "endTime": record.end_time}
    return {name: time for name, time in times.items() if time}


def _root(job: JobRecord) -> dict[str, Any]:
    """The pseudo task that Vertex AI lists for the pipeline as a whole."""
    return {"taskId": "1", "taskName": job.job_id, "state": job.state, "createTime": job.create_time, **_times(job)}


def _task(job: JobRecord, task: TaskRecord) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "taskId": str(task.task_id),
        "parentTaskId": "1",
        "taskName": task.name,
        "state": task.state,
        "createTime": task.create_time,
        **_times(task),
    }
    if task.error:
        shown["error"] = {"code": code_pb2.FAILED_PRECONDITION, "message": task.error}
    if task.tries:
        names = [custom_job_name(job, number) for number in task.tries]
        lost = names if task.state == "FAILED" else names[:-1]
        shown["executorDetail"] = {"containerDetail": {"mainJob": names[-1], "failedMainJobs": lost}}
    if task.artifacts:
        shown["outputs"] = {key: {"artifacts": [_artifact(body)]} for key, body in task.artifacts.items()}
    return shown


def _artifact(body: dict[str, Any]) -> dict[str, Any]:
    return {"name": body["name"], "uri": body["uri"], "metadata": body["metadata"]}
