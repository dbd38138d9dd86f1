"""Rules of a feature config, by itself and over its dataset: every message of S3.21, and S1.11, S3.2, S3.3, S3.5."""

from __future__ import annotations

from typing import Any

import pytest

from shared.analysis.figures import ColumnStatistics
from shared.columns import Catalogue, SourceColumn, SourceTable, output_columns
from shared.documents import Dataset, FeatureConfig, Vocabulary
from shared.names import edit_distance
from shared.parsing import parse
from shared.problems import Problem, errors
from shared.validation import validate_features, validate_features_alone
from shared.validation.feature_data import cut_share
from tests.unit import samples

TYPES = {
    "customer": "STRING",
    "product": "STRING",
    "bought_at": "TIMESTAMP",
    "basket": "INTEGER",
    "price": "FLOAT",
    "quantity": "INTEGER",
    "country": "STRING",
    "x": "STRING",
}
HISTORY = [{"name": "recent", "item": "product"}, {"name": "lands", "item": "country"}]
EVERY_TYPE = {"STRING", "INT64", "BOOL", "FLOAT64", "NUMERIC", "BIGNUMERIC", "TIMESTAMP", "DATETIME", "DATE", "TIME"}
PRICE = {"kind": "number", "column": "price", "scale": {}}
TIME = {"kind": "time", "column": "bought_at", "cycles": ["hour"]}


def category(column: str, **more: Any) -> dict[str, Any]:
    return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 8}, **more}


PRIMARY = {"query": category("customer", is_primary_id=True), "candidate": category("product", is_primary_id=True)}


def features(query: tuple = (), candidate: tuple = (), **changes: Any) -> FeatureConfig:
    """A config with these features beside the two primary ids."""
    content = {
        "query_features": [PRIMARY["query"], *query],
        "candidate_features": [PRIMARY["candidate"], *candidate],
        "query_crosses": [],
        "candidate_crosses": [],
    }
    return samples.features(**{**content, **changes})


def shop(**changes: Any) -> Dataset:
    tables = [{"table": "sales.purchases"}]
    return parse("datasets", "shop", {**samples.raw(samples.DATASET), "tables": tables, "history": HISTORY, **changes})


def catalogue(**columns: str | SourceColumn) -> Catalogue:
    made = {**TYPES, **columns}
    table = SourceTable(tuple(c if isinstance(c, SourceColumn) else SourceColumn(name, c) for name, c in made.items()))
    return {"purchases": table}


def check(config: FeatureConfig, dataset: Dataset | None = None, **columns: str | SourceColumn) -> list[Problem]:
    dataset, known = dataset or shop(), catalogue(**columns)
    return validate_features(config, dataset, output_columns(dataset, known), known)


def found(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in problems]


def test_a_config_with_every_option_has_no_problem() -> None:
    config = parse("feature_configs", "everything", samples.raw(samples.FULL_FEATURE_CONFIG))
    assert validate_features_alone(config) == []


def test_what_can_be_told_without_a_warehouse_is_told_with_one_too() -> None:
    config = features(query=(category("country"), category("x", name="country"), {"kind": "number", "column": "price"}))
    alone = validate_features_alone(config)
    assert found(alone) == [("E_FEATURE_DUPLICATE", "query_features.2.name"), ("E_NO_OPTION", "query_features.3")]
    assert set(found(alone)) <= set(found(check(config)))


# ----------------------------------------------------------------------------------------------------- columns


def test_a_feature_over_an_unknown_column() -> None:
    (problem,) = check(features(query=(category("contry"),)))
    assert (problem.code, problem.path) == ("E_FEATURE_COLUMN", "query_features.1.column")
    assert str(problem) == "`query_features.1.column`: the dataset has no column `contry`. Did you mean `country`?"


def test_a_feature_over_an_unusable_column_says_its_type() -> None:
    """S1.12: with `columns` omitted the column is not on offer, and the message still says why."""
    (problem,) = check(features(query=(category("place"),)), place="GEOGRAPHY")
    assert (problem.code, problem.path) == ("E_TYPE", "query_features.1.column")


