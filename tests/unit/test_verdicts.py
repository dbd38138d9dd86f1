"""Verdicts between runs (domain S7.8), on simulated runs of which the truth is known."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from shared.insights.comparing.customers import Customers
from shared.insights.comparing.resampling import RESAMPLES, resamples
from shared.insights.comparing.verdicts import (
    Pair,
    Sums,
    Verdict,
    _student,
    _tail,
    against,
    holm,
    judge,
    margin_of,
    paired,
)

METRIC, SEED = "recall_at_10", 17


def ids(count: int) -> np.ndarray:
    return np.array([b"%08d" % number for number in range(count)])


def mean_of(values: np.ndarray) -> Sums:
    """A mean over customers."""
    return Sums(ids(len(values)), values, np.ones(len(values)))


def verdict(one: np.ndarray, other: np.ndarray, metric: str = METRIC, **more: float) -> Verdict:
    return against(mean_of(other), [mean_of(one)], metric, "all", SEED, **more)[0]


def recalls(generator: np.random.Generator, customers: int, runs: int, gain: float = 0.0, most: int = 5) -> np.ndarray:
    """[customers, runs]: models that differ in their random numbers alone; a customer bought 1 to `most` products."""
    bought = generator.integers(1, most + 1, size=(customers, 1))
    chance = generator.beta(0.6, 2.4, size=(customers, 1)) * (1 - gain) + gain
    return generator.binomial(bought, chance, size=(customers, runs)) / bought


def of_pairs(differences: np.ndarray) -> list[Verdict]:
    """Verdicts on pairs of runs by their differences [customers, pairs]: a mean of differences is one of means."""
    nothing = mean_of(np.zeros(len(differences)))
    return against(nothing, [mean_of(each) for each in differences.T], METRIC, "all", SEED)


# ------------------------------------------------------------------------------------------------- what it may claim


@pytest.mark.parametrize(("most", "allowed"), [(1, 0.05), (5, 0.055)])
def test_identical_models_are_called_different_in_at_most_five_of_a_hundred_pairs(most, allowed):
    """Twice 1,000 pairs, because one thousand of a rate of 5% is above it half of the time; customers who bought
    one product, and those with up to five, of whom ties are rare and the rate is 5% itself."""
    generator, called = np.random.default_rng(SEED), 0
    for _ in range(2):
        one, other = recalls(generator, 868, 2_000, most=most).reshape(868, 2, 1_000).swapaxes(0, 1)
        called += sum(each.verdict in ("better", "worse") for each in of_pairs(one - other))
    assert called / 2_000 <= allowed


@pytest.mark.parametrize("customers", [20, 60, 300])
def test_few_customers_do_not_make_it_bold(customers):
    generator = np.random.default_rng(customers)
    called = 0
    for _ in range(20):
        differences = np.subtract(*recalls(generator, customers, 200).reshape(customers, 2, 100).swapaxes(0, 1))
        called += sum(each.verdict in ("better", "worse") for each in of_pairs(differences))
    assert called / 2_000 <= 0.065


def test_the_interval_holds_the_true_difference_in_95_of_100():
    generator, truth, held = np.random.default_rng(SEED), 0.03, 0
    for _ in range(20):
        chance = generator.beta(1, 4, size=(500, 1)) * 0.9  # drawn anew: the truth is that of all customers
        gains = generator.choice([0.0, 2 * truth], size=(500, 1))
        differences = (
            generator.binomial(3, chance + gains, (500, 50)) / 3 - generator.binomial(3, chance, (500, 50)) / 3
        )
        population = gains.mean()
        for each in of_pairs(differences):
            held += each.low <= population <= each.high
    assert 0.93 <= held / 1_000 <= 0.98  # the customers are given here, so that a little more than 95 is right


def test_the_interval_is_that_of_scipy():
    generator = np.random.default_rng(3)
    one, other = recalls(generator, 400, 2, 0.1).T
    found = verdict(one, other)
    reference = stats.bootstrap((one - other,), np.mean, n_resamples=20_000, method="percentile", rng=4)
    width = reference.confidence_interval.high - reference.confidence_interval.low
    assert found.difference == pytest.approx((one - other).mean())
    assert found.low == pytest.approx(reference.confidence_interval.low, abs=0.05 * width)
    assert found.high == pytest.approx(reference.confidence_interval.high, abs=0.05 * width)
    assert found.spread == pytest.approx((one - other).std(ddof=1), rel=0.05)


def test_resamples_are_of_customers_and_the_same_for_the_same_customers():
    generator = np.random.default_rng(8)
    one, other = recalls(generator, 50, 2, 0.1).T
    weights = np.concatenate(list(resamples(50, SEED, "all")))
    assert weights.shape == (RESAMPLES, 50)
    assert (weights.sum(axis=1) == 50).all()
    brute = [np.repeat(one - other, each.astype(int)).mean() for each in weights]
    tail = 100 * _tail(50)
    found = verdict(one, other)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(brute, (tail, 100 - tail))))
    assert verdict(one, other) == found


def test_student_is_that_of_the_tables():
    assert [_student(freedom) for freedom in (19, 60, 1_000)] == pytest.approx(
        stats.t.ppf(0.975, [19, 60, 1_000]), abs=1e-4
    )


# ------------------------------------------------------------------------------------------------------------- power


def test_the_customers_that_are_needed_find_the_difference_in_80_of_100():
    generator, gain = np.random.default_rng(5), 0.1
    pilot = verdict(*recalls_of_two(generator, 20_000, gain))
    sd, delta = pilot.spread, pilot.difference
    needed = math.ceil(7.85 * (sd / delta) ** 2)
    found = [verdict(*recalls_of_two(generator, needed, gain)).verdict == "better" for _ in range(100)]
    assert 0.7 <= np.mean(found) <= 0.9


def test_twice_the_customers_that_are_needed_find_it_nearly_always():
    generator, gain = np.random.default_rng(6), 0.1
    found = [verdict(*recalls_of_two(generator, 2 * 140, gain)).verdict for _ in range(50)]
    assert found.count("better") >= 47
    assert "worse" not in found


def recalls_of_two(generator: np.random.Generator, customers: int, gain: float) -> tuple[np.ndarray, np.ndarray]:
    bought = generator.integers(1, 6, size=customers)
    chance = generator.beta(0.6, 2.4, size=customers) * 0.9
    return generator.binomial(bought, chance + gain) / bought, generator.binomial(bought, chance) / bought


def test_who_cannot_tell_says_how_many_customers_would_be_needed():
    generator = np.random.default_rng(2)
    found = verdict(*recalls_of_two(generator, 100, 0.02))
    assert found.verdict == "cannot_tell"
    assert found.needed == pytest.approx(7.85 * (found.spread / found.difference) ** 2, rel=1e-3)
    assert found.needed > 100


# ---------------------------------------------------------------------------------------------------------- verdicts


def test_a_difference_in_everybody_is_better_whatever_the_direction():
    small, large = np.full(30, 0.2), np.full(30, 0.4)
    assert verdict(large, small).verdict == "better"
    assert verdict(small, large).verdict == "worse"
    of_errors = verdict(small, large, "rmse")
    assert of_errors.verdict == "better"
    assert of_errors.difference == pytest.approx(math.sqrt(0.4) - math.sqrt(0.2))


def test_equal_runs_are_practically_no_different():
    same = np.linspace(0, 1, 40)
    found = verdict(same, same)
    assert (found.verdict, found.difference, found.low, found.high, found.p) == (
        "no_practical_difference", 0.0, 0.0, 0.0, 1.0,
    )  # fmt: skip
    assert found.needed is None


def test_differences_within_the_margin_decide_nothing():
    generator = np.random.default_rng(1)
    base = generator.random(5_000)
    found = verdict(base + generator.normal(0, 0.02, 5_000), base)
    assert found.verdict == "no_practical_difference"
    assert -0.005 <= found.low <= 0 <= found.high <= 0.005


def test_the_margin_of_an_error_is_a_share_of_the_baselines():
    assert margin_of("rmse", 250.0) == 2.5
    assert margin_of("rmse", None) is None
    assert margin_of("ndcg_at_10", 0.3) == 0.005
    generator = np.random.default_rng(1)
    errors = generator.random(5_000) + 4
    other = errors + generator.normal(0, 0.5, 5_000)
    assert verdict(other, errors, "rmse").verdict == "cannot_tell"
    assert verdict(other, errors, "rmse", baseline_value=2.1).verdict == "no_practical_difference"


def test_no_difference_without_a_margin_needs_no_number():
    same = np.linspace(0, 1, 40)
    found = verdict(same, same, "rmse")
    assert (found.verdict, found.needed) == ("cannot_tell", None)


@pytest.mark.parametrize(("shared", "reason"), [(0, "no common customers"), (19, "too few common customers (19)")])
def test_few_common_customers_are_the_reason(shared, reason):
    names = ids(100)
    one = Sums(names[: 40 + shared], np.ones(40 + shared), np.ones(40 + shared))
    other = Sums(names[40:], np.zeros(60), np.ones(60))
    found = against(other, [one], METRIC, "all", SEED)[0]
    assert (found.verdict, found.n, found.reason, found.low, found.p) == ("cannot_tell", shared, reason, None, None)


def test_only_customers_that_both_know_count():
    generator = np.random.default_rng(4)
    one, other = generator.random(60), generator.random(60)
    outside = np.arange(60) >= 40  # of the population
    members = Sums(ids(60), np.where(outside, 0, one), np.where(outside, 0.0, 1.0))
    found = against(mean_of(other), [members, mean_of(one)], METRIC, "all", SEED)
    assert [each.n for each in found] == [40, 60]
    assert found[0] == verdict(one[:40], other[:40])
    assert found[1] == verdict(one, other)


def test_sums_are_those_of_the_files():
    generator = np.random.default_rng(9)
    hits = generator.integers(0, 3, size=(2, 50))
    pairs = np.full(50, 3)
    one, other = (
        Customers(ids(50), {"all": np.ones(50, bool)}, {"pairs": pairs, "model/hits_at_10": each}) for each in hits
    )
    assert paired(one, other, METRIC, "all", SEED) == verdict(hits[0] / 3, hits[1] / 3)
    with pytest.raises(ValueError, match="population"):
        paired(one, other, METRIC, "warm", SEED)


# --------------------------------------------------------------------------------------------------- more than two


def claim(p: float, call: str = "better") -> Verdict:
    return Verdict(METRIC, 0.02, 0.001, 0.04, p, call, None, 400, 0.005, 0.2)


def test_holm_adjusts_in_the_order_of_evidence():
    found = holm([claim(0.03), claim(0.01), claim(0.04)])
    assert [each.p for each in found] == pytest.approx([0.06, 0.03, 0.06])
    assert [each.verdict for each in found] == ["cannot_tell", "better", "cannot_tell"]
    assert found[0].needed == pytest.approx((2.2414 + 0.8416) ** 2 * 100, rel=1e-3)  # held to 2.5%


def test_holm_leaves_one_pair_alone_and_never_believes_more():
    assert holm([claim(0.04)]) == [claim(0.04)]
    unknown = Verdict(METRIC, None, None, None, None, "cannot_tell", None, 0, reason="no common customers")
    assert holm([claim(0.04), unknown]) == [claim(0.04), unknown]
    assert holm([claim(0.9, "cannot_tell"), claim(0.8, "cannot_tell")])[0].p == 1.0


@pytest.mark.parametrize(("customers", "allowed"), [(50, 0.08), (200, 0.07)])
def test_a_false_claim_among_six_pairs_of_identical_runs_is_as_rare_as_one_alone(customers, allowed):
    """4.1% to 5.8% of 1,500 such families were called different, of 50 to 868 customers; here are 200."""
    runs = recalls(np.random.default_rng(SEED), customers, 4 * 200).reshape(customers, 200, 4)
    pairs = np.stack([runs[..., one] - runs[..., other] for one, other in combinations(range(4), 2)], axis=2)
    families = np.array(of_pairs(pairs.reshape(customers, -1)), dtype=object).reshape(200, 6)
    called = sum(any(each.verdict in ("better", "worse") for each in holm(list(family))) for family in families)
    assert called / 200 <= allowed


def test_pairs_of_several_runs_are_judged_together():
    generator = np.random.default_rng(3)
    runs = [mean_of(each) for each in recalls(generator, 90, 3).T]
    pairs = [Pair(METRIC, one, other, 0.005) for one, other in combinations(runs, 2)]
    alone = [judge([pair], "all", SEED)[0] for pair in pairs]
    assert judge(pairs, "all", SEED) == alone


def test_p_is_below_5_percent_where_the_interval_excludes_0():
    generator = np.random.default_rng(11)
    for customers in (20, 100, 868):
        differences = np.subtract(*recalls(generator, customers, 400).reshape(customers, 2, 200).swapaxes(0, 1))
        for each in of_pairs(differences):
            excluded = each.low > 0 or each.high < 0
            assert excluded is (each.p <= 0.05) or abs(each.p - 0.05) < 0.004  # of 2,000 draws


def test_a_verdict_can_be_said_of_the_other():
    generator = np.random.default_rng(7)
    one, other = recalls_of_two(generator, 900, 0.06)
    found, turned = verdict(one, other), verdict(other, one)
    assert found.verdict == "better"
    assert found.turned().verdict == turned.verdict == "worse"
    assert (found.turned().low, found.turned().high) == pytest.approx((turned.low, turned.high))
    assert found.turned().turned() == found
