"""Failures that may pass are followed by another attempt (domain S8.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import Evidence, classify
from shared.facts import Facts, Task
from shared.lifecycle import decide
from shared.lifecycle.table import MOST_ATTEMPTS
from shared.runs import Attempt, Effect, Run, State
from shared.stages import change, initial_stages
from tests.unit.lifecycle_samples import ESTIMATE, NOW, REQUEST, START, TURN, build, epoch_record, job, leased, run_in

NETWORK = Evidence("Transform", "Connection reset by peer")  # E_NETWORK: same
QUOTA = Evidence("Train", "RESOURCE_EXHAUSTED: Quota exceeded for training CPUs")  # E_QUOTA: wait
ZONE = Evidence("Train", "ZONE_RESOURCE_POOL_EXHAUSTED")  # E_ZONE: region
TOKEN = Evidence("Examples", "UNAUTHENTICATED: token expired")  # E_UNAUTHENTICATED: same, once
REGIONS = ("europe-west4", "europe-west1", "us-central1")


def failed_job(evidence: Evidence, **more: object) -> Facts:
    return replace(TURN, job=job("FAILED"), evidence=evidence, regions=REGIONS, **more)


def running(attempt: int = 1, **changes: object) -> Run:
    before = tuple(Attempt(n, START, classify(NETWORK)) for n in range(1, attempt))
    parameters = {"region": "europe-west4", "epochs": 2}
    return run_in(State.RUNNING, **{"attempt": attempt, "attempts": before, "parameters": parameters, **changes})


@pytest.mark.parametrize(
    ("evidence", "attempt", "seconds"),
    [(NETWORK, 1, 30), (NETWORK, 2, 120), (QUOTA, 1, 300), (QUOTA, 2, 900)],
)
def test_the_next_attempt_begins_after_a_pause(evidence: Evidence, attempt: int, seconds: int):
    run = decide(REQUEST, running(attempt), failed_job(evidence), NOW).run
    assert (run.state, run.attempt, run.retry_at) == (State.REQUESTED, attempt + 1, NOW + timedelta(seconds=seconds))
    waiting = decide(REQUEST, run, TURN, run.retry_at - timedelta(seconds=1))
    assert (waiting.run, waiting.intents, waiting.seat) == (run, {}, None)
    begun = decide(REQUEST, run, TURN, run.retry_at)
    assert (begun.run.state, begun.run.retry_at, set(begun.intents)) == (State.PREPARING, None, {Effect.PREPARE})
    assert begun.intents[Effect.PREPARE].key.endswith(f"-a{attempt + 1}")


def test_everything_of_the_failed_attempt_is_put_away_and_stays_visible():
    """Design section 5: what is shown for attempt n comes from attempt n."""
    run = running(
        percent=40, build={"id": "b"}, progress={"epochs_done": 1, "epochs": 2}, started_at=START, estimate=ESTIMATE,
        limits={"minutes": 120, "usd": 10.0, "attempts": 3},
        stages=change(initial_stages(), "Train", "running", START - timedelta(minutes=30)),
    )  # fmt: skip
    facts = failed_job(NETWORK, new_epochs=(epoch_record(1),))
    decision = decide(REQUEST, leased(run, Effect.START_BUILD), facts, NOW)
    again = decision.run
    assert (again.percent, again.stages, again.progress) == (0, initial_stages(), None)
    assert (again.build, again.job, again.spec, again.intents, again.error) == (None, None, None, {}, None)
    assert (again.started_at, again.number, again.ended_at) == (START, run.number, None)
    assert decision.details == {"history": {"epochs": []}, "weights-00": {"epochs": []}}
    assert decision.epochs == ()
    (before,) = again.attempts
    assert (before.attempt, before.region, before.build) == (1, "europe-west4", {"id": "b"})
    assert (before.error.code, before.ended_at) == ("E_NETWORK", NOW)
    assert before.spent_usd == pytest.approx(decision.charges)
    assert before.spent_usd > 0.05


def test_an_attempt_without_machines_goes_on_in_the_next_region_at_once():
    run = decide(REQUEST, running(), failed_job(ZONE), NOW).run
    assert (run.retry_at, run.parameters["region"]) == (NOW, "europe-west1")
    assert run.reason == "attempt 2 of 3: no machines free in europe-west4, trying europe-west1"


def test_a_region_is_tried_once_and_then_capacity_is_waited_for():
    tried = (Attempt(1, START, classify(ZONE), region="us-central1"),)
    last = running(
        2, attempts=tried, parameters={"region": "europe-west1"}, limits={"attempts": 5, "usd": 9, "minutes": 9}
    )
    run = decide(REQUEST, last, failed_job(ZONE), NOW).run
    assert run.parameters["region"] == "europe-west4", "after the end of the list its beginning"
    everywhere = replace(last, attempts=(*tried, Attempt(2, START, classify(ZONE), region="europe-west4")), attempt=3)
    run = decide(REQUEST, everywhere, failed_job(ZONE), NOW).run
    assert (run.retry_at - NOW, run.parameters["region"]) == (timedelta(minutes=15), "europe-west1")
    assert run.reason == "attempt 4 of 5 at 00:20:00 UTC: no machines free in europe-west1"


def test_there_are_at_most_three_attempts_unless_the_experiment_says_otherwise():
    last = decide(REQUEST, running(MOST_ATTEMPTS), failed_job(NETWORK), NOW).run
    assert (last.state, last.error.code, len(last.attempts)) == (State.FAILED, "E_NETWORK", 2)
    once = running(limits={"attempts": 1, "usd": 9, "minutes": 9})
    assert decide(REQUEST, once, failed_job(NETWORK), NOW).run.state is State.FAILED


def test_a_token_is_asked_for_once_more_and_not_twice():
    second = decide(REQUEST, running(), failed_job(TOKEN), NOW).run
    assert second.attempt == 2
    again = replace(running(2), attempts=second.attempts)
    assert decide(REQUEST, again, failed_job(TOKEN), NOW).run.state is State.FAILED


def test_what_earlier_attempts_cost_counts_against_the_cap():
    spent = (Attempt(1, START, classify(NETWORK), spent_usd=0.9),)
    limits = {"attempts": 5, "minutes": 1_440, "usd": 1.0}
    stages = change(initial_stages(), "Train", "running", NOW - timedelta(hours=1))
    run = running(2, attempts=spent, limits=limits, estimate=ESTIMATE, stages=stages)
    failed = decide(REQUEST, run, failed_job(NETWORK), NOW).run
    assert failed.state is State.FAILED, "nothing is left for another attempt"
    live = replace(TURN, job=job("RUNNING", Task("Trainer", "RUNNING", NOW - timedelta(hours=1))))
    assert decide(REQUEST, run, live, NOW).run.error.code == "E_BUDGET"
    assert failed.cost["computed"] > 1.0


@pytest.mark.parametrize(
    "evidence", [Evidence("Train", "MemoryError"), Evidence("Train", "nobody knows this"), Evidence(None, "")]
)
def test_a_failure_that_would_repeat_is_the_end(evidence: Evidence):
    decision = decide(REQUEST, running(), failed_job(evidence, new_epochs=(epoch_record(0),)), NOW)
    assert decision.run.state is State.FAILED
    assert decision.details["evidence"]["message"] == evidence.message
    assert len(decision.epochs) == 1


def test_a_cancel_comes_before_another_attempt():
    facts = failed_job(NETWORK, cancel_requested_at=START)
    assert decide(REQUEST, running(), facts, NOW).run.state is State.CANCELLING
    waiting = decide(REQUEST, running(), failed_job(NETWORK), NOW).run
    cancelled = decide(REQUEST, waiting, replace(TURN, cancel_requested_at=NOW), NOW).run
    assert (cancelled.state, cancelled.attempt, cancelled.retry_at) == (State.CANCELLED, 2, None)
    assert cancelled.reason.startswith("while waiting; ")


@pytest.mark.parametrize("state", [State.PREPARING, State.COMPILING, State.SUBMITTING])
def test_an_effect_that_fails_for_now_is_another_attempt(state: State):
    run = decide(REQUEST, run_in(state), replace(TURN, refused=QUOTA), NOW).run
    assert (run.state, run.attempt, run.attempts[0].error.code) == (State.REQUESTED, 2, "E_QUOTA")


def test_a_build_that_fails_for_now_is_another_attempt():
    facts = replace(TURN, builds=(build("TIMEOUT"),), evidence=Evidence("Compile", "TIMEOUT: build step"))
    run = decide(REQUEST, run_in(State.COMPILING), facts, NOW).run
    assert (run.attempt, run.attempts[0].error.code, run.attempts[0].build["id"]) == (2, "E_DEADLINE", "build-1")


@pytest.mark.parametrize("state", [State.COMPILING, State.RUNNING])
def test_a_run_that_passed_its_time_gets_no_other_attempt_however_it_ended(state: State):
    """S5.1: it was being stopped when it failed for a reason that may pass; another attempt would have all that time
    again."""
    began = NOW - timedelta(minutes=121)
    late = {"limits": {"minutes": 120, "usd": 10.0, "attempts": 3}, "estimate": ESTIMATE,
            "stages": change(initial_stages(), "Compile", "running", began)}  # fmt: skip
    outage = Evidence("Compile", "UNAVAILABLE: The service is currently unavailable.")
    failed_build = Facts(builds=(build("INTERNAL_ERROR", created_at=began),), evidence=outage)
    ended = failed_build if state is State.COMPILING else failed_job(outage)
    run = decide(REQUEST, replace(running(**late), state=state), ended, NOW).run
    assert (run.state, run.attempt, run.error.code) == (State.FAILED, 1, "E_PROVIDER")


def test_the_model_of_a_failed_attempt_is_not_shown_as_that_of_the_next():
    """Design section 5: what is shown for attempt n comes from attempt n."""
    run = decide(REQUEST, running(model_uri="gs://b/experiments/x/a1/model"), failed_job(NETWORK), NOW).run
    assert (run.attempt, run.model_uri) == (2, None)
