"""The gateway between the real Firestore and Pub/Sub emulators and a function that fails when told to."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import json
import math
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from google.cloud import firestore
from google.cloud.firestore_v1.types import Document, Value
from google.events.cloud.firestore import DocumentEventData
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from functions import dead_letters
from functions.adapters.firestore_store import FirestoreStore
from functions.saves import change_of
from local import parts
from local.gateway import scheduler
from local.gateway.delivery import Delivery
from local.gateway.documents import changes_nothing, parse
from local.gateway.journal import Journal
from local.gateway.server import Gateway, Settings
from local.gateway.subscriptions import DELIVERY_ATTEMPTS, publish_dead_letter
from local.gateway.wiring import CREATED, FINALIZED, UPDATED
from local.parts import PROJECT, Layout
from shared.versions import Change
from tests.fakes.world import EXPERIMENT
from tests.local.emulators import clear, running

Call = tuple[str, dict[str, str], bytes]


class Functions:
    """Notes every call; answers with the next status of `answers`, then with success."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Call] = queue.Queue()
        self.answers: list[int] = []
        self.app = Starlette(routes=[Route("/{name}/", self._call, methods=["POST"])])

    async def _call(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name == "sweep":
            return Response()
        self.calls.put((name, dict(request.headers), await request.body()))
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    def next(self, within_s: float = 10) -> Call:
        return self.calls.get(timeout=within_s)

    def none_within(self, seconds: float) -> bool:
        try:
            self.calls.get(timeout=seconds)
        except queue.Empty:
            return True
        return False


class GatewayThread:
    """A gateway that can be started and ended by a test."""

    def __init__(self, settings: Settings, port: int, backoff_s: tuple[float, ...] = (0.05, 0.1, 0.2)) -> None:
        self._settings, self._port, self._backoff_s = settings, port, backoff_s
        self._ready = threading.Event()
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> GatewayThread:
        self._thread.start()
        assert self._ready.wait(30), "the gateway does not get ready"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server
        self._server.should_exit = True
        self._thread.join(10)

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            give_up = partial(publish_dead_letter, client, self._settings.pubsub, PROJECT)
            delivery = Delivery(self._settings.functions_url, client, give_up, self._backoff_s)
            gateway = Gateway(self._settings, client, delivery)
            self._server = uvicorn.Server(uvicorn.Config(gateway.app(), port=self._port, log_level="warning"))
            serving = asyncio.create_task(self._server.serve())
            while not self._server.started:
                await asyncio.sleep(0.01)
            await gateway.prepare()
            self._ready.set()
            await serving


@pytest.fixture(scope="module")
def emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    with running(tmp_path_factory.mktemp("emulators"), parts.firestore, parts.pubsub) as layout:
        yield layout


@pytest.fixture
def functions(serve: Callable) -> tuple[Functions, str]:
    functions = Functions()
    return functions, serve(functions.app)


@pytest.fixture
def settings(emulators: Layout, functions: tuple[Functions, str], tmp_path: Path) -> Settings:
    clear(emulators.address("firestore"))
    for topic in (
        "cloud-builds",
        "pipeline-events",
        "dead-letters",
    ):  # they would push to the functions of the test before
        httpx.delete(f"{emulators.url('pubsub')}/v1/projects/{PROJECT}/subscriptions/{topic}")
    return Settings(
        PROJECT, emulators.address("firestore"), emulators.address("pubsub"), functions[1], tmp_path / "firestore.db"
    )


@pytest.fixture
def gateway(settings: Settings, emulators: Layout) -> Iterator[str]:
    """The address of a ready gateway."""
    with GatewayThread(settings, emulators.ports["gateway"]):
        yield emulators.url("gateway")


@pytest.fixture
def database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> firestore.Client:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", settings.firestore)
    return firestore.Client(project=PROJECT)


def document(body: bytes) -> DocumentEventData:
    event = DocumentEventData()
    event._pb.ParseFromString(body)
    return event


def test_a_created_document_invokes_its_function(
    gateway: str, database: firestore.Client, functions: tuple[Functions, str]
) -> None:
    database.document("experiments/exp-1").set({"n": 1})
    name, headers, body = functions[0].next()
    assert name == "on_experiment_created"
    assert headers["ce-type"] == CREATED
    assert headers["ce-document"] == "experiments/exp-1"
    assert headers["ce-source"] == f"//firestore.googleapis.com/projects/{PROJECT}/databases/(default)"
    assert headers["content-type"] == "application/protobuf"
    assert document(body).value.fields["n"].integer_value == 1
    database.document("commands/exp-1--cancel").set({"kind": "cancel"})
    assert functions[0].next()[0] == "on_command_created"


def test_what_has_no_trigger_invokes_nothing(
    gateway: str, database: firestore.Client, functions: tuple[Functions, str]
) -> None:
    database.document("runs/exp-1").set({"state": "x"})
    database.document("experiments/exp-1/notes/a").set({"n": 1})
    database.document("experiments/exp-1").set({"n": 1})
    assert functions[0].next()[0] == "on_experiment_created"
    database.document("experiments/exp-1").set({"n": 1})  # nothing new
    assert functions[0].none_within(1)


def test_an_edited_request_invokes_the_function_of_its_labels(
    gateway: str, database: firestore.Client, functions: tuple[Functions, str]
) -> None:
    database.document("experiments/exp-1").set({"n": 1})
    assert functions[0].next()[0] == "on_experiment_created"
    database.document("experiments/exp-1").update({"n": 2})
    name, headers, body = functions[0].next()
    assert (name, headers["ce-type"]) == ("on_experiment_updated", UPDATED)
    assert headers["ce-document"] == "experiments/exp-1"
    assert document(body).value.fields["n"].integer_value == 2
    database.document("experiments/exp-1").delete()
    assert functions[0].none_within(1)


def test_an_event_carries_each_save_as_the_store_reads_it(
    gateway: str, database: firestore.Client, functions: tuple[Functions, str]
) -> None:
    """Versions of a config are kept out of it (S3.19): contents and times must be the very same."""
    store, saved = FirestoreStore(database), []
    for rate in (0.1, 0.5, None):
        content = {"rate": rate, "on": True, "layers": [{"units": 64}], "updated_at": firestore.SERVER_TIMESTAMP}
        database.document("model_configs/small").set(content)
        saved.append(store.saved("model_configs", "small"))
    changes = [change_of(functions[0].next()[2]) for _ in saved]
    assert sorted(changes, key=lambda change: change.after.at) == [
        Change(None, saved[0]),
        Change(saved[0], saved[1]),
        Change(saved[1], saved[2]),
    ]
    database.document("model_configs/small").delete()
    name, _, body = functions[0].next()
    assert (name, change_of(body)) == ("on_config_written", None)


def test_a_failing_function_gets_the_same_event_again(
    gateway: str, database: firestore.Client, functions: tuple[Functions, str]
) -> None:
    functions[0].answers = [500, 503, 200]
    database.document("experiments/exp-1").set({"n": 1})
    calls = [functions[0].next() for _ in range(3)]
    assert len({headers["ce-id"] for _, headers, _ in calls}) == 1
    assert len({body for _, _, body in calls}) == 1
    assert functions[0].none_within(1)


def test_an_event_that_is_given_up_becomes_a_dead_letter(
    gateway: str, database: firestore.Client, functions: tuple[Functions, str], caplog: pytest.LogCaptureFixture
) -> None:
    functions[0].answers = [500] * 4
    database.document("experiments/exp-1").set({"n": 1})
    tries = [functions[0].next() for _ in range(4)]
    name, _, body = functions[0].next()
    assert name == "on_dead_letter"
    message = json.loads(body)["message"]
    _, headers, given_up = tries[-1]
    assert base64.b64decode(message["data"]) == given_up
    assert message["attributes"]["ce-document"] == "experiments/exp-1"
    assert message["attributes"]["ce-id"] == headers["ce-id"]
    assert dead_letters.about(body) == "exp-1"
    assert functions[0].none_within(1)
    assert "was given up after 4 tries" in caplog.text


def test_a_storage_event_that_is_given_up_becomes_a_dead_letter(gateway: str, functions: tuple[Functions, str]) -> None:
    functions[0].answers = [503] * 4
    stored = f"experiments/{EXPERIMENT}/a1/results/results.json"
    headers = {
        "ce-type": FINALIZED,
        "ce-id": "1",
        "ce-subject": f"objects/{stored}",
        "content-type": "application/json",
    }
    httpx.post(f"{gateway}/events", headers=headers, json={"bucket": "b", "name": stored}).raise_for_status()
    calls = [functions[0].next() for _ in range(5)]
    assert [name for name, _, _ in calls] == ["on_object_finalized"] * 4 + ["on_dead_letter"]
    assert dead_letters.about(calls[-1][2]) == EXPERIMENT


def test_a_dead_letter_that_fails_is_delivered_again(
    gateway: str, settings: Settings, functions: tuple[Functions, str]
) -> None:
    functions[0].answers = [500, 500]
    url = f"http://{settings.pubsub}/v1/projects/{PROJECT}/topics/dead-letters:publish"
    httpx.post(url, json={"messages": [{"attributes": {"ce-document": "experiments/exp-1"}}]}).raise_for_status()
    calls = [functions[0].next(30) for _ in range(3)]
    assert {name for name, _, _ in calls} == {"on_dead_letter"}
    assert {dead_letters.about(body) for _, _, body in calls} == {"exp-1"}


def test_a_message_that_no_function_takes_becomes_a_dead_letter(
    gateway: str, settings: Settings, functions: tuple[Functions, str]
) -> None:
    functions[0].answers = [500] * DELIVERY_ATTEMPTS
    url = f"http://{settings.pubsub}/v1/projects/{PROJECT}/topics/cloud-builds:publish"
    build = base64.b64encode(json.dumps({"id": "b1", "tags": [f"{EXPERIMENT}-a1"]}).encode()).decode()
    httpx.post(url, json={"messages": [{"data": build}]}).raise_for_status()
    calls = [functions[0].next(60) for _ in range(DELIVERY_ATTEMPTS + 1)]
    assert [name for name, _, _ in calls] == ["on_build_changed"] * DELIVERY_ATTEMPTS + ["on_dead_letter"]
    assert dead_letters.about(calls[-1][2]) == EXPERIMENT
    assert dead_letters.origin(calls[-1][2]).endswith("cloud-builds")


def test_a_topic_that_takes_no_dead_letter_ends_nothing(serve: Callable, caplog: pytest.LogCaptureFixture) -> None:
    url = serve(Starlette(routes=[Route("/f/", lambda _: Response(status_code=500), methods=["POST"])]))

    async def give_up(headers: Mapping[str, str], body: bytes) -> None:
        raise httpx.ConnectError(f"{headers['ce-id']} {body!r}")

    async def run() -> None:
        async with httpx.AsyncClient() as client:
            delivery = Delivery(url, client, give_up, backoff_s=(0.01,))
            delivery.deliver("f", {"ce-id": "7"}, b"x")
            while "is lost" not in caplog.text:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), timeout=20))
    assert "the dead-letter topic did not take it: 7 b'x'" in caplog.text


