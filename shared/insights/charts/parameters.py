"""What each parameter does to the headline metric of a fidelity group, with counts and uncertainty (S7.12)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from shared.insights.charts.groups import Group
from shared.insights.charts.importance import Importance, best_weights, importances
from shared.insights.charts.leaves import Leaf, leaves
from shared.insights.charts.rounding import rounded
from shared.insights.comparing.resampling import multinomial

NEEDED = 20  # finished runs
GOOD = 0.25
BOOTSTRAPS = 500
RATIO_LEVEL, EFFECT_LEVEL = 0.90, 0.95
TOGETHER = 0.8
MOST_TOGETHER = 3  # notes on one value
MOST_PARAMETERS = 60
POINTS = 40  # of a curve
_NARROWEST = 0.05  # of the range: bandwidth of runs that all have one value


def parameter_insight(group: Group) -> dict[str, Any]:
    """{metric, direction, n, needed, good, sentence, rows, left_out}, the most important parameter first.

    A row: {name, kind: "number" | "category", log, importance: {value, low, high, share, rank} | None,
      values: [{value, n, mean}], from 20 runs on with
              {effect, effect_low, effect_high, n_without, good, ratio, ratio_low, ratio_high, evidence,
               together: [{parameter, value, share}]},
      curve: {x: [...], ratio: [...]} | None}

    Effects are in the metric's own direction; ratios above 1 say that good runs have the value more often than others.
    Ratio intervals hold for all values of all parameters at once (90% that none of them excludes 1 by chance), because
    a reader looks through all of them; `evidence` is True where the interval excludes 1. Numbers of more than five
    values are in up to four bins, beside their `curve`.
    """
    n = len(group.finished)
    found = leaves(group.finished)
    head = {"metric": group.metric, "direction": "max" if group.sign > 0 else "min", "n": n, "needed": NEEDED}
    if n < NEEDED:
        rows = [_row(leaf, None, _means(leaf, group.values), None) for leaf in found]
        sentence = f"{NEEDED} runs are needed ({n} so far)"
        return {**head, "good": None, "sentence": sentence, **_bounded(rows)}
    good = math.ceil(GOOD * n)
    ordered = importances(found, group.order, group.generator("importance"))
    by_name = {leaf.name: leaf for leaf in found}
    found = [by_name[each.name] for each in ordered]
    values = _values(group, found, good)
    among_best = np.zeros(n, dtype=bool)
    among_best[group.order[:good]] = True
    rows = [
        _row(leaf, each, rows, _curve(leaf, among_best))
        for leaf, each, rows in zip(found, ordered, values, strict=True)
    ]
    return {**head, "good": good, "sentence": f"the best {good} of {n} runs against the rest", **_bounded(rows)}


def _bounded(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rows": rows[:MOST_PARAMETERS], "left_out": max(0, len(rows) - MOST_PARAMETERS)}


def _row(leaf: Leaf, importance: Importance | None, values: list[dict[str, Any]], curve: Any) -> dict[str, Any]:
    told = importance and {
        **rounded({key: getattr(importance, key) for key in ("value", "low", "high", "share")}),
        "rank": importance.rank,
    }
    kind = "category" if leaf.numbers is None else "number"
    return {"name": leaf.name, "kind": kind, "log": leaf.log, "importance": told, "values": values, "curve": curve}


def _means(leaf: Leaf, metric: np.ndarray) -> list[dict[str, Any]]:
    counts = np.bincount(leaf.codes, minlength=len(leaf.labels))
    sums = np.bincount(leaf.codes, weights=metric, minlength=len(leaf.labels))
    return [
        {"value": label, "n": int(count), "mean": rounded(total / count)}
        for label, count, total in zip(leaf.labels, counts.tolist(), sums.tolist(), strict=True)
    ]


# ------------------------------------------------------------------------------------------------------------- values


def _values(group: Group, found: Sequence[Leaf], good: int) -> list[list[dict[str, Any]]]:
    """Of each parameter, what is known of each of its values."""
    if not found:
        return []
    order, metric, n = group.order, group.values[group.order], len(group.finished)
    cells = np.concatenate([leaf.one_hot for leaf in found], axis=1)[order]  # [n, all values]
    kinds = np.concatenate([np.full(len(leaf.labels), len(leaf.labels)) for leaf in found])  # K of S7.12
    drawn = multinomial(group.generator("values"), BOOTSTRAPS, n)
    drawn_good = best_weights(drawn, good)
    counts, of_good = cells.sum(axis=0), cells[:good].sum(axis=0)
    ratio = _log_ratio(of_good, counts, good, n, kinds)
    of_drawn = _log_ratio(drawn_good @ cells, drawn @ cells, good, n, kinds)
    by_chance = _log_ratio(_shuffled(group, n, good) @ cells, counts, good, n, kinds)
    ratio_low, ratio_high = _at_once(ratio, of_drawn, by_chance)
    effect = _effect(metric @ cells, counts, float(metric.sum()), n)
    low, high = _effect_interval(drawn, metric, cells)
    together = _together(found, cells)
    rows: list[list[dict[str, Any]]] = []
    column = 0
    for leaf in found:
        means, rows_of_leaf = _means(leaf, group.values), []
        for mean in means:
            figures = {
                "effect": effect[column],
                "effect_low": low[column],
                "effect_high": high[column],
                "n_without": n - mean["n"],
                "good": int(of_good[column]),
                "ratio": math.exp(ratio[column]),
                "ratio_low": math.exp(ratio_low[column]),
                "ratio_high": math.exp(ratio_high[column]),
            }
            evidence = bool(ratio_low[column] > 0 or ratio_high[column] < 0)
            rows_of_leaf.append({**mean, **rounded(figures), "evidence": evidence, "together": together[column]})
            column += 1
        rows.append(rows_of_leaf)
    return rows


def _log_ratio(of_good: np.ndarray, counts: np.ndarray, good: int, n: int, kinds: np.ndarray) -> np.ndarray:
    """ln l/g of S7.12, [..., values]."""
    among_good = (of_good + 1) / (good + kinds)
    among_rest = (counts - of_good + 1) / (n - good + kinds)
    return np.log(among_good / among_rest)


def _shuffled(group: Group, n: int, good: int) -> np.ndarray:
    """As many good sets of any runs [b, n] of 0 and 1."""
    drawn = group.generator("shuffles").random((BOOTSTRAPS, n))
    return (np.argsort(drawn, axis=-1) < good).astype(np.float64)


def _at_once(ratio: np.ndarray, drawn: np.ndarray, by_chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Intervals that hold together: percentiles of the bootstrap around the point, as far out as it takes to keep 1
    inside all of them in 90% of shuffled results.

    An end is at least as far away as shuffled results are: bootstraps of runs none of which is good are all alike, and
    would make certain what three runs happened to do.
    """
    error = by_chance.std(axis=0)
    reach = float(np.quantile((np.abs(by_chance) / error).max(axis=-1), RATIO_LEVEL))
    tail = NormalDist().cdf(-reach)
    below, above = np.quantile(drawn - np.median(drawn, axis=0), (tail, 1 - tail), axis=0)
    return ratio + np.minimum(below, -reach * error), ratio + np.maximum(above, reach * error)


