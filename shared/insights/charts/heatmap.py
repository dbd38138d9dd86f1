"""Any two parameters against a metric, in one fidelity group (domain S7.11)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from shared.insights.charts.groups import Group, figure, only_group, sign_of
from shared.insights.charts.leaves import MOST_VALUES, Leaf, leaf
from shared.insights.charts.rounding import rounded
from shared.insights.lists.entries import Entry, Value
from shared.metrics import METRICS

MOST_AXES = 4  # parameters whose pairs are drawn beforehand


class UnknownAxis(ValueError):
    """A parameter that these runs do not have, or that does not vary among them."""


def heatmap(entries: Sequence[Entry], metric: str, x: str, y: str) -> dict[str, Any]:
    """{metric, direction, x: {name, labels}, y: {name, labels}, cells: [{x, y, mean, n, best, value}], n}

    `x`, `y` of a cell: places in the labels; a cell without runs is not there. `best`: the experiment with the cell's
    best value. Numbers are in their natural order, in at most 12 bins. Raises MixedGroups for runs of more than one
    protocol or sample, UnknownAxis.
    """
    group = only_group(entries, metric)
    runs = [entry for entry in group.finished if figure(entry, metric).value is not None]
    axes = [leaf(name, _column(runs, name), MOST_VALUES) for name in (x, y)]
    for name, axis in zip((x, y), axes, strict=True):
        if axis is None:
            raise UnknownAxis(f"{name!r} does not vary among the {len(runs)} finished runs of this group")
    values = np.array([figure(entry, metric).value for entry in runs], dtype=np.float64)
    return _map(runs, metric, values, *(axis for axis in axes if axis is not None))


def heatmaps(group: Group, names: Sequence[str]) -> dict[str, Any]:
    """{maps: [as `heatmap`], axes: `names`}: pairs of the first of `names`, the parameters that vary by importance."""
    drawn = [leaf(name, _column(group.finished, name), MOST_VALUES) for name in names[:MOST_AXES]]
    pairs = combinations([axis for axis in drawn if axis is not None], 2)
    maps = [_map(group.finished, group.metric, group.values, x, y) for x, y in pairs]
    return {"maps": maps, "axes": list(names)}


def _column(entries: Sequence[Entry], name: str) -> list[Value | None]:
    return [entry.parameters.get(name) for entry in entries]


def _map(runs: Sequence[Entry], metric: str, values: np.ndarray, x: Leaf, y: Leaf) -> dict[str, Any]:
    width, sign = len(x.labels), sign_of(metric)
    cells = y.codes * width + x.codes
    counts = np.bincount(cells, minlength=width * len(y.labels))
    sums = np.bincount(cells, weights=values, minlength=len(counts))
    best: dict[int, int] = {}
    for place in np.argsort(-sign * values, kind="stable").tolist():
        best.setdefault(int(cells[place]), place)
    return {
        "metric": metric,
        "direction": METRICS[metric].direction,
        "n": len(runs),
        "x": {"name": x.name, "labels": list(x.labels)},
        "y": {"name": y.name, "labels": list(y.labels)},
        "cells": [
            {
                "x": cell % width,
                "y": cell // width,
                "n": int(counts[cell]),
                "mean": rounded(sums[cell] / counts[cell]),
                "best": runs[best[cell]].experiment,
                "value": rounded(float(values[best[cell]])),
            }
            for cell in sorted(best)
        ],
    }
