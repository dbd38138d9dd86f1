"""Each port twice: the fake, and the real adapter on the emulator or stand-in of its service, on free ports."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from functions.adapters import clients
from functions.adapters.bigquery_warehouse import BigQueryWarehouse
from functions.adapters.cloud_build import CloudBuild
from functions.adapters.cloud_logging import CloudLogging
from functions.adapters.firestore_store import FirestoreStore
from functions.adapters.ports import Blobs, Builds, Logs, Pipelines, Store, Warehouse
from functions.adapters.storage_blobs import StorageBlobs
from functions.adapters.vertex_pipelines import VertexPipelines
from functions.config import Config, Endpoints
from local import tools
from shared.tables import SourceColumn, SourceTable
from tests.fakes.cloud import FakeBlobs, FakeBuilds, FakeLogs, FakePipelines, FakeWarehouse
from tests.fakes.store import FakeStore

ROOT = Path(__file__).parents[2]
PROJECT, REGION, BUCKET = "demo-contract", "europe-west4", "demo-contract-data"
BUILDER = f"builds@{PROJECT}.iam.gserviceaccount.com"
START_S = 60
KINDS = ("fake", "real")


def now() -> datetime:
    return datetime.now(timezone.utc)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A server of ours, from its first answer on `port` until its whole process group is gone."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} does not listen on {port}:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def config(**endpoints: str) -> Config:
    return Config(PROJECT, REGION, BUCKET, "compiler@sha256:1", "trainer@sha256:2", endpoints=Endpoints(**endpoints))


# ----------------------------------------------------------------------------------------------------- Firestore


@pytest.fixture(scope="session")
def firestore_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log = free_port(), tmp_path_factory.mktemp("firestore") / "log"
    command = [
        tools.java(), "-cp", str(tools.firestore_emulator()),
        "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
        "--host=127.0.0.1", f"--port={port}", f"--project_id={PROJECT}", "--single_project_mode=true",
    ]  # fmt: skip
    with running(command, port, log):
        yield f"127.0.0.1:{port}"


@dataclass
class Documents:
    """A store, and the hands of a client who writes beside it."""

    store: Store
    put: Callable[[str, dict[str, Any]], None]
    get: Callable[[str], dict[str, Any] | None]
    remove: Callable[[str], Any]


@pytest.fixture(params=KINDS)
def documents(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Documents:
    if request.param == "fake":
        fake = FakeStore()
        put = partial(fake.put, now=now())
        return Documents(fake, put, fake.documents.get, fake.documents.pop)
    host = request.getfixturevalue("firestore_host")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
    url = f"http://{host}/emulator/v1/projects/{PROJECT}/databases/(default)/documents"
    requests.delete(url, timeout=10).raise_for_status()
    client = clients.firestore_client(config(firestore=host))
    return Documents(
        FirestoreStore(client),
        lambda path, document: client.document(path).set(document),
        lambda path: client.document(path).get().to_dict(),
        lambda path: client.document(path).delete(),
    )


# ------------------------------------------------------------------------------------------------------- Storage


@pytest.fixture(scope="session")
def storage_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("storage"), free_port()
    command = [sys.executable, "-m", "local.storage", "--port", str(port), "--folder", str(folder / "data")]
    command += ["--gateway", f"http://127.0.0.1:{free_port()}/events", "--bucket", BUCKET]
    with running(command, port, folder / "log"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(params=KINDS)
def blobs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Blobs:
    if request.param == "fake":
        return FakeBlobs()
    host = request.getfixturevalue("storage_host")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", host)
    return StorageBlobs(clients.storage_client(config(storage=host)), BUCKET)


# --------------------------------------------------------------------------- Cloud Build, Vertex Pipelines, Logging


class TestWorker:
    """Stands for the warm worker: every process sleeps until it is killed, or ends as its arguments say."""

    __test__ = False

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            wanted = json.loads(lines.readline())
            fails = "FAIL" in " ".join(wanted["argv"])
            script = 'print("ValueError: boom" ); raise SystemExit(1)' if fails else "import time; time.sleep(120)"
            with Path(wanted["log_path"]).open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-c", script], stdout=log, stderr=log, start_new_session=True
                )
            connection.sendall(json.dumps({"pid": process.pid}).encode() + b"\n")
            code = process.wait()
            with contextlib.suppress(OSError):  # the server has gone down first
                connection.sendall(
                    json.dumps({"exit_code": code if code >= 0 else 128 - code, "max_rss_kb": 1}).encode()
                )
                connection.sendall(b"\n")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="session")
def cloud_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("cloud"), free_port()
    worker = TestWorker(folder / "worker.sock")
    command = [sys.executable, "-m", "local.cloud", "--port", str(port), "--home", str(folder / "home")]
    command += ["--project", PROJECT, "--region", REGION, "--worker-socket", str(folder / "worker.sock")]
    command += ["--slots", "8"]
    with running(command, port, folder / "log"):
        yield f"127.0.0.1:{port}"
    worker.close()


@pytest.fixture(params=KINDS)
def builds(request: pytest.FixtureRequest) -> Iterator[Builds]:
    if request.param == "fake":
        yield FakeBuilds(now)
        return
    host = request.getfixturevalue("cloud_host")
    yield CloudBuild(clients.cloud_build_client(config(cloud_build=host)), PROJECT, REGION, BUILDER)


@dataclass
class Jobs:
    """Pipelines with the logs of their tasks; `fail` makes the job's task end badly."""

    pipelines: Pipelines
    logs: Logs
    fail: Callable[[str], None]


