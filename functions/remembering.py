"""Answers of the warehouse, kept for a while by the process that asked: a form whose fields are edited one after the
other asks the same questions again and again, and most edits change none of them (`name`, `epochs`).

Submissions and reports of stored documents ask anew. BigQuery itself answers a query it has answered before for nothing
(https://cloud.google.com/bigquery/docs/cached-results), so that another process costs a little time only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from functions.adapters.ports import Offered, Warehouse
from shared.problems import InvalidDocument, Problem
from shared.tables import SourceTable

MOST_ANSWERS = 500
MOST_TABLES = 1_000  # whose time of change is known; names of tables are what somebody has typed
MOST_QUESTIONS = 600  # of one person's forms within `PACE`: what a form that writes itself may cost at most
PACE = timedelta(minutes=10)
TABLES_FOR = timedelta(seconds=30)  # what a table is
OFFERED_FOR = timedelta(minutes=5)  # which tables there are: a call for each dataset of the project
ROWS_FOR = timedelta(minutes=10)  # unless a table is seen to have changed
Key = tuple[Hashable, ...]


@dataclass
class _Answer:
    """Whoever comes while it is being asked waits for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    at: datetime | None = None
    value: Any = None


class Memory:
    """Of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[Key, _Answer] = OrderedDict()
        self._seen: OrderedDict[Key, datetime | None] = OrderedDict()  # when a table was changed last
        self._asked: dict[str, deque[datetime]] = {}  # when somebody's forms asked for rows

    def get(self, key: Key, lives: timedelta, now: datetime, ask: Callable[[], Any]) -> Any:
        """The answer that is known, or a new one; an exception is nobody's answer."""
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
            self._answers.move_to_end(key)
            while len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)
        with answer.lock:
            if answer.at is None or now - answer.at >= lives:
                answer.value = ask()
                answer.at = now
            return answer.value

    def seen(self, key: Key, table: SourceTable | None) -> None:
        """A table that has changed: what was known of any rows is forgotten."""
        changed_at = table.modified_at if table is not None else None
        with self._lock:
            known = self._seen.get(key, changed_at)
            self._seen[key] = changed_at
            self._seen.move_to_end(key)
            if len(self._seen) > MOST_TABLES:
                self._seen.popitem(last=False)
            if known != changed_at:
                for each in [each for each in self._answers if each[0] in ("rows", "bytes")]:
                    del self._answers[each]

    def count(self, who: str, now: datetime) -> None:
        """A question that costs; raises InvalidDocument when somebody's forms have asked too many."""
        with self._lock:
            for each in [each for each, times in self._asked.items() if now - times[-1] >= PACE]:
                del self._asked[each]
            times = self._asked.setdefault(who, deque(maxlen=MOST_QUESTIONS))
            if len(times) == MOST_QUESTIONS and now - times[0] < PACE:
                problem = f"your forms have asked the warehouse {MOST_QUESTIONS} questions within {PACE.seconds // 60} "
                remedy = "Wait some minutes, then change something."
                raise InvalidDocument("draft", [Problem("E_QUOTA", "id", f"{problem}minutes.", remedy)])
            times.append(now)


class Remembering:
    """`functions.adapters.ports.Warehouse`, for the forms of one person."""

    def __init__(self, warehouse: Warehouse, memory: Memory, now: Callable[[], datetime], who: str) -> None:
        self._warehouse, self._memory, self._now, self._who = warehouse, memory, now, who

    def table(self, project: str | None, dataset: str, table: str) -> SourceTable | None:
        key = ("table", project, dataset, table)
        ask = lambda: self._warehouse.table(project, dataset, table)  # noqa: E731
        found = self._memory.get(key, TABLES_FOR, self._now(), ask)
        self._memory.seen(key, found)
        return found

    def offered(self, most: int) -> list[Offered]:
        return self._memory.get(("offered", most), OFFERED_FOR, self._now(), lambda: self._warehouse.offered(most))

    def rows(self, sql: str, max_bytes_billed: int) -> Sequence[Mapping[str, Any]]:
        key = ("rows", sql, max_bytes_billed)
        return self._paid(key, lambda: self._warehouse.rows(sql, max_bytes_billed))

    def row(self, sql: str, max_bytes_billed: int) -> Mapping[str, Any]:
        key = ("rows", "one", sql, max_bytes_billed)
        return self._paid(key, lambda: self._warehouse.row(sql, max_bytes_billed))

    def bytes_of(self, sql: str) -> int:
        return self._memory.get(("bytes", sql), ROWS_FOR, self._now(), lambda: self._warehouse.bytes_of(sql))

    def _paid(self, key: Key, ask: Callable[[], Any]) -> Any:
        def asked() -> Any:
            self._memory.count(self._who, self._now())
            return ask()

        return self._memory.get(key, ROWS_FOR, self._now(), asked)
