"""The life of a run: states, edges and `decide` (design section 5).

`decide` is pure and level-triggered: it looks at what is, not at what happened, so that a lost, doubled or late event
changes when a run moves and never where it goes. It returns the next run and the intents that the caller, once it has
stored that run, must act on. An intent is stored with the state that wants it and is leased to whoever stored it; when
that handler dies, the next look after `until` asks again. Every effect is named by experiment and attempt, so that
asking twice does it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from shared import errors, stages
from shared.errors import RunError, classify
from shared.estimates import computed_cost
from shared.facts import Build, Facts, Job
from shared.paths import EXPERIMENT_ID_PATTERN, attempt_name
from shared.problems import Problem
from shared.quota import Queue
from shared.runs import TERMINAL, Cancel, Effect, Intent, Run, State

EDGES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.REQUESTED: frozenset({State.PREPARING, State.CANCELLING, State.FAILED}),
        State.PREPARING: frozenset({State.COMPILING, State.CANCELLING, State.FAILED}),
        State.COMPILING: frozenset({State.SUBMITTING, State.CANCELLING, State.FAILED}),
        State.SUBMITTING: frozenset({State.RUNNING, State.CANCELLING, State.FAILED}),
        State.RUNNING: frozenset({State.COLLECTING, State.CANCELLING, State.FAILED}),
        State.COLLECTING: frozenset({State.COMPLETED, State.FAILED}),
        # A job may finish before the cancel; and `cancelled` cannot be promised of what may not be looked at.
        State.CANCELLING: frozenset({State.COLLECTING, State.CANCELLED, State.FAILED}),
        State.COMPLETED: frozenset(),
        State.CANCELLED: frozenset(),
        State.FAILED: frozenset(),
    }
)

# How long a state may last. Past it, what is still live is stopped, and a state with nothing live fails (E_STUCK).
# `collecting` decides at its first look and has none. `cancelling` goes on until nothing is live, however long that
# takes; its deadline is for one that is refused the look.
DEADLINES: Mapping[State, timedelta] = MappingProxyType(
    {
        State.PREPARING: timedelta(minutes=15),
        State.COMPILING: timedelta(minutes=60),
        State.SUBMITTING: timedelta(minutes=15),
        State.RUNNING: timedelta(hours=24),
        State.CANCELLING: timedelta(minutes=15),
    }
)

# How long an intent belongs to the handler that stored it. A build has no name of ours, so its lease is longer than a
# function may live (300 s). So is that of preparing, whose queries may take 240 s each: an orderly failure gives it
# back at once (`release`), and only one killed in the middle makes the next wait. That of a submission covers two
# reads and the call (`effects.LONGEST_CALL`), because a cancel relies on it. The others may be repeated without harm.
LEASES: Mapping[Effect, timedelta] = MappingProxyType(
    {
        Effect.PREPARE: timedelta(seconds=330),
        Effect.START_BUILD: timedelta(seconds=330),
        Effect.SUBMIT_PIPELINE: timedelta(seconds=150),
        Effect.CANCEL_BUILD: timedelta(seconds=15),
        Effect.CANCEL_PIPELINE: timedelta(seconds=15),
        Effect.MIRROR: timedelta(seconds=60),
    }
)

FIGURES_EVERY = timedelta(seconds=30)  # cost and time left change all the time: not every look is worth a save
PAID = frozenset({Effect.START_BUILD, Effect.SUBMIT_PIPELINE})
SETTLE = timedelta(seconds=30)

FINISHED_FIRST = "finished before the cancel"
WAITING = {"QUEUED": "waiting for machines", "PENDING": "waiting for machines", "PAUSED": "paused"}


@dataclass(frozen=True)
class Decision:
    """The next run, what its saver must do, why it moved (empty: it did not), and what is stored beside the run."""

    run: Run
    intents: Mapping[Effect, Intent] = field(default_factory=dict)
    why: str = ""
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    epochs: tuple[Mapping[str, Any], ...] = ()  # appended to details/history
    seat: Queue | None = None  # it takes a place, if the holders are still those that were seen
    charges: float = 0.0  # USD of an attempt that has ended, added to the endpoint's month
    forgets: bool = False  # the run, its request and its commands go, and a tombstone stays

    @property
    def pays(self) -> bool:
        """Whether acting on it may cost money: storing it and looking for a cancel must be one step."""
        return bool(PAID & set(self.intents))


class ForbiddenEdge(RuntimeError):
    """A fault of ours: `decide` wanted a move that the table does not have."""


def decide(request: Mapping[str, Any] | None, run: Run, facts: Facts, now: datetime) -> Decision:
    """What to do about `run` given the truth; `request` is the client's document, None when it is gone."""
    if facts.unstarted is not None and run.intents.get(Effect.START_BUILD) == facts.unstarted:
        run = run.without(Effect.START_BUILD)
    if run.state is State.REQUESTED:
        return decide_requested(request, run, facts, now)
    decision = _DECIDE[run.state](run, facts, now)
    return replace(decision, run=_with_figures(run, decision.run, now))


