"""The store of the simulation beside that of tests.fakes, which the contract suite holds to Firestore: asked the same,
they answer the same, whatever schedule it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from functions.adapters.ports import Conflict, Loaded
from shared.lifecycle import Decision
from shared.quota import Queue
from shared.runs import Run, to_document
from tests.fakes.store import FakeStore
from tests.fakes.world import WRITTEN
from tests.simulation.adapters import SimStore, io
from tests.simulation.scheduler import Simulation

SEEDS = range(500_000, 500_060)
asked: dict[str, int] = {}


def _alike(name: str) -> Callable[..., Any]:
    """A search or a figure that both must give."""
    ours = getattr(SimStore, name).__wrapped__

    def both(self: Both, *arguments: Any) -> Any:
        self.follow()
        mine, other = ours(self, *arguments), getattr(self.fake, name)(*arguments)
        assert _plain(mine) == _plain(other), name
        asked[name] = asked.get(name, 0) + 1
        return mine

    both.__name__ = name
    return io(both)


def _plain(answer: Any) -> Any:
    return sorted(answer) if isinstance(answer, list) else round(answer, 9) if isinstance(answer, float) else answer


@dataclass
class Both(SimStore):
    """Does everything to a `FakeStore`, too, and compares."""

    fake: FakeStore = field(default_factory=FakeStore)
    marks: dict[int, Any] = field(default_factory=dict)  # of the places: ours -> the fake's

    def follow(self) -> None:
        """What people wrote goes to the fake as well."""
        for experiment in {path.split("/")[1] for path in self.fake.documents if path.startswith("experiments/")}:
            if experiment not in self.requests:
                del self.fake.documents[f"experiments/{experiment}"]
        for experiment, request in self.requests.items():
            self.fake.put(f"experiments/{experiment}", request)
        for (experiment, kind), wish in self.commands.items():
            document = {**WRITTEN, "owner": wish.by, "experiment": experiment, "kind": kind}
            self.fake.put(f"commands/{experiment}--{kind}", document, wish.at)

    @io
    def load(self, experiment_id: str) -> Loaded:
        self.follow()
        mine, other = SimStore.load.__wrapped__(self, experiment_id), self.fake.load(experiment_id)
        assert (mine.request, mine.cancel_requested_at, mine.delete) == (
            other.request, other.cancel_requested_at, other.delete)  # fmt: skip
        assert _document(mine.run) == _document(other.run)
        return mine

    @io
    def save(self, loaded: Loaded, before: Run, decision: Decision, now: datetime) -> Run:
        self.follow()
        seat = decision.seat and replace(decision.seat, mark=self.marks[decision.seat.mark])
        try:
            other = self.fake.save(loaded, before, replace(decision, seat=seat), now)
        except Conflict:
            with pytest.raises(Conflict):
                SimStore.save.__wrapped__(self, loaded, before, decision, now)
            asked["conflict"] = asked.get("conflict", 0) + 1
            raise
        mine = SimStore.save.__wrapped__(self, loaded, before, decision, now)
        assert _document(mine) == _document(other)
        self.compare_entries(mine.model_endpoint)
        return mine

    @io
    def reindex(self, experiment_id: str) -> bool:
        self.follow()
        mine, other = SimStore.reindex.__wrapped__(self, experiment_id), self.fake.reindex(experiment_id)
        assert mine == other
        asked["reindex"] = asked.get("reindex", 0) + 1
        return mine

    def compare_entries(self, endpoint: str) -> None:
        mine = [each for each in self.entries.values() if each.model_endpoint == endpoint]
        theirs = self.fake.index(endpoint)
        assert {(each.experiment, each.state.value, each.name, each.tags) for each in mine} == {
            (each.experiment, each.state, each.name, each.tags) for each in theirs
        }

    @io
    def queue(self, now: datetime) -> Queue:
        self.follow()
        mine, other = SimStore.queue.__wrapped__(self, now), self.fake.queue(now)
        assert mine.holders == other.holders
        assert sorted(mine.waiting, key=str) == sorted(other.waiting, key=str)
        self.marks[mine.mark] = other.mark
        return mine

    @io
    def heads(self, experiment_ids: Collection[str]) -> Mapping[str, Any]:
        mine, other = SimStore.heads.__wrapped__(self, experiment_ids), self.fake.heads(experiment_ids)
        assert mine == other
        return mine

    @io
    def delete_details(self, experiment_id: str) -> None:
        SimStore.delete_details.__wrapped__(self, experiment_id)
        self.fake.delete_details(experiment_id)

    @io
    def detail(self, experiment_id: str, part: str) -> Mapping[str, Any] | None:
        mine, other = SimStore.detail.__wrapped__(self, experiment_id, part), self.fake.detail(experiment_id, part)
        assert mine == other
        return mine


for search in ("live_runs", "pending_mirrors", "to_delete", "requests_without_run", "seated_runs", "readers_since",
               "reuse_generation", "spent_usd", "edited_since"):  # fmt: skip
    setattr(Both, search, _alike(search))


def _document(run: Run | None) -> Any:
    return run and to_document(run)


def test_both_stores_answer_alike(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.simulation.world.SimStore", Both)
    asked.clear()
    for seed in SEEDS:
        simulation = Simulation(seed)
        simulation.plan = simulation.world.plan = replace(simulation.plan, drift=0.0)
        assert not simulation.run()
    assert asked["conflict"] > 3
    searched = {"live_runs", "to_delete", "requests_without_run", "seated_runs", "readers_since", "reindex"}
    assert searched <= asked.keys()
