"""What the stages of a run logged, through the Logging API; what that does not have any more, as it was copied."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from quicktest.deployment import Deployment
from quicktest.errors import QuicktestError
from quicktest.words import STAGES
from shared.logs import LOOK_BACK, SEVERITIES, part_names
from shared.stages import KINDS, LOGGING

TASKS = {kind.name: kind.task for kind in KINDS if kind.task}
TIMEOUT_S = 20.0
PAGE = 1_000


@dataclass(frozen=True)
class Line:
    stage: str
    time: datetime
    severity: str
    message: str


def stage_logs(
    deployment: Deployment,
    run: Mapping[str, Any],
    stages: list[str],
    severity: str,
    limit: int,
    detail: Callable[[str], Mapping[str, Any] | None] = lambda part: None,
) -> list[Line]:
    """The last `limit` lines of each stage, oldest first; a stage that has not started has none. `detail` reads what
    is stored beside the run: the copies of logs that the provider has forgotten, or whose job is gone."""
    found: dict[str, list[Line]] = {}
    gone: QuicktestError | None = None
    try:
        for stage, resource in _resources(deployment, run, stages):
            found[stage] = _entries(deployment, stage, resource, severity, limit, _begin(run))
    except QuicktestError as error:
        gone = error
    for stage in stages:
        if not found.get(stage):
            found[stage] = _copied(stage, severity, limit, detail)
    if gone is not None and not any(found.values()):
        raise gone
    return sorted((line for lines in found.values() for line in lines), key=lambda line: line.time)


def _copied(stage: str, severity: str, limit: int, detail: Callable[[str], Mapping[str, Any] | None]) -> list[Line]:
    """Of `details/logs-{stage}`, whose further parts hold older lines."""
    if stage not in LOGGING or (first := detail(f"logs-{stage.lower()}")) is None:
        return []
    parts = [detail(name) or {} for name in part_names(stage, first)]
    stored = [line for part in (*reversed(parts), first) for line in part.get("lines", ())]
    least = SEVERITIES.index(severity)
    lines = [Line(stage, line["time"], line["severity"], line["message"]) for line in stored]
    return [line for line in lines if SEVERITIES.index(line.severity) >= least][-limit:]


def known_stage(name: str) -> str:
    """The stage's own spelling; raises QuicktestError for one that does not exist or does not log."""
    for stage in STAGES:
        if name.lower() in (stage.lower(), (TASKS.get(stage) or stage).lower()):
            if stage in ("Prepare", "Collect"):
                raise QuicktestError(
                    f"{stage} runs inside a function and has no log of its own. `quicktest show` tells why it failed."
                )
            return stage
    logging = ", ".join(stage for stage in STAGES if stage not in ("Prepare", "Collect"))
    raise QuicktestError(f"There is no stage `{name}`. Use one of {logging}.")


def known_severity(name: str) -> str:
    if name.upper() not in SEVERITIES:
        raise QuicktestError(f"There is no severity `{name}`. Use one of {', '.join(SEVERITIES)}.")
    return name.upper()


def _resources(deployment: Deployment, run: Mapping[str, Any], stages: list[str]) -> Iterator[tuple[str, str]]:
    """Filter expressions for the log of each stage that has one."""
    build = (run.get("build") or {}).get("id")
    if "Compile" in stages and build:
        yield "Compile", f'resource.type="build" AND resource.labels.build_id="{build}"'
    wanted = [stage for stage in stages if stage in TASKS]
    job = (run.get("job") or {}).get("name")
    if wanted and job:
        found = _job_ids(deployment, job)
        for stage in wanted:
            if TASKS[stage] in found:
                yield stage, f'resource.type="ml_job" AND resource.labels.job_id="{found[TASKS[stage]]}"'


def _job_ids(deployment: Deployment, job_name: str) -> dict[str, str]:
    """Task name -> number of the custom job that ran it."""
    from google.api_core.exceptions import NotFound

    try:
        job = _pipelines(deployment).get_pipeline_job(name=job_name, timeout=TIMEOUT_S)
    except NotFound as error:
        raise QuicktestError(f"The pipeline job {job_name} is gone, and with it the way to its logs.") from error
    return {
        task.task_name: task.executor_detail.container_detail.main_job.rsplit("/", 1)[-1]
        for task in job.job_detail.task_details
        if task.executor_detail.container_detail.main_job
    }


def _entries(
    deployment: Deployment, stage: str, resource: str, severity: str, limit: int, begin: datetime
) -> list[Line]:
    from google.logging.type.log_severity_pb2 import LogSeverity

    query = f'{resource} AND severity>={severity} AND timestamp>="{begin.isoformat()}"'
    request = {
        "resource_names": [f"projects/{deployment.project}"],
        "filter": query,
        "order_by": "timestamp desc",
        "page_size": min(limit, PAGE),
    }
    lines = []
    for entry in _logging().list_log_entries(request=request, timeout=TIMEOUT_S):
        lines.append(Line(stage, entry.timestamp, LogSeverity.Name(int(entry.severity)), _message(entry)))
        if len(lines) == limit:
            break
    return lines[::-1]


def _message(entry: Any) -> str:
    if entry.text_payload:
        return entry.text_payload.rstrip("\n")
    payload = dict(entry.json_payload) if entry.json_payload else {}
    return str(payload.get("message", payload)).rstrip("\n")


def _begin(run: Mapping[str, Any]) -> datetime:
    earliest = datetime.now(UTC) - LOOK_BACK
    created = run.get("created_at")
    return max(earliest, created - timedelta(minutes=1)) if created else earliest


def _logging() -> Any:
    from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
    from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport

    return LoggingServiceV2Client(transport=_emulated(LoggingServiceV2GrpcTransport, "LOGGING_EMULATOR_HOST"))


def _pipelines(deployment: Deployment) -> Any:
    from google.cloud.aiplatform_v1 import PipelineServiceClient
    from google.cloud.aiplatform_v1.services.pipeline_service.transports import PipelineServiceGrpcTransport

    transport = _emulated(PipelineServiceGrpcTransport, "PIPELINES_EMULATOR_HOST")
    if transport is not None:
        return PipelineServiceClient(transport=transport)
    return PipelineServiceClient(client_options={"api_endpoint": f"{deployment.region}-aiplatform.googleapis.com"})


def _emulated(transport: Any, variable: str) -> Any:
    """A plain-text transport to the stand-in that `variable` names, or None for Google's own service."""
    import grpc

    host = os.environ.get(variable)
    return transport(channel=grpc.insecure_channel(host)) if host else None
