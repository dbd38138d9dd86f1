"""Documents as Firestore's REST interface gives and takes them: every value carries its type, so nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import google.auth
import requests
from google.api_core import exceptions
from google.api_core.retry import Retry, if_transient_error
from google.auth.transport.requests import AuthorizedSession

PAGE = 200  # documents; one is at most 100 KB by design, and 1 MiB in any case
TIMEOUT_S = 60.0
RETRY_S = 120.0
_SCOPE = "https://www.googleapis.com/auth/datastore"

Fields = dict[str, Any]  # {"epochs": {"integerValue": "3"}}
Write = dict[str, Any]


@dataclass(frozen=True)
class Raw:
    """A document: its path below the database (`runs/exp-…/details/history`) and its typed fields."""

    path: str
    fields: Fields


def root_of(project: str) -> str:
    """How the full names of a project's documents begin."""
    return f"projects/{project}/databases/(default)/documents"


class RestDocuments:
    """The database of a project, or of the emulator (FIRESTORE_EMULATOR_HOST), with a server's rights."""

    def __init__(self, project: str) -> None:
        self.root = root_of(project)
        emulator = os.environ.get("FIRESTORE_EMULATOR_HOST")
        self._base = f"http://{emulator}/v1" if emulator else "https://firestore.googleapis.com/v1"
        self._session = _of_the_emulator() if emulator else AuthorizedSession(google.auth.default([_SCOPE])[0])

    def all(self) -> Iterator[list[Raw]]:
        """Every document of every collection, also below documents that do not exist, page by page, as of one moment:
        an ancestor query without a collection, as firebase-tools deletes with."""
        yield from self._pages({"from": [{"allDescendants": True}]})

    def ids(self, collection: str) -> Iterator[str]:
        """The ids of a collection's documents."""
        query = {"from": [{"collectionId": collection}], "select": {"fields": [{"fieldPath": "__name__"}]}}
        for page in self._pages(query):
            yield from (raw.path.rpartition("/")[2] for raw in page)

    def any_of(self, collections: Iterable[str]) -> str | None:
        """The path of some document of these collections; None when they are empty."""
        for collection in collections:
            found = self._query({"from": [{"collectionId": collection}], "limit": 1}, None)
            if documents := [row["document"] for row in found if "document" in row]:
                return self._raw(documents[0]).path
        return None

    def existing(self, paths: Sequence[str]) -> set[str]:
        """Those of the paths that have a document."""
        body = {"documents": [f"{self.root}/{path}" for path in paths], "mask": {"fieldPaths": ["__name__"]}}
        rows = self._post("batchGet", body) if paths else []
        return {self._raw(row["found"]).path for row in rows if "found" in row}

    def update(self, raw: Raw, new: bool = False) -> Write:
        """A write of the whole document; `new`: that fails when there is one already."""
        write = {"update": {"name": f"{self.root}/{raw.path}", "fields": raw.fields}}
        return {**write, "currentDocument": {"exists": False}} if new else write

    def transform(self, path: str, transforms: Sequence[dict[str, Any]]) -> Write:
        return {"transform": {"document": f"{self.root}/{path}", "fieldTransforms": list(transforms)}}

    def commit(self, writes: Sequence[Write]) -> None:
        """All of the writes, or none."""
        self._post("commit", {"writes": list(writes)})

    def _pages(self, query: dict[str, Any]) -> Iterator[list[Raw]]:
        query = {**query, "orderBy": [{"field": {"fieldPath": "__name__"}, "direction": "ASCENDING"}], "limit": PAGE}
        read_time = None
        while True:
            rows = self._query(query, read_time)
            documents = [row["document"] for row in rows if "document" in row]
            yield [self._raw(document) for document in documents]
            if len(documents) < PAGE:
                return
            read_time = read_time or rows[-1]["readTime"]
            query = {**query, "startAt": {"values": [{"referenceValue": documents[-1]["name"]}], "before": False}}

    def _query(self, query: dict[str, Any], read_time: str | None) -> list[dict[str, Any]]:
        return self._post("runQuery", {"structuredQuery": query, **({"readTime": read_time} if read_time else {})})

    def _raw(self, document: dict[str, Any]) -> Raw:
        return Raw(document["name"].removeprefix(f"{self.root}/"), document.get("fields", {}))

    @Retry(predicate=if_transient_error, timeout=RETRY_S)
    def _post(self, method: str, body: dict[str, Any]) -> Any:
        """Raises what the client library would raise, so that a failure has one sentence (quicktest.failures)."""
        try:
            response = self._session.post(f"{self._base}/{self.root}:{method}", json=body, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            raise exceptions.ServiceUnavailable(str(error)) from error
        if not response.ok:
            raise exceptions.from_http_response(response)
        return response.json()


def _of_the_emulator() -> requests.Session:
    session = requests.Session()
    session.headers["Authorization"] = "Bearer owner"  # the emulator's name for a server, which no rule binds
    return session
