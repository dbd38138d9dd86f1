"""`decide`: every state with every fact, every edge, and every edge that must not exist."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import Evidence
from shared.facts import Build, Facts, Insight, Mirrored, Task
from shared.lifecycle import DEADLINES, EDGES, LEASES, SETTLE, UNSEEN_FOR, Decision, ForbiddenEdge, decide, release
from shared.lifecycle.decision import enter
from shared.problems import Problem
from shared.quota import Limits
from shared.runs import LIVE, TERMINAL, Cancel, Effect, Intent, Run, State
from shared.stages import change, initial_stages
from tests.unit.lifecycle_samples import (
    ATTEMPT,
    BUILD_STATUSES,
    COLLECTED,
    ESTIMATE,
    EXPERIMENT,
    JOB_STATES,
    LATE,
    NOW,
    PENDING_MIRROR,
    PREPARED,
    PROBLEM,
    REQUEST,
    START,
    TURN,
    build,
    epoch_record,
    job,
    leased,
    over_limit,
    run_in,
)

STATISTICS = Insight("statistics", "done", {"statistics": {"rows": 1}, "drift": {}})
OUTAGE = "UNAVAILABLE: try later"  # E_PROVIDER: it may pass


def single_facts() -> Iterator[tuple[str, Facts]]:
    """Every fact by itself."""
    yield "nothing", TURN
    yield "no place", replace(TURN, limits=Limits(total=0))
    yield "prepared", replace(TURN, prepared=PREPARED)
    yield "rejected", replace(TURN, rejected=(PROBLEM,))
    yield "refused", replace(TURN, refused=Evidence("Compile", "PERMISSION_DENIED: no"))
    yield "outage", replace(TURN, refused=Evidence("Compile", OUTAGE))
    yield "unseen", replace(TURN, unseen=Evidence(None, "PERMISSION_DENIED: no"))
    yield "spec", replace(TURN, spec_exists=True)
    yield "results", replace(TURN, collected=COLLECTED)
    yield "bad results", replace(TURN, results_problem="`metrics`: missing")
    yield "epoch", replace(TURN, new_epochs=(epoch_record(0),))
    yield "insight", replace(TURN, insights=(STATISTICS,))
    for state in ("done", "pending", "failed"):
        yield f"mirror {state}", replace(TURN, mirrored=Mirrored(state), mirror_configured=True)
    for status in BUILD_STATUSES:
        yield f"build {status}", replace(TURN, builds=(build(status),))
    yield "build outage", replace(TURN, builds=(build("INTERNAL_ERROR"),), evidence=Evidence("Compile", OUTAGE))
    for state in JOB_STATES:
        yield f"job {state}", replace(TURN, job=job(state))
    yield "job outage", replace(TURN, job=job("FAILED"), evidence=Evidence("Transform", OUTAGE))
    yield "foreign job", replace(TURN, job=job("RUNNING", labels={"experiment": "exp-other"}))


def all_facts() -> Iterator[tuple[str, Facts]]:
    """Every fact by itself, and with a cancel."""
    for name, facts in single_facts():
        yield name, facts
        yield f"{name} + cancel", replace(facts, cancel_requested_at=START)


FACTS = dict(all_facts())
# What each (state, fact) leads to when it is not staying. `*`: all facts that are not named.
JOB_LIVE = ("QUEUED", "PENDING", "RUNNING", "PAUSED", "UNSPECIFIED")
BUILD_FAILED = ("FAILURE", "TIMEOUT", "EXPIRED")
NEXT: dict[State, dict[str, State]] = {
    State.REQUESTED: {"*": State.PREPARING, "no place": State.REQUESTED},
    State.PREPARING: {
        "prepared": State.COMPILING, "rejected": State.FAILED, "refused": State.FAILED, "outage": State.REQUESTED,
    },
    State.COMPILING: {
        "spec": State.SUBMITTING, "refused": State.FAILED, "outage": State.REQUESTED,
        "build CANCELLED": State.CANCELLING, "build SUCCESS": State.FAILED, "build outage": State.REQUESTED,
        "build INTERNAL_ERROR": State.REQUESTED, **{f"build {status}": State.FAILED for status in BUILD_FAILED},
    },
    State.SUBMITTING: {
        "refused": State.FAILED, "outage": State.REQUESTED, "foreign job": State.FAILED, "job outage": State.RUNNING,
        **{f"job {state}": State.RUNNING for state in JOB_STATES},
    },
    State.RUNNING: {
        "*": State.FAILED,  # the job is gone
        "unseen": State.RUNNING,
        "job SUCCEEDED": State.COLLECTING, "job FAILED": State.FAILED, "job outage": State.REQUESTED,
        "job CANCELLING": State.CANCELLING, "job CANCELLED": State.CANCELLING, "foreign job": State.RUNNING,
        **{f"job {state}": State.RUNNING for state in JOB_LIVE},
    },
    State.COLLECTING: {"*": State.FAILED, "results": State.COMPLETED, "unseen": State.COLLECTING},
    State.CANCELLING: {
        "*": State.CANCELLED, "job SUCCEEDED": State.COLLECTING, "job CANCELLING": State.CANCELLING,
        "unseen": State.CANCELLING,  # what is live cannot be seen
        **{f"job {state}": State.CANCELLING for state in JOB_LIVE},
        **{f"build {status}": State.CANCELLING for status in ("PENDING", "QUEUED", "WORKING", "STATUS_UNKNOWN", "17")},
    },
    State.COMPLETED: {}, State.CANCELLED: {}, State.FAILED: {},
}  # fmt: skip
# Such facts do not come about: these states do not look at the provider.
IMPOSSIBLE = {(state, fact) for state in (State.REQUESTED, State.PREPARING, *TERMINAL)
              for fact in ("unseen", "unseen + cancel")}  # fmt: skip
PAIRS = [pair for pair in itertools.product(State, FACTS) if pair not in IMPOSSIBLE]


def expected(state: State, name: str) -> State:
    fact = name.removesuffix(" + cancel")
    known = NEXT[state]
    plain = known.get(fact, known.get("*", state))
    if fact == name or state in (State.COLLECTING, State.CANCELLING, *TERMINAL):
        return plain
    if state is State.REQUESTED:
        return State.CANCELLED  # nothing has begun
    if state is State.SUBMITTING and plain is not state and "job" in fact:
        return plain  # the job exists: `running` stops it
    if state is State.RUNNING and (fact == "job SUCCEEDED" or ("job" not in fact and fact != "unseen")):
        return plain  # it finished first, or there is nothing to stop
    return State.CANCELLING


@pytest.mark.parametrize(("state", "name"), PAIRS, ids=[f"{state.value}-{name}" for state, name in PAIRS])
def test_every_state_with_every_fact(state: State, name: str):
    decision = decide(REQUEST, run_in(state), FACTS[name], NOW)
    assert decision.run.state is expected(state, name)


@pytest.mark.parametrize(("state", "name"), PAIRS, ids=[f"{state.value}-{name}" for state, name in PAIRS])
def test_every_decision_keeps_the_rules(state: State, name: str):
    run = run_in(state)
    decision = decide(REQUEST, run, FACTS[name], NOW)
    after = decision.run
    if after.state is not state:
        assert after.state in EDGES[state]
        assert decision.why
        assert after.state_entered_at == NOW
    again = after.state is State.REQUESTED and state is not State.REQUESTED
    assert (after.revision, after.number, after.attempt, after.experiment) == (3, 1, 2 if again else 1, EXPERIMENT)
    assert (decision.seat is not None) == (state is State.REQUESTED and after.state is State.PREPARING)
    assert set(decision.intents) <= set(after.intents), "an effect without a record"
    if after.state in TERMINAL and state not in TERMINAL:
        assert after.ended_at == NOW
        assert after.duration_seconds == 300
        assert not after.intents
        assert all(stage.state not in ("pending", "running") for stage in after.stages)
        assert after.state is not State.CANCELLED or after.reason or after.cancel is None
    if after.state is not State.COMPLETED:
        assert after.percent < 100
    if after.state is State.FAILED and state is not State.FAILED:
        assert after.error is not None
        assert "failed" in {stage.state for stage in after.stages}


@pytest.mark.parametrize(("state", "name"), PAIRS, ids=[f"{state.value}-{name}" for state, name in PAIRS])
def test_deciding_twice_about_the_same_truth_asks_for_nothing_new(state: State, name: str):
    """A doubled event: the second handler sees the first one's save and does no effect again."""
    first = decide(REQUEST, run_in(state), FACTS[name], NOW)
    if first.run.state is not state:
        return
    facts = replace(FACTS[name], new_epochs=())  # they are shown now
    second = decide(REQUEST, first.run, facts, NOW)
    assert second.run == first.run
    assert not second.intents


