"""Outputs, widths, partners and the digest of a feature config (S3.1, S3.4, S3.13, S3.14)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from shared.features import (
    TOWERS,
    Dimension,
    FeatureOutput,
    candidate_columns,
    columns_needed,
    cross_output,
    dimensions,
    duplicate_outputs,
    feature_digest,
    outputs,
    partner,
    primary_id,
    query_columns,
    row_outputs,
    tower_outputs,
    tower_width,
)
from tests.unit.codegen_configs import (
    OPTION_CHANGES,
    ROLES,
    category,
    cross,
    feature_config,
    full_config,
    random_config,
)

KINDS: list[tuple[dict[str, Any], list[FeatureOutput]]] = [
    (category("a", 6), [FeatureOutput("q_a", "int64", 6)]),
    (
        {"kind": "category", "column": "a", "hashing": {"buckets": 9, "embedding_dim": 3}},
        [FeatureOutput("q_a", "int64", 3, rows=9)],
    ),
    ({"kind": "number", "column": "a", "name": "b", "scale": {}}, [FeatureOutput("q_b_num", "float", 1)]),
    (
        {"kind": "number", "column": "a", "bucketize": {"embedding_dim": 4}},
        [FeatureOutput("q_a_bucket", "int64", 4, rows=21)],
    ),
    (
        {"kind": "number", "column": "a", "scale": {}, "bucketize": {"boundaries": [0.0, 1.0], "embedding_dim": 4}},
        [FeatureOutput("q_a_num", "float", 1), FeatureOutput("q_a_bucket", "int64", 4, rows=4)],
    ),
    ({"kind": "number", "column": "a", "missing_indicator": True}, [FeatureOutput("q_a_missing", "float", 1)]),
    (
        {
            "kind": "time",
            "column": "a",
            "cycles": ["hour"],
            "recency": True,
            "bucketize": {"buckets": 3, "embedding_dim": 2},
            "missing_indicator": True,
        },
        [
            FeatureOutput("q_a_hour_sin", "float", 1),
            FeatureOutput("q_a_hour_cos", "float", 1),
            FeatureOutput("q_a_recency", "float", 1),
            FeatureOutput("q_a_bucket", "int64", 2, rows=4),
            FeatureOutput("q_a_missing", "float", 1),
        ],
    ),
    (
        {"kind": "history", "column": "a", "shared_with": "product_id", "max_length": 7},
        [FeatureOutput("q_a", "int64", 32, length=7)],
    ),
    ({"kind": "history", "column": "a", "shared_with": "nothing"}, []),
    ({"kind": "number", "column": "a"}, []),
    ({"kind": "category", "column": "a"}, []),
]


@pytest.mark.parametrize(("feature", "expected"), KINDS)
def test_each_option_has_its_outputs_and_widths(feature: dict[str, Any], expected: list[FeatureOutput]) -> None:
    config = feature_config(query_features=[feature], query_crosses=[])
    assert outputs(config.query_features[0], "query", config) == expected


def test_the_outputs_of_a_tower_are_in_the_order_of_the_document_and_crosses_come_last() -> None:
    assert [output.name for output in tower_outputs(feature_config(), "query")] == [
        "q_customer_id",
        "q_country",
        "q_bought_at_day_of_week_sin",
        "q_bought_at_day_of_week_cos",
        "q_bought_at_month_sin",
        "q_bought_at_month_cos",
        "q_bought_at_x_country",
    ]


def test_the_width_of_a_tower_is_the_sum_over_its_outputs() -> None:
    assert tower_width(feature_config(), "query") == 32 + 4 + 4 + 16
    assert tower_width(feature_config(), "candidate") == 32 + 8 + 1 + 6


@pytest.mark.parametrize("seed", range(50))
def test_the_breakdown_adds_up_to_the_tower(seed: int) -> None:
    """S3.14, for random configs with every kind of feature."""
    config = random_config(random.Random(seed))
    for tower in TOWERS:
        rows = dimensions(config, tower)
        assert [row.output for row in rows] == [output.name for output in tower_outputs(config, tower)]
        assert sum(row.width for row in rows) == tower_width(config, tower)
        assert sum(row.share for row in rows) == pytest.approx(1)


def test_a_cross_is_shown_by_its_members() -> None:
    assert dimensions(feature_config(), "candidate")[-1] == Dimension("brand × price", "c_brand_x_price", 6, 6 / 47)


def test_a_name_replaces_the_column_in_outputs_but_not_among_the_columns_needed() -> None:
    config = feature_config(
        candidate_features=[category("product_id", name="item", is_primary_id=True)], candidate_crosses=[]
    )
    assert outputs(config.candidate_features[0], "candidate", config) == [FeatureOutput("c_item", "int64", 8)]
    assert candidate_columns(config) == {"product_id"}


def test_columns_needed_are_those_of_both_towers_and_of_the_target_when_it_is_used() -> None:
    config = feature_config(target={"column": "amount"})
    both = {"customer_id", "country", "bought_at", "product_id", "brand", "price"}
    assert columns_needed(config, with_target=False) == both
    assert columns_needed(config, with_target=True) == {*both, "amount"}
    assert columns_needed(feature_config(), with_target=True) == both
    assert candidate_columns(config) == {"product_id", "brand", "price"}
    assert query_columns(config) == {"customer_id", "country", "bought_at"}


def test_the_identity_of_a_row_has_one_output_for_each_role() -> None:
    assert list(row_outputs(ROLES)) == ["id_customer", "id_product", "id_order", "id_seconds"]
    without = ROLES.model_copy(update={"order_id": None, "event_time": None})
    assert row_outputs(without) == {"id_customer": "customer_id", "id_product": "product_id"}


def test_a_history_shares_a_vocabulary_of_the_candidate_tower_first() -> None:
    history = {"kind": "history", "column": "recent", "shared_with": "both"}
    query = [category("customer_id", is_primary_id=True), category("x", 4, name="both"), history]
    config = feature_config(query_features=query, query_crosses=[])
    assert partner(config, config.query_features[2])[0] == "query"
    candidate = [*feature_config().model_dump()["candidate_features"], category("y", 9, name="both")]
    config = feature_config(query_features=query, candidate_features=candidate, query_crosses=[])
    tower, feature = partner(config, config.query_features[2])
    assert (tower, feature.column) == ("candidate", "y")
    assert outputs(config.query_features[2], "query", config)[0].width == 9


def test_a_hashed_category_is_nobodys_partner() -> None:
    hashed = {"kind": "category", "column": "x", "hashing": {"buckets": 10, "embedding_dim": 4}}
    history = {"kind": "history", "column": "recent", "shared_with": "x"}
    config = feature_config(query_features=[hashed, history], query_crosses=[])
    assert partner(config, config.query_features[1]) is None


def test_a_cross_is_the_same_in_all_orders() -> None:
    assert cross_output(cross("b", "a"), "query") == cross_output(cross("a", "b"), "query")
    assert cross_output(cross("c", "a", "b"), "query").name == "q_a_x_b_x_c"


def test_two_features_that_write_one_output_are_found() -> None:
    number = {"kind": "number", "column": "price", "scale": {}}
    config = feature_config(
        candidate_features=[category("product_id", is_primary_id=True), number, category("Price_num")],
        candidate_crosses=[],
    )
    assert duplicate_outputs(feature_config()) == []
    assert duplicate_outputs(config) == ["c_Price_num", "c_price_num"]


@pytest.mark.parametrize(("tower", "column"), [("query", "customer_id"), ("candidate", "product_id")])
def test_the_primary_id_is_the_marked_feature(tower: str, column: str) -> None:
    assert primary_id(feature_config(), tower).column == column


def test_a_tower_may_have_no_primary_id() -> None:
    assert primary_id(feature_config(query_features=[category("country")], query_crosses=[]), "query") is None


# ------------------------------------------------------------------------------------------------------ digest


def test_names_descriptions_and_times_never_enter_the_digest() -> None:
    """S0.7."""
    before = feature_digest(full_config())
    assert feature_digest(full_config(name="Other", description="New", owner="bob")) == before
    assert len(before) == 16


def test_a_name_that_says_what_is_so_anyway_changes_nothing() -> None:
    spelled = feature_config().model_dump()["query_features"]
    for feature in spelled:
        feature["name"] = feature["column"]
    crosses = [{"features": ["bought_at", "country"], "hash_buckets": 200, "bucketize": {"bought_at": 4}}]
    same = feature_config(query_features=spelled, query_crosses=crosses)
    assert feature_digest(same) == feature_digest(feature_config())


def test_a_written_default_changes_nothing() -> None:
    """S3.1: the range of minmax and the quantiles of a cross, which are filled in where they are used."""
    price = {"kind": "number", "column": "price", "scale": {"method": "minmax"}}
    written = {**price, "scale": {"method": "minmax", "range": [0.0, 1.0]}}
    pair = {"features": ["price", "brand"]}
    configs = [
        feature_config(
            candidate_features=[category("product_id", is_primary_id=True), category("brand"), number],
            candidate_crosses=[crossed],
        )
        for number, crossed in ((price, pair), (written, {**pair, "bucketize": {"price": 10}}))
    ]
    assert feature_digest(configs[0]) == feature_digest(configs[1])


@pytest.mark.parametrize(("name", "changes"), OPTION_CHANGES, ids=lambda value: value if isinstance(value, str) else "")
def test_every_option_enters_the_digest(name: str, changes: dict[str, Any]) -> None:
    assert feature_digest(full_config(**changes)) != feature_digest(full_config()), name
