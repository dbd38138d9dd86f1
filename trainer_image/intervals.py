"""95% intervals by bootstrap over customers (domain S6.12, S6.17)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import numpy as np

from shared.insights.comparing.resampling import FEWEST, resamples
from shared.metrics import METRICS
from shared.results import Lift, Metric
from trainer_image.measures import Tally, Whole

UNDEFINED = "not defined on these rows"
OF_ALL = "no interval: it is about all lists together"


class Resampled(Protocol):
    """A metric that is no function of a few sums, and knows itself what it is in a resample."""

    total: int
    contributors: int

    def value(self) -> float: ...

    def draw(self, weights: np.ndarray) -> np.ndarray:
        """`weights` [resamples, customers]: how often each customer was drawn -> the metric [resamples]."""


Measure = Tally | Whole | Resampled
Measures = Mapping[str, Measure]  # by metric
Draws = dict[tuple[str, str], np.ndarray]  # by (who, metric): the metric in every resample


def resample(by_who: Mapping[str, Measures], customers: int, split_seed: int, population: str) -> Draws:
    """Every metric of the model and the baselines in the very same resamples, so that differences are paired.

    All sums of all tallies are one matrix, because one large product is many times faster than many small ones.
    """
    measures = {(who, metric): measure for who, of_who in by_who.items() for metric, measure in of_who.items()}
    tallies = {key: measure for key, measure in measures.items() if isinstance(measure, Tally)}
    others = {key: measure for key, measure in measures.items() if not isinstance(measure, Tally | Whole)}
    sums = np.stack([of_customers for tally in tallies.values() for of_customers in tally.sums], axis=1)
    blocks = []
    for weights in resamples(customers, split_seed, population):
        drawn = {key: measure.draw(weights) for key, measure in others.items()}
        blocks.append({**_of_tallies(tallies, weights @ sums), **drawn})
    return {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}


def _of_tallies(tallies: Mapping[tuple[str, str], Tally], totals: np.ndarray) -> Draws:
    """`totals` [resamples, sums of all tallies, one after the other]."""
    found, start = {}, 0
    with np.errstate(divide="ignore", invalid="ignore"):  # a resample without anybody who counts
        for key, tally in tallies.items():
            stop = start + len(tally.sums)
            found[key] = tally.formula(*totals[:, start:stop].T)
            start = stop
    return found


def figures(who: str, measures: Measures, draws: Draws) -> dict[str, Metric]:
    """Each metric with its interval."""
    return {name: _figure(measure, draws.get((who, name)), name) for name, measure in measures.items()}


def lift(metric: str, model: Measure, baselines: Mapping[str, Measure], draws: Draws) -> Lift:
    """The model against the best baseline of a metric, with a paired interval and a verdict; above 0 is better."""
    sign = 1 if METRICS[metric].direction == "max" else -1
    best = max(baselines, key=lambda name: sign * baselines[name].value())
    of_best = baselines[best].value()
    difference = sign * (model.value() - of_best)
    low = high = None
    if ("model", metric) in draws and model.contributors >= FEWEST:
        low, high = _interval(sign * (draws["model", metric] - draws[best, metric]))
    return Lift(
        baseline=best,
        value=difference,
        relative=difference / abs(of_best) if of_best else None,
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


def _figure(measure: Measure, draws: np.ndarray | None, name: str) -> Metric:
    per, customers = METRICS[name].per, measure.contributors
    if customers == 0:
        return Metric(value=None, low=None, high=None, n=0, reason="no customers")
    count = measure.total if per == "row" else customers
    with np.errstate(all="ignore"):
        value = measure.value()
    if not math.isfinite(value):
        return Metric(value=None, low=None, high=None, n=count, reason=UNDEFINED)
    if isinstance(measure, Whole):
        return Metric(value=value, low=None, high=None, n=count, reason=OF_ALL)
    if draws is None or customers < FEWEST:
        return Metric(value=value, low=None, high=None, n=count, reason=f"too few customers ({customers})")
    low, high = _interval(draws)
    return Metric(value=value, low=low, high=high, n=count)


def _interval(draws: np.ndarray) -> tuple[float, float]:
    """Of the resamples in which the metric is defined."""
    low, high = np.nanpercentile(draws, (2.5, 97.5))
    return float(low), float(high)
