"""What to do in each state, given the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from shared import errors, stages
from shared.errors import RunError, classify
from shared.facts import ENDED_BUILD, Build, Facts, Job
from shared.insights.grouping import counted
from shared.lifecycle.decision import Decision, ask, end, enter, fail, may_still_start, reject, shown_problems
from shared.lifecycle.deleting import decide_deleting, is_deleting
from shared.lifecycle.retrying import fail_or_retry
from shared.lifecycle.showing import (
    attempt_cost,
    passed_limit,
    show_build,
    show_job,
    show_progress,
    spent_before,
    stopped_words,
    with_figures,
    with_insights,
    with_percent,
)
from shared.lifecycle.table import DEADLINES, EDGES, MIRROR_AGAIN, SETTLE, UNSEEN_FOR
from shared.paths import EXPERIMENT_ID_PATTERN, attempt_name
from shared.problems import Problem
from shared.quota import Limits, Queue, admitted
from shared.quota import reason as waiting_reason
from shared.runs import SEATED, Cancel, Effect, Run, State

CLOCKS = timedelta(seconds=10)  # by which the provider's may differ from ours
FINISHED_FIRST = "finished before the cancel"
LOOKED_AT = SEATED - {State.PREPARING}  # states that depend on what the provider shows
WAITING = {"QUEUED": "waiting for machines", "PENDING": "waiting for machines", "PAUSED": "paused"}


def decide(request: Mapping[str, Any] | None, run: Run, facts: Facts, now: datetime) -> Decision:
    """What to do about `run` given the truth; `request` is the client's document, None when it is gone."""
    if is_deleting(run, facts):
        return decide_deleting(run, facts, now)
    if facts.unstarted is not None and run.intents.get(Effect.START_BUILD) == facts.unstarted:
        run = run.without(Effect.START_BUILD)
    if request is None and run.live and facts.cancel_requested_at is None:  # nobody wants it any more
        facts = replace(facts, cancel_requested_at=now)
    if facts.unseen is None and run.unseen_since is not None:
        run = replace(run, unseen_since=None, reason=None)
    blind = facts.unseen is not None and run.state in LOOKED_AT
    decided = decide_unseen(run, facts, now) if blind else _DECIDE[run.state](run, facts, now)
    decided = with_insights(run, decided, facts)
    shown = with_figures(run, decided.run, now)
    if request is None and run.live and shown.state is State.CANCELLED and shown.cancel is not None:
        shown = replace(shown, reason=f"{shown.reason}; its document had been deleted")
    return _with_charges(run, replace(decided, run=shown), now)


def _with_charges(before: Run, decision: Decision, now: datetime) -> Decision:
    """An attempt is charged in the very commit that ends it."""
    run = decision.run
    if before.state not in SEATED or run.state in SEATED:
        return decision
    ended_here = run.attempts[-1].spent_usd if run.attempt != before.attempt else attempt_cost(run, now)
    return replace(decision, charges=ended_here)


# --------------------------------------------------------------------------------------------------------- states


def decide_requested(run: Run, facts: Facts, now: datetime) -> Decision:
    """Begin, when it is this one's turn (S10.18) and the pause before another attempt is over."""
    if not EXPERIMENT_ID_PATTERN.match(run.experiment):
        return reject(run, (_bad_id(run.experiment),), now)
    if facts.cancel_requested_at:
        return _cancelled(replace(run, cancel=_cancel_of(run, facts)), "nothing had begun", now)
    if run.retry_at is not None and now < run.retry_at:
        return Decision(run)
    queue, limits = facts.queue or Queue(), facts.limits or Limits(total=1)
    if run.experiment not in queue.holders and run.experiment not in admitted(queue, limits):
        waiting = replace(run, reason=waiting_reason(run.experiment, run.model_endpoint, queue, limits))
        return Decision(waiting, why="" if run.reason else "no place is free")
    begun = replace(enter(run, State.PREPARING, now), started_at=run.started_at or now, retry_at=None)
    begun = replace(begun, stages=stages.change(begun.stages, "Prepare", "running", now))
    why = "a request arrived" if run.attempt == 1 else f"attempt {run.attempt} begins"
    return replace(ask(begun, Effect.PREPARE, now, why), seat=queue)


def decide_preparing(run: Run, facts: Facts, now: datetime) -> Decision:
    """Wait for the frozen snapshot, or for the reasons why there can be none."""
    if facts.cancel_requested_at:
        return _start_cancelling(run, facts, now)
    if facts.rejected:  # by the holder of the intent, who has ended with this answer
        return reject(run.without(Effect.PREPARE), facts.rejected, now)
    if facts.refused:
        return fail_or_retry(run.without(Effect.PREPARE), classify(facts.refused), facts, now)
    if facts.prepared:
        return _prepared(run, facts, now)
    if _overdue(run, now):
        return fail(run, errors.stuck("Preparing took longer than its deadline."), now)
    return ask(run, Effect.PREPARE, now, why="prepare again: nobody finished it")


