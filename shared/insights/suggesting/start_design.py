"""Which point to try next: by a fixed design while few runs are known, then by the optimizer (domain S7.15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.documents import DEFAULT_LEARNING_RATE
from shared.insights.suggesting.proposals import Tried, key_of, propose
from shared.insights.suggesting.suggestion_space import LINEAR, Choices, Point, Range, Space, Value, canonical

FEWEST = 10  # finished runs from which on the optimizer is asked
# The presets (S4.5) as points; `regularized` is `standard` with more of both. On a sphere: cosines, sharpened.
PRESET_POINTS: dict[str, dict[str, Value]] = {
    "minimal": {"structure": "minimal"},
    "standard": {"structure": "standard", "l2": 1e-4},
    "deep": {"structure": "deep", "l2": 1e-4},
    "asymmetric": {"structure": "asymmetric", "l2": 1e-4},
    "regularized": {"structure": "standard", "dropout": 0.2, "l2": 1e-3},
}
SPHERE: dict[str, Value] = {"structure": LINEAR, "normalise_embeddings": True, "temperature": 0.1}
RATES = (0.3, 3.0)  # times that of the best run


@dataclass(frozen=True)
class Next:
    """A point to try, and why the design has it; the optimizer's reasons are in the runs."""

    point: Point
    kind: Literal["start_design", "optimizer"]
    reason: str = ""


def next_points(
    space: Space, tried: Tried, seed: int, count: int, acceptable: Callable[[Point], bool] = lambda point: True
) -> list[Next]:
    """The start design while fewer than `FEWEST` runs have finished and as far as it goes, else the optimizer."""
    if len(tried.finished) < FEWEST:
        design = start_points(space, tried, acceptable)[:count]
        if design:
            return [Next(point, "start_design", reason) for point, reason in design]
    return [Next(point, "optimizer") for point in propose(space, tried, seed, count, acceptable)]


def start_points(
    space: Space, tried: Tried, acceptable: Callable[[Point], bool] = lambda point: True
) -> list[tuple[Point, str]]:
    """The design without what was tried, in its order, with what each point is for."""
    known = {key_of(point) for point, _ in tried.finished} | {key_of(point) for point in tried.running}
    found = []
    for point, reason in _design(space, tried):
        if key_of(point) not in known and acceptable(point):
            known.add(key_of(point))
            found.append((point, reason))
    return found


def _design(space: Space, tried: Tried) -> list[tuple[Point, str]]:
    """Each preset once, over the feature configs in turn, else as a new model config is; then around the best run."""
    features = _choices(space, "feature_config")
    design = []
    for place, (name, changes) in enumerate(PRESET_POINTS.items()):
        design.append((_usual(space, features[place % len(features)], changes), f"the preset {name}"))
    if "normalise_embeddings" in space:
        place = len(design) % len(features)
        design.append((_usual(space, features[place], SPHERE), "linear towers on a sphere, temperature 0.1"))
    if tried.finished:
        best = max(tried.finished, key=lambda each: each[1])[0]
        design += [
            (point, f"the rate of the best run times {times:g}")
            for times in RATES
            if (point := _rate(space, best, times))
        ]
    return design


def _usual(space: Space, feature_config: Value, changes: dict[str, Value]) -> Point:
    usual: Point = {
        "feature_config": feature_config,
        "structure": "minimal",
        "optimizer": "adam",
        "learning_rate": DEFAULT_LEARNING_RATE["adam"],
        "batch_size": 1024,
        "dropout": 0.0,
        "l2": 0.0,
        "output_embedding_dim": 32,
        "normalise_embeddings": False,
        "temperature": 1.0,
        "logq_correction": True,
    }
    return canonical({name: value for name, value in (usual | changes).items() if name in space})


def _rate(space: Space, best: Point, times: float) -> Point | None:
    rates = space["learning_rate"]
    assert isinstance(rates, Range)
    rate = float(f"{float(best['learning_rate']) * times:.2g}")
    return {**best, "learning_rate": rate} if rates.low <= rate <= rates.high else None


def _choices(space: Space, name: str) -> Sequence[Value]:
    dimension = space[name]
    assert isinstance(dimension, Choices)
    return dimension.values
