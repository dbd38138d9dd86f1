"""The storage stand-in, seen by Google's own client and by components that write files."""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from google.api_core.exceptions import BadRequest, Forbidden, NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.storage.events import FINALIZED, Announcer
from local.storage.objects import Objects, Preconditions
from local.storage.server import create_app
from local.storage.watch import Watcher, is_temporary

Event = tuple[dict[str, str], dict]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def events(serve: Callable) -> tuple[str, queue.Queue[Event]]:
    """A gateway that keeps what it gets."""
    received: queue.Queue[Event] = queue.Queue()

    async def take(request: Request) -> Response:
        received.put((dict(request.headers), json.loads(await request.body())))
        return Response()

    return serve(Starlette(routes=[Route("/events", take, methods=["POST"])])) + "/events", received


@pytest.fixture
def endpoint(folder: Path, serve: Callable, events: tuple[str, queue.Queue[Event]]) -> Iterator[str]:
    objects, announcer = Objects(folder), Announcer(events[0])
    watcher = Watcher(objects, announcer.announce)
    yield serve(create_app(objects, announcer.announce))
    watcher.close()
    announcer.close()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> storage.Bucket:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
    return storage.Client(project="demo-x", credentials=AnonymousCredentials()).create_bucket("data")


def names(received: queue.Queue[Event], settle_s: float = 1.0) -> list[str]:
    """The objects announced until nothing came for a while."""
    found = []
    while True:
        try:
            found.append(received.get(timeout=settle_s)[1]["name"])
        except queue.Empty:
            return found


# ------------------------------------------------------------------------------------------------ objects


@pytest.mark.parametrize("name", ["a.json", "deep/er/a b.txt", "ü/ß %2F+?#&.bin", "a%b"])
@pytest.mark.parametrize("content", [b"", b"hello", b"\r\n--x\r\n\r\n\x00\xff" * 1000])
def test_an_upload_is_a_file_and_comes_back(bucket: storage.Bucket, folder: Path, name: str, content: bytes) -> None:
    blob = bucket.blob(name)
    blob.upload_from_string(content)
    assert (folder / "data" / name).read_bytes() == content
    fresh = bucket.get_blob(name)
    assert (fresh.size, fresh.generation, fresh.metageneration) == (len(content), blob.generation, 1)
    assert fresh.download_as_bytes() == content


def test_a_range_is_a_part_of_the_object(bucket: storage.Bucket) -> None:
    bucket.blob("a").upload_from_string(b"0123456789")
    assert bucket.blob("a").download_as_bytes(start=2, end=4) == b"234"
    assert bucket.blob("a").download_as_bytes(start=7) == b"789"


def test_a_resumable_upload_arrives_in_chunks(bucket: storage.Bucket, folder: Path) -> None:
    content = os.urandom(1_000_000)
    with bucket.blob("big", chunk_size=256 * 1024).open("wb") as file:
        file.write(content)
    assert (folder / "data" / "big").read_bytes() == content
    assert list((folder / ".uploads").iterdir()) == []


def test_a_file_of_a_component_is_an_object(bucket: storage.Bucket, folder: Path) -> None:
    (folder / "data" / "out").mkdir()
    (folder / "data" / "out" / "x.txt").write_text("by hand")
    blob = bucket.get_blob("out/x.txt")
    assert blob.download_as_bytes() == b"by hand"
    assert blob.content_type == "text/plain"
    with pytest.raises(PreconditionFailed):
        bucket.blob("out/x.txt").upload_from_string("mine", if_generation_match=0)


def test_what_is_missing_is_not_found(bucket: storage.Bucket) -> None:
    assert bucket.get_blob("none") is None
    with pytest.raises(NotFound):
        bucket.blob("none").download_as_bytes()
    with pytest.raises(NotFound):
        bucket.blob("none").delete()
    with pytest.raises(NotFound):
        bucket.client.get_bucket("nothing")


def test_a_deleted_object_is_gone(bucket: storage.Bucket, folder: Path) -> None:
    for name in ("a/b/c", "a/b/d", "a/e"):
        bucket.blob(name).upload_from_string("x")
    bucket.blob("a/b/c").delete()
    assert (folder / "data" / "a" / "b" / "d").is_file()
    bucket.blob("a/b/d").delete()
    assert not (folder / "data" / "a" / "b").exists(), "a bucket has no folders"
    bucket.blob("a/e").delete()
    assert list((folder / "data").iterdir()) == []
    bucket.blob("a/b/c").upload_from_string("again")