# What a passed limit changes: what is live is stopped, what was stopped ends the run, and no other attempt follows.
STOPPED = {
    State.COMPILING: (Effect.CANCEL_BUILD, {f"build {status}" for status in
                                            ("PENDING", "QUEUED", "WORKING", "STATUS_UNKNOWN", "17")}),
    State.RUNNING: (Effect.CANCEL_PIPELINE, {"foreign job", *(f"job {state}" for state in JOB_LIVE)}),
}  # fmt: skip
ENDED_BY_LIMIT = {(State.COMPILING, "build CANCELLED"), (State.RUNNING, "job CANCELLED")}
STOPPING = {(State.RUNNING, "job CANCELLING")}


@pytest.mark.parametrize(("state", "name"), PAIRS, ids=[f"{state.value}-{name}" for state, name in PAIRS])
def test_every_state_with_every_fact_past_the_limits_of_the_run(state: State, name: str):
    began = START - timedelta(hours=3)
    facts = replace(FACTS[name], builds=tuple(replace(build, created_at=began) for build in FACTS[name].builds))
    decision = decide(REQUEST, over_limit(state), facts, NOW)
    effect, live = STOPPED.get(state, (None, set()))
    if name in live or (state, name) in STOPPING:
        assert decision.run.state is state
        assert set(decision.intents) == ({effect} if name in live else set())
        assert decision.run.error.code == "E_MAX_MINUTES"
    elif (state, name) in ENDED_BY_LIMIT:
        assert (decision.run.state, decision.run.error.code) == (State.FAILED, "E_MAX_MINUTES")
    else:
        another_attempt = state is not State.REQUESTED and expected(state, name) is State.REQUESTED
        assert decision.run.state is (State.FAILED if another_attempt else expected(state, name))
        assert decision.run.error is None or decision.run.error.code != "E_MAX_MINUTES"