def decide_compiling(run: Run, facts: Facts, now: datetime) -> Decision:
    """The stored spec is what counts: with it the build is skipped, and a build is only a means to get it."""
    build = _own_build(run, facts)
    run = show_build(run, build)
    if facts.cancel_requested_at:
        return _start_cancelling(run, facts, now)
    if facts.spec_exists:
        return _compiled(run, build, now)
    if facts.refused:
        return fail_or_retry(run.without(Effect.START_BUILD), classify(facts.refused), facts, now)
    if build is None:
        if _overdue(run, now) and not may_still_start(run, now):
            return fail(run, errors.stuck("No build could be started before the deadline."), now)
        if run.build is not None:  # the list does not show it yet
            return Decision(run)
        return ask(run, Effect.START_BUILD, now, why="no compiled spec is stored")
    if not build.live and _may_start_another(run, build, now):
        return Decision(run)
    return _decide_build(run.without(Effect.START_BUILD), build, facts, now)


def _may_start_another(run: Run, build: Build, now: datetime) -> bool:
    """Lists had not shown this build yet when somebody was given the right to start one: theirs would begin when the
    attempt is over. Of the build that the right was for, nobody waits."""
    intent = run.intents.get(Effect.START_BUILD)
    return intent is not None and now < intent.until and intent.created_at > build.created_at + CLOCKS


def _decide_build(run: Run, build: Build, facts: Facts, now: datetime) -> Decision:
    limit = passed_limit(run, now)
    if build.live and limit:
        return ask(_stopping(run, limit), Effect.CANCEL_BUILD, now, limit.code)
    if build.live:
        return ask(run, Effect.CANCEL_BUILD, now, "the build is overdue") if _overdue(run, now) else Decision(run)
    if limit and build.status == "CANCELLED":
        return fail(run, limit, now)
    if _overdue(run, now):
        return fail(run, errors.stuck("The build did not end before the deadline."), now)
    if build.status == "CANCELLED":
        return _stopped_outside(run, "build", now)
    found = facts.evidence or errors.Evidence("Compile", f"The build ended with {build.status}. {build.detail}".strip())
    return fail_or_retry(run, classify(found), replace(facts, evidence=found), now)


def decide_submitting(run: Run, facts: Facts, now: datetime) -> Decision:
    """Wait until the job with our name exists; a job of that name by somebody else is not ours to adopt."""
    if facts.job is None:
        if facts.cancel_requested_at:
            return _start_cancelling(run, facts, now)
        if facts.refused:
            return fail_or_retry(run.without(Effect.SUBMIT_PIPELINE), classify(facts.refused), facts, now)
        if _overdue(run, now) and not may_still_start(run, now):
            return fail(run, errors.stuck("The pipeline job could not be created before the deadline."), now)
        return ask(run, Effect.SUBMIT_PIPELINE, now, why="no pipeline job exists")
    if not _ours(run, facts.job):
        return fail(run, errors.name_taken(attempt_name(run.experiment, run.attempt)), now)
    running = enter(show_job(run, facts, now), State.RUNNING, now).without(Effect.SUBMIT_PIPELINE)
    return Decision(running, why="the pipeline job exists")


def decide_running(run: Run, facts: Facts, now: datetime) -> Decision:
    """Show the job's tasks and epochs; leave when it ends, or when somebody wants it to."""
    decided = _decide_running(run, facts, now)
    if decided.run.attempt != run.attempt:  # what was left of its epochs is not appended to those of the next attempt
        return decided
    return replace(decided, epochs=facts.new_epochs)


def _decide_running(run: Run, facts: Facts, now: datetime) -> Decision:
    if facts.job is None:
        return fail(run, errors.stuck("The pipeline job no longer exists."), now, facts)
    run = show_job(run, facts, now)
    if facts.job.state == "SUCCEEDED":
        return _start_collecting(run, now)
    if facts.cancel_requested_at:
        return _start_cancelling(run, facts, now)
    limit = passed_limit(run, now)
    if limit and facts.job.state != "FAILED":
        return _decide_limited_job(run, facts.job, limit, facts, now)
    if _overdue(run, now):
        return _decide_overdue_job(run, facts.job, facts, now)
    if facts.job.state == "FAILED":
        found = facts.evidence or errors.Evidence(None, facts.job.error)
        return fail_or_retry(run, classify(found), replace(facts, evidence=found), now)
    if facts.job.state in ("CANCELLING", "CANCELLED"):
        return _stopped_outside(run, "pipeline job", now)
    return Decision(replace(run, reason=WAITING.get(facts.job.state)))


