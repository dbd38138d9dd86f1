"""Drift between distributions, against scipy and against the values themselves (domain S7.4)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from shared.insights.data.drift import (
    distance_of,
    drift_rows,
    jensen_shannon,
    level_of,
    shares_of_numbers,
    shares_of_texts,
)
from shared.insights.data.statistics import Bins, Feature, Numbers, Split, Texts

RANDOM = np.random.default_rng(17)


def test_the_divergence_is_the_square_of_scipys_distance():
    for _ in range(200):
        p, q = RANDOM.dirichlet(np.full(30, 0.2), 2)
        p[RANDOM.integers(0, 30)] = 0
        p /= p.sum()
        assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2) ** 2, abs=1e-12)


def test_equal_distributions_have_none_and_separate_ones_have_one_bit():
    p, q = np.array([0.5, 0.5, 0, 0]), np.array([0, 0, 0.25, 0.75])
    assert jensen_shannon(p, p) == 0
    assert jensen_shannon(p, q) == 1


def test_levels():
    assert [level_of(js) for js in (0.0, 0.0999, 0.1, 0.2499, 0.25, 1.0, None)] == [
        "none", "none", "noticeable", "noticeable", "strong", "strong", "unknown",
    ]  # fmt: skip


# --------------------------------------------------------------------------------------------------------- numbers


def quantiles(values: np.ndarray, bins: int = 20) -> Bins:
    """As TFDV makes them: the counts between two different edges are spread over all bins that end there."""
    edges = np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf")
    counts = []
    for place in range(1, bins + 1):
        same = int(np.sum(edges[1:] == edges[place]))
        lower = [edge for edge in edges if edge < edges[place]]
        below = max(lower) if lower and min(edges[1:]) < edges[place] else -math.inf
        counts.append(np.sum((values > below) & (values <= edges[place])) / same)
    return Bins(tuple(edges[:-1]), tuple(edges[1:]), tuple(counts))


def exact(train: np.ndarray, other: np.ndarray) -> float:
    edges = np.unique(np.quantile(train, np.linspace(0, 1, 21), method="inverted_cdf")[1:-1])
    p, q = (np.bincount(np.searchsorted(edges, each, side="left"), minlength=len(edges) + 1) for each in (train, other))
    return jensenshannon(p / p.sum(), q / q.sum(), base=2) ** 2


PAIRS = {
    "the same": lambda: (RANDOM.normal(size=5_000), RANDOM.normal(size=3_000)),
    "shifted": lambda: (RANDOM.normal(size=5_000), RANDOM.normal(0.7, size=3_000)),
    "far away": lambda: (RANDOM.normal(size=5_000), RANDOM.normal(50, size=3_000)),
    "skewed": lambda: (np.exp(RANDOM.normal(size=5_000)), np.exp(RANDOM.normal(0.5, 1.4, size=3_000))),
    "whole numbers": lambda: (RANDOM.poisson(3, 5_000) * 1.0, RANDOM.poisson(4, 3_000) * 1.0),
    "mostly zero": lambda: (RANDOM.poisson(0.05, 5_000) * 1.0, RANDOM.poisson(0.4, 3_000) * 1.0),
}


@pytest.mark.parametrize("name", PAIRS)
def test_quantiles_tell_nearly_what_the_values_tell(name: str):
    train, other = PAIRS[name]()
    shares = shares_of_numbers(quantiles(train), quantiles(other))
    assert jensen_shannon(*shares) == pytest.approx(exact(train, other), abs=0.02)
    assert [pytest.approx(1)] * 2 == [each.sum() for each in shares]


def test_of_few_rows_quantiles_tell_less_than_the_values_and_no_more():
    """Between its quantiles the noise of a small sample cannot be seen."""
    train, other = RANDOM.normal(size=5_000), RANDOM.normal(size=40)
    shares = shares_of_numbers(quantiles(train), quantiles(other))
    assert 0 < jensen_shannon(*shares) < exact(train, other)


def test_what_is_no_number_is_a_share_of_its_own():
    bins = Bins((0.0,), (1.0,), (50.0,))
    p, q = shares_of_numbers(bins, Bins((0.0,), (1.0,), (50.0,), nan=50.0))
    assert (p[-1], q[-1]) == (0.0, 0.5)


def test_bins_without_ends_or_counts_break_nothing():
    endless = Bins((-math.inf, 0.0), (0.0, math.inf), (5.0, 5.0))
    p, q = shares_of_numbers(Bins((0.0, 5.0), (5.0, 9.0), (5.0, 5.0)), endless)
    assert q.sum() == pytest.approx(1)
    assert shares_of_numbers(Bins(), endless) is None
    assert shares_of_numbers(Bins((0.0,), (1.0,), (0.0,)), endless) is None


# ----------------------------------------------------------------------------------------------------------- texts


def texts(values: np.ndarray, most: int = 1_000) -> Texts:
    names, counts = np.unique(values, return_counts=True)
    ranks = sorted(zip(map(str, names), map(float, counts), strict=True), key=lambda rank: (-rank[1], rank[0]))
    return Texts(len(names), 5.0, tuple(ranks[:most]))


def divergence_of_texts(train: np.ndarray, other: np.ndarray) -> float:
    return jensen_shannon(*shares_of_texts(texts(train), len(train), texts(other), len(other)))


def test_texts_that_are_all_listed_are_compared_one_by_one():
    train, other = RANDOM.zipf(1.4, 4_000) % 200, RANDOM.zipf(1.7, 900) % 300
    known = sorted(set(train) | set(other))
    p, q = (np.array([np.mean(each == value) for value in known]) for each in (train, other))
    assert divergence_of_texts(train, other) == pytest.approx(jensenshannon(p, q, base=2) ** 2)


def test_a_long_tail_that_no_list_holds_is_no_drift_by_itself():
    train, other = RANDOM.integers(0, 20_000, 400_000), RANDOM.integers(0, 20_000, 400_000)
    assert divergence_of_texts(train, other) < 0.01


def test_a_frequent_value_that_is_gone_is_drift_although_the_list_is_cut_off():
    train, other = RANDOM.integers(1, 5_000, 100_000), RANDOM.integers(1, 5_000, 100_000)
    train[:40_000] = 0
    known = range(5_000)
    p, q = (np.bincount(each, minlength=len(known)) / len(each) for each in (train, other))
    found = divergence_of_texts(train, other)
    assert found == pytest.approx(jensenshannon(p, q, base=2) ** 2, abs=0.05)
    assert level_of(found) != "none"


def test_chance_is_told_beside_what_was_measured():
    """Two samples of one distribution: what they differ by on average is what is called chance."""
    weights = RANDOM.dirichlet(np.full(100, 0.5))
    found = [
        distance_of(of_texts(RANDOM.choice(100, 5_000, p=weights)), of_texts(RANDOM.choice(100, 400, p=weights)))
        for _ in range(30)
    ]
    measured, chance = (np.mean([getattr(each, name) for each in found]) for name in ("js", "by_chance"))
    assert chance == pytest.approx(measured, rel=0.25)


def of_texts(values: np.ndarray) -> Feature:
    return Feature("f", "text", len(values), len(values), texts=texts(values))


# ------------------------------------------------------------------------------------------------------------ rows


def of_numbers(values: list[float]) -> Feature:
    array = np.array(values)
    numbers = Numbers(array.min(), 0.0, array.max(), 0.0, 0.0, 0, quantiles=quantiles(array))
    return Feature("f", "float", len(values), len(values), numbers=numbers)


NOTHING = Feature("f", "text", 0, 0)
VARIED, CONSTANT = of_numbers([1.0, 2.0, 3.0]), of_numbers([2.0, 2.0])


@pytest.mark.parametrize(
    ("train", "other", "flag"),
    [
        (VARIED, VARIED, None), (CONSTANT, CONSTANT, None), (NOTHING, NOTHING, None),
        (VARIED, NOTHING, "missing"), (NOTHING, VARIED, "missing"),
        (VARIED, None, "missing"), (None, VARIED, "missing"),
        (VARIED, CONSTANT, "constant"), (CONSTANT, VARIED, "constant"),
        (VARIED, of_texts(np.array(["a", "b"])), "type"),
    ],
)  # fmt: skip
def test_what_only_one_of_two_splits_has_is_flagged(train: Feature | None, other: Feature | None, flag: str | None):
    splits = [
        Split(name, 3, {"f": feature} if feature else {}) for name, feature in (("train", train), ("eval", other))
    ]
    rows = drift_rows(splits)
    assert [row["flag"] for row in rows] == [flag]
    assert (rows[0]["level"] == "strong") == (flag is not None)


def test_without_train_there_is_nothing_to_compare_with():
    assert drift_rows([Split("eval", 3, {"f": VARIED})]) == []
    assert distance_of(NOTHING, VARIED) is None
    assert distance_of(VARIED, VARIED).js == 0