def test_every_edge_of_the_table_is_taken_by_some_fact():
    taken = {(state, decide(REQUEST, run_in(state), FACTS[name], NOW).run.state) for state, name in PAIRS}
    blind = run_in(State.CANCELLING, unseen_since=START, job={"name": "j"})
    blind = decide(REQUEST, blind, FACTS["unseen"], NOW).run
    taken |= {(State.CANCELLING, decide(REQUEST, blind, FACTS["unseen"], LATE).run.state)}
    nobody = replace(run_in(State.REQUESTED), experiment="my-test")
    taken |= {(State.REQUESTED, decide(REQUEST, nobody, TURN, NOW).run.state)}
    moved = {(start, end) for start, end in taken if start is not end}
    assert moved == {(start, end) for start, ends in EDGES.items() for end in ends}


MISSING = [(start, end) for start in State for end in State if end not in EDGES[start]]


@pytest.mark.parametrize(("start", "end"), MISSING, ids=[f"{a.value}-{b.value}" for a, b in MISSING])
def test_a_missing_edge_cannot_be_taken(start: State, end: State):
    with pytest.raises(ForbiddenEdge):
        enter(run_in(start), end, NOW)


def test_terminal_states_are_those_without_edges():
    assert {state for state, ends in EDGES.items() if not ends} == TERMINAL
    assert set(State) - TERMINAL == LIVE


# ------------------------------------------------------------------------------------------------------ effects

WANTED = [
    (State.REQUESTED, TURN, Effect.PREPARE),
    (State.PREPARING, Facts(), Effect.PREPARE),
    (State.COMPILING, Facts(), Effect.START_BUILD),
    (State.COMPILING, Facts(spec_exists=True), Effect.SUBMIT_PIPELINE),
    (State.SUBMITTING, Facts(), Effect.SUBMIT_PIPELINE),
    (State.CANCELLING, Facts(job=job("RUNNING")), Effect.CANCEL_PIPELINE),
    (State.CANCELLING, Facts(builds=(build("WORKING"),)), Effect.CANCEL_BUILD),
]


@pytest.mark.parametrize(("state", "facts", "effect"), WANTED)
def test_an_effect_is_asked_for_once_until_its_lease_ends(state: State, facts: Facts, effect: Effect):
    first = decide(REQUEST, run_in(state), facts, NOW)
    assert first.intents == {effect: Intent(ATTEMPT, NOW, NOW + LEASES[effect])}
    waiting = replace(facts, spec_exists=False)
    almost = decide(REQUEST, first.run, waiting, NOW + LEASES[effect] - timedelta(seconds=1))
    assert almost.intents == {}
    after = decide(REQUEST, first.run, waiting, NOW + LEASES[effect])
    assert set(after.intents) == {effect}, "the handler died: somebody must do it"


def test_a_lease_on_a_build_is_longer_than_a_function_may_live():
    assert LEASES[Effect.START_BUILD] > timedelta(seconds=300)


def test_a_released_build_is_left_alone_until_a_list_would_show_it():
    run = decide(REQUEST, run_in(State.COMPILING), Facts(), NOW).run
    released = release(run, (Effect.START_BUILD,), NOW)
    assert not decide(REQUEST, released, Facts(), NOW + SETTLE - timedelta(seconds=1)).intents
    assert decide(REQUEST, released, Facts(), NOW + SETTLE).intents


def test_a_released_submission_keeps_a_cancel_waiting_until_a_look_would_show_the_job():
    run = decide(REQUEST, run_in(State.SUBMITTING), Facts(), NOW).run
    released = replace(release(run, (Effect.SUBMIT_PIPELINE,), NOW), state=State.CANCELLING)
    assert decide(REQUEST, released, Facts(), NOW + SETTLE - timedelta(seconds=1)).run.state is State.CANCELLING
    assert decide(REQUEST, released, Facts(), NOW + SETTLE).run.state is State.CANCELLED


def test_a_lease_on_preparing_is_longer_than_a_function_may_live():
    assert LEASES[Effect.PREPARE] > timedelta(seconds=300)


@pytest.mark.parametrize("state", [State.COMPILING, State.SUBMITTING, State.CANCELLING])
def test_a_lease_closes_when_its_holder_tells_that_it_started_nothing(state: State):
    run = leased(run_in(state), Effect.START_BUILD)
    mine = run.intents[Effect.START_BUILD]
    facts = Facts(spec_exists=True, unstarted=mine)
    assert Effect.START_BUILD not in decide(REQUEST, run, facts, NOW).run.intents
    other = replace(facts, unstarted=replace(mine, created_at=START))
    assert decide(REQUEST, run, other, NOW).run.intents[Effect.START_BUILD] == mine


def test_a_released_preparation_is_taken_at_once():
    run = decide(REQUEST, run_in(State.REQUESTED), TURN, NOW).run
    assert decide(REQUEST, release(run, (Effect.PREPARE,), NOW), Facts(), NOW).intents


def test_a_stored_spec_skips_the_build():
    run = decide(REQUEST, run_in(State.COMPILING), Facts(spec_exists=True), NOW).run
    assert run.spec["reused"] is True
    assert {stage.name: stage.state for stage in run.stages}["Compile"] == "reused"


def test_a_spec_of_our_own_build_is_not_called_reused():
    run = decide(REQUEST, run_in(State.COMPILING), Facts(spec_exists=True, builds=(build("SUCCESS"),)), NOW).run
    assert run.spec["reused"] is False
    assert {stage.name: stage.state for stage in run.stages}["Compile"] == "done"


def test_the_oldest_build_is_adopted_and_stays_adopted():
    twins = (build("WORKING", 2), build("QUEUED", 1))
    run = decide(REQUEST, run_in(State.COMPILING), Facts(builds=twins), NOW).run
    assert run.build["id"] == "build-1"
    assert decide(REQUEST, run, Facts(builds=twins[:1]), NOW).run.build["id"] == "build-1", "the list lags"
    older = Build("build-0", "WORKING", START - timedelta(hours=1))
    assert decide(REQUEST, run, Facts(builds=(*twins, older)), NOW).run.build["id"] == "build-1"


