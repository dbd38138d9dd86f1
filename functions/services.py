"""Everything a handler needs, made once per process and shared by its threads (the clients are thread-safe)."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial

from functions.adapters.ports import Blobs, Builds, Logs, Mirror, Pipelines, Store, Warehouse
from functions.config import Config, from_environment
from functions.remembering import Memory
from functions.searching import Searches
from shared.runs import Run

LONGEST_PAUSE_S = 1.0


@dataclass(frozen=True)
class Services:
    config: Config
    store: Store
    blobs: Blobs
    builds: Builds
    pipelines: Pipelines
    logs: Logs
    warehouse: Warehouse
    mirror: Mirror | None
    now: Callable[[], datetime]
    step_back: Callable[[], None] = lambda: None  # after a conflict, so that not all come back at once
    memory: Memory = field(default_factory=Memory, compare=False)  # of what forms ask again and again
    searches: Searches = field(default_factory=Searches, compare=False)  # of the sweeps of this process


def step_back() -> None:
    """Of 20 handlers that want 20 places at once, each has its own after 1-4 s on average instead of 3-12 s, with a
    third of the conflicts (measured on the emulator; pauses that grow from 0.2 s save half as much)."""
    time.sleep(random.uniform(0, LONGEST_PAUSE_S))


def pipelines_of(run: Run, services: Services) -> Pipelines:
    """Where the run's job lives: in the region that it was prepared for (S5.1)."""
    return services.pipelines.at((run.parameters or {}).get("region") or services.config.region)


_lock = threading.Lock()
_services: Services | None = None


def services() -> Services:
    """The services of this process; Google's clients connect on their first call."""
    global _services
    with _lock:
        if _services is None:
            _services = connect(from_environment())
        return _services


def connect(config: Config) -> Services:
    """Real adapters. Imports are here so that a process that handles nothing loads nothing."""
    from functions.adapters import clients
    from functions.adapters.bigquery_warehouse import BigQueryWarehouse
    from functions.adapters.cloud_build import CloudBuild
    from functions.adapters.cloud_logging import CloudLogging
    from functions.adapters.firestore_store import FirestoreStore
    from functions.adapters.mlflow_mirror import MlflowMirror
    from functions.adapters.storage_blobs import StorageBlobs
    from functions.adapters.vertex_pipelines import VertexPipelines

    project, region = config.project, config.region
    return Services(
        config=config,
        store=FirestoreStore(clients.firestore_client(config)),
        blobs=StorageBlobs(clients.storage_client(config), config.bucket),
        builds=CloudBuild(clients.cloud_build_client(config), project, region, config.build_service_account),
        pipelines=VertexPipelines(partial(clients.pipelines_client, config), project, region, config.service_account),
        logs=CloudLogging(clients.logging_client(config), project),
        warehouse=BigQueryWarehouse(clients.bigquery_client(config)),
        mirror=MlflowMirror(config.mlflow_uri) if config.mlflow_uri else None,
        now=lambda: datetime.now(timezone.utc),
        step_back=step_back,
    )
