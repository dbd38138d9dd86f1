"""Builds and jobs that nobody waits for: they cost money until somebody stops them (design section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from shared.runs import LIVE, State

NEEDS_BUILD = frozenset({State.COMPILING, State.CANCELLING})
NEEDS_JOB = frozenset({State.SUBMITTING, State.RUNNING, State.COLLECTING, State.CANCELLING})


@dataclass(frozen=True)
class Live:
    """A build or a pipeline job of ours that has not ended, and the attempt it says it belongs to."""

    kind: Literal["build", "job"]
    id: str  # the build's id, the job's name of ours
    experiment: str
    attempt: int


@dataclass(frozen=True)
class Head:
    """What of a run decides whose a build or a job is."""

    state: State | None  # None: one of a later version
    attempt: int
    build: str | None = None


def orphans(found: Iterable[Live], runs: Mapping[str, Head]) -> list[Live]:
    """Those whose run is missing, has ended, is at another attempt, or does not want them any more.

    `found` must have been read before `runs`: a run always exists before what it starts.
    """
    return [each for each in found if not _wanted(each, runs.get(each.experiment))]


def _wanted(each: Live, run: Head | None) -> bool:
    if run is None:
        return False
    if run.state is None:  # nobody here knows what such a run wants: nothing of it is stopped
        return True
    if run.state not in LIVE or run.attempt != each.attempt:
        return False
    if each.kind == "job":
        return run.state in NEEDS_JOB
    return run.state in NEEDS_BUILD and run.build in (None, each.id)
