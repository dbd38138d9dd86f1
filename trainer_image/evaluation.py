"""The final evaluation (domain S6.5-S6.12, S6.16, S6.17): whole test split, model and baselines alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.results import Baseline, Lift, Metric, Protocol, headline_population
from trainer_image import intervals, regression
from trainer_image.inputs import Splits
from trainer_image.intervals import Draws, Measures
from trainer_image.list_evaluation import measure_lists
from trainer_image.measures import Whole
from trainer_image.populations import populations
from trainer_image.questions import Catalogue
from trainer_image.ranking import positions_in
from trainer_image.regression_baselines import rating_baselines
from trainer_image.scoring import Scorer
from trainer_image.targets import TargetTransform


@dataclass(frozen=True)
class Evaluation:
    """`ceiling` is empty without lists; `misses`: test rows whose product is outside the catalogue."""

    metrics: dict[str, dict[str, Metric]]
    ceiling: dict[str, float]
    baselines: dict[str, Baseline]
    lift: dict[str, Lift]
    misses: int


def evaluate(
    splits: Splits,
    scorer: Scorer,
    catalogue: Catalogue | None,
    target: TargetTransform | None,
    warm_rows: np.ndarray,
    protocol: Protocol,
    split_seed: int,
) -> Evaluation:
    """Lists when there is a catalogue, ratings when there is a target; a multitask model has both (S6.11).

    `warm_rows` marks the test rows whose customer and product are both in the train vocabulary.
    """
    rows_of = populations(splits.train, splits.test, warm_rows, protocol.sample_percent, split_seed)
    headline = headline_population(protocol.sample_percent)
    parts = []
    ceiling: dict[str, float] = {}
    if catalogue is not None:
        lists = measure_lists(splits, catalogue, scorer.queries, rows_of, protocol, split_seed)
        parts.append(_assess(lists.measures, lists.params, headline, split_seed))
        ceiling = lists.ceiling
    if target is not None:
        predicted = scorer.ratings(splits.test)
        parts.append(_assess(*measure_ratings(splits, predicted, target, rows_of), headline, split_seed))
    return Evaluation(
        metrics={name: {k: v for part in parts for k, v in part.metrics[name].items()} for name in rows_of},
        ceiling=ceiling,
        baselines={name: baseline for part in parts for name, baseline in part.baselines.items()},
        lift={name: lift for part in parts for name, lift in part.lift.items()},
        misses=int(np.sum(positions_in(splits.catalogue["id_product"], splits.test["id_product"]) < 0)),
    )


def measure_ratings(
    splits: Splits, predicted: np.ndarray, target: TargetTransform, rows_of: Mapping[str, np.ndarray]
) -> tuple[dict[str, dict[str, Measures]], dict[str, Mapping[str, Any]]]:
    """Measures by population and by "model" or baseline; parameters by baseline. `predicted`: transformed."""
    test, binary = splits.test, regression.is_binary(splits.train)
    baselines = rating_baselines(splits.train, splits.eval)
    predictions = {"model": predicted} | {name: baseline.predict(test) for name, baseline in baselines.items()}
    rated = {who: regression.ratings(test, values, target) for who, values in predictions.items()}
    by_population = {}
    for population, rows in rows_of.items():
        names, of_row = np.unique(test["id_customer"][rows], return_inverse=True)
        customers, warm = regression.Customers(len(names), of_row), rows_of["warm"][rows]
        by_population[population] = {
            who: regression.measures(found.select(rows), customers, warm, binary) for who, found in rated.items()
        }
    return by_population, {name: baseline.params for name, baseline in baselines.items()}


@dataclass(frozen=True)
class _Assessed:
    metrics: dict[str, dict[str, Metric]]
    baselines: dict[str, Baseline]
    lift: dict[str, Lift]


def _assess(
    measures: Mapping[str, Mapping[str, Measures]],
    params: Mapping[str, Mapping[str, Any]],
    headline: str,
    split_seed: int,
) -> _Assessed:
    """Figures with intervals of every population; lifts on the headline population."""
    metrics: dict[str, dict[str, dict[str, Metric]]] = {who: {} for who in ("model", *params)}
    lifts: dict[str, Lift] = {}
    for population, by_who in measures.items():
        draws = _draws(by_who, split_seed, population)
        for who, of_who in by_who.items():
            metrics[who][population] = intervals.figures(who, of_who, draws)
        if population == headline:
            lifts = _lifts(by_who, draws)
    found = metrics.pop("model")
    baselines = {
        name: Baseline(params=dict(params[name]), metrics=of_baseline) for name, of_baseline in metrics.items()
    }
    return _Assessed(found, baselines, lifts)


def _draws(by_who: Mapping[str, Measures], split_seed: int, population: str) -> Draws:
    customers = max(measure.contributors for measure in by_who["model"].values())
    return intervals.resample(by_who, customers, split_seed, population) if customers >= intervals.FEWEST else {}


def _lifts(by_who: Mapping[str, Measures], draws: Draws) -> dict[str, Lift]:
    """Of every metric that has a share per customer and is defined for the model and all baselines."""
    baselines = [who for who in by_who if who != "model"]
    return {
        metric: intervals.lift(metric, measure, {name: by_who[name][metric] for name in baselines}, draws)
        for metric, measure in by_who["model"].items()
        if not isinstance(measure, Whole) and all(_defined(of_who[metric]) for of_who in by_who.values())
    }


def _defined(measure: intervals.Measure) -> bool:
    with np.errstate(all="ignore"):
        return measure.contributors > 0 and math.isfinite(measure.value())
