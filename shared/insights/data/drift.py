"""How far eval and test have drifted from train, out of their statistics (domain S7.4)."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.insights.data.statistics import Bins, Feature, Split, Texts, finite, names_of, short

NOTICEABLE, STRONG = 0.1, 0.25  # Jensen-Shannon divergence, base 2
MOST_RANKS = 1_000  # TFDV lists no more values of a feature: beyond them only their sum is known
FIRST = ("missing", "constant")  # flags that come before any size
SAID = {
    "missing": "has no values in {where}",
    "constant": "has one single value in {where}",
    "type": "is {train} in train and {other} in {split}",
}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Distance:
    """Between two distributions: divergence in [0, 1], the largest difference of two shares, and the divergence that
    two samples of these sizes out of one distribution would have on average."""

    js: float
    l_infinity: float
    by_chance: float


def drift_rows(splits: Sequence[Split], by_split: Collection[str] = ()) -> list[dict[str, Any]]:
    """What is stored: a row for each feature and split beside train, flagged ones first, then by size; those that
    drift because of how the splits are made (`by_split`) last."""
    train = next((split for split in splits if split.name == "train"), None)
    if train is None:
        return []
    others = [split for split in splits if split is not train]
    found = [
        {**_row(name, train, other), "by_split": name in by_split}
        for other in others
        for name in names_of([train, other])
    ]
    rank = {flag: place for place, flag in enumerate((*FIRST, "type"))}
    return sorted(found, key=lambda row: _place(row, rank))


def drifts_by_split(snapshot: Mapping[str, Any]) -> frozenset[str]:
    """Columns whose values a split by time tells apart: the time itself, and orders."""
    try:
        roles = snapshot["configs"]["dataset"]["roles"]
        named = {roles.get(role) for role in ("event_time", "order_id")} - {None}
        return frozenset(named) if snapshot["parameters"]["split"]["kind"] != "random" else frozenset()
    except (KeyError, TypeError, AttributeError):
        return frozenset()


def _place(row: Mapping[str, Any], rank: Mapping[str, int]) -> tuple[Any, ...]:
    flagged = rank.get(row["flag"], len(rank))
    return row["by_split"], flagged, -(row["js"] or 0.0), row["feature"], row["split"]


def level_of(js: float | None) -> str:
    """`strong`, `noticeable` or `none`; `unknown` when there is nothing to compare."""
    if js is None:
        return "unknown"
    return "strong" if js >= STRONG else "noticeable" if js >= NOTICEABLE else "none"


def _row(name: str, train: Split, other: Split) -> dict[str, Any]:
    flag, said = _flag(name, train, other)
    before, after = train.features.get(name), other.features.get(name)
    distance = distance_of(before, after) if before and after else None
    js = distance.js if distance else None
    return {
        "feature": short(name),
        "split": other.name,
        "flag": flag,
        "said": said,
        "js": finite(js),
        "l_infinity": finite(distance.l_infinity) if distance else None,
        "by_chance": finite(distance.by_chance) if distance else None,
        "level": "strong" if flag in (*FIRST, "type") else level_of(js),
    }


def _flag(name: str, train: Split, other: Split) -> tuple[str | None, str | None]:
    """`missing` or `constant` when it is so in one of the two splits and not in the other."""
    pair = (train, other)
    empty = [split.name for split in pair if split.values(name) == 0]
    if empty:
        return ("missing", SAID["missing"].format(where=empty[0])) if len(empty) == 1 else (None, None)
    first, second = train.features[name], other.features[name]
    if (first.texts is None) != (second.texts is None):
        return "type", SAID["type"].format(train=first.type, other=second.type, split=other.name)
    constant = [split.name for split in pair if split.features[name].constant]
    return ("constant", SAID["constant"].format(where=constant[0])) if len(constant) == 1 else (None, None)


def distance_of(train: Feature, other: Feature) -> Distance | None:
    """None when one of them has no values, or their kinds differ."""
    if not train.values or not other.values:
        return None
    if train.texts is not None and other.texts is not None:
        shares = shares_of_texts(train.texts, train.values, other.texts, other.values)
    elif train.numbers is not None and other.numbers is not None:
        shares = shares_of_numbers(train.numbers.quantiles, other.numbers.quantiles)
    else:
        return None
    if shares is None:
        return None
    p, q = shares
    sampling = 1 / train.values + 1 / other.values
    return Distance(jensen_shannon(p, q), float(np.abs(p - q).max()), _by_chance((p + q) / 2, sampling))


def jensen_shannon(p: Array, q: Array) -> float:
    """Divergence in bits of two distributions over the same [n] categories (scipy gives its root)."""
    middle = (p + q) / 2
    return float(min(1.0, max(0.0, _relative(p, middle) / 2 + _relative(q, middle) / 2)))


def _relative(p: Array, q: Array) -> float:
    there = p > 0
    return float(np.sum(p[there] * np.log2(p[there] / q[there])))


def _by_chance(shares: Array, sampling: float) -> float:
    """Expected divergence of two samples of one distribution: (p - q)^2 / (8 ln 2 p) summed, second order; a rare
    category adds at most its share."""
    there = shares[shares > 0]
    return float(np.minimum((1 - there) * sampling / (8 * math.log(2)), there).sum())


# -------------------------------------------------------------------------------------------------------- numbers


def shares_of_numbers(train: Bins, other: Bins) -> tuple[Array, Array] | None:
    """Shares in the bins between train's quantiles (the outer ones are open) and of what is no number: [bins + 1]."""
    edges = np.unique(np.array([high for high in train.highs[:-1] if math.isfinite(high)], dtype=np.float64))
    found = [_shares_between(edges, bins) for bins in (train, other)]
    return (found[0], found[1]) if all(shares is not None for shares in found) else None  # type: ignore[return-value]