@pytest.mark.parametrize(
    ("wanted", "column", "alias"),
    [
        ("country", {"column": "country", "name": "land"}, "p"),
        ("country", {"column": "country", "name": "p_country"}, "p"),
        ("p_country", {"column": "country"}, "p"),
        ("Country", {"column": "country"}, "p"),
        ("coutnry", {"column": "country"}, "p"),
    ],
    ids=["same source", "alias added", "alias removed", "case", "typing error"],
)
def test_a_renamed_column_is_suggested(wanted: str, column: dict[str, str], alias: str) -> None:
    """S1.11."""
    columns = [{"column": name} for name in ("customer", "product", "bought_at", "basket", "quantity")]
    dataset = shop(tables=[{"table": "sales.purchases", "alias": alias, "columns": [*columns, column]}], history=[])
    known = {alias: catalogue()["purchases"]}
    (problem,) = validate_features(features(query=(category(wanted),)), dataset, output_columns(dataset, known), known)
    now = column.get("name", column["column"])
    assert (problem.code, problem.remedy) == ("E_FEATURE_COLUMN", f"Did you mean `{now}`?")


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("price", "pirce", 2), ("abc", "abd", 1)],
)
def test_edit_distance(one: str, other: str, distance: int) -> None:
    assert edit_distance(one, other) == edit_distance(other, one) == distance


# ------------------------------------------------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("feature", "allowed"),
    [
        (category("x"), {"STRING", "INT64", "BOOL"}),
        ({**PRICE, "column": "x"}, {"INT64", "BOOL", "FLOAT64", "NUMERIC", "BIGNUMERIC", "TIME"}),
        ({**TIME, "column": "x"}, {"TIMESTAMP", "DATETIME", "DATE", "TIME"}),
        ({"kind": "history", "column": "x", "shared_with": "product"}, set()),
    ],
    ids=["category", "number", "time", "history"],
)
def test_a_kind_must_fit_what_the_column_holds(feature: dict[str, Any], allowed: set[str]) -> None:
    """S3.21 E_FEATURE_KIND; S1.13: no raw epoch is scaled."""
    for kind in EVERY_TYPE:
        expected = [] if kind in allowed else [("E_FEATURE_KIND", "query_features.1.kind")]
        assert found(check(features(query=(feature,)), x=kind)) == expected, kind


@pytest.mark.parametrize("kind", ["category", "number", "time"])
def test_only_a_history_reads_lists(kind: str) -> None:
    feature = {"category": category("x"), "number": {**PRICE, "column": "x"}, "time": {**TIME, "column": "x"}}[kind]
    (problem,) = check(features(query=(feature,)), x=SourceColumn("x", "STRING", "REPEATED"))
    assert (problem.code, problem.remedy) == ("E_FEATURE_KIND", "Use `kind: history`.")


@pytest.mark.parametrize("kind", sorted(EVERY_TYPE))
def test_items_of_a_history_are_categories(kind: str) -> None:
    feature = {"kind": "history", "column": "x", "shared_with": "product"}
    expected = [] if kind in ("STRING", "INT64", "BOOL") else [("E_FEATURE_KIND", "query_features.1.kind")]
    assert found(check(features(query=(feature,)), x=SourceColumn("x", kind, "REPEATED"))) == expected


def test_an_id_cannot_be_scaled_although_the_warehouse_holds_numbers() -> None:
    (problem,) = check(features(query=({**PRICE, "column": "basket"},)))
    assert str(problem).endswith("column `basket` holds ids, which cannot be scaled. Use `kind: category`.")


@pytest.mark.parametrize(
    "more", [{"cycles": ["hour", "month"]}, {"recency": True}, {"bucketize": {"embedding_dim": 2}}]
)
def test_a_time_of_day_has_no_day(more: dict[str, Any]) -> None:
    problems = check(features(query=({**TIME, "column": "x", **more},)), x="TIME")
    assert found(problems) == [("E_FEATURE_KIND", "query_features.1.cycles")]


