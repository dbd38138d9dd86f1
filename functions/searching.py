"""Requests that nobody has looked at: their event was lost. A sweep searches those written since the last sweep of its
process that dealt with all it had found, whenever that was, and besides walks through all ids once a day, in parts: a
process begins with nothing, clocks of clients differ, and there are ids that no time is in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from functions.adapters.ports import Store

EARLIEST = "!"  # before all ids
LOST_FOR = timedelta(hours=1)  # how long before the last search is looked at again: ids are made where requests are
MOST = 5_000  # requests of one search: two reads each, and the names of their runs in one request of at most 10 MiB
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass
class Searched:
    """What the sweeps of a process have dealt with."""

    until: datetime | None = None  # requests of before have their runs
    walked: date | None = None  # the day on which all were walked through
    next_id: str = EARLIEST  # where the walk goes on

    def become(self, later: Searched) -> None:
        self.until, self.walked, self.next_id = later.until, later.walked, later.next_id


def search(searched: Searched, store: Store, now: datetime) -> tuple[set[str], Searched]:
    """Experiments whose requests have no run, and what is dealt with as soon as they are looked after."""
    recent = store.requests_without_run(first_id((searched.until or now) - LOST_FOR), MOST)
    found = set(recent.experiments)
    later = searched if recent.next_id else replace(searched, until=now)  # of too many, the walk finds the others
    if searched.walked != now.date():
        part = store.requests_without_run(searched.next_id, MOST)
        found.update(part.experiments)
        later = replace(later, next_id=part.next_id or EARLIEST, walked=later.walked if part.next_id else now.date())
    return found, later


def first_id(begin: datetime) -> str:
    """The first experiment id of a time: ids are ULIDs, which sort by time."""
    milliseconds = int(begin.timestamp() * 1000)
    digits = [CROCKFORD[(milliseconds >> (5 * place)) & 31] for place in range(9, -1, -1)]
    return f"exp-{''.join(digits)}"
