"""95% intervals by bootstrap over customers (domain S6.12, S6.17)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shared.hashing import H
from shared.metrics import METRICS
from shared.results import Lift, Metric
from trainer_image.measures import Tally

RESAMPLES = 2_000
FEWEST = 20  # customers: below this there is no interval
CELLS_AT_ONCE = 4_000_000

Tallies = Mapping[str, Tally]  # by metric
Draws = dict[tuple[str, str], np.ndarray]  # by (who, metric): the metric in every resample


def resample(by_who: Mapping[str, Tallies], split_seed: int, population: str) -> Draws:
    """Every metric of the model and the baselines in the very same resamples, so that differences are paired."""
    keys = [(who, metric) for who, tallies in by_who.items() for metric in tallies]
    numerators = np.stack([by_who[who][metric].numerators for who, metric in keys], axis=1).astype(np.float32)
    denominators = np.stack([by_who[who][metric].denominators for who, metric in keys], axis=1).astype(np.float32)
    customers = len(numerators)
    generator = np.random.default_rng(H(f"boot|{split_seed}", population))
    ratios = []
    for count in _blocks(customers):
        weights = _multinomial(generator, count, customers)
        ratios.append((weights @ numerators) / (weights @ denominators))
    table = np.concatenate(ratios)
    return {key: table[:, column] for column, key in enumerate(keys)}


def figures(who: str, tallies: Tallies, draws: Draws) -> dict[str, Metric]:
    """Each metric with its interval."""
    return {name: _figure(tally, draws.get((who, name)), METRICS[name].per) for name, tally in tallies.items()}


def value(tally: Tally) -> float:
    return float(tally.numerators.sum() / tally.denominators.sum())


def lift(metric: str, model: Tally, baselines: Mapping[str, Tally], draws: Draws) -> Lift:
    """The model against the best baseline of a metric, with a paired interval and a verdict."""
    best = max(baselines, key=lambda name: value(baselines[name]))
    of_best = value(baselines[best])
    difference = value(model) - of_best
    low, high = _interval(draws[("model", metric)] - draws[(best, metric)]) if draws else (None, None)
    return Lift(
        baseline=best,
        value=difference,
        relative=difference / of_best if of_best else None,
        low=low,
        high=high,
        verdict=_verdict(low, high),
    )


def _verdict(low: float | None, high: float | None) -> str:
    if low is not None and low > 0:
        return "better"
    if high is not None and high < 0:
        return "worse"
    return "cannot_tell"


def _figure(tally: Tally, draws: np.ndarray | None, per: str) -> Metric:
    customers = len(tally.numerators)
    count = int(tally.denominators.sum()) if per == "row" else customers
    if customers == 0:
        return Metric(value=None, low=None, high=None, n=0, reason="no customers")
    if draws is None:
        return Metric(value=value(tally), low=None, high=None, n=count, reason=f"too few customers ({customers})")
    low, high = _interval(draws)
    return Metric(value=value(tally), low=low, high=high, n=count)


def _interval(draws: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(draws, (2.5, 97.5))
    return float(low), float(high)


def _blocks(customers: int) -> list[int]:
    size = max(1, min(RESAMPLES, CELLS_AT_ONCE // customers))
    return [min(size, RESAMPLES - start) for start in range(0, RESAMPLES, size)]


def _multinomial(generator: np.random.Generator, count: int, customers: int) -> np.ndarray:
    """`count` resamples: how often each customer was drawn, [count, customers]."""
    drawn = generator.integers(customers, size=(count, customers))
    cells = (drawn + np.arange(count)[:, np.newaxis] * customers).ravel()
    return np.bincount(cells, minlength=count * customers).reshape(count, customers).astype(np.float32)
