"""Cloud Storage's JSON API, as far as the unmodified google-cloud-storage clients need it for whole objects.

Content types are guessed from names, since a file has none. Custom metadata, copies and versions do not exist here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from local.storage.errors import StorageError, error_response, not_found
from local.storage.listing import page
from local.storage.objects import Objects, Preconditions, StoredObject
from local.storage.resources import content_type, preconditions, resource
from local.storage.uploads import Uploads

_BUCKET = "/storage/v1/b/{bucket}"
MAX_PAGE = 1_000


def create_app(objects: Objects, announce: Callable[[StoredObject], None]) -> Starlette:
    """The API over `objects`; `announce` hears of every object that an upload finalised."""
    service, uploads = Service(objects), Uploads(objects, announce)
    routes = [
        Route("/health", lambda request: JSONResponse({}), methods=["GET"]),
        Route("/storage/v1/b", service.list_buckets, methods=["GET"]),
        Route("/storage/v1/b", service.create_bucket, methods=["POST"]),
        Route(_BUCKET, service.get_bucket, methods=["GET"]),
        Route(_BUCKET + "/o", service.list_objects, methods=["GET"]),
        Route(_BUCKET + "/o/{name:path}", service.get_object, methods=["GET"]),
        Route(_BUCKET + "/o/{name:path}", service.delete_object, methods=["DELETE"]),
        Route(_BUCKET + "/o/{name:path}", service.hold_object, methods=["PATCH"]),
        Route("/download" + _BUCKET + "/o/{name:path}", service.download, methods=["GET"]),
        Route("/upload" + _BUCKET + "/o", uploads.insert, methods=["POST"]),
        Route("/upload" + _BUCKET + "/o", uploads.resume, methods=["PUT"]),
    ]
    return Starlette(routes=routes, exception_handlers={StorageError: error_response})


class Service:
    """Everything but uploads."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def list_buckets(self, request: Request) -> JSONResponse:
        return JSONResponse({"kind": "storage#buckets", "items": [_bucket(name) for name in self._objects.buckets()]})

    async def create_bucket(self, request: Request) -> JSONResponse:
        bucket = (await request.json())["name"]
        self._objects.create_bucket(bucket)
        return JSONResponse(_bucket(bucket))

    def get_bucket(self, request: Request) -> JSONResponse:
        bucket = request.path_params["bucket"]
        self._objects.bucket_folder(bucket)
        return JSONResponse(_bucket(bucket))

    def list_objects(self, request: Request) -> JSONResponse:
        bucket, query = request.path_params["bucket"], request.query_params
        prefix, limit = query.get("prefix", ""), min(int(query.get("maxResults", MAX_PAGE)), MAX_PAGE)
        names = self._objects.names(bucket, prefix)
        found = page(names, prefix, query.get("delimiter"), query.get("pageToken"), limit)
        body: dict[str, Any] = {"kind": "storage#objects", "prefixes": found.prefixes, "items": []}
        for name in found.names:
            try:
                body["items"].append(resource(self._objects.get(bucket, name)))
            except StorageError:
                continue  # deleted since it was listed
        return JSONResponse(body if found.next_token is None else {**body, "nextPageToken": found.next_token})

    def get_object(self, request: Request) -> Response:
        if request.query_params.get("alt") == "media":
            return self.download(request)
        return JSONResponse(resource(self._checked(request)))

    def download(self, request: Request) -> Response:
        live = self._checked(request)
        headers = {
            "content-type": content_type(live.name),
            "x-goog-generation": str(live.generation),
            "x-goog-metageneration": "1",
        }
        return FileResponse(live.path, headers=headers, stat_result=live.path.stat())

    def delete_object(self, request: Request) -> Response:
        self._checked(request)
        names, query = request.path_params, request.query_params
        demanded = preconditions(query)
        if "generation" in query:
            demanded = Preconditions(int(query["generation"]), demanded.not_generation, demanded.metageneration)
        self._objects.delete(names["bucket"], names["name"], demanded)
        return Response(status_code=204)

    async def hold_object(self, request: Request) -> Response:
        """The one field of an object that can be changed here."""
        wanted = await request.json()
        if wanted.keys() != {"temporaryHold"}:
            raise StorageError(400, "invalid", f"The local bucket can change temporaryHold, not {sorted(wanted)}.")
        self._checked(request)
        names = request.path_params
        return JSONResponse(resource(self._objects.hold(names["bucket"], names["name"], bool(wanted["temporaryHold"]))))

    def _checked(self, request: Request) -> StoredObject:
        """The live object, when it is the generation asked for and meets the preconditions."""
        names, query = request.path_params, request.query_params
        live = self._objects.get(names["bucket"], names["name"])
        if query.get("generation", str(live.generation)) != str(live.generation):
            raise not_found(live.bucket, f"{live.name}#{query['generation']}")
        preconditions(query).check(live)
        return live


def _bucket(name: str) -> dict[str, Any]:
    return {"kind": "storage#bucket", "id": name, "name": name, "location": "LOCAL", "metageneration": "1"}
