"""Places of the quota (S10.18): taken and given back in the commit that moves the run, on the fake and on Firestore."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.ports import Conflict
from shared.lifecycle import Decision
from shared.orphans import Head
from shared.quota import Queue, Waiting
from shared.runs import SEATED, Effect, Intent, Run, State
from tests.contract.conftest import Documents
from tests.contract.saves import FIRST, NOW, SECOND, at_once, command, fresh, saved


def seat(documents: Documents, run: Run, seen: Queue | None = None) -> Run:
    """Save `run` with a place, as it is entered when it begins to prepare."""
    loaded, seen = documents.store.load(run.experiment), seen or documents.store.queue(NOW)
    return documents.store.save(loaded, run, Decision(replace(run, state=State.PREPARING), seat=seen), NOW)


def end(documents: Documents, run: Run, state: State = State.FAILED) -> Run:
    return documents.store.save(documents.store.load(run.experiment), run, Decision(replace(run, state=state)), NOW)


def holders(documents: Documents) -> dict[str, str]:
    return dict(documents.store.queue(NOW).holders)


def test_nobody_holds_or_waits_at_first(documents: Documents):
    queue = documents.store.queue(NOW)
    assert (dict(queue.holders), queue.waiting) == ({}, ())
    assert documents.store.seated_runs() == {}


def test_the_first_place_is_taken_where_there_is_no_document_yet(documents: Documents):
    seat(documents, saved(documents, fresh()))
    assert documents.get("quotas/running") == {"holders": {FIRST: {"endpoint": "wholesale", "since": NOW}}}
    assert holders(documents) == {FIRST: "wholesale"}


def test_those_who_wait_are_requested_and_due(documents: Documents):
    rests, due = NOW + timedelta(seconds=1), NOW
    for number, (state, retry_at) in enumerate(
        [(State.REQUESTED, None), (State.REQUESTED, rests), (State.REQUESTED, due), (State.RUNNING, None)]
    ):
        saved(documents, replace(fresh(f"exp-{number:026d}", "retail"), state=state, retry_at=retry_at))
    waiting = sorted(documents.store.queue(NOW).waiting, key=lambda each: each.experiment)
    assert waiting == [Waiting(f"exp-{number:026d}", "retail", NOW) for number in (0, 2)]
    later = documents.store.queue(rests).waiting
    assert sorted(each.experiment for each in later) == [f"exp-{number:026d}" for number in (0, 1, 2)]


def test_a_place_is_not_taken_when_the_holders_have_changed(documents: Documents):
    first, second = saved(documents, fresh(FIRST)), saved(documents, fresh(SECOND))
    seen = documents.store.queue(NOW)
    seat(documents, first, seen)
    with pytest.raises(Conflict):
        seat(documents, second, seen)
    assert documents.store.load(SECOND).run == second, "the loser leaves nothing behind"
    assert holders(documents) == {FIRST: "wholesale"}
    seat(documents, second)
    assert holders(documents) == {FIRST: "wholesale", SECOND: "wholesale"}


def test_a_place_that_was_given_back_makes_whoever_saw_it_taken_look_again(documents: Documents):
    first, second = saved(documents, fresh(FIRST)), saved(documents, fresh(SECOND))
    first = seat(documents, first)
    seen = documents.store.queue(NOW)
    end(documents, first)
    with pytest.raises(Conflict):
        seat(documents, second, seen)


@pytest.mark.parametrize("left", [True, False])
def test_of_many_who_want_the_last_place_at_once_one_gets_it(documents: Documents, left: bool):
    """`left`: the document is there already, or the first taker creates it."""
    if left:
        end(documents, seat(documents, saved(documents, fresh("exp-already-gone"))))
    runs = [saved(documents, fresh(f"exp-{number:026d}")) for number in range(6)]
    seen = documents.store.queue(NOW)
    outcomes: list[str] = []

    def take(position: int) -> None:
        try:
            outcomes.append(seat(documents, runs[position], seen).experiment)
        except Conflict:
            outcomes.append("")

    at_once(take, len(runs))
    [winner] = [outcome for outcome in outcomes if outcome]
    assert holders(documents) == {winner: "wholesale"}
    assert documents.store.seated_runs() == {winner: "wholesale"}


@pytest.mark.parametrize("state", [State.COMPLETED, State.CANCELLED, State.FAILED, State.REQUESTED])
def test_whoever_leaves_gives_the_place_back_in_the_same_commit(documents: Documents, state: State):
    other = seat(documents, saved(documents, fresh(SECOND)))
    end(documents, seat(documents, saved(documents, fresh())), state)
    assert holders(documents) == {other.experiment: "wholesale"}


@pytest.mark.parametrize("state", sorted(SEATED))
def test_whoever_stays_seated_keeps_the_place(documents: Documents, state: State):
    end(documents, seat(documents, saved(documents, fresh())), state)
    assert holders(documents) == {FIRST: "wholesale"}


def test_a_place_is_given_back_where_there_is_no_document(documents: Documents):
    run = saved(documents, replace(fresh(), state=State.RUNNING))
    assert end(documents, run).state is State.FAILED
    assert holders(documents) == {}
    seat(documents, saved(documents, fresh(SECOND)))
    assert holders(documents) == {SECOND: "wholesale"}


def test_a_late_save_of_a_run_that_has_left_takes_no_place_away(documents: Documents):
    """The place that the next attempt took is not given back by a handler that still saw the one before."""
    run = seat(documents, saved(documents, fresh()))
    late = documents.store.load(FIRST)
    again = seat(documents, end(documents, run, State.REQUESTED))
    with pytest.raises(Conflict):
        documents.store.save(late, run, Decision(replace(run, state=State.FAILED)), NOW)
    assert holders(documents) == {FIRST: "wholesale"}
    end(documents, again)
    assert holders(documents) == {}


def test_of_many_who_end_one_run_at_once_one_gives_the_place_back(documents: Documents):
    other, run = seat(documents, saved(documents, fresh(SECOND))), seat(documents, saved(documents, fresh()))
    loaded, ended = documents.store.load(FIRST), []

    def end_it(position: int) -> None:
        with contextlib.suppress(Conflict):
            decision = Decision(replace(run, state=State.FAILED), charges=0.5)
            ended.append(documents.store.save(loaded, run, decision, NOW))

    at_once(end_it)
    assert len(ended) == 1
    assert holders(documents) == {other.experiment: "wholesale"}
    assert documents.store.spent_usd("wholesale", "2026-11") == 0.5


@pytest.mark.parametrize("limit", [1, 3])
def test_many_runs_pass_through_few_places_and_none_is_lost_or_taken_twice(documents: Documents, limit: int):
    """Takers conflict and try again; leavers never do."""
    runs = [saved(documents, fresh(f"exp-{number:026d}")) for number in range(8)]
    most: list[int] = []

    def live(position: int) -> None:
        run = runs[position]
        while run.state is State.REQUESTED:
            seen = documents.store.queue(NOW)
            if len(seen.holders) < limit:
                with contextlib.suppress(Conflict):
                    run = seat(documents, run, seen)
        most.append(len(documents.store.queue(NOW).holders))
        end(documents, run)

    at_once(live, len(runs))
    assert max(most) <= limit
    assert holders(documents) == {}
    assert {documents.store.load(run.experiment).run.state for run in runs} == {State.FAILED}


# ---------------------------------------------------------------------------------------------- what the sweep asks


def test_places_are_repaired_and_those_that_stay_keep_their_time(documents: Documents):
    seat(documents, saved(documents, fresh(FIRST)))
    seat(documents, saved(documents, fresh(SECOND)))
    queue, later, lost = documents.store.queue(NOW), NOW + timedelta(hours=1), "exp-01jd4qz9000000000000000000"
    assert documents.store.repair_places({SECOND: "wholesale", lost: "retail"}, queue, later) is True
    kept, added = {"endpoint": "wholesale", "since": NOW}, {"endpoint": "retail", "since": later}
    assert documents.get("quotas/running") == {"holders": {SECOND: kept, lost: added}}
    assert documents.store.repair_places({}, queue, later) is False, "they are not as they were seen"
    assert set(holders(documents)) == {SECOND, lost}


def test_places_are_repaired_where_the_document_was_lost(documents: Documents):
    queue = documents.store.queue(NOW)
    assert documents.store.repair_places({FIRST: "wholesale"}, queue, NOW) is True
    assert holders(documents) == {FIRST: "wholesale"}
    assert documents.store.repair_places({}, queue, NOW) is False, "somebody has written it since"


@pytest.mark.parametrize("damage", [{"endpoint": "retail", "since": NOW}, {"since": NOW}, "wholesale"], ids=str)
def test_a_place_that_is_wrong_is_repaired_too(documents: Documents, damage: Any):
    """Left as it was, it would be repaired in every minute, or keep everybody waiting."""
    documents.put("quotas/running", {"holders": {FIRST: damage}})
    assert documents.store.repair_places({FIRST: "wholesale"}, documents.store.queue(NOW), NOW) is True
    assert holders(documents) == {FIRST: "wholesale"}


@pytest.mark.parametrize("damage", [{"created_at": "yesterday"}, {"model_endpoint": None}], ids=str)
def test_a_damaged_run_keeps_nobody_else_waiting(documents: Documents, damage: dict[str, Any]):
    saved(documents, fresh(FIRST))
    saved(documents, fresh(SECOND))
    documents.put(f"runs/{FIRST}", {**documents.get(f"runs/{FIRST}"), **damage})
    assert [each.experiment for each in documents.store.queue(NOW).waiting] == [SECOND]


def test_seated_runs_are_those_that_run(documents: Documents):
    for number, state in enumerate(State):
        saved(documents, replace(fresh(f"exp-{number:026d}"), state=state))
    expected = {f"exp-{number:026d}": "wholesale" for number, state in enumerate(State) if state in SEATED}
    assert documents.store.seated_runs() == expected


def test_heads_tell_whose_a_build_or_a_job_is(documents: Documents):
    saved(documents, replace(fresh(), state=State.COMPILING, attempt=2, build={"id": "b-1", "status": "QUEUED"}))
    saved(documents, fresh(SECOND))
    expected = {FIRST: Head(State.COMPILING, 2, "b-1"), SECOND: Head(State.REQUESTED, 1)}
    assert documents.store.heads([FIRST, SECOND, "exp-nobody"]) == expected
    assert documents.store.heads([]) == {}


def test_the_head_of_a_run_of_a_later_version_is_of_no_known_state(documents: Documents):
    """It must not keep the orphans of the others from being stopped."""
    saved(documents, fresh())
    documents.put(f"runs/{FIRST}", {**documents.get(f"runs/{FIRST}"), "state": "paused"})
    assert documents.store.heads([FIRST]) == {FIRST: Head(None, 1)}


def test_readers_are_runs_with_a_place_that_were_seen_before(documents: Documents):
    for number, state in enumerate(State):
        seen_at = NOW - timedelta(seconds=1)
        saved(documents, replace(fresh(f"exp-{number:026d}"), state=state, created_at=seen_at))
    saved(documents, replace(fresh(FIRST), state=State.RUNNING, created_at=NOW))
    assert documents.store.readers_since(NOW) == len(SEATED)
    assert documents.store.readers_since(NOW + timedelta(seconds=1)) == len(SEATED) + 1
    assert documents.store.readers_since(NOW - timedelta(seconds=1)) == 0


# ----------------------------------------------------------------------------------------------------------- money


def test_what_ended_attempts_cost_is_added_to_the_month(documents: Documents):
    def charge(experiment_id: str, usd: float, at: Any) -> None:
        run, loaded = fresh(experiment_id), documents.store.load(experiment_id)
        documents.store.save(loaded, loaded.run or run, Decision(loaded.run or run, charges=usd), at)

    assert documents.store.spent_usd("wholesale", "2026-11") == 0.0
    charge(FIRST, 0.25, NOW)
    charge(SECOND, 0.5, NOW)
    charge(FIRST, 1.0, NOW + timedelta(days=10))
    assert documents.get("ledgers/wholesale__2026-11") == {"spent_usd": 0.75, "attempts": 2}
    assert documents.get("ledgers/wholesale__2026-12") == {"spent_usd": 1.0, "attempts": 1}
    assert documents.store.spent_usd("wholesale", "2026-11") == 0.75
    assert documents.store.spent_usd("retail", "2026-11") == 0.0


def test_a_cancel_is_still_seen_by_a_save_that_takes_a_place_and_pays(documents: Documents):
    run, seen = saved(documents, fresh()), documents.store.queue(NOW)
    loaded = documents.store.load(FIRST)
    documents.put(f"commands/{FIRST}--cancel", command("cancel"))
    paying = Decision(
        replace(run, state=State.PREPARING), {Effect.START_BUILD: Intent("x-a1", NOW, NOW)}, seat=seen, charges=1.0
    )
    with pytest.raises(Conflict):
        documents.store.save(loaded, run, paying, NOW)
    assert holders(documents) == {}
    assert documents.store.spent_usd("wholesale", "2026-11") == 0.0