def _shares_between(edges: Array, bins: Bins) -> Array | None:
    """A value that lies in several bins of `bins` is spread evenly within them: all that quantiles tell."""
    counts = np.array(bins.counts, dtype=np.float64)
    total = counts.sum()
    if not total + bins.nan > 0:
        return None
    below = np.array([0.0, *(_count_up_to(edge, bins, counts) for edge in edges), total])
    return np.append(np.maximum(np.diff(below), 0.0), bins.nan) / (total + bins.nan)


def _count_up_to(edge: float, bins: Bins, counts: Array) -> float:
    lows, highs = np.array(bins.lows, dtype=np.float64), np.array(bins.highs, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        part = np.clip((edge - lows) / (highs - lows), 0.0, 1.0)
    part = np.where(highs <= edge, 1.0, np.where(lows >= edge, 0.0, np.nan_to_num(part)))  # also of endless bins
    return float((counts * part).sum())


# ---------------------------------------------------------------------------------------------------------- texts


def shares_of_texts(train: Texts, train_values: int, other: Texts, other_values: int) -> tuple[Array, Array] | None:
    """Shares of the values that are among the most frequent 1,000 of one of the two, and of the rest: [values + 1].

    Of a value that a cut off list leaves out nobody knows the share, but that it is no larger than the last one that
    is listed: it is taken for as near to the other split's as that allows, so that long tails are no drift by
    themselves.
    """
    known = sorted({value for value, _ in (*train.ranks, *other.ranks)})
    if not known:
        return None
    first, second = _listed(train, train_values), _listed(other, other_values)
    p = np.array([first.get(value, np.nan) for value in known])
    q = np.array([second.get(value, np.nan) for value in known])
    return _filled(p, q, train, first), _filled(q, p, other, second)


def _listed(texts: Texts, values: int) -> dict[str, float]:
    """Share by value. The total is what there is at least: weights and totals of TFDV differ by rounding."""
    total = max(float(values), sum(count for _, count in texts.ranks), 1e-12)
    found: dict[str, float] = {}
    for value, count in texts.ranks:  # values that are no text all have the same name
        found[value] = found.get(value, 0.0) + count / total
    return found


def _filled(own: Array, others: Array, texts: Texts, listed: dict[str, float]) -> Array:
    """Own shares with those that the list leaves out, and the rest at the end."""
    rest = max(0.0, 1.0 - sum(listed.values()))
    cut_off = len(texts.ranks) >= MOST_RANKS and texts.unique > len(texts.ranks)
    unknown = np.isnan(own)
    guessed = np.zeros_like(own)
    if cut_off and unknown.any():
        guessed[unknown] = np.minimum(np.nan_to_num(others[unknown]), min(listed.values(), default=0.0))
        guessed *= min(1.0, rest / guessed.sum()) if guessed.sum() > 0 else 0.0
    return np.append(np.where(unknown, guessed, own), max(0.0, rest - guessed.sum()))
