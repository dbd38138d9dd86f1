"""Verdicts in sentences (domain S6.17, S7.8): what may be claimed, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from shared.insights.comparing.verdicts import Verdict
from shared.metric_words import baseline_label, metric_label, metric_number
from shared.metrics import METRICS

_MOST = 10_000_000  # customers: beyond that the number says no more than that there are too many


def pair_sentence(one: str, other: str, verdict: Verdict, tested: int = 1) -> str:
    """On two runs by their labels; `tested`: pairs that Holm's correction was made for."""
    if verdict.verdict == "worse":
        return pair_sentence(other, one, verdict.turned(), tested)
    label = metric_label(verdict.metric)
    if verdict.verdict == "better":
        by = _by(verdict.metric, verdict.difference, verdict.low, verdict.high, f"{verdict.n:,} customers")
        return f"{one} is better than {other} {by}."
    if verdict.low is None:
        return f"Cannot tell whether {one} or {other} is better: {verdict.reason}."
    differs = f"{label} differs by {_range(verdict)}"
    if verdict.verdict == "no_practical_difference":
        margin = metric_number(verdict.metric, verdict.margin or 0.0)
        return f"No practical difference between {one} and {other}: {differs}, and less than {margin} decides nothing."
    evidence = f"{differs}{_correction(verdict, tested)}; {_needed(verdict)}"
    return f"Cannot tell yet whether {one} or {other} is better: {evidence}."


def _by(metric: str, difference: float | None, low: float | None, high: float | None, whom: str = "") -> str:
    """`by 0.031 recall@10 (+0.012 to +0.049, 868 customers)`; where less is better `by 0.12 lower rmse (0.05 to …)`."""
    number, sign, lower = _numbers(metric)
    shown = number if lower else sign
    between = [] if low is None or high is None else [f"{shown(low)} to {shown(high)}"]
    told = ", ".join([*between, *([whom] if whom else [])])
    return f"by {number(abs(difference or 0.0))} {lower}{metric_label(metric)}" + (f" ({told})" if told else "")


def _range(verdict: Verdict) -> str:
    _, sign, lower = _numbers(verdict.metric)
    assert verdict.difference is not None and verdict.low is not None and verdict.high is not None
    less = ", above 0 is lower" if lower else ""
    return f"{sign(verdict.difference)} ({sign(verdict.low)} to {sign(verdict.high)}, {verdict.n:,} customers{less})"


def _numbers(metric: str) -> tuple[Any, Any, str]:
    """How to write a figure, and a difference; and the word for a metric of which less is better."""

    def number(value: float) -> str:
        return metric_number(metric, value)

    def signed(value: float) -> str:
        return f"{'-' if value < 0 else '+'}{number(abs(value))}"

    return number, signed, "" if METRICS[metric].direction == "max" else "lower "


def _correction(verdict: Verdict, tested: int) -> str:
    assert verdict.low is not None and verdict.high is not None and verdict.p is not None
    if verdict.low <= 0 <= verdict.high:
        return ""
    return f", which is too little evidence among {tested} comparisons (p {verdict.p:.2f} after Holm's correction)"


def _needed(verdict: Verdict) -> str:
    if verdict.needed is None:
        return "there is no difference that more customers could confirm"
    if verdict.needed > _MOST:
        return f"more than {_MOST:,} customers would be needed"
    return f"about {_rounded(verdict.needed):,} customers would be needed"


def _rounded(count: int) -> int:
    """To two digits."""
    digits = max(0, int(math.log10(max(1, count))) - 1)
    return int(round(count, -digits))


def baseline_sentence(label: str, metric: str, lift: Mapping[str, Any] | None) -> str:
    """On a run and the best baseline, by the lift of its results."""
    if lift is None:
        return f"{label} was not measured against baselines by {metric_label(metric)}."
    over = f"the best baseline, {baseline_label(lift['baseline'])},"
    low, high = lift.get("low"), lift.get("high")
    if lift["verdict"] == "better":
        return f"{label} is better than {over} {_by(metric, lift['value'], low, high)}."
    if lift["verdict"] == "worse":
        below = [None if each is None else -each for each in (high, low)]
        return f"{label} is below baseline: worse than {over} {_by(metric, lift['value'], *below)}."
    sign = _numbers(metric)[1]
    between = "too few customers" if low is None or high is None else f"{sign(low)} to {sign(high)}"
    return f"Cannot tell whether {label} is better than {over[:-1]}: {sign(lift['value'])} ({between})."


def below_baseline(lift: Mapping[str, Any] | None) -> str | None:
    """What has to stand beside every mark of success (S6.17); None where nothing is in doubt, or nothing is known."""
    if lift is None or lift["verdict"] == "better":
        return None
    return "below baseline" if lift["verdict"] == "worse" else "not shown to be above the best baseline"


def summary(leader: str, metric: str, verdicts: Mapping[str, Verdict], apart: Sequence[str]) -> str:
    """On more than two runs: `verdicts` are of the leader against each of the others, by label; `apart`: the runs that
    it cannot be compared with."""
    groups = {
        call: [label for label, verdict in verdicts.items() if verdict.verdict == call]
        for call in ("better", "no_practical_difference", "cannot_tell")
    }
    words = (
        ("better", "is better than {}"),
        ("no_practical_difference", "is in practice no different from {}"),
        ("cannot_tell", "cannot be told from {} yet"),
    )
    told = [sentence.format(listed(groups[call])) for call, sentence in words if groups[call]]
    if apart:
        told.append(f"cannot be compared with {listed(apart)}")
    return f"{leader} leads by {metric_label(metric)}: it {listed(told)}."


def listed(words: Sequence[str]) -> str:
    """`a, b and c`"""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
