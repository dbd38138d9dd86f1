"""S1.5, S1.22, S1.35, S3.2, S3.3, S3.8, S3.21, S4.15: rules across documents and the catalogue."""

from __future__ import annotations

import pytest

from shared.columns import OutputColumn, SourceColumn, output_columns
from shared.problems import Problem, errors
from shared.validation import compatible, validate_dataset, validate_features
from tests.unit import samples

ROLES = samples.DATASET["roles"]


def found(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in problems]


def catalogue(**types: str) -> list[SourceColumn]:
    """The sample catalogue with other types, and more columns."""
    usual = {column.name: column.type for column in samples.CATALOGUE}
    return [SourceColumn(name, kind) for name, kind in {**usual, **types}.items()]


def rows_filter(*columns: str) -> dict:
    return {"rows": [{"kind": "number", "column": column, "op": "gt", "value": 0} for column in columns]}


def category(column: str, **more) -> dict:
    return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 8}, **more}


PRIMARY = {"query": category("customer", is_primary_id=True), "candidate": category("product", is_primary_id=True)}


def check(query: tuple = (), candidate: tuple = (), types: dict | None = None, **changes) -> list[Problem]:
    """The problems of a feature config with these features beside the two primary ids."""
    columns = catalogue(**(types or {}))
    config = samples.features(
        query_features=[PRIMARY["query"], *query],
        candidate_features=[PRIMARY["candidate"], *candidate],
        **{"query_crosses": [], "candidate_crosses": [], **changes},
    )
    return validate_features(config, samples.dataset(), output_columns(samples.dataset(), columns), columns)


# ------------------------------------------------------------------------------------------------------- datasets


def test_the_sample_dataset_has_no_problem():
    assert validate_dataset(samples.dataset(), samples.CATALOGUE) == []


@pytest.mark.parametrize("role", ["customer_id", "product_id", "event_time", "order_id"])
def test_a_role_without_its_column(role):
    (problem,) = validate_dataset(samples.dataset(roles={**ROLES, role: "custommer"}), samples.CATALOGUE)
    assert (problem.code, problem.path) == ("E_COLUMN_NOT_FOUND", f"roles.{role}")
    assert str(problem).endswith("the dataset has no column `custommer`. Did you mean `customer`?")


@pytest.mark.parametrize(
    ("role", "column", "allowed", "refused"),
    [
        ("customer_id", "customer", ["STRING", "INT64", "INTEGER"], ["FLOAT", "BOOL", "DATE", "NUMERIC"]),
        ("product_id", "product", ["STRING", "INT64"], ["FLOAT", "TIMESTAMP"]),
        ("order_id", "basket", ["STRING", "INT64"], ["FLOAT"]),
        ("event_time", "bought_at", ["TIMESTAMP", "DATETIME", "DATE"], ["TIME", "STRING", "INT64"]),
    ],
)
def test_types_of_roles(role, column, allowed, refused):
    """S1.5."""
    for kind in allowed:
        assert validate_dataset(samples.dataset(), catalogue(**{column: kind})) == []
    for kind in refused:
        problems = validate_dataset(samples.dataset(), catalogue(**{column: kind}))
        assert found(problems) == [("E_ROLE_TYPE", f"roles.{role}")]


def test_a_role_over_an_unusable_column_says_its_type():
    """S1.12."""
    problems = validate_dataset(samples.dataset(), catalogue(bought_at="JSON"))
    assert found(problems) == [("E_TYPE", "roles.event_time")]
    assert "the type JSON" in problems[0].problem


def test_a_role_over_a_column_that_is_not_selected_says_so():
    tables = [
        {"table": "sales.purchases", "columns": [{"column": name} for name in ("customer", "product", "quantity")]}
    ]
    problems = validate_dataset(samples.dataset(tables=tables), samples.CATALOGUE)
    assert found(problems) == [("E_COLUMN_NOT_FOUND", "roles.event_time"), ("E_COLUMN_NOT_FOUND", "roles.order_id")]
    assert str(problems[1]).endswith("in the table but not selected. Add it to `tables.0.columns`.")


def test_one_column_cannot_hold_two_roles():
    """S1.5."""
    problems = validate_dataset(samples.dataset(roles={**ROLES, "order_id": "customer"}), samples.CATALOGUE)
    assert found(problems) == [("E_ROLE_TWICE", "roles.order_id")]


