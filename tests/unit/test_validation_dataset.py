"""Rules of datasets over the warehouse's catalogue: every code with its path (S1.1-S1.24, S1.35)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.columns import SourceColumn, SourceTable
from shared.parsing import parse
from shared.problems import Problem
from shared.validation import validate_dataset
from shared.validation.dataset import schema_changes, schema_of
from tests.unit import samples

ROLES = samples.DATASET["roles"]
ALL_ROLES = samples.FULL_DATASET["roles"]


def found(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in problems]


def check(**changes: Any) -> list[tuple[str, str]]:
    """Problems of the sample dataset over its table."""
    return found(validate_dataset(samples.dataset(**changes), samples.TABLES))


def check_full(known: dict[str, SourceTable] = samples.FULL_TABLES, **changes: Any) -> list[tuple[str, str]]:
    """Problems of the dataset that writes every field."""
    return found(validate_dataset(parse("datasets", "wholesale", samples.raw(samples.FULL_DATASET, **changes)), known))


def with_types(**types: str) -> dict[str, SourceTable]:
    """The sample table with other types, and more columns."""
    usual = {column.name: column.type for column in samples.CATALOGUE}
    return {"purchases": SourceTable(tuple(SourceColumn(name, kind) for name, kind in {**usual, **types}.items()))}


def rows(*rules: dict) -> dict[str, Any]:
    return {"filters": {"rows": list(rules)}}


def test_the_sample_datasets_have_no_problem():
    assert check() == check_full() == []


# ------------------------------------------------------------------------------------------------------------- tables


def test_a_table_that_the_warehouse_does_not_have():
    """S1.35 E_TABLE_NOT_FOUND; what the table is needed for is not told again."""
    some = {key: table for key, table in samples.FULL_TABLES.items() if key != "qt_catalogue"}
    assert check_full(some) == [("E_TABLE_NOT_FOUND", "catalogue.table")]
    assert ("E_TABLE_NOT_FOUND", "tables.0.table") in found(validate_dataset(samples.dataset(), {}))


@pytest.mark.parametrize("table", ["purchases", "a..b", "a.b."])
def test_what_is_no_name_of_a_table(table):
    tables = [{"table": table, "alias": "purchases"}]
    assert check(tables=tables) == [("E_TABLE_NAME", "tables.0.table")]


def test_two_tables_need_two_aliases():
    tables = samples.raw(samples.FULL_DATASET)["tables"]
    tables[1]["alias"] = "Purchases"
    assert ("E_NAME_CLASH", "tables.1.alias") in check_full(tables=tables)


@pytest.mark.parametrize("alias", ["qt_catalogue", "QT_x"])
def test_reserved_aliases(alias):
    tables = [{"table": "sales.purchases", "alias": alias}]
    assert ("E_NAME", "tables.0.alias") in check(tables=tables)


def test_a_table_with_a_long_name_needs_an_alias():
    assert ("E_NAME", "tables.0.alias") in check(tables=[{"table": f"sales.{'x' * 65}"}])


@pytest.mark.parametrize(
    ("places", "asked", "expected"),
    [
        (("EU", "EU", None), "eu", []),
        (("EU", "EU", "EU"), None, []),
        (("EU", "US", None), None, [("E_LOCATION_MIX", "tables")]),
        (("EU", None, "US"), "EU", [("E_LOCATION_MIX", "tables")]),
        (("EU", "EU", "EU"), "US", [("E_LOCATION_MIX", "location")]),
    ],
)
def test_all_tables_lie_in_one_place(places, asked, expected):
    """S1.1, S1.35."""
    columns = [samples.FULL_TABLES[key].columns for key in ("purchases", "products", "qt_catalogue")]
    tables = {"purchases": SourceTable(columns[0], places[0]), "products": SourceTable(columns[1], places[1])}
    # the products and the catalogue are one table, so another one is named
    rule = {**samples.FULL_DATASET["catalogue"], "table": "sales.goods"}
    tables["qt_catalogue"] = SourceTable(columns[2], places[2])
    assert check_full(tables, location=asked, catalogue=rule) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"product_id": "nope"}, [("E_COLUMN_NOT_FOUND", "catalogue.product_id")]),
        ({"product_id": "launched"}, [("E_ROLE_TYPE", "catalogue.product_id")]),
        ({"product_id": "group"}, [("E_TYPE", "catalogue.product_id")]),
        ({"where_active": "brand"}, [("E_ROLE_TYPE", "catalogue.where_active")]),
        ({"where_active": "nope"}, [("E_COLUMN_NOT_FOUND", "catalogue.where_active")]),
        ({"table": "goods"}, [("E_TABLE_NAME", "catalogue.table")]),
    ],
)
def test_the_table_of_candidates(change, expected):
    """S2.12."""
    assert check_full(catalogue={**samples.FULL_DATASET["catalogue"], **change}) == expected


# -------------------------------------------------------------------------------------------------------------- joins

JOIN = samples.FULL_DATASET["joins"][0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"primary": None}, [("E_REQUIRED", "primary")]),
        ({"primary": "orders"}, [("E_ALIAS", "primary")]),
        ({"joins": []}, [("E_JOIN_NOT_TREE", "joins")]),
        ({"joins": [JOIN, JOIN]}, [("E_JOIN_NOT_TREE", "joins.0.right"), ("E_JOIN_NOT_TREE", "joins.1.right")]),
        ({"joins": [{**JOIN, "right": "goods"}]}, [("E_ALIAS", "joins.0.right")]),
        (
            {"joins": [{"left": "products", "right": "purchases", "keys": [{"left": "sku", "right": "product"}]}]},
            [("E_JOIN_NOT_TREE", "joins"), ("E_JOIN_NOT_TREE", "joins.0.right")],
        ),
        (
            {"joins": [{"left": "products", "right": "products", "keys": [{"left": "sku", "right": "sku"}]}]},
            [("E_JOIN_NOT_TREE", "joins")],
        ),
        (
            {"joins": [{**JOIN, "keys": [{"left": "produkt", "right": "sku"}]}]},
            [("E_COLUMN_NOT_FOUND", "joins.0.keys.0.left")],
        ),
        ({"joins": [{**JOIN, "keys": [{"left": "product", "right": "group.name"}]}]}, []),
        (
            {"joins": [{**JOIN, "keys": [{"left": "product", "right": "group"}]}]},
            [("E_JOIN_TYPE", "joins.0.keys.0.right")],
        ),
        ({"joins": [{**JOIN, "keys": [{"left": "price", "right": "sku"}]}]}, [("E_JOIN_TYPE", "joins.0.keys.0")]),
        ({"joins": [{**JOIN, "keys": [{"left": "basket", "right": "sku"}]}]}, []),  # an id that is a number
    ],
)
def test_joins(changes, expected):
    """S1.3, S1.4, S1.35."""
    problems = check_full(**changes)
    assert [each for each in problems if each[1].startswith(("joins", "primary"))] == expected


# ------------------------------------------------------------------------------------------------------ columns, nulls


@pytest.mark.parametrize(
    ("column", "nulls", "expected"),
    [
        ("price", {"fill": 1}, None),
        ("price", {"fill": "x"}, "fill"),
        ("price", {"fill": True}, "fill"),
        ("quantity", {"fill": 2**63 - 1}, None),
        ("quantity", {"fill": 2**63}, "fill"),
        ("quantity", {"fill": 1.5}, "fill"),
        ("country", {"fill": "it's `n/a`"}, None),
        ("country", {"fill": "\x00"}, "fill"),
        ("country", {"fill": 5}, "fill"),
        ("bought_at", {"fill": "2026-01-31T10:00:00"}, None),
        ("bought_at", {"fill": "2026-01-31T10:00:00+01:00"}, "fill"),
        ("bought_at", {"fill": "yesterday"}, "fill"),
        ("margin", {"fill": "0.10"}, None),
        ("margin", {"fill": "1e40"}, "fill"),
        ("gift", {"fill": False}, None),
        ("gift", {"fill": 0}, "fill"),
        ("day", {"fill": "2024-02-30"}, "fill"),
        ("tags", "drop_row", ""),
        ("tags", {"fill": "x"}, ""),
        ("tags", "keep", None),
    ],
)
def test_what_stands_for_null(column, nulls, expected):
    """S1.14: a typed literal of the column's type; lists are never missing."""
    known = [SourceColumn("margin", "NUMERIC"), SourceColumn("gift", "BOOL"), SourceColumn("day", "DATE")]
    known.append(SourceColumn("tags", "STRING", "REPEATED"))
    selected = [{"column": each.name} for each in samples.CATALOGUE if each.name != column]
    dataset = samples.dataset(
        tables=[{"table": "sales.purchases", "columns": [{"column": column, "nulls": nulls}, *selected]}]
    )
    problems = validate_dataset(dataset, {"purchases": SourceTable((*samples.CATALOGUE, *known))})
    path = "tables.0.columns.0.nulls"
    assert found(problems) == ([] if expected is None else [("E_NULLS", f"{path}.{expected}" if expected else path)])


