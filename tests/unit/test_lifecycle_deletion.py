"""Deletion: a tombstone first, then what is left of the run in its order, and at last the run itself (domain S5.13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import Evidence
from shared.facts import Facts, Finalized, Mirrored, Wish
from shared.lifecycle import LEASES, decide
from shared.runs import FINALIZERS, LIVE, TERMINAL, Deletion, Effect, Intent, Run, State
from tests.unit.lifecycle_samples import (
    ATTEMPT,
    LATE,
    NOW,
    PENDING_MIRROR,
    PROBLEM,
    REQUEST,
    START,
    TURN,
    build,
    job,
    run_in,
)

WISH = Wish(START, "ada")
DELETE = Facts(delete=WISH, object_bytes=1_200)
ENDED = sorted(TERMINAL, key=lambda state: state.value)
DONE_MIRROR = {"state": "done", "run_id": "r", "url": None, "reason": None}


def deleting(*left: str, **changes: object) -> Run:
    deletion = Deletion(START, "ada", NOW, left, 1_200)
    return run_in(State.COMPLETED, **{"deletion": deletion, "mlflow": DONE_MIRROR, **changes})


@pytest.mark.parametrize("state", ENDED)
def test_a_tombstone_comes_first(state: State):
    decision = decide(REQUEST, run_in(state), DELETE, NOW)
    assert decision.run.deletion == Deletion(START, "ada", NOW, FINALIZERS, 1_200)
    assert (decision.run.state, decision.intents, decision.forgets) == (state, {}, False)
    assert decision.why


@pytest.mark.parametrize("state", sorted(LIVE, key=lambda state: state.value))
def test_a_live_run_is_not_deleted(state: State):
    facts = replace(TURN, delete=WISH, job=job("RUNNING"))
    assert decide(REQUEST, run_in(state), facts, NOW).run.deletion is None


def test_finalizers_are_done_one_after_the_other_and_then_the_run_is_forgotten():
    run, effects = decide(REQUEST, run_in(State.COMPLETED, mlflow=DONE_MIRROR), DELETE, NOW).run, []
    facts = DELETE
    for _ in range(12):
        decision = decide(REQUEST, run, facts, NOW)
        if decision.forgets:
            break
        effects += list(decision.intents)
        run = decision.run
        facts = replace(DELETE, finalized=Finalized(run.deletion.finalizers[0])) if decision.intents else DELETE
    assert decision.forgets
    assert effects == [Effect.UNMIRROR, Effect.DELETE_OBJECTS, Effect.DELETE_DETAILS]
    assert run.deletion.finalizers == ()


def test_a_run_without_a_mirror_has_none_to_delete():
    run = replace(deleting("mirror", "objects"), mlflow=None)
    assert decide(REQUEST, run, DELETE, NOW).run.deletion.finalizers == ("objects",)


def test_a_run_that_is_being_deleted_does_nothing_else():
    run = deleting("cloud", mlflow=PENDING_MIRROR)
    decision = decide(REQUEST, run, replace(DELETE, mirrored=Mirrored("done"), cancel_requested_at=NOW), NOW)
    assert (decision.run.mlflow, decision.intents, decision.run.state) == (PENDING_MIRROR, {}, State.COMPLETED)


def test_what_is_still_live_is_stopped_before_anything_goes():
    run = deleting("cloud", "objects")
    assert set(decide(REQUEST, run, replace(DELETE, job=job("RUNNING")), NOW).intents) == {Effect.CANCEL_PIPELINE}
    assert set(decide(REQUEST, run, replace(DELETE, builds=(build("WORKING"),)), NOW).intents) == {Effect.CANCEL_BUILD}
    assert decide(REQUEST, run, replace(DELETE, job=job("CANCELLED")), NOW).run.deletion.finalizers == ("objects",)


def test_outputs_that_somebody_may_be_reading_stay():
    """Equal experiments reuse each other's outputs (S5.1 `reuse_cache`)."""
    run = decide(REQUEST, deleting("cloud"), replace(DELETE, readers=2), NOW).run
    assert (run.deletion.finalizers, run.reason) == (("cloud",), "waits for 2 experiments that may be reading its data")
    after = decide(REQUEST, run, DELETE, NOW).run
    assert (after.deletion.finalizers, after.reason) == ((), None)


