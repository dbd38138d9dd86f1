"""Why a value is promising: how much more common it is among the good runs than among the others (domain S7.12)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shared.insights.suggesting.suggestion_space import Dimension, Point, Range, Space, Value

GOOD_SHARE = 0.25  # of the finished runs
NO_EVIDENCE = 1.0  # of a value that nobody tried
ALIKE = 1.5  # rates that differ by less than this are spoken of as one


@dataclass(frozen=True)
class Evidence:
    """`ratio` is l/g of S7.12, 1 without evidence; `latest`: the place of the latest run with (about) this value, None:
    there is none."""

    name: str
    value: Value
    ratio: float
    good: int
    runs: int
    latest: int | None


def good_count(runs: int) -> int:
    return math.ceil(GOOD_SHARE * runs)


def evidence(space: Space, finished: Sequence[tuple[Point, float]], point: Point) -> list[Evidence]:
    """For each value of a point, the strongest first. `finished`: points with scores (more is better), oldest first."""
    order = sorted(range(len(finished)), key=lambda place: -finished[place][1])  # stable: ties by earlier finish
    good = set(order[: good_count(len(finished))])
    found = []
    for name, dimension in space.items():
        values = [each[name] for each, _ in finished]
        alike = [place for place, value in enumerate(values) if _alike(dimension, value, point[name])]
        latest = max(alike, default=None)
        ratio = NO_EVIDENCE if latest is None else _ratio(dimension, values, good, point[name])
        found.append(Evidence(name, point[name], ratio, len(good), len(finished), latest))
    return sorted(found, key=lambda each: -each.ratio)


def _alike(dimension: Dimension, one: Value, other: Value) -> bool:
    if isinstance(dimension, Range):
        return abs(math.log(float(one) / float(other))) < math.log(ALIKE)
    return one == other


def _ratio(dimension: Dimension, values: Sequence[Value], good: set[int], value: Value) -> float:
    best = [each for place, each in enumerate(values) if place in good]
    rest = [each for place, each in enumerate(values) if place not in good]
    if isinstance(dimension, Range):
        return _density(best, float(value)) / _density(rest, float(value))
    kinds = len(set(values))
    return (best.count(value) + 1) / (len(best) + kinds) * (len(rest) + kinds) / (rest.count(value) + 1)


def _density(values: Sequence[Value], at: float) -> float:
    """Gaussian kernels on the logarithm, Scott's bandwidth, and a floor where there is no run near."""
    logs = [math.log(float(each)) for each in values]
    if not logs:
        return 1.0
    mean = sum(logs) / len(logs)
    spread = math.sqrt(sum((each - mean) ** 2 for each in logs) / max(1, len(logs) - 1)) or 1.0
    width = 1.059 * spread * len(logs) ** -0.2
    kernels = (math.exp(-0.5 * ((math.log(at) - each) / width) ** 2) for each in logs)
    return (sum(kernels) + 0.1) / (len(logs) * width * math.sqrt(2 * math.pi))