def test_a_held_object_is_deleted_and_replaced_by_nobody_until_it_is_let_go(bucket: storage.Bucket) -> None:
    held = bucket.blob("a/b")
    held.upload_from_string("x")
    held.temporary_hold = True
    held.patch()
    assert [blob.temporary_hold for blob in bucket.list_blobs()] == [True]
    with pytest.raises(Forbidden, match="active Temporary hold"):
        bucket.blob("a/b").delete()
    with pytest.raises(Forbidden, match="cannot be replaced"):
        bucket.blob("a/b").upload_from_string("y")
    assert bucket.blob("a/b").download_as_bytes() == b"x"
    held.temporary_hold = False
    held.patch()
    held.delete()
    assert not bucket.blob("a/b").exists()


def test_nothing_else_of_an_object_can_be_changed(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a")
    blob.upload_from_string("x")
    blob.metadata = {"owner": "me"}
    with pytest.raises(BadRequest, match="temporaryHold"):
        blob.patch()


def test_uploads_beside_deletions_find_their_folder(folder: Path) -> None:
    """A folder that becomes empty goes away, and never under the feet of an upload."""
    objects = Objects(folder)
    objects.create_bucket("data")

    def write_and_delete(number: int) -> None:
        for _ in range(200):
            objects.finish_upload(objects.new_upload(), "data", f"busy/folder/{number}", Preconditions())
            objects.delete("data", f"busy/folder/{number}", Preconditions())

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write_and_delete, range(4)))  # raises what a writer raised
    assert list((folder / "data").iterdir()) == []


def test_a_folder_of_many_pages_is_listed_with_sizes_and_deleted(bucket: storage.Bucket, folder: Path) -> None:
    """What the functions do when an experiment is deleted, with names that are not plain."""
    for number in range(7):
        bucket.blob(f"experiments/exp-1/a1/é {number}.txt").upload_from_string("ab")
    bucket.blob("experiments/exp-10/a1/x").upload_from_string("x")
    fields = "items(name,size),nextPageToken"
    found = list(bucket.list_blobs(prefix="experiments/exp-1/", fields=fields, page_size=3))
    assert [blob.size for blob in found] == [2] * 7
    for blob in found:
        blob.delete()
    assert [blob.name for blob in bucket.list_blobs()] == ["experiments/exp-10/a1/x"]
    assert not (folder / "data" / "experiments" / "exp-1").exists()


@pytest.mark.parametrize("name", ["../secret", "a/../../secret", "..", "/etc/passwd", "a//b", "a/", "./a", "x" * 256])
def test_a_name_that_is_no_path_in_the_bucket_is_refused(bucket: storage.Bucket, folder: Path, name: str) -> None:
    (folder / "secret").write_text("secret")
    with pytest.raises(BadRequest):
        bucket.blob(name).upload_from_string("x")
    with pytest.raises((BadRequest, NotFound)):
        bucket.blob(name).download_as_bytes()
    assert (folder / "secret").read_text() == "secret"


def test_a_link_out_of_the_bucket_is_not_followed(bucket: storage.Bucket, folder: Path) -> None:
    (folder / "data" / "out").symlink_to("/etc")
    with pytest.raises(BadRequest):
        bucket.blob("out/passwd").download_as_bytes()


def test_an_object_cannot_lie_under_another(bucket: storage.Bucket) -> None:
    bucket.blob("a").upload_from_string("x")
    with pytest.raises(BadRequest, match="an object lies where the folder"):
        bucket.blob("a/b").upload_from_string("x")


