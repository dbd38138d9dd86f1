"""The final evaluation (domain S6.5-S6.12, S6.16, S6.17): whole test split, model and baselines alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from shared.results import Baseline, Lift, Metric, Protocol, headline_population
from trainer_image import intervals, regression
from trainer_image.baseline_cache import NO_CACHE, Answer, Answers, BaselineCache, Expected
from trainer_image.customers import per_customer
from trainer_image.inputs import Columns, Splits, select
from trainer_image.intervals import Draws, Measures
from trainer_image.list_evaluation import measure_lists
from trainer_image.measures import Whole
from trainer_image.populations import populations
from trainer_image.questions import Catalogue, pairs_of
from trainer_image.ranking import positions_in
from trainer_image.regression_baselines import rating_baselines
from trainer_image.scoring import Scorer
from trainer_image.segments import Segments, headline, segments
from trainer_image.targets import TargetTransform


@dataclass(frozen=True)
class Evaluation:
    """`ceiling` is empty without lists; `misses`: test rows whose product is outside the catalogue; `per_customer`: the
    file of S6.13."""

    metrics: dict[str, dict[str, Metric]]
    ceiling: dict[str, float]
    baselines: dict[str, Baseline]
    lift: dict[str, Lift]
    segments: dict[str, dict[str, dict[str, Metric]]]
    misses: int
    per_customer: bytes


def evaluate(
    splits: Splits,
    scorer: Scorer,
    catalogue: Catalogue | None,
    target: TargetTransform | None,
    warm_rows: np.ndarray,
    protocol: Protocol,
    split_seed: int,
    cache: BaselineCache = NO_CACHE,
) -> Evaluation:
    """Lists when there is a catalogue, ratings when there is a target; a multitask model has both (S6.11).

    `warm_rows` marks the test rows whose customer and product are both in the train vocabulary.
    """
    rows_of = populations(splits.train, splits.test, warm_rows, protocol.sample_percent, split_seed)
    leading = headline_population(protocol.sample_percent)
    served = {
        kind: {name: rows & rows_of[leading] for name, rows in of_kind.items()}
        for kind, of_kind in segments(splits.train, splits.test).items()
    }
    parts = []
    ceiling: dict[str, float] = {}
    columns: dict[str, np.ndarray] = {}
    if catalogue is not None:
        lists = measure_lists(splits, catalogue, scorer.queries, rows_of, served, protocol, split_seed, cache)
        parts.append(_assess(lists.measures, lists.params, lists.segments, leading, split_seed))
        ceiling = lists.ceiling
        columns |= lists.columns
    if target is not None:
        rated = measure_ratings(splits, scorer.ratings(splits.test), target, rows_of, served, cache)
        parts.append(_assess(rated.measures, rated.params, rated.segments, leading, split_seed))
        columns |= rated.columns
    return Evaluation(
        metrics={name: {k: v for part in parts for k, v in part.metrics[name].items()} for name in rows_of},
        ceiling=ceiling,
        baselines={name: baseline for part in parts for name, baseline in part.baselines.items()},
        lift={name: lift for part in parts for name, lift in part.lift.items()},
        segments={
            kind: {name: {k: v for part in parts for k, v in part.segments[kind][name].items()} for name in of_kind}
            for kind, of_kind in served.items()
        },
        misses=int(np.sum(positions_in(splits.catalogue["id_product"], splits.test["id_product"]) < 0)),
        per_customer=per_customer(splits.test, rows_of, columns | rows_by_customer(splits.test, warm_rows)),
    )


def rows_by_customer(test: Columns, warm_rows: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of the per-customer file that every model has."""
    customers, customer = np.unique(test["id_customer"], return_inverse=True)
    counted = regression.Customers(len(customers), customer)
    return {"rows": counted.sum(np.ones(len(customer))), "rows_warm": counted.sum(warm_rows)}


@dataclass(frozen=True)
class RatingFindings:
    """As `ListFindings`, of predicted targets."""

    measures: dict[str, dict[str, Measures]]
    params: dict[str, Mapping[str, Any]]
    segments: dict[str, dict[str, Measures]]
    columns: dict[str, np.ndarray]


