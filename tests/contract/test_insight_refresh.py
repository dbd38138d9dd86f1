"""Read models while runs end: many handlers at once, on the fake and on the Firestore emulator."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from functions.adapters import indexing
from functions.adapters.firestore_store import FirestoreStore
from functions.insights import rebuild, refresh_endpoint
from functions.services import Services
from shared.runs import Run, State, new_run
from tests.contract.conftest import Documents
from tests.contract.saves import at_once
from tests.fakes.world import World
from tests.unit.ended_runs import experiment_id

ENDPOINT, RUNS = "wholesale", 8
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=timezone.utc)
COMMAND = {"schema_version": 1, "owner": "root", "created_at": NOW, "updated_at": NOW}


def services(documents: Documents) -> Services:
    return replace(World().services, store=documents.store, now=lambda: NOW)


def ended(number: int) -> Run:
    run = new_run(experiment_id(number), {"name": f"run {number}", "owner": "ada"}, ENDPOINT, NOW)
    grouping = {"protocols": {"retrieval": f"p{number % 2}"}}
    return replace(run, number=number, state=State.FAILED, model_type="retrieval", grouping=grouping,
                   ended_at=NOW + timedelta(minutes=number))  # fmt: skip


def end(documents: Documents, run: Run) -> None:
    """The commit of a terminal save, as far as the index is concerned."""
    store: Any = documents.store
    change = indexing.written(run, None)
    if isinstance(store, FirestoreStore):
        batch = store._client.batch()
        store._index(batch, [change])
        batch.commit()
    else:
        with store._lock:
            store._index([change])


def shown(documents: Documents) -> dict[str, Any]:
    heads = {
        name: documents.store.insight(name).document or {} for name in (ENDPOINT, "wholesale__p0", "wholesale__p1")
    }
    return {name: (head.get("inputs") or {}).get("count") for name, head in heads.items()}


def test_no_end_is_missing_however_many_handlers_refresh_at_once(documents: Documents):
    ours = services(documents)

    def handler(number: int) -> None:
        end(documents, ended(number))
        refresh_endpoint(ENDPOINT, ours, time.monotonic() + 60)

    at_once(handler, RUNS)
    refresh_endpoint(ENDPOINT, ours, time.monotonic() + 60)  # the sweep, for those that were beaten each time
    assert documents.store.stale_insights() == []
    assert shown(documents) == {ENDPOINT: RUNS, "wholesale__p0": RUNS // 2, "wholesale__p1": RUNS // 2}


def test_a_rebuild_mends_an_index_that_somebody_damaged(documents: Documents):
    ours = services(documents)
    for number in range(3):
        end(documents, ended(number))
    refresh_endpoint(ENDPOINT, ours, time.monotonic() + 60)
    assert shown(documents)[ENDPOINT] == 3
    documents.put(f"commands/{ENDPOINT}--rebuild", {**COMMAND, "model_endpoint": ENDPOINT, "kind": "rebuild"})
    assert rebuild(ENDPOINT, ours, 60)
    told = documents.store.rebuild_progress(ENDPOINT) or {}
    assert (told["runs"], told["changed"]) == (0, 3), "entries of runs that there are not"
    assert documents.store.rebuilds() == []
    assert shown(documents) == dict.fromkeys((ENDPOINT, "wholesale__p0", "wholesale__p1"))
