"""Roles and joins that names and types speak for (S1.7, S1.8)."""

from __future__ import annotations

import pytest

from shared.analysis.figures import ColumnStatistics
from shared.analysis.suggestions import JoinSuggestion, join_score, newest_values, suggest_joins, suggest_roles
from shared.analysis.words import singular, snake
from shared.columns import OutputColumn
from shared.tables import CATALOGUE_TABLE, SourceColumn, SourceTable


def table(**types: str) -> SourceTable:
    return SourceTable(tuple(SourceColumn(name, kind) for name, kind in types.items()))


ONLINE_RETAIL = table(
    InvoiceNo="STRING",
    StockCode="STRING",
    Description="STRING",
    Quantity="INT64",
    InvoiceDate="DATETIME",
    UnitPrice="FLOAT64",
    CustomerID="INT64",
    Country="STRING",
)


@pytest.mark.parametrize(
    ("name", "words"),
    [("CustomerID", "customer_id"), ("InvoiceNo", "invoice_no"), ("order-total", "order_total"), ("SKU", "sku")],
)
def test_names_are_read_as_words(name: str, words: str) -> None:
    assert snake(name) == words


@pytest.mark.parametrize(
    ("plural", "word"),
    [
        ("products", "product"),
        ("categories", "category"),
        ("addresses", "address"),
        ("boxes", "box"),
        ("batches", "batch"),
        ("address", "address"),
        ("stock", "stock"),
    ],
)
def test_tables_are_read_as_one_of_their_rows(plural: str, word: str) -> None:
    assert singular(plural) == word


def test_the_roles_of_a_public_table_of_orders() -> None:
    roles = suggest_roles({"retail": ONLINE_RETAIL}, "retail")
    best = {role: (found[0].column, found[0].score) for role, found in roles.items() if found}
    assert best == {
        "customer_id": ("CustomerID", 17),  # 10 name, 3 suffix, 2 type, 2 primary
        "product_id": ("StockCode", 14),
        "revenue": ("UnitPrice", 9),  # `price` is one of its words
        "order_id": ("InvoiceNo", 14),
        "event_time": ("InvoiceDate", 14),
    }


def test_each_part_of_the_score_counts() -> None:
    catalogue = {
        "orders": table(customer="STRING", customer_score="FLOAT64"),
        "people": table(customer_id="STRING", account_id="FLOAT64"),
    }
    found = suggest_roles(catalogue, "orders")["customer_id"]
    assert [(each.table, each.column, each.score, each.usable) for each in found] == [
        ("people", "customer_id", 15, True),
        ("orders", "customer", 14, True),
        ("people", "account_id", 13, False),
    ]


def test_other_types_than_numbers_are_never_proposed_as_revenue() -> None:
    roles = suggest_roles({"t": table(revenue="STRING", sales="BOOL", spend="NUMERIC")}, "t")
    assert [each.column for each in roles["revenue"]] == ["spend"]


def test_the_primary_table_wins_a_tie() -> None:
    catalogue = {"a": table(order_no="STRING", order_nr="STRING"), "b": table(basket_no="STRING")}
    found = suggest_roles(catalogue, "b")["order_id"]
    assert [(each.table, each.column) for each in found] == [("b", "basket_no"), ("a", "order_no"), ("a", "order_nr")]


def test_times_that_are_named_so_come_first_and_then_the_newest() -> None:
    catalogue = {"t": table(happened="TIMESTAMP", created_at="DATETIME", ship_date="DATE", bought="TIME")}
    newest = {("t", "created_at"): "2025-01-01T10:00:00", ("t", "ship_date"): "2025-01-03", ("t", "happened"): "2026"}
    assert [each.column for each in suggest_roles(catalogue, "t", newest)["event_time"]] == [
        "ship_date",
        "created_at",
        "happened",
    ]


