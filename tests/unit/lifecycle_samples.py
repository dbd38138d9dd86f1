"""Runs and facts for the tests of the lifecycle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.estimates import Work, estimate
from shared.facts import Build, Collected, Facts, Job, Prepared, Task
from shared.lifecycle import LEASES
from shared.paths import attempt_name
from shared.problems import Problem
from shared.quota import Limits, Queue, Waiting
from shared.runs import Effect, Intent, Run, State, new_run
from shared.stages import change, initial_stages
from tests.unit import samples

EXPERIMENT = samples.EXPERIMENT_ID
ATTEMPT = attempt_name(EXPERIMENT, 1)
REQUEST = samples.EXPERIMENT
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(minutes=5)
LATE = START + timedelta(days=3)
LABELS = {"app": "quicktest", "experiment": EXPERIMENT, "attempt": "1", "endpoint": "wholesale"}
PENDING_MIRROR = {"state": "pending", "run_id": None, "url": None, "reason": None}

PREPARED = Prepared(
    names={"dataset": "Sales"}, model_type="retrieval", parameters={"epochs": 2}, counts={"rows": {"train": 100}},
    compile_key="abc", spec_uri="gs://b/specs/abc.json", warnings=(), details={"snapshot": {}, "code": {}},
)  # fmt: skip
CARD = {"metric": "recall_at_10"}
COLLECTED = Collected(
    headline=CARD, headlines=(CARD,), metrics={"mrr": {"value": 1.0}}, baselines={"popularity": {}},
    counts={"misses": 0}, evaluation={"a": 1},
)  # fmt: skip
ESTIMATE = estimate(
    Work(rows=80_000, train_rows=64_000, epochs=20, batch_size=2_048, parameters=20_000, dense_parameters=20_000,
         output_dim=32, tier="small")
).to_dict()  # fmt: skip
QUEUE = Queue(holders={}, waiting=(Waiting(EXPERIMENT, "wholesale", START),), mark="seen")
LIMITS = Limits(total=5)
TURN = Facts(queue=QUEUE, limits=LIMITS, regions=("europe-west4", "europe-west1"))  # a place is free
PROBLEM = Problem("E_REQUIRED", "roles", "it is missing.", "Add it.")
BUILD_STATUSES = ("PENDING", "QUEUED", "WORKING", "SUCCESS", "FAILURE", "INTERNAL_ERROR", "TIMEOUT", "CANCELLED",
                  "EXPIRED", "STATUS_UNKNOWN", "17")  # fmt: skip
JOB_STATES = ("QUEUED", "PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLING", "CANCELLED", "PAUSED", "UNSPECIFIED")


def run_in(state: State, **changes: object) -> Run:
    """A run that rests in `state`, with what it has by then."""
    run = replace(new_run(EXPERIMENT, REQUEST, "wholesale", START), state=state, revision=3, number=1)
    if state not in (State.REQUESTED, State.PREPARING):
        progress = {"epochs_done": 0, "epochs": 2, "last": None}
        run = replace(run, spec={"key": "abc", "uri": "gs://b/s", "reused": False}, started_at=START, progress=progress)
    return replace(run, **changes)


def epoch_record(epoch: int) -> dict[str, object]:
    return {"epoch": epoch, "epochs": 2, "epoch_seconds": 10.0 + epoch, "train": {"loss": 1.0}}


def over_limit(state: State) -> Run:
    """A run in `state` whose build began three hours ago."""
    running = change(initial_stages(), "Compile", "running", START - timedelta(hours=3))
    return run_in(state, stages=running, limits={"minutes": 120, "usd": 10.0}, estimate=ESTIMATE)


def job(state: str, *tasks: Task, **changes: object) -> Job:
    return replace(Job(f"projects/p/{ATTEMPT}", state, LABELS, tasks), **changes)


def build(status: str, number: int = 1, **changes: object) -> Build:
    return replace(Build(f"build-{number}", status, START + timedelta(seconds=number)), **changes)


def leased(run: Run, effect: Effect) -> Run:
    intent = Intent(ATTEMPT, NOW, NOW + LEASES[effect])
    return replace(run, intents={**run.intents, effect: intent})