def test_a_mirror_that_is_being_written_is_waited_for():
    intent = Intent(ATTEMPT, NOW, NOW + LEASES[Effect.MIRROR])
    run = deleting("cloud", intents={Effect.MIRROR: intent})
    waiting = decide(REQUEST, run, DELETE, NOW).run
    assert (waiting.deletion.finalizers, waiting.reason) == (
        ("cloud",), "waits until 00:10:30 UTC, when nothing can write any more"
    )  # fmt: skip
    assert decide(REQUEST, run, DELETE, NOW + LEASES[Effect.MIRROR]).run.deletion.finalizers == ()


def test_a_handler_that_a_cancel_overtook_is_waited_for():
    """It was preparing, sleeps, and will write another object when it wakes up: who would remove that?"""
    preparing = decide(REQUEST, run_in(State.REQUESTED), TURN, NOW).run
    cancelling = decide(REQUEST, preparing, replace(TURN, cancel_requested_at=NOW), NOW).run
    cancelled = decide(REQUEST, cancelling, replace(TURN, cancel_requested_at=NOW), NOW).run
    assert cancelled.state is State.CANCELLED, "nothing paid can come of it"
    run = decide(REQUEST, cancelled, DELETE, NOW).run
    until = NOW + LEASES[Effect.PREPARE]
    assert decide(REQUEST, run, DELETE, until - timedelta(seconds=1)).run.deletion.finalizers == FINALIZERS
    assert decide(REQUEST, run, DELETE, until).run.deletion.finalizers == FINALIZERS[1:]


def test_a_run_that_was_refused_by_the_handler_that_prepared_it_has_nobody_to_wait_for():
    preparing = decide(REQUEST, run_in(State.REQUESTED), TURN, NOW).run
    refused = decide(REQUEST, preparing, replace(TURN, rejected=(PROBLEM,)), NOW).run
    assert (refused.state, refused.busy_until) == (State.FAILED, None)


def test_a_look_that_is_refused_and_a_right_that_is_missing_are_told_and_tried_again():
    no = Evidence(None, "PERMISSION_DENIED: no")
    run = decide(REQUEST, deleting("cloud"), replace(DELETE, unseen=no), NOW).run
    assert run.reason == "its job cannot be looked at: PERMISSION_DENIED: no"
    asked = decide(REQUEST, deleting("objects"), DELETE, NOW).run
    refused = decide(REQUEST, asked, replace(DELETE, refused=no), NOW).run
    assert refused.reason == "objects cannot be deleted: PERMISSION_DENIED: no"
    assert set(decide(REQUEST, refused, DELETE, LATE).intents) == {Effect.DELETE_OBJECTS}


def test_bytes_that_could_not_be_counted_at_first_are_counted_later():
    run = deleting("cloud")
    run = replace(run, deletion=replace(run.deletion, bytes=None))
    assert decide(REQUEST, run, DELETE, NOW).run.deletion.bytes == 1_200


def test_a_handler_that_died_while_deleting_is_followed_by_another():
    run = decide(REQUEST, deleting("objects"), DELETE, NOW).run
    lease = LEASES[Effect.DELETE_OBJECTS]
    assert decide(REQUEST, run, DELETE, NOW + lease - timedelta(seconds=1)).intents == {}
    assert set(decide(REQUEST, run, DELETE, NOW + lease).intents) == {Effect.DELETE_OBJECTS}


def test_a_report_of_another_finalizer_changes_nothing():
    run = decide(REQUEST, deleting("objects", "details"), DELETE, NOW).run
    late = replace(DELETE, finalized=Finalized("mirror"))
    assert decide(REQUEST, run, late, NOW).run == run
