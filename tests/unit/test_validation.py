"""S1.5, S1.22, S1.35: rules of a dataset over the catalogue."""

from __future__ import annotations

import pytest

from shared.columns import SourceColumn
from shared.problems import Problem
from shared.validation import validate_dataset
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
