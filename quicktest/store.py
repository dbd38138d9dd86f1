"""Firestore, as little of it as the user's side needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from google.api_core.exceptions import AlreadyExists
from google.api_core.retry import Retry, if_transient_error
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

TIMEOUT_S = 15.0
PAGE = 50  # documents of one answer to a list
_RETRY = Retry(predicate=if_transient_error, timeout=TIMEOUT_S)

Document = dict[str, Any]
OnChange = Callable[[Document | None], None]


class Store(Protocol):
    """What the client asks of a database; paths are `collection/id` or deeper."""

    def get(self, path: str) -> Document | None: ...
    def create(self, path: str, body: Document) -> bool:
        """Write a new document; False when there is one already."""
        ...

    def write_all(self, created: Mapping[str, Document], updated: Mapping[str, Document]) -> bool:
        """Write documents by path, all of them or none; False when one of `created` is there already."""
        ...

    def ids(self, collection: str) -> list[str]: ...
    def newest(self, collection: str) -> Iterator[Document]:
        """All documents, newest first."""
        ...

    def where(self, collection: str, field: str, value: Any) -> list[Document]: ...
    def with_ids(self, collection: str, field: str, value: Any) -> dict[str, Document]:
        """As `where`, by id."""
        ...

    def between(self, collection: str, field: str, first: Any, last: Any) -> list[Document]:
        """Documents whose field is from `first` to `last`."""
        ...

    def listen(self, path: str, on_change: OnChange) -> Callable[[], None]:
        """Call back with every version of a document, from another thread; returns the unsubscribe function."""
        ...


class FirestoreStore:
    """`Store` on Firestore, or on its emulator (FIRESTORE_EMULATOR_HOST)."""

    def __init__(self, project: str) -> None:
        self._client = firestore.Client(project=project)

    def get(self, path: str) -> Document | None:
        return self._client.document(path).get(retry=_RETRY, timeout=TIMEOUT_S).to_dict()

    def create(self, path: str, body: Document) -> bool:
        try:
            self._client.document(path).create(body, retry=_RETRY, timeout=TIMEOUT_S)
        except AlreadyExists:
            return False
        return True

    def write_all(self, created: Mapping[str, Document], updated: Mapping[str, Document]) -> bool:
        batch = self._client.batch()
        for path, body in created.items():
            batch.create(self._client.document(path), body)
        for path, body in updated.items():
            batch.set(self._client.document(path), body)
        try:
            batch.commit(retry=_RETRY, timeout=TIMEOUT_S)
        except AlreadyExists:
            return False
        return True

    def ids(self, collection: str) -> list[str]:
        names_only = self._client.collection(collection).select([])
        return [found.id for found in names_only.stream(retry=_RETRY, timeout=TIMEOUT_S)]

    def newest(self, collection: str) -> Iterator[Document]:
        """In pages: a stream that is left early has read further than anybody looked."""
        query = self._client.collection(collection).order_by("created_at", direction=firestore.Query.DESCENDING)
        page = list(query.limit(PAGE).stream(retry=_RETRY, timeout=TIMEOUT_S))
        while page:
            yield from (found.to_dict() or {} for found in page)
            following = query.start_after(page[-1]).limit(PAGE) if len(page) == PAGE else None
            page = list(following.stream(retry=_RETRY, timeout=TIMEOUT_S)) if following is not None else []

    def where(self, collection: str, field: str, value: Any) -> list[Document]:
        return list(self.with_ids(collection, field, value).values())

    def with_ids(self, collection: str, field: str, value: Any) -> dict[str, Document]:
        query = self._client.collection(collection).where(filter=FieldFilter(field, "==", value))
        return {found.id: found.to_dict() or {} for found in query.stream(retry=_RETRY, timeout=TIMEOUT_S)}

    def between(self, collection: str, field: str, first: Any, last: Any) -> list[Document]:
        query = self._client.collection(collection).where(filter=FieldFilter(field, ">=", first))
        query = query.where(filter=FieldFilter(field, "<=", last))
        return [found.to_dict() or {} for found in query.stream(retry=_RETRY, timeout=TIMEOUT_S)]

    def listen(self, path: str, on_change: OnChange) -> Callable[[], None]:
        watch = self._client.document(path).on_snapshot(
            lambda documents, _changes, _time: on_change(documents[0].to_dict() if documents else None)
        )
        return watch.unsubscribe
