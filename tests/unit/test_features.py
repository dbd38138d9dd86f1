"""Outputs and widths of a feature config (S3.4, S3.13)."""

from __future__ import annotations

import pytest

from shared.features import (
    FeatureOutput,
    candidate_columns,
    columns_needed,
    cross_output,
    duplicate_outputs,
    outputs,
    primary_id,
    query_columns,
    tower_outputs,
    tower_width,
)
from tests.unit.codegen_configs import category, cross, feature_config


def test_each_kind_has_its_outputs_under_the_towers_prefix() -> None:
    config = feature_config()
    assert [output.name for output in tower_outputs(config, "query")] == [
        "q_customer_id",
        "q_country",
        "q_bought_at_day_of_week_sin",
        "q_bought_at_day_of_week_cos",
        "q_bought_at_month_sin",
        "q_bought_at_month_cos",
        "q_bought_at_x_country",
    ]
    assert tower_outputs(config, "candidate") == [
        FeatureOutput("c_product_id", "int64", 32),
        FeatureOutput("c_brand", "int64", 8),
        FeatureOutput("c_price_num", "float", 1),
        FeatureOutput("c_brand_x_price", "int64", 6),
    ]


def test_the_width_of_a_tower_is_the_sum_over_its_outputs() -> None:
    assert tower_width(feature_config(), "query") == 32 + 4 + 4 + 16
    assert tower_width(feature_config(), "candidate") == 32 + 8 + 1 + 6


def test_a_name_replaces_the_column_in_outputs_but_not_among_the_columns_needed() -> None:
    config = feature_config(
        candidate_features=[category("product_id", name="item", is_primary_id=True)], candidate_crosses=[]
    )
    assert outputs(config.candidate_features[0], "candidate") == [FeatureOutput("c_item", "int64", 8)]
    assert candidate_columns(config) == {"product_id"}


def test_columns_needed_are_those_of_both_towers() -> None:
    config = feature_config()
    assert columns_needed(config) == {"customer_id", "country", "bought_at", "product_id", "brand", "price"}
    assert candidate_columns(config) == {"product_id", "brand", "price"}
    assert query_columns(config) == {"customer_id", "country", "bought_at"}


def test_a_cross_is_the_same_in_both_orders() -> None:
    assert cross_output(cross("b", "a"), "query") == cross_output(cross("a", "b"), "query")


def test_two_features_that_write_one_output_are_found() -> None:
    number = {"kind": "number", "column": "price"}
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
