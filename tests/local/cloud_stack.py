"""`local.cloud` and `local.worker` as processes of their own, with the real Google clients in front."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import grpc
from google.cloud import aiplatform_v1 as vertex
from google.cloud.aiplatform_v1.services.pipeline_service.transports import PipelineServiceGrpcTransport
from google.cloud.devtools import cloudbuild_v1
from google.cloud.devtools.cloudbuild_v1.services.cloud_build.transports import CloudBuildGrpcTransport
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport

ROOT = Path(__file__).resolve().parents[2]
PROJECT, REGION = "demo-quicktest", "europe-west4"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
TIMEOUT_S = 10
ENDED = ("PIPELINE_STATE_SUCCEEDED", "PIPELINE_STATE_FAILED", "PIPELINE_STATE_CANCELLED")


class CloudStack:
    """Both processes over one data folder; `environment` is theirs."""

    def __init__(self, home: Path, port: int, slots: int = 1, environment: dict[str, str] | None = None) -> None:
        self.home, self.port, self.slots = home, port, slots
        home.mkdir(parents=True, exist_ok=True)
        self.worker_socket = home / "worker.sock"
        self.processes: dict[str, subprocess.Popen] = {}
        components = str(ROOT / "tests/local/components")
        self.environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{components}", **(environment or {})}

    def start_worker(self, python: Path | None = None) -> None:
        """Without TFX and its imports, unless an interpreter is given that has it."""
        bare = [] if python else ["--no-preload"]
        self._start("worker", "--socket", str(self.worker_socket), *bare, python=python or Path(sys.executable))

    def start_cloud(self) -> None:
        self._start(
            "cloud", "--port", str(self.port), "--home", str(self.home), "--project", PROJECT, "--region", REGION,
            "--worker-socket", str(self.worker_socket), "--slots", str(self.slots),
        )  # fmt: skip
        until(self._answers, 90)  # before the first channel, which would back off ever longer

    def end(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(timeout=20)

    def close(self) -> None:
        for name in list(self.processes):
            self.end(name)

    def channel(self) -> grpc.Channel:
        return grpc.insecure_channel(f"127.0.0.1:{self.port}")

    @property
    def pipelines(self) -> vertex.PipelineServiceClient:
        return vertex.PipelineServiceClient(transport=PipelineServiceGrpcTransport(channel=self.channel()))

    @property
    def builds(self) -> cloudbuild_v1.CloudBuildClient:
        return cloudbuild_v1.CloudBuildClient(transport=CloudBuildGrpcTransport(channel=self.channel()))

    @property
    def logs(self) -> LoggingServiceV2Client:
        return LoggingServiceV2Client(transport=LoggingServiceV2GrpcTransport(channel=self.channel()))

    def create_job(
        self, job_id: str, trace: str | None = None, reuse: Collection[str] = (), **act: str
    ) -> vertex.PipelineJob:
        """A job of three tasks, First -> Second -> Third; `act` says what a task does other than succeed.

        Jobs of one `trace` have equal parameters; the tasks named by `reuse` may take an equal task's outputs.
        """
        job = self.job(job_id, trace, reuse, **act)
        return self.pipelines.create_pipeline_job(
            parent=PARENT, pipeline_job=job, pipeline_job_id=job_id, timeout=TIMEOUT_S
        )

    def cancel_job(self, job_id: str) -> None:
        self.pipelines.cancel_pipeline_job(name=f"{PARENT}/pipelineJobs/{job_id}", timeout=TIMEOUT_S)

    def job(self, job_id: str, trace: str | None = None, reuse: Collection[str] = (), **act: str) -> vertex.PipelineJob:
        folder = self._trace(trace or job_id)
        folder.mkdir(parents=True, exist_ok=True)
        return vertex.PipelineJob(
            pipeline_spec=three_tasks(reuse),
            labels={"app": "quicktest", "experiment": job_id},
            runtime_config=vertex.PipelineJob.RuntimeConfig(
                gcs_output_directory="gs://bucket/root",
                parameter_values={"act": json.dumps({"trace": str(folder), **act})},
            ),
        )

    def get_job(self, job_id: str) -> vertex.PipelineJob:
        return self.pipelines.get_pipeline_job(name=f"{PARENT}/pipelineJobs/{job_id}", timeout=TIMEOUT_S)

    def live_jobs(self) -> list[str]:
        jobs = self.pipelines.list_pipeline_jobs(parent=PARENT, timeout=TIMEOUT_S)
        return [job.name.rpartition("/")[2] for job in jobs if job.state.name not in ENDED]

    def ended_job(self, job_id: str) -> vertex.PipelineJob:
        return until(lambda: job if (job := self.get_job(job_id)).state.name in ENDED else None)

    def tries(self, job_id: str, task: str) -> list[int]:
        """The process ids of the tries of a task."""
        path = self._trace(job_id) / task
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    def child(self, job_id: str, task: str) -> int | None:
        """The process id of the deaf child of a task that hangs, once it is there."""
        path = self._trace(job_id) / f"{task}.child"
        return int(path.read_text() or 0) or None if path.exists() else None

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _trace(self, job_id: str) -> Path:
        return self.home / "trace" / job_id

    def _start(self, name: str, *arguments: str, python: Path = Path(sys.executable)) -> None:
        with (self.home / f"{name}.log").open("a") as log:
            self.processes[name] = subprocess.Popen(
                [python, "-m", f"local.{name}", *arguments],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip


def task_states(job: vertex.PipelineJob) -> dict[str, str]:
    return {detail.task_name: detail.state.name for detail in job.job_detail.task_details if detail.parent_task_id}


def task(job: vertex.PipelineJob, name: str) -> vertex.PipelineTaskDetail:
    return next(detail for detail in job.job_detail.task_details if detail.task_name == name)


def until(probe: Callable[[], Any], seconds: float = 30.0) -> Any:
    """The first true value of `probe`."""
    deadline = time.monotonic() + seconds
    while not (value := probe()):
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.05)
    return value


def is_alive(pid: int) -> bool:
    """False for a zombie as well: nothing of it runs."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def three_tasks(reuse: Collection[str] = ()) -> dict[str, Any]:
    """A pipeline spec whose components are tests/local/components/qt_component.py."""
    names = ("First", "Second", "Third")
    schema = {"instanceSchema": "title: tfx.Examples\ntype: object\n"}
    components, executors, tasks = {}, {}, {}
    for name, before in zip(names, (None, *names), strict=False):
        container = {"image": "x", "command": ["python", "-m", "qt_component"], "args": ["{{$}}"]}
        executors[f"{name}_executor"] = {"container": container}
        components[name] = {
            "executorLabel": f"{name}_executor",
            "outputDefinitions": {"artifacts": {"out": {"artifactType": schema}}},
        }
        inputs: dict[str, Any] = {
            "parameters": {
                "act": {"componentInputParameter": "act"},
                "name": {"runtimeValue": {"constant": name}},
            }
        }
        if before:
            source = {"producerTask": before, "outputArtifactKey": "out"}
            inputs["artifacts"] = {"in": {"taskOutputArtifact": source}}
        tasks[name] = {"componentRef": {"name": name}, "inputs": inputs, "dependentTasks": [before] if before else []}
        tasks[name]["cachingOptions"] = {"enableCache": True} if name in reuse else {}
    return {
        "schemaVersion": "2.1.0",
        "pipelineInfo": {"name": "three-tasks"},
        "root": {
            "inputDefinitions": {"parameters": {"act": {"parameterType": "STRING"}}},
            "dag": {"tasks": tasks},
        },
        "components": components,
        "deploymentSpec": {"executors": executors},
    }
