"""What `benchmarks.scale_counts` counts over the fake is what the real adapter asks Firestore for (docs/scale.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.scale_counts import Counted, CountedStore
from functions.adapters.firestore_store import FirestoreStore
from functions.adapters.ports import Store
from shared.lifecycle import Decision
from shared.runs import Run, State, new_run
from tests.contract.conftest import Documents
from tests.contract.saves import FIRST, NOW, SECOND
from tests.fakes.store import FakeStore

THIRD = "exp-01jd4qz0000000000000000003"
REQUEST = {"name": "one", "owner": "ada", "model_endpoint": "shop", "created_at": NOW, "updated_at": NOW}


@dataclass
class Billed:
    """As Firestore bills: documents that were asked for, or one for a query that finds none; and writes."""

    reads: int = 0
    writes: int = 0

    def watch(self, store: FirestoreStore, monkeypatch: pytest.MonkeyPatch) -> None:
        api = store._client._firestore_api
        get, query, commit = api.batch_get_documents, api.run_query, api.commit

        def got(*arguments: Any, **options: Any) -> Iterator[Any]:
            for response in get(*arguments, **options):
                self.reads += bool(response.found or response.missing)
                yield response

        def queried(*arguments: Any, **options: Any) -> Iterator[Any]:
            found = 0
            for response in query(*arguments, **options):
                found += "document" in response
                yield response
            self.reads += max(1, found)

        def committed(request: Any, **options: Any) -> Any:
            self.writes += len(request["writes"])
            return commit(request=request, **options)

        for name, call in (("batch_get_documents", got), ("run_query", queried), ("commit", committed)):
            monkeypatch.setattr(api, name, call)


def _calls(store: Store) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Calls of a run's life and of a sweep over three requests, one of which ends."""
    runs: dict[str, Run] = {}

    def save(experiment: str, **changes: Any) -> None:
        loaded = store.load(experiment)
        run = runs.get(experiment) or new_run(experiment, REQUEST, "shop", NOW)
        runs[experiment] = store.save(loaded, run, Decision(replace(run, **changes)), NOW)

    for experiment in (FIRST, SECOND):
        yield f"begin {experiment}", lambda experiment=experiment: save(experiment)
    yield "move", lambda: save(FIRST, state=State.RUNNING, reason="moved")
    yield "queue", lambda: store.queue(NOW)
    yield "seated", store.seated_runs
    yield "seated of one", lambda: store.seated_in("shop")
    yield "seated of none", lambda: store.seated_in("nowhere")
    yield "live", store.live_runs
    yield "heads", lambda: store.heads({FIRST, THIRD})
    yield "end", lambda: save(FIRST, state=State.FAILED, ended_at=NOW)
    yield "index", lambda: store.index("shop")
    yield "index again", lambda: store.index("shop")
    yield "lost", lambda: store.requests_without_run("exp-01jd", 5_000)
    yield "edited", lambda: store.edited_since(NOW - timedelta(hours=1))
    yield "to delete", store.to_delete
    yield "mirrors", store.pending_mirrors
    yield "logs", store.pending_logs
    yield "stale", store.stale_insights
    yield "insight", lambda: store.insight("shop")
    yield "past", lambda: store.past_runs("small", 20)
    yield "config", lambda: store.config("runs", FIRST)
    yield "detail", lambda: store.detail(FIRST, "code")
    yield "configs", lambda: store.configs("feature_configs", None)
    yield "latest", lambda: store.latest("experiments", 2)
    yield "some", lambda: store.some_of("experiments", {FIRST, "exp-gone"})
    yield "some of none", lambda: store.some_of("experiments", set())
    yield "of a dataset", lambda: store.feature_configs_of("sales")


@pytest.mark.parametrize("documents", ["real"], indirect=True)
def test_the_fake_is_billed_as_firestore_is(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, counted, billed = FakeStore(), Counted(), Billed()
    for experiment in (FIRST, SECOND, THIRD):
        documents.put(f"experiments/{experiment}", REQUEST)
        fake.put(f"experiments/{experiment}", REQUEST)
    assert isinstance(documents.store, FirestoreStore)
    billed.watch(documents.store, monkeypatch)
    told, wanted = {}, {}
    watched: Any = CountedStore(fake, counted)
    for (name, real), (_, faked) in zip(_calls(documents.store), _calls(watched), strict=True):
        before = billed.reads, billed.writes, sum(counted.reads.values()), sum(counted.writes.values())
        real(), faked()
        told[name] = billed.reads - before[0], billed.writes - before[1]
        wanted[name] = sum(counted.reads.values()) - before[2], sum(counted.writes.values()) - before[3]
    assert told == wanted
