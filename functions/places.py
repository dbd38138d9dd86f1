"""Who holds one of the places, who waits for one, and how many there are (domain S10.18)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from functions.services import Services
from shared.endpoints import rules_of
from shared.quota import Limits, Queue, Waiting, admitted
from shared.runs import Run


@dataclass(frozen=True)
class Line:
    """The places and the line before them, as they were at one moment."""

    queue: Queue
    limits: Limits

    def may_start(self) -> tuple[str, ...]:
        return admitted(self.queue, self.limits)


def line_now(services: Services) -> Line:
    """Read anew: what all runs of a place depend on."""
    queue = services.store.queue(services.now())
    return Line(queue, limits_of({each.endpoint for each in queue.waiting}, services))


def line_for(run: Run, stored: bool, known: Line | None, services: Services) -> Line:
    """The line with `run` in it, which is not there while nobody has stored it."""
    line = known or line_now(services)
    if stored:
        return line
    waiting = (*line.queue.waiting, Waiting(run.experiment, run.model_endpoint, run.created_at))
    limits = line.limits
    if run.model_endpoint not in limits.by_endpoint:
        own = limits_of({run.model_endpoint}, services)
        limits = replace(limits, by_endpoint={**limits.by_endpoint, **own.by_endpoint})
    return Line(replace(line.queue, waiting=waiting), limits)


def limits_of(endpoints: set[str], services: Services) -> Limits:
    """Of endpoints that somebody waits for; an endpoint without a document has the default."""
    found = {each: services.store.config("model_endpoints", each) for each in sorted(endpoints)}
    return Limits(services.config.max_running, {each: rules_of(found[each]).max_running for each in found})


def is_resting(run: Run, now: datetime) -> bool:
    """It waits for the time of its next attempt, and not yet for a place (S8.3)."""
    return run.retry_at is not None and now < run.retry_at