# ----------------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ({"kind": "number", "column": "price"}, ("E_NO_OPTION", "")),
        ({"kind": "time", "column": "bought_at"}, ("E_NO_OPTION", "")),
        ({"kind": "category", "column": "country"}, ("E_NO_OPTION", "")),
        (category("country", hashing={"buckets": 9, "embedding_dim": 2}), ("E_FEATURE_DUPLICATE", ".hashing")),
        ({**TIME, "cycles": ["hour", "hour"]}, ("E_FEATURE_DUPLICATE", ".cycles")),
        ({**PRICE, "scale": {"range": [0.0, 1.0]}}, ("E_UNKNOWN_FIELD", ".scale.range")),
        ({**PRICE, "scale": {"method": "minmax", "range": [1.0, 1.0]}}, ("E_RANGE", ".scale.range")),
        ({**PRICE, "scale": {"clip_percentiles": [99.0, 1.0]}}, ("E_RANGE", ".scale.clip_percentiles")),
        (
            {**PRICE, "bucketize": {"boundaries": [1.0, 3.0, 3.0], "embedding_dim": 2}},
            ("E_BOUNDARIES", ".bucketize.boundaries.2"),
        ),
        (
            {**TIME, "bucketize": {"boundaries": [1.0], "buckets": 2, "embedding_dim": 2}},
            ("E_UNKNOWN_FIELD", ".bucketize.buckets"),
        ),
    ],
)
def test_options_that_contradict_each_other_or_do_nothing(feature: dict[str, Any], expected: tuple[str, str]) -> None:
    problems = [problem for problem in check(features(query=(feature,))) if problem.severity == "error"]
    assert found(problems) == [(expected[0], f"query_features.1{expected[1]}")]


@pytest.mark.parametrize(
    "feature",
    [
        {"kind": "number", "column": "price", "missing_indicator": True},
        {"kind": "number", "column": "price", "bucketize": {"embedding_dim": 2}},
        {"kind": "time", "column": "bought_at", "recency": True},
        {"kind": "time", "column": "bought_at", "missing_indicator": True},
        {**PRICE, "scale": {"method": "minmax", "range": [-1.0, 1.0], "clip_percentiles": [0.0, 100.0]}},
    ],
)
def test_one_option_is_enough(feature: dict[str, Any]) -> None:
    """S3.5."""
    assert check(features(query=(feature,))) == []


# ------------------------------------------------------------------------------------------- names, primary ids


def test_names_are_unique_in_a_tower_without_regard_to_case() -> None:
    """S3.2, S0.5."""
    problems = check(features(query=(category("country"), category("basket", name="Country"))))
    assert found(problems) == [("E_FEATURE_DUPLICATE", "query_features.2.name")]
    assert check(features(query=(category("country"), category("country", name="country_2")))) == []


def test_two_features_cannot_write_one_output() -> None:
    """S3.4: `x` scaled and a category `x_num` would both write `q_x_num`."""
    problems = check(features(query=(PRICE, category("country", name="price_num"))))
    assert found(problems) == [("E_FEATURE_DUPLICATE", "query_features")]
    assert "`q_price_num`" in problems[0].problem


def test_reserved_names_are_refused() -> None:
    problems = check(features(query=(category("country", name="qt_country"),)))
    assert found(problems) == [("E_NAME", "query_features.1.name")]


@pytest.mark.parametrize(
    ("query_features", "path"),
    [
        ([category("x")], "query_features"),
        ([category("country", is_primary_id=True)], "query_features.0.is_primary_id"),
        ([PRIMARY["query"], category("country", is_primary_id=True)], "query_features.1.is_primary_id"),
    ],
    ids=["none", "wrong column", "two"],
)
def test_a_tower_has_exactly_one_primary_id(query_features: list[Any], path: str) -> None:
    """S3.3."""
    (problem,) = check(features(query_features=query_features))
    assert (problem.code, problem.path) == ("E_PRIMARY_ID", path)
    assert problem.remedy == "Mark one category feature over `customer` with `is_primary_id: true`."


def test_the_query_tower_may_do_without_an_id() -> None:
    """S3.3: `query_id: none`."""
    assert check(features(query_features=[category("country")], query_id="none")) == []
    problems = check(features(query=(category("country"),), query_id="none"))
    assert found(problems) == [("E_PRIMARY_ID", "query_features.0.is_primary_id")]