def test_a_recorded_build_that_the_list_does_not_show_yet_is_waited_for():
    """Lists lag behind creating: another build would be paid twice, and `cancelled` would be a guess."""
    run = decide(REQUEST, run_in(State.COMPILING), Facts(builds=(build("QUEUED"),)), NOW).run
    assert decide(REQUEST, run, Facts(), NOW).intents == {}
    assert decide(REQUEST, run, Facts(), START + DEADLINES[State.COMPILING] * 2).run.error.code == "E_STUCK"
    submitting = decide(REQUEST, run, Facts(spec_exists=True), NOW).run
    assert submitting.spec["reused"] is False
    cancelling = decide(REQUEST, run, Facts(cancel_requested_at=NOW), NOW).run
    assert decide(REQUEST, cancelling, Facts(), NOW + SETTLE - timedelta(seconds=1)).run.state is State.CANCELLING
    assert decide(REQUEST, cancelling, Facts(), NOW + SETTLE).run.state is State.CANCELLED


# ------------------------------------------------------------------------------------------------------- cancel


@pytest.mark.parametrize("effect", [Effect.START_BUILD, Effect.SUBMIT_PIPELINE])
def test_cancelled_waits_for_what_somebody_may_be_about_to_start(effect: Effect):
    run = leased(run_in(State.CANCELLING), effect)
    assert decide(REQUEST, run, Facts(), NOW).run.state is State.CANCELLING
    assert decide(REQUEST, run, Facts(), NOW + LEASES[effect]).run.state is State.CANCELLED


def test_a_build_about_to_start_is_remembered_when_the_spec_appears_meanwhile():
    compiling = decide(REQUEST, run_in(State.COMPILING), Facts(), NOW).run
    submitting = decide(REQUEST, compiling, Facts(spec_exists=True), NOW).run
    cancelling = decide(REQUEST, submitting, Facts(cancel_requested_at=NOW), NOW).run
    assert cancelling.state is State.CANCELLING
    late = NOW + LEASES[Effect.SUBMIT_PIPELINE]
    assert decide(REQUEST, cancelling, Facts(), late).run.state is State.CANCELLING
    assert decide(REQUEST, cancelling, Facts(builds=(build("WORKING"),)), late).intents.keys() == {Effect.CANCEL_BUILD}


def test_all_twin_builds_must_end_before_cancelled():
    facts = Facts(builds=(build("CANCELLED", 1), build("WORKING", 2)))
    assert decide(REQUEST, run_in(State.CANCELLING), facts, NOW).run.state is State.CANCELLING


@pytest.mark.parametrize("state", [State.PREPARING, State.COMPILING, State.SUBMITTING, State.RUNNING])
def test_a_cancel_is_recorded_with_the_state_and_the_stage_it_met(state: State):
    facts = Facts(cancel_requested_at=START, job=job("RUNNING") if state is State.RUNNING else None)
    run = decide(REQUEST, run_in(state, stages=change(initial_stages(), "Train", "running", START)), facts, NOW).run
    assert run.cancel == Cancel(START, state.value, "Train")


def test_a_cancelled_run_says_which_phase_it_stopped_and_what_had_been_spent():
    """S5.13, S5.9."""
    stopped = job("CANCELLED", Task("Trainer", "CANCELLED", START, START + timedelta(minutes=15)))
    run = limited(progress={"epochs_done": 3, "epochs": 20, "last": None, "epoch_seconds": []})
    cancelling = decide(REQUEST, run, Facts(cancel_requested_at=START, job=job("RUNNING")), NOW).run
    run = decide(REQUEST, cancelling, Facts(cancel_requested_at=START, job=stopped), NOW + timedelta(minutes=20)).run
    assert run.state is State.CANCELLED
    assert run.reason == "while running (Train, epoch 3 of 20); about 0.07 USD had been spent"
    assert run.cancel == Cancel(START, "running", "Train", spent_usd=run.cost["computed"])


def test_a_phase_that_is_its_own_stage_is_named_once():
    stages = change(initial_stages(), "Prepare", "running", START)
    cancelling = decide(REQUEST, run_in(State.PREPARING, stages=stages), Facts(cancel_requested_at=START), NOW).run
    run = decide(REQUEST, cancelling, Facts(), LATE).run if cancelling.state is State.CANCELLING else cancelling
    assert run.reason == "while preparing; nothing had been spent"


def test_a_cancel_before_anything_began_ends_at_once_and_says_that_nothing_was_spent():
    run = decide(REQUEST, run_in(State.REQUESTED), replace(TURN, cancel_requested_at=START), NOW).run
    assert (run.state, run.reason) == (State.CANCELLED, "while waiting; nothing had been spent")
    assert run.cancel == Cancel(START, "requested", None, 0.0)


@pytest.mark.parametrize("state", sorted(LIVE - {State.COLLECTING, State.CANCELLING}, key=lambda state: state.value))
def test_a_run_that_nobody_asks_for_any_more_is_cancelled(state: State):
    facts = replace(TURN, job=job("RUNNING")) if state is State.RUNNING else TURN
    run = decide(None, run_in(state), facts, NOW).run
    assert run.state is (State.CANCELLED if state is State.REQUESTED else State.CANCELLING)
    assert run.cancel.requested_at == NOW


