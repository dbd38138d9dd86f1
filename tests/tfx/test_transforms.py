"""Building blocks of the Transform module against numpy and Python's calendar, inside a real TFT run (S3.4-S3.8)."""

from __future__ import annotations

import calendar
import math
from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from tests.tfx.shop import Shop, transformed
from trainer_image import transforms
from trainer_image.transforms import phase
from trainer_image.vocabularies import WriteVocabulary, count_batch, select

EPOCH = datetime(1970, 1, 1)
CYCLES = ("hour", "day_of_week", "day_of_month", "month", "quarter")


def calendar_phase(moment: datetime, cycle: str) -> float:
    day = (moment - moment.replace(hour=0, minute=0, second=0)).total_seconds() / 86_400
    in_month = (moment.day - 1 + day) / calendar.monthrange(moment.year, moment.month)[1]
    return {
        "hour": day,
        "day_of_week": (moment.weekday() + day) / 7,
        "day_of_month": in_month,
        "month": (moment.month - 1 + in_month) / 12,
        "quarter": ((moment.month - 1) % 3 + in_month) / 3,
    }[cycle]


@pytest.mark.parametrize("cycle", CYCLES)
def test_cycles_follow_the_calendar(cycle: str) -> None:
    """S3.7: 10,000 random instants from 1900 to 2100, and the edges of months and of leap years."""
    first, last = (int((datetime(year, 1, 1) - EPOCH).total_seconds()) for year in (1900, 2100))
    seconds = np.random.default_rng(17).integers(first, last, 10_000)
    edges = [datetime(year, month, 1) for year in (1900, 1970, 2000, 2023, 2024) for month in range(1, 13)]
    edge_seconds = [int((edge - EPOCH).total_seconds()) + offset for edge in edges for offset in (-1, 0, 1)]
    moments = np.concatenate([seconds, edge_seconds])
    expected = [calendar_phase(EPOCH + timedelta(seconds=int(second)), cycle) for second in moments]
    np.testing.assert_allclose(phase(tf.constant(moments, tf.int64), cycle), expected, atol=1e-9)


def test_an_unknown_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="fortnight"):
        phase(tf.constant([0], tf.int64), "fortnight")


def test_the_identity_of_a_row_passes_through(shop: Shop) -> None:
    for split, rows in shop.rows.items():
        columns = transformed(shop, split)
        assert columns["id_product"].tolist() == [row["product_id"].encode() for row in rows]
        assert columns["id_customer"].tolist() == [(row["customer_id"] or "").encode() for row in rows]
        assert columns["id_seconds"].tolist() == [row["bought_at"] or 0 for row in rows]


def test_a_vocabulary_is_ordered_by_count_and_then_backwards(shop: Shop) -> None:
    counts = Counter(row["brand"] or "__missing__" for row in shop.rows["train"])
    expected = [value for _, value in sorted(((count, value) for value, count in counts.items()), reverse=True)]
    index = {value: position for position, value in enumerate(expected)}
    assert [value.decode() for value in shop.transform_output.vocabulary_by_name("c_brand")] == expected
    columns = transformed(shop, "train")
    assert columns["c_brand"].tolist() == [index[row["brand"] or "__missing__"] for row in shop.rows["train"]]


def test_rare_and_surplus_values_and_unseen_ones_share_the_last_rows(shop: Shop) -> None:
    """`q_country` keeps the 2 most frequent values that occur 3 times, and has 3 buckets for the rest."""
    counts = Counter(row["country"] for row in shop.rows["train"])
    assert counts["XX"] < 3 <= min(count for value, count in counts.items() if value != "XX")
    kept = sorted(((count, value) for value, count in counts.items() if count >= 3), reverse=True)[:2]
    index = {value: position for position, (_, value) in enumerate(kept)}
    for split in ("train", "test"):
        got = transformed(shop, split)["q_country"]
        for value, row in zip(got, shop.rows[split], strict=True):
            assert value == index[row["country"]] if row["country"] in index else 2 <= value < 5


def test_an_integer_category_is_a_decimal_string(shop: Shop) -> None:
    assert shop.transform_output.vocabulary_by_name("c_pack") == [b"12", b"6", b"1"]


