"""Bootstrap intervals and the verdict against the best baseline (S6.12, S6.17, S11.5)."""

from __future__ import annotations

import numpy as np
import pytest

from shared.insights.comparing import resampling
from trainer_image import intervals
from trainer_image.measures import Tally, mean
from trainer_image.regression import root


def drawn(values: np.ndarray, seed: int = 17) -> np.ndarray:
    return intervals.resample({"model": {"mrr": mean(values)}}, len(values), seed, "all")["model", "mrr"]


def test_the_interval_of_a_mean_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(0).random(4_000)
    figure = intervals.figures("model", {"mrr": mean(values)}, {("model", "mrr"): drawn(values)})["mrr"]
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert figure.value == pytest.approx(values.mean())
    assert (figure.low, figure.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)


def test_the_interval_holds_the_truth_95_times_in_100() -> None:
    """S11.5: 93-97% of 1,500 samples of 150 customers; skewed shares, as recall has them, and ratios of sums."""
    random = np.random.default_rng(1)
    shares = random.beta(0.4, 1.6, size=(1_500, 150))  # mean 0.2
    rows = random.integers(1, 30, size=shares.shape).astype(float)
    samples = {
        0.2: {f"mean {number}": mean(values) for number, values in enumerate(shares)},
        0.25: {
            f"ratio {number}": Tally((random.binomial(count.astype(int), 0.25).astype(float), count))
            for number, count in enumerate(rows)
        },
    }
    for truth, of_kind in samples.items():
        draws = intervals.resample({"model": of_kind}, 150, 17, "all")
        low, high = np.percentile(np.stack(list(draws.values())), (2.5, 97.5), axis=1)
        assert 0.93 <= np.mean((low <= truth) & (truth <= high)) <= 0.97


def test_a_metric_of_rows_is_a_ratio_of_resampled_sums() -> None:
    random = np.random.default_rng(0)
    rows = random.integers(1, 50, 300)
    rates = Tally((rows * 0.25, rows.astype(float)))  # the same rate for everybody: no spread at all
    draws = intervals.resample({"model": {"row_recall_at_5": rates}}, 300, 17, "all")
    figure = intervals.figures("model", {"row_recall_at_5": rates}, draws)["row_recall_at_5"]
    assert (figure.value, figure.low, figure.high) == pytest.approx((0.25, 0.25, 0.25))
    assert figure.n == rows.sum()


def test_a_root_is_taken_of_the_resampled_ratio() -> None:
    rows = np.random.default_rng(0).integers(1, 50, 300).astype(float)
    errors = Tally((rows * 9, rows), root)
    draws = intervals.resample({"model": {"rmse": errors}}, 300, 17, "all")
    np.testing.assert_allclose(draws["model", "rmse"], 3)
    assert errors.value() == 3


def test_the_same_seed_gives_the_same_interval_and_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).random(100)
    whole = drawn(values)
    monkeypatch.setattr(resampling, "CELLS_AT_ONCE", 1_000)
    np.testing.assert_allclose(np.sort(drawn(values)), np.sort(whole), rtol=1e-6)
    assert not np.array_equal(drawn(values, 18), whole)


def test_few_customers_get_no_interval_but_a_reason() -> None:
    figure = intervals.figures("model", {"mrr": mean(np.ones(19))}, {})["mrr"]
    assert (figure.value, figure.low, figure.n, figure.reason) == (1.0, None, 19, "too few customers (19)")
    nobody = intervals.figures("model", {"mrr": mean(np.ones(0))}, {})["mrr"]
    assert (nobody.value, nobody.n, nobody.reason) == (None, 0, "no customers")


def test_customers_without_a_row_that_counts_are_no_customers() -> None:
    """A metric on some rows only: 19 of 300 customers have such rows."""
    rows = np.repeat([1.0, 0.0], [19, 281])
    some = Tally((rows * 4, rows), root)
    draws = intervals.resample({"model": {"rmse_warm": some}}, 300, 17, "all")
    figure = intervals.figures("model", {"rmse_warm": some}, draws)["rmse_warm"]
    assert (figure.value, figure.low, figure.n, figure.reason) == (2.0, None, 19, "too few customers (19)")
    assert intervals.lift("rmse_warm", some, {"bias": some}, draws).low is None


def test_what_is_not_defined_has_no_value_but_a_reason() -> None:
    """S6.20: numbers are finite or null."""
    overflow = Tally((np.full(30, np.inf), np.ones(30)))
    figure = intervals.figures("model", {"mae": overflow}, {})["mae"]
    assert (figure.value, figure.n, figure.reason) == (None, 30, "not defined on these rows")


@pytest.mark.parametrize(("difference", "verdict"), [(0.05, "better"), (-0.05, "worse"), (0.0, "cannot_tell")])
@pytest.mark.parametrize(("metric", "sign"), [("mrr", 1), ("mae", -1)])
def test_the_verdict_is_paired_and_against_the_best_baseline(
    difference: float, verdict: str, metric: str, sign: int
) -> None:
    """Customers differ far more than the methods do: only a paired interval can tell. Of errors, less is better."""
    random = np.random.default_rng(0)
    customers = random.random(500) + 1
    noise = random.normal(0, 0.01, 500)
    by_who = {
        "model": {metric: mean(customers + sign * difference + noise - noise.mean())},
        "popularity": {metric: mean(customers - sign * 0.2)},
        "personal_frequency": {metric: mean(customers)},
    }
    draws = intervals.resample(by_who, 500, 17, "all")
    baselines = {who: of_who[metric] for who, of_who in by_who.items() if who != "model"}
    lift = intervals.lift(metric, by_who["model"][metric], baselines, draws)
    assert (lift.baseline, lift.verdict) == ("personal_frequency", verdict)
    assert lift.value == pytest.approx(difference)
    assert lift.relative == pytest.approx(difference / customers.mean())
    assert lift.low < lift.value < lift.high


def test_without_an_interval_nothing_can_be_told() -> None:
    lift = intervals.lift("mrr", mean(np.ones(5)), {"popularity": mean(np.zeros(5))}, {})
    assert (lift.value, lift.relative, lift.low, lift.verdict) == (1.0, None, None, "cannot_tell")


def test_equal_methods_are_told_apart_5_times_in_100() -> None:
    """S6.17: of 2,000 pairs of methods that differ by chance alone; shares and ratios of sums, paired by customer."""
    random = np.random.default_rng(2)
    pairs, customers = 1_000, 150
    ability = random.beta(0.4, 1.6, size=(pairs, customers))
    rows = random.integers(1, 30, size=ability.shape)
    hits = random.binomial(rows, ability, size=(2, *rows.shape)).astype(float)
    shares = random.binomial(10, ability, size=(2, *rows.shape)) / 10
    methods = {
        kind: {
            who: {f"{kind} {number}": make(which, number) for number in range(pairs)}
            for which, who in enumerate(("model", "popularity"))
        }
        for kind, make in {
            "mean": lambda which, number: mean(shares[which, number]),
            "ratio": lambda which, number: Tally((hits[which, number], rows[number].astype(float))),
        }.items()
    }
    for by_who in methods.values():
        told = 0
        draws = intervals.resample(by_who, customers, 17, "all")
        for name in by_who["model"]:
            own = {(who, "mrr"): draws[who, name] for who in by_who}
            lift = intervals.lift("mrr", by_who["model"][name], {"popularity": by_who["popularity"][name]}, own)
            told += lift.verdict != "cannot_tell"
        assert 0.03 <= told / pairs <= 0.07