def test_a_job_that_finished_before_the_cancel_is_completed_and_says_so():
    facts = Facts(cancel_requested_at=START, job=job("SUCCEEDED"))
    collecting = decide(REQUEST, run_in(State.CANCELLING, cancel=Cancel(START, "running")), facts, NOW).run
    assert collecting.state is State.COLLECTING
    completed = decide(REQUEST, collecting, replace(facts, collected=COLLECTED), NOW).run
    assert completed.state is State.COMPLETED
    assert completed.reason == "finished before the cancel"
    assert completed.cancel == Cancel(START, "running")


def test_a_cancel_while_collecting_changes_nothing_but_the_note():
    facts = Facts(cancel_requested_at=START, collected=COLLECTED)
    completed = decide(REQUEST, run_in(State.COLLECTING), facts, NOW).run
    assert (completed.state, completed.reason) == (State.COMPLETED, "finished before the cancel")


def test_a_cancel_after_the_end_changes_nothing():
    for state in TERMINAL:
        run = run_in(state)
        assert decide(REQUEST, run, Facts(cancel_requested_at=START), NOW) == Decision(run)


def test_a_job_stopped_in_the_console_is_cancelled_and_not_failed():
    cancelling = decide(REQUEST, run_in(State.RUNNING), Facts(job=job("CANCELLED")), NOW).run
    cancelled = decide(REQUEST, cancelling, Facts(job=job("CANCELLED")), NOW).run
    assert cancelled.state is State.CANCELLED
    assert cancelled.error.code == "E_CANCELLED_OUTSIDE"
    assert cancelled.cancel is None


# ---------------------------------------------------------------------------------------------------- deadlines


UNSEEN = Facts(unseen=Evidence(None, "PERMISSION_DENIED: no"))


def test_a_cancel_that_may_not_look_is_still_sent_and_fails_in_the_end():
    refused = replace(UNSEEN, cancel_requested_at=START)
    run = run_in(State.CANCELLING, job={"name": "j", "state": "RUNNING"}, state_entered_at=NOW)
    asked = decide(REQUEST, run, refused, NOW)
    assert set(asked.intents) == {Effect.CANCEL_PIPELINE}
    late = decide(REQUEST, asked.run, refused, NOW + UNSEEN_FOR + timedelta(seconds=1)).run
    assert (late.state, "PERMISSION_DENIED" in late.error.raw) == (State.FAILED, True)


def test_a_right_that_is_taken_away_and_given_back_costs_nothing():
    run = decide(REQUEST, run_in(State.RUNNING), UNSEEN, NOW).run
    assert (run.state, run.unseen_since) == (State.RUNNING, NOW)
    assert run.reason == "cannot be looked at: PERMISSION_DENIED: no"
    assert decide(REQUEST, run, UNSEEN, NOW + UNSEEN_FOR) == Decision(run)
    seen = decide(REQUEST, run, Facts(job=job("RUNNING")), NOW + UNSEEN_FOR).run
    assert (seen.state, seen.unseen_since, seen.reason) == (State.RUNNING, None, None)


def test_a_refusal_in_other_words_at_each_look_is_saved_once():
    """A provider puts the number of the request into its words."""
    run = decide(REQUEST, run_in(State.RUNNING), UNSEEN, NOW).run
    other = Facts(unseen=Evidence(None, "PERMISSION_DENIED: no (request 2)"))
    assert decide(REQUEST, run, other, NOW + UNSEEN_FOR) == Decision(run)


def test_results_that_may_not_be_read_for_too_long_fail_the_run():
    run = decide(REQUEST, run_in(State.COLLECTING), UNSEEN, NOW).run
    assert run.state is State.COLLECTING
    failed = decide(REQUEST, run, UNSEEN, NOW + UNSEEN_FOR + timedelta(seconds=1)).run
    assert (failed.state, failed.error.code) == (State.FAILED, "E_PERMISSION")


@pytest.mark.parametrize("state", [State.COMPILING, State.SUBMITTING, State.RUNNING])
def test_what_may_not_be_looked_at_for_too_long_gets_its_cancel_and_fails(state: State):
    run = decide(REQUEST, run_in(state), UNSEEN, NOW).run
    late = NOW + UNSEEN_FOR + timedelta(seconds=1)
    asked = decide(REQUEST, run, UNSEEN, late)
    assert set(asked.intents) <= {Effect.CANCEL_PIPELINE, Effect.CANCEL_BUILD} and asked.intents
    failed = decide(REQUEST, asked.run, UNSEEN, late)
    assert (failed.run.state, failed.run.error.code) == (State.FAILED, "E_PERMISSION")
    assert failed.details["evidence"]["message"] == "PERMISSION_DENIED: no"


def test_a_job_past_its_deadline_that_will_not_be_cancelled_fails():
    facts = Facts(job=job("RUNNING"), refused=Evidence(None, "PERMISSION_DENIED: no"))
    run = decide(REQUEST, run_in(State.RUNNING), facts, LATE).run
    assert (run.state, run.error.code) == (State.FAILED, "E_STUCK")


@pytest.mark.parametrize("state", sorted(DEADLINES, key=lambda state: state.value))
def test_an_overdue_state_with_nothing_live_is_stuck(state: State):
    ended = Facts(job=job("FAILED")) if state is State.RUNNING else Facts()
    on_time = decide(REQUEST, run_in(state), Facts(job=job("RUNNING")) if ended.job else Facts(),
                     START + DEADLINES[state])  # fmt: skip
    assert on_time.run.state in (state, State.RUNNING)
    run = decide(REQUEST, run_in(state), ended, START + DEADLINES[state] + timedelta(seconds=1)).run
    assert (run.state, run.error.code) == (State.FAILED, "E_STUCK")