def test_the_newest_values_are_those_of_selected_times() -> None:
    outputs = [
        OutputColumn("when", "orders", "order_date", "DATE", "int64"),
        OutputColumn("empty", "orders", "ship_date", "DATE", "int64"),
        OutputColumn("price", "orders", "price", "FLOAT64", "float"),
    ]
    statistics = {
        "when": ColumnStatistics("when", "DATE", 2, 0, 2, max="2025-01-03"),
        "empty": ColumnStatistics("empty", "DATE", 2, 2, 0),
        "price": ColumnStatistics("price", "FLOAT64", 2, 0, 2, max=3.0),
    }
    assert newest_values(outputs, statistics) == {("orders", "order_date"): "2025-01-03"}


def test_at_most_three_columns_are_proposed_and_columns_that_hold_no_value_never() -> None:
    columns = [SourceColumn(f"customer_id_{i}", "STRING") for i in range(5)]
    columns += [SourceColumn("customer_id", "STRING", "REPEATED"), SourceColumn("user_id", "BYTES")]
    address = SourceColumn("who", "STRUCT", fields=(SourceColumn("customer_id", "STRING"),))
    found = suggest_roles({"t": SourceTable((*columns, address))}, "t")["customer_id"]
    assert [(each.column, each.score) for each in found] == [
        ("who.customer_id", 17),
        ("customer_id_0", 9),
        ("customer_id_1", 9),
    ]


@pytest.mark.parametrize(
    ("left", "right", "score"),
    [
        (("orders", "customer_id", "STRING"), ("customers", "customer_id", "STRING"), 10 + 2 + 3 + 4),
        (("orders", "customer_id", "STRING"), ("customers", "customer_id", "INT64"), 10 + 3 + 4),
        (("orders", "product_id", "INT64"), ("products", "id", "INT64"), 8 + 2 + 3),
        (("categories", "id", "INT64"), ("products", "category_id", "INT64"), 8 + 2 + 3),
        (("orders", "country", "STRING"), ("customers", "country", "STRING"), 10 + 2),
        (("orders", "country", "STRING"), ("customers", "country", "DATE"), 0),
        (("orders", "day", "DATE"), ("weather", "day", "DATETIME"), 0),
        (("orders", "product_id", "STRING"), ("products", "sku", "STRING"), 2 + 3),
        (("orders", "amount", "FLOAT64"), ("products", "price", "FLOAT64"), 2),
    ],
)
def test_the_score_of_a_pair_of_columns(left: tuple[str, str, str], right: tuple[str, str, str], score: int) -> None:
    (left_table, left_name, left_type), (right_table, right_name, right_type) = left, right
    found = join_score(
        left_table, SourceColumn(left_name, left_type), right_table, SourceColumn(right_name, right_type)
    )
    assert found == score


def test_joins_are_proposed_from_medium_on_and_the_best_first() -> None:
    catalogue = {
        "products": table(id="INT64", name="STRING", brand="FLOAT64"),
        "orders": table(product_id="INT64", customer_id="STRING", brand="FLOAT64"),
        "customers": table(customer_id="INT64", sku="STRING"),
        CATALOGUE_TABLE: table(product_id="INT64"),
    }
    assert suggest_joins(catalogue, "orders") == [
        JoinSuggestion("orders", "customers", "customer_id", "customer_id", 17, "high"),
        JoinSuggestion("orders", "products", "product_id", "id", 13, "high"),
        JoinSuggestion("orders", "products", "brand", "brand", 12, "high"),
    ]


def test_a_pair_of_six_to_eleven_points_is_of_medium_confidence() -> None:
    found = suggest_joins({"a": table(note="STRING"), "b": table(note="INT64")}, "a")
    assert [(each.score, each.confidence) for each in found] == [(10, "medium")]


def test_ties_break_by_the_columns_names() -> None:
    catalogue = {"a": table(zone="STRING", area="STRING"), "b": table(zone="STRING", area="STRING")}
    assert [each.left_column for each in suggest_joins(catalogue, "a")] == ["area", "zone"]
