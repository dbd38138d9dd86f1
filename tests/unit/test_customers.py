"""Reading the per-customer file: everything that is not one is refused with one sentence (S6.13)."""

from __future__ import annotations

import io
import pickle
import zipfile
from typing import Any

import numpy as np
import pytest

from shared.insights.comparing import customers as module
from shared.insights.comparing.customers import measure, read_customers, value

N = 5


def arrays(**changes: Any) -> dict[str, np.ndarray]:
    found = {
        "version": np.array(1),
        "customer": np.array([f"C{number}" for number in range(N)], np.bytes_),
        "population/all": np.ones(N, dtype=bool),
        "population/in_sample": np.arange(N) < 3,
        "population/warm": np.ones(N, dtype=bool),
        "pairs": np.array([1, 2, 4, 4, 1]),
        "rows": np.array([1, 2, 5, 4, 1]),
        "idcg": np.ones(N),
        "model/hits_at_10": np.array([1, 1, 1, 0, 0], np.uint8),
        "model/first_rank": np.array([1, 2, 5, 0, 0], np.uint16),
        "model/squared_error": np.arange(N) * 1.5,
        "popularity/hits_at_10": np.array([0, 0, 1, 0, 0], np.uint8),
    }
    return {name: array for name, array in {**found, **changes}.items() if array is not None}


def packed(**changes: Any) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays(**changes))
    return content.getvalue()


def test_sums_per_customer_give_the_metric() -> None:
    customers = read_customers(packed())
    numerator, denominator = measure(customers, "recall_at_10", "all")
    assert numerator.tolist() == [1, 0.5, 0.25, 0, 0]
    assert denominator.tolist() == [1] * N
    assert value("recall_at_10", numerator.sum(), denominator.sum()) == pytest.approx(0.35)
    assert measure(customers, "mrr", "all")[0].tolist() == [1, 0.5, 0.2, 0, 0]
    squares, rows = measure(customers, "rmse", "all")
    assert value("rmse", squares.sum(), rows.sum()) == pytest.approx((15 / 13) ** 0.5)


def test_customers_outside_the_population_count_nothing() -> None:
    numerator, denominator = measure(read_customers(packed()), "recall_at_10", "in_sample")
    assert numerator.tolist() == [1, 0.5, 0.25, 0, 0]
    assert denominator.tolist() == [1, 1, 1, 0, 0]


def test_a_metric_of_nobody_is_not_a_number() -> None:
    assert np.isnan(value("recall_at_10", 0.0, 0.0))


def test_baselines_are_read_when_they_are_asked_for() -> None:
    with pytest.raises(ValueError, match="popularity/hits_at_10"):
        measure(read_customers(packed()), "recall_at_10", "all", "popularity")
    both = read_customers(packed(), ("model", "popularity"))
    assert measure(both, "recall_at_10", "all", "popularity")[0].sum() == 0.25


@pytest.mark.parametrize(
    ("metric", "population", "words"),
    [
        ("coverage_at_10", "all", "no ratio of sums"),
        ("r2", "all", "no ratio of sums"),
        ("recall_at_10", "warm", "population `warm`"),
        ("recall_at_10", "cold_customer", "population `cold_customer`"),
        ("ndcg_at_10", "all", "model/dcg"),
    ],
)
def test_what_it_cannot_tell_is_refused(metric: str, population: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        measure(read_customers(packed()), metric, population)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": None},
        {"version": np.array(2)},
        {"version": np.array([1, 1])},
        {"customer": None},
        {"customer": np.arange(N)},
        {"customer": np.array([b"b", b"a", b"c", b"d", b"e"])},
        {"customer": np.array([b"a", b"a", b"c", b"d", b"e"])},
        {"population/all": None},
        {"population/all": np.ones(N)},
        {"rows": np.ones(N + 1)},
        {"rows": np.ones((N, 1))},
        {"idcg": np.array([1, 1, np.nan, 1, 1])},
        {"idcg": np.array([1, 1, np.inf, 1, 1])},
        {"pairs": np.array([b"1"] * N)},
        {"pairs": np.ones(N, dtype=complex)},
    ],
    ids=str,
)
def test_a_file_that_is_not_one_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="^The per-customer file is damaged: .*Start the experiment again"):
        read_customers(packed(**changes))


def test_every_damaged_byte_is_noticed_or_harmless() -> None:
    """Cut short anywhere, or with a byte turned: refused, or equal."""
    content = packed()
    whole = read_customers(content)
    for length in range(0, len(content), 37):
        with pytest.raises(ValueError, match="damaged"):
            read_customers(content[:length])
    for place in range(0, len(content), 11):
        turned = bytearray(content)
        turned[place] ^= 0xFF
        try:
            found = read_customers(bytes(turned))
        except ValueError as error:
            assert "damaged" in str(error)
            continue
        assert found.columns.keys() <= whole.columns.keys()
        for name, column in found.columns.items():
            np.testing.assert_array_equal(column, whole.columns[name])


class Planted:
    def __reduce__(self) -> tuple[Any, ...]:
        raise AssertionError("unpickled")


def test_pickles_are_never_read() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays().items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            archive.writestr(f"{name}.npy", buffer.getvalue())
        buffer = io.BytesIO()
        header = {"descr": "|O", "fortran_order": False, "shape": (N,)}
        np.lib.format.write_array_header_1_0(buffer, header)
        archive.writestr("model/dcg.npy", buffer.getvalue() + pickle.dumps([1] * N))
    with pytest.raises(ValueError, match="damaged"):
        read_customers(content.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    content = packed(rows=np.zeros(1_000_000))
    assert len(content) < 20_000
    monkeypatch.setattr(module, "LARGEST_BYTES", 1_000_000)
    with pytest.raises(ValueError, match="larger than 1,000,000 bytes"):
        read_customers(content)