@pytest.mark.parametrize(
    ("state", "effect"), [(State.COMPILING, Effect.START_BUILD), (State.SUBMITTING, Effect.SUBMIT_PIPELINE)]
)
def test_an_overdue_state_waits_for_who_may_still_start_something(state: State, effect: Effect):
    """Else a build or a job would be started, and paid, for a run that has failed."""
    held = replace(run_in(state), intents={effect: Intent(ATTEMPT, LATE, LATE + LEASES[effect])})
    assert decide(REQUEST, held, Facts(), LATE + LEASES[effect] / 2).run.state is state
    assert decide(REQUEST, held, Facts(), LATE + LEASES[effect]).run.error.code == "E_STUCK"


def test_an_ended_build_waits_for_who_may_still_start_another():
    """The list had not shown it, and somebody was given the right to start one: it would begin in the next attempt."""
    failed = build("INTERNAL_ERROR")
    late = failed.created_at + timedelta(minutes=2)
    held = Intent(ATTEMPT, late, late + timedelta(seconds=30))
    run = run_in(State.COMPILING, intents={Effect.START_BUILD: held})
    waiting = decide(REQUEST, run, Facts(builds=(failed,)), late + timedelta(seconds=5))
    assert (waiting.run.state, waiting.run.intents) == (State.COMPILING, {Effect.START_BUILD: held})
    assert decide(REQUEST, run, Facts(builds=(failed,)), held.until).run.state is State.REQUESTED
    its_own = replace(held, created_at=failed.created_at - timedelta(seconds=1))
    run = run_in(State.COMPILING, intents={Effect.START_BUILD: its_own})
    assert decide(REQUEST, run, Facts(builds=(failed,)), late).run.state is State.REQUESTED


def test_what_is_live_past_its_deadline_is_stopped_first():
    overdue_build = decide(REQUEST, run_in(State.COMPILING), Facts(builds=(build("WORKING"),)), LATE)
    assert (overdue_build.run.state, set(overdue_build.intents)) == (State.COMPILING, {Effect.CANCEL_BUILD})
    overdue_job = decide(REQUEST, run_in(State.RUNNING), Facts(job=job("RUNNING")), LATE)
    assert (overdue_job.run.state, set(overdue_job.intents)) == (State.RUNNING, {Effect.CANCEL_PIPELINE})


def test_what_was_stopped_past_its_deadline_is_stuck_and_not_stopped_from_outside():
    for state, facts in (
        (State.COMPILING, Facts(builds=(build("CANCELLED"),))),
        (State.RUNNING, Facts(job=job("CANCELLED"))),
    ):
        run = decide(REQUEST, run_in(state), facts, LATE).run
        assert (run.state, run.error.code) == (State.FAILED, "E_STUCK")


def test_a_finished_job_is_collected_however_late():
    assert decide(REQUEST, run_in(State.RUNNING), Facts(job=job("SUCCEEDED")), LATE).run.state is State.COLLECTING


# ------------------------------------------------------------------------------------------------------- limits


def limited(**changes: object) -> Run:
    training = change(initial_stages(), "Train", "running", START)
    return run_in(State.RUNNING, stages=training, limits={"minutes": 120, "usd": 10.0}, estimate=ESTIMATE, **changes)


def test_a_run_is_stopped_when_it_passes_its_minutes_and_fails_when_its_job_has_ended():
    """S5.1 `max_minutes`, from the first paid step on."""
    live = Facts(job=job("RUNNING", Task("Trainer", "RUNNING", START)))
    assert decide(REQUEST, limited(), live, START + timedelta(minutes=120)).intents == {}
    stopping = decide(REQUEST, limited(), live, START + timedelta(minutes=121))
    assert (stopping.run.state, set(stopping.intents)) == (State.RUNNING, {Effect.CANCEL_PIPELINE})
    assert (stopping.run.error.code, stopping.run.reason) == ("E_MAX_MINUTES", "stopping: stopped at its time limit")
    early = START + timedelta(minutes=119)  # the provider's clock may be behind ours
    ended = Facts(job=job("CANCELLED", Task("Trainer", "CANCELLED", START, early)), new_epochs=(epoch_record(0),))
    failed = decide(REQUEST, stopping.run, ended, START + timedelta(minutes=122))
    assert (failed.run.state, failed.run.error.code) == (State.FAILED, "E_MAX_MINUTES")
    assert failed.epochs == ended.new_epochs
    assert failed.run.ended_at is not None


def test_waiting_and_preparing_are_no_minutes_of_the_run():
    preparing = change(initial_stages(), "Prepare", "done", START, START)
    run = run_in(State.RUNNING, stages=preparing, limits={"minutes": 10, "usd": 10.0}, estimate=ESTIMATE)
    assert decide(REQUEST, run, Facts(job=job("PENDING")), NOW + timedelta(hours=5)).intents == {}


