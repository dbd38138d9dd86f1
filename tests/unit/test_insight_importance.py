"""What matters is found, what does not is not flagged; PED-ANOVA is Optuna's (domain S7.12, S11.7)."""

from __future__ import annotations

import math

import numpy as np
import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.importance import PedAnovaImportanceEvaluator

from shared.insights.charts.groups import Group
from shared.insights.charts.importance import best_weights, divergences, importances
from shared.insights.charts.leaves import Leaf, leaf, leaves
from shared.insights.charts.parameters import parameter_insight
from tests.unit.planted_runs import PARAMETERS, planted

SEEDS = 100


@pytest.mark.parametrize("seed", range(6))
def test_divergences_are_those_of_optuna(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = int(draw.integers(20, 150))
    columns = {name: values(draw, n) for name, values in PARAMETERS.items()}
    columns["layers"] = np.round(draw.uniform(0, 8, n))  # whole numbers, many equal
    metric = draw.normal(size=n)
    found = [leaf(name, values.tolist()) for name, values in columns.items()]
    varied = [each for each in found if each is not None]

    order = np.argsort(-metric, kind="stable")
    good = math.ceil(0.25 * n)
    ours = divergences(varied, best_weights(np.ones((1, n)), good), np.ones((1, n)), order)

    expected = of_optuna(columns, {each.name: each for each in varied}, metric)
    assert {each.name: float(found[0]) * (good / n) ** 2 for each, found in zip(varied, ours, strict=True)} == (
        pytest.approx({each.name: expected[each.name] for each in varied}, rel=1e-6)
    )


def of_optuna(columns: dict[str, np.ndarray], of: dict[str, Leaf], metric: np.ndarray) -> dict[str, float]:
    study = optuna.create_study(direction="maximize")
    distributions = {name: distribution(of[name], columns[name]) for name in of}
    for place, value in enumerate(metric.tolist()):
        parameters = {name: columns[name][place].item() for name in of}
        study.add_trial(optuna.trial.create_trial(params=parameters, distributions=distributions, value=value))
    return PedAnovaImportanceEvaluator(target_quantile=0.25).evaluate(study)


def distribution(of: Leaf, values: np.ndarray) -> BaseDistribution:
    if of.few:
        return CategoricalDistribution(sorted(set(values.tolist())))
    return FloatDistribution(float(values.min()), float(values.max()), log=of.log)


@pytest.mark.parametrize("parameter", ["logq_correction", "optimizer", "batch_size", "learning_rate", "temperature"])
def test_the_one_of_ten_parameters_that_matters_comes_first_after_thirty_runs(parameter: str) -> None:
    first = sum(first_of(seed, 30, parameter, effect=1.5) == parameter for seed in range(SEEDS))
    assert first >= 95


def first_of(seed: int, n: int, parameter: str, effect: float) -> str:
    runs = planted(seed, n, parameter, effect)
    return importances(leaves(runs.finished), runs.order, runs.generator("importance"))[0].name


@pytest.mark.parametrize("parameter", ["optimizer", "temperature"])
def test_after_forty_runs_it_is_found_from_nearly_every_seed(parameter: str) -> None:
    first = sum(first_of(seed, 40, parameter, effect=1.25) == parameter for seed in range(2 * SEEDS))
    assert first >= 0.95 * 2 * SEEDS


def test_shuffled_results_are_not_explained() -> None:
    assert sum(bool(flagged(planted(seed, 40, None, effect=0))) for seed in range(SEEDS)) <= 0.1 * SEEDS


def test_what_matters_is_flagged() -> None:
    assert sum("optimizer" in flagged(planted(seed, 40, "optimizer", effect=1.5)) for seed in range(20)) >= 18


def flagged(runs: Group) -> set[str]:
    """The parameters of which some value is said to be evidence."""
    rows = parameter_insight(runs)["rows"]
    return {row["name"] for row in rows if any(value["evidence"] for value in row["values"])}
