"""google.cloud.aiplatform.v1.PipelineService"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import grpc
from google.cloud.aiplatform_v1.types import (
    CancelPipelineJobRequest,
    CreatePipelineJobRequest,
    GetPipelineJobRequest,
    ListPipelineJobsRequest,
    ListPipelineJobsResponse,
    PipelineJob,
)
from google.protobuf import empty_pb2, field_mask_pb2

from local.cloud.filters import InvalidFilter, accepts, parse
from local.cloud.images import UnknownImage
from local.cloud.job_records import JobRecord, to_pipeline_job
from local.cloud.jobs import JobExists, JobNotFound, Jobs
from local.cloud.paging import page
from local.cloud.spec import InvalidSpec

_JOB_ID = re.compile(r"^[a-z0-9][-a-z0-9]{0,127}$")


class PipelineService:
    """One method per RPC."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def CreatePipelineJob(self, request: CreatePipelineJobRequest, context: grpc.ServicerContext) -> PipelineJob:
        if not _JOB_ID.match(request.pipeline_job_id):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"pipeline_job_id {request.pipeline_job_id!r} is invalid.")
        name = f"{request.parent}/pipelineJobs/{request.pipeline_job_id}"
        try:
            return to_pipeline_job(self._jobs.create(name, request.pipeline_job))
        except JobExists as error:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, str(error))
        except (InvalidSpec, UnknownImage) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    def GetPipelineJob(self, request: GetPipelineJobRequest, context: grpc.ServicerContext) -> PipelineJob:
        return to_pipeline_job(self._find(request.name, context))

    def ListPipelineJobs(
        self, request: ListPipelineJobsRequest, context: grpc.ServicerContext
    ) -> ListPipelineJobsResponse:
        try:
            comparisons = parse(request.filter)
            found = [
                job
                for job in self._jobs.list()
                if job.name.startswith(f"{request.parent}/pipelineJobs/") and accepts(comparisons, _fields(job))
            ]
        except InvalidFilter as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        shown, token = page(found, request.page_size, request.page_token)
        jobs = [_masked(to_pipeline_job(job, with_details=False), request.read_mask) for job in shown]
        return ListPipelineJobsResponse(pipeline_jobs=jobs, next_page_token=token)

    def CancelPipelineJob(self, request: CancelPipelineJobRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._jobs.cancel(self._find(request.name, context).name)
        return empty_pb2.Empty()

    def _find(self, name: str, context: grpc.ServicerContext) -> JobRecord:
        try:
            return self._jobs.get(name)
        except JobNotFound:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Pipeline job {name} was not found.")


def _masked(job: PipelineJob, mask: field_mask_pb2.FieldMask) -> PipelineJob:
    """Only the fields of the mask; all when there is none."""
    if not mask.paths:
        return job
    shown = PipelineJob()
    mask.MergeMessage(PipelineJob.pb(job), PipelineJob.pb(shown))
    return shown


def _fields(job: JobRecord) -> Callable[[str], object]:
    """What a list filter may compare."""

    def get(field: str) -> object:
        if field.startswith("labels."):
            return job.request.get("labels", {}).get(field.removeprefix("labels.").strip('"'))
        simple = {
            "state": f"PIPELINE_STATE_{job.state}",
            "display_name": job.request.get("displayName", ""),
            "pipeline_job_user_id": job.job_id,
            "create_time": datetime.fromisoformat(job.create_time),
            "update_time": datetime.fromisoformat(job.update_time),
        }
        if field not in simple:
            raise InvalidFilter(f"Pipeline jobs cannot be filtered by {field}.")
        return simple[field]

    return get