def test_a_run_is_stopped_when_it_has_spent_its_money():
    """S5.9 `max_cost_usd`: an hour of the small tier costs 0.154 USD, the pipeline 0.03."""
    run = limited()
    run = replace(run, limits={"minutes": 1_440, "usd": 0.5})
    live = Facts(job=job("RUNNING", Task("Trainer", "RUNNING", START)))
    assert decide(REQUEST, run, live, START + timedelta(hours=3)).intents == {}
    stopping = decide(REQUEST, run, live, START + timedelta(hours=3, minutes=15))
    assert set(stopping.intents) == {Effect.CANCEL_PIPELINE}
    assert stopping.run.error.explanation == "It has spent about 0.53 USD, and `max_cost_usd` is 0.5."
    failed = decide(REQUEST, stopping.run, Facts(job=job("CANCELLED")), START + timedelta(hours=4)).run
    assert (failed.state, failed.error.code) == (State.FAILED, "E_BUDGET")


def test_a_job_that_finishes_before_its_limit_stops_it_is_completed():
    stopping = decide(REQUEST, limited(), Facts(job=job("RUNNING")), LATE).run
    assert stopping.error is not None
    collecting = decide(REQUEST, stopping, Facts(job=job("SUCCEEDED")), LATE).run
    completed = decide(REQUEST, collecting, Facts(collected=COLLECTED), LATE).run
    assert (completed.state, completed.error) == (State.COMPLETED, None)


def test_a_cancel_comes_before_a_limit():
    run = decide(REQUEST, limited(), Facts(job=job("RUNNING"), cancel_requested_at=START), LATE).run
    assert run.state is State.CANCELLING


# ------------------------------------------------------------------------------------------------ what is shown


def test_a_prepared_run_shows_its_hardware_its_estimate_and_its_limits():
    prepared = replace(PREPARED, hardware={"tier": "small"}, estimate=ESTIMATE, limits={"minutes": 60, "usd": 1.0},
                       spec_options={"tier": "small"})  # fmt: skip
    run = decide(REQUEST, run_in(State.PREPARING), Facts(prepared=prepared), NOW).run
    assert (run.hardware, run.estimate, run.limits) == (prepared.hardware, ESTIMATE, prepared.limits)
    assert run.spec["options"] == {"tier": "small"}
    assert run.cost == {"estimated": ESTIMATE["total_usd"], "computed": 0.0, "parts": {"Compile": 0.0, "fixed": 0.0}}
    assert run.remaining == {"seconds": 660, "at_most": False}


def test_cost_and_time_left_follow_the_run():
    """S5.9, S9.7."""
    training = limited(progress={"epochs_done": 0, "epochs": 9, "last": None, "epoch_seconds": []})
    epochs = tuple({**epoch_record(epoch), "epochs": 9, "epoch_seconds": 60.0} for epoch in range(6))
    facts = Facts(job=job("RUNNING", Task("Trainer", "RUNNING", START)), new_epochs=epochs)
    run = decide(REQUEST, training, facts, START + timedelta(hours=1)).run
    assert run.progress["epoch_seconds"] == [60.0] * 5
    assert run.cost["parts"]["Train"] == 0.154
    assert run.cost["computed"] == pytest.approx(0.154 + 0.03, abs=1e-3)
    assert run.remaining["at_most"] is True
    done = decide(REQUEST, replace(run, state=State.COLLECTING), Facts(collected=COLLECTED), START + timedelta(hours=2))
    assert done.run.remaining is None
    assert done.run.cost["computed"] > run.cost["computed"]  # nobody told when the stage ended


def test_figures_alone_are_worth_a_save_only_now_and_then():
    run = decide(REQUEST, limited(), Facts(job=job("RUNNING")), NOW).run
    run = replace(run, updated_at=NOW)
    assert decide(REQUEST, run, Facts(job=job("RUNNING")), NOW + timedelta(seconds=29)).run == run
    later = decide(REQUEST, run, Facts(job=job("RUNNING")), NOW + timedelta(seconds=30)).run
    assert later.cost["computed"] > run.cost["computed"]


def test_problems_are_stored_and_the_first_error_is_the_sentence():
    warning = Problem("W_X", "a", "it is odd.", "Look.", "warning")
    run = decide(REQUEST, run_in(State.PREPARING), Facts(rejected=(warning, PROBLEM)), NOW).run
    assert [problem["code"] for problem in run.problems] == ["W_X", "E_REQUIRED"]
    assert run.error.code == "E_REQUIRED"
    assert run.error.explanation == "roles: it is missing. Add it."


def test_an_id_that_is_none_fails_with_a_problem():
    run = replace(run_in(State.REQUESTED), experiment="my-test")
    after = decide(REQUEST, run, TURN, NOW).run
    assert (after.state, after.error.code, after.problems[0]["path"]) == (State.FAILED, "E_ID", "id")


def test_epochs_are_appended_and_counted_wherever_the_job_is_looked_at():
    epochs = ({**epoch_record(0), "best": True}, {**epoch_record(1), "best": False})
    for facts in (
        Facts(job=job("RUNNING"), new_epochs=epochs),
        Facts(job=job("SUCCEEDED"), new_epochs=epochs),
        Facts(job=job("FAILED"), new_epochs=epochs),
        Facts(job=job("RUNNING"), new_epochs=epochs, cancel_requested_at=START),
        Facts(job=job("CANCELLED"), new_epochs=epochs),
    ):
        decision = decide(REQUEST, run_in(State.RUNNING), facts, NOW)
        assert decision.epochs == epochs
        assert decision.run.progress == {
            "epochs_done": 2, "epochs": 2, "last": epochs[1], "best_epoch": 0, "epoch_seconds": [10.0, 11.0],
        }  # fmt: skip