def decide_requested(request: Mapping[str, Any] | None, run: Run, facts: Facts, now: datetime) -> Decision:
    """Begin, unless there is nothing that could begin."""
    if request is None:
        return _fail(run, errors.stuck("The experiment document was deleted before it was read."), now)
    if not EXPERIMENT_ID_PATTERN.match(run.experiment):
        return _reject(run, (_bad_id(run.experiment),), now)
    if facts.cancel_requested_at:
        return _start_cancelling(run, facts, now)
    begun = replace(_enter(run, State.PREPARING, now), started_at=now)
    begun = replace(begun, stages=stages.change(begun.stages, "Prepare", "running", now))
    return _ask(begun, Effect.PREPARE, now, why="a request arrived")


def decide_preparing(run: Run, facts: Facts, now: datetime) -> Decision:
    """Wait for the frozen snapshot, or for the reasons why there can be none."""
    if facts.cancel_requested_at:
        return _start_cancelling(run, facts, now)
    if facts.rejected:
        return _reject(run, facts.rejected, now)
    if facts.refused:
        return _fail(run, classify(facts.refused), now)
    if facts.prepared:
        return _prepared(run, facts, now)
    if _overdue(run, now):
        return _fail(run, errors.stuck("Preparing took longer than its deadline."), now)
    return _ask(run, Effect.PREPARE, now, why="prepare again: nobody finished it")


def decide_compiling(run: Run, facts: Facts, now: datetime) -> Decision:
    """The stored spec is what counts: with it the build is skipped, and a build is only a means to get it."""
    build = _own_build(run, facts)
    run = _show_build(run, build)
    if facts.cancel_requested_at:
        return _start_cancelling(run, facts, now)
    if facts.spec_exists:
        return _compiled(run, build, now)
    if facts.refused:
        return _fail(run, classify(facts.refused), now)
    if build is None:
        if _overdue(run, now):
            return _fail(run, errors.stuck("No build could be started before the deadline."), now)
        return _ask(run, Effect.START_BUILD, now, why="no compiled spec is stored")
    return _decide_build(run.without(Effect.START_BUILD), build, facts, now)


def _decide_build(run: Run, build: Build, facts: Facts, now: datetime) -> Decision:
    limit = _passed_limit(run, now)
    if build.live and limit:
        return _ask(_stopping(run, limit), Effect.CANCEL_BUILD, now, limit.code)
    if build.live:
        return _ask(run, Effect.CANCEL_BUILD, now, "the build is overdue") if _overdue(run, now) else Decision(run)
    if limit and build.status == "CANCELLED":
        return _fail(run, limit, now)
    if _overdue(run, now):
        return _fail(run, errors.stuck("The build did not end before the deadline."), now)
    if build.status == "CANCELLED":
        return _stopped_outside(run, "build", now)
    found = facts.evidence or errors.Evidence("Compile", f"The build ended with {build.status}. {build.detail}".strip())
    return _fail(run, classify(found), now)


def decide_submitting(run: Run, facts: Facts, now: datetime) -> Decision:
    """Wait until the job with our name exists; a job of that name by somebody else is not ours to adopt."""
    if facts.job is None:
        if facts.cancel_requested_at:
            return _start_cancelling(run, facts, now)
        if facts.refused:
            return _fail(run, classify(facts.refused), now)
        if _overdue(run, now):
            return _fail(run, errors.stuck("The pipeline job could not be created before the deadline."), now)
        return _ask(run, Effect.SUBMIT_PIPELINE, now, why="no pipeline job exists")
    if not _ours(run, facts.job):
        return _fail(run, errors.name_taken(attempt_name(run.experiment, run.attempt)), now)
    running = _enter(_show_job(run, facts, now), State.RUNNING, now).without(Effect.SUBMIT_PIPELINE)
    return Decision(running, why="the pipeline job exists")


