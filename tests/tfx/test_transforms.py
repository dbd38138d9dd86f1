"""The generated Transform module against numpy and Python's calendar, inside a real TFT run (S3.4-S3.11, S11.3).

One module, learned once, holds every option; each test compares some outputs with the formulas of the domain on the
train rows, on rows that training never saw, and on edges: constant, empty, one value, all missing, extreme, unicode.
"""

from __future__ import annotations

import calendar
import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from shared.codegen import render_transform
from shared.documents import FeatureConfig, Roles
from shared.features import TOWERS, row_outputs, tower_outputs
from tests.tfx import transform_runs
from trainer_image import columns, cycles
from trainer_image.numbers import read_learned
from trainer_image.targets import TargetTransform, read_target
from trainer_image.vocabularies import WriteVocabulary, count_batch, read_counted, select, tell

EPOCH = datetime(1970, 1, 1)
CYCLES = ("hour", "day_of_week", "day_of_month", "month", "quarter")
DAY = 86_400
DTYPES = {
    "customer": tf.string,
    "product": tf.string,
    "brand": tf.string,
    "land": tf.string,
    "pack": tf.int64,
    "seen": tf.int64,
    "launched": tf.int64,
    "price": tf.float32,
    "stock": tf.int64,
    "constant": tf.float32,
    "one": tf.float32,
    "nothing": tf.float32,
    "never": tf.int64,
    "extreme": tf.float32,
    "amount": tf.float32,
    "recent": tf.string,
    "packs": tf.int64,
}
ROLES = Roles(customer_id="customer", product_id="product", event_time="seen")
WRITTEN: dict[str, Any] = {"owner": "ann", "created_at": datetime(2026, 1, 1, tzinfo=timezone.utc)}
WRITTEN["updated_at"] = WRITTEN["created_at"]


def category(column: str, **options: Any) -> dict[str, Any]:
    return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 4, **options}}


def number(column: str, name: str | None = None, **options: Any) -> dict[str, Any]:
    return {"kind": "number", "column": column, "name": name or column, **options}


BUCKETS = {"buckets": 7, "embedding_dim": 3}
CONFIG = FeatureConfig.model_validate(
    {
        **WRITTEN,
        "name": "Everything",
        "dataset": "shop",
        "query_features": [
            {**category("customer", oov_buckets=5), "is_primary_id": True},
            category("land", max_size=2, min_frequency=3, oov_buckets=3),
            {"kind": "category", "column": "land", "name": "hashed", "hashing": {"buckets": 50, "embedding_dim": 4}},
            {
                "kind": "time",
                "column": "seen",
                "cycles": list(CYCLES),
                "recency": True,
                "bucketize": BUCKETS,
                "missing_indicator": True,
            },
            {
                "kind": "time",
                "column": "launched",
                "bucketize": {"boundaries": [-300.0, -30.0, 0.0], "embedding_dim": 2},
            },
            {"kind": "time", "column": "never", "recency": True, "bucketize": BUCKETS},
            {"kind": "history", "column": "recent", "shared_with": "product", "max_length": 4},
            {"kind": "history", "column": "packs", "shared_with": "pack", "max_length": 2},
        ],
        "candidate_features": [
            {**category("product", oov_buckets=2), "is_primary_id": True},
            category("brand"),
            category("pack"),
            number("price", scale={}, bucketize=BUCKETS, missing_indicator=True),
            number("price", "logs", scale={"log": True}),
            number("price", "clipped", scale={"clip_percentiles": [5.0, 90.0], "log": True}),
            number("price", "unit", scale={"method": "minmax"}),
            number("price", "wide", scale={"method": "minmax", "range": [-2.0, 3.0], "clip_percentiles": [0.0, 50.0]}),
            number("price", "raw", scale={"method": "none"}),
            number("price", "edges", bucketize={"boundaries": [1.0, 5.0, 5.5], "embedding_dim": 2}),
            number("stock", scale={}, bucketize={"embedding_dim": 2}),
            number("constant", scale={}, bucketize=BUCKETS),
            number("constant", "flat", scale={"method": "minmax", "range": [-1.0, 3.0]}),
            number("one", scale={}, bucketize=BUCKETS),
            number("nothing", scale={}, bucketize=BUCKETS, missing_indicator=True),
            number("nothing", "void", scale={"method": "minmax"}),
            number("extreme", scale={}, bucketize=BUCKETS),
            number("extreme", "tamed", scale={"method": "minmax", "log": True}),
        ],
        "query_crosses": [
            {"features": ["seen", "land"], "hash_buckets": 90, "bucketize": {"seen": 3}},
        ],
        "candidate_crosses": [
            {"features": ["price", "brand", "pack"], "hash_buckets": 1_000},
            {"features": ["price", "brand"], "hash_buckets": 70, "bucketize": {"price": 4}},
        ],
        "target": {"column": "amount", "clip_percentiles": [2.0, 98.0], "log": True, "normalise": "zscore"},
    }
)
BRANDS = ("naïve", "漢字", "\N{RIGHT-TO-LEFT OVERRIDE}x", "tab\t", " ", "a", "\x1f", "'\"")