@pytest.mark.parametrize(
    ("role", "column", "allowed", "refused"),
    [
        ("customer_id", "customer", ["STRING", "INT64", "INTEGER"], ["FLOAT", "BOOL", "DATE", "NUMERIC"]),
        ("product_id", "product", ["STRING", "INT64"], ["FLOAT", "TIMESTAMP"]),
        ("order_id", "basket", ["STRING", "INT64"], ["FLOAT"]),
        ("event_time", "bought_at", ["TIMESTAMP", "DATETIME", "DATE"], ["TIME", "STRING", "INT64"]),
        ("revenue", "price", ["FLOAT", "INT64", "NUMERIC", "BIGNUMERIC"], ["STRING", "BOOL"]),
        ("quantity", "quantity", ["INT64", "FLOAT"], ["STRING", "DATE"]),
    ],
)
def test_types_of_roles(role, column, allowed, refused):
    """S1.5."""
    dataset = samples.dataset(roles=ALL_ROLES, filters={})
    for kind in allowed:
        assert validate_dataset(dataset, with_types(**{column: kind})) == []
    for kind in refused:
        assert found(validate_dataset(dataset, with_types(**{column: kind}))) == [("E_ROLE_TYPE", f"roles.{role}")]


def test_no_role_over_a_list():
    tables = {"purchases": SourceTable((*samples.CATALOGUE[1:], SourceColumn("customer", "STRING", "REPEATED")))}
    (problem,) = validate_dataset(samples.dataset(), tables)
    assert (problem.code, problem.path) == ("E_ROLE_TYPE", "roles.customer_id")
    assert "column `customer` is a list" in problem.problem


