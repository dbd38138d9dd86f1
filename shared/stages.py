"""The eight stages of a run, their states and the percentage (domain S9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Protocol


@dataclass(frozen=True)
class StageKind:
    """What is fixed about a stage: its share of the bar and the task that is its truth."""

    name: str
    weight: int
    task: str | None


KINDS = (
    StageKind("Prepare", 3, None),
    StageKind("Compile", 7, None),
    StageKind("Examples", 15, "BigQueryExampleGen"),
    StageKind("Statistics", 8, "StatisticsGen"),
    StageKind("Schema", 2, "SchemaGen"),
    StageKind("Transform", 20, "Transform"),
    StageKind("Train", 40, "Trainer"),
    StageKind("Collect", 5, None),
)
EPOCHS_TO_TRUST, EPOCHS_TO_KEEP = 2, 5  # S9.7: so many finished epochs tell how long the others take
EVALUATION_S = 60.0  # after the last epoch: the half of what S5.8 adds to the epochs; the other is the start
UNKNOWN_S = 30.0  # a stage without a prediction: Prepare, which makes them, and runs of before there were any
LOGGING = ("Compile", *(kind.name for kind in KINDS if kind.task))  # stages that somebody else's machine runs
STAGE_OF_TASK = {kind.task: kind.name for kind in KINDS if kind.task}

# S9.2; a state that is not here keeps what was known.
STATE_OF_TASK = {
    "PENDING": "pending",
    "RUNNING": "running",
    "SUCCEEDED": "done",
    "SKIPPED": "reused",
    "CANCEL_PENDING": "cancelling",
    "CANCELLING": "cancelling",
    "CANCELLED": "cancelled",
    "FAILED": "failed",
    "NOT_TRIGGERED": "skipped",
}
RANK = {"pending": 0, "running": 1, "cancelling": 2, "done": 3, "reused": 3, "failed": 3, "skipped": 3, "cancelled": 3}
FINISHED = frozenset({"done", "reused"})


@dataclass(frozen=True)
class Stage:
    name: str
    state: str = "pending"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    note: str | None = None


class TaskLike(Protocol):
    """What of a task a stage shows; `shared.facts.Task` is one."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def started_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...


Stages = tuple[Stage, ...]


def initial_stages() -> Stages:
    return tuple(Stage(kind.name) for kind in KINDS)


def change(
    stages: Stages, name: str, state: str, started_at: datetime | None = None, ended_at: datetime | None = None
) -> Stages:
    """Move one stage to `state` unless that would lower its rank; times that are None keep what was known."""
    return tuple(
        replace(
            stage,
            state=state,
            started_at=started_at or stage.started_at,
            ended_at=ended_at or stage.ended_at,
        )
        if stage.name == name and RANK[state] >= RANK[stage.state]
        else stage
        for stage in stages
    )


def from_tasks(stages: Stages, tasks: Iterable[TaskLike]) -> Stages:
    """Stages as the pipeline's tasks tell them; pseudo tasks and unknown names and states are ignored (S9.2)."""
    for task in tasks:
        if task.name in STAGE_OF_TASK and task.state in STATE_OF_TASK:
            state = STATE_OF_TASK[task.state]
            stages = change(stages, STAGE_OF_TASK[task.name], state, task.started_at, task.ended_at)
    return stages


def close_completed(stages: Stages) -> Stages:
    """After a success none is left pending (S9.4)."""
    return tuple(stage if RANK[stage.state] == 3 else replace(stage, state="done") for stage in stages)


def close_failed(stages: Stages, failed: str | None, now: datetime) -> Stages:
    """S9.4: one stage is `failed` (the first that is not finished when nobody says which), later ones `skipped`."""
    known = {stage.name for stage in stages if stage.state == "failed"}
    unfinished = [stage.name for stage in stages if stage.state not in FINISHED]
    first = failed if failed in {stage.name for stage in stages} else next(iter(known or unfinished), None)
    return tuple(_closed(stage, first, now) for stage in stages)


def _closed(stage: Stage, failed: str | None, now: datetime) -> Stage:
    if stage.name == failed:
        return replace(stage, state="failed", ended_at=stage.ended_at or now)
    if stage.state == "pending":
        return replace(stage, state="skipped")
    if RANK[stage.state] < 3:  # it was running beside the one that failed, and is stopped with it
        return replace(stage, state="cancelled", ended_at=stage.ended_at or now)
    return stage


def close_cancelled(stages: Stages, now: datetime) -> Stages:
    """What had not ended by the cancel ends with it."""
    return tuple(
        stage
        if RANK[stage.state] == 3
        else replace(stage, state="cancelled", ended_at=now if stage.started_at else None)
        for stage in stages
    )


def percent(
    stages: Sequence[Stage], epochs_done: int, epochs: int, predicted: Mapping[str, float], now: datetime
) -> int:
    """S9.5, at most 99: only `completed` is 100. `predicted`: seconds by stage (S5.8)."""
    pairs = zip(stages, KINDS, strict=True)
    done = sum(kind.weight * _share(stage, kind, epochs_done, epochs, predicted, now) for stage, kind in pairs)
    return min(99, int(done))


def _share(
    stage: Stage, kind: StageKind, epochs_done: int, epochs: int, predicted: Mapping[str, float], now: datetime
) -> float:
    """The finished share of one stage, 0 to 1."""
    if stage.state in FINISHED:
        return 1.0
    if stage.state not in ("running", "cancelling"):
        return 0.0
    if kind.task == "Trainer":
        return 0.05 + 0.85 * min(1.0, epochs_done / max(1, epochs))
    return min(0.9, _elapsed(stage, now) / max(1.0, predicted.get(stage.name, UNKNOWN_S)))


def _elapsed(stage: Stage, now: datetime) -> float:
    return max(0.0, (now - (stage.started_at or now)).total_seconds())


@dataclass(frozen=True)
class Remaining:
    """S9.7: seconds as people read them; None when a stage takes longer than usual, and nobody can say."""

    seconds: int | None
    at_most: bool = False


def remaining(
    stages: Sequence[Stage],
    predicted: Mapping[str, float],
    longest: Mapping[str, float],
    epoch_seconds: Sequence[float],
    epochs_left: int,
    stops_early: bool,
    now: datetime,
) -> Remaining:
    """What is still to come. `predicted`, `longest`: seconds by stage, the likely ones and the upper end of the range;
    `epoch_seconds`: of the last finished epochs."""
    seconds, at_most = 0.0, False
    for stage in stages:
        if RANK[stage.state] == 3:
            continue
        expected = predicted.get(stage.name, 0.0)
        if stage.state == "pending":
            seconds += expected
        elif stage.name == "Train" and len(epoch_seconds) >= EPOCHS_TO_TRUST:
            seconds += median(epoch_seconds) * epochs_left + EVALUATION_S
            at_most = stops_early
        elif _elapsed(stage, now) > longest.get(stage.name, float("inf")):
            return Remaining(None)
        else:
            seconds += max(0.0, expected - _elapsed(stage, now))
    return Remaining(_rounded(seconds), at_most)


def _rounded(seconds: float) -> int:
    step = 10 if seconds < 120 else 60 if seconds < 3_600 else 300
    return round(seconds / step) * step


def running_one(stages: Stages) -> str | None:
    """The stage that runs now, the last of several (Statistics and Transform may run side by side)."""
    return next((stage.name for stage in reversed(stages) if stage.state in ("running", "cancelling")), None)