@dataclass(frozen=True)
class Run:
    """Rows and what the graph made of them: `train` it learned from, `new` it never saw."""

    graph: tft.TFTransformOutput
    rows: dict[str, list[dict[str, Any]]]
    got: dict[str, dict[str, np.ndarray]]

    def train(self, column: str) -> np.ndarray:
        """The known train values of a column, as the examples hold them."""
        return np.array([row[column] for row in self.rows["train"] if row[column] is not None], np.float64)

    def missing(self, split: str, column: str) -> np.ndarray:
        return np.array([row[column] is None or not np.isfinite(row[column]) for row in self.rows[split]])

    def values(self, split: str, column: str) -> np.ndarray:
        """Every row's value, float64; NaN where it is missing."""
        values = np.array([row[column] for row in self.rows[split]], np.float64)  # None becomes NaN
        return np.where(np.isfinite(values), values, np.nan)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("transform")
    random = np.random.default_rng(7)
    rows = {"train": [make_row(random) for _ in range(1_500)], "new": [new_row(random) for _ in range(300)]}
    rows["train"][0] |= {"one": 2.5, "land": "XX"}
    source = render_transform(CONFIG, [SimpleNamespace(name=name) for name in DTYPES], ROLES, with_target=True)
    graph = transform_runs.analyse(folder, source, DTYPES, rows["train"])
    return Run(graph, rows, {name: transform_runs.apply(graph, DTYPES, split) for name, split in rows.items()})


def make_row(random: np.random.Generator) -> dict[str, Any]:
    """A row with every kind of missing value; float columns hold exact float32."""
    price = None if random.random() < 0.1 else float(np.float32(random.normal(2, 5)))
    seen = int(random.integers(1_600_000_000, 1_700_000_000))
    return {
        "customer": f"C{random.integers(40)}",
        "product": f"P{random.integers(30)}",
        "brand": None if random.random() < 0.05 else BRANDS[random.integers(len(BRANDS))],
        "land": ("Norway", "Chile", "Kenya")[min(int(random.exponential(0.7)), 2)],
        "pack": (1, 6, 12, -3)[random.integers(4)],
        "seen": None if random.random() < 0.03 else seen,
        "launched": seen - int(random.integers(400 * DAY)),
        "price": price,
        "stock": int(random.integers(2**40, 2**41)),
        "constant": float(np.float32(0.1)),
        "one": None,
        "nothing": None,
        "never": None,
        "extreme": (2.0**127, -(2.0**127), 2.0**-126, 0.0, math.nan, math.inf)[random.integers(6)],
        "amount": float(np.float32(random.exponential(30))),
        "recent": [f"P{random.integers(33)}" for _ in range(random.integers(7))],
        "packs": [int(pack) for pack in random.choice([1, 6, 12, 99], random.integers(4))],
    }


def new_row(random: np.random.Generator) -> dict[str, Any]:
    """A row of later days, with values that training never saw."""
    row = make_row(random)
    later = {"seen": 1_750_000_000, "customer": f"new {random.integers(99)}", "price": 1e6, "brand": "unseen"}
    blank = dict.fromkeys(DTYPES) | {"product": "P1", "recent": [], "packs": []}
    return (row, row | later, row | {"price": -1e6, "amount": None}, blank)[random.integers(4)]


