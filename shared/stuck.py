"""When a run stands still: one definition for the sweep's counter, `quicktest doctor` and the page.

The page's is web/src/model/settings/health.ts; tests/unit/stuck_cases.json holds both to the same cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from shared.lifecycle.table import DEADLINES
from shared.runs import State

GRACE = timedelta(minutes=2)  # until the sweep, which comes each minute, has done something about it
QUIET = timedelta(minutes=15)  # the sweep looks at every run each minute, and saves what moves each half

Why = Literal["overdue", "unseen", "unbegun", "silent"]


@dataclass(frozen=True)
class Pulse:
    """When something last happened to a run; None where nothing did, or where a damaged run does not say."""

    state: State | None
    state_entered_at: datetime | None
    updated_at: datetime | None
    unseen_since: datetime | None = None
    retry_at: datetime | None = None

    @classmethod
    def of(cls, run: Mapping[str, Any]) -> Pulse:
        """Of a stored run, which has fields of the same names."""
        states = {state.value: state for state in State}
        times = (run.get(name) for name in PULSE_FIELDS[1:])
        return cls(states.get(run.get("state", "")), *(time if isinstance(time, datetime) else None for time in times))


PULSE_FIELDS = tuple(field.name for field in fields(Pulse))


def why_stuck(pulse: Pulse, now: datetime) -> Why | None:
    """overdue: past the deadline of its state; unseen: the provider refuses a look; unbegun: its next attempt was due,
    and nobody began it; silent: nothing is written about it. None of a run that moves, or waits for its turn."""
    longest = DEADLINES.get(pulse.state) if pulse.state else None
    if longest is not None and _before(pulse.state_entered_at, now - longest - GRACE):
        return "overdue"
    if pulse.unseen_since is not None:
        return "unseen"
    if pulse.state is State.REQUESTED:
        due = pulse.retry_at
        begun = due is None or not _before(pulse.updated_at, due)  # who waits in the line is told so after it was due
        return None if begun or not _before(due, now - GRACE) else "unbegun"
    return "silent" if _before(pulse.updated_at, now - QUIET) else None


def _before(time: datetime | None, limit: datetime) -> bool:
    return time is not None and time < limit
