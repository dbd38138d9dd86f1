"""The record of one epoch of training, and where its parts are stored (domain S6.1-S6.4).

A trainer writes one object an epoch. The functions keep what is one number an epoch in one document of the run, which
the page and MLflow read whole, and the distributions of weights and gradients in documents of `WEIGHT_BLOCK` epochs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.results import Count, Part

Group = Literal[
    "query", "query_embedding", "query_dense", "candidate", "candidate_embedding", "candidate_dense", "head",
    "head_dense", "total",
]  # fmt: skip
WEIGHT_BLOCK = 10  # epochs in a document of distributions: with every group they take 90 KB
BINS = 40


def edges(scale: float, largest: float) -> tuple[float, ...]:
    """`scale sinh(a)` for 41 even steps of a, from -largest to largest; 0 is the one in the middle (S6.3)."""
    half, top = BINS // 2, math.asinh(largest / scale)
    inner = [scale * math.sinh(top * step / half) for step in range(1, half)]
    positive = [*inner, largest]
    return (*(-edge for edge in reversed(positive)), 0.0, *positive)


WEIGHT_EDGES = edges(0.01, 4.0)
GRADIENT_EDGES = edges(1e-6, 1.0)


class Losses(Part):
    """Means over all examples of the epoch; `regularization_loss` is the value at its end.

    `loss` is the task's. Of a multitask model also its parts: raw, scaled by what guessing costs, and times their
    weights (S4.11); `loss` is the sum of the weighted ones. None where a run diverged: its last record says so.
    """

    loss: float | None
    regularization_loss: float | None
    total_loss: float | None
    retrieval_loss: float | None = None
    retrieval_loss_scaled: float | None = None
    retrieval_loss_weighted: float | None = None
    ranking_loss: float | None = None
    ranking_loss_scaled: float | None = None
    ranking_loss_weighted: float | None = None


class EvalFigures(Losses):
    """A metric is None for another type of model, and in an epoch that is not evaluated (S4.13)."""

    recall_at_5: float | None = None
    recall_at_10: float | None = None
    recall_at_50: float | None = None
    recall_at_100: float | None = None
    ndcg_at_10: float | None = None
    rmse: float | None = None
    mae: float | None = None
    auc: float | None = None


class Entries(Part):
    """All numbers of a group. `histogram` counts them between the edges; those outside of all edges are counted in the
    first or the last bin, and in `outside`. `std` is that of a population. None: some number is not finite.
    """

    mean: float | None
    std: float | None
    min: float | None
    max: float | None
    histogram: Annotated[list[Count], Field(min_length=BINS, max_length=BINS)]
    outside: Count


class Weights(Entries):
    """At the epoch's end."""

    l2_norm: float | None


class Gradients(Entries):
    """Over the steps of the epoch, before clipping: mean and maximum of a step's L2 norm, and the share of steps in
    which the gradient of some variable of the group was clipped. The entries are those of the sampled steps together.
    """

    norm_mean: float
    norm_max: float
    clipped_share: float


class Edges(Part):
    weights: tuple[float, ...] = WEIGHT_EDGES
    gradients: tuple[float, ...] = GRADIENT_EDGES


class EpochRecord(Part):
    """`progress/epoch-0000.json`: written as soon as the epoch ends. `epoch` is 0-based.

    `learning_rate` is that of the last step; `examples` were seen so far; `best`: the best epoch so far.

    A step's time is what the trainer waits for it, its batch included; `input_wait_share` of it is the batch.
    `gradient_steps`: whose entries were looked at. What trainers of before this record had it did not write is None.
    A record with a `problem` is the last one: the run fails because of it.
    """

    epoch: Count
    epochs: Count
    train: Losses
    eval: EvalFigures
    best: bool
    learning_rate: float
    examples: Count
    examples_per_second: float
    epoch_seconds: float
    time: datetime
    step_ms_p50: float | None = None
    step_ms_p95: float | None = None
    input_wait_share: float | None = None
    device_memory_peak_bytes: Count | None = None
    device_memory_reason: str | None = None
    gradient_steps: Count | None = None
    weights: dict[Group, Weights] = {}
    gradients: dict[Group, Gradients] = {}
    edges: Edges | None = None
    problem: str | None = None


# ---------------------------------------------------------------------------------------------- where it is stored

BLOCK_EDGES = Edges().model_dump(mode="json")
IN_HISTORY = {"weights": ("l2_norm",), "gradients": ("norm_mean", "clipped_share")}  # of the group `total`


def scalars(record: Mapping[str, Any]) -> dict[str, Any]:
    """What of a record is one number an epoch: all but its distributions, of which the norms over all are kept."""
    found = {name: value for name, value in record.items() if name not in (*IN_HISTORY, "edges")}
    for name, kept in IN_HISTORY.items():
        if total := record.get(name, {}).get("total"):
            found[name] = {"total": {figure: total[figure] for figure in kept}}
    return found


def block_name(epoch: int) -> str:
    return f"weights-{epoch // WEIGHT_BLOCK:02d}"


def documents(records: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What these records add to the details of a run, by name: the `epochs` of each are appended to those it holds."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        found.setdefault("history", {"epochs": []})["epochs"].append(scalars(record))
        if record.get("weights"):
            block = found.setdefault(block_name(record["epoch"]), {"edges": BLOCK_EDGES, "epochs": []})
            block["epochs"].append({name: record[name] for name in ("epoch", *IN_HISTORY)})
    return found


def emptied(epochs: int) -> dict[str, dict[str, Any]]:
    """The same documents for a run that begins anew, after an attempt of that many epochs."""
    written = {block_name(epoch): {"epochs": []} for epoch in range(0, epochs, WEIGHT_BLOCK)}
    return {"history": {"epochs": []}, **written}
