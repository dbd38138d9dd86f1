"""Cloud Logging: WriteLogEntries and ListLogEntries over one SQLite file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import grpc
from google.cloud.logging_v2.types import (
    ListLogEntriesRequest,
    ListLogEntriesResponse,
    LogEntry,
    WriteLogEntriesRequest,
    WriteLogEntriesResponse,
)
from google.logging.type import log_severity_pb2

from local.cloud import clock
from local.cloud.filters import Comparison, InvalidFilter, accepts, parse

RETENTION = timedelta(days=30)
DEFAULT_PAGE, MAX_PAGE = 50, 1000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, time TEXT NOT NULL, log_name TEXT NOT NULL, resource_type TEXT NOT NULL,
    job_id TEXT NOT NULL, entry TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_job ON entries (job_id, time);
CREATE INDEX IF NOT EXISTS by_time ON entries (time);
"""
# Comparisons that SQLite can answer from a column; all are checked again on the entries that it returns.
_COLUMNS = {"logName": "log_name", "resource.type": "resource_type", "resource.labels.job_id": "job_id"}


class LogStore:
    """Entries are LogEntry JSON; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)
        oldest = (datetime.now(timezone.utc) - RETENTION).isoformat()
        with self._database:
            self._database.execute("DELETE FROM entries WHERE time < ?", (oldest,))

    def write(self, entries: Iterable[LogEntry]) -> None:
        rows = [_row(entry) for entry in entries]
        with self._lock, self._database:
            self._database.executemany(
                "INSERT INTO entries (time, log_name, resource_type, job_id, entry) VALUES (?, ?, ?, ?, ?)", rows
            )

    def write_line(self, log_name: str, resource: dict[str, Any], severity: str, line: str) -> None:
        """One line of a process's output."""
        self.write(
            [LogEntry(log_name=log_name, resource=resource, severity=severity, text_payload=line, timestamp=_now())]
        )

    def select(self, comparisons: list[Comparison], descending: bool) -> Iterator[LogEntry]:
        indexed = [c for c in comparisons if c.op == "=" and c.field in _COLUMNS]
        where = " AND ".join(["TRUE", *(f"{_COLUMNS[c.field]} = ?" for c in indexed)])
        direction = "DESC" if descending else "ASC"
        query = f"SELECT entry FROM entries WHERE {where} ORDER BY time {direction}, id {direction}"
        with self._lock:
            rows = self._database.execute(query, [c.value for c in indexed]).fetchall()
        for (text,) in rows:
            entry = LogEntry.from_json(text)
            if accepts(comparisons, lambda field, entry=entry: _field(entry, field)):
                yield entry


class LoggingService:
    """google.logging.v2.LoggingServiceV2"""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def WriteLogEntries(
        self, request: WriteLogEntriesRequest, context: grpc.ServicerContext
    ) -> WriteLogEntriesResponse:
        self._store.write(_completed(entry, request) for entry in request.entries)
        return WriteLogEntriesResponse()

    def ListLogEntries(self, request: ListLogEntriesRequest, context: grpc.ServicerContext) -> ListLogEntriesResponse:
        if request.order_by not in ("", "timestamp asc", "timestamp desc"):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"order_by {request.order_by!r} is not supported.")
        size = min(request.page_size or DEFAULT_PAGE, MAX_PAGE)
        start = int(request.page_token or 0)
        try:
            found = self._store.select(parse(request.filter), request.order_by == "timestamp desc")
            window = _window(found, start, size + 1)
        except InvalidFilter as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        token = str(start + size) if len(window) > size else ""
        return ListLogEntriesResponse(entries=window[:size], next_page_token=token)


def _window(entries: Iterator[LogEntry], start: int, size: int) -> list[LogEntry]:
    window = []
    for number, entry in enumerate(entries):
        if number >= start + size:
            break
        if number >= start:
            window.append(entry)
    return window


def _completed(entry: LogEntry, request: WriteLogEntriesRequest) -> LogEntry:
    """The request's defaults fill what an entry leaves open, as the real service does."""
    completed = LogEntry(entry)
    completed.log_name = entry.log_name or request.log_name
    if not entry.resource.type:
        completed.resource = request.resource
    completed.labels = {**request.labels, **entry.labels}
    if "timestamp" not in entry:
        completed.timestamp = _now()
    return completed


def _row(entry: LogEntry) -> tuple[str, str, str, str, str]:
    time = entry.timestamp.astimezone(timezone.utc).isoformat(timespec="microseconds")
    job_id = entry.resource.labels.get("job_id", "")
    return time, entry.log_name, entry.resource.type, job_id, LogEntry.to_json(entry, indent=None)


def _field(entry: LogEntry, name: str) -> object:
    """The value that a filter's field stands for, None when the entry has none."""
    head, _, rest = name.partition(".")
    if name.startswith("resource.labels."):
        return entry.resource.labels.get(name.removeprefix("resource.labels.").strip('"'))
    if head == "labels":
        return entry.labels.get(rest.strip('"'))
    simple = {
        "logName": entry.log_name,
        "resource.type": entry.resource.type,
        "textPayload": entry.text_payload,
        "insertId": entry.insert_id,
        "severity": _Severity(log_severity_pb2.LogSeverity.Name(entry.severity)),
        "timestamp": entry.timestamp,
    }
    if name not in simple:
        raise InvalidFilter(f"Entries cannot be filtered by {name}.")
    return simple[name]


class _Severity(int):
    """A severity that compares by rank and is made from its name."""

    def __new__(cls, name: str) -> _Severity:
        return super().__new__(cls, log_severity_pb2.LogSeverity.Value(name.upper()))


def _now() -> datetime:
    return datetime.fromisoformat(clock.now())