def test_a_z_score_is_of_the_train_split_and_zero_where_missing(shop: Shop) -> None:
    logs = np.array([math.log1p(row["price"]) for row in shop.rows["train"] if row["price"] is not None])
    for split in ("train", "test", "catalogue"):
        expected = [
            0.0 if row["price"] is None else (math.log1p(row["price"]) - logs.mean()) / logs.std()
            for row in shop.rows[split]
        ]
        np.testing.assert_allclose(transformed(shop, split)["c_price_num"], expected, atol=1e-4)


def test_a_constant_number_is_zero(shop: Shop) -> None:
    assert not transformed(shop, "train")["c_constant_num"].any()


def test_cycles_arrive_as_sine_and_cosine_and_as_zero_where_missing(shop: Shop) -> None:
    for split in ("train", "catalogue"):
        columns = transformed(shop, split)
        for position, row in enumerate(shop.rows[split]):
            sine, cosine = columns["q_bought_at_month_sin"][position], columns["q_bought_at_month_cos"][position]
            if row["bought_at"] is None:
                assert (sine, cosine) == (0, 0)
            else:
                angle = 2 * math.pi * calendar_phase(EPOCH + timedelta(seconds=row["bought_at"]), "month")
                assert (sine, cosine) == pytest.approx((math.sin(angle), math.cos(angle)), abs=1e-5)


def test_a_cross_hashes_its_members_in_alphabetical_order(shop: Shop) -> None:
    """`c_brand_x_price`: the brand and one of 4 train quantiles of the price, U+001F between them."""
    prices = np.sort([row["price"] for row in shop.rows["train"] if row["price"] is not None]).astype(np.float32)
    got = transformed(shop, "train")["c_brand_x_price"]
    agreed = 0
    for value, row in zip(got, shop.rows["train"], strict=True):
        share = np.searchsorted(prices, np.float32(row["price"] or 0), side="right") / len(prices)
        candidates = (
            ["__missing__"]
            if row["price"] is None
            else [str(int(q)) for q in {max(0, share - 0.02) * 4 // 1, min(0.999, share + 0.02) * 4 // 1}]
        )
        texts = ["\x1f".join([row["brand"] or "__missing__", bucket]) for bucket in candidates]
        hashes = tf.strings.to_hash_bucket_fast(texts, 100).numpy().tolist()
        assert value in hashes
        agreed += value == hashes[0]
    assert agreed > 0.9 * len(got)


def test_a_column_without_any_value_is_named() -> None:
    with pytest.raises(KeyError, match=r"\[QT:E_SCHEMA\] `colour` has no value"):
        transforms.text({}, "colour")


def test_nan_and_infinities_are_missing() -> None:
    column = tf.sparse.from_dense([[1.0], [math.nan], [math.inf], [2.0]])
    assert transforms._known_numbers({"x": column}, "x").values.numpy().tolist() == [1.0, 2.0]


def test_values_that_cannot_stand_in_the_file_are_left_out() -> None:
    counted = [(9, b""), (8, b"two\nlines"), (7, b"return\r"), (1, b"b"), (1, b"c"), (5, b"a")]
    assert select(counted, max_size=2, min_frequency=1) == [b"a", b"c"]


def test_a_batch_is_counted_and_every_vocabulary_gets_an_entry() -> None:
    counted = list(count_batch([np.array([b"x", b"y", b"x"]), np.array([], dtype=object)]))
    assert counted == [((0, b""), 0), ((0, b"x"), 2), ((0, b"y"), 1), ((1, b""), 0)]


def test_an_empty_vocabulary_is_explained(tmp_path: object) -> None:
    options = SimpleNamespace(min_frequency=5)
    write = WriteVocabulary([{"name": "q_a", "column": "a", "max_size": 9, **vars(options)}], str(tmp_path))
    with pytest.raises(
        ValueError, match=r"\[QT:E_VOCABULARY\] The vocabulary of `a` is empty: no value occurs 5 times"
    ):
        list(write.process((0, [(0, b""), (4, b"rare")])))
