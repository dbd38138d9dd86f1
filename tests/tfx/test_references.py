"""Metrics against references that somebody else wrote, on random data with ties and unseen items (S11.5)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn import metrics as sklearn_metrics

from trainer_image.measures import Purchases, gini, novelty, row_tallies, surprises, tallies
from trainer_image.ranking import nothing_bought, ranks

CUSTOMERS, CATALOGUE, UNSEEN = 120, 150, 5


@pytest.fixture(scope="module", params=range(5))
def world(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    """Scores [customers, catalogue] with many ties, and how often each product was bought; the last ones are unseen."""
    random = np.random.default_rng(request.param)
    scores = random.integers(0, 12, size=(CUSTOMERS, CATALOGUE)).astype(np.float32)
    bought = random.poisson(0.04, size=(CUSTOMERS, CATALOGUE + UNSEEN))
    bought[np.arange(CUSTOMERS), random.integers(0, CATALOGUE + UNSEEN, CUSTOMERS)] += 1
    return scores, bought


def measured(scores: np.ndarray, bought: np.ndarray) -> dict[str, float]:
    customer, product = np.nonzero(bought)
    row_pair = np.repeat(np.arange(len(customer)), bought[customer, product])
    purchases = Purchases(CUSTOMERS, customer, row_pair)
    positions = np.where(product < CATALOGUE, product, -1)
    found, _ = ranks(lambda a, b: scores[a:b], customer, positions, CATALOGUE, nothing_bought(CUSTOMERS))
    both = {**tallies(purchases, found), **row_tallies(purchases, found[row_pair])}
    return {name: tally.value() for name, tally in both.items()}


def order(scores: np.ndarray) -> np.ndarray:
    """1-based places of all products by scipy: of equal scores the first comes first, and unseen ones come last."""
    listed = np.stack([rankdata(-of_customer, method="ordinal") for of_customer in scores])
    unseen = np.tile(CATALOGUE + 1 + np.arange(UNSEEN), (CUSTOMERS, 1))
    return np.hstack([listed, unseen])


def test_lists_are_measured_as_by_scikit_learn(world: tuple[np.ndarray, np.ndarray]) -> None:
    scores, bought = world
    places, relevant = order(scores), bought > 0
    found = measured(scores, bought)
    assert found["ndcg_at_10"] == pytest.approx(sklearn_metrics.ndcg_score(relevant, -places, k=10), rel=1e-6)
    for k in (5, 10, 50, 100):
        listed = places <= k
        recall = sklearn_metrics.recall_score(relevant, listed, average="samples")
        precision = sklearn_metrics.precision_score(relevant, listed, average="samples")
        assert found[f"recall_at_{k}"] == pytest.approx(recall, rel=1e-6)
        assert found[f"precision_at_{k}"] == pytest.approx(precision, rel=1e-6)
        assert found[f"hit_rate_at_{k}"] == pytest.approx(np.mean((listed & relevant).any(axis=1)), rel=1e-6)


def test_order_lines_are_measured_as_by_scikit_learn(world: tuple[np.ndarray, np.ndarray]) -> None:
    """Top-k accuracy of the rows: repeated purchases count each time."""
    scores, bought = world
    customer, product = np.nonzero(bought)
    count = bought[customer, product]
    truth, likelihood = np.repeat(product, count), -order(scores)[np.repeat(customer, count)]
    labels = np.arange(CATALOGUE + UNSEEN)
    for k in (5, 10, 50, 100):
        expected = sklearn_metrics.top_k_accuracy_score(truth, likelihood, k=k, labels=labels)
        assert measured(scores, bought)[f"row_recall_at_{k}"] == pytest.approx(expected, rel=1e-6)


def test_the_first_hit_is_that_of_a_sorted_list(world: tuple[np.ndarray, np.ndarray]) -> None:
    scores, bought = world
    best = np.where(bought > 0, order(scores), np.inf).min(axis=1)
    expected = np.mean(np.where(best <= CATALOGUE, 1 / best, 0))
    assert measured(scores, bought)["mrr"] == pytest.approx(expected, rel=1e-6)


def test_exposure_is_unequal_by_the_area_under_the_lorenz_curve(world: tuple[np.ndarray, np.ndarray]) -> None:
    scores, _ = world
    listed = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    listed[0, 7:] = -1  # a shorter list
    exposure = np.sort(np.bincount(listed[listed >= 0], minlength=CATALOGUE))
    lorenz = np.concatenate([[0], np.cumsum(exposure) / exposure.sum()])
    area = sklearn_metrics.auc(np.linspace(0, 1, CATALOGUE + 1), lorenz)
    assert gini(listed, CATALOGUE).value() == pytest.approx(1 - 2 * area, rel=1e-6)
    buyers = np.random.default_rng(0).integers(0, 50, CATALOGUE)
    expected = [-np.log2((buyers[product] + 1) / 51) for product in listed[listed >= 0]]
    assert novelty(listed, surprises(buyers, 50)).value() == pytest.approx(np.mean(expected), rel=1e-6)


def test_exposure_has_known_extremes() -> None:
    everything = np.arange(40).reshape(4, 10)
    assert gini(everything, 40).value() == pytest.approx(0)
    assert gini(np.tile(np.arange(10), (4, 1)), 1_000).value() == pytest.approx(0.99)
    assert np.isnan(gini(np.full((3, 10), -1), 40).value())
    assert novelty(np.array([[0]]), surprises(np.array([7]), 7)).value() == 0  # bought by everybody: no surprise
