"""Deletion (S5.13): one commit that forgets, what it leaves, and what it raises, on the fake and on Firestore."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.adapters.ports import Conflict
from shared.lifecycle import Decision
from shared.runs import Deletion, Run, State
from tests.contract.conftest import Documents
from tests.contract.saves import FIRST, NOW, SECOND, at_once, command, fresh, saved

LATER = NOW + timedelta(minutes=5)
GONE = (f"runs/{FIRST}", f"experiments/{FIRST}", f"commands/{FIRST}--cancel", f"commands/{FIRST}--delete")


def ended(documents: Documents, experiment_id: str = FIRST) -> Run:
    documents.put(f"experiments/{experiment_id}", {"name": "first"})
    documents.put(f"commands/{experiment_id}--cancel", command("cancel", experiment_id))
    documents.put(f"commands/{experiment_id}--delete", command("delete", experiment_id))
    return saved(documents, replace(fresh(experiment_id), state=State.CANCELLED), why="nothing is live")


def deleting(run: Run) -> Run:
    return replace(run, deletion=Deletion(NOW, "grace", marked_at=NOW, finalizers=(), bytes=1_234))


def begun(documents: Documents, experiment_id: str = FIRST) -> Run:
    run = ended(documents, experiment_id)
    loaded = documents.store.load(experiment_id)
    return documents.store.save(loaded, run, Decision(deleting(run), why="its deletion was asked for"), NOW)


def forget(documents: Documents, run: Run) -> Run:
    loaded = documents.store.load(run.experiment)
    return documents.store.save(loaded, run, Decision(run, why="all is deleted", forgets=True), LATER)


def test_what_is_forgotten_is_gone_and_a_tombstone_stays(documents: Documents):
    run = begun(documents)
    assert all(documents.get(path) is not None for path in GONE)
    assert forget(documents, run).deletion == run.deletion
    assert [documents.get(path) for path in GONE] == [None] * 4
    loaded = documents.store.load(FIRST)
    assert (loaded.run, loaded.request, loaded.cancel_requested_at, loaded.delete) == (None, None, None, None)
    assert documents.get(f"tombstones/{FIRST}") == {
        "experiment": FIRST, "number": 1, "model_endpoint": "wholesale", "name": "first", "state": "cancelled",
        "owner": "ada", "created_at": NOW, "deleted_at": LATER, "deleted_by": "grace", "bytes": 1_234,
    }  # fmt: skip


def test_an_experiment_without_request_or_commands_is_forgotten_too(documents: Documents):
    run = begun(documents)
    for path in GONE[1:]:
        documents.remove(path)
    forget(documents, run)
    assert documents.get(f"runs/{FIRST}") is None
    assert documents.get(f"tombstones/{FIRST}") is not None


def test_a_run_that_has_changed_is_not_forgotten(documents: Documents):
    run = begun(documents)
    late = documents.store.load(FIRST)
    saved(documents, run)
    with pytest.raises(Conflict):
        documents.store.save(late, run, Decision(run, forgets=True), LATER)
    assert all(documents.get(path) is not None for path in GONE)
    assert documents.get(f"tombstones/{FIRST}") is None


def test_of_many_who_forget_at_once_one_does(documents: Documents):
    run, others = begun(documents), begun(documents, SECOND)
    loaded, won = documents.store.load(FIRST), []

    def forget_it(position: int) -> None:
        with contextlib.suppress(Conflict):
            won.append(documents.store.save(loaded, run, Decision(run, charges=0.5, forgets=True), LATER))

    at_once(forget_it)
    assert len(won) == 1
    assert documents.store.spent_usd("wholesale", "2026-11") == 0.5
    assert documents.store.load(SECOND).run == others


def test_nobody_brings_a_forgotten_run_back(documents: Documents):
    """Neither a handler that saw it live, nor one that saw its request before it had a run."""
    documents.put(f"experiments/{FIRST}", {"name": "first"})
    before_all = documents.store.load(FIRST)
    run = begun(documents)
    while_deleting = documents.store.load(FIRST)
    forget(documents, run)
    for loaded, seen in ((before_all, fresh()), (while_deleting, run)):
        with pytest.raises(Conflict):
            documents.store.save(loaded, seen, Decision(replace(seen, percent=1), why="late"), LATER)
    assert documents.get(f"runs/{FIRST}") is None


def test_what_is_wanted_deleted_or_under_way_is_found_without_an_event(documents: Documents):
    assert documents.store.to_delete() == []
    run = begun(documents)
    documents.put(f"commands/{SECOND}--delete", command("delete", SECOND))
    documents.put("commands/exp-x--delete", command("delete", "exp-y"))  # not valid: it does not count
    documents.put("commands/exp-z--cancel", command("cancel", "exp-z"))
    assert documents.store.to_delete() == [FIRST, SECOND]
    documents.remove(f"commands/{FIRST}--delete")
    assert documents.store.to_delete() == [FIRST, SECOND], "it has been begun"
    forget(documents, run)
    assert documents.store.to_delete() == [SECOND]


def test_numbers_are_never_given_again(documents: Documents):
    forget(documents, begun(documents))
    assert saved(documents, fresh(SECOND)).number == 2


def test_what_was_deleted_and_restored_can_be_deleted_again(documents: Documents):
    forget(documents, begun(documents))
    forget(documents, begun(documents))
    assert documents.get(f"tombstones/{FIRST}")["number"] == 2


def test_every_new_deletion_ends_the_reuse_of_what_was_made_before(documents: Documents):
    assert documents.store.reuse_generation() == 0
    run = begun(documents)
    assert documents.store.reuse_generation() == 1
    run = saved(documents, run)
    forget(documents, run)
    assert documents.store.reuse_generation() == 1, "a deletion counts once"
    begun(documents, SECOND)
    assert documents.store.reuse_generation() == 2


def test_an_endpoint_may_be_called_reuse(documents: Documents):
    assert saved(documents, fresh(FIRST, "reuse")).number == 1
    begun(documents, SECOND)
    third = "exp-01jd4qz2000000000000000000"
    assert saved(documents, fresh(third, "reuse")).number == 2
    assert documents.store.reuse_generation() == 1


def test_details_and_events_are_deleted_and_nobody_elses(documents: Documents):
    run = begun(documents)
    run = saved(documents, run, details={part: {"n": 1} for part in ("code", "snapshot")})
    other = begun(documents, SECOND)
    saved(documents, other, details={"code": {"n": 2}})
    documents.store.delete_details(FIRST)
    assert documents.store.detail(FIRST, "code") is None
    assert documents.get(f"runs/{FIRST}/events/000001") is None
    assert documents.store.load(FIRST).run == run
    assert documents.store.detail(SECOND, "code") == {"n": 2}
    assert documents.get(f"runs/{SECOND}/events/000001") is not None
    documents.store.delete_details(FIRST)  # again: nothing is there


def test_a_run_that_is_being_deleted_leaves_no_events(documents: Documents):
    """They would outlive the removal of its details."""
    run = begun(documents)
    assert documents.get(f"runs/{FIRST}/events/{run.revision:06d}")["why"] == "its deletion was asked for"
    run = saved(documents, run, why="objects: deleted")
    assert documents.get(f"runs/{FIRST}/events/{run.revision:06d}") is None