def test_one_column_cannot_hold_two_roles():
    """S1.5."""
    assert check(roles={**ROLES, "order_id": "customer"}) == [("E_ROLE_TWICE", "roles.order_id")]
    assert check(roles={**ROLES, "revenue": "price", "quantity": "price"}) == [("E_ROLE_TWICE", "roles.revenue")]


@pytest.mark.parametrize(
    ("history", "roles", "expected"),
    [
        ({"item": "product"}, ROLES, []),
        ({"item": "nope"}, ROLES, [("E_COLUMN_NOT_FOUND", "history.0.item")]),
        ({"item": "price"}, ROLES, [("E_ROLE_TYPE", "history.0.item")]),
        ({"item": "product"}, {**ROLES, "event_time": None}, [("E_ROLE_MISSING", "history.0.mode")]),
        ({"item": "product", "mode": "profile"}, {**ROLES, "event_time": None}, []),
        ({"item": "product", "name": "qt_x"}, ROLES, [("E_NAME", "history.0.name")]),
        ({"item": "product", "name": "PRICE"}, ROLES, [("E_NAME_CLASH", "history.0.name")]),
    ],
)
def test_histories(history, roles, expected):
    """S1.24."""
    assert check(history=[{"name": "recent", **history}], roles=roles) == expected


# ------------------------------------------------------------------------------------------------------------- filters

