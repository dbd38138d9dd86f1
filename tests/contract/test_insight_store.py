"""Read models in the store: marks, compare-and-swap, parts, rebuilds; on the fake and on the Firestore emulator."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from functions.adapters.firestore_store import FirestoreStore
from functions.adapters.ports import Conflict, InsightWrite
from tests.contract.conftest import Documents
from tests.contract.saves import at_once

NOW = datetime(2026, 11, 21, 12, 30, 0, 123456, tzinfo=timezone.utc)
ENDPOINT, GROUP = "wholesale", "wholesale__p1"
COMMAND = {"schema_version": 1, "owner": "root", "created_at": NOW, "updated_at": NOW}
NESTED = {"cells": [[1, [2, None]], []], "words": "Größe", "share": 0.1}


def mark(documents: Documents, *protocols: str, endpoint: str = ENDPOINT) -> None:
    """As a commit does that changes an entry of the index."""
    store: Any = documents.store
    if isinstance(store, FirestoreStore):
        batch = store._client.batch()
        store._mark_stale(batch, endpoint, protocols)
        batch.commit()
    else:
        with store._lock:
            store._mark_stale(endpoint, protocols)


def save(documents: Documents, name: str, document: dict[str, Any], **parts: Any) -> None:
    documents.store.save_insight(documents.store.insight(name), InsightWrite(document, parts))


def test_there_is_none_at_first(documents: Documents):
    assert documents.store.stale_insights() == []
    assert documents.store.insight(GROUP).document is None
    assert documents.store.insight_part(GROUP, "leaderboard") is None


def test_a_mark_makes_the_overview_and_the_protocols_stale(documents: Documents):
    mark(documents, "p2", "p1", "p1")
    assert documents.store.stale_insights() == [ENDPOINT, GROUP, f"{ENDPOINT}__p2"]
    assert documents.get(f"insights/{GROUP}") == {"stale": True, "endpoint": ENDPOINT, "protocol": "p1", "marks": 1}
    assert documents.get(f"insights/{ENDPOINT}") == {"stale": True, "endpoint": ENDPOINT, "protocol": None, "marks": 1}


def test_a_model_is_read_as_it_was_saved_and_not_stale(documents: Documents):
    mark(documents, "p1")
    save(documents, GROUP, {"runs": 3, "inputs": {"count": 3}, "computed_at": NOW}, board=NESTED, trend=[])
    assert documents.store.stale_insights() == [ENDPOINT]
    found = documents.store.insight(GROUP).document
    assert found == {"runs": 3, "inputs": {"count": 3}, "computed_at": NOW, "stale": False, "endpoint": ENDPOINT,
                     "protocol": "p1", "marks": 1, "stored_parts": ["board", "trend"]}  # fmt: skip
    assert documents.store.insight_part(GROUP, "board") == NESTED
    assert documents.store.insight_part(GROUP, "trend") == []
    stored = documents.get(f"insights/{GROUP}/parts/board")
    assert stored == {"json": '{"cells":[[1,[2,null]],[]],"share":0.1,"words":"Größe"}'}


def test_a_save_replaces_the_whole_model(documents: Documents):
    mark(documents, "p1")
    save(documents, GROUP, {"old": 1, "both": {"a": 1}}, board=1, trend=2)
    mark(documents, "p1")
    assert documents.store.insight_part(GROUP, "board") == 1, "what is stale is still shown"
    save(documents, GROUP, {"new": 1, "both": {"b": 2}}, board=3)
    document = documents.store.insight(GROUP).document or {}
    assert {name: document.get(name) for name in ("old", "new", "both", "marks", "stored_parts")} == {
        "old": None, "new": 1, "both": {"b": 2}, "marks": 2, "stored_parts": ["board"]}  # fmt: skip
    assert documents.store.insight_part(GROUP, "board") == 3
    assert documents.get(f"insights/{GROUP}/parts/trend") is None


def test_with_a_model_go_its_own_parts_and_no_other(documents: Documents):
    """Parts that its head does not name are of a model that somebody makes just now."""
    mark(documents, "p1")
    save(documents, GROUP, {"runs": 1}, board=1)
    other = f"insights/{GROUP}/parts/other"
    documents.put(other, {"json": "2"})
    documents.store.delete_insight(documents.store.insight(GROUP))
    assert documents.get(f"insights/{GROUP}") is None
    assert documents.get(f"insights/{GROUP}/parts/board") is None
    assert documents.get(other) == {"json": "2"}


def test_a_mark_that_arrives_meanwhile_is_a_conflict_although_it_was_stale_already(documents: Documents):
    mark(documents, "p1")
    before = documents.store.insight(GROUP)
    mark(documents, "p1")
    with pytest.raises(Conflict):
        documents.store.save_insight(before, InsightWrite({"late": 1}, {"board": 1}))
    with pytest.raises(Conflict):
        documents.store.delete_insight(before)
    assert GROUP in documents.store.stale_insights()
    assert documents.store.insight_part(GROUP, "board") is None


def test_the_second_of_two_saves_conflicts_and_leaves_nothing(documents: Documents):
    mark(documents, "p1")
    before = documents.store.insight(GROUP)
    documents.store.save_insight(before, InsightWrite({"first": 1}))
    with pytest.raises(Conflict):
        documents.store.save_insight(before, InsightWrite({"second": 1}, {"board": 1}))
    assert documents.store.insight_part(GROUP, "board") is None


def test_a_model_that_is_gone_does_not_come_back(documents: Documents):
    mark(documents, "p1")
    before = documents.store.insight(GROUP)
    documents.store.delete_insight(before)
    with pytest.raises(Conflict):
        documents.store.save_insight(before, InsightWrite({"late": 1}))
    assert documents.get(f"insights/{GROUP}") is None


def test_a_model_is_removed_with_its_parts_and_no_others(documents: Documents):
    mark(documents, "p1", "p2")
    save(documents, GROUP, {}, board=1)
    save(documents, f"{ENDPOINT}__p2", {}, board=2)
    documents.store.delete_insight(documents.store.insight(GROUP))
    assert documents.get(f"insights/{GROUP}") is None
    assert documents.get(f"insights/{GROUP}/parts/board") is None
    assert documents.store.insight_part(f"{ENDPOINT}__p2", "board") == 2


def test_no_mark_of_many_at_once_is_lost(documents: Documents):
    at_once(lambda _: mark(documents, "p1"), 8)
    assert (documents.store.insight(GROUP).document or {})["marks"] == 8


# ------------------------------------------------------------------------------------------------------------ rebuilds


def test_rebuilds_are_those_of_valid_commands(documents: Documents):
    assert documents.store.rebuilds() == []
    for endpoint in ("shoes", "books"):
        documents.put(f"commands/{endpoint}--rebuild", {**COMMAND, "model_endpoint": endpoint, "kind": "rebuild"})
    documents.put("commands/toys--rebuild", {**COMMAND, "model_endpoint": "cars", "kind": "rebuild"})
    documents.put("commands/cars--rebuild", {**COMMAND, "kind": "rebuild"})
    documents.put("commands/exp--cancel", {**COMMAND, "model_endpoint": "cars", "kind": "cancel"})
    assert documents.store.rebuilds() == ["books", "shoes"]


def test_a_rebuild_marks_what_is_there_and_what_should_be(documents: Documents):
    for name in (ENDPOINT, GROUP, f"{ENDPOINT}__gone"):
        mark(documents, *([name.partition("__")[2]] if "__" in name else []))
        save(documents, name, {"runs": 1})
    mark(documents, "p1", endpoint="retail")
    documents.store.begin_rebuild(ENDPOINT, {"p1", "p9"}, {"asked_at": NOW, "ended_at": None})
    stale = [name for name in documents.store.stale_insights() if name.startswith(ENDPOINT)]
    assert stale == [ENDPOINT, f"{ENDPOINT}__gone", GROUP, f"{ENDPOINT}__p9"]
    document = documents.store.insight(GROUP).document or {}
    assert (document["from_scratch"], document["runs"]) == (True, 1)
    assert "from_scratch" not in (documents.store.insight("retail").document or {})
    assert documents.store.rebuild_progress(ENDPOINT) == {"asked_at": NOW, "ended_at": None}
    save(documents, GROUP, {"runs": 2})
    assert "from_scratch" not in (documents.store.insight(GROUP).document or {})


def test_a_rebuild_ends_with_its_command(documents: Documents):
    documents.put(f"commands/{ENDPOINT}--rebuild", {**COMMAND, "model_endpoint": ENDPOINT, "kind": "rebuild"})
    assert documents.store.rebuild_progress(ENDPOINT) is None
    documents.store.end_rebuild(ENDPOINT, {"asked_at": NOW, "ended_at": NOW, "runs": 7})
    assert documents.store.rebuilds() == []
    assert documents.get(f"commands/{ENDPOINT}--rebuild") is None
    assert documents.store.rebuild_progress(ENDPOINT) == {"asked_at": NOW, "ended_at": NOW, "runs": 7}
