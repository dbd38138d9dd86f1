"""The metric registry (domain S0.9): what is measured, in which direction better lies, and over what it is a mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ModelType = Literal["retrieval", "ranking", "multitask"]
Family = Literal["retrieval", "rating"]

RECALL_AT = (5, 10, 50, 100)
FAMILIES: dict[ModelType, tuple[Family, ...]] = {  # S6.11; the first holds the headline
    "retrieval": ("retrieval",),
    "ranking": ("rating",),
    "multitask": ("retrieval", "rating"),
}
HEADLINES: dict[Family, str] = {"retrieval": "recall_at_10", "rating": "rmse"}


@dataclass(frozen=True)
class MetricKind:
    """`per` says what the metric is a mean over: test customers (headline figures) or test rows.

    `unit`: `target` is that of the target column; a `loss` depends on how the model was trained (S6.2); `bits` are of
    surprise. `splits`: on which it is measured; those of `eval` are in the records of the epochs.
    """

    name: str
    direction: Literal["max", "min"]
    unit: Literal["ratio", "target", "loss", "bits"]
    per: Literal["customer", "row"]
    family: Family = "retrieval"
    splits: tuple[Literal["eval", "test"], ...] = ("test",)

    @property
    def model_types(self) -> tuple[ModelType, ...]:
        return tuple(model_type for model_type, families in FAMILIES.items() if self.family in families)


def _lists(name: str, *splits: Literal["eval"]) -> MetricKind:
    return MetricKind(name, "max", "ratio", "customer", splits=(*splits, "test"))


def _rating(
    name: str, direction: Literal["max", "min"], unit: Literal["ratio", "target", "loss"], *splits: Literal["eval"]
) -> MetricKind:
    return MetricKind(name, direction, unit, "row", "rating", (*splits, "test"))


METRICS: dict[str, MetricKind] = {
    kind.name: kind
    for kind in (
        *(_lists(f"recall_at_{k}", "eval") for k in RECALL_AT),
        *(_lists(f"hit_rate_at_{k}") for k in RECALL_AT),
        *(_lists(f"precision_at_{k}") for k in RECALL_AT),
        _lists("ndcg_at_10", "eval"),
        _lists("mrr"),
        _lists("coverage_at_10"),
        MetricKind("novelty_at_10", "max", "bits", "customer"),
        MetricKind("gini_at_10", "min", "ratio", "customer"),
        *(MetricKind(f"row_recall_at_{k}", "max", "ratio", "row") for k in RECALL_AT),
        *(_lists(f"ann_overlap_at_{k}") for k in ("10", "top_k")),
        *(MetricKind(f"ann_recall_loss_at_{k}", "min", "ratio", "customer") for k in ("10", "top_k")),
        _rating("rmse", "min", "target", "eval"),
        _rating("mae", "min", "target", "eval"),
        _rating("rmse_warm", "min", "target"),
        _rating("rmse_transformed", "min", "loss"),
        _rating("mae_transformed", "min", "loss"),
        _rating("r2", "max", "ratio"),
        _rating("auc", "max", "ratio", "eval"),
        _rating("log_loss", "min", "loss"),
    )
}


def headline_metric(model_type: ModelType) -> str:
    """The metric that result cards and leaderboards lead with."""
    return HEADLINES[FAMILIES[model_type][0]]
