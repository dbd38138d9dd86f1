"""Vertex AI Pipelines: jobs under a name of ours, so that creating one twice creates it once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from google.api_core.exceptions import AlreadyExists, FailedPrecondition, NotFound
from google.cloud import aiplatform_v1
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct

from functions.adapters.failures import RETRY, translated
from functions.adapters.records import APP, live_job
from shared.facts import ENDED_JOB, Job, Task
from shared.orphans import Live

TIMEOUT_S = 30
_LOG_JOB = re.compile(r"[0-9]{1,20}\Z")  # it enters a log filter: nothing else may (facts-events 1.5)
MODEL_TASK, MODEL_OUTPUT = "Trainer", "model"
OF_A_LIVE_JOB = ("name", "labels")  # a whole job with its spec is 100 KB and more


Connect = Callable[[str], aiplatform_v1.PipelineServiceClient]  # to a region


class VertexPipelines:
    """`functions.adapters.ports.Pipelines`"""

    def __init__(self, connect: Connect, project: str, region: str, service_account: str | None) -> None:
        self._connect, self._project, self._service_account = connect, project, service_account
        self._client = connect(region)
        self._parent = f"projects/{project}/locations/{region}"
        self._of_region: dict[str, VertexPipelines] = {region: self}

    def at(self, region: str) -> VertexPipelines:
        """Jobs live in a region, which has an address of its own. Two threads may connect twice: no harm done."""
        if region not in self._of_region:
            self._of_region[region] = VertexPipelines(self._connect, self._project, region, self._service_account)
        return self._of_region[region]

    def get(self, job_id: str) -> Job | None:
        with translated():
            try:
                return _job(self._client.get_pipeline_job(name=self._name(job_id), timeout=TIMEOUT_S, retry=RETRY))
            except NotFound:
                return None

    def live(self) -> list[Live]:
        """Those that are not known to have ended, as `Job.live` sees it."""
        unended = " AND ".join(f'state!="PIPELINE_STATE_{state}"' for state in sorted(ENDED_JOB))
        request = aiplatform_v1.ListPipelineJobsRequest(
            parent=self._parent, filter=f'labels.app="{APP}" AND {unended}', read_mask=FieldMask(paths=OF_A_LIVE_JOB)
        )
        with translated():
            jobs = list(self._client.list_pipeline_jobs(request, timeout=TIMEOUT_S, retry=RETRY))  # all pages
        found = (live_job(job.name.rpartition("/")[2], job.labels) for job in jobs)
        return [each for each in found if each is not None]

    def submit(self, job_id: str, spec: Mapping[str, Any], parameters: Mapping[str, str], root: str,
               labels: Mapping[str, str]) -> None:  # fmt: skip
        job = aiplatform_v1.PipelineJob(
            display_name=job_id,
            labels=dict(labels),
            runtime_config=aiplatform_v1.PipelineJob.RuntimeConfig(
                gcs_output_directory=root, parameter_values=dict(parameters)
            ),
            service_account=self._service_account or "",
        )
        job.pipeline_spec = _struct(spec)
        with translated():
            try:
                self._client.create_pipeline_job(
                    parent=self._parent, pipeline_job=job, pipeline_job_id=job_id, timeout=TIMEOUT_S, retry=RETRY
                )
            except AlreadyExists:
                return

    def cancel(self, job_id: str) -> None:
        with translated():
            try:
                self._client.cancel_pipeline_job(name=self._name(job_id), timeout=TIMEOUT_S, retry=RETRY)
            except (NotFound, FailedPrecondition):
                return

    def _name(self, job_id: str) -> str:
        return f"{self._parent}/pipelineJobs/{job_id}"


def _struct(value: Mapping[str, Any]) -> Struct:
    struct = Struct()
    struct.update(value)
    return struct


def _job(job: aiplatform_v1.PipelineJob) -> Job:
    return Job(
        name=job.name,
        state=_state(job.state, "PIPELINE_STATE_"),
        labels=dict(job.labels),
        tasks=tuple(_task(task) for task in job.job_detail.task_details),
        error=job.error.message,
        model_uri=_model_uri(job),
    )


def _task(task: aiplatform_v1.PipelineTaskDetail) -> Task:
    container = task.executor_detail.container_detail
    failed = container.failed_main_jobs[-1] if container.failed_main_jobs else ""
    log_job = (container.main_job or failed or task.executor_detail.custom_job_detail.job).rpartition("/")[2]
    return Task(
        name=task.task_name,
        state=_state(task.state, ""),
        started_at=task.start_time or None,
        ended_at=task.end_time or None,
        error=task.error.message,
        log_job=log_job if _LOG_JOB.match(log_job) else None,
        outputs={name: output.artifacts[0].uri for name, output in task.outputs.items() if output.artifacts},
    )


def _state(state: Any, prefix: str) -> str:
    """A name; a number that the library does not know yet stays a number and is nobody's state."""
    return getattr(state, "name", str(state)).removeprefix(prefix)


def _model_uri(job: aiplatform_v1.PipelineJob) -> str | None:
    """Where a server finds the SavedModel: TFX keeps it in this folder of the model artifact (tfx.utils.path_utils)."""
    for task in job.job_detail.task_details:
        if task.task_name == MODEL_TASK and MODEL_OUTPUT in task.outputs:
            artifacts = task.outputs[MODEL_OUTPUT].artifacts
            return f"{artifacts[0].uri}/Format-Serving" if artifacts else None
    return None
