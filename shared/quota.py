"""Who may run now: places per model endpoint and in all, first come first served (design section 5, domain S10.18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Waiting:
    """A run that waits for a place; those that only wait for the time of their next attempt are not among them."""

    experiment: str
    endpoint: str
    since: datetime  # when it was first seen


@dataclass(frozen=True)
class Queue:
    """The places and the line before them at one moment."""

    holders: Mapping[str, str] = field(default_factory=dict)  # experiment -> endpoint
    waiting: tuple[Waiting, ...] = ()
    mark: Any = None  # the store's own: taking a place fails when the holders are not as they were seen


@dataclass(frozen=True)
class Limits:
    """How many may run at once."""

    total: int
    by_endpoint: Mapping[str, int] = field(default_factory=dict)
    default: int = 4  # of an endpoint that says nothing

    def of(self, endpoint: str) -> int:
        return self.by_endpoint.get(endpoint, self.default)


def admitted(queue: Queue, limits: Limits) -> tuple[str, ...]:
    """Those of the line that may start now, in their order. One whose endpoint is full stands aside for the others."""
    running, total = Counter(queue.holders.values()), len(queue.holders)
    found = []
    for each in in_order(queue):
        if total < limits.total and running[each.endpoint] < limits.of(each.endpoint):
            found.append(each.experiment)
            running[each.endpoint] += 1
            total += 1
    return tuple(found)


def in_order(queue: Queue) -> list[Waiting]:
    """The line: first come first served."""
    waiting = (each for each in queue.waiting if each.experiment not in queue.holders)
    return sorted(waiting, key=lambda each: (each.since, each.experiment))


def reason(experiment: str, endpoint: str, queue: Queue, limits: Limits) -> str:
    """Why it waits, in words: "`wholesale` runs 4 experiments at a time; 2 wait before this one"."""
    running = Counter(queue.holders.values())[endpoint]
    line = [each for each in in_order(queue) if each.endpoint == endpoint]
    ahead = next((place for place, each in enumerate(line) if each.experiment == experiment), len(line))
    before = [f"{ahead} {'waits' if ahead == 1 else 'wait'} before this one"] if ahead else []
    if running >= limits.of(endpoint):
        full = [f"`{endpoint}` runs {_experiments(limits.of(endpoint))} at a time"]
    elif len(queue.holders) >= limits.total:
        full = [f"all endpoints together run {_experiments(limits.total)} at a time"]
    else:
        full = []
    return "; ".join([*full, *before]) or "its turn has come"


def _experiments(number: int) -> str:
    return "1 experiment" if number == 1 else f"{number} experiments"
