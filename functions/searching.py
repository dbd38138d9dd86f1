"""Requests that nobody has looked at: their event was lost. A sweep searches those written since the last search of
its process, whenever that was, and besides walks through all ids once a day, in parts: a process begins with nothing,
clocks of clients differ, and there are ids that no time is in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from functions.adapters.ports import Store

EARLIEST = "!"  # before all ids
LOST_FOR = timedelta(hours=1)  # how long before the last search is looked at again: ids are made where requests are
MOST = 5_000  # requests of one search: two reads each, and the names of their runs in one request of at most 10 MiB
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True)
class Searched:
    """How far the sweeps of a process have come."""

    since: str | None = None  # the first id of the next search; None: there was none
    walked: date | None = None  # the day on which all were walked through
    next_id: str = EARLIEST  # where the walk goes on
    lost: frozenset[str] = frozenset()  # found, and not looked after yet: they are not searched for again


@dataclass
class Searches:
    """What a process remembers between its sweeps. Two may overlap: whichever ends last is believed, and what it does
    not know of it has found itself, or its next search does."""

    done: Searched = field(default_factory=Searched)

    def remember(self, searched: Searched, still_lost: Iterable[str]) -> None:
        self.done = replace(searched, lost=frozenset(still_lost))


def search(searched: Searched, store: Store, now: datetime) -> Searched:
    """With those of lately whose requests have no run. Of too many the next search finds the others."""
    latest = first_id(now - LOST_FOR)
    found = store.requests_without_run(searched.since or latest, MOST)
    return replace(searched, since=found.next_id or latest, lost=searched.lost.union(found.experiments))


def walk(searched: Searched, store: Store, now: datetime) -> Searched:
    """With those of the next part of all."""
    if searched.walked == now.date():
        return searched
    found = store.requests_without_run(searched.next_id, MOST)
    walked = searched.walked if found.next_id else now.date()
    lost = searched.lost.union(found.experiments)
    return replace(searched, next_id=found.next_id or EARLIEST, walked=walked, lost=lost)


def first_id(begin: datetime) -> str:
    """The first experiment id of a time: ids are ULIDs, which sort by time."""
    milliseconds = int(begin.timestamp() * 1000)
    digits = [CROCKFORD[(milliseconds >> (5 * place)) & 31] for place in range(9, -1, -1)]
    return f"exp-{''.join(digits)}"