def decide_running(run: Run, facts: Facts, now: datetime) -> Decision:
    """Show the job's tasks and epochs; leave when it ends, or when somebody wants it to."""
    if facts.job is None:
        return _decide_unseen_job(run, facts, now)
    run = _show_job(run, facts, now)
    if facts.job.state == "SUCCEEDED":
        return _start_collecting(run, facts, now)
    if facts.cancel_requested_at:
        return replace(_start_cancelling(run, facts, now), epochs=facts.new_epochs)
    limit = _passed_limit(run, now)
    if limit and facts.job.state != "FAILED":
        return _decide_limited_job(run, facts.job, facts, limit, now)
    if _overdue(run, now):
        return _decide_overdue_job(run, facts, now)
    if facts.job.state == "FAILED":
        return _fail(run, classify(facts.evidence or errors.Evidence(None, facts.job.error)), now, facts.new_epochs)
    if facts.job.state in ("CANCELLING", "CANCELLED"):
        return replace(_stopped_outside(run, "pipeline job", now), epochs=facts.new_epochs)
    return Decision(replace(run, reason=WAITING.get(facts.job.state)), epochs=facts.new_epochs)


def _decide_unseen_job(run: Run, facts: Facts, now: datetime) -> Decision:
    """It is gone, or we may not look at it: then a cancel is still sent."""
    if facts.refused is None:
        return _fail(run, errors.stuck("The pipeline job no longer exists."), now)
    if facts.cancel_requested_at:
        return _start_cancelling(run, facts, now)
    return _fail(run, classify(facts.refused), now)


def _decide_limited_job(run: Run, job: Job, facts: Facts, limit: RunError, now: datetime) -> Decision:
    """Stop the job; the run fails when it has ended, and keeps its epochs."""
    if not job.live:
        return _fail(run, limit, now, facts.new_epochs)
    stopping = _stopping(run, limit)
    if job.state == "CANCELLING":
        return Decision(stopping, epochs=facts.new_epochs)
    return replace(_ask(stopping, Effect.CANCEL_PIPELINE, now, limit.code), epochs=facts.new_epochs)


def _decide_overdue_job(run: Run, facts: Facts, now: datetime) -> Decision:
    if facts.job is not None and facts.job.live:
        return replace(_ask(run, Effect.CANCEL_PIPELINE, now, "the pipeline job is overdue"), epochs=facts.new_epochs)
    return _fail(run, errors.stuck("The pipeline job did not end before the deadline."), now, facts.new_epochs)


def decide_collecting(run: Run, facts: Facts, now: datetime) -> Decision:
    """The results are there and valid, or the run has failed: a job that succeeded writes nothing later."""
    if facts.collected is None:
        problem = facts.results_problem or "results.json is missing"
        return _fail(run, errors.results_invalid(problem), now, facts.new_epochs)
    late = run.cancel or _cancel_of(run, facts)
    completed = replace(
        _end(_show_progress(run, facts), State.COMPLETED, now),
        stages=stages.close_completed(stages.change(run.stages, "Collect", "done", ended_at=now)),
        percent=100,
        cancel=late,
        reason=FINISHED_FIRST if late else None,
        error=None,
        headline=facts.collected.headline,
        headlines=facts.collected.headlines,
        metrics=facts.collected.metrics,
        baselines=facts.collected.baselines,
        counts={**(run.counts or {}), **facts.collected.counts},
        problems=(*run.problems, *(asdict(warning) for warning in facts.collected.warnings)),
        mlflow={"state": "pending", "run_id": None, "url": None, "reason": None} if facts.mirror_configured else None,
    )
    return Decision(
        completed, why="the results are valid", details={"evaluation": facts.collected.evaluation},
        epochs=facts.new_epochs,
    )  # fmt: skip


def decide_cancelling(run: Run, facts: Facts, now: datetime) -> Decision:
    """Stop what is live; `cancelled` is a promise that nothing is, and nothing can still be about to start."""
    return replace(_decide_cancelling(run, facts, now), epochs=facts.new_epochs)


