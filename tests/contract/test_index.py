"""The index of ended runs: an entry in the very commit of the end, and labels that are never lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters import firestore_index, indexing
from functions.adapters.firestore_store import FirestoreStore
from functions.adapters.ports import Conflict
from shared.insights.lists.entries import to_json
from shared.insights.lists.entry_of import entry_of
from shared.lifecycle import Decision
from shared.runs import FINALIZERS, Deletion, Run, State
from tests.contract.conftest import Documents
from tests.contract.saves import FIRST, NOW, SECOND, at_once, fresh, saved

BLOCK = "indexes/wholesale__0"
GROUPING = {"protocols": {"retrieval": "abc", "rating": "def"}, "dataset": "orders", "parameters": {"epochs": 3}}


def request(**labels: Any) -> dict[str, Any]:
    return {"name": "first", "created_at": NOW, "updated_at": NOW, **labels}


def ended(run: Run, **changes: Any) -> Run:
    fields = {"state": State.COMPLETED, "ended_at": NOW, "duration_seconds": 60.0, "grouping": GROUPING, **changes}
    return replace(run, **fields)


def begun(documents: Documents, experiment_id: str = FIRST, endpoint: str = "wholesale", **labels: Any) -> Run:
    documents.put(f"experiments/{experiment_id}", request(**labels))
    return saved(documents, fresh(experiment_id, endpoint))


def finish(documents: Documents, run: Run, **changes: Any) -> Run:
    loaded = documents.store.load(run.experiment)
    return documents.store.save(loaded, run, Decision(ended(run, **changes)), NOW)


def entries(documents: Documents, block: str = BLOCK) -> dict[str, str]:
    return dict((documents.get(block) or {}).get("entries", {}))


def test_a_run_that_ends_is_in_the_index_and_one_that_is_live_is_not(documents: Documents) -> None:
    run = begun(documents)
    assert documents.store.index("wholesale") == []
    run = finish(documents, run)
    labels = documents.get(f"experiments/{FIRST}")
    assert entries(documents) == {FIRST: to_json(entry_of(run, labels))}
    assert documents.store.index("wholesale") == [entry_of(run, labels)]
    assert documents.store.index("wholesal") == []


@pytest.mark.parametrize("state", [State.COMPLETED, State.FAILED, State.CANCELLED])
def test_every_end_makes_an_entry(documents: Documents, state: State) -> None:
    finish(documents, begun(documents), state=state)
    assert [entry.state for entry in documents.store.index("wholesale")] == [state.value]


def test_an_end_has_the_labels_of_its_commit_and_not_those_of_its_look(documents: Documents) -> None:
    run = begun(documents)
    loaded = documents.store.load(FIRST)
    documents.put(f"experiments/{FIRST}", request(name="renamed", tags=["good"], starred=True))
    documents.store.save(loaded, run, Decision(ended(run)), NOW)
    [entry] = documents.store.index("wholesale")
    assert (entry.name, entry.tags, entry.starred) == ("renamed", ("good",), True)


def test_a_save_that_fails_leaves_no_entry(documents: Documents) -> None:
    run = begun(documents)
    loaded = documents.store.load(FIRST)
    saved(documents, run)
    with pytest.raises(Conflict):
        documents.store.save(loaded, run, Decision(ended(run)), NOW)
    assert entries(documents) == {}


def test_a_request_that_is_gone_keeps_no_run_from_ending(documents: Documents) -> None:
    run = begun(documents)
    documents.remove(f"experiments/{FIRST}")
    finish(documents, run, state=State.CANCELLED)
    assert [entry.name for entry in documents.store.index("wholesale")] == ["first"]


def test_a_run_that_is_created_and_ends_at_once_has_its_number_in_the_entry(documents: Documents) -> None:
    documents.put(f"experiments/{FIRST}", request())
    finish(documents, fresh(), state=State.FAILED)
    assert [entry.number for entry in documents.store.index("wholesale")] == [1]


def test_an_id_that_is_none_is_in_no_index(documents: Documents) -> None:
    finish(documents, begun(documents, "a.b`c"), state=State.FAILED)
    assert documents.get(BLOCK) is None


def test_what_an_end_makes_stale_is_marked_and_other_saves_mark_nothing(documents: Documents) -> None:
    run = begun(documents)
    assert documents.get("insights/wholesale") is None
    run = finish(documents, run)
    marks = {name: documents.get(f"insights/wholesale{name}") for name in ("", "__abc", "__def")}
    assert all(mark is not None and mark["stale"] is True and mark["marks"] == 1 for mark in marks.values())
    loaded = documents.store.load(FIRST)
    documents.store.save(loaded, run, Decision(replace(run, mlflow={"state": "done"})), NOW)
    assert documents.get("insights/wholesale") == marks[""]


def test_a_later_save_that_changes_the_entry_writes_it(documents: Documents) -> None:
    run = finish(documents, begun(documents), cost={"computed": 1.0})
    loaded, billed = documents.store.load(FIRST), replace(run, cost={"computed": 1.0, "billed": 2.0})
    documents.store.save(loaded, run, Decision(billed), NOW)
    assert [entry.cost_usd for entry in documents.store.index("wholesale")] == [2.0]
    assert (documents.get("insights/wholesale") or {})["marks"] == 2


def test_who_is_forgotten_leaves_the_index_and_marks_what_was_made_of_it(documents: Documents) -> None:
    run, other = finish(documents, begun(documents)), finish(documents, begun(documents, SECOND))
    deletion = Deletion(NOW, "ada", NOW, ())
    saved(documents, replace(run, deletion=deletion), forgets=True)
    assert list(entries(documents)) == [SECOND]
    assert [entry.experiment for entry in documents.store.index("wholesale")] == [other.experiment]
    assert (documents.get("insights/wholesale__abc") or {})["marks"] == 3


def test_who_is_being_deleted_is_in_the_index_until_it_is_forgotten(documents: Documents) -> None:
    run = finish(documents, begun(documents))
    saved(documents, replace(run, deletion=Deletion(NOW, "ada", NOW, FINALIZERS)))
    assert list(entries(documents)) == [FIRST]


def test_numbers_beyond_a_block_go_to_the_next_and_order_is_by_number(documents: Documents) -> None:
    documents.put("counters/wholesale", {"next": 249})
    ids = [f"exp-01jd4qz000000000000000000{last}" for last in "4132"]
    for experiment_id in ids:
        finish(documents, begun(documents, experiment_id))
    assert list(entries(documents)) == [ids[0]]
    assert sorted(entries(documents, "indexes/wholesale__1")) == sorted(ids[1:])
    assert [entry.experiment for entry in documents.store.index("wholesale")] == ids


def test_labels_that_are_edited_afterwards_reach_the_entry(documents: Documents) -> None:
    finish(documents, begun(documents))
    assert documents.store.reindex(FIRST) is False
    documents.put(f"experiments/{FIRST}", request(tags=["later"]))
    assert documents.store.reindex(FIRST) is True
    assert [entry.tags for entry in documents.store.index("wholesale")] == [("later",)]
    assert (documents.get("insights/wholesale__abc") or {})["marks"] == 2
    assert documents.store.reindex(FIRST) is False


def test_a_live_run_and_one_that_nobody_knows_get_no_entry(documents: Documents) -> None:
    begun(documents)
    assert documents.store.reindex(FIRST) is False
    assert documents.store.reindex(SECOND) is False
    assert entries(documents) == {}


def test_index_shows_what_others_wrote_since_it_was_read(documents: Documents) -> None:
    finish(documents, begun(documents))
    assert len(documents.store.index("wholesale")) == 1
    finish(documents, begun(documents, SECOND))
    assert len(documents.store.index("wholesale")) == 2


def test_a_damaged_entry_hides_no_other_and_is_mended(documents: Documents) -> None:
    for experiment_id in (FIRST, SECOND):
        finish(documents, begun(documents, experiment_id))
    whole = documents.get(BLOCK)
    documents.put(BLOCK, {"entries": {**entries(documents), FIRST: '{"number": 1}'}})
    assert [entry.experiment for entry in documents.store.index("wholesale")] == [SECOND]
    assert documents.store.rebuild_index("wholesale") == 1
    assert documents.get(BLOCK) == whole


def test_a_block_that_is_none_hides_no_other(documents: Documents) -> None:
    finish(documents, begun(documents))
    documents.put("indexes/wholesale__7", {"entries": "edited by hand"})
    documents.put("indexes/wholesale__8", {"other": 1})
    assert [entry.experiment for entry in documents.store.index("wholesale")] == [FIRST]


@pytest.mark.parametrize("documents", ["real"], indirect=True)
def test_a_process_keeps_no_more_entries_than_fit(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every endpoint is told right, whichever of them were forgotten."""
    assert isinstance(documents.store, FirestoreStore)
    monkeypatch.setattr(firestore_index, "MOST_KEPT", 3)
    endpoints = ("bakery", "retail", "wholesale")
    for number in range(6):
        finish(documents, begun(documents, f"exp-01jd4qz{number:019d}", endpoints[number % 3]))
    for endpoint in (*endpoints, *reversed(endpoints)):
        assert len(documents.store.index(endpoint)) == 2
        assert list(documents.store._kept) == [endpoint]
    monkeypatch.setattr(firestore_index, "MOST_KEPT", 4)
    for endpoint in ("retail", "wholesale", "retail", "bakery"):
        documents.store.index(endpoint)
    assert list(documents.store._kept) == ["retail", "bakery"]