def _effect(sums: np.ndarray, counts: np.ndarray, total: np.ndarray | float, n: int) -> np.ndarray:
    """Mean with the value - mean without; NaN where one side has no run."""
    with np.errstate(divide="ignore", invalid="ignore"):
        effect: np.ndarray = sums / counts - (total - sums) / (n - counts)
    return effect


def _effect_interval(drawn: np.ndarray, metric: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95% over bootstraps in which both sides have a run; none (NaN) for a value of one run, or of all but one."""
    weighted = drawn * metric
    effects = _effect(weighted @ cells, drawn @ cells, weighted.sum(axis=-1, keepdims=True), len(metric))
    tails = (50 * (1 - EFFECT_LEVEL), 50 * (1 + EFFECT_LEVEL))
    whole = ~np.isnan(effects).any(axis=0)  # nanpercentile is slow: only where it must be
    low, high = np.empty((2, effects.shape[-1]))
    low[whole], high[whole] = np.percentile(effects[:, whole], tails, axis=0)
    for place in np.flatnonzero(~whole):
        low[place], high[place] = np.nanpercentile(effects[:, place], tails)
    counts = cells.sum(axis=0)
    alone = (counts < 2) | (counts > len(metric) - 2)
    low[alone] = high[alone] = np.nan
    return low, high


def _together(found: Sequence[Leaf], cells: np.ndarray) -> list[list[dict[str, Any]]]:
    """For each value: the values of other parameters that more than 80% of its runs have, and not as many of the other
    runs, the most telling first."""
    owners = np.concatenate([np.full(len(leaf.labels), place) for place, leaf in enumerate(found)])
    labels = [label for leaf in found for label in leaf.labels]
    counts, both = cells.sum(axis=0), cells.T @ cells
    share = both / counts[:, np.newaxis]
    without = (counts - both) / np.maximum(1, len(cells) - counts)[:, np.newaxis]
    seen = (share > TOGETHER) & (without <= TOGETHER) & (owners[:, np.newaxis] != owners)
    seen &= counts[:, np.newaxis] > 1
    notes: list[list[dict[str, Any]]] = []
    for value, row in enumerate(seen):
        others = sorted(np.flatnonzero(row), key=lambda other: (without[value, other] - share[value, other], other))
        notes.append(
            [
                {"parameter": found[owners[other]].name, "value": labels[other], "share": rounded(share[value, other])}
                for other in others[:MOST_TOGETHER]
            ]
        )
    return notes


# -------------------------------------------------------------------------------------------------------------- curve


def _curve(leaf: Leaf, good: np.ndarray) -> dict[str, Any] | None:
    """l/g over the observed range; both densities hold one more run, spread evenly over it, as the +1 of categories."""
    if leaf.numbers is None:
        return None
    axis = leaf.axis
    low, high = float(axis.min()), float(axis.max())
    points = np.linspace(low, high, POINTS)
    ratio = _density(axis[good], points, high - low) / _density(axis[~good], points, high - low)
    return {"x": rounded(np.exp(points) if leaf.log else points), "ratio": rounded(ratio)}


def _density(runs: np.ndarray, points: np.ndarray, span: float) -> np.ndarray:
    """Gaussian kernels with Scott's bandwidth [points]."""
    width = max(float(runs.std(ddof=1)) * len(runs) ** -0.2, _NARROWEST * span)
    kernels = np.exp(-0.5 * ((points[:, np.newaxis] - runs) / width) ** 2) / (width * math.sqrt(2 * math.pi))
    return (kernels.sum(axis=-1) + 1 / span) / (len(runs) + 1)