def _decide_cancelling(run: Run, facts: Facts, now: datetime) -> Decision:
    if facts.job is None or not _ours(run, facts.job):
        run = _show_progress(run, facts)
    else:
        run = _show_job(run, facts, now).without(Effect.SUBMIT_PIPELINE)
        if facts.job.state == "SUCCEEDED":
            return _start_collecting(run, facts, now)
        if facts.job.state == "CANCELLING":
            return Decision(run)
        if facts.job.live:
            return _ask(run, Effect.CANCEL_PIPELINE, now, why="the pipeline job is live")
    if facts.builds:
        run = run.without(Effect.START_BUILD)
    if any(build.live for build in facts.builds):
        return _ask(run, Effect.CANCEL_BUILD, now, why="a build is live")
    if _may_still_start(run, now):
        return Decision(run)
    if facts.refused and facts.job is None and not facts.builds:
        return _decide_unseen_cancel(run, facts.refused, now)
    cancelled = replace(_end(run, State.CANCELLED, now), stages=stages.close_cancelled(run.stages, now), reason=None)
    return Decision(cancelled, why="nothing is live")


def _decide_unseen_cancel(run: Run, refused: errors.Evidence, now: datetime) -> Decision:
    """Whether anything is live cannot be seen: send the job its cancel all the same, and look again for a while."""
    if _overdue(run, now):
        return _fail(run, classify(refused), now)
    return _ask(run, Effect.CANCEL_PIPELINE, now, why="the job may be live") if run.job else Decision(run)


def decide_completed(run: Run, facts: Facts, now: datetime) -> Decision:
    """Nothing moves any more, but the projection to MLflow is written when it can be (S6.21)."""
    if (run.mlflow or {}).get("state") != "pending":
        return Decision(run)
    if facts.mirrored is None:
        return _ask(run, Effect.MIRROR, now)
    mirrored = replace(run, mlflow=asdict(facts.mirrored))
    if facts.mirrored.state == "pending":  # the lease keeps this handler from trying again at once
        return Decision(mirrored)
    return Decision(mirrored.without(Effect.MIRROR))


def decide_nothing(run: Run, facts: Facts, now: datetime) -> Decision:
    return Decision(run)


_DECIDE: Mapping[State, Callable[[Run, Facts, datetime], Decision]] = MappingProxyType(
    {
        State.PREPARING: decide_preparing,
        State.COMPILING: decide_compiling,
        State.SUBMITTING: decide_submitting,
        State.RUNNING: decide_running,
        State.COLLECTING: decide_collecting,
        State.CANCELLING: decide_cancelling,
        State.COMPLETED: decide_completed,
        State.CANCELLED: decide_nothing,
        State.FAILED: decide_nothing,
    }
)


def release(run: Run, effects: Iterable[Effect], now: datetime) -> Run:
    """Give leases back after an outage. A build or a job that may have been created although its call failed needs
    time to become visible, so that the next handler finds it instead of starting another or writing `cancelled`."""
    given_back = {
        effect: replace(run.intents[effect], until=now + SETTLE if effect in PAID else now)
        for effect in effects
        if effect in run.intents
    }
    return replace(run, intents={**run.intents, **given_back})


# ------------------------------------------------------------------------------------------------------- moves


def _enter(run: Run, state: State, now: datetime) -> Run:
    if state not in EDGES[run.state]:
        raise ForbiddenEdge(f"{run.experiment}: no edge from {run.state.value} to {state.value}")
    return replace(run, state=state, state_entered_at=now, reason=None)


def _end(run: Run, state: State, now: datetime) -> Run:
    """Enter a terminal state: nothing is wanted any more, and the duration is fixed in the same write (S9.6)."""
    ended = _enter(run, state, now)
    seconds = round((now - (run.started_at or run.created_at)).total_seconds(), 3)
    return replace(ended, intents={}, ended_at=now, duration_seconds=seconds)


def _fail(run: Run, error: RunError, now: datetime, epochs: tuple[Mapping[str, Any], ...] = ()) -> Decision:
    shown = stages.close_failed(run.stages, error.component, now)
    failed = replace(_end(run, State.FAILED, now), error=error, stages=shown)
    return Decision(failed, why=error.code, epochs=epochs)


