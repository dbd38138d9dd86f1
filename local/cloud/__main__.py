"""`python -m local.cloud`: one gRPC server for Cloud Build, Vertex AI Pipelines, Cloud Logging and their operations."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import threading
from pathlib import Path

from google.cloud.aiplatform_v1.services.pipeline_service.transports import PipelineServiceGrpcTransport
from google.cloud.devtools.cloudbuild_v1.services.cloud_build.transports import CloudBuildGrpcTransport
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport

from local.cloud import wire
from local.cloud.build_service import CloudBuildService, Operations
from local.cloud.builds import Builds
from local.cloud.execution import Place
from local.cloud.jobs import Jobs
from local.cloud.logs import LoggingService, LogStore
from local.cloud.pipeline_service import PipelineService
from local.cloud.publishing import Publisher
from local.cloud.store import Store
from local.cloud.worker_client import WorkerClient

_PASSED_ON = ("STORAGE_EMULATOR_HOST",)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="local.cloud", description="Cloud Build, Vertex AI Pipelines, Cloud Logging.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True, help="data folder of the stack (QUICKTEST_HOME)")
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--worker-socket", type=Path, required=True, help="Unix socket of local.worker")
    parser.add_argument("--slots", type=int, default=max(1, (os.cpu_count() or 1) // 2), help="components at once")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    server = start(arguments)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    server.stop(grace=None)  # what runs is ended by the worker, and goes on when the stack comes up again


def start(arguments: argparse.Namespace):
    """Bring everything up, unfinished work included."""
    services = arguments.home.resolve() / "services"
    logs = LogStore(services / "logs.db")
    place = _place(arguments, services, logs)
    publisher = Publisher(arguments.project)
    builds = Builds(arguments.project, place, Store(services / "builds"), publisher)
    storage = arguments.home.resolve() / "storage"
    jobs = Jobs(place, storage, Store(services / "jobs"), publisher, arguments.slots)
    return wire.serve(
        arguments.port,
        [
            (CloudBuildGrpcTransport, CloudBuildService(builds)),
            (PipelineServiceGrpcTransport, PipelineService(jobs)),
            (LoggingServiceV2GrpcTransport, LoggingService(logs)),
        ],
        [Operations(builds).handler()],
    )


def _place(arguments: argparse.Namespace, services: Path, logs: LogStore) -> Place:
    scratch = services / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # of processes that the last run of the stack left
    environment = {
        "QUICKTEST_HOME": str(arguments.home.resolve()),
        "GOOGLE_CLOUD_PROJECT": arguments.project,
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
    }
    return Place(WorkerClient(arguments.worker_socket), logs, environment, services / "output", scratch)


if __name__ == "__main__":
    main()
