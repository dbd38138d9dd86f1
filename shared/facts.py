"""What `observe` found out about the world: the only input of `decide` besides the run itself (design section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.errors import Evidence
from shared.problems import Problem
from shared.quota import Limits, Queue
from shared.runs import Intent

ENDED_BUILD = frozenset({"SUCCESS", "FAILURE", "INTERNAL_ERROR", "TIMEOUT", "CANCELLED", "EXPIRED"})
ENDED_JOB = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


@dataclass(frozen=True)
class Build:
    """A Cloud Build build of this attempt. `status` is the provider's word."""

    id: str
    status: str
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str = ""

    @property
    def live(self) -> bool:
        """Unless it is known to have ended: an unknown status costs money until proven otherwise."""
        return self.status not in ENDED_BUILD


@dataclass(frozen=True)
class Task:
    """A task of a pipeline job; `state` is the provider's word, `log_job` the id its container's log lies under and
    `outputs` holds the URI of its artifact by output name, of an equal task's when that was taken over."""

    name: str
    state: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: str = ""
    log_job: str | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A Vertex AI pipeline job; `state` without its prefix `PIPELINE_STATE_`."""

    name: str
    state: str
    labels: Mapping[str, str] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()
    error: str = ""
    model_uri: str | None = None

    @property
    def live(self) -> bool:
        """Unless it is known to have ended. PAUSED is live: it can go on."""
        return self.state not in ENDED_JOB


@dataclass(frozen=True)
class Prepared:
    """A valid request, frozen: what the run document shows of it, and the two details that are stored with it."""

    names: Mapping[str, str]
    model_type: str
    parameters: Mapping[str, Any]
    counts: Mapping[str, Any]
    compile_key: str
    spec_uri: str
    warnings: tuple[Problem, ...]
    details: Mapping[str, Mapping[str, Any]]
    spec_options: Mapping[str, Any] = field(default_factory=dict)  # shared.parameters.SpecOptions
    images: Mapping[str, str] = field(default_factory=dict)  # compiler, trainer
    beam_arguments: tuple[str, ...] = ()  # of the deployment
    hardware: Mapping[str, Any] | None = None
    estimate: Mapping[str, Any] | None = None
    limits: Mapping[str, float] | None = None
    grouping: Mapping[str, Any] | None = None  # shared.insights.grouping, with the protocol keys


@dataclass(frozen=True)
class Collected:
    """A valid results.json: what the run document shows of it, and the whole."""

    headline: Mapping[str, Any]
    headlines: tuple[Mapping[str, Any], ...]  # a card for each family of metrics; the first is `headline`
    metrics: Mapping[str, Any]
    baselines: Mapping[str, Any]
    counts: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Insight:
    """What a data stage's artifacts tell (S7.3-S7.6): `kind` is `statistics` or `schema`, `state` is `done` or
    `failed: …` with the reason, and `details` are stored beside the run."""

    kind: str
    state: str
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Mirrored:
    """How writing to MLflow went: `done`, `pending` (out of reach: again later) or `failed` (never works)."""

    state: str
    run_id: str | None = None
    url: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Wish:
    """A command that somebody wrote (design section 4): when it arrived, and whose it is."""

    at: datetime
    by: str


@dataclass(frozen=True)
class Finalized:
    """One finalizer of a deletion is done."""

    finalizer: str


@dataclass(frozen=True)
class Facts:
    """Truth of the current attempt. What a state does not need is not looked at and stays empty."""

    cancel_requested_at: datetime | None = None
    delete: Wish | None = None
    queue: Queue | None = None  # who holds a place and who waits for one; only while `requested`
    limits: Limits | None = None  # of the places; only while `requested`
    regions: tuple[str, ...] = ()  # of the deployment, in the order of their use
    prepared: Prepared | None = None
    rejected: tuple[Problem, ...] = ()
    builds: tuple[Build, ...] = ()
    spec_exists: bool = False
    job: Job | None = None
    new_epochs: tuple[Mapping[str, Any], ...] = ()
    insights: tuple[Insight, ...] = ()  # of the data, that the run does not have yet
    collected: Collected | None = None
    results_problem: str | None = None
    evidence: Evidence | None = None  # of the build or task that failed
    refused: Evidence | None = None  # an effect met an error that repeating would not mend
    unseen: Evidence | None = None  # the provider refused the look that this state needs
    unstarted: Intent | None = None  # a lease on a build whose holder found that none is needed
    mirrored: Mirrored | None = None
    mirror_configured: bool = False
    object_bytes: int | None = None  # that the objects of a run take; only when it is about to be deleted
    readers: int = 0  # live runs that may be reading outputs of a run that is being deleted
    finalized: Finalized | None = None