# ------------------------------------------------------------------------------------------------- categories


def indices(run: Run, column: str, max_size: int = 500_000, min_frequency: int = 1) -> dict[str, int]:
    counts = Counter(as_text(row[column]) for row in run.rows["train"])
    kept = sorted(((count, value.encode()) for value, count in counts.items() if count >= min_frequency), reverse=True)
    return {value.decode(): position for position, (_, value) in enumerate(kept[:max_size])}


def as_text(value: Any) -> str:
    return "__missing__" if value is None else str(value)


def check_vocabulary(got: list[int], values: list[str], index: dict[str, int], oov_buckets: int) -> int:
    """Number of values outside the vocabulary; equal ones share a bucket."""
    unseen: dict[str, int] = {}
    for value, position in zip(values, got, strict=True):
        if value in index:
            assert position == index[value]
        else:
            assert len(index) <= position < len(index) + oov_buckets
            assert unseen.setdefault(value, position) == position
    return len(unseen)


@pytest.mark.parametrize("split", ["train", "new"])
def test_a_vocabulary_is_ordered_by_count_and_then_backwards(run: Run, split: str) -> None:
    for column, output in (("brand", "c_brand"), ("pack", "c_pack"), ("product", "c_product")):
        values = [as_text(row[column]) for row in run.rows[split]]
        oov_buckets = 2 if column == "product" else 1
        check_vocabulary(run.got[split][output].tolist(), values, indices(run, column), oov_buckets)
    brands = run.graph.vocabulary_by_name("c_brand")
    assert [value.decode() for value in brands] == list(indices(run, "brand"))


def test_unseen_values_are_spread_over_the_out_of_vocabulary_buckets(run: Run) -> None:
    index = indices(run, "customer")
    values = [as_text(row["customer"]) for row in run.rows["new"]]
    got = run.got["new"]["q_customer"]
    assert check_vocabulary(got.tolist(), values, index, 5) > 20
    assert set(got[got >= len(index)]) == set(range(len(index), len(index) + 5))


def test_rare_and_surplus_values_are_cut(run: Run) -> None:
    """`q_land` keeps the 2 most frequent values that occur 3 times."""
    index = indices(run, "land", max_size=2, min_frequency=3)
    assert len(index) == 2 and "XX" in indices(run, "land")
    values = [as_text(row["land"]) for row in run.rows["train"]]
    assert check_vocabulary(run.got["train"]["q_land"].tolist(), values, index, 3) == 2


@pytest.mark.parametrize("split", ["train", "new"])
def test_hashing_is_the_fingerprint_of_the_text(run: Run, split: str) -> None:
    expected = tf.strings.to_hash_bucket_fast([as_text(row["land"]) for row in run.rows[split]], 50)
    np.testing.assert_array_equal(run.got[split]["q_hashed"], expected)


@pytest.mark.parametrize("split", ["train", "new"])
@pytest.mark.parametrize(
    ("output", "column", "partner", "length", "oov_buckets"),
    [("q_recent", "recent", "product", 4, 2), ("q_packs", "packs", "pack", 2, 1)],
)
def test_a_history_has_the_newest_items_and_its_own_padding(
    run: Run, split: str, output: str, column: str, partner: str, length: int, oov_buckets: int
) -> None:
    """S3.9: indices of the partner's vocabulary, cut to `max_length`, padded with P = V + oov_buckets."""
    index = indices(run, partner)
    padding = len(index) + oov_buckets
    got = run.got[split][output]
    assert got.shape == (len(run.rows[split]), length)
    for row, items in zip(run.rows[split], got.tolist(), strict=True):
        expected = [str(item) for item in row[column]][:length]
        check_vocabulary(items[: len(expected)], expected, index, oov_buckets)
        assert items[len(expected) :] == [padding] * (length - len(expected))
    assert any((items == padding).all() for items in got)