def _reject(run: Run, problems: tuple[Problem, ...], now: datetime) -> Decision:
    """Fail with every problem of the documents; the error repeats the first in one sentence."""
    first = next((problem for problem in problems if problem.severity == "error"), problems[0])
    decision = _fail(run, errors.invalid(first.code, f"{first.path}: {first.problem} {first.remedy}"), now)
    return replace(decision, run=replace(decision.run, problems=tuple(asdict(problem) for problem in problems)))


def _start_cancelling(run: Run, facts: Facts, now: datetime) -> Decision:
    cancelling = replace(_enter(run, State.CANCELLING, now), cancel=_cancel_of(run, facts))
    return Decision(cancelling.without(Effect.PREPARE), why="a cancel was asked for")


def _stopped_outside(run: Run, what: str, now: datetime) -> Decision:
    stopped = replace(_enter(run, State.CANCELLING, now), error=errors.cancelled_outside(what))
    return Decision(stopped, why=f"the {what} was cancelled by somebody else")


def _start_collecting(run: Run, facts: Facts, now: datetime) -> Decision:
    collecting = _enter(run, State.COLLECTING, now).without(Effect.CANCEL_PIPELINE, Effect.CANCEL_BUILD)
    shown = stages.change(collecting.stages, "Collect", "running", now)
    return Decision(replace(collecting, stages=shown), why="the pipeline job succeeded", epochs=facts.new_epochs)


def _prepared(run: Run, facts: Facts, now: datetime) -> Decision:
    prepared = facts.prepared
    assert prepared is not None
    shown = stages.change(run.stages, "Prepare", "done", ended_at=now)
    compiling = replace(
        _enter(run, State.COMPILING, now).without(Effect.PREPARE),
        stages=stages.change(shown, "Compile", "running", now),
        names=prepared.names,
        model_type=prepared.model_type,
        parameters=prepared.parameters,
        counts=prepared.counts,
        problems=tuple(asdict(warning) for warning in prepared.warnings),
        spec={
            "key": prepared.compile_key,
            "uri": prepared.spec_uri,
            "reused": False,
            "options": dict(prepared.spec_options),
        },
        hardware=prepared.hardware,
        estimate=prepared.estimate,
        limits=prepared.limits,
        progress={
            "epochs_done": 0,
            "epochs": prepared.parameters["epochs"],
            "last": None,
            "best_epoch": None,
            "epoch_seconds": [],
        },
    )
    return Decision(_with_percent(run, compiling, now), why="the snapshot is frozen", details=prepared.details)


def _compiled(run: Run, build: Build | None, now: datetime) -> Decision:
    reused = build is None  # a lease stays: a build may be about to start, which a cancel must wait for
    ended_at = build.ended_at if build else now
    shown = stages.change(run.stages, "Compile", "reused" if reused else "done", ended_at=ended_at or now)
    submitting = replace(
        _enter(run, State.SUBMITTING, now),
        stages=shown,
        spec={**(run.spec or {}), "reused": reused},
    )
    why = "the compiled spec was stored already" if reused else "the spec is compiled"
    submitting = submitting if reused else submitting.without(Effect.START_BUILD)
    return _ask(_with_percent(run, submitting, now), Effect.SUBMIT_PIPELINE, now, why)


def _ask(run: Run, effect: Effect, now: datetime, why: str = "") -> Decision:
    """Want `effect`, unless another handler is at it."""
    held = run.intents.get(effect)
    if held is not None and now < held.until:
        return Decision(run)
    intent = Intent(attempt_name(run.experiment, run.attempt), now, now + LEASES[effect])
    return Decision(replace(run, intents={**run.intents, effect: intent}), {effect: intent}, why)


# ------------------------------------------------------------------------------------------------ what is shown


def _show_build(run: Run, build: Build | None) -> Run:
    if build is None:
        return run
    shown = stages.change(run.stages, "Compile", "running", build.started_at or build.created_at)
    return replace(run, build={"id": build.id, "status": build.status}, stages=shown)


def _show_job(run: Run, facts: Facts, now: datetime) -> Run:
    job = facts.job
    assert job is not None
    shown = replace(
        _show_progress(run, facts),
        job={"name": job.name, "state": job.state},
        stages=stages.from_tasks(run.stages, job.tasks),
        model_uri=job.model_uri or run.model_uri,
    )
    return _with_percent(run, shown, now)


