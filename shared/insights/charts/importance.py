"""Which parameters matter: PED-ANOVA (Watanabe, Bansal, Hutter, IJCAI 2023, arXiv 2304.10255), all bootstraps at once.

A parameter matters as far as its distribution among the best runs differs from that among all: the Pearson divergence
of two densities on a grid. Densities are those of `optuna.importance.PedAnovaImportanceEvaluator` (Scott's bandwidth on
a grid of 50, a prior of one run), which our tests hold this to.

With 30 runs that alone finds one planted parameter of ten in a fifth of all cases: by chance, too, the divergence of a
number with narrow kernels is ten times that of a switch. So (measured in tests/unit/test_insight_importance.py):
- parameters are ordered by how far their divergence lies above what shuffled results give, in standard deviations of
  those (`Importance.value`); that alone doubles what is found;
- "the best" are the best 20, 35, 50, 65 and 80%, summed, so that a value that ruins results counts, too;
- each divergence enters by its cube root, which makes a chi-squared quantity nearly normal (Wilson and Hilferty 1931),
  so that standard deviations of different parameters mean the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from shared.insights.charts.leaves import Leaf
from shared.insights.comparing.resampling import multinomial

GRID = 50
TARGET = 0.25  # of the runs: for the share that PED-ANOVA itself gives (S7.12)
LEVELS = (0.2, 0.35, 0.5, 0.65, 0.8)
BOOTSTRAPS = 100
SHUFFLES = 100
_TINY = 1e-12
_NARROWEST = 0.5 / 1.64  # grid steps: 90% of a kernel then lies within one
_REACH, _STEPS = 9.0, 9 * 4096  # of the table of the normal distribution; its error is below 1e-8


@dataclass(frozen=True)
class Importance:
    """`value`: standard deviations above chance, with the spread (5% to 95%) of it over bootstraps of the runs.

    `share`: of the sum of all parameters' divergences at the best quarter, PED-ANOVA as published. `rank`: parameters
    whose spreads overlap that of the first of them share its rank.
    """

    name: str
    value: float
    low: float
    high: float
    share: float
    rank: int


def importances(leaves: Sequence[Leaf], order: np.ndarray, generator: np.random.Generator) -> list[Importance]:
    """The most important first. `order` [n]: places of the runs, best first."""
    if not leaves:
        return []
    n = len(order)
    ones = np.ones((1, n))
    counts = [_count(level, n) for level in LEVELS]
    drawn = multinomial(generator, BOOTSTRAPS, n)
    shuffles = np.argsort(generator.random((SHUFFLES, n)), axis=-1)
    at_levels = np.concatenate([best_weights(ones, count) for count in counts])
    best = np.concatenate([at_levels, *(at_levels[:, shuffle] for shuffle in shuffles)])
    of_drawn = np.stack([best_weights(drawn, count) for count in counts], axis=1).reshape(-1, n)
    quarter = best_weights(ones, _count(TARGET, n))
    of_chance = [_over_levels(each, n) for each in divergences(leaves, best, ones, order)]
    of_bootstraps = [_over_levels(each, n) for each in divergences(leaves, of_drawn, drawn, order)]
    shares = [float(each[0]) for each in divergences(leaves, quarter, ones, order)]
    total = sum(shares) or 1.0
    figures = zip(leaves, of_chance, of_bootstraps, shares, strict=True)
    found = [_importance(leaf.name, chance, spread, share / total) for leaf, chance, spread, share in figures]
    return _ranked(sorted(found, key=lambda each: (-each.value, each.name)))


def _count(level: float, n: int) -> int:
    return min(n - 1, math.ceil(level * n))


def _over_levels(divergences: np.ndarray, n: int) -> np.ndarray:
    """[b * levels] -> [b]: the sum of cube roots, each level weighed by what chance makes of its size."""
    shares = np.array([_count(level, n) / n for level in LEVELS])
    return np.cbrt(divergences.reshape(-1, len(LEVELS)) * shares / (1 - shares)).sum(axis=-1)


def _importance(name: str, figures: np.ndarray, drawn: np.ndarray, share: float) -> Importance:
    """`figures`: of the runs, then of shuffles. Resampling makes every divergence larger; only its spread is taken."""
    chance = figures[1:]
    spread = max(float(chance.std()), 1e-9)
    value = (float(figures[0]) - float(chance.mean())) / spread
    below, above = np.percentile(drawn - drawn.mean(), (5, 95)) / spread
    return Importance(name, value, value + float(below), value + float(above), share, 0)


def _ranked(ordered: Sequence[Importance]) -> list[Importance]:
    ranked: list[Importance] = []
    floor, rank = -math.inf, 1
    for place, each in enumerate(ordered, 1):
        if each.high < floor or place == 1:
            floor, rank = each.low, place
        ranked.append(Importance(each.name, each.value, each.low, each.high, each.share, rank))
    return ranked


def best_weights(weights: np.ndarray, count: int) -> np.ndarray:
    """The part of `weights` [..., n] (how often each run was drawn, best run first) that the best `count` take up."""
    before = np.cumsum(weights, axis=-1) - weights
    return np.clip(count - before, 0, weights)


def divergences(leaves: Sequence[Leaf], best: np.ndarray, drawn: np.ndarray, order: np.ndarray) -> Iterator[np.ndarray]:
    """Of each parameter, the Pearson divergence of its density among the best from that among all [b].

    `best` [b, n], `drawn` [1 or a divisor of b, n]: how often each run is among them, best run first as in `order`; of
    more rows than one, each of `drawn` is for as many of `best` as follow each other. A number with few values counts
    as a category, which takes a tenth of the time and finds as much.
    """
    columns = [leaf.one_hot if leaf.few else _on_grid(leaf.axis) for leaf in leaves]
    ends = np.cumsum([each.shape[1] for each in columns])[:-1]
    cells = np.concatenate(columns, axis=1)[order]  # one product for all parameters
    counts = zip(np.split(best @ cells, ends, axis=1), np.split(drawn @ cells, ends, axis=1), strict=True)
    for leaf, (among_best, among_all) in zip(leaves, counts, strict=True):
        density = _shares if leaf.few else _kernels
        top, every = density(among_best) + _TINY, density(among_all) + _TINY
        every = np.repeat(every, len(best) // len(drawn), axis=0)
        yield ((top / every - 1) ** 2 * every).sum(axis=-1)


def _on_grid(axis: np.ndarray) -> np.ndarray:
    """[n, GRID] of 0 and 1; a tie between two cells goes to the lower."""
    low, high = axis.min(), axis.max()
    places = np.ceil((axis - low) / ((high - low) / (GRID - 1)) - 0.5).astype(int)
    return (np.clip(places, 0, GRID - 1)[:, np.newaxis] == np.arange(GRID)).astype(np.float64)


def _shares(counts: np.ndarray) -> np.ndarray:
    """Of categories, with the prior of one run [b, values]: each value that occurs is one kernel, smoothed."""
    values = counts.shape[-1]
    kernels = np.count_nonzero(counts, axis=-1, keepdims=True) + 1
    floor = 1 / kernels  # the prior's weight over all kernels
    total = 1 + values * floor
    weights = counts.sum(axis=-1, keepdims=True) + 1
    return ((counts + (weights - 1) * floor) / total + 1 / values) / weights


def _kernels(counts: np.ndarray) -> np.ndarray:
    """Of numbers: a truncated Gaussian around every cell that has runs, and a wide one of one run [b, GRID]."""
    total = counts.sum(axis=-1, keepdims=True)
    widths = np.maximum(_bandwidth(counts, total), _NARROWEST)
    edges = _normal((np.arange(-GRID, GRID) + 0.5) / widths)  # at distances of -49.5 ... 49.5 from the middle
    mass = np.diff(edges, axis=-1)  # [b, 2 GRID - 1]: of a cell at a distance of -49 ... 49
    inside = edges[:, : GRID - 1 : -1] - edges[:, GRID - 1 :: -1]  # of a kernel within the grid
    rows = np.lib.stride_tricks.sliding_window_view(mass, GRID, axis=-1)[
        :, ::-1
    ]  # no copy: it would be most of the time
    mixed = np.einsum("bmx,bm->bx", rows, counts / inside)
    return (mixed + _prior()) / (total + 1)


def _bandwidth(counts: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Scott's rule, in grid steps, with the quartiles that Optuna takes [b, 1]."""
    places = np.arange(GRID)
    mean = (counts @ places)[:, np.newaxis] / total
    spread = np.sqrt((counts * (places - mean) ** 2).sum(axis=-1, keepdims=True) / np.maximum(1, total - 1))
    seen = np.cumsum(counts, axis=-1)
    first = np.argmax(seen >= np.maximum(1, total // 4), axis=-1)
    last = np.argmax(seen > (total * 3) // 4, axis=-1)
    return 1.059 * np.minimum((last - first)[:, np.newaxis] / 1.34, spread) * total**-0.2


@lru_cache(maxsize=1)
def _prior() -> np.ndarray:
    edges = _normal((np.arange(GRID + 1) - GRID / 2) / GRID)
    return np.diff(edges) / (edges[-1] - edges[0])


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    points = np.arange(-_STEPS, _STEPS + 2) * (_REACH / _STEPS)
    return np.array([math.erf(each / math.sqrt(2)) for each in points.tolist()]) / 2 + 0.5


def _normal(points: np.ndarray) -> np.ndarray:
    """The standard normal distribution function, read off a table: numpy has none."""
    table = _table()
    steps = (np.clip(points, -_REACH, _REACH) + _REACH) * (_STEPS / _REACH)
    below = steps.astype(np.intp)
    return table[below] + (steps - below) * (table[below + 1] - table[below])
