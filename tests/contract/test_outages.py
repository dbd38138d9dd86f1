"""A service that is away is an outage (deliver again), never a verdict; and it is noticed in bounded time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.adapters import bigquery_warehouse, clients, cloud_build, cloud_logging, storage_blobs, vertex_pipelines
from functions.adapters.ports import Transient
from tests.contract.conftest import BUCKET, PROJECT, REGION, config, unreachable

SETTINGS = unreachable(config())


def blobs() -> None:
    storage_blobs.StorageBlobs(clients.storage_client(SETTINGS), BUCKET).exists("x")


def builds() -> None:
    cloud_build.CloudBuild(clients.cloud_build_client(SETTINGS), PROJECT, REGION).listed("x")


def start() -> None:
    cloud_build.CloudBuild(clients.cloud_build_client(SETTINGS), PROJECT, REGION).start("x", "i", [])


def job() -> None:
    vertex_pipelines.VertexPipelines(clients.pipelines_client(SETTINGS), PROJECT, REGION, None).get("x")


def submit() -> None:
    pipelines = vertex_pipelines.VertexPipelines(clients.pipelines_client(SETTINGS), PROJECT, REGION, None)
    pipelines.submit("x", {}, {}, "gs://b/x", {})


def logs() -> None:
    cloud_logging.CloudLogging(clients.logging_client(SETTINGS), PROJECT).of_task("1", None)


def columns() -> None:
    bigquery_warehouse.BigQueryWarehouse(clients.bigquery_client(SETTINGS)).columns(None, "d", "t")


def row() -> None:
    bigquery_warehouse.BigQueryWarehouse(clients.bigquery_client(SETTINGS)).row("SELECT 1")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("call", [blobs, builds, start, job, submit, logs, columns, row])
def test_a_service_that_is_away_is_an_outage(call: Callable[[], None], monkeypatch: pytest.MonkeyPatch):
    for name in ("STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Transient):
        call()
