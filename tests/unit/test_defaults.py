"""Smart defaults: every row of S3.17, widths of S3.16, deterministic, valid, each with its reason."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from shared.analysis.figures import ColumnStatistics
from shared.columns import OutputColumn, SourceColumn, SourceTable, output_columns
from shared.defaults import SmartDefaults, embedding_width, smart_defaults
from shared.documents import Dataset
from shared.parsing import parse
from shared.problems import errors
from shared.validation import validate_features
from tests.unit import samples

TYPES = {
    "customer": "STRING", "product": "STRING", "bought_at": "TIMESTAMP", "basket": "STRING", "amount": "FLOAT64",
    "region": "STRING", "customer_type": "STRING", "category": "STRING", "subcategory": "STRING", "price": "FLOAT64",
    "weight": "FLOAT64", "sku_text": "STRING", "launched": "DATE", "opens": "TIME", "rare": "STRING", "same": "STRING",
    "typed_day": "STRING", "unread": "STRING",
}  # fmt: skip
DEPENDENCIES = {
    "region": "customer", "customer_type": "customer", "opens": "customer",
    "category": "product", "subcategory": "product", "price": "product", "weight": "product", "sku_text": "product",
    "launched": "product", "rare": "product", "same": "product", "typed_day": "product", "unread": "product",
}  # fmt: skip


def statistics(name: str, **more: Any) -> ColumnStatistics:
    return ColumnStatistics(**{"name": name, "type": TYPES[name], "count": 9_000, "nulls": 0, "distinct": 60, **more})


STATISTICS = {
    made.name: made
    for made in (
        statistics("customer", distinct=1_001),
        statistics("product", distinct=400_000),
        statistics("bought_at", distinct=5_000, hours=3),
        statistics("basket", distinct=3_000),
        statistics("amount", distinct=700, min=0.0, max=9.0),
        statistics("region", distinct=30),
        statistics("customer_type", distinct=4),
        statistics("category", distinct=12),
        statistics("subcategory", distinct=90),
        statistics("price", distinct=101, min=0.0, max=5e3, skewness=2.1),
        statistics("weight", distinct=100, min=-1.0, max=9.0, skewness=5.0),
        statistics("sku_text", distinct=60_000),
        statistics("launched"),
        statistics("opens"),
        statistics("rare", nulls=4_501),
        statistics("same", distinct=1),
        statistics("typed_day", top=(("2025-01-31", 3), ("2025-02-01", 2))),
    )
}
HISTORY = [{"name": "recent", "item": "product", "length": 20}, {"name": "regions", "item": "region"}]


def dataset(**changes: Any) -> Dataset:
    roles = {"customer_id": "customer", "product_id": "product", "event_time": "bought_at", "order_id": "basket"}
    document = {"tables": [{"table": "sales.purchases"}], "roles": roles, "filters": {}, "history": HISTORY}
    return parse("datasets", "shop", {**samples.raw(samples.DATASET), **document, **changes})


def columns(of: Dataset) -> list[OutputColumn]:
    table = SourceTable(tuple(SourceColumn(name, kind) for name, kind in TYPES.items()))
    return output_columns(of, {"purchases": table})


def propose(of: Dataset | None = None, **changes: Any) -> SmartDefaults:
    of = of or dataset()
    arguments = {"statistics": STATISTICS, "dependencies": DEPENDENCIES, **changes}
    return smart_defaults(of, columns(of), arguments.pop("statistics"), arguments.pop("dependencies"), **arguments)


def feature(proposed: SmartDefaults, tower: str, column: str) -> dict[str, Any]:
    return next(made for made in proposed.document[f"{tower}_features"] if made["column"] == column)


def reason(proposed: SmartDefaults, column: str) -> tuple[str | None, str, str]:
    (found,) = [reason for reason in proposed.reasons if reason.column == column]
    return found.tower, found.setting, found.reason


@pytest.mark.parametrize(
    ("values", "width"),
    [(0, 8), (49, 8), (50, 16), (499, 16), (500, 32), (4_999, 32), (5_000, 64), (49_999, 64), (50_000, 96),
     (499_999, 96), (500_000, 128), (10**9, 128)],
)  # fmt: skip
def test_widths_grow_with_the_values(values: int, width: int) -> None:
    """S3.16."""
    assert embedding_width(values) == width


def test_primary_ids_have_room_to_grow() -> None:
    proposed = propose()
    assert feature(proposed, "query", "customer") == {
        "kind": "category",
        "column": "customer",
        "is_primary_id": True,
        "vocabulary": {"max_size": 1_502, "min_frequency": 1, "oov_buckets": 1, "embedding_dim": 32},
    }
    assert feature(proposed, "candidate", "product")["vocabulary"]["max_size"] == 500_000


@pytest.mark.parametrize(
    ("tower", "column", "expected"),
    [
        ("query", "bought_at", {"kind": "time", "cycles": ["day_of_week", "month", "hour"]}),
        ("query", "region", {"kind": "category", "vocabulary": {"embedding_dim": 8}}),
        ("query", "opens", {"kind": "time", "cycles": ["hour"]}),
        ("query", "recent", {"kind": "history", "shared_with": "product", "max_length": 20}),
        ("candidate", "subcategory", {"kind": "category", "vocabulary": {"embedding_dim": 16}}),
        ("candidate", "sku_text", {"kind": "category", "hashing": {"buckets": 120_000, "embedding_dim": 96}}),
        (
            "candidate",
            "price",
            {
                "kind": "number",
                "scale": {"method": "zscore", "log": True},
                "bucketize": {"buckets": 20, "embedding_dim": 8},
            },
        ),
        ("candidate", "weight", {"kind": "number", "scale": {"method": "zscore"}}),
        ("candidate", "launched", {"kind": "time", "recency": True}),
    ],
)
def test_columns_go_by_what_determines_them_and_by_kind(tower: str, column: str, expected: dict[str, Any]) -> None:
    assert feature(propose(), tower, column) == {"column": column, **expected}


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ("amount", "it is not known before the purchase"),
        ("basket", "it is not known before the purchase"),
        ("rare", "50% of its values are missing"),
        ("same", "it has one value only"),
        ("regions", "it lists no products"),
        ("unread", "its values were not counted"),
        (
            "typed_day",
            "2 of its 2 most frequent values are written as times. "
            "Cast `typed_day` to DATE or DATETIME in a view of the table; as text it can only be a category.",
        ),
    ],
)
def test_columns_are_left_out_with_a_reason(column: str, why: str) -> None:
    assert reason(propose(), column) == (None, "left out", why)


def test_two_hours_of_the_day_make_no_cycle() -> None:
    known = {**STATISTICS, "bought_at": statistics("bought_at", hours=2)}
    assert feature(propose(statistics=known), "query", "bought_at")["cycles"] == ["day_of_week", "month"]


def test_without_an_event_time_there_is_no_history() -> None:
    of = dataset(roles={"customer_id": "customer", "product_id": "product"})
    assert reason(propose(of), "recent")[0] is None


def test_categories_that_belong_together_are_crossed() -> None:
    """S3.17: power of two of at least four times the pairs, from 64 to 100,000."""
    proposed = propose(pairs={("customer_type", "region"): 65, ("subcategory", "category"): 3})
    assert proposed.document["query_crosses"] == [
        {"features": ["customer_type", "region"], "hash_buckets": 512, "embedding_dim": 16}
    ]
    assert proposed.document["candidate_crosses"][0]["hash_buckets"] == 64
    assert propose().document["candidate_crosses"][0]["hash_buckets"] == 8_192  # at most 12 * 90 pairs
    many = {
        **STATISTICS,
        "region": statistics("region", distinct=999),
        "customer_type": statistics("customer_type", distinct=999),
    }
    assert propose(statistics=many).document["query_crosses"][0]["hash_buckets"] == 100_000


def test_categories_with_many_values_are_not_crossed() -> None:
    many = {**STATISTICS, "region": statistics("region", distinct=1_001)}
    assert propose(statistics=many).document["query_crosses"] == []


def test_every_column_has_exactly_one_reason() -> None:
    names = [reason.column for reason in propose().reasons if "×" not in reason.column]
    assert sorted(names) == sorted([*TYPES, "recent", "regions"])
    assert all(reason.reason and reason.setting for reason in propose().reasons)


def test_the_proposal_is_valid_and_always_the_same() -> None:
    """S3.17: the same format as any config; deterministic."""
    of = dataset()
    shuffled = columns(of)
    random.Random(3).shuffle(shuffled)
    backwards = dict(reversed(STATISTICS.items()))
    assert smart_defaults(of, shuffled, backwards, dict(reversed(DEPENDENCIES.items()))) == propose()
    document = json.loads(json.dumps(propose().to_dict()))["document"]
    written = {key: samples.FEATURE_CONFIG[key] for key in ("schema_version", "owner", "created_at", "updated_at")}
    config = parse("feature_configs", "smart", {**written, **document, "dataset": "shop"})
    assert errors(validate_features(config, of, columns(of), statistics=STATISTICS)) == []


def test_without_any_statistics_the_ids_alone_are_proposed() -> None:
    proposed = propose(statistics={})
    assert [made["column"] for made in proposed.document["candidate_features"]] == ["product"]
    assert feature(proposed, "query", "customer")["vocabulary"]["embedding_dim"] == 32
