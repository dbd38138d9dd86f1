"""The three ways to upload an object: media, multipart and resumable."""

from __future__ import annotations

import base64
import email.message
import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google_crc32c
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.storage.errors import StorageError
from local.storage.objects import Objects, Preconditions, StoredObject
from local.storage.resources import preconditions, resource

_RANGE = re.compile(r"^bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)$")


@dataclass
class _Session:
    """A resumable upload; conditions are checked when it starts and again when it ends."""

    bucket: str
    name: str
    conditions: Preconditions
    upload: Path


class Uploads:
    """The upload endpoints; `announce` hears of every object that one of them finalised."""

    def __init__(self, objects: Objects, announce: Callable[[StoredObject], None]) -> None:
        self._objects, self._announce = objects, announce
        self._sessions: dict[str, _Session] = {}

    async def insert(self, request: Request) -> Response:
        kind = request.query_params.get("uploadType")
        if kind == "resumable":
            return await self._start(request)
        if kind == "multipart":
            metadata, media = _multipart(request.headers.get("content-type", ""), await request.body())
            upload = self._objects.new_upload()
            upload.write_bytes(media)
        elif kind == "media":
            metadata, upload = {}, self._objects.new_upload()
            await _receive(request, upload)
        else:
            raise StorageError(400, "invalid", f"Unknown uploadType '{kind}'.")
        name = _name(request, metadata)
        return await self._finish(upload, request.path_params["bucket"], name, preconditions(request.query_params))

    async def _start(self, request: Request) -> Response:
        body = await request.body()
        bucket, name = request.path_params["bucket"], _name(request, json.loads(body) if body else {})
        conditions = preconditions(request.query_params)
        self._objects.check(bucket, name, conditions)
        session_id = uuid.uuid4().hex
        self._sessions[session_id] = _Session(bucket, name, conditions, self._objects.new_upload())
        location = request.url.replace(query=f"uploadType=resumable&upload_id={session_id}")
        return Response(headers={"Location": str(location), "X-GUploader-UploadID": session_id})

    async def resume(self, request: Request) -> Response:
        """One chunk, or the question how much has arrived."""
        session_id = request.query_params.get("upload_id", "")
        session = self._sessions.get(session_id)
        if session is None:
            raise StorageError(404, "notFound", "There is no such upload. Start it again.")
        start, total = _content_range(request)
        have = session.upload.stat().st_size
        if start is not None:
            if start != have:
                raise StorageError(503, "backendError", f"Expected the bytes from {have}, got those from {start}.")
            await _receive(request, session.upload)
            have = session.upload.stat().st_size
        if total is None or have < total:
            return Response(status_code=308, headers={"Range": f"bytes=0-{have - 1}"} if have else {})
        del self._sessions[session_id]
        return await self._finish(session.upload, session.bucket, session.name, session.conditions)

    async def _finish(self, upload: Path, bucket: str, name: str, conditions: Preconditions) -> JSONResponse:
        checksums = await run_in_threadpool(_checksums, upload)
        stored = await run_in_threadpool(self._objects.finish_upload, upload, bucket, name, conditions)
        self._announce(stored)
        return JSONResponse({**resource(stored), **checksums})


async def _receive(request: Request, upload: Path) -> None:
    with upload.open("ab") as file:
        async for chunk in request.stream():
            file.write(chunk)


def _name(request: Request, metadata: dict[str, Any]) -> str:
    name = request.query_params.get("name") or metadata.get("name")
    if not name:
        raise StorageError(400, "required", "Required parameter: name")
    if metadata.get("metadata"):
        raise StorageError(400, "invalid", "The local bucket keeps plain files, which have no custom metadata.")
    return name


def _content_range(request: Request) -> tuple[int | None, int | None]:
    """Where the chunk starts (None: no bytes) and how long the object is (None: not known yet)."""
    header = request.headers.get("content-range")
    if header is None:
        return 0, int(request.headers.get("content-length", 0))
    match = _RANGE.match(header)
    if match is None:
        raise StorageError(400, "invalid", f"Unreadable Content-Range '{header}'.")
    start, _, total = match.groups()
    return (None if start is None else int(start)), (None if total == "*" else int(total))


def _multipart(header: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """The metadata and the bytes of a `multipart/related` body: two parts, never encoded."""
    message = email.message.Message()
    message["Content-Type"] = header
    delimiter = b"\r\n--" + (message.get_boundary() or "").encode()
    try:
        _, metadata, rest = (b"\r\n" + body).split(delimiter, 2)
        media = rest[: rest.rindex(delimiter)]  # the boundary that ends the body, should the media hold it too
        return json.loads(_content(metadata)), _content(media)
    except ValueError as error:
        raise StorageError(400, "invalid", "A multipart upload has two parts: JSON metadata and media.") from error


def _content(part: bytes) -> bytes:
    return part.partition(b"\r\n\r\n")[2]


def _checksums(path: Path) -> dict[str, str]:
    md5, crc32c = hashlib.md5(usedforsecurity=False), google_crc32c.Checksum()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            md5.update(block)
            crc32c.update(block)
    return {"md5Hash": _base64(md5.digest()), "crc32c": _base64(crc32c.digest())}


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