def test_epochs_are_appended_and_counted_while_cancelling():
    epochs = (epoch_record(0),)
    for run, facts in (
        (run_in(State.CANCELLING), Facts(new_epochs=epochs)),
        (run_in(State.CANCELLING), Facts(job=job("RUNNING"), new_epochs=epochs)),
        (run_in(State.CANCELLING), Facts(job=job("CANCELLED"), builds=(build("WORKING"),), new_epochs=epochs)),
        (leased(run_in(State.CANCELLING), Effect.START_BUILD), Facts(job=job("CANCELLED"), new_epochs=epochs)),
        (leased(run_in(State.CANCELLING), Effect.START_BUILD), Facts(new_epochs=epochs)),
    ):
        decision = decide(REQUEST, run, facts, NOW)
        assert (decision.epochs, decision.run.epochs_done) == (epochs, 1)


def test_what_artifacts_tell_is_marked_in_the_save_that_stores_it():
    running = Facts(job=job("RUNNING"), insights=(STATISTICS,))
    decision = decide(REQUEST, run_in(State.RUNNING), running, NOW)
    assert (decision.run.insights, decision.details) == ({"statistics": "done"}, STATISTICS.details)
    broken = Insight("schema", "failed: the schema is damaged")
    late = decide(REQUEST, replace(decision.run, state=State.COLLECTING),
                  Facts(collected=COLLECTED, insights=(broken,)), NOW)  # fmt: skip
    assert late.run.insights == {"statistics": "done", "schema": "failed: the schema is damaged"}
    assert (late.run.state, set(late.details)) == (State.COMPLETED, {"evaluation"})


def test_another_attempt_has_no_insights_of_the_one_before():
    facts = Facts(job=job("FAILED"), evidence=Evidence("Transform", OUTAGE), insights=(STATISTICS,))
    again = decide(REQUEST, run_in(State.RUNNING, insights={"schema": "done"}), facts, NOW)
    assert (again.run.attempt, again.run.insights) == (2, {})
    assert "statistics" not in again.details


def test_percent_never_falls_within_an_attempt():
    tasks = (Task("Trainer", "RUNNING", START),)
    run = run_in(State.RUNNING, percent=80)
    assert decide(REQUEST, run, Facts(job=job("RUNNING", *tasks)), NOW).run.percent == 80


def test_a_waiting_job_says_what_it_waits_for():
    words = {state: decide(REQUEST, run_in(State.RUNNING), Facts(job=job(state)), NOW).run.reason for state in JOB_LIVE}
    assert words == {
        "QUEUED": "waiting for machines", "PENDING": "waiting for machines", "RUNNING": None, "PAUSED": "paused",
        "UNSPECIFIED": None,
    }  # fmt: skip


def test_a_failure_names_the_stage_and_stops_the_later_ones():
    tasks = (Task("BigQueryExampleGen", "SUCCEEDED", START, NOW), Task("Transform", "FAILED", START, NOW))
    facts = Facts(job=job("FAILED", *tasks), evidence=Evidence("Transform", "exited with 1", ("ValueError: no",)))
    run = decide(REQUEST, run_in(State.RUNNING), facts, NOW).run
    states = {stage.name: stage.state for stage in run.stages}
    assert (states["Examples"], states["Transform"], states["Train"]) == ("done", "failed", "skipped")
    assert (run.error.component, run.error.title) == ("Transform", "Failed in Transform")


# -------------------------------------------------------------------------------------------------------- mirror


def test_a_mirror_out_of_reach_is_tried_again_a_minute_later():
    run = run_in(State.COMPLETED, mlflow=PENDING_MIRROR)
    asked = decide(REQUEST, run, Facts(), NOW)
    assert set(asked.intents) == {Effect.MIRROR}
    failed = decide(REQUEST, asked.run, Facts(mirrored=Mirrored("pending", reason="refused")), NOW)
    assert failed.run.mlflow["reason"] == "refused"
    assert decide(REQUEST, failed.run, Facts(), NOW) == Decision(failed.run)
    a_minute = timedelta(minutes=1)
    assert decide(REQUEST, failed.run, Facts(), NOW + a_minute - timedelta(seconds=1)) == Decision(failed.run)
    assert set(decide(REQUEST, failed.run, Facts(), NOW + a_minute).intents) == {Effect.MIRROR}


def test_a_mirrored_run_rests():
    run = decide(REQUEST, run_in(State.COMPLETED, mlflow=PENDING_MIRROR), Facts(), NOW).run
    done = decide(REQUEST, run, Facts(mirrored=Mirrored("done", "r1", "http://x")), NOW).run
    assert done.mlflow == {"state": "done", "run_id": "r1", "url": "http://x", "reason": None}
    assert not done.intents
    assert decide(REQUEST, done, Facts(), LATE) == Decision(done)


def test_without_mlflow_nothing_is_mirrored():
    completed = decide(REQUEST, run_in(State.COLLECTING), Facts(collected=COLLECTED), NOW).run
    assert completed.mlflow is None


def test_a_run_that_ends_by_a_clock_behind_the_one_it_began_by_took_no_time():
    run = decide(REQUEST, run_in(State.PREPARING, started_at=NOW + timedelta(seconds=40)),
                 Facts(rejected=(PROBLEM,)), NOW).run  # fmt: skip
    assert (run.state, run.duration_seconds) == (State.FAILED, 0.0)


def test_a_run_whose_document_is_gone_is_cancelled_and_says_why():
    """Nobody wants it any more, and nobody asked for a cancel."""
    run = decide(None, run_in(State.REQUESTED), TURN, NOW).run
    assert (run.state, run.reason) == (
        State.CANCELLED, "while waiting; nothing had been spent; its document had been deleted",
    )  # fmt: skip
