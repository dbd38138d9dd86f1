"""Read models of the whole product over fakes: whatever the order of ends and deletions, what is stored is what a
rebuild from scratch makes of the same runs."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest

from functions.adapters import records
from functions.insights import refresh_endpoint
from shared.insights.charts.read_models import LONGEST_PART
from shared.insights.lists.entries import Entry
from tests.fakes.world import World
from tests.unit.ended_runs import ENDPOINT, OTHER, PROTOCOL, end, entry, forget

OF_THE_MOMENT = ("computed_at", "marks", "from_scratch")


def _runs(rng: random.Random, count: int) -> list[Entry]:
    return [_run(rng, number) for number in range(1, count + 1)]


def _run(rng: random.Random, number: int) -> Entry:
    recall = None if rng.random() < 0.15 else round(rng.uniform(0.1, 0.4), 4)
    return entry(
        number,
        recall,
        sample_percent=rng.choice((100, 100, 100, 10)),
        protocols={"retrieval": rng.choice((PROTOCOL, PROTOCOL, OTHER))},
        repeat=f"repeat-{rng.randrange(2 * number)}",
    )


def _refresh(world: World) -> None:
    refresh_endpoint(ENDPOINT, world.services, time.monotonic() + 600)
    assert world.store.stale_insights() == []


def _stored(world: World) -> dict[str, Any]:
    """As text, without what says when it was computed; suggestions are of the world as it is just then."""
    found = {path: doc for path, doc in world.store.documents.items() if path.startswith("insights/")}
    kept = {path: doc for path, doc in found.items() if not path.endswith("/suggestions")}
    without = {path: {n: v for n, v in doc.items() if n not in OF_THE_MOMENT} for path, doc in kept.items()}
    return {path: json.dumps(document, sort_keys=True, default=str) for path, document in without.items()}


@pytest.mark.parametrize("seed", range(4))
def test_incremental_updates_end_where_a_rebuild_begins(seed: int):
    rng = random.Random(seed)
    world, ended = World(), []
    for run in rng.sample(runs := _runs(rng, 36), len(runs)):
        end(world, run, with_files=rng.random() < 0.9)
        ended.append(run)
        if rng.random() < 0.25:
            forget(world, ended.pop(rng.randrange(len(ended))))
        if rng.random() < 0.6:
            world.wait(60)
            _refresh(world)
    _refresh(world)
    incremental = _stored(world)
    names = {run.protocols["retrieval"] for run in ended}
    world.store.begin_rebuild(ENDPOINT, names, {})
    _refresh(world)
    assert _stored(world) == incremental
    for path in [path for path in world.store.documents if path.startswith("insights/")]:
        del world.store.documents[path]
        world.store._marks.pop(path, None)
    world.store._mark_stale(ENDPOINT, names)
    _refresh(world)
    assert _stored(world) == incremental


def test_every_document_is_bounded_and_every_part_is_there():
    rng = random.Random(7)
    world = World()
    for run in _runs(rng, 60):
        end(world, run)
    _refresh(world)
    for path, document in world.store.documents.items():
        if path.startswith("insights/"):
            assert len(document.get("json", "")) < LONGEST_PART
            assert set(document.get("parts", ())) <= set(document.get("stored_parts", ()))
    head = world.store.documents[f"insights/{records.insight_name(ENDPOINT, PROTOCOL)}"]
    for part in head["stored_parts"]:
        assert world.store.insight_part(f"{ENDPOINT}__{PROTOCOL}", part) is not None


def test_when_all_runs_are_gone_nothing_is_left():
    world, runs = World(), _runs(random.Random(1), 6)
    for run in runs:
        end(world, run)
    _refresh(world)
    for run in runs:
        forget(world, run)
    _refresh(world)
    assert not [path for path in world.store.documents if path.startswith("insights/")]
