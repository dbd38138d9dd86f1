"""A service that is away is an outage (deliver again), never a verdict; and it is noticed in bounded time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from functions.adapters import (
    bigquery_warehouse,
    clients,
    cloud_build,
    cloud_logging,
    firestore_store,
    storage_blobs,
    vertex_pipelines,
)
from functions.adapters.ports import Transient
from shared.quota import Queue
from tests.contract.conftest import BUCKET, PROJECT, REGION, config, unreachable
from tests.contract.saves import NOW

SETTINGS = unreachable(config())
connect = partial(clients.pipelines_client, SETTINGS)


def blobs() -> None:
    storage_blobs.StorageBlobs(clients.storage_client(SETTINGS), BUCKET).exists("x")


def documents() -> None:
    firestore_store.FirestoreStore(clients.firestore_client(SETTINGS)).load("x")


def places() -> None:
    firestore_store.FirestoreStore(clients.firestore_client(SETTINGS)).repair_places({}, Queue(), NOW)


def delete_all() -> None:
    storage_blobs.StorageBlobs(clients.storage_client(SETTINGS), BUCKET).delete_all("x")


def live_jobs() -> None:
    vertex_pipelines.VertexPipelines(connect, PROJECT, REGION, None).live()


def builds() -> None:
    cloud_build.CloudBuild(clients.cloud_build_client(SETTINGS), PROJECT, REGION).listed("x")


def start() -> None:
    cloud_build.CloudBuild(clients.cloud_build_client(SETTINGS), PROJECT, REGION).start("x", "i", [])


def job() -> None:
    vertex_pipelines.VertexPipelines(connect, PROJECT, REGION, None).get("x")


def submit() -> None:
    pipelines = vertex_pipelines.VertexPipelines(connect, PROJECT, REGION, None)
    pipelines.submit("x", {}, {}, "gs://b/x", {})


def logs() -> None:
    cloud_logging.CloudLogging(clients.logging_client(SETTINGS), PROJECT).of_task("1", None)


def warehouse() -> bigquery_warehouse.BigQueryWarehouse:
    return bigquery_warehouse.BigQueryWarehouse(clients.bigquery_client(SETTINGS))


def table() -> None:
    warehouse().table(None, "d", "t")


def row() -> None:
    warehouse().row("SELECT 1", 2**20)


def size() -> None:
    warehouse().bytes_of("SELECT 1")


CALLS = [documents, places, blobs, delete_all, builds, start, job, live_jobs, submit, logs, table, row, size]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "call", [documents, places, blobs, delete_all, builds, start, job, live_jobs, submit, logs, table, row, size]
)
def test_a_service_that_is_away_is_an_outage(call: Callable[[], None], monkeypatch: pytest.MonkeyPatch):
    for name in ("STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", SETTINGS.endpoints.firestore)
    with pytest.raises(Transient):
        call()
