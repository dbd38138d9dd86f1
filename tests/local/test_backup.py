"""`quicktest export` and `restore` on the Firestore emulator (contract of backups; design section 4)."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from functions.adapters.firestore_store import FirestoreStore
from functions.reconcile import look_after
from functions.sweep import sweep
from local.gateway.documents import register
from local.gateway.wiring import DOCUMENT_TRIGGERS
from local.parts import PROJECT, Layout, firestore
from local.supervisor import Part
from quicktest import backup, rest_documents
from quicktest.errors import QuicktestError
from quicktest.rest_documents import Raw, RestDocuments
from shared.runs import State
from tests.fakes.world import EXPERIMENT, World
from tests.local.emulators import clear, running

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ROOT = f"projects/{PROJECT}/databases/(default)/documents"
EVERY_TYPE = {
    "text": {"stringValue": 'a "quoted" \\ line\n\u0000 é 😀'},
    "int": {"integerValue": str(2**63 - 1)},
    "negative": {"integerValue": str(-(2**63))},
    "whole": {"doubleValue": 1.0},
    "double": {"doubleValue": 0.1 + 0.2},
    "largest": {"doubleValue": 1.7976931348623157e308},
    "nan": {"doubleValue": "NaN"},
    "inf": {"doubleValue": "-Infinity"},
    "time": {"timestampValue": "2026-01-31T12:00:00.123456Z"},
    "bytes": {"bytesValue": "AAH/"},
    "place": {"geoPointValue": {"latitude": 52.5, "longitude": -13.4}},
    "reference": {"referenceValue": f"{ROOT}/datasets/shop"},
    "like a reference": {"stringValue": f'"referenceValue":"{ROOT}/datasets/shop'},
    "yes": {"booleanValue": True},
    "nothing": {"nullValue": None},
    "empty map": {"mapValue": {}},
    "empty list": {"arrayValue": {}},
    "nested": {
        "mapValue": {
            "fields": {
                "list": {"arrayValue": {"values": [{"nullValue": None}, {"mapValue": {"fields": {
                    "deep": {"timestampValue": "1969-12-31T23:59:59.999999Z"}}}}]}},
                "a.b `c`": {"integerValue": "0"},
            }
        }
    },
}  # fmt: skip
A, B = f"exp-{'0' * 25}a", f"exp-{'0' * 25}b"


def said(state: str, **others: str) -> dict[str, Any]:
    return {"state": {"stringValue": state}, **{name: {"stringValue": text} for name, text in others.items()}}


DOCUMENTS = {
    "model_endpoints/default": said("", name="Shop"),
    "datasets/shop": EVERY_TYPE,
    "counters/default": {"next": {"integerValue": "3"}},
    f"experiments/{A}": said("", name="first"),
    f"runs/{A}": said("completed"),
    f"runs/{A}/details/history": EVERY_TYPE,
    f"runs/{A}/events/000001": said("requested"),
    f"commands/{A}--cancel": said("", kind="cancel"),
    f"experiments/{B}": said("", name="second"),
    f"runs/{B}": said("running"),
    "reports/datasets__gone/parts/rows": said("", of="a document that does not exist"),
    "some/where/much/deeper": {},
}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    with running(tmp_path_factory.mktemp("firestore"), firestore) as started:
        yield started


@pytest.fixture
def database(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> RestDocuments:
    clear(layout.address("firestore"))
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", layout.address("firestore"))
    return RestDocuments(PROJECT)


def fill(database: RestDocuments, documents: dict[str, Any]) -> None:
    paths = list(documents)
    for start in range(0, len(paths), backup.COMMIT_WRITES):
        part = paths[start : start + backup.COMMIT_WRITES]
        database.commit([database.update(Raw(path, documents[path])) for path in part])


def content(database: RestDocuments) -> dict[str, Any]:
    """Every document but the mark that a restore leaves."""
    found = {raw.path: raw.fields for raw in database.all()}
    found.pop(backup.GENERATION, None)
    return found


def export(database: RestDocuments, path: Path) -> backup.Exported:
    return backup.export(database, PROJECT, path, NOW, lambda count: None)


def restore(database: RestDocuments, path: Path, merge: bool = False) -> backup.Restored:
    return backup.restore(database, path, merge, lambda count: None)


@pytest.fixture
def file(database: RestDocuments, tmp_path: Path) -> Path:
    fill(database, DOCUMENTS)
    path = tmp_path / "backup.jsonl.gz"
    export(database, path)
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.open(path, "rt", encoding="utf-8")]


def test_a_restored_database_equals_the_original_document_by_document(
    database: RestDocuments, layout: Layout, file: Path
) -> None:
    before = content(database)
    assert before.keys() == DOCUMENTS.keys()
    clear(layout.address("firestore"))
    assert restore(database, file) == backup.Restored(documents=12, experiments=2, left_out=0, live=1)
    assert content(database) == before


def test_the_first_and_the_last_line_say_what_is_between_them(file: Path) -> None:
    header, *documents, footer = lines_of(file)
    assert header == {
        "format": "quicktest-backup", "version": 1, "project": PROJECT, "exported_at": "2026-01-31T12:00:00+00:00",
        "documents": len(DOCUMENTS),
    }  # fmt: skip
    assert footer["documents"] == len(documents) == len(DOCUMENTS)
    assert list(file.parent.iterdir()) == [file]  # nothing unfinished is left


def test_many_documents_are_read_page_by_page_as_of_one_moment(
    database: RestDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_documents, "PAGE", 3)
    fill(database, {f"datasets/d{number}": {} for number in range(7)})
    documents = database.all()
    found = [next(documents).path]
    database.commit([{"delete": f"{database.root}/datasets/d6"}])
    fill(database, {"datasets/later": {}})
    assert found + [raw.path for raw in documents] == [f"datasets/d{number}" for number in range(7)]


def test_a_broken_answer_goes_on_behind_the_last_document(
    database: RestDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, {f"datasets/d{number}": {} for number in range(5)})
    whole, breaks = rest_documents.elements, [2, 1]
    monkeypatch.setattr(rest_documents, "PAUSES_S", (0, 0))

    def broken(chunks: Any) -> Iterator[Any]:
        rows = whole(chunks)
        if breaks:
            yield from islice(rows, breaks.pop())
            raise ServiceUnavailable("broken")
        yield from rows

    monkeypatch.setattr(rest_documents, "elements", broken)
    assert [raw.path for raw in database.all()] == [f"datasets/d{number}" for number in range(5)]
    breaks[:] = [0, 0, 0]
    with pytest.raises(ServiceUnavailable):
        list(database.all())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_an_array_that_arrives_in_pieces_is_read_element_by_element(size: int) -> None:
    rows = [{"a": 'é "]," 😀'}, {}, {"b": [1, {"c": -0.5}]}]
    raw = json.dumps(rows, indent=1, ensure_ascii=False).encode()
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
    assert list(rest_documents.elements(pieces)) == rows
    assert list(rest_documents.elements([b"[", b"]"])) == []
    with pytest.raises(ServiceUnavailable, match="broke off"):
        list(rest_documents.elements([raw[:-2]]))


def test_a_backup_of_another_project_refers_to_this_one(
    database: RestDocuments, layout: Layout, file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.jsonl.gz"
    text = gzip.decompress(file.read_bytes()).decode().splitlines(keepends=True)
    header = text[0].replace(PROJECT, "elsewhere")
    documents = [line.replace(f'"referenceValue":"projects/{PROJECT}/', '"referenceValue":"projects/elsewhere/')
                 for line in text[1:-1]]  # fmt: skip
    seal = hashlib.sha256(header.encode() + hashlib.sha256("".join(documents).encode()).digest()).hexdigest()
    footer = json.dumps({"documents": len(documents), "sha256": seal})
    other.write_bytes(gzip.compress("".join([header, *documents, footer, "\n"]).encode()))
    before = content(database)
    clear(layout.address("firestore"))
    restore(database, other)
    assert content(database) == before


def test_a_database_that_is_not_empty_is_left_alone(database: RestDocuments, file: Path) -> None:
    before = content(database)
    with pytest.raises(QuicktestError, match="The database is not empty: it has commands/"):
        restore(database, file)
    assert content(database) == before


def cut(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def without_the_end(raw: bytes) -> bytes:
    return gzip.compress(b"".join(gzip.decompress(raw).splitlines(keepends=True)[:-1]))


def without_a_document(raw: bytes) -> bytes:
    lines = gzip.decompress(raw).splitlines(keepends=True)
    return gzip.compress(b"".join([*lines[:3], *lines[4:]]))


def changed(raw: bytes) -> bytes:
    return gzip.compress(gzip.decompress(raw).replace(b'"first"', b'"other"'))


def of_a_later_version(raw: bytes) -> bytes:
    return gzip.compress(gzip.decompress(raw).replace(b'"version":1', b'"version":2'))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (cut, "is cut off"),
        (without_the_end, "is cut off"),
        (without_a_document, "was changed after it was written"),
        (changed, "was changed after it was written"),
        (of_a_later_version, "is a backup of version 2"),
        (lambda raw: raw[:-40] + bytes(32) + raw[-8:], "cut off|damaged|changed"),
        (lambda raw: b"", "is no backup"),
        (lambda raw: b"hello", "is no backup"),
        (lambda raw: gzip.compress(b'{"some": "json"}\n'), "is no backup of quicktest"),
    ],
    ids=["cut", "end", "document", "changed", "version", "bits", "empty", "text", "json"],
)
def test_a_file_that_is_not_whole_is_refused_before_anything_is_written(
    database: RestDocuments, layout: Layout, file: Path, spoil: Callable[[bytes], bytes], sentence: str
) -> None:
    clear(layout.address("firestore"))
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(QuicktestError, match=sentence):
        restore(database, file)
    assert content(database) == {}


def test_a_merge_adds_what_is_missing_and_changes_nothing(database: RestDocuments, layout: Layout, file: Path) -> None:
    clear(layout.address("firestore"))
    newer = {
        f"experiments/{A}": said("", name="newer"),
        f"runs/{A}": said("failed"),
        "datasets/shop": {},
        "counters/default": {"next": {"integerValue": "9"}},
    }
    fill(database, newer)
    done = restore(database, file, merge=True)
    found = content(database)
    assert {path: found[path] for path in newer} == newer
    assert f"runs/{A}/details/history" not in found and f"commands/{A}--cancel" not in found
    assert found[f"runs/{B}"] == DOCUMENTS[f"runs/{B}"] and found["some/where/much/deeper"] == {}
    assert done.left_out == 6 and done.documents == 6


def test_a_merge_raises_counters_so_that_no_number_is_given_twice(
    database: RestDocuments, layout: Layout, file: Path
) -> None:
    clear(layout.address("firestore"))
    fill(database, {"counters/default": {"next": {"integerValue": "1"}}})
    restore(database, file, merge=True)
    assert content(database)["counters/default"] == {"next": {"integerValue": "3"}}


def test_a_merge_does_not_bring_back_what_was_deleted(database: RestDocuments, layout: Layout, file: Path) -> None:
    clear(layout.address("firestore"))
    fill(database, {f"tombstones/{A}": {}})
    restore(database, file, merge=True)
    assert not [path for path in content(database) if A in path and not path.startswith("tombstones/")]


def test_outputs_from_before_a_restore_are_not_reused(database: RestDocuments, layout: Layout, file: Path) -> None:
    clear(layout.address("firestore"))
    fill(database, {backup.GENERATION: {"generation": {"integerValue": "4"}}})
    restore(database, file)
    marks = [raw.fields for raw in database.all() if raw.path == backup.GENERATION]
    assert marks == [{"generation": {"integerValue": "5"}}]


def test_request_run_and_commands_of_an_experiment_come_in_one_commit_after_all_they_need(
    database: RestDocuments, layout: Layout, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "COMMIT_WRITES", 1)
    commits: list[set[str]] = []
    commit = database.commit

    def noted(writes: list[dict[str, Any]]) -> None:
        commits.append({write["update"]["name"].removeprefix(f"{ROOT}/") for write in writes if "update" in write})
        commit(writes)

    monkeypatch.setattr(database, "commit", noted)
    clear(layout.address("firestore"))
    restore(database, file)
    assert {f"experiments/{A}", f"runs/{A}", f"commands/{A}--cancel"} in commits
    assert {f"experiments/{B}", f"runs/{B}"} in commits
    places = {path: place for place, paths in enumerate(commits) for path in paths}
    assert places["counters/default"] < places["datasets/shop"] < places[f"runs/{A}"]
    assert places[f"runs/{A}/details/history"] < places[f"runs/{A}"]


def test_an_event_of_a_restored_experiment_finds_its_run(
    serve: Callable[[Starlette], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Triggers fire as for new documents; a handler that asks must see the run that is there, or it starts another."""
    seen: dict[str, bool] = {}
    restored: list[RestDocuments] = []

    async def handle(request: Request) -> Response:
        path = request.headers["ce-subject"].removeprefix("documents/")
        run = f"runs/{path.partition('/')[2].partition('--')[0]}"
        seen[path] = run in await run_in_threadpool(restored[0].existing, [run])
        return Response()

    url = serve(Starlette(routes=[Route("/{path:path}", handle, methods=["POST"])]))

    def with_events(layout: Layout) -> Part:
        part = firestore(layout)
        listener = f"--functions_emulator={url.removeprefix('http://')}"
        return replace(part, command=[listener if "--functions_e" in str(each) else each for each in part.command])

    with running(tmp_path, with_events) as layout:
        emulator = layout.address("firestore")
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
        database = RestDocuments(PROJECT)
        fill(database, DOCUMENTS)
        export(database, tmp_path / "backup.jsonl.gz")
        clear(emulator)
        restored.append(database)
        asyncio.run(registered(emulator))
        restore(database, tmp_path / "backup.jsonl.gz")
        wanted = {f"experiments/{A}", f"experiments/{B}", f"commands/{A}--cancel"}
        deadline = time.monotonic() + 20
        while seen.keys() != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
    assert seen == dict.fromkeys(wanted, True)