def test_a_slow_function_holds_up_nothing(
    gateway: str, database: firestore.Client, functions: tuple[Functions, str]
) -> None:
    functions[0].answers = [500] * 3
    for number in range(20):
        database.document(f"experiments/exp-{number}").set({"n": number})
    seen = {document(functions[0].next()[2]).value.fields["n"].integer_value for _ in range(23)}
    assert seen == set(range(20))


def test_a_storage_event_invokes_its_function(gateway: str, functions: tuple[Functions, str]) -> None:
    headers = {"ce-type": FINALIZED, "ce-id": "1", "ce-subject": "objects/a", "content-type": "application/json"}
    assert httpx.post(f"{gateway}/events", headers=headers, content=b"{}").status_code == 200
    name, received, body = functions[0].next()
    assert (name, received["ce-type"], body) == ("on_object_finalized", FINALIZED, b"{}")
    assert httpx.post(f"{gateway}/events", headers={"ce-type": "x"}).status_code == 404


def test_a_message_is_pushed_to_its_function(
    gateway: str, settings: Settings, functions: tuple[Functions, str]
) -> None:
    url = f"http://{settings.pubsub}/v1/projects/{PROJECT}/topics/cloud-builds:publish"
    message = {"messages": [{"data": "e30=", "attributes": {"buildId": "b1", "status": "SUCCESS"}}]}
    httpx.post(url, json=message).raise_for_status()
    name, _, body = functions[0].next()
    assert name == "on_build_changed"
    assert b'"buildId":"b1"' in body.replace(b" ", b"")