def _show_progress(run: Run, facts: Facts) -> Run:
    if not facts.new_epochs:
        return run
    last = facts.new_epochs[-1]
    done = run.epochs_done + len(facts.new_epochs)
    seconds = [*(run.progress or {}).get("epoch_seconds", []), *(epoch["epoch_seconds"] for epoch in facts.new_epochs)]
    best = [epoch["epoch"] for epoch in facts.new_epochs if epoch.get("best")]
    progress = {"epochs_done": done, "epochs": last["epochs"], "last": dict(last),
                "best_epoch": best[-1] if best else (run.progress or {}).get("best_epoch"),
                "epoch_seconds": seconds[-stages.EPOCHS_TO_KEEP :]}  # fmt: skip
    return replace(run, progress=progress)


def _with_percent(before: Run, run: Run, now: datetime) -> Run:
    """S9.5: it never falls within an attempt."""
    epochs = int((run.progress or {}).get("epochs", 0))
    predicted = (run.estimate or {}).get("seconds", {})
    return replace(
        run, percent=max(before.percent, stages.percent(run.stages, run.epochs_done, epochs, predicted, now))
    )


def _with_figures(before: Run, run: Run, now: datetime) -> Run:
    """What it has cost and how long it will still take, when there is something new or the figures are old."""
    if run.estimate is None or before.state in TERMINAL:
        return run
    if run == before and now - before.updated_at < FIGURES_EVERY:
        return run
    parts = computed_cost(run.stages, run.estimate, now)
    cost = {"estimated": run.estimate["total_usd"], "computed": parts.pop("total"), "parts": parts}
    return replace(run, cost=cost, remaining=None if run.state in TERMINAL else _remaining(run, run.estimate, now))


def _remaining(run: Run, estimate: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    progress, predicted = run.progress or {}, estimate["seconds"]
    found = stages.remaining(
        run.stages,
        predicted,
        {stage: seconds * estimate["high"][stage] for stage, seconds in predicted.items()},
        progress.get("epoch_seconds", []),
        max(0, int(progress.get("epochs", 0)) - run.epochs_done),
        bool((run.parameters or {}).get("early_stopping", True)),
        now,
    )
    return asdict(found)


# ---------------------------------------------------------------------------------------------------- questions


def _overdue(run: Run, now: datetime) -> bool:
    return now - run.state_entered_at > DEADLINES[run.state]


def _passed_limit(run: Run, now: datetime) -> RunError | None:
    """S5.1 `max_minutes`, counted from the first paid step, and `max_cost_usd` (S5.9). Once passed, it stays so."""
    if run.error is not None or run.limits is None:
        return run.error
    starts = [stage.started_at for stage in run.stages if stage.started_at and stage.name != "Prepare"]
    if starts and now - min(starts) > timedelta(minutes=run.limits["minutes"]):
        return errors.over_time(run.limits["minutes"])
    spent = computed_cost(run.stages, run.estimate, now)["total"] if run.estimate else 0.0
    return errors.over_budget(spent, run.limits["usd"]) if spent > run.limits["usd"] else None


def _stopping(run: Run, limit: RunError) -> Run:
    return replace(run, error=limit, reason=f"stopping: {limit.title.lower()}")


def _own_build(run: Run, facts: Facts) -> Build | None:
    """The recorded build, else the oldest: a rare twin is legal and never consumed."""
    recorded = [build for build in facts.builds if run.build and build.id == run.build["id"]]
    return min(recorded or facts.builds, key=lambda build: (build.created_at, build.id), default=None)


def _ours(run: Run, job: Job) -> bool:
    return job.labels.get("experiment") == run.experiment and job.labels.get("attempt") == str(run.attempt)


def _may_still_start(run: Run, now: datetime) -> bool:
    """Somebody holds the right to start a build or a job, and what they start is not visible yet."""
    return any(now < intent.until for effect, intent in run.intents.items() if effect in PAID)


def _cancel_of(run: Run, facts: Facts) -> Cancel | None:
    return Cancel(facts.cancel_requested_at, run.state.value) if facts.cancel_requested_at else None


def _bad_id(experiment_id: str) -> Problem:
    return Problem(
        "E_ID", "id", f"{experiment_id!r} is not an experiment id.",
        "Use `exp-` and a ULID in lower case; `quicktest run` makes one.",
    )  # fmt: skip


__all__ = ["DEADLINES", "EDGES", "LEASES", "TERMINAL", "Decision", "ForbiddenEdge", "decide", "release"]