def _decide_limited_job(run: Run, job: Job, limit: RunError, facts: Facts, now: datetime) -> Decision:
    """Stop the job; the run fails when it has ended, or will not hear of it, and keeps its epochs."""
    if not job.live or facts.refused:
        return fail(run, limit, now, facts)
    stopping = _stopping(run, limit)
    if job.state == "CANCELLING":
        return Decision(stopping)
    return ask(stopping, Effect.CANCEL_PIPELINE, now, limit.code)


def _decide_overdue_job(run: Run, job: Job, facts: Facts, now: datetime) -> Decision:
    if job.live and not facts.refused:
        return ask(run, Effect.CANCEL_PIPELINE, now, "the pipeline job is overdue")
    return fail(run, errors.stuck("The pipeline job did not end before the deadline."), now, facts)


def decide_collecting(run: Run, facts: Facts, now: datetime) -> Decision:
    """The results are there and valid, or the run has failed: a job that succeeded writes nothing later."""
    if facts.collected is None:
        problem = facts.results_problem or "results.json is missing"
        return fail(run, errors.results_invalid(problem), now, facts)
    late = run.cancel or (_cancel_of(run, facts) if facts.cancel_requested_at else None)
    completed = replace(
        end(show_progress(run, facts), State.COMPLETED, now),
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
        grouping=counted(run.grouping, facts.collected.evaluation),
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
        run = show_progress(run, facts)
    else:
        run = show_job(run, facts, now).without(Effect.SUBMIT_PIPELINE)
        if facts.job.state == "SUCCEEDED":
            return _start_collecting(run, now)
        if facts.job.state == "CANCELLING":
            return Decision(run)
        if facts.job.live:
            return ask(run, Effect.CANCEL_PIPELINE, now, why="the pipeline job is live")
    if facts.builds:
        run = run.without(Effect.START_BUILD)
    if any(build.live for build in facts.builds):
        return ask(run, Effect.CANCEL_BUILD, now, why="a build is live")
    if may_still_start(run, now) or _hides_a_build(run, facts, now):
        return Decision(run)
    return _cancelled(run, "nothing is live", now)


def decide_unseen(run: Run, facts: Facts, now: datetime) -> Decision:
    """The provider refuses the look. Rights are given back, so it is tried again for a while; then the run fails, and
    what may still be live gets its cancel, now and, as an orphan, whenever it can be seen again."""
    assert facts.unseen is not None
    if facts.cancel_requested_at and State.CANCELLING in EDGES[run.state]:
        run = _start_cancelling(run, facts, now).run
    error, since = classify(facts.unseen), run.unseen_since or now
    reason = (
        run.reason if run.unseen_since else None
    )  # the first: words that differ at each look would be saved each time
    unseen = replace(run, unseen_since=since, reason=reason or f"cannot be looked at: {error.raw}")
    stop = Effect.CANCEL_PIPELINE if run.job else Effect.CANCEL_BUILD
    given_up = now - since > UNSEEN_FOR
    if given_up and (stop in run.intents or run.state is State.COLLECTING):
        return fail(unseen, error, now, replace(facts, evidence=facts.unseen))
    if given_up or run.state is State.CANCELLING:
        return ask(unseen, stop, now, why="it may be live, and may not be looked at")
    return Decision(unseen, why="" if run.unseen_since else "it may not be looked at", epochs=facts.new_epochs)


def decide_completed(run: Run, facts: Facts, now: datetime) -> Decision:
    """Nothing moves any more, but the projection to MLflow is written when it can be (S6.21)."""
    if (run.mlflow or {}).get("state") != "pending":
        return Decision(run)
    if facts.mirrored is None:
        return ask(run, Effect.MIRROR, now)
    mirrored = replace(run, mlflow=asdict(facts.mirrored))
    if facts.mirrored.state == "pending":  # the rest of a lease keeps this handler from trying again at once
        rest = {effect: replace(held, until=now + MIRROR_AGAIN) for effect, held in mirrored.intents.items()}
        return Decision(replace(mirrored, intents=rest))
    return Decision(mirrored.without(Effect.MIRROR))


def decide_nothing(run: Run, facts: Facts, now: datetime) -> Decision:
    return Decision(run)


_DECIDE: Mapping[State, Callable[[Run, Facts, datetime], Decision]] = MappingProxyType(
    {
        State.REQUESTED: decide_requested,
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


# ------------------------------------------------------------------------------------------------- moves of states


def _start_cancelling(run: Run, facts: Facts, now: datetime) -> Decision:
    cancelling = replace(enter(run, State.CANCELLING, now), cancel=_cancel_of(run, facts))
    return Decision(cancelling.dropping(Effect.PREPARE), why="a cancel was asked for")


def _cancelled(run: Run, why: str, now: datetime) -> Decision:
    """Says which phase it stopped and what had been spent."""
    ended = replace(end(run, State.CANCELLED, now), stages=stages.close_cancelled(run.stages, now))
    if ended.cancel is not None:
        spent = round(attempt_cost(ended, now) + spent_before(ended), 6)
        cancel = replace(ended.cancel, spent_usd=spent)
        ended = replace(ended, cancel=cancel, reason=stopped_words(ended, spent))
    return Decision(ended, why=why)


def _stopped_outside(run: Run, what: str, now: datetime) -> Decision:
    stopped = replace(enter(run, State.CANCELLING, now), error=errors.cancelled_outside(what))
    return Decision(stopped, why=f"the {what} was cancelled by somebody else")


def _start_collecting(run: Run, now: datetime) -> Decision:
    collecting = enter(run, State.COLLECTING, now).without(Effect.CANCEL_PIPELINE, Effect.CANCEL_BUILD)
    shown = stages.change(collecting.stages, "Collect", "running", now)
    return Decision(replace(collecting, stages=shown), why="the pipeline job succeeded")


def _prepared(run: Run, facts: Facts, now: datetime) -> Decision:
    prepared = facts.prepared
    assert prepared is not None
    shown = stages.change(run.stages, "Prepare", "done", ended_at=now)
    compiling = replace(
        enter(run, State.COMPILING, now).without(Effect.PREPARE),
        stages=stages.change(shown, "Compile", "running", now),
        names=prepared.names,
        model_type=prepared.model_type,
        parameters=prepared.parameters,
        counts=prepared.counts,
        problems=shown_problems(prepared.warnings),
        spec={
            "key": prepared.compile_key,
            "uri": prepared.spec_uri,
            "reused": False,
            "options": dict(prepared.spec_options),
            "images": dict(prepared.images),
            "beam_arguments": list(prepared.beam_arguments),
        },
        hardware=prepared.hardware,
        estimate=prepared.estimate,
        limits=prepared.limits,
        grouping=prepared.grouping,
        progress={
            "epochs_done": 0,
            "epochs": prepared.parameters["epochs"],
            "last": None,
            "best_epoch": None,
            "epoch_seconds": [],
        },
    )
    return Decision(with_percent(run, compiling, now), why="the snapshot is frozen", details=prepared.details)


def _compiled(run: Run, build: Build | None, now: datetime) -> Decision:
    reused = (
        build is None and run.build is None
    )  # a lease stays: a build may be about to start, which a cancel must wait for
    ended_at = build.ended_at if build else now
    shown = stages.change(run.stages, "Compile", "reused" if reused else "done", ended_at=ended_at or now)
    submitting = replace(
        enter(run, State.SUBMITTING, now),
        stages=shown,
        spec={**(run.spec or {}), "reused": reused},
    )
    why = "the compiled spec was stored already" if reused else "the spec is compiled"
    submitting = submitting if reused else submitting.without(Effect.START_BUILD)
    return ask(with_percent(run, submitting, now), Effect.SUBMIT_PIPELINE, now, why)


def _stopping(run: Run, limit: RunError) -> Run:
    return replace(run, error=limit, reason=f"stopping: {limit.title.lower()}")


# ------------------------------------------------------------------------------------------------------ questions


def _overdue(run: Run, now: datetime) -> bool:
    return now - run.state_entered_at > DEADLINES[run.state]


def _own_build(run: Run, facts: Facts) -> Build | None:
    """The recorded build and no other, also while the list does not show it; else the oldest: a rare twin is legal and
    never consumed."""
    if run.build is not None:
        return next((build for build in facts.builds if build.id == run.build["id"]), None)
    return min(facts.builds, key=lambda build: (build.created_at, build.id), default=None)


def _hides_a_build(run: Run, facts: Facts, now: datetime) -> bool:
    """A build that was recorded as live and is not in the list: lists lag behind creating."""
    if run.build is None or run.build["status"] in ENDED_BUILD:
        return False
    return run.build["id"] not in {build.id for build in facts.builds} and now < run.state_entered_at + SETTLE


def _ours(run: Run, job: Job) -> bool:
    return job.labels.get("experiment") == run.experiment and job.labels.get("attempt") == str(run.attempt)


def _cancel_of(run: Run, facts: Facts) -> Cancel:
    assert facts.cancel_requested_at is not None
    return Cancel(facts.cancel_requested_at, run.state.value, stages.running_one(run.stages))


def _bad_id(experiment_id: str) -> Problem:
    return Problem(
        "E_ID", "id", f"{experiment_id!r} is not an experiment id.",
        "Use `exp-` and a ULID in lower case; `quicktest run` makes one.",
    )  # fmt: skip
