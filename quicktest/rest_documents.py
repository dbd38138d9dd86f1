"""Documents as Firestore's REST interface gives and takes them: every value carries its type, so nothing is lost."""

from __future__ import annotations

import codecs
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import google.auth
import requests
from google.api_core import exceptions
from google.api_core.retry import Retry, if_transient_error
from google.auth.transport.requests import AuthorizedSession

PAGE = 20_000  # documents of one query: the emulator reads them all for each
CHUNK = 1 << 16  # bytes
PAUSES_S = (1, 2, 4, 8, 16)  # before a broken query goes on
TIMEOUT_S = 60.0
RETRY_S = 120.0
_BETWEEN = re.compile(r"[\[,\s]*")  # what stands before an element of an array
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

    def all(self) -> Iterator[Raw]:
        """Every document of every collection, also below documents that do not exist, as of one moment: an ancestor
        query without a collection, as firebase-tools deletes with."""
        yield from self._documents({"from": [{"allDescendants": True}]})

    def ids(self, collection: str) -> Iterator[str]:
        """The ids of a collection's documents."""
        query = {"from": [{"collectionId": collection}], "select": {"fields": [{"fieldPath": "__name__"}]}}
        yield from (raw.path.rpartition("/")[2] for raw in self._documents(query))

    def any_of(self, collections: Iterable[str]) -> str | None:
        """The path of some document of these collections; None when they are empty."""
        for collection in collections:
            rows = self._rows({"structuredQuery": {"from": [{"collectionId": collection}], "limit": 1}})
            if documents := [row["document"] for row in rows if "document" in row]:
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

    def _documents(self, query: dict[str, Any]) -> Iterator[Raw]:
        """In the order of their names and read as they come. A broken stream goes on behind the last document, as of
        the same moment."""
        order = [{"field": {"fieldPath": "__name__"}, "direction": "ASCENDING"}]
        body: dict[str, Any] = {"structuredQuery": {**query, "orderBy": order, "limit": PAGE}}
        pauses = iter(PAUSES_S)
        while True:
            count = 0
            try:
                for row in self._rows(body):
                    body.setdefault("readTime", row["readTime"])
                    if "document" in row:
                        count += 1
                        last = {"values": [{"referenceValue": row["document"]["name"]}], "before": False}
                        body["structuredQuery"]["startAt"] = last
                        yield self._raw(row["document"])
            except exceptions.ServiceUnavailable:
                if (pause := next(pauses, None)) is None:
                    raise
                time.sleep(pause)
                continue
            if count < PAGE:
                return

    def _rows(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The answer to a query, row by row."""
        try:
            with self._session.post(self._url("runQuery"), json=body, timeout=TIMEOUT_S, stream=True) as response:
                if not response.ok:
                    raise exceptions.from_http_response(response)
                yield from elements(response.iter_content(CHUNK))
        except requests.RequestException as error:
            raise exceptions.ServiceUnavailable(str(error)) from error

    def _raw(self, document: dict[str, Any]) -> Raw:
        return Raw(document["name"].removeprefix(f"{self.root}/"), document.get("fields", {}))

    @Retry(predicate=if_transient_error, timeout=RETRY_S)
    def _post(self, method: str, body: dict[str, Any]) -> Any:
        """Raises what the client library would raise, so that a failure has one sentence (quicktest.failures)."""
        try:
            response = self._session.post(self._url(method), json=body, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            raise exceptions.ServiceUnavailable(str(error)) from error
        if not response.ok:
            raise exceptions.from_http_response(response)
        return response.json()

    def _url(self, method: str) -> str:
        return f"{self._base}/{self.root}:{method}"


def elements(chunks: Iterable[bytes]) -> Iterator[Any]:
    """The elements of a JSON array of objects that arrives in pieces, each as soon as it is complete; raises
    ServiceUnavailable for an array that does not end."""
    decoder, decode = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8")()
    text, place = "", 0
    for chunk in chunks:
        text, place = text[place:] + decode.decode(chunk), 0
        while True:
            begin = _BETWEEN.match(text, place).end()
            try:
                element, place = decoder.raw_decode(text, begin)
            except ValueError:  # the rest of it is still to come
                break
            yield element
    if text[_BETWEEN.match(text, place).end() :].strip() != "]":
        raise exceptions.ServiceUnavailable("The answer to a query broke off.")


def _of_the_emulator() -> requests.Session:
    session = requests.Session()
    session.headers["Authorization"] = "Bearer owner"  # the emulator's name for a server, which no rule binds
    return session
