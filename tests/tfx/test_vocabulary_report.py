"""What the results say about vocabularies, hashes and ranges, against the rows of the shop (S6.18, S6.20)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from shared.results import Vocabulary, VocabularyEntry
from tests.tfx.shop import Shop, Trained, transformed
from trainer_image import spec, vocabulary_report
from trainer_image.vocabulary_report import vocabulary_table

SPLITS = ("train", "eval", "test")


@pytest.fixture(scope="module")
def entries(trained: Trained) -> dict[str, VocabularyEntry]:
    return {entry.name: entry for entry in trained.results.vocabularies}


def counts(shop: Shop, column: str) -> Counter:
    return Counter(str(row[column]) for row in shop.rows["train"] if row[column] is not None)


def test_every_input_that_is_looked_up_has_an_entry(entries: Mapping[str, Any]) -> None:
    assert {name: entry.kind for name, entry in entries.items()} == {
        **dict.fromkeys(("q_customer_id", "q_country", "c_product_id", "c_brand", "c_pack"), "vocabulary"),
        **{"c_hashed": "hash", "c_price_bucket": "bucket"},
        **dict.fromkeys(("q_bought_at_x_country", "c_brand_x_price"), "cross"),
    }


@pytest.mark.parametrize(
    ("name", "column", "most", "least"),
    [("q_customer_id", "customer_id", 10**9, 1), ("q_country", "country", 2, 3), ("c_brand", "brand", 10**9, 1)],
)
def test_a_vocabulary_is_told_by_its_rows(
    shop: Shop, entries: Mapping[str, Any], name: str, column: str, most: int, least: int
) -> None:
    entry, of_train = entries[name], counts(shop, column)
    frequent = [value for value, count in of_train.most_common() if count >= least]
    assert (entry.column, entry.distinct, entry.kept) == (column, len(of_train), min(most, len(frequent)))
    assert (entry.cut_by_frequency, entry.cut_by_size) == (len(of_train) - len(frequent), len(frequent) - entry.kept)
    assert [value.count for value in entry.most_frequent] == sorted(of_train.values(), reverse=True)[
        : min(20, entry.kept)
    ]
    known = {value.value for value in entry.most_frequent} if entry.kept <= 20 else set(of_train)
    for split in SPLITS:
        values = [row[column] for row in shop.rows[split]]
        outside = sum(value is not None and str(value) not in known for value in values)
        missing = sum(value is None for value in values)
        found = entry.out_of_vocabulary[split]
        assert (found.rows, found.share) == (outside, pytest.approx(outside / (len(values) - missing)))
        assert found.missing_share == pytest.approx(missing / len(values))


def test_the_state_of_a_vocabulary_is_that_of_its_test_rows(entries: Mapping[str, Any]) -> None:
    words = {"good": (0, 0.05), "fair": (0.05, 0.2 + 1e-9), "poor": (0.2, 1)}
    states = set()
    for entry in entries.values():
        if isinstance(entry, Vocabulary):
            low, high = words[entry.status]
            assert low <= entry.out_of_vocabulary["test"].share <= high
            assert (entry.remedy is None) == (entry.status == "good")
            states.add(entry.status)
    assert states >= {"good", "poor"}
    assert "max_size" in entries["q_country"].remedy  # of three countries two are kept
    assert "`" not in (entries["q_customer_id"].remedy or "")


def test_a_hashed_column_tells_its_collisions(shop: Shop, entries: Mapping[str, Any]) -> None:
    entry, distinct = entries["c_hashed"], len(counts(shop, "brand"))
    assert (entry.buckets, entry.distinct) == (9, distinct)
    assert entry.expected_collisions == pytest.approx(1 - (8 / 9) ** (distinct - 1))
    bucket = {}
    for row, index in zip(
        transformed(shop, "train")["id_product"], transformed(shop, "train")["c_hashed"], strict=True
    ):
        bucket[row] = index
    brands = {product["brand"]: bucket[product["product_id"].encode()] for product in shop.rows["catalogue"]}
    in_bucket = Counter(index for brand, index in brands.items() if brand is not None)
    assert entry.used == len(in_bucket)
    assert entry.measured_collisions == pytest.approx(sum(n for n in in_bucket.values() if n > 1) / distinct)


def test_ranges_tell_their_rows(shop: Shop, entries: Mapping[str, Any]) -> None:
    entry = entries["c_price_bucket"]
    prices = np.array([row["price"] for row in shop.rows["train"]], np.float64)
    assert entry.missing_share == pytest.approx(np.isnan(prices).mean())
    reached = np.searchsorted(entry.boundaries, prices[~np.isnan(prices)], side="right")
    assert entry.rows == np.bincount(reached, minlength=entry.ranges).tolist()
    assert entry.ranges == len(entry.rows) == len(entry.boundaries) + 1


def test_of_many_ranges_neighbours_are_told_together() -> None:
    item, learned = spec.Buckets("b", 11, 2), {"column": "price", "boundaries": [float(n) for n in range(1, 10)]}
    train = {"b": np.array([0, 1, 1, 4, 9, 9, 10]), "id_product": np.zeros(7)}
    found = vocabulary_report._bucketed(item, learned, train, most=4)
    assert (found.ranges, found.boundaries, found.rows) == (10, [3.0, 6.0, 9.0], [3, 1, 0, 2])
    assert found.missing_share == pytest.approx(1 / 7)


def test_entries_are_bounded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """S6.20"""
    monkeypatch.setattr(vocabulary_report, "VOCABULARY_LIMIT", 3)
    monkeypatch.setattr(vocabulary_report, "LISTED_VALUES", 12)
    tower = lambda *inputs: spec.Tower("query", inputs, [], None)  # noqa: E731
    table = [spec.Vocabulary(name, 1, 4) for name in ("q_customer_id", "c_product_id", "c_brand", "c_pack")]
    model = type("Model", (), {"query": tower(*table[:1]), "candidate": tower(*table[1:])})
    sizes = {item.name: shop.transform_output.vocabulary_size_by_name(item.name) for item in table}
    splits = type("Splits", (), {name: transformed(shop, name) for name in SPLITS})
    found = vocabulary_table(model, splits, shop.transform_output, sizes)
    assert [len(entry.most_frequent) for entry in found] == [4, 4, 4]
