"""A failure that may pass is followed by the next attempt of the same experiment (domain S8.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from shared import stages
from shared.epochs import emptied
from shared.errors import RunError
from shared.facts import Facts
from shared.lifecycle.decision import Decision, enter, fail
from shared.lifecycle.showing import attempt_cost, passed_limit, spent_before
from shared.lifecycle.table import MOST_ATTEMPTS, PAUSES, RETRIED_ONCE
from shared.runs import OF_ATTEMPT, Attempt, Run, State


def fail_or_retry(run: Run, error: RunError, facts: Facts, now: datetime) -> Decision:
    """The next attempt when there may be one, else the end. Nothing of the run may be live."""
    return next_attempt(run, error, facts, now) if _may_retry(run, error, now) else fail(run, error, now, facts)


def _may_retry(run: Run, error: RunError, now: datetime) -> bool:
    if error.retry == "no" or run.attempt >= int((run.limits or {}).get("attempts", MOST_ATTEMPTS)):
        return False
    if error.code in RETRIED_ONCE and any(attempt.error.code == error.code for attempt in run.attempts):
        return False
    return passed_limit(run, now) is None and _has_money_left(run, now)


def _has_money_left(run: Run, now: datetime) -> bool:
    return run.limits is None or attempt_cost(run, now) + spent_before(run) < run.limits["usd"]


def next_attempt(run: Run, error: RunError, facts: Facts, now: datetime) -> Decision:
    """Back to the line with everything fresh; what the failed attempt was stays visible."""
    shown = stages.close_failed(run.stages, error.component, now)
    region = (run.parameters or {}).get("region") or next(iter(facts.regions), None)
    failed = Attempt(
        attempt=run.attempt,
        ended_at=now,
        error=error,
        started_at=run.state_entered_at if run.state is State.PREPARING else _began(run),
        region=region,
        build=run.build,
        job=run.job,
        spent_usd=attempt_cost(replace(run, stages=shown), now),
    )
    elsewhere = _next_region(run, region, facts.regions) if error.retry == "region" else None
    pause = timedelta() if elsewhere else _pause(run, error)
    again = replace(
        enter(run, State.REQUESTED, now).dropping(*OF_ATTEMPT),
        attempt=run.attempt + 1,
        attempts=(*run.attempts, failed),
        retry_at=now + pause,
        reason=_reason(run, error, region, elsewhere, now + pause),
        parameters={**run.parameters, "region": elsewhere} if run.parameters and elsewhere else run.parameters,
        stages=stages.initial_stages(),
        percent=0,
        build=None,
        job=None,
        model_uri=None,
        spec=None,
        progress=None,
        insights={},
        remaining=None,
        error=None,
    )
    return Decision(again, why=f"{error.code}: attempt {again.attempt} follows", details=emptied(run.epochs_done))


def _began(run: Run) -> datetime | None:
    return next((stage.started_at for stage in run.stages if stage.started_at), run.started_at)


def _pause(run: Run, error: RunError) -> timedelta:
    """With no region left, capacity is waited for."""
    first, later = PAUSES["wait" if error.retry == "region" else error.retry]
    return later if run.attempts else first


def _next_region(run: Run, region: str | None, regions: tuple[str, ...]) -> str | None:
    """The first of the deployment's list that comes after this one and was not tried yet; from the end it goes on at
    the beginning."""
    start = regions.index(region) + 1 if region in regions else 0
    tried = {region, *(attempt.region for attempt in run.attempts)}
    return next((each for each in (*regions[start:], *regions[:start]) if each not in tried), None)


def _reason(run: Run, error: RunError, region: str | None, elsewhere: str | None, at: datetime) -> str:
    """`attempt 2 of 3: no machines free in europe-west4, trying europe-west1`"""
    most = int((run.limits or {}).get("attempts", MOST_ATTEMPTS))
    what = error.title[:1].lower() + error.title[1:]
    if elsewhere:
        return f"attempt {run.attempt + 1} of {most}: {what} in {region}, trying {elsewhere}"
    place = f" in {region}" if error.retry == "region" and region else ""
    return f"attempt {run.attempt + 1} of {most} at {at:%H:%M:%S} UTC: {what}{place}"