def test_nothing_of_a_restored_stack_starts_twice(
    layout: Layout, database: RestDocuments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has ended, one runs, one waits: their events and sweeps after a restore build and submit nothing again."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    world = World(max_running=1)
    running_, waiting = world.request(1), world.request(2)
    client = Client(project=PROJECT, credentials=AnonymousCredentials())
    for path, document in world.store.documents.items():
        client.document(path).set(document)
    world.store = FirestoreStore(client)  # type: ignore[assignment]
    world.services = replace(world.services, store=world.store)
    assert world.bring_to("completed").state is State.COMPLETED
    assert [world.reconcile(each).state for each in (running_, waiting)] == [State.RUNNING, State.REQUESTED]
    known = (EXPERIMENT, running_, waiting)
    world.wait(60)
    sweep(world.services)  # what is left to the sweep, logs among it, is done before anything is compared
    before = {each: world.run_of(each) for each in known}
    paid = (len(world.builds.builds), len(world.pipelines.jobs))
    export(database, tmp_path / "backup.jsonl.gz")
    clear(layout.address("firestore"))
    assert restore(database, tmp_path / "backup.jsonl.gz").live == 2
    for each in known:
        look_after(each, world.services)
    for _ in range(2):
        world.wait(60)
        sweep(world.services)
    after = {each: world.run_of(each) for each in known}
    assert (len(world.builds.builds), len(world.pipelines.jobs)) == paid
    assert after[EXPERIMENT] == before[EXPERIMENT]
    assert {each: (run.state, run.number, run.attempt) for each, run in after.items()} == {
        each: (run.state, run.number, run.attempt) for each, run in before.items()
    }
    assert world.store.queue(world.now()).holders == {running_: "wholesale"}


async def registered(emulator: str) -> None:
    async with httpx.AsyncClient() as client:
        for trigger in DOCUMENT_TRIGGERS:
            if trigger.pattern.startswith(("experiments/", "commands/")):
                await register(client, emulator, PROJECT, trigger)


def _lists(database: RestDocuments) -> dict[str, Any]:
    return {path: fields for path, fields in content(database).items() if path.split("/")[0] in ("indexes", "commands")}


def _with_an_index(database: RestDocuments, path: Path, entries: dict[str, str]) -> dict[str, Any]:
    """A file of a run that has ended, with or without its index."""
    texts = {"mapValue": {"fields": {name: {"stringValue": text} for name, text in entries.items()}}}
    index = {"indexes/shoes__0": {"entries": texts}} if entries else {}
    fill(database, {f"runs/{A}": said("completed", model_endpoint="shoes"), f"experiments/{A}": said(""), **index})
    export(database, path)
    return index


def test_a_restored_stack_shows_the_same_lists(database: RestDocuments, layout: Layout, tmp_path: Path) -> None:
    clear(layout.address("firestore"))
    index = _with_an_index(database, tmp_path / "whole", {A: "{}"})
    clear(layout.address("firestore"))
    restore(database, tmp_path / "whole")
    assert _lists(database) == index


def test_lists_that_a_restore_cannot_bring_are_asked_for(
    database: RestDocuments, layout: Layout, tmp_path: Path
) -> None:
    clear(layout.address("firestore"))
    _with_an_index(database, tmp_path / "old", {})
    clear(layout.address("firestore"))
    restore(database, tmp_path / "old")
    [(path, command)] = _lists(database).items()
    assert path == "commands/shoes--rebuild"
    assert {name: value.get("stringValue") for name, value in command.items() if "stringValue" in value} == {
        "model_endpoint": "shoes", "kind": "rebuild", "owner": "restore",
    }  # fmt: skip


def test_a_merge_asks_for_lists_that_know_what_was_added(
    database: RestDocuments, layout: Layout, tmp_path: Path
) -> None:
    clear(layout.address("firestore"))
    _with_an_index(database, tmp_path / "whole", {A: "{}"})
    clear(layout.address("firestore"))
    known = {"indexes/shoes__0": {"entries": {"mapValue": {"fields": {B: {"stringValue": "{}"}}}}}}
    fill(database, known)
    restore(database, tmp_path / "whole", merge=True)
    found = _lists(database)
    assert found.keys() == {"indexes/shoes__0", "commands/shoes--rebuild"}
    assert found["indexes/shoes__0"] == known["indexes/shoes__0"]