def test_many_threads_read_the_index_while_runs_end(documents: Documents) -> None:
    """Each sees what had ended before it looked; none trips over what another keeps."""
    ids = [f"exp-01jd4qz{number:019d}" for number in range(8)]
    runs = [begun(documents, each, ("wholesale", "retail")[place % 2]) for place, each in enumerate(ids)]

    def work(position: int) -> None:
        finish(documents, runs[position])
        for _ in range(3):
            seen = {entry.experiment for entry in documents.store.index(runs[position].model_endpoint)}
            assert runs[position].experiment in seen

    at_once(work, len(runs))


def test_a_rebuild_makes_the_same_bytes_out_of_nothing_and_removes_what_is_nobodys(documents: Documents) -> None:
    for experiment_id in (FIRST, SECOND):
        finish(documents, begun(documents, experiment_id, tags=[experiment_id[-3:]]))
    begun(documents, "exp-01jd4qz2000000000000000000")
    finish(documents, begun(documents, "exp-01jd4qz3000000000000000000", "retail"))
    whole, retail = documents.get(BLOCK), documents.get("indexes/retail__0")
    documents.remove(BLOCK)
    assert documents.store.rebuild_index("wholesale") == 2
    assert documents.get(BLOCK) == whole
    text = entries(documents)[FIRST]
    stray = {"exp-01jd4qz9000000000000000000": text.replace(FIRST, "exp-01jd4qz9000000000000000000")}
    documents.put(BLOCK, {"entries": {**entries(documents), **stray}})
    documents.put("indexes/wholesale__7", {"entries": {FIRST: text}})
    assert documents.store.rebuild_index("wholesale") == 2
    assert documents.get(BLOCK) == whole
    assert entries(documents, "indexes/wholesale__7") == {}
    assert documents.get("indexes/retail__0") == retail
    assert documents.store.rebuild_index("wholesale") == 0


