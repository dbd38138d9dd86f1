"""Metrics and differences of them as people read them (domain S0.9, S6.17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.metrics import METRICS


def metric_label(name: str) -> str:
    """`recall_at_10` as `recall@10`."""
    return name.replace("_at_", "@").replace("_", " ")


def metric_number(name: str, value: float) -> str:
    """Ratios with three decimals; what has the unit of the target, and losses, with four digits (S0.9)."""
    kind = METRICS.get(name)
    if kind is None or kind.unit == "ratio" or 0.001 <= abs(value) < 1 or value == 0:
        return f"{value:.3f}"
    return f"{value:.4g}" if abs(value) >= 1 else f"{value:.1g}"


def lift_words(lift: Mapping[str, Any], metric: str, baseline: str) -> str:
    """`+0.031 (+0.012 to +0.049) over personal frequency`; where less is better `0.12 lower (…) than bias`.

    A lift is above 0 when the model is better, whatever the direction (S6.17).
    """
    value, low, high = lift["value"], lift.get("low"), lift.get("high")
    if metric not in METRICS or METRICS[metric].direction == "max":
        range_ = "" if low is None else f" ({low:+.3f} to {high:+.3f})"
        return f"{value:+.3f}{range_} over {baseline_label(baseline)}"
    word = "lower"
    if value < 0:
        value, low, high, word = -value, None if high is None else -high, None if low is None else -low, "higher"
    range_ = "" if low is None else f" ({metric_number(metric, low)} to {metric_number(metric, high)})"
    return f"{metric_number(metric, value)} {word}{range_} than {baseline_label(baseline)}"


def baseline_label(name: str) -> str:
    return name.replace("_", " ")


def figure_words(metric: Mapping[str, Any] | None, name: str) -> str:
    """`0.214 (0.190-0.239)`, or why there is none."""
    if not metric or metric.get("value") is None:
        return (metric or {}).get("reason") or "-"
    low, high = metric.get("low"), metric.get("high")
    if low is None:
        return metric_number(name, metric["value"])
    between = " to " if low < 0 else "-"
    return f"{metric_number(name, metric['value'])} ({metric_number(name, low)}{between}{metric_number(name, high)})"