def test_custom_metadata_is_refused_rather_than_lost(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a")
    blob.metadata = {"k": "v"}
    with pytest.raises(BadRequest, match="no custom metadata"):
        blob.upload_from_string("x")


# ------------------------------------------------------------------------------------------- preconditions


def test_preconditions_hold_or_fail(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a")
    blob.upload_from_string("1", if_generation_match=0)
    first = blob.generation
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string("2", if_generation_match=0)
    blob.upload_from_string("2", if_generation_match=first)
    assert blob.generation > first
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string("3", if_generation_match=first)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string("3", if_generation_not_match=blob.generation)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string("3", if_metageneration_match=2)
    with pytest.raises(PreconditionFailed):
        blob.download_as_bytes(if_generation_match=first)
    with pytest.raises(PreconditionFailed):
        blob.delete(if_generation_match=first)
    assert blob.download_as_bytes(if_generation_match=blob.generation, if_metageneration_match=1) == b"2"
    blob.delete(if_generation_match=blob.generation)
    assert bucket.get_blob("a") is None


def test_an_old_generation_is_gone(bucket: storage.Bucket) -> None:
    bucket.blob("a").upload_from_string("1")
    first = bucket.get_blob("a").generation
    bucket.blob("a").upload_from_string("2")
    with pytest.raises(NotFound):
        bucket.blob("a", generation=first).download_as_bytes()


def test_sixteen_creators_have_one_winner(bucket: storage.Bucket) -> None:
    start = threading.Barrier(16)

    def create(number: int) -> bool:
        start.wait()
        try:
            bucket.blob("once").upload_from_string(str(number), if_generation_match=0)
        except PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(create, range(16)))
    assert won.count(True) == 1
    assert bucket.blob("once").download_as_bytes() == str(won.index(True)).encode()


def test_a_resumable_upload_checks_when_it_starts_and_when_it_ends(bucket: storage.Bucket, endpoint: str) -> None:
    url = f"{endpoint}/upload/storage/v1/b/data/o?uploadType=resumable&name=a&ifGenerationMatch=0"
    first, second = httpx.post(url), httpx.post(url)
    assert httpx.put(first.headers["location"], content=b"1").status_code == 200
    assert httpx.put(second.headers["location"], content=b"2").status_code == 412
    assert httpx.post(url).status_code == 412
    assert bucket.blob("a").download_as_bytes() == b"1"


# ------------------------------------------------------------------------------------------------- listing


def test_a_listing_has_prefixes_pages_and_order(bucket: storage.Bucket) -> None:
    for name in ["a.txt", "a/1", "a/2", "a/b/3", "b/4", "ä"]:
        bucket.blob(name).upload_from_string("x")
    assert [blob.name for blob in bucket.list_blobs()] == ["a.txt", "a/1", "a/2", "a/b/3", "b/4", "ä"]
    assert [blob.name for blob in bucket.list_blobs(prefix="a/")] == ["a/1", "a/2", "a/b/3"]
    assert [blob.name for blob in bucket.list_blobs(prefix="../")] == []
    shallow = bucket.list_blobs(prefix="a/", delimiter="/")
    assert ([blob.name for blob in shallow], shallow.prefixes) == (["a/1", "a/2"], {"a/b/"})
    for size in (1, 2, 3):
        paged = bucket.list_blobs(delimiter="/", page_size=size)
        assert [blob.name for blob in paged] == ["a.txt", "ä"]
        assert paged.prefixes == {"a/", "b/"}


# -------------------------------------------------------------------------------------------------- events


def test_an_upload_is_announced_once(bucket: storage.Bucket, events: tuple[str, queue.Queue[Event]]) -> None:
    blob = bucket.blob("progress/ü.json")
    blob.upload_from_string("{}")
    headers, body = events[1].get(timeout=5)
    assert headers["ce-type"] == FINALIZED
    assert headers["ce-source"] == "//storage.googleapis.com/projects/_/buckets/data"
    assert headers["ce-subject"] == "objects/progress/%C3%BC.json"
    assert (body["bucket"], body["name"], body["generation"]) == ("data", "progress/ü.json", str(blob.generation))
    assert names(events[1]) == []


def test_files_of_components_are_announced_when_they_are_finished(
    bucket: storage.Bucket, folder: Path, events: tuple[str, queue.Queue[Event]]
) -> None:
    run = folder / "data" / "run" / "progress"
    run.mkdir(parents=True)
    (run / "epoch-0000.json").write_text("{}")  # before the new folder can be watched
    time.sleep(0.5)
    (run / "epoch-0001.json.tmp").write_text("{}")
    (run / "epoch-0001.json.tmp").rename(run / "epoch-0001.json")
    with (run / "epoch-0002.json").open("w") as file:
        file.write("{")
        file.flush()
        assert sorted(names(events[1])) == ["run/progress/epoch-0000.json", "run/progress/epoch-0001.json"]
        file.write("}")
    (run / ".hidden").write_text("x")
    assert names(events[1]) == ["run/progress/epoch-0002.json"]


def test_a_folder_renamed_into_place_announces_its_files(
    bucket: storage.Bucket, folder: Path, events: tuple[str, queue.Queue[Event]]
) -> None:
    (folder / "data" / "x_temp").mkdir()
    (folder / "data" / "x_temp" / "model.txt").write_text("x")
    assert names(events[1]) == []
    (folder / "data" / "x_temp").rename(folder / "data" / "x")
    assert names(events[1]) == ["x/model.txt"]


def test_an_event_waits_for_the_gateway(serve: Callable, folder: Path) -> None:
    taken: queue.Queue[int] = queue.Queue()

    async def take(_: Request) -> Response:
        taken.put(1)
        return Response(status_code=503 if taken.qsize() == 1 else 200)

    gateway = serve(Starlette(routes=[Route("/events", take, methods=["POST"])]))
    objects, announcer = Objects(folder), Announcer(gateway + "/events")
    objects.create_bucket("data")
    upload = objects.new_upload()
    announcer.announce(objects.finish_upload(upload, "data", "a", Preconditions()))
    deadline = time.monotonic() + 5
    while taken.qsize() < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    announcer.close()
    assert taken.qsize() == 2


@pytest.mark.parametrize(
    "name", [".x", "a/.b/c", "a.tmp", "ckpt_temp/part-0", "x.tempstate123", "a/beam-temp-1/x", "x~"]
)
def test_temporary_names(name: str) -> None:
    assert is_temporary(name)
    assert not is_temporary("run/progress/epoch-0000.json")
    assert not is_temporary("run/temperature/template.txt")