def test_a_noop_write_is_no_event() -> None:
    def event(old: int | None, new: int | None) -> DocumentEventData:
        made = DocumentEventData()
        for field, value in (("old_value", old), ("value", new)):
            if value is not None:
                setattr(made, field, {"name": "d", "fields": {"n": {"integer_value": value}}})
        return parse(DocumentEventData.serialize(made))[1]

    assert changes_nothing(event(1, 1))
    assert changes_nothing(event(None, None))
    assert not changes_nothing(event(1, 2))
    assert not changes_nothing(event(None, 1))
    assert not changes_nothing(event(1, None))


# ----------------------------------------------------------------------------------------------- durability

EVERYTHING = {
    "text": "ü",
    "int": 2**53 + 1,
    "float": 1.5,
    "nan": float("nan"),
    "bool": True,
    "none": None,
    "bytes": b"\x00\xff",
    "list": [1, "a", {"b": 2}],
    "map": {"a.b": {"c": []}},
    "empty": {},
    "point": firestore.GeoPoint(1.5, -2.5),
}


def everything(database: firestore.Client) -> dict[str, dict | None]:
    """All documents that the durability tests write, by path."""
    snapshots = [*database.collection("runs").stream(), *database.collection_group("events").stream()]
    return {snapshot.reference.path: snapshot.to_dict() for snapshot in snapshots}


