"""The training record: its edges, where its parts are stored, and that they fit (domain S6.1-S6.3)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
import pytest

from functions.observe import LONGEST_EPOCH
from shared.epochs import (
    BINS,
    GRADIENT_EDGES,
    WEIGHT_BLOCK,
    WEIGHT_EDGES,
    Edges,
    EpochRecord,
    Group,
    documents,
    emptied,
    scalars,
)
from shared.facts import Facts
from shared.lifecycle.showing import show_progress
from shared.runs import to_document
from tests.fakes.world import EXPERIMENT, World, epoch_record

EPOCHS = 500
LARGEST = 10**12  # numbers in a bin: 100 steps of a table of 10 billion


def entries(number: float) -> dict[str, Any]:
    figures = dict.fromkeys(("mean", "std", "min", "max"), number)
    return {**figures, "histogram": [LARGEST - bin_ for bin_ in range(BINS)], "outside": LARGEST}


def full_record(epoch: int) -> dict[str, Any]:
    """Every field of a multitask model's record, with numbers as long as they come."""
    number = -math.pi / 1e7 - epoch / 1e9
    groups = get_args(Group)
    losses = dict.fromkeys(epoch_losses(), number)
    figures = {name: number for name in EpochRecord.model_fields["eval"].annotation.model_fields}
    written = {
        **epoch_record(epoch), "epochs": EPOCHS, "train": losses, "eval": figures, "learning_rate": number,
        "step_ms_p50": number, "step_ms_p95": number, "input_wait_share": number, "device_memory_peak_bytes": LARGEST,
        "device_memory_reason": "x" * 60, "gradient_steps": 100, "edges": Edges(), "problem": "x" * 300,
        "weights": {group: {"l2_norm": number, **entries(number)} for group in groups},
        "gradients": {
            group: {"norm_mean": number, "norm_max": number, "clipped_share": number, **entries(number)}
            for group in groups
        },
    }  # fmt: skip
    return EpochRecord.model_validate(written).model_dump(mode="json")


def epoch_losses() -> Sequence[str]:
    return list(EpochRecord.model_fields["train"].annotation.model_fields)


def stored_bytes(value: Any) -> int:
    """As Firestore counts a value: https://firebase.google.com/docs/firestore/storage-size"""
    if isinstance(value, Mapping):
        return sum(len(name.encode()) + 1 + stored_bytes(part) for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return sum(stored_bytes(part) for part in value)
    if isinstance(value, str):
        return len(value.encode()) + 1
    return 1 if value is None or isinstance(value, bool) else 8


RECORDS = [full_record(epoch) for epoch in range(EPOCHS)]


@pytest.mark.parametrize(("edges", "scale", "largest"), [(WEIGHT_EDGES, 0.01, 4), (GRADIENT_EDGES, 1e-6, 1)])
def test_edges_are_those_of_the_rule(edges: Sequence[float], scale: float, largest: float):
    top = np.arcsinh(largest / scale)
    np.testing.assert_allclose(edges, scale * np.sinh(np.linspace(-top, top, 41)), rtol=1e-9, atol=1e-15)
    assert (edges[0], edges[20], edges[-1]) == (-largest, 0, largest)


def test_a_history_keeps_numbers_and_the_blocks_keep_distributions():
    found = documents(RECORDS[8:12])
    assert list(found) == ["history", "weights-00", "weights-01"]
    (eighth, *_) = found["history"]["epochs"]
    without = {name: value for name, value in RECORDS[8].items() if name not in ("weights", "gradients", "edges")}
    total = RECORDS[8]["gradients"]["total"]
    assert eighth == {
        **without,
        "weights": {"total": {"l2_norm": RECORDS[8]["weights"]["total"]["l2_norm"]}},
        "gradients": {"total": {"norm_mean": total["norm_mean"], "clipped_share": total["clipped_share"]}},
    }
    assert [epoch["epoch"] for epoch in found["weights-00"]["epochs"]] == [8, 9]
    assert found["weights-01"]["epochs"][0] == {
        "epoch": 10, "weights": RECORDS[10]["weights"], "gradients": RECORDS[10]["gradients"],
    }  # fmt: skip
    assert found["weights-00"]["edges"] == {"weights": list(WEIGHT_EDGES), "gradients": list(GRADIENT_EDGES)}


def test_a_record_of_an_older_trainer_has_no_block():
    old = EpochRecord.model_validate(epoch_record(0)).model_dump(mode="json")
    assert list(documents([old])) == ["history"]
    assert "weights" not in scalars(old)
    assert documents([]) == {}


def test_all_that_a_run_of_500_epochs_leaves_behind_fits():
    """1 MiB is where documents end; 10 MiB is where a commit ends, which may have to hold all epochs at once."""
    sizes = {name: stored_bytes(content) for name, content in documents(RECORDS).items()}
    assert len(sizes) == 1 + EPOCHS / WEIGHT_BLOCK
    assert max(size for name, size in sizes.items() if name != "history") < 100_000
    assert sizes["history"] < 700_000
    assert sum(sizes.values()) < 6_000_000
    assert max(len(json.dumps(record)) for record in RECORDS) < LONGEST_EPOCH


def test_the_run_shows_the_numbers_of_its_last_epoch_only():
    run = show_progress(World().bring_to("running"), Facts(new_epochs=tuple(RECORDS)))
    assert run.progress["last"] == scalars(RECORDS[-1])
    assert stored_bytes(to_document(run)["progress"]) < 3_000


def test_a_new_attempt_empties_what_the_one_before_it_wrote():
    for epochs in (0, 1, WEIGHT_BLOCK, WEIGHT_BLOCK + 1, EPOCHS):
        assert set(emptied(epochs)) == {"history", *documents(RECORDS[:epochs])}
    assert all(content == {"epochs": []} for content in emptied(EPOCHS).values())


def test_distributions_reach_the_store_unchanged():
    world = World()
    world.bring_to("running")
    name = f"experiments/{EXPERIMENT}/a1/progress/epoch-0000.json"
    record = {**RECORDS[0], "epochs": 2}
    world.blobs.objects[name] = json.dumps(record).encode()
    world.reconcile()
    assert world.detail("history")["epochs"] == [scalars(record)]
    (block,) = world.detail("weights-00")["epochs"]
    assert block == {"epoch": 0, "weights": record["weights"], "gradients": record["gradients"]}
    assert world.run().progress["last"] == scalars(record)
