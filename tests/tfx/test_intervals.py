"""Bootstrap intervals and the verdict against the best baseline (S6.12, S6.17)."""

from __future__ import annotations

import numpy as np
import pytest

from trainer_image import intervals
from trainer_image.measures import Tally


def tally(values: np.ndarray, denominators: np.ndarray | None = None) -> Tally:
    return Tally(values, np.ones(len(values)) if denominators is None else denominators)


def test_the_interval_of_a_mean_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(0).random(4_000)
    draws = intervals.resample({"model": {"mrr": tally(values)}}, 17, "all")
    figure = intervals.figures("model", {"mrr": tally(values)}, draws)["mrr"]
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert figure.value == pytest.approx(values.mean())
    assert (figure.low, figure.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)


def test_a_metric_of_rows_is_a_ratio_of_resampled_sums() -> None:
    random = np.random.default_rng(0)
    rows = random.integers(1, 50, 300)
    rates = tally(rows * 0.25, rows.astype(float))  # the same rate for everybody: no spread at all
    draws = intervals.resample({"model": {"row_recall_at_5": rates}}, 17, "all")
    figure = intervals.figures("model", {"row_recall_at_5": rates}, draws)["row_recall_at_5"]
    assert (figure.value, figure.low, figure.high) == pytest.approx((0.25, 0.25, 0.25))
    assert figure.n == rows.sum()


def test_the_same_seed_gives_the_same_interval_and_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    by_who = {"model": {"mrr": tally(np.random.default_rng(0).random(100))}}
    whole = intervals.resample(by_who, 17, "all")[("model", "mrr")]
    monkeypatch.setattr(intervals, "CELLS_AT_ONCE", 1_000)
    np.testing.assert_allclose(
        np.sort(intervals.resample(by_who, 17, "all")[("model", "mrr")]), np.sort(whole), rtol=1e-6
    )
    assert not np.array_equal(intervals.resample(by_who, 18, "all")[("model", "mrr")], whole)


def test_few_customers_get_no_interval_but_a_reason() -> None:
    figure = intervals.figures("model", {"mrr": tally(np.ones(19))}, {})["mrr"]
    assert (figure.value, figure.low, figure.n, figure.reason) == (1.0, None, 19, "too few customers (19)")
    nobody = intervals.figures("model", {"mrr": tally(np.ones(0))}, {})["mrr"]
    assert (nobody.value, nobody.n, nobody.reason) == (None, 0, "no customers")


@pytest.mark.parametrize(("difference", "verdict"), [(0.05, "better"), (-0.05, "worse"), (0.0, "cannot_tell")])
def test_the_verdict_is_paired_and_against_the_best_baseline(difference: float, verdict: str) -> None:
    """Customers differ far more than the methods do: only a paired interval can tell."""
    random = np.random.default_rng(0)
    customers = random.random(500)
    noise = random.normal(0, 0.01, 500)
    by_who = {
        "model": {"mrr": tally(customers + difference + noise - noise.mean())},
        "popularity": {"mrr": tally(customers - 0.2)},
        "personal_frequency": {"mrr": tally(customers)},
    }
    draws = intervals.resample(by_who, 17, "all")
    baselines = {who: tallies["mrr"] for who, tallies in by_who.items() if who != "model"}
    lift = intervals.lift("mrr", by_who["model"]["mrr"], baselines, draws)
    assert (lift.baseline, lift.verdict) == ("personal_frequency", verdict)
    assert lift.value == pytest.approx(difference)
    assert lift.relative == pytest.approx(difference / customers.mean())
    assert lift.low < lift.value < lift.high


def test_without_an_interval_nothing_can_be_told() -> None:
    lift = intervals.lift("mrr", tally(np.ones(5)), {"popularity": tally(np.zeros(5))}, {})
    assert (lift.value, lift.relative, lift.low, lift.verdict) == (1.0, None, None, "cannot_tell")