@contextlib.contextmanager
def fresh_firestore(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple]:
    """A new emulator and a gateway that has replayed the journal into it; yields a client and the gateway's address."""
    with running(folder, parts.firestore) as layout:
        fresh = dataclasses.replace(settings, firestore=layout.address("firestore"))
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", fresh.firestore)
        with GatewayThread(fresh, layout.ports["gateway"]):
            yield firestore.Client(project=PROJECT), layout.url("gateway")


def test_documents_come_back_without_events(
    settings: Settings, functions: tuple[Functions, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_firestore(settings, tmp_path / "1", monkeypatch) as (database, gateway):
        database.document("runs/all").set({**EVERYTHING, "reference": database.document("runs/x")})
        database.document("runs/all/events/000001").set({"deep": True, "time": firestore.SERVER_TIMESTAMP})
        database.document("runs/gone").set({"n": 1})
        database.document("runs/gone").delete()
        database.document("experiments/exp-1").set({"n": 1})
        for number in range(50):
            database.document("runs/counter").set({"n": number})
        assert functions[0].next()[0] == "on_experiment_created"
        before = everything(database)
        httpx.post(f"{gateway}/flush", timeout=30).raise_for_status()

    with fresh_firestore(settings, tmp_path / "2", monkeypatch) as (database, gateway):
        after = everything(database)
        assert math.isnan(after["runs/all"].pop("nan"))
        assert math.isnan(before["runs/all"].pop("nan"))
        references = [found["runs/all"].pop("reference").path for found in (after, before)]
        assert references == ["runs/x", "runs/x"]
        assert after == before
        assert after["runs/counter"] == {"n": 49}
        assert set(after) == {"runs/all", "runs/all/events/000001", "runs/counter"}
        assert database.document("experiments/exp-1").get().to_dict() == {"n": 1}
        assert functions[0].none_within(1), "a replay must not look like news"
        database.document("experiments/exp-2").set({"n": 2})
        assert functions[0].next()[1]["ce-document"] == "experiments/exp-2"


def test_many_documents_come_back(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh_firestore(settings, tmp_path / "1", monkeypatch) as (database, gateway):
        for start in range(0, 1_000, 100):
            batch = database.batch()
            for number in range(start, start + 100):
                batch.set(database.document(f"runs/r{number}"), {"text": "x" * 20_000})
            batch.commit()
        httpx.post(f"{gateway}/flush", timeout=30).raise_for_status()
    with fresh_firestore(settings, tmp_path / "2", monkeypatch) as (database, _):
        assert len(list(database.collection("runs").select([]).stream())) == 1_000


def test_the_largest_documents_come_back_too(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block of the index, of which an event carries two versions."""
    entries = {f"exp-{number:026d}": "x" * 3_800 for number in range(250)}
    with fresh_firestore(settings, tmp_path / "1", monkeypatch) as (database, gateway):
        block = database.document("indexes/wholesale__0")
        block.set({"entries": entries})
        block.set({"entries": {"exp-last": "new"}}, merge=True)
        httpx.post(f"{gateway}/flush", timeout=30).raise_for_status()
    with fresh_firestore(settings, tmp_path / "2", monkeypatch) as (database, _):
        found = database.document("indexes/wholesale__0").get().to_dict() or {}
        assert found == {"entries": {**entries, "exp-last": "new"}}


def test_a_gateway_that_comes_back_takes_over_what_it_missed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died alone: Firestore lived on, and its documents are newer than the journal."""
    with running(tmp_path / "1", parts.firestore) as layout:
        lives_on = dataclasses.replace(settings, firestore=layout.address("firestore"))
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", lives_on.firestore)
        database = firestore.Client(project=PROJECT)
        with GatewayThread(lives_on, layout.ports["gateway"]):
            for name in ("kept", "changed", "gone"):
                database.document(f"runs/{name}").set({"n": 1})
            httpx.post(f"{layout.url('gateway')}/flush", timeout=30).raise_for_status()
        database.document("runs/changed").set({"n": 2})
        database.document("runs/gone").delete()
        database.document("runs/changed/events/000001").set({"new": True})
        with GatewayThread(lives_on, layout.ports["gateway"]):
            assert database.document("runs/changed").get().to_dict() == {"n": 2}, "nothing older replaced it"
            database.document("runs/later").set({"n": 3})
            httpx.post(f"{layout.url('gateway')}/flush", timeout=30).raise_for_status()
    with fresh_firestore(settings, tmp_path / "2", monkeypatch) as (database, _):
        found = everything(database)
    assert found == {
        "runs/kept": {"n": 1}, "runs/changed": {"n": 2}, "runs/changed/events/000001": {"new": True},
        "runs/later": {"n": 3},
    }  # fmt: skip


def test_a_take_over_never_replaces_what_an_event_has_told_since(tmp_path: Path) -> None:
    name = f"projects/{PROJECT}/databases/(default)/documents/runs/r1"
    journal = Journal(tmp_path / "firestore.db")
    newer = DocumentEventData.pb(DocumentEventData(value={"name": name, "fields": {"n": {"integer_value": 2}}}))
    journal.record(newer)
    older = Document(name=name, fields={"n": Value(integer_value=1)})
    assert journal.take_over([older]) == 0
    assert journal.take_over([]) == 0, "and it is not gone, either"
    with sqlite3.connect(tmp_path / "firestore.db") as database:
        [(stored,)] = database.execute("SELECT document FROM documents")
    assert Document.deserialize(stored).fields["n"].integer_value == 2


def test_a_document_survives_100_ms_after_its_write(
    settings: Settings, emulators: Layout, database: firestore.Client
) -> None:
    with GatewayThread(settings, emulators.ports["gateway"]):
        database.document("runs/warm").set({"n": 0})
        time.sleep(0.5)
        database.document("runs/last").set({"n": 1})
        time.sleep(0.1)
        # What a killed stack would find: the journal as it is now, read by somebody else.
        with sqlite3.connect(settings.journal) as journal:
            names = [name.rpartition("/")[2] for (name,) in journal.execute("SELECT name FROM documents")]
    assert sorted(names) == ["last", "warm"]


def test_the_first_sweep_is_tried_until_it_succeeds(serve: Callable) -> None:
    sweeps: list[float] = []

    async def sweep(_: Request) -> Response:
        sweeps.append(time.monotonic())
        return Response(status_code=500 if len(sweeps) < 3 else 200)

    async def never(*_: object) -> None:
        raise AssertionError("a sweep is no event")

    url = serve(Starlette(routes=[Route("/sweep/", sweep, methods=["POST"])]))

    async def run() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.wait_for(scheduler.run(Delivery(url, client, never), interval_s=0.3), timeout=3)

    with pytest.raises(TimeoutError):
        asyncio.run(run())
    assert len(sweeps) >= 5
    assert sweeps[4] - sweeps[3] == pytest.approx(0.3, abs=0.25)
