"""Experiments as lists show them (domain S7.1): those that live as they are, those that ended out of the index.

The index holds 250 ended runs a document, so a whole list costs as many reads as there are such documents, and the
beginning of one costs a few.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quicktest.errors import QuicktestError
from quicktest.store import Store
from shared.documents import ID_PATTERN
from shared.insights.lists.entries import BLOCK, Entry, block_of, from_json
from shared.insights.lists.entry_of import entry_of
from shared.insights.lists.query import Query, parse
from shared.insights.lists.query_fields import field_of
from shared.insights.lists.query_text import QueryError
from shared.metrics import METRICS
from shared.runs import LIVE, from_document


@dataclass(frozen=True)
class Listed:
    """What a list shows; `more`: there are others, `damaged`: entries that cannot be read."""

    entries: Sequence[Entry]
    more: bool
    damaged: int


class History:
    """The runs of one model endpoint, or of all."""

    def __init__(self, store: Store, endpoint: str | None = None) -> None:
        self._store, self._endpoint = store, endpoint
        self._damaged = 0

    def listed(self, query: str, now: datetime, limit: int | None = None, sort: str | None = None) -> Listed:
        """What a query finds, newest first; with `sort` the best first, or the largest, and those without at the end.

        Reads no further than the limit needs, unless all must be known to be sorted. Raises QuicktestError for a query
        or a field that is none.
        """
        chosen, order = _parsed(query), _order(sort)
        found: list[Entry] = []
        more = False
        for entry in self.newest():
            if not chosen(entry, now):
                continue
            if order is None and limit is not None and len(found) == limit:
                more = True
                break
            found.append(entry)
        if order is not None:
            found.sort(key=order)
            more, found = limit is not None and len(found) > limit, found[:limit]
        return Listed(found, more, self._damaged)

    def newest(self) -> Iterator[Entry]:
        """Live runs are read first: one that ends meanwhile is then in the index, too, and shown from there."""
        live = {entry.experiment: entry for entry in self._live()}
        ended = heapq.merge(*(self._ended(each) for each in self._endpoints()), key=_created, reverse=True)
        waiting = iter(sorted(live.values(), key=_created, reverse=True))
        following = next(waiting, None)
        for entry in ended:
            live.pop(entry.experiment, None)
            while following is not None and _created(following) > _created(entry):
                if following.experiment in live:
                    yield following
                following = next(waiting, None)
            yield entry
        while following is not None:
            if following.experiment in live:
                yield following
            following = next(waiting, None)

    def _endpoints(self) -> list[str]:
        if self._endpoint is not None:
            return [self._endpoint]
        return sorted(name for name in self._store.ids("counters") if re.fullmatch(ID_PATTERN, name))

    def _ended(self, endpoint: str) -> Iterator[Entry]:
        """By number, the highest first."""
        last = ((self._store.get(f"counters/{endpoint}") or {}).get("next", 1) - 1) // BLOCK
        for block in range(last, -1, -1):
            stored = self._store.get(f"indexes/{block_of(endpoint, block * BLOCK)}") or {}
            read = (self._read(text) for text in stored.get("entries", {}).values())
            yield from sorted((each for each in read if each is not None), key=lambda entry: -entry.number)

    def _read(self, text: Any) -> Entry | None:
        try:
            return from_json(text)
        except ValueError:
            self._damaged += 1
            return None

    def _live(self) -> Iterator[Entry]:
        for state in sorted(LIVE):
            for run in self._store.where("runs", "state", state.value):
                if self._endpoint in (None, run.get("model_endpoint")) and (entry := self._live_entry(run)) is not None:
                    yield entry

    def _live_entry(self, run: dict[str, Any]) -> Entry | None:
        try:
            found = from_document(run)
        except (ValueError, KeyError, TypeError):
            self._damaged += 1
            return None
        return entry_of(found, self._store.get(f"experiments/{found.experiment}"))


def protocols_of(entries: Sequence[Entry], metric: str | None) -> set[tuple[str, int]]:
    """The fidelity groups (S2.17) of runs that have a figure of `metric`, or, for None, any."""
    family = METRICS[metric].family if metric in METRICS else None
    return {
        (key, entry.sample_percent)
        for entry in entries
        if (entry.metrics if metric is None else metric in entry.metrics)
        for of, key in entry.protocols.items()
        if family in (None, of)
    }


def _created(entry: Entry) -> tuple[datetime, int]:
    return entry.created_at, entry.number


def _parsed(query: str) -> Query:
    try:
        return parse(query)
    except QueryError as error:
        raise QuicktestError(error.pointed(query)) from error


def _order(sort: str | None) -> Any:
    """A key, None for the order of a history."""
    if sort is None:
        return None
    field = field_of(sort)
    if field is None or field.kind not in ("number", "duration", "date", "parameter"):
        metrics = ", ".join(list(METRICS)[:4])
        raise QuicktestError(f"A list cannot be sorted by `{sort}`. Use a metric such as {metrics}, or cost or ended.")
    sign = 1 if sort in METRICS and METRICS[sort].direction == "min" else -1

    def key(entry: Entry) -> tuple[bool, float, int]:
        value: Any = field.read(entry)
        value = value.timestamp() if isinstance(value, datetime) else value
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return not is_number, sign * value if is_number else 0.0, -entry.number

    return key
