"""Distribution of a number over any amount of data in bounded memory: exact up to `LIMIT` distinct values.

Beyond that a t-digest (T. Dunning, O. Ertl, "Computing extremely accurate quantiles using t-digests", scale k1):
neighbours are replaced by their mean; groups are smallest at both ends, where extremes and variances are decided. A
rank is off by less than 1e-4 of the rows and means stay exact; the domain asks for 1e-3 (S3.4).
"""

from __future__ import annotations

import math

import numpy as np

LIMIT = 2**16

Sketch = tuple[np.ndarray, np.ndarray]  # values, ascending and float64; how many rows each stands for

EMPTY: Sketch = (np.empty(0), np.empty(0))


def sketch_of(values: np.ndarray) -> Sketch:
    """One row for each value, in any order."""
    return values.astype(np.float64), np.ones(len(values))


def merge(parts: list[Sketch]) -> Sketch:
    """One sketch of the rows of all parts."""
    values, weights = (np.concatenate(arrays) for arrays in zip(EMPTY, *parts, strict=True))
    order = np.argsort(values, kind="stable")
    values, weights = _grouped(values[order], weights[order], values[order])
    if len(values) <= LIMIT:
        return values, weights
    middle = (np.cumsum(weights) - weights / 2) / weights.sum()
    return _grouped(values, weights, np.floor(np.arcsin(2 * middle - 1) * LIMIT / math.pi))


def quantiles(sketch: Sketch, shares: np.ndarray) -> np.ndarray:
    """For each share in [0, 1] the smallest value that at least this share of the rows does not exceed."""
    values, weights = sketch
    ranks = np.cumsum(weights)
    wanted = np.asarray(shares) * ranks[-1] - 1e-9 * ranks[-1]  # 0.05 * 20 rows must not come out above 1
    return values[np.searchsorted(ranks, wanted)]


def mean_and_std(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Over the population; a constant has a deviation of exactly 0."""
    if values.min() == values.max():
        return float(values[0]), 0.0
    mean = np.average(values, weights=weights)
    return float(mean), float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))


def _grouped(values: np.ndarray, weights: np.ndarray, keys: np.ndarray) -> Sketch:
    """Neighbours with an equal key as one value, their mean."""
    if not len(values):
        return EMPTY
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    if len(starts) == len(values):
        return values, weights
    sums = np.add.reduceat(weights, starts)
    first = values[starts]  # the mean as offsets from one member: exact where all are equal
    offsets = (values - np.repeat(first, np.diff([*starts, len(values)]))) * weights
    return first + np.add.reduceat(offsets, starts) / sums, sums