# --------------------------------------------------------------------------------------------------- histories


def test_a_history_needs_a_vocabulary_over_its_items() -> None:
    """S3.9, S3.21."""
    history = {"kind": "history", "column": "recent", "shared_with": "product"}
    assert check(features(query=(history,))) == []
    config = features(query=({**history, "shared_with": "brand"},), candidate=(category("x", name="brand"),))
    (problem,) = check(config)
    assert str(problem) == (
        "`query_features.1.shared_with`: `brand` is not a vocabulary over `product`. Use `product`."
    )
    assert problem.code == "E_HISTORY_PARTNER"


def test_a_history_over_items_that_no_feature_holds() -> None:
    (problem,) = check(features(query=({"kind": "history", "column": "lands", "shared_with": "product"},)))
    assert problem.remedy == "Add a category feature with a `vocabulary` over `country`."


@pytest.mark.parametrize("partner", ["nothing", "price", "country"], ids=["absent", "number", "hashed"])
def test_a_history_is_shared_with_a_vocabulary_only(partner: str) -> None:
    hashed = {"kind": "category", "column": "country", "hashing": {"buckets": 9, "embedding_dim": 2}}
    config = features(query=({"kind": "history", "column": "recent", "shared_with": partner}, PRICE, hashed))
    (problem,) = validate_features_alone(config)
    assert (problem.code, problem.path) == ("E_HISTORY_PARTNER", "query_features.1.shared_with")
    assert problem.remedy == "Use one of `customer`, `product`."


# ----------------------------------------------------------------------------------------------------- crosses


