"""The store: what a save promises, on the fake and on the Firestore emulator."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.ports import Conflict
from shared.epochs import BLOCK_EDGES, IN_HISTORY, WEIGHT_BLOCK
from shared.errors import Evidence, classify
from shared.lifecycle import Decision
from shared.runs import Cancel, Effect, Intent, State
from shared.stages import initial_stages
from tests.contract.conftest import Documents
from tests.contract.saves import FIRST, NOW, SECOND, at_once, command, fresh, saved
from tests.fakes.world import epoch_record


def test_nothing_is_there_at_first(documents: Documents):
    loaded = documents.store.load(FIRST)
    assert (loaded.request, loaded.run, loaded.cancel_requested_at, loaded.delete) == (None, None, None, None)
    assert documents.store.config("datasets", "none") is None
    assert documents.store.detail(FIRST, "code") is None


def test_what_a_client_writes_is_loaded(documents: Documents):
    documents.put(f"experiments/{FIRST}", {"name": "first", "created_at": NOW, "split": {"kind": "random"}})
    documents.put(f"commands/{FIRST}--cancel", command("cancel"))
    loaded = documents.store.load(FIRST)
    assert loaded.request == {"name": "first", "created_at": NOW, "split": {"kind": "random"}}
    assert loaded.cancel_requested_at is not None
    assert loaded.cancel_requested_at.tzinfo is not None
    assert documents.store.config("experiments", FIRST) == loaded.request


def test_a_command_counts_from_its_arrival_and_not_from_its_own_clock(documents: Documents):
    for kind in ("cancel", "delete"):
        documents.put(f"commands/{FIRST}--{kind}", command(kind, created_at=NOW - timedelta(days=9)))
    loaded = documents.store.load(FIRST)
    assert loaded.delete is not None
    assert (loaded.delete.by, loaded.delete.at > NOW - timedelta(days=1)) == ("ada", True)
    assert loaded.cancel_requested_at > NOW - timedelta(days=1)


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "refresh"}, {"kind": "delete"}, {"experiment": SECOND}, {"also": 1}, {"owner": ""}, {"created_at": "x"}],
)
def test_a_command_that_is_not_valid_does_not_count(documents: Documents, wrong: dict[str, object]):
    documents.put(f"commands/{FIRST}--cancel", {**command("cancel"), **wrong})
    documents.put(f"commands/{FIRST}--delete", {})
    loaded = documents.store.load(FIRST)
    assert (loaded.cancel_requested_at, loaded.delete) == (None, None)
    run = saved(documents, fresh())
    paying = {Effect.START_BUILD: Intent("x-a1", NOW, NOW)}
    assert documents.store.save(documents.store.load(FIRST), run, Decision(run, paying), NOW).revision == 2


def test_a_saved_run_is_loaded_as_it_was_saved(documents: Documents):
    run = replace(
        fresh(), state=State.FAILED, error=classify(Evidence("Train", "MemoryError")), percent=42,
        cancel=Cancel(NOW, "running"), intents={Effect.MIRROR: Intent("x-a1", NOW, NOW + timedelta(seconds=9))},
        problems=({"code": "E_X", "path": "a", "problem": "b", "remedy": "c", "severity": "error"},),
        parameters={"epochs": 2, "learning_rate": 0.001, "split": {"kind": "random", "ref": None}},
        progress={"epochs_done": 1, "epochs": 2, "last": epoch_record(0)}, started_at=NOW, ended_at=NOW,
    )  # fmt: skip
    stored = saved(documents, run)
    assert (stored.revision, stored.updated_at, stored.number) == (1, NOW, 1)
    assert documents.store.load(FIRST).run == stored


def test_numbers_are_given_once_per_endpoint(documents: Documents):
    assert [saved(documents, fresh(FIRST)).number, saved(documents, fresh(SECOND)).number] == [1, 2]
    other = saved(documents, fresh("exp-01jd4qz2000000000000000000", "retail"))
    assert other.number == 1
    assert saved(documents, other).number == 1, "a number stays"
    assert documents.get("counters/wholesale") == {"next": 3}


def test_the_second_of_two_saves_of_one_version_conflicts(documents: Documents):
    run = saved(documents, fresh())
    loaded = documents.store.load(FIRST)
    documents.store.save(loaded, run, Decision(replace(run, percent=5)), NOW)
    late = Decision(replace(run, percent=6), why="late", details={"code": {"transform": "late"}})
    with pytest.raises(Conflict):
        documents.store.save(loaded, run, late, NOW)
    found = documents.store.load(FIRST).run
    assert (found.percent, found.revision) == (5, 2)
    assert documents.store.detail(FIRST, "code") is None, "the loser leaves nothing behind"
    assert documents.get(f"runs/{FIRST}/events/000002") is None


def test_two_creators_of_one_run_get_one_run_and_one_number(documents: Documents):
    run, nothing = fresh(), documents.store.load(FIRST)
    documents.store.save(nothing, run, Decision(run), NOW)
    with pytest.raises(Conflict):
        documents.store.save(nothing, run, Decision(run), NOW)
    assert documents.get("counters/wholesale") == {"next": 2}


def test_no_run_is_created_for_a_request_that_is_gone_meanwhile(documents: Documents):
    """A handler that slept while its experiment was deleted must not bring it back."""
    documents.put(f"experiments/{FIRST}", {"name": "first"})
    loaded, run = documents.store.load(FIRST), fresh()
    documents.remove(f"experiments/{FIRST}")
    with pytest.raises(Conflict):
        documents.store.save(loaded, run, Decision(run), NOW)
    assert documents.store.load(FIRST).run is None
    assert documents.get("counters/wholesale") is None


@pytest.mark.parametrize("effect", [Effect.START_BUILD, Effect.SUBMIT_PIPELINE])
def test_nothing_is_paid_after_a_cancel_that_was_not_loaded(documents: Documents, effect: Effect):
    run = saved(documents, fresh())
    loaded = documents.store.load(FIRST)
    documents.put(f"commands/{FIRST}--cancel", command("cancel"))
    intent = Intent("x-a1", NOW, NOW)
    paying = Decision(replace(run, percent=1, intents={effect: intent}), {effect: intent}, "it must be paid")
    with pytest.raises(Conflict):
        documents.store.save(loaded, run, paying, NOW)
    assert documents.store.load(FIRST).run == run
    again = documents.store.load(FIRST)
    assert documents.store.save(again, run, Decision(replace(run, percent=2)), NOW).percent == 2


def test_a_paying_save_conflicts_like_any_other(documents: Documents):
    run = saved(documents, fresh())
    loaded = documents.store.load(FIRST)
    saved(documents, run)
    intent = Intent("x-a1", NOW, NOW)
    with pytest.raises(Conflict):
        documents.store.save(loaded, run, Decision(run, {Effect.START_BUILD: intent}, "late"), NOW)


@pytest.mark.parametrize("pays", [False, True])
def test_of_many_savers_at_once_one_wins_each_revision(documents: Documents, pays: bool):
    saved(documents, fresh())
    won: list[int] = []
    intents = {Effect.START_BUILD: Intent("x-a1", NOW, NOW)} if pays else {}

    def add_one(position: int) -> None:
        with contextlib.suppress(Conflict):
            loaded = documents.store.load(FIRST)
            more = replace(loaded.run, percent=loaded.run.percent + 1)
            won.append(documents.store.save(loaded, loaded.run, Decision(more, intents), NOW).revision)

    at_once(add_one)
    assert len(won) == len(set(won)) > 0
    run = documents.store.load(FIRST).run
    assert (run.percent, run.revision) == (len(won), 1 + len(won))


def test_many_runs_begun_at_once_get_numbers_without_a_gap_or_a_twin(documents: Documents):
    numbers: list[int] = []

    def begin(position: int) -> None:
        run = fresh(f"exp-{position:026d}")
        while True:
            with contextlib.suppress(Conflict):
                numbers.append(saved(documents, run).number)
                return

    at_once(begin)
    assert sorted(numbers) == list(range(1, 9))


def test_events_tell_from_where_to_where_and_why(documents: Documents):
    run = fresh()
    begun = Decision(replace(run, state=State.PREPARING), why="a request arrived")
    documents.store.save(documents.store.load(FIRST), run, begun, NOW)
    assert documents.get(f"runs/{FIRST}/events/000001") == {
        "from": "requested", "to": "preparing", "at": NOW, "why": "a request arrived", "attempt": 1,
    }  # fmt: skip
    second = documents.store.load(FIRST).run
    saved(documents, replace(second, percent=1))
    assert documents.get(f"runs/{FIRST}/events/000002") is None, "nothing moved"


def test_details_are_stored_beside_the_run(documents: Documents):
    details = {"code": {"transform": "a = 1\n"}, "snapshot": {"sql": {"train": "SELECT 1"}, "warnings": []}}
    saved(documents, fresh(), details=details)
    assert documents.store.detail(FIRST, "code") == details["code"]
    assert documents.store.detail(FIRST, "snapshot") == details["snapshot"]


def test_epochs_are_appended_and_one_record_is_kept_once(documents: Documents):
    run = saved(documents, fresh(), epochs=(epoch_record(0),))
    run = saved(documents, run, epochs=(epoch_record(0), epoch_record(1)))
    history = documents.store.detail(FIRST, "history")
    assert [epoch["epoch"] for epoch in history["epochs"]] == [0, 1]


def test_distributions_are_appended_to_the_documents_of_their_epochs(documents: Documents):
    def record(epoch: int) -> dict[str, Any]:
        groups = {name: {"total": {of: 0.5 for of in IN_HISTORY[name]} | {"histogram": [1, 2]}} for name in IN_HISTORY}
        return {**epoch_record(epoch), **groups}

    run = saved(documents, fresh(), epochs=tuple(record(epoch) for epoch in range(WEIGHT_BLOCK)))
    saved(documents, run, epochs=(record(WEIGHT_BLOCK - 1), record(WEIGHT_BLOCK)))
    first, second = (documents.store.detail(FIRST, f"weights-0{block}") for block in (0, 1))
    assert [epoch["epoch"] for epoch in first["epochs"]] == list(range(WEIGHT_BLOCK))
    assert second["epochs"] == [{name: record(WEIGHT_BLOCK)[name] for name in ("epoch", *IN_HISTORY)}]
    assert first["edges"] == second["edges"] == BLOCK_EDGES


def test_live_runs_are_those_that_have_not_ended(documents: Documents):
    for number, state in enumerate(State):
        saved(documents, replace(fresh(f"exp-{number:026d}"), state=state))
    ended = {State.COMPLETED, State.CANCELLED, State.FAILED}
    expected = [f"exp-{number:026d}" for number, state in enumerate(State) if state not in ended]
    assert sorted(documents.store.live_runs()) == expected


def test_pending_mirrors_are_found(documents: Documents):
    saved(documents, replace(fresh(FIRST), mlflow={"state": "pending"}))
    saved(documents, replace(fresh(SECOND), mlflow={"state": "done"}))
    assert documents.store.pending_mirrors() == [FIRST]


def test_runs_with_logs_to_keep_are_found(documents: Documents):
    ended = tuple(
        replace(stage, state="done", started_at=NOW) if stage.name == "Train" else stage for stage in initial_stages()
    )
    job = {"name": "jobs/1", "state": "RUNNING"}
    saved(documents, replace(fresh(FIRST), job=job, stages=ended))
    saved(documents, replace(fresh(SECOND), job=job, stages=ended, logs={"a1-train": "done"}))
    assert documents.store.pending_logs() == [FIRST]


def test_commands_of_a_kind_are_found_until_they_are_obeyed(documents: Documents):
    for name, kind in (("b--fetch_logs--train", "fetch_logs"), ("a--fetch_logs--train", "fetch_logs"), ("c", "cancel")):
        documents.put(f"commands/{name}", {"kind": kind})
    assert documents.store.commands_of("fetch_logs") == ["a--fetch_logs--train", "b--fetch_logs--train"]
    documents.store.delete_command("a--fetch_logs--train")
    documents.store.delete_command("a--fetch_logs--train")
    assert documents.store.commands_of("fetch_logs") == ["b--fetch_logs--train"]


def test_past_runs_are_the_latest_completed_ones_of_a_tier(documents: Documents):
    for number, (state, tier) in enumerate(
        [(State.COMPLETED, "small"), (State.COMPLETED, "large"), (State.FAILED, "small"), (State.COMPLETED, "small")]
    ):
        run = fresh(f"exp-{number:026d}")
        progress = {"epochs_done": 9, "best_epoch": number}
        saved(
            documents,
            replace(run, state=state, hardware={"tier": tier}, estimate={"number": number}, progress=progress),
        )
    past = documents.store.past_runs("small", 20)
    assert [run["estimate"]["number"] for run in past] == [0, 3]
    assert {frozenset(run) for run in past} == {frozenset({"stages", "estimate", "progress"})}
    assert [run["progress"] for run in past] == [{"best_epoch": 0}, {"best_epoch": 3}]
    assert [run["estimate"]["number"] for run in documents.store.past_runs("small", 1)] == [3]
    assert documents.store.past_runs("gpu_l4", 20) == []


def test_requests_that_nobody_looked_at_are_found_from_an_id_on_in_parts(documents: Documents):
    late = "exp-01jd4qz9000000000000000000"
    for experiment_id in (FIRST, SECOND, late, "odd id"):
        documents.put(f"experiments/{experiment_id}", {})
    saved(documents, fresh(SECOND))
    search = documents.store.requests_without_run
    assert search("!", 4) == ([FIRST, late, "odd id"], None)
    assert search("!", 2) == ([FIRST], late)
    assert search(late, 2) == search("exp-01jd4qz1", 5_000) == ([late, "odd id"], None)
    assert search("z", 2) == ([], None)
