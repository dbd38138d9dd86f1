"""Keeps Firestore's documents on disk, since the emulator has them in memory only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import (
    BatchGetDocumentsRequest,
    CommitRequest,
    Document,
    RunQueryRequest,
    StructuredQuery,
    Write,
)

_BATCH_WRITES, _BATCH_BYTES = 400, 2 << 20  # under the 500 writes and 4 MiB that the emulator takes at once
_OWNER = [("authorization", "Bearer owner")]  # the emulator's name for a server, which no rule binds
BARRIERS = "journal_barriers"  # a collection that is never kept
_SERVED = "served"  # a barrier that lies in an emulator whose documents were brought back


class Journal:
    """The live documents by name. The emulator reports one write after the other, so the last report is the truth."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None)
        # A write that was acknowledged must survive the death of every process, not of the machine.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute("CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, document BLOB NOT NULL)")
        self._recorded: set[str] = set()  # names that this process was told about: nothing older may replace those

    def record(self, event: Any) -> None:
        """Take over one `written` event (a DocumentEventData message)."""
        self._recorded.add(event.value.name or event.old_value.name)
        if event.HasField("value"):
            row = (event.value.name, event.value.SerializeToString())
            self._database.execute("INSERT OR REPLACE INTO documents VALUES (?, ?)", row)
        else:
            self._database.execute("DELETE FROM documents WHERE name = ?", (event.old_value.name,))

    def replay(self, emulator: str, database: str) -> int:
        """Write every document into a fresh emulator; returns how many."""
        return sum(commit(emulator, database, writes) for writes in self._batches())

    def take_over(self, documents: Iterable[Document]) -> int:
        """Become what the emulator holds: its documents as they were read a moment ago, but for those that an event has
        told of since this process began; returns how many were taken."""
        taken = {document.name: Document.serialize(document) for document in documents}
        known = {name for (name,) in self._database.execute("SELECT name FROM documents")}
        changed = taken.keys() - self._recorded
        self._database.execute("BEGIN")
        rows = [(name, taken[name]) for name in changed]
        self._database.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?)", rows)
        gone = [(name,) for name in known - taken.keys() - self._recorded]
        self._database.executemany("DELETE FROM documents WHERE name = ?", gone)
        self._database.execute("COMMIT")
        return len(changed)

    def close(self) -> None:
        self._database.close()

    def _batches(self) -> Iterator[list[Write]]:
        writes, size = [], 0
        # The event's Document and the API's have the same fields with the same numbers.
        for (raw,) in self._database.execute("SELECT document FROM documents ORDER BY name"):
            if writes and (len(writes) == _BATCH_WRITES or size + len(raw) > _BATCH_BYTES):
                yield writes
                writes, size = [], 0
            stored = Document.deserialize(raw)
            writes.append(Write(update=Document(name=stored.name, fields=stored.fields)))
            size += len(raw)
        if writes:
            yield writes


def barrier_of(event: Any) -> str | None:
    """The id of the barrier that this event is about, or None."""
    collection, _, barrier = event.value.name.rpartition("/")
    return barrier if collection.endswith(f"/documents/{BARRIERS}") else None


def write_barrier(emulator: str, database: str, barrier: str) -> None:
    """Write a document whose event comes after those of all earlier writes."""
    name = f"{database}/documents/{BARRIERS}/{barrier}"
    commit(emulator, database, [Write(update=Document(name=name))])


def is_served(emulator: str, database: str) -> bool:
    """Whether an earlier gateway has brought the documents back into this process of the emulator already."""
    request = BatchGetDocumentsRequest(database=database, documents=[f"{database}/documents/{BARRIERS}/{_SERVED}"])
    with grpc.insecure_channel(emulator) as channel:
        client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
        return any(answer.found.name for answer in client.batch_get_documents(request, metadata=_OWNER, timeout=30))


def mark_served(emulator: str, database: str) -> None:
    write_barrier(emulator, database, _SERVED)


def all_documents(emulator: str, database: str) -> list[Document]:
    """Every document that the emulator holds, of every collection and subcollection."""
    everything = StructuredQuery(from_=[StructuredQuery.CollectionSelector(all_descendants=True)])
    request = RunQueryRequest(parent=f"{database}/documents", structured_query=everything)
    with grpc.insecure_channel(emulator) as channel:
        client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
        answers = client.run_query(request, metadata=_OWNER, timeout=60)
        found = [answer.document for answer in answers if answer.document.name]
    return [document for document in found if f"/documents/{BARRIERS}/" not in document.name]


def commit(emulator: str, database: str, writes: list[Write]) -> int:
    """Write as a server does; returns how many documents."""
    with grpc.insecure_channel(emulator) as channel:
        client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
        client.commit(CommitRequest(database=database, writes=writes), metadata=_OWNER, timeout=30)
    return len(writes)