NUMBER = {"kind": "number", "column": "price", "op": "gt", "value": 1.0}
BETWEEN = {"kind": "number", "column": "price", "op": "between", "min": 1.0, "max": 2.0}
CATEGORY = {"kind": "category", "column": "country", "values": ["a"]}
DATE = {"kind": "date", "column": "bought_at"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({**NUMBER, "column": "country"}, [("E_FILTER_TYPE", "column")]),
        ({**NUMBER, "column": "nope"}, [("E_COLUMN_NOT_FOUND", "column")]),
        ({**NUMBER, "value": None}, [("E_REQUIRED", "value")]),
        ({**NUMBER, "min": 1.0}, [("E_UNKNOWN_FIELD", "min")]),
        ({**NUMBER, "min": 1.0, "max": 2.0}, [("E_UNKNOWN_FIELD", "max"), ("E_UNKNOWN_FIELD", "min")]),
        (BETWEEN, []),
        ({**BETWEEN, "value": 1.0}, [("E_UNKNOWN_FIELD", "value")]),
        ({**BETWEEN, "min": None}, [("E_REQUIRED", "min")]),
        ({**BETWEEN, "min": None, "max": None}, [("E_REQUIRED", "max"), ("E_REQUIRED", "min")]),
        ({**BETWEEN, "min": 3.0}, [("E_RANGE", "min")]),
        ({**BETWEEN, "min": 2.0}, []),
        ({**CATEGORY, "column": "price"}, [("E_FILTER_TYPE", "column")]),
        ({**CATEGORY, "values": ["a", 1]}, [("E_FILTER_VALUE", "values")]),
        ({**CATEGORY, "values": ["a\x00"]}, [("E_FILTER_VALUE", "values")]),
        ({**CATEGORY, "column": "basket", "values": [1, -2]}, []),
        ({**CATEGORY, "column": "basket", "values": [2**63]}, [("E_FILTER_VALUE", "values")]),
        ({**CATEGORY, "column": "basket", "values": [True]}, [("E_FILTER_VALUE", "values")]),
        (DATE, [("E_REQUIRED", "")]),
        ({**DATE, "last_days": 3}, []),
        ({**DATE, "from": "2026-01-01"}, []),
        ({**DATE, "to": "2026-01-01"}, []),
        ({**DATE, "from": "2026-01-02", "to": "2026-01-01"}, [("E_RANGE", "from")]),
        ({**DATE, "last_days": 3, "to": "2026-01-01"}, [("E_UNKNOWN_FIELD", "to")]),
        ({**DATE, "column": "price", "last_days": 3}, [("E_FILTER_TYPE", "column")]),
        ({"kind": "null", "column": "price", "keep": "null"}, []),
    ],
)
def test_row_filters(rule, expected):
    """S1.17: complete, over a column they can be about, and without fields that do nothing."""
    paths = [(code, ".".join(filter(None, ("filters.rows.0", field)))) for code, field in expected]
    assert check(**rows(rule)) == paths


def test_a_column_is_filtered_once():
    """S1.22."""
    assert check(**rows(NUMBER, BETWEEN)) == [("E_FILTER_TWICE", "filters.rows.1.column")]


def test_lists_and_histories_cannot_be_filtered():
    tables = {"purchases": SourceTable((*samples.CATALOGUE, SourceColumn("tags", "STRING", "REPEATED")))}
    history = [{"name": "recent", "item": "product"}]
    rules = [{"kind": "null", "column": name, "keep": "null"} for name in ("tags", "recent")]
    problems = validate_dataset(samples.dataset(history=history, **rows(*rules)), tables)
    assert found(problems) == [("E_FILTER_TYPE", f"filters.rows.{index}.column") for index in (0, 1)]


UNTIMED = {**ROLES, "event_time": None}


@pytest.mark.parametrize(
    ("filters", "roles", "expected"),
    [
        ({"window": {"last_days": 9}}, ROLES, []),
        ({"window": {"last_days": 9}}, UNTIMED, [("E_ROLE_MISSING", "window")]),
        ({"window": {}}, ROLES, [("E_REQUIRED", "window")]),
        ({"window": {"last_days": 9, "from": "2026-01-01"}}, ROLES, [("E_UNKNOWN_FIELD", "window.from")]),
        ({"window": {"from": "2026-01-02", "to": "2026-01-01"}}, ROLES, [("E_RANGE", "window.from")]),
        ({"products": {"top_revenue_percent": 80.0}}, ROLES, [("E_ROLE_MISSING", "products.top_revenue_percent")]),
        ({"products": {"top_revenue_percent": 80.0}}, ALL_ROLES, []),
        ({"customers": {}}, ROLES, [("E_UNKNOWN_FIELD", "customers")]),
        ({"customers": {"min_transactions": 2}}, UNTIMED, []),
        (
            {"customers": {"aggregates": [{"measure": "revenue", "op": "ge", "value": 1.0}]}},
            ROLES,
            [("E_ROLE_MISSING", "customers.aggregates.0.measure")],
        ),
        (
            {"customers": {"aggregates": [{"measure": "last_seen_days", "op": "between", "min": 1.0}]}},
            UNTIMED,
            [("E_REQUIRED", "customers.aggregates.0.max"), ("E_ROLE_MISSING", "customers.aggregates.0.measure")],
        ),
    ],
)
def test_windows_and_filters_of_products_and_customers(filters, roles, expected):
    """S1.18-S1.22."""
    assert check(filters=filters, roles=roles) == [(code, f"filters.{path}") for code, path in expected]