def test_filters_need_a_number_and_each_column_once():
    """S1.17, S1.22."""
    dataset = samples.dataset(filters=rows_filter("quantity", "country", "nothing", "quantity"))
    assert found(validate_dataset(dataset, samples.CATALOGUE)) == [
        ("E_FILTER_TYPE", "filters.rows.1.column"),
        ("E_COLUMN_NOT_FOUND", "filters.rows.2.column"),
        ("E_FILTER_TWICE", "filters.rows.3.column"),
    ]


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_known_time_zones(timezone):
    assert validate_dataset(samples.dataset(timezone=timezone), samples.CATALOGUE) == []


@pytest.mark.parametrize(
    ("timezone", "remedy"),
    [
        ("europe/berlin", "Did you mean `Europe/Berlin`?"),
        ("Europe/Belrin", "Did you mean `Europe/Berlin`"),
        ("'; DROP TABLE x; --", "Use an IANA name such as"),
        ("../../etc/passwd", "Use an IANA name such as"),
    ],
)
def test_unknown_time_zones(timezone, remedy):
    (problem,) = validate_dataset(samples.dataset(timezone=timezone), samples.CATALOGUE)
    assert (problem.code, problem.path) == ("E_TIMEZONE", "timezone")
    assert problem.remedy.startswith(remedy)


def test_every_problem_of_a_dataset_is_told_at_once():
    tables = [{"table": "purchases", "columns": [{"column": "x"}]}]
    problems = validate_dataset(samples.dataset(tables=tables, timezone="Mars"), samples.CATALOGUE)
    assert {code for code, _ in found(problems)} == {"E_TABLE_NAME", "E_COLUMN_NOT_FOUND", "E_TIMEZONE"}
    assert [problem.path for problem in problems] == sorted(problem.path for problem in problems)


# ------------------------------------------------------------------------------------------------- feature configs


def test_the_sample_feature_config_has_no_problem():
    outputs = output_columns(samples.dataset(), samples.CATALOGUE)
    assert validate_features(samples.features(), samples.dataset(), outputs) == []


def test_a_feature_over_an_unknown_column():
    (problem,) = check(query=(category("contry"),))
    assert (problem.code, problem.path) == ("E_FEATURE_COLUMN", "query_features.1.column")
    assert str(problem) == ("`query_features.1.column`: the dataset has no column `contry`. Did you mean `country`?")


def test_a_feature_over_an_unusable_column_says_its_type():
    """S1.12: with `columns` omitted the column is not on offer, and the message still says why."""
    (problem,) = check(query=(category("place"),), types={"place": "GEOGRAPHY"})
    assert (problem.code, problem.path) == ("E_TYPE", "query_features.1.column")
    assert "the type GEOGRAPHY" in problem.problem


NUMBER, TIME = {"kind": "number", "column": "x"}, {"kind": "time", "column": "x", "cycles": ["hour"]}


@pytest.mark.parametrize(
    ("feature", "allowed"),
    [
        (category("x"), {"STRING", "INT64", "BOOL"}),
        (NUMBER, {"INT64", "BOOL", "FLOAT64", "NUMERIC", "BIGNUMERIC", "TIME"}),
        (TIME, {"TIMESTAMP", "DATETIME", "DATE", "TIME"}),
    ],
    ids=["category", "number", "time"],
)
def test_a_kind_must_fit_what_the_column_holds(feature, allowed):
    """S3.21 E_FEATURE_KIND; S1.13: no raw epoch is scaled."""
    for kind in (
        "STRING",
        "INT64",
        "BOOL",
        "FLOAT64",
        "NUMERIC",
        "BIGNUMERIC",
        "TIMESTAMP",
        "DATETIME",
        "DATE",
        "TIME",
    ):
        expected = [] if kind in allowed else [("E_FEATURE_KIND", "query_features.1.kind")]
        assert found(check(query=(feature,), types={"x": kind})) == expected, kind


def test_an_id_cannot_be_scaled_although_the_warehouse_holds_numbers():
    problems = check(query=({"kind": "number", "column": "basket"},))
    assert found(problems) == [("E_FEATURE_KIND", "query_features.1.kind")]
    assert str(problems[0]).endswith("column `basket` holds ids, which cannot be scaled. Use `kind: category`.")