@pytest.fixture(params=KINDS)
def jobs(request: pytest.FixtureRequest) -> Jobs:
    if request.param == "fake":
        return _fake_jobs()
    host = request.getfixturevalue("cloud_host")
    settings = config(pipelines=host, logging=host)
    pipelines = VertexPipelines(partial(clients.pipelines_client, settings), PROJECT, REGION, None)
    logs = CloudLogging(clients.logging_client(settings), PROJECT)
    return Jobs(pipelines, logs, lambda job_id: None)  # the job fails by itself: its argument says so


def _fake_jobs() -> Jobs:
    from shared.facts import Task

    pipelines, logs = FakePipelines(), FakeLogs()

    def fail(job_id: str) -> None:
        message = "The component Trainer exited with 1: ValueError: boom"
        pipelines.move(job_id, "FAILED", Task("Trainer", "FAILED", now(), now(), message, "123"), error=message)
        logs.lines["123"] = ("ValueError: boom",)

    return Jobs(pipelines, logs, fail)


# ------------------------------------------------------------------------------------------------------ BigQuery


@pytest.fixture(scope="session")
def bigquery_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("warehouse"), free_port()
    (folder / "data/shop").mkdir(parents=True)
    rows = "SELECT 'ada' AS customer, 7::BIGINT AS amount, 1.5::DOUBLE AS price, TIMESTAMPTZ '2025-01-01' AS sold_at"
    rows += ", {'city': 'Ulm', 'zip': '89073'} AS place, ['a', 'b'] AS tags"
    duckdb.sql(f"COPY ({rows}) TO '{folder / 'data/shop/sales.parquet'}' (FORMAT parquet)")
    command = [sys.executable, "-m", "local.warehouse", "--port", str(port), "--folder", str(folder / "data")]
    with running([*command, "--project", PROJECT, "--location", REGION], port, folder / "log"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(params=KINDS)
def warehouse(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    if request.param == "fake":
        fake = FakeWarehouse(_answer)
        columns = (("customer", "STRING"), ("amount", "INTEGER"), ("price", "FLOAT"), ("sold_at", "TIMESTAMP"))
        typed = tuple(SourceColumn(name, kind) for name, kind in columns)
        place = SourceColumn("place", "RECORD", fields=(SourceColumn("city", "STRING"), SourceColumn("zip", "STRING")))
        tags = SourceColumn("tags", "STRING", "REPEATED")
        fake.tables["shop.sales"] = SourceTable((*typed, place, tags), REGION, True, now(), 1, 1_000)
        fake.bytes = 2**20 + 1
        return fake
    host = request.getfixturevalue("bigquery_host")
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", host)
    return BigQueryWarehouse(clients.bigquery_client(config(bigquery=host)))


def _answer(sql: str) -> Any:
    from functions.adapters.ports import Refused

    if "FROM `shop`.`nothing`" in sql:
        raise Refused("NotFound: Not found: Table demo-contract:shop.nothing")
    if "GENERATE_ARRAY" in sql:
        return [{"n": number} for number in range(int(sql.split(", ")[-1].split(")")[0]))]
    return {"n": 1, "first_day": datetime(2025, 1, 1).date()}


@pytest.fixture
def job_id() -> str:
    """A name that no other test uses; ids of services outlive a test."""
    return f"exp-{uuid.uuid4().hex[:26]}-a1"


def unreachable(settings: Config) -> Config:
    """The same settings with every service on a port where nobody listens."""
    dead = f"127.0.0.1:{free_port()}"
    endpoints = Endpoints(dead, f"http://{dead}", f"http://{dead}", dead, dead, dead)
    return replace(settings, endpoints=endpoints)
