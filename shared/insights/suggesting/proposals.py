"""Where to look next: Optuna's TPE over the space of suggestions (domain S7.15). Optuna is imported when it is used."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.hashing import canonical_json
from shared.insights.suggesting.suggestion_space import Choices, Dimension, Point, Range, Space, Steps, Value, canonical

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution

ASKS_PER_PROPOSAL = 12  # then the space is nearly used up, or nothing that is left is acceptable
MOST_TOLD = 500  # runs; a millisecond each, and more of them change nothing
CANDIDATES = 64  # points that the sampler weighs against each other for one proposal


@dataclass(frozen=True)
class Tried:
    """Finished runs as points with their score (more is better), and those that are under way.

    `quick`: runs on smaller samples, with what they let expect here; the optimizer learns from them, and may propose
    them.
    """

    finished: Sequence[tuple[Point, float]]
    running: Sequence[Point] = field(default_factory=tuple)
    quick: Sequence[tuple[Point, float]] = field(default_factory=tuple)


def propose(
    space: Space, tried: Tried, seed: int, count: int, acceptable: Callable[[Point], bool] = lambda point: True
) -> list[Point]:
    """Up to `count` new points, the most promising first: none is a run's, and each was told of those before it.

    The same arguments give the same points.
    """
    study = _study(space, tried, seed)
    known = {key_of(point) for point, _ in tried.finished} | {key_of(point) for point in tried.running}
    distributions = {name: _distribution(dimension) for name, dimension in space.items()}
    found: list[Point] = []
    for _ in range(ASKS_PER_PROPOSAL * count):
        if len(found) == count:
            break
        asked = study.ask(distributions)  # stays running: the liar keeps the next one away from it
        point = canonical({name: _from_optuna(space[name], value) for name, value in asked.params.items()})
        if key_of(point) not in known and acceptable(point):
            known.add(key_of(point))
            found.append(point)
    return found


def key_of(point: Mapping[str, Value]) -> str:
    return canonical_json(point)


def _study(space: Space, tried: Tried, seed: int) -> Study:
    import optuna

    logging.getLogger("optuna").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            multivariate=True, constant_liar=True, n_startup_trials=0, n_ei_candidates=CANDIDATES, seed=seed
        )
    study = optuna.create_study(direction="maximize", sampler=sampler)
    distributions = {name: _distribution(dimension) for name, dimension in space.items()}
    complete, running = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.RUNNING
    states = [
        *((point, score, complete) for point, score in _worth_telling([*tried.quick, *tried.finished])),
        *((point, None, running) for point in tried.running),
    ]
    for point, score, state in states:
        parameters = {name: _to_optuna(space[name], point[name]) for name in space}
        study.add_trial(
            optuna.trial.create_trial(state=state, value=score, params=parameters, distributions=distributions)
        )
    return study


def _worth_telling(scored: Sequence[tuple[Point, float]]) -> list[tuple[Point, float]]:
    """Of very many runs the best, as many as the optimizer takes for good at most, and the latest; in their order."""
    if len(scored) <= MOST_TOLD:
        return list(scored)
    order = sorted(range(len(scored)), key=lambda place: -scored[place][1])
    best = set(order[: MOST_TOLD // 4])
    latest = [place for place in range(len(scored)) if place not in best][-(MOST_TOLD - len(best)) :]
    return [scored[place] for place in sorted({*best, *latest})]


# ------------------------------------------------------------------------------------------------------- distributions


def _distribution(dimension: Dimension) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Range):
        return FloatDistribution(math.log(dimension.low), math.log(dimension.high))
    if isinstance(dimension, Steps):
        return IntDistribution(0, len(dimension.values) - 1)
    return CategoricalDistribution(dimension.values)


def _to_optuna(dimension: Dimension, value: Value) -> Any:
    if isinstance(dimension, Range):
        return min(max(math.log(float(value)), math.log(dimension.low)), math.log(dimension.high))
    return dimension.values.index(float(value)) if isinstance(dimension, Steps) else value


def _from_optuna(dimension: Dimension, value: Any) -> Value:
    """Rates and temperatures with two digits: nobody reads, or needs, more."""
    if isinstance(dimension, Range):
        return min(max(float(f"{math.exp(value):.2g}"), dimension.low), dimension.high)
    if isinstance(dimension, Choices):
        return value
    step = dimension.values[value]
    return int(step) if isinstance(step, int) or step >= 1 else step
