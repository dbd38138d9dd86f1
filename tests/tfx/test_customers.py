"""The per-customer file: what the trainer writes is what `shared.insights.comparing.customers` reads (S6.13)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from shared.insights.comparing.customers import MEASURED, WHOLE_CUSTOMERS, Customers, measure, read_customers, value
from shared.metrics import FAMILIES, METRICS
from shared.results import Results
from tests.tfx.shop import Trained
from tests.tfx.test_evaluation import BOUGHT, TEST_ROWS, evaluated, of_population
from trainer_image.evaluation import Evaluation

# Not a ratio of sums of customers: they are about all lists together, or compare rows with each other.
UNTOLD = {"coverage_at_10", "gini_at_10", "r2", "auc"}


def recomputed(customers: Customers, metric: str, population: str, who: str) -> float:
    numerator, denominator = measure(customers, metric, population, who)
    return float(value(metric, numerator.sum(), denominator.sum()))


@pytest.mark.parametrize("task", FAMILIES)
@pytest.mark.parametrize("exclude", [False, True], ids=["whole lists", "without purchases"])
def test_every_figure_is_recomputed_from_the_file(task: str, exclude: bool) -> None:
    found = evaluated(40, exclude, task)
    measured = {"model": found.metrics, **{who: of.metrics for who, of in found.baselines.items()}}
    customers = read_customers(found.per_customer, [*measured])
    told = 0
    for who, by_population in measured.items():
        for population in WHOLE_CUSTOMERS:
            for metric, figure in by_population[population].items():
                if metric in UNTOLD:
                    continue
                again = recomputed(customers, metric, population, who)
                assert math.isnan(again) if figure.value is None else again == pytest.approx(figure.value, rel=1e-12)
                told += 1
    assert told >= 3 * len(measured)


def test_what_the_file_tells_is_all_but_what_it_cannot() -> None:
    families = {name for name, kind in METRICS.items() if not name.startswith("ann_")}
    assert set(MEASURED) == families - UNTOLD


def test_customers_belong_to_a_population_with_any_of_their_rows() -> None:
    customers = read_customers(evaluated(40).per_customer)
    assert customers.ids.tolist() == sorted({row[0].encode() for row in TEST_ROWS})
    for population, flags in customers.populations.items():
        assert set(customers.ids[flags].tolist()) == {row[0].encode() for row in of_population(population)}
    assert any((row[0], row[1]) in BOUGHT for row in TEST_ROWS)


def test_a_population_of_rows_cannot_be_told() -> None:
    customers = read_customers(evaluated(40).per_customer)
    for population in ("warm", "new_pairs", "cold_product"):
        with pytest.raises(ValueError, match=population):
            measure(customers, "recall_at_10", population)


def test_a_ranking_model_has_no_lists_in_its_file() -> None:
    customers = read_customers(evaluated(task="ranking").per_customer)
    with pytest.raises(ValueError, match="model/hits_at_10"):
        measure(customers, "recall_at_10", "all")
    assert customers.column("rows").sum() == len(TEST_ROWS)


def test_equal_evaluations_write_equal_files() -> None:
    assert evaluated.__wrapped__(40).per_customer == evaluated(40).per_customer


def test_a_run_leaves_its_file_beside_its_results(trained: Trained) -> None:
    """S6.13, S6.20: of a sample, recomputed as the functions would."""
    results: Results = trained.results
    content = (trained.folder / "results/customers.npz").read_bytes()
    assert results.files["per_customer"] == str(trained.folder / "results/customers.npz")
    customers = read_customers(content)
    for metric in ("recall_at_10", "ndcg_at_10", "mrr", "row_recall_at_100"):
        figure = results.metrics[results.headline_population][metric]
        assert recomputed(customers, metric, results.headline_population, "model") == pytest.approx(figure.value)


def test_whole_numbers_take_few_bytes() -> None:
    found: Evaluation = evaluated()
    customers = read_customers(found.per_customer)
    assert customers.columns["model/hits_at_10"].dtype == np.uint8
    assert customers.columns["idcg"].dtype == np.float64