def measure_ratings(
    splits: Splits,
    predicted: np.ndarray,
    target: TargetTransform,
    rows_of: Mapping[str, np.ndarray],
    parts: Segments,
    cache: BaselineCache,
) -> RatingFindings:
    """`predicted`: transformed; `rows_of` and `parts` as for lists."""
    test, binary = splits.test, regression.is_binary(splits.train)
    pairs = pairs_of(test)
    asked = select({name: test[name] for name in ("id_customer", "id_product")}, pairs.first_row)

    def compute() -> Answers:
        found = rating_baselines(splits.train, splits.eval)
        return {who: Answer(each.params, {"predicted": each.predict(asked)}) for who, each in found.items()}

    expected = {"predicted": Expected((len(pairs.first_row),), np.float64)}
    targets = {name: targets_checksum(getattr(splits, name)) for name in ("train", "eval")}
    answers = cache.answers("rating", {"target": vars(target), "targets": targets}, expected, compute)
    predictions = {who: answer.arrays["predicted"][pairs.row_pair] for who, answer in answers.items()}
    rated = {
        who: regression.ratings(test, found, target) for who, found in ({"model": predicted} | predictions).items()
    }

    def measures(who: str, rows: np.ndarray) -> Measures:
        names, of_row = np.unique(pairs.row_customer[rows], return_inverse=True)
        customers, warm = regression.Customers(len(names), of_row), rows_of["warm"][rows]
        return regression.measures(rated[who].select(rows), customers, warm, binary)

    by_population = {population: {who: measures(who, rows) for who in rated} for population, rows in rows_of.items()}
    return RatingFindings(
        measures=by_population,
        params={who: answer.params for who, answer in answers.items()},
        segments={
            kind: {name: headline(measures("model", rows)) for name, rows in of_kind.items()}
            for kind, of_kind in parts.items()
        },
        columns={
            f"{who}/{name}": sums
            for who, of_who in by_population["all"].items()
            for name, sums in regression.columns(of_who).items()
        },
    )


def targets_checksum(split: Columns) -> str:
    """Of the targets of customers and products, whatever the order of the rows."""
    pairs = pairs_of(split)
    order = np.lexsort([split["target"], pairs.row_pair])
    return sha256(np.ascontiguousarray(split["target"][order]).tobytes()).hexdigest()


@dataclass(frozen=True)
class _Assessed:
    metrics: dict[str, dict[str, Metric]]
    baselines: dict[str, Baseline]
    lift: dict[str, Lift]
    segments: dict[str, dict[str, dict[str, Metric]]]


def _assess(
    measures: Mapping[str, Mapping[str, Measures]],
    params: Mapping[str, Mapping[str, Any]],
    parts: Mapping[str, Mapping[str, Measures]],
    leading: str,
    split_seed: int,
) -> _Assessed:
    """Figures with intervals of every population and segment; lifts on the headline population."""
    metrics: dict[str, dict[str, dict[str, Metric]]] = {who: {} for who in ("model", *params)}
    lifts: dict[str, Lift] = {}
    for population, by_who in measures.items():
        draws = _draws(by_who, split_seed, population)
        for who, of_who in by_who.items():
            metrics[who][population] = intervals.figures(who, of_who, draws)
        if population == leading:
            lifts = _lifts(by_who, draws)
    found = metrics.pop("model")
    baselines = {
        name: Baseline(params=dict(params[name]), metrics=of_baseline) for name, of_baseline in metrics.items()
    }
    segmented = {
        kind: {name: _segment(of_segment, split_seed, f"{kind}|{name}") for name, of_segment in of_kind.items()}
        for kind, of_kind in parts.items()
    }
    return _Assessed(found, baselines, lifts, segmented)


def _segment(measures: Measures, split_seed: int, name: str) -> dict[str, Metric]:
    return intervals.figures("model", measures, _draws({"model": measures}, split_seed, name))


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
