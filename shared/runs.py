"""The live status of an experiment, `runs/{id}`: frozen, and its stored form (design section 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from shared.documents import SCHEMA_VERSION
from shared.errors import RunError
from shared.stages import LOGGING, Stage, initial_stages

Part = TypeVar("Part")


class State(str, Enum):
    """Where a run stands; the values are what is stored."""

    REQUESTED = "requested"
    PREPARING = "preparing"
    COMPILING = "compiling"
    SUBMITTING = "submitting"
    RUNNING = "running"
    COLLECTING = "collecting"
    COMPLETED = "completed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"


TERMINAL = frozenset({State.COMPLETED, State.CANCELLED, State.FAILED})
LIVE = frozenset(State) - TERMINAL
SEATED = LIVE - {State.REQUESTED}  # a run in one of these takes one of the places that the quota has (S10.18)


class Effect(str, Enum):
    """What a run may want done in the world."""

    PREPARE = "prepare"
    START_BUILD = "start_build"
    SUBMIT_PIPELINE = "submit_pipeline"
    CANCEL_BUILD = "cancel_build"
    CANCEL_PIPELINE = "cancel_pipeline"
    MIRROR = "mirror"
    UNMIRROR = "unmirror"  # the three of a deletion
    DELETE_OBJECTS = "delete_objects"
    DELETE_DETAILS = "delete_details"
    KEEP_LOGS = "keep_logs"  # of stages that have ended (S8.8); nobody waits for it but a deletion


# What belongs to the attempt that wants it: these intents end with it.
OF_ATTEMPT = tuple(effect for effect in Effect if effect is not Effect.KEEP_LOGS)

# What must be done before a deleted run may be forgotten, in this order (finalizers). The first has no effect of its
# own: it waits until nothing of the run is live, and nobody else may be reading its outputs.
FINALIZERS = ("cloud", "mirror", "objects", "details")


@dataclass(frozen=True)
class Intent:
    """An effect that is wanted. Whoever stored it acts on it; nobody else does before `until` (a lease)."""

    key: str
    created_at: datetime
    until: datetime


@dataclass(frozen=True)
class Cancel:
    """A wish to stop, and the state in which the run first saw it."""

    requested_at: datetime
    phase: str
    stage: str | None = None  # that was running then
    spent_usd: float | None = None  # by all attempts until the end; None until then, or when nobody can say


@dataclass(frozen=True)
class Attempt:
    """An attempt that failed for a reason that may pass, and was followed by another (S8.3)."""

    attempt: int
    ended_at: datetime
    error: RunError
    started_at: datetime | None = None
    region: str | None = None
    build: Mapping[str, Any] | None = None
    job: Mapping[str, Any] | None = None
    spent_usd: float = 0.0


@dataclass(frozen=True)
class StageLog:
    """The log of one stage of one attempt, which is over; `since`: when it began, at the earliest."""

    attempt: int
    stage: str
    since: datetime
    ended_at: datetime
    region: str | None
    build_id: str | None

    @property
    def key(self) -> str:
        """In `Run.logs`."""
        return f"a{self.attempt}-{self.stage.lower()}"


@dataclass(frozen=True)
class Deletion:
    """A run that is being deleted: it shows nothing any more, and is forgotten when no finalizer is left."""

    requested_at: datetime
    by: str
    marked_at: datetime  # by us, with a raised generation of reusable outputs: who started before may be reading
    finalizers: tuple[str, ...] = FINALIZERS
    bytes: int | None = None  # of its objects; None until counted


@dataclass(frozen=True)
class Run:
    """One experiment's status. Free-form parts (`parameters`, `headline`, …) are shown and, but for `limits` and
    `estimate`, never decided upon."""

    experiment: str
    model_endpoint: str
    state: State
    created_at: datetime
    state_entered_at: datetime
    updated_at: datetime
    attempt: int = 1
    attempts: tuple[Attempt, ...] = ()  # the earlier ones, oldest first
    retry_at: datetime | None = None  # `requested` rests until then after a failure that may pass
    parent: str | None = None  # the experiment that this one repeats or varies
    origin: str | None = None  # rerun, clone
    unseen_since: datetime | None = None  # since when the provider refuses to let us look
    deletion: Deletion | None = None
    revision: int = 0
    number: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    model_type: str = "retrieval"
    reason: str | None = None
    percent: int = 0
    stages: tuple[Stage, ...] = field(default_factory=initial_stages)
    intents: Mapping[Effect, Intent] = field(default_factory=dict)
    busy_until: datetime | None = None  # a handler whose intent was dropped may still be writing objects until then
    cancel: Cancel | None = None
    build: Mapping[str, Any] | None = None
    job: Mapping[str, Any] | None = None
    spec: Mapping[str, Any] | None = None
    parameters: Mapping[str, Any] | None = None
    grouping: Mapping[str, Any] | None = None  # shared.insights.grouping; `protocols` among it: key by family
    counts: Mapping[str, Any] | None = None
    hardware: Mapping[str, Any] | None = None  # tier, reason, processing, workers
    estimate: Mapping[str, Any] | None = None  # shared.estimates.Estimate
    limits: Mapping[str, float] | None = None  # minutes, usd: past one of them the run is stopped; attempts
    cost: Mapping[str, Any] | None = None  # estimated, computed: USD; parts of the computed
    remaining: Mapping[str, Any] | None = None  # seconds (None: longer than usual), at_most; as of updated_at
    progress: Mapping[str, Any] | None = None
    insights: Mapping[str, str] = field(default_factory=dict)  # statistics, schema: done, or failed: why (S7.3)
    logs: Mapping[str, str] = field(default_factory=dict)  # `a1-train` -> done, empty, or failed: why (S8.8)
    problems: tuple[Mapping[str, Any], ...] = ()
    error: RunError | None = None
    headline: Mapping[str, Any] | None = None
    headlines: tuple[Mapping[str, Any], ...] = ()
    metrics: Mapping[str, Any] | None = None
    baselines: Mapping[str, Any] | None = None
    model_uri: str | None = None
    mlflow: Mapping[str, Any] | None = None

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def epochs_done(self) -> int:
        return int((self.progress or {}).get("epochs_done", 0))

    @property
    def unkept_logs(self) -> tuple[StageLog, ...]:
        """Of stages that have ended, and of the failures that earlier attempts ended with."""
        if self.deletion is not None:
            return ()
        return tuple(log for log in (*_logs_before(self), *_logs_now(self)) if log.key not in self.logs)

    def log_of(self, stage: str) -> StageLog | None:
        """The newest log of a stage, which may be under way; None when it has none."""
        of_stage = (log for log in (*_logs_before(self), *_logs_now(self, ended=False)) if log.stage == stage)
        return max(of_stage, key=lambda log: log.attempt, default=None)

    def without(self, *effects: Effect) -> Run:
        """The run with these intents closed: what they were for is done, or was never begun."""
        return replace(self, intents={kind: intent for kind, intent in self.intents.items() if kind not in effects})

    def dropping(self, *effects: Effect) -> Run:
        """The run without these intents, whose holders may still be at it until their leases end."""
        leases = [intent.until for kind, intent in self.intents.items() if kind in effects]
        known = [self.busy_until] if self.busy_until else []
        return replace(self.without(*effects), busy_until=max([*leases, *known], default=None))


def _logs_before(run: Run) -> Iterator[StageLog]:
    """What an attempt had finished before it failed is kept by then, or never."""
    for attempt in run.attempts:
        stage = attempt.error.component
        if stage in LOGGING and (attempt.build if stage == "Compile" else attempt.job):
            since, build_id = attempt.started_at or run.created_at, (attempt.build or {}).get("id")
            yield StageLog(attempt.attempt, stage, since, attempt.ended_at, attempt.region, build_id)


def _logs_now(run: Run, *, ended: bool = True) -> Iterator[StageLog]:
    states = ("done", "failed", "cancelled") if ended else ("done", "failed", "cancelled", "running", "cancelling")
    region, build_id = (run.parameters or {}).get("region"), (run.build or {}).get("id")
    for stage in run.stages:
        logged = stage.name in LOGGING and (run.build if stage.name == "Compile" else run.job)
        if logged and stage.state in states and stage.started_at is not None:
            ended_at = stage.ended_at or run.updated_at
            yield StageLog(run.attempt, stage.name, stage.started_at, ended_at, region, build_id)


def new_run(experiment_id: str, request: Mapping[str, Any], endpoint: str, now: datetime) -> Run:
    """The run of a request that has none yet. The request is not validated yet: only text that fits is taken."""
    return Run(
        experiment=experiment_id,
        model_endpoint=endpoint,
        state=State.REQUESTED,
        created_at=now,
        state_entered_at=now,
        updated_at=now,
        names={"experiment": _text(request, "name", 80)},
        owner=_text(request, "owner", 320),
        parent=_text(request, "parent", 63) or None,
        origin=_text(request, "origin", 20) or None,
    )


def _text(request: Mapping[str, Any], key: str, longest: int) -> str:
    value = request.get(key, "")
    return value[:longest] if isinstance(value, str) else ""


def to_document(run: Run) -> dict[str, Any]:
    """The run as Firestore stores it."""
    document = {item.name: getattr(run, item.name) for item in fields(run)}
    return {
        **document,
        "schema_version": SCHEMA_VERSION,
        "state": run.state.value,
        "names": dict(run.names),
        "insights": dict(run.insights),
        "logs": dict(run.logs),
        "logs_pending": bool(run.unkept_logs),  # what a search finds
        "stages": [asdict(stage) for stage in run.stages],
        "intents": {kind.value: asdict(intent) for kind, intent in run.intents.items()},
        "cancel": asdict(run.cancel) if run.cancel else None,
        "problems": [dict(problem) for problem in run.problems],
        "headlines": [dict(card) for card in run.headlines],
        "error": asdict(run.error) if run.error else None,
        "attempts": [asdict(attempt) for attempt in run.attempts],
        "deletion": asdict(run.deletion) if run.deletion else None,
    }


def from_document(document: Mapping[str, Any]) -> Run:
    """The run out of its stored form; fields of later versions are ignored, also inside its parts.

    Raises ValueError for a state or an effect of a later version: what they mean nobody here knows, and a run that is
    taken for another must not be saved.
    """
    return _part(
        Run,
        document,
        state=State(document["state"]),
        stages=tuple(_part(Stage, stage) for stage in document["stages"]),
        intents={Effect(kind): _part(Intent, intent) for kind, intent in document["intents"].items()},
        cancel=_part(Cancel, document["cancel"]) if document["cancel"] else None,
        problems=tuple(document["problems"]),
        headlines=tuple(document.get("headlines", ())),
        error=_error(document["error"]),
        attempts=tuple(
            _part(Attempt, attempt, error=_error(attempt["error"])) for attempt in document.get("attempts", ())
        ),
        deletion=_deletion(document.get("deletion")),
    )


def _error(stored: Mapping[str, Any] | None) -> RunError | None:
    return _part(RunError, stored) if stored else None


def _deletion(stored: Mapping[str, Any] | None) -> Deletion | None:
    return _part(Deletion, stored, finalizers=tuple(stored["finalizers"])) if stored else None


def _part(kind: type[Part], stored: Mapping[str, Any], **read: Any) -> Part:
    """One data class out of its stored form; `read`: the fields that are more than what is stored."""
    return kind(**{name: stored[name] for name in _names(kind) if name in stored} | read)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))