def test_a_time_of_day_has_no_month():
    feature = {**TIME, "cycles": ["hour", "month"]}
    assert found(check(query=(feature,), types={"x": "TIME"})) == [("E_FEATURE_KIND", "query_features.1.cycles")]


def test_a_cycle_is_listed_once():
    feature = {"kind": "time", "column": "bought_at", "cycles": ["hour", "hour"]}
    assert ("E_FEATURE_DUPLICATE", "query_features.1.cycles") in found(check(query=(feature,)))


def test_names_are_unique_in_a_tower_without_regard_to_case():
    """S3.2, S0.5."""
    problems = check(query=(category("country"), category("basket", name="Country")))
    assert found(problems) == [("E_FEATURE_DUPLICATE", "query_features.2.name")]
    assert check(query=(category("country"), category("country", name="country_2"))) == []


def test_two_features_cannot_write_one_output():
    """S3.4: `x` scaled and a category `x_num` would both write `q_x_num`."""
    problems = check(query=({"kind": "number", "column": "price"}, category("country", name="price_num")))
    assert found(problems) == [("E_FEATURE_DUPLICATE", "query_features")]
    assert "`q_price_num`" in problems[0].problem


def test_reserved_names_are_refused():
    assert found(check(query=(category("country", name="qt_country"),))) == [("E_NAME", "query_features.1.name")]


@pytest.mark.parametrize(
    ("query_features", "path"),
    [
        ([category("customer")], "query_features"),
        ([category("country", is_primary_id=True)], "query_features.0.is_primary_id"),
        ([PRIMARY["query"], category("country", is_primary_id=True)], "query_features.1.is_primary_id"),
    ],
    ids=["none", "wrong column", "two"],
)
def test_a_tower_has_exactly_one_primary_id(query_features, path):
    """S3.3."""
    problems = primary_problems(query_features)
    assert found(problems) == [("E_PRIMARY_ID", path)]
    assert problems[0].remedy == "Mark one category feature over `customer` with `is_primary_id: true`."


def primary_problems(query_features: list) -> list[Problem]:
    config = samples.features(query_features=query_features, query_crosses=[])
    return validate_features(config, samples.dataset(), output_columns(samples.dataset(), samples.CATALOGUE))


PRICE = {"kind": "number", "column": "price"}


@pytest.mark.parametrize(
    ("cross", "expected"),
    [
        ({"features": ["customer", "price"], "bucketize": {"price": 10}}, []),
        ({"features": ["customer", "country"]}, [("E_CROSS_MEMBER", "query_crosses.0.features.1")]),
        ({"features": ["customer", "customer"]}, [("E_CROSS_MEMBER", "query_crosses.0.features.1")]),
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
def test_members_of_a_cross(cross, expected):
    """S3.8."""
    assert found(check(query=(PRICE,), query_crosses=[cross])) == expected


def test_a_cross_cannot_join_features_of_both_towers():
    problems = check(query=(PRICE,), candidate_crosses=[{"features": ["product", "price"]}])
    assert found(problems) == [("E_CROSS_MEMBER", "candidate_crosses.0.features.1")]


def test_the_order_of_members_makes_no_second_cross():
    """S3.8: a x b = b x a."""
    crosses = [{"features": ["customer", "price"]}, {"features": ["price", "customer"]}]
    assert found(check(query=(PRICE,), query_crosses=crosses)) == [("E_FEATURE_DUPLICATE", "query_crosses.1.features")]


def test_warnings_do_not_block():
    """S3.21: W_BOTH_TOWERS, W_WIDE_TOWER."""
    wide = [category("country", name=f"country_{index}", vocabulary={"embedding_dim": 512}) for index in range(3)]
    problems = check(query=(category("country"),), candidate=(*wide,))
    assert {code for code, _ in found(problems)} == {"W_BOTH_TOWERS", "W_WIDE_TOWER"}
    assert errors(problems) == []


def test_every_pair_of_retrieval_configs_fits():
    """S4.15: retrieval without a target is ok."""
    assert compatible(samples.features(), samples.model()) == []


def test_outputs_alone_are_enough():
    """The catalogue only makes messages better."""
    problems = validate_features(
        samples.features(), samples.dataset(), [OutputColumn("customer", "customer", "STRING", "bytes")]
    )
    assert {code for code, _ in found(problems)} == {"E_FEATURE_COLUMN"}