def test_a_run_that_cannot_be_read_stops_no_rebuild(documents: Documents) -> None:
    finish(documents, begun(documents))
    text = entries(documents)[FIRST]
    documents.put(f"runs/{FIRST}", {**(documents.get(f"runs/{FIRST}") or {}), "state": "of a later version"})
    assert documents.store.rebuild_index("wholesale") == 0
    assert entries(documents) == {FIRST: text}


def test_endpoints_are_those_that_numbers_were_given_in(documents: Documents) -> None:
    begun(documents)
    begun(documents, SECOND, "retail")
    documents.put("counters/reuse", {"generation": 3})
    assert documents.store.endpoints() == ["retail", "wholesale"]


def test_edited_are_those_that_were_changed_after_they_were_made_or_made_with_a_star(documents: Documents) -> None:
    documents.put(f"experiments/{FIRST}", request(updated_at=NOW + timedelta(hours=1)))
    documents.put(f"experiments/{SECOND}", request())
    starred = "exp-01jd4qz2000000000000000000"
    documents.put(f"experiments/{starred}", request(starred=True))
    documents.put("experiments/odd", {"updated_at": "yesterday"})
    assert documents.store.edited_since(NOW) == [FIRST, starred]
    assert documents.store.edited_since(NOW + timedelta(minutes=30)) == [FIRST]
    assert documents.store.edited_since(NOW + timedelta(hours=2)) == []


def test_runs_that_end_at_once_are_all_in_the_index(documents: Documents) -> None:
    ids = [f"exp-01jd4qz000000000000000000{last}" for last in range(8)]
    runs = [begun(documents, experiment_id) for experiment_id in ids]

    def end(position: int) -> None:
        for _ in range(5):
            try:
                finish(documents, runs[position])
                return
            except Conflict:
                if documents.store.load(ids[position]).run != runs[position]:
                    return

    at_once(end)
    assert [entry.experiment for entry in documents.store.index("wholesale")] == ids
    assert (documents.get("insights/wholesale") or {})["marks"] == 8


def test_labels_edited_while_a_run_ends_are_never_lost(documents: Documents) -> None:
    """Whoever edits looks after the entry, too, as the function does that the edit calls."""
    for turn in range(5):
        experiment_id = f"exp-01jd4qz000000000000000000{turn}"
        run = begun(documents, experiment_id)

        def work(position: int, run: Run = run, experiment_id: str = experiment_id, turn: int = turn) -> None:
            if position == 0:
                finish(documents, run)
                return
            documents.put(f"experiments/{experiment_id}", request(name=f"edited {turn}"))
            documents.store.reindex(experiment_id)

        at_once(work, 2)
        assert json.loads(entries(documents)[experiment_id])["name"] == f"edited {turn}"


@pytest.mark.parametrize("documents", ["real"], indirect=True)
def test_only_blocks_that_changed_are_read_again(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(documents.store, FirestoreStore)
    documents.put("counters/wholesale", {"next": 249})
    ids = [f"exp-01jd4qz000000000000000000{last}" for last in "1234"]
    for experiment_id in ids[:3]:
        finish(documents, begun(documents, experiment_id))
    assert len(documents.store.index("wholesale")) == 3
    finish(documents, begun(documents, ids[3]))
    read: list[str] = []
    whole = indexing.read_entries
    monkeypatch.setattr(indexing, "read_entries", lambda texts, name: [read.append(name), *whole(texts, name)][1:])
    assert len(documents.store.index("wholesale")) == 4
    assert len(documents.store.index("wholesale")) == 4
    assert read == ["wholesale__1"]