def test_every_problem_is_told_at_once_ordered_by_path():
    """S0.4."""
    problems = check_full(
        timezone="Mars",
        location="US",
        history=[{"name": "recent", "item": "nope"}],
        joins=[{**JOIN, "keys": [{"left": "price", "right": "sku"}]}],
        filters={"window": {}},
        catalogue={"table": "goods", "product_id": "sku"},
    )
    assert {code for code, _ in problems} == {
        "E_TIMEZONE",
        "E_COLUMN_NOT_FOUND",
        "E_JOIN_TYPE",
        "E_REQUIRED",
        "E_TABLE_NAME",
    }
    assert [path for _, path in problems] == sorted(path for _, path in problems)


# ---------------------------------------------------------------------------------------------------- changed schemas


def test_a_changed_column_is_told_with_both_types():
    """S1.15."""
    dataset = samples.dataset()
    before = schema_of(dataset, samples.TABLES)
    assert schema_changes(before, dataset, samples.TABLES) == []
    (problem,) = schema_changes(before, dataset, with_types(price="STRING", quantity="INT64", more="STRING"))
    assert (problem.code, problem.path) == ("E_SCHEMA_CHANGED", "tables")
    assert problem.problem == "`purchases.price` was FLOAT64 and is STRING."


def test_a_missing_column_and_a_list_are_changes_too():
    dataset = samples.dataset()
    before = schema_of(dataset, samples.TABLES)
    columns = [column for column in samples.CATALOGUE if column.name not in ("price", "country")]
    changed = {"purchases": SourceTable((*columns, SourceColumn("country", "STRING", "REPEATED")))}
    (problem,) = schema_changes(before, dataset, changed)
    assert problem.problem == (
        "`purchases.country` was STRING and is STRING REPEATED; `purchases.price` was FLOAT64 and is not there."
    )


def test_a_sentence_about_a_whole_other_table_ends():
    columns = tuple(SourceColumn(f"c{number}", "STRING") for number in range(60))
    dataset = samples.dataset()
    before = schema_of(dataset, {"purchases": SourceTable((*samples.CATALOGUE, *columns))})
    (problem,) = schema_changes(before, dataset, samples.TABLES)
    assert problem.problem.endswith("is not there and 10 more.")


def test_the_schema_holds_keys_of_joins_and_the_columns_of_the_catalogue():
    schema = schema_of(parse("datasets", "wholesale", samples.raw(samples.FULL_DATASET)), samples.FULL_TABLES)
    assert {table: [column["name"] for column in columns] for table, columns in schema.items()} == {
        "products": ["brand", "group.name", "launched", "sku"],
        "purchases": ["basket", "bought_at", "country", "customer", "price", "product", "quantity"],
        "qt_catalogue": ["active", "sku"],
    }


# ---------------------------------------------------------------------------------------------------- words of messages


@pytest.mark.parametrize("role", ["customer_id", "product_id", "event_time", "order_id", "revenue", "quantity"])
def test_a_role_without_its_column(role):
    (problem,) = validate_dataset(samples.dataset(roles={**ROLES, role: "custommer"}), samples.TABLES)
    assert (problem.code, problem.path) == ("E_COLUMN_NOT_FOUND", f"roles.{role}")
    assert str(problem).endswith("the dataset has no column `custommer`. Did you mean `customer`?")


def test_a_role_over_an_unusable_column_says_its_type():
    """S1.12."""
    problems = validate_dataset(samples.dataset(), with_types(bought_at="JSON"))
    assert found(problems) == [("E_TYPE", "roles.event_time")]
    assert "the type JSON" in problems[0].problem


def test_a_role_over_a_column_that_is_not_selected_says_so():
    names = ("customer", "product", "quantity")
    tables = [{"table": "sales.purchases", "columns": [{"column": name} for name in names]}]
    problems = validate_dataset(samples.dataset(tables=tables), samples.TABLES)
    assert found(problems) == [("E_COLUMN_NOT_FOUND", "roles.event_time"), ("E_COLUMN_NOT_FOUND", "roles.order_id")]
    assert str(problems[1]).endswith("in the table but not selected. Add it to `tables.0.columns`.")


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_known_time_zones(timezone):
    assert check(timezone=timezone) == []


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
    (problem,) = validate_dataset(samples.dataset(timezone=timezone), samples.TABLES)
    assert (problem.code, problem.path) == ("E_TIMEZONE", "timezone")
    assert problem.remedy.startswith(remedy)