# ---------------------------------------------------------------------------------------------------- numbers


def boundaries_of(known: np.ndarray, buckets: int) -> np.ndarray:
    """The smallest value that i of `buckets` equal parts of the rows do not exceed, for each i, in integers."""
    return np.sort(known)[[-(-i * len(known) // buckets) - 1 for i in range(1, buckets)]]


def clipped(y: np.ndarray, known: np.ndarray, percentiles: list[float] | None) -> np.ndarray:
    if percentiles is None:
        return y
    return np.clip(y, *np.quantile(known, np.array(percentiles) / 100, method="inverted_cdf"))


def signed_log(y: np.ndarray) -> np.ndarray:
    return np.sign(y) * np.log1p(np.abs(y))


@pytest.mark.parametrize("split", ["train", "new"])
@pytest.mark.parametrize(
    "feature", [f for f in CONFIG.candidate_features if getattr(f, "scale", None)], ids=lambda f: f.name
)
def test_scaled_numbers(run: Run, split: str, feature: Any) -> None:
    """S3.4: clip, then log, then scale by what the train split holds; S3.6: the train mean where missing."""
    known, x = run.train(feature.column), run.values(split, feature.column)
    known = known[np.isfinite(known)]
    scale = feature.scale
    if not len(known):
        np.testing.assert_array_equal(run.got[split][f"c_{feature.name}_num"], 0.5 if scale.method == "minmax" else 0)
        return
    x, y = clipped(x, known, scale.clip_percentiles), clipped(known, known, scale.clip_percentiles)
    if scale.log:
        x, y = signed_log(x), signed_log(y)
    x = np.where(np.isnan(x), y.mean(), x)
    if scale.method == "zscore":
        x = (x - y.mean()) / y.std() if y.max() > y.min() else np.zeros_like(x)
    if scale.method == "minmax":
        low, high = scale.range or (0, 1)
        share = (x - y.min()) / (y.max() - y.min()) if y.max() > y.min() else np.full_like(x, 0.5)
        x = np.clip(low + (high - low) * share, low, high)
    got = run.got[split][f"c_{feature.name}_num"]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, x, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("split", ["train", "new"])
@pytest.mark.parametrize("column", ["price", "stock", "constant", "one", "nothing", "extreme"])
def test_buckets_by_quantiles(run: Run, split: str, column: str) -> None:
    """S3.4: number of boundaries that the raw value reaches; missing values have the last bucket."""
    buckets = 20 if column == "stock" else 7
    known = run.train(column)
    known = known[np.isfinite(known)]
    got, missing = run.got[split][f"c_{column}_bucket"], run.missing(split, column)
    assert set(got[missing]) <= {buckets}
    if len(known):
        boundaries = boundaries_of(known, buckets)
        expected = np.searchsorted(boundaries, run.values(split, column), side="right")
        np.testing.assert_array_equal(got[~missing], expected[~missing])
    if (column, split) == ("price", "train"):
        assert np.ptp(np.bincount(got[~missing])) <= 2  # equal parts


@pytest.mark.parametrize("split", ["train", "new"])
def test_buckets_by_boundaries(run: Run, split: str) -> None:
    x = run.values(split, "price")
    expected = np.where(np.isnan(x), 4, np.searchsorted([1.0, 5.0, 5.5], x, side="right"))
    np.testing.assert_array_equal(run.got[split]["c_edges_bucket"], expected)
    assert set(expected) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("split", ["train", "new"])
def test_missing_indicators(run: Run, split: str) -> None:
    for output, column in (("c_price", "price"), ("c_nothing", "nothing"), ("q_seen", "seen")):
        np.testing.assert_array_equal(run.got[split][f"{output}_missing"], run.missing(split, column))


# ------------------------------------------------------------------------------------------------------- times


def calendar_phase(moment: datetime, cycle: str) -> float:
    day = (moment - moment.replace(hour=0, minute=0, second=0)).total_seconds() / DAY
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
    np.testing.assert_allclose(cycles.phase(tf.constant(moments, tf.int64), cycle), expected, atol=1e-9)


def test_an_unknown_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="fortnight"):
        cycles.phase(tf.constant([0], tf.int64), "fortnight")


@pytest.mark.parametrize("split", ["train", "new"])
@pytest.mark.parametrize("cycle", CYCLES)
def test_cycles_arrive_as_sine_and_cosine_and_as_zero_where_missing(run: Run, split: str, cycle: str) -> None:
    moments = [row["seen"] for row in run.rows[split]]
    angles = [
        math.nan if moment is None else 2 * math.pi * calendar_phase(EPOCH + timedelta(seconds=moment), cycle)
        for moment in moments
    ]
    for wave, function in (("sin", np.sin), ("cos", np.cos)):
        expected = np.nan_to_num(function(angles))
        np.testing.assert_allclose(run.got[split][f"q_seen_{cycle}_{wave}"], expected, atol=1e-5)


def days(run: Run, split: str, column: str) -> np.ndarray:
    """Days since midnight of the newest train day."""
    reference = run.train(column).max() // DAY * DAY
    return (run.values(split, column) - reference) / DAY


@pytest.mark.parametrize("split", ["train", "new"])
def test_recency_is_a_z_score_limited_to_the_train_range(run: Run, split: str) -> None:
    train = days(run, "train", "seen")
    train = train[~np.isnan(train)]
    assert 0 <= train.max() < 1
    limited = np.clip(days(run, split, "seen"), train.min(), train.max())
    expected = np.nan_to_num((limited - train.mean()) / train.std())
    np.testing.assert_allclose(run.got[split]["q_seen_recency"], expected, rtol=1e-5, atol=1e-6)
    assert not run.got[split]["q_never_recency"].any()
    assert set(run.got[split]["q_never_bucket"]) == {7}


@pytest.mark.parametrize("split", ["train", "new"])
def test_times_are_bucketized_by_days_since_the_newest_train_day(run: Run, split: str) -> None:
    x = days(run, split, "launched")
    expected = np.where(np.isnan(x), 4, np.searchsorted([-300, -30, 0], x, side="right"))
    np.testing.assert_array_equal(run.got[split]["q_launched_bucket"], expected)
    known, x = run.train("seen"), run.values(split, "seen")
    boundaries = boundaries_of(known, 7)
    expected = np.where(np.isnan(x), 7, np.searchsorted(boundaries, x, side="right"))
    np.testing.assert_array_equal(run.got[split]["q_seen_bucket"], expected)


# ----------------------------------------------------------------------------------------------------- crosses


def member(run: Run, split: str, column: str, buckets: int) -> list[str]:
    known, x = run.train(column), run.values(split, column)
    boundaries = boundaries_of(known, buckets)
    index = np.searchsorted(boundaries, x, side="right")
    return ["__missing__" if np.isnan(value) else str(place) for value, place in zip(x, index, strict=True)]


@pytest.mark.parametrize("split", ["train", "new"])
def test_a_cross_hashes_its_members_in_alphabetical_order(run: Run, split: str) -> None:
    """S3.8: joined with U+001F; numbers and times by their train quantile, 10 where nothing else is said."""
    brands, lands, packs = ([as_text(row[column]) for row in run.rows[split]] for column in ("brand", "land", "pack"))
    for output, buckets, members in (
        ("c_brand_x_price", 70, (brands, member(run, split, "price", 4))),
        ("c_brand_x_pack_x_price", 1_000, (brands, packs, member(run, split, "price", 10))),
        ("q_land_x_seen", 90, (lands, member(run, split, "seen", 3))),
    ):
        texts = ["\x1f".join(parts) for parts in zip(*members, strict=True)]
        np.testing.assert_array_equal(run.got[split][output], tf.strings.to_hash_bucket_fast(texts, buckets), output)


# ---------------------------------------------------------------------------------------- identity and targets


@pytest.mark.parametrize("split", ["train", "new"])
def test_the_identity_of_a_row_passes_through(run: Run, split: str) -> None:
    got, rows = run.got[split], run.rows[split]
    assert got["id_product"].tolist() == [row["product"].encode() for row in rows]
    assert got["id_customer"].tolist() == [(row["customer"] or "").encode() for row in rows]
    assert got["id_seconds"].tolist() == [row["seen"] or 0 for row in rows]


def test_the_module_writes_what_the_config_promises_and_nothing_else(run: Run) -> None:
    """S3.13: names, types and lengths of `shared.features`."""
    promised = {output.name: output for tower in TOWERS for output in tower_outputs(CONFIG, tower)}
    assert set(run.got["new"]) == {*promised, *row_outputs(ROLES), "target", "id_target"}
    for name, output in promised.items():
        got = run.got["train"][name]
        assert got.dtype == (np.int64 if output.dtype == "int64" else np.float32)
        assert got.shape[1:] == (() if output.length is None else (output.length,))
        assert output.rows is None or got.max() < output.rows


def test_a_target_comes_back(run: Run) -> None:
    """S3.11: by the very numbers of the graph, to 1e-5 inside the clip range."""
    y = run.values("train", "amount")
    low, high = np.quantile(y, [0.02, 0.98], method="inverted_cdf")
    logs = np.log1p(np.clip(y, low, high))
    transform = read_target(run.graph)
    assert (transform.column, transform.clip, transform.log, transform.normalise) == (
        "amount",
        (low, high),
        True,
        "zscore",
    )
    for split in ("train", "new"):
        y, got = run.values(split, "amount"), run.got[split]
        np.testing.assert_array_equal(got["id_target"], y.astype(np.float32))
        expected = (np.log1p(np.clip(y, low, high)) - logs.mean()) / logs.std()
        np.testing.assert_allclose(got["target"], expected, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(got["target"], transform.forward(y), rtol=1e-6, atol=1e-6)
        inside = (low <= y) & (y <= high)
        assert inside.sum() > 100
        np.testing.assert_allclose(transform.inverse(got["target"][inside]), y[inside], rtol=1e-5)
        np.testing.assert_allclose(transform.inverse_tensor(got["target"][inside]), y[inside], rtol=1e-5)


class Exported(tf.Module):
    """Transform and the way back of its target, as a served model holds them."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.layer = run.graph.transform_features_layer()
        self.transform = read_target(run.graph)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "amount")])
    def there_and_back(self, amount: tf.Tensor) -> tf.Tensor:
        count = tf.shape(amount, tf.int64)[0]
        rows = tf.stack([tf.range(count), tf.zeros(count, tf.int64)], axis=1)
        nothing = {
            name: tf.SparseTensor(tf.zeros([0, 2], tf.int64), tf.zeros([0], dtype), tf.stack([count, 0]))
            for name, dtype in DTYPES.items()
        }
        known = tf.SparseTensor(rows, amount, tf.stack([count, 1]))
        return self.transform.inverse_tensor(self.layer({**nothing, "amount": known})["target"])


def test_an_exported_model_undoes_its_target_and_needs_no_other_file(run: Run, tmp_path: Path) -> None:
    """S3.11: `inverse(forward(y)) = y` to 1e-5 inside the clip range, in a new home without the transform graph."""
    tf.saved_model.save(Exported(run), str(tmp_path / "here"))
    source = Path(run.graph.transform_savedmodel_dir)
    (tmp_path / "here").rename(tmp_path / "there")
    source.rename(tmp_path / "hidden")
    try:
        served = tf.saved_model.load(str(tmp_path / "there"))
        low, high = read_back(served, [-1e9, 1e9])
        y = np.linspace(low, high, 1_000).astype(np.float32)
        np.testing.assert_allclose(read_back(served, y), y, rtol=1e-5)
    finally:
        (tmp_path / "hidden").rename(source)
    assert (low, high) == pytest.approx(read_target(run.graph).clip, rel=1e-5)


def read_back(served: Any, amounts: Any) -> np.ndarray:
    return served.there_and_back(tf.constant(amounts, tf.float32)).numpy()


@pytest.mark.parametrize("normalise", ["none", "zscore", "minmax"])
@pytest.mark.parametrize("log", [False, True])
def test_the_inverse_undoes_every_kind_of_target(normalise: str, log: bool) -> None:
    a, b = (0.0, 1.0) if normalise == "none" else (1.25, 0.7)
    transform = TargetTransform("y", None, log, normalise, a, b)
    y = np.random.default_rng(3).exponential(100, 1_000)
    np.testing.assert_allclose(transform.inverse(transform.forward(y)), y, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(transform.inverse_tensor(transform.forward(y)), y, rtol=1e-6)
    clipping = TargetTransform("y", (10.0, 50.0), log, normalise, a, b)
    np.testing.assert_allclose(clipping.inverse(clipping.forward(y)), np.clip(y, 10, 50), rtol=1e-12)


def test_what_was_learned_can_be_read(run: Run) -> None:
    """S6.18: boundaries of buckets, members of crosses included, with the options they come from."""
    learned = read_learned(run.graph)
    boundaries = boundaries_of(run.train("price"), 4).tolist()
    assert learned["c_brand_x_price price"] == {
        "column": "price",
        "quantiles": 4,
        "origin": 0,
        "boundaries": boundaries,
    }
    assert learned["c_edges_bucket"]["boundaries"] == [1.0, 5.0, 5.5]
    assert learned["c_raw_num"]["mean"] == pytest.approx(run.train("price").mean())
    assert "lower" not in learned["c_raw_num"] and learned["c_clipped_num"]["lower"] < learned["c_clipped_num"]["upper"]


# -------------------------------------------------------------------------------------------------- the parts


def test_a_column_without_any_value_is_named() -> None:
    with pytest.raises(KeyError, match=r"\[QT:E_SCHEMA\] `colour` has no value"):
        columns.text({}, "colour")


@pytest.mark.parametrize(("column", "output", "most", "least"), [("land", "q_land", 2, 3), ("brand", "c_brand", 9, 1)])
def test_the_graph_tells_what_was_counted_and_cut(run: Run, column: str, output: str, most: int, least: int) -> None:
    """S6.18"""
    counts = Counter(row[column] for row in run.rows["train"] if row[column] is not None)
    frequent = {value: count for value, count in counts.items() if count >= least}
    told = read_counted(run.graph)[output]
    assert (told["distinct"], told["rows"]) == (len(counts), sum(counts.values()))
    assert told["missing"] == len(run.rows["train"]) - sum(counts.values())
    assert told["kept"] == min(len(frequent), most)
    assert (told["cut_by_frequency"], told["cut_by_size"]) == (
        len(counts) - len(frequent),
        len(frequent) - told["kept"],
    )
    assert {value: count for value, count in told["most_frequent"]}.items() <= counts.items()
    assert [count for _, count in told["most_frequent"]] == sorted(frequent.values(), reverse=True)[: told["kept"]]
    assert told["rarest_kept"] == told["most_frequent"][::-1]


def test_the_graph_tells_how_many_hashed_values_share_a_bucket(run: Run) -> None:
    """S6.18: by the buckets that the graph itself gives them."""
    told, of_rows = read_counted(run.graph)["q_hashed"], run.got["train"]["q_hashed"]
    bucket = {row["land"]: found for row, found in zip(run.rows["train"], of_rows.tolist(), strict=True)}
    shared = Counter(bucket.values())
    assert (told["distinct"], told["used"]) == (len(bucket), len(shared))
    assert told["colliding"] == sum(count for count in shared.values() if count > 1)
    crowded = tell([(1, b"%d" % number) for number in range(100)], {"name": "q", "column": "a", "hash_buckets": 10})
    assert (crowded["used"], crowded["colliding"]) == (10, 99)  # one bucket of ten holds a single value


def test_long_values_are_shortened_and_rubbish_is_shown() -> None:
    counted = [(3, b"x" * 100), (2, b"\xff"), (4, b"__missing__"), (1, b"rare")]
    told = tell(counted, {"name": "q", "column": "a", "max_size": 9, "min_frequency": 2, "oov_buckets": 1})
    assert told["most_frequent"] == [["x" * 39 + "…", 3], ["\N{REPLACEMENT CHARACTER}", 2]]
    assert (told["distinct"], told["kept"], told["cut_by_frequency"], told["missing"]) == (3, 2, 1, 4)


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
