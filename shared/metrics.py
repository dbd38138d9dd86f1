"""The metric registry (domain S0.9): what is measured, in which direction better lies, and over what it is a mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RECALL_AT = (5, 10, 50, 100)
HEADLINE = "recall_at_10"


@dataclass(frozen=True)
class MetricKind:
    """`per` says what the metric is a mean over: test customers (headline figures) or test rows."""

    name: str
    direction: Literal["max", "min"]
    unit: Literal["ratio", "loss"]
    per: Literal["customer", "row"]


METRICS: dict[str, MetricKind] = {
    kind.name: kind
    for kind in (
        *(MetricKind(f"recall_at_{k}", "max", "ratio", "customer") for k in RECALL_AT),
        *(MetricKind(f"hit_rate_at_{k}", "max", "ratio", "customer") for k in RECALL_AT),
        MetricKind("ndcg_at_10", "max", "ratio", "customer"),
        MetricKind("mrr", "max", "ratio", "customer"),
        *(MetricKind(f"row_recall_at_{k}", "max", "ratio", "row") for k in RECALL_AT),
    )
}