@pytest.mark.parametrize(
    ("cross", "expected"),
    [
        ({"features": ["customer", "price"], "bucketize": {"price": 10}}, []),
        ({"features": ["customer", "price", "bought_at"]}, []),
        ({"features": ["customer", "country"]}, [("E_CROSS_MEMBER", "query_crosses.0.features.1")]),
        ({"features": ["customer", "customer"]}, [("E_CROSS_MEMBER", "query_crosses.0.features.1")]),
        ({"features": ["customer", "recent"]}, [("E_CROSS_MEMBER", "query_crosses.0.features.1")]),
        (
            {"features": ["customer", "price"], "bucketize": {"customer": 10}},
            [("E_CROSS_MEMBER", "query_crosses.0.bucketize.customer")],
        ),
        (
            {"features": ["customer", "price"], "bucketize": {"quantity": 10}},
            [("E_CROSS_MEMBER", "query_crosses.0.bucketize.quantity")],
        ),
    ],
)
def test_members_of_a_cross(cross: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    history = {"kind": "history", "column": "recent", "shared_with": "product"}
    assert found(check(features(query=(PRICE, TIME, history), query_crosses=[cross]))) == expected


def test_a_cross_cannot_join_features_of_both_towers() -> None:
    cross = {"features": ["customer", "product"]}
    assert found(check(features(query_crosses=[cross]))) == [("E_CROSS_MEMBER", "query_crosses.0.features.1")]


def test_the_order_of_members_makes_no_second_cross() -> None:
    crosses = [{"features": ["customer", "price"]}, {"features": ["price", "customer"]}]
    problems = check(features(query=(PRICE,), query_crosses=crosses))
    assert found(problems) == [("E_FEATURE_DUPLICATE", "query_crosses.1.features")]


# ----------------------------------------------------------------------------------------------------- targets


def test_a_target_is_a_number() -> None:
    """S3.21 E_TARGET_TYPE: a number, or 0 and 1."""
    for kind in EVERY_TYPE:
        allowed = kind in ("INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "BOOL")
        expected = [] if allowed else [("E_TARGET_TYPE", "target.column")]
        assert found(check(features(target={"column": "x"}), x=kind)) == expected, kind
    assert found(check(features(target={"column": "basket"}))) == [("E_TARGET_TYPE", "target.column")]
    assert found(check(features(target={"column": "recent"}))) == [("E_TARGET_TYPE", "target.column")]


def test_a_target_must_exist_and_stay_out_of_the_towers() -> None:
    """S3.12."""
    assert found(check(features(target={"column": "prize"}))) == [("E_FEATURE_COLUMN", "target.column")]
    problems = check(features(query=(PRICE,), target={"column": "price"}))
    assert found(problems) == [("E_TARGET_IN_TOWER", "query_features.1.column")]


def test_percentiles_of_a_target_are_in_order() -> None:
    problems = check(features(target={"column": "price", "clip_percentiles": [50.0, 50.0]}))
    assert found(problems) == [("E_RANGE", "target.clip_percentiles")]


# ---------------------------------------------------------------------------------------------------- warnings


def test_warnings_do_not_block() -> None:
    wide = category("x", vocabulary={"embedding_dim": 512})
    problems = check(features(query=(wide, {**wide, "name": "x_2"}), candidate=(category("x"),)))
    assert found(problems) == [("W_BOTH_TOWERS", "candidate_features.1.column"), ("W_WIDE_TOWER", "query_features")]
    assert errors(problems) == []


def known(**changes: Any) -> dict[str, ColumnStatistics]:
    base = {
        "name": "x", "type": "STRING", "count": 1_000, "nulls": 0, "distinct": 100,
        "coverage": ((1, 0.3), (10, 0.7), (50, 0.9), (100, 1.0)), "rare": ((2, 0.05), (5, 0.2)),
    }  # fmt: skip
    return {"x": ColumnStatistics(**{**base, **changes})}


def warned(config: FeatureConfig, **statistics: Any) -> list[tuple[str, str]]:
    dataset, columns = (
        shop(),
        catalogue(x="FLOAT64" if "min" in statistics or "negative_share" in statistics else "STRING"),
    )
    outputs = output_columns(dataset, columns)
    problems = validate_features(config, dataset, outputs, columns, known(**statistics))
    assert found(validate_features(config, dataset, outputs, columns)) == []
    return [(problem.code, problem.path) for problem in problems if problem.severity == "warning"]


@pytest.mark.parametrize(
    ("options", "share"),
    [({}, 0), ({"max_size": 100}, 0), ({"max_size": 60}, 0.1), ({"max_size": 10}, 0.3), ({"min_frequency": 2}, 0.05),
     ({"min_frequency": 4}, 0.05), ({"min_frequency": 5}, 0.2), ({"min_frequency": 5, "max_size": 10}, 0.3)],
)  # fmt: skip
def test_values_cut_from_a_vocabulary_are_counted_in_rows(options: dict[str, int], share: float) -> None:
    """S3.18, S3.21 W_VOCAB_CUT."""
    assert cut_share(Vocabulary(embedding_dim=4, **options), known()["x"]) == pytest.approx(share)
    config = features(query=(category("x", vocabulary={"embedding_dim": 4, **options}),))
    assert warned(config) == ([("W_VOCAB_CUT", "query_features.1.vocabulary")] if share else [])


@pytest.mark.parametrize(
    ("scale", "edges", "expected"),
    [
        ({"method": "none"}, (-5.0, 101.0), True),
        ({"method": "none"}, (-101.0, 5.0), True),
        ({"method": "none"}, (-100.0, 100.0), False),
        ({"method": "none", "log": True}, (0.0, 1e6), False),
        ({"method": "zscore"}, (0.0, 1e6), False),
    ],
)
def test_large_raw_numbers_are_warned_of(scale: dict[str, Any], edges: tuple[float, float], expected: bool) -> None:
    """S3.21 W_RAW_SCALE."""
    config = features(query=({"kind": "number", "column": "x", "scale": scale},))
    low, high = edges
    assert warned(config, min=low, max=high) == ([("W_RAW_SCALE", "query_features.1.scale.method")] if expected else [])


@pytest.mark.parametrize(("log", "share", "expected"), [(True, 0.02, True), (True, 0.0, False), (False, 0.5, False)])
def test_a_logarithm_of_negative_targets_is_warned_of(log: bool, share: float, expected: bool) -> None:
    """S3.11."""
    config = features(target={"column": "x", "log": log})
    assert warned(config, negative_share=share) == ([("W_TARGET_NEGATIVE", "target.log")] if expected else [])
