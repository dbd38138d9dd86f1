"""Sketches of numbers, and what is learned from them, without Beam (S3.4: quantiles to 1e-3 of the rows)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trainer_image.errors import RunFailed
from trainer_image.numbers import CombineSketches, learn
from trainer_image.sketch import LIMIT, Sketch, mean_and_std, merge, quantiles, sketch_of

SHARES = np.linspace(0, 1, 501)


def in_batches(values: np.ndarray, workers: int = 3) -> Sketch:
    """As Beam combines them: batches into accumulators, accumulators into one."""
    combine = CombineSketches(1)
    accumulators = []
    for part in np.array_split(values, workers):
        accumulator = combine.create_accumulator()
        for batch in np.array_split(part, max(1, len(part) // 5_000)):
            accumulator = combine.add_input(accumulator, [batch])
        accumulators.append(combine.compact(accumulator))
    return combine.extract_output(combine.merge_accumulators(accumulators))[0]


ORDERS = {
    "shuffled": lambda values: np.random.default_rng(1).permutation(values),
    "ascending": np.sort,
    "descending": lambda values: np.sort(values)[::-1],
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", ["normal", "heavy tail", "few values"])
def test_many_values_keep_their_ranks_mean_and_spread(order: str, shape: str) -> None:
    random = np.random.default_rng(3)
    values = {
        "normal": lambda: random.normal(5, 2, 600_000),
        "heavy tail": lambda: random.pareto(1.5, 600_000),
        "few values": lambda: np.round(random.normal(0, 3, 600_000)),
    }[shape]()
    sketch = in_batches(ORDERS[order](values))
    assert len(sketch[0]) <= LIMIT and sketch[1].sum() == len(values)
    found, ordered = quantiles(sketch, SHARES), np.sort(values)
    low, high = (np.searchsorted(ordered, found, side) / len(values) for side in ("left", "right"))
    off = np.maximum(0, np.maximum(low - SHARES, SHARES - high))
    assert off.max() < 1e-4
    mean, std = mean_and_std(*sketch)
    assert (mean, std) == pytest.approx((values.mean(), values.std()), rel=1e-5)


@pytest.mark.parametrize("size", [1, 2, 3, 20, 1_000])
def test_few_values_are_exact(size: int) -> None:
    values = np.random.default_rng(size).integers(0, 50, size).astype(float)
    sketch = in_batches(values, workers=2)
    for share in (0.0, 0.05, 0.5, 0.9, 1.0):
        expected = np.sort(values)[max(0, math.ceil(round(share * size, 9)) - 1)]
        assert quantiles(sketch, [share]) == expected
    assert mean_and_std(*sketch) == pytest.approx((values.mean(), values.std()), rel=1e-12, abs=1e-12)


def test_nothing_and_missing_values_make_an_empty_sketch() -> None:
    assert not len(merge([])[0])
    assert not len(in_batches(np.full(10, np.nan))[0])


def test_a_constant_has_no_deviation_at_all() -> None:
    assert mean_and_std(*merge([sketch_of(np.full(7, 0.1))] * 3)) == (0.1, 0.0)


def test_equal_values_stay_themselves() -> None:
    """0.1 + 0.1 + 0.1 is not 3 * 0.1: a mean must not move a value off its bucket's boundary."""
    many = np.repeat(np.linspace(0.1, 0.9, 9), 10_000)
    assert merge([sketch_of(many)])[0].tolist() == np.linspace(0.1, 0.9, 9).tolist()


@pytest.mark.parametrize("values", [[], [4.0, 4.0]])
def test_a_target_without_variety_fails_the_run(values: list[float]) -> None:
    """S3.11."""
    with pytest.raises(RunFailed, match=r"\[QT:E_TARGET_CONSTANT\] The target `amount` has one value"):
        learn("target", merge([sketch_of(np.array(values))]), {"column": "amount", "log": False, "normalise": "none"})


@pytest.mark.parametrize(
    ("values", "options"), [([*[0.0] * 19, 5.0], {"clip_percentiles": [0, 90]}), ([0.0, -1.0, -2.0], {"log": True})]
)
def test_a_target_that_its_transform_makes_constant_fails_the_run(values: list[float], options: dict) -> None:
    """S3.11: else its deviation is 0, and every transformed target is not a number."""
    sketch, entry = merge([sketch_of(np.array(values))]), {"column": "amount", "log": False, "normalise": "zscore"}
    with pytest.raises(RunFailed, match=r"\[QT:E_TARGET_CONSTANT\] .* after clipping and logarithm"):
        learn("target", sketch, {**entry, **options})
    assert learn("target", sketch, entry)[4] > 0  # its deviation
