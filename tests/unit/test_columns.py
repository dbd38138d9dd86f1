"""S0.5, S1.10, S1.12: names and types of a dataset's columns."""

from __future__ import annotations

import pytest

from shared.columns import EXAMPLE_TYPES, OutputColumn, SourceColumn, output_columns, table_path
from shared.documents import Dataset
from shared.names import as_output_name, suggest
from shared.problems import InvalidDocument
from tests.unit import samples

UNUSABLE = ["BYTES", "JSON", "GEOGRAPHY", "STRUCT", "RECORD", "RANGE<DATE>", "INTERVAL", "ARRAY<STRING>", "NEW_TYPE"]


def with_columns(*columns: dict) -> Dataset:
    return samples.dataset(tables=[{"table": "sales.purchases", "columns": list(columns)}])


def problems_of(dataset: Dataset, catalogue: list[SourceColumn]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocument) as caught:
        output_columns(dataset, catalogue)
    return [(problem.code, problem.path) for problem in caught.value.problems]


def names(dataset: Dataset, catalogue: list[SourceColumn]) -> list[str]:
    return [column.name for column in output_columns(dataset, catalogue)]


def test_without_a_selection_every_usable_column_is_there_by_name():
    assert names(samples.dataset(), samples.CATALOGUE) == sorted(column.name for column in samples.CATALOGUE)


@pytest.mark.parametrize(
    ("spelling", "mode", "warehouse_type", "example_type"),
    [
        ("STRING", "NULLABLE", "STRING", "bytes"),
        ("STRING(20)", "REQUIRED", "STRING", "bytes"),
        ("INTEGER", "NULLABLE", "INT64", "int64"),
        ("INT64", "NULLABLE", "INT64", "int64"),
        ("BOOLEAN", "NULLABLE", "BOOL", "int64"),
        ("FLOAT", "NULLABLE", "FLOAT64", "float"),
        ("NUMERIC(10, 2)", "NULLABLE", "NUMERIC", "float"),
        ("DECIMAL", "NULLABLE", "NUMERIC", "float"),
        ("BIGDECIMAL", "NULLABLE", "BIGNUMERIC", "float"),
        ("timestamp", "NULLABLE", "TIMESTAMP", "int64"),
        ("DATETIME", "NULLABLE", "DATETIME", "int64"),
        ("DATE", "NULLABLE", "DATE", "int64"),
        ("TIME", "NULLABLE", "TIME", "int64"),
    ],
)
def test_types_in_both_spellings(spelling, mode, warehouse_type, example_type):
    """S1.12."""
    (column,) = output_columns(samples.dataset(), [SourceColumn("x", spelling, mode)])
    assert column == OutputColumn("x", "x", warehouse_type, example_type)
    assert EXAMPLE_TYPES[warehouse_type] == example_type


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_column_is_an_error_only_when_it_is_selected(kind):
    """S1.12: E_TYPE."""
    catalogue = [*samples.CATALOGUE, SourceColumn("place", kind)]
    assert "place" not in names(samples.dataset(), catalogue)
    assert problems_of(with_columns({"column": "place"}), catalogue) == [("E_TYPE", "tables.0.columns.0.column")]


def test_a_repeated_column_is_unusable_whatever_its_type():
    catalogue = [SourceColumn("tags", "STRING", "REPEATED")]
    with pytest.raises(InvalidDocument, match="column `tags` holds lists, which training examples cannot hold"):
        output_columns(with_columns({"column": "tags"}), catalogue)


def test_ids_are_bytes_whatever_their_type():
    """S1.5: always cast to STRING."""
    catalogue = [SourceColumn("customer", "INTEGER"), SourceColumn("other", "INTEGER")]
    customer, other = output_columns(samples.dataset(), catalogue)
    assert (customer.warehouse_type, customer.example_type, other.example_type) == ("INT64", "bytes", "int64")


def test_a_column_gets_the_name_it_is_given():
    columns = output_columns(with_columns({"column": "price", "name": "cost"}), samples.CATALOGUE)
    assert columns == [OutputColumn("cost", "price", "FLOAT64", "float")]


def test_one_column_may_have_two_names():
    dataset = with_columns({"column": "price"}, {"column": "price", "name": "cost"})
    assert names(dataset, samples.CATALOGUE) == ["cost", "price"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("price", "price"),
        ("unit price", "unit_price"),
        ("prix €", "prix__"),
        ("2nd", "_nd"),
        ("größe", "gr__e"),
        ("a`b", "a_b"),
    ],
)
def test_characters_that_a_name_cannot_hold_become_underscores(source, name):
    """S1.10."""
    assert as_output_name(source) == name
    assert names(samples.dataset(), [SourceColumn(source, "STRING")]) == [name]


@pytest.mark.parametrize("selected", [True, False])
def test_equal_names_are_refused_naming_both_sources(selected):
    """S1.10: without regard to case."""
    catalogue = [SourceColumn("Unit Price", "FLOAT"), SourceColumn("unit_price", "FLOAT")]
    columns = [{"column": column.name} for column in catalogue]
    dataset = with_columns(*columns) if selected else samples.dataset()
    with pytest.raises(InvalidDocument, match="columns `Unit Price`, `unit_price` would share the name") as caught:
        output_columns(dataset, catalogue)
    assert [problem.code for problem in caught.value.problems] == ["E_NAME_CLASH"]


@pytest.mark.parametrize("source", ["qt_split", "QT_x", "x" * 65])
def test_a_name_that_is_reserved_or_too_long_needs_another(source):
    """S0.5."""
    catalogue = [SourceColumn(source, "STRING")]
    assert names(samples.dataset(), catalogue) == []
    assert problems_of(with_columns({"column": source}), catalogue) == [("E_NAME", "tables.0.columns.0.name")]
    assert names(with_columns({"column": source, "name": "fine"}), catalogue) == ["fine"]


@pytest.mark.parametrize("source", ["a.b", "a\nb", "a\x00"])
def test_a_source_name_that_cannot_be_quoted_is_never_used(source):
    """S1.25: carried literally or refused."""
    catalogue = [SourceColumn(source, "STRING")]
    assert names(samples.dataset(), catalogue) == []
    assert problems_of(with_columns({"column": source, "name": "x"}), catalogue) == [
        ("E_NAME", "tables.0.columns.0.column")
    ]


@pytest.mark.parametrize(
    ("wanted", "remedy"),
    [
        ("Price", "Did you mean `price`?"),
        ("prise", "Did you mean `price`?"),
        ("zzzzzz", "There are: `basket`, `bought_at`, `country`, `customer`, `price`, `product`, `quantity`."),
    ],
)
def test_an_unknown_column_comes_with_a_suggestion(wanted, remedy):
    """S1.35 E_COLUMN_NOT_FOUND with the suggestions of S1.11; only spellings of the catalogue are accepted (S0.5)."""
    with pytest.raises(InvalidDocument) as caught:
        output_columns(with_columns({"column": wanted}), samples.CATALOGUE)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("E_COLUMN_NOT_FOUND", "tables.0.columns.0.column")
    assert str(problem) == f"`tables.0.columns.0.column`: the table has no column `{wanted}`. {remedy}"


def test_every_wrong_column_is_told_at_once():
    dataset = with_columns({"column": "nope"}, {"column": "price"}, {"column": "place"}, {"column": "price"})
    catalogue = [*samples.CATALOGUE, SourceColumn("place", "GEOGRAPHY")]
    assert problems_of(dataset, catalogue) == [
        ("E_NAME_CLASH", "tables.0.columns"),
        ("E_COLUMN_NOT_FOUND", "tables.0.columns.0.column"),
        ("E_TYPE", "tables.0.columns.2.column"),
    ]


def test_a_long_list_of_names_is_cut():
    assert suggest("zz", [f"column{number}" for number in range(40)]).endswith("and 28 more.")
    assert suggest("zz", []) == "There are none."


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ("sales.purchases", (None, "sales", "purchases")),
        ("my-project.sales.purchases", ("my-project", "sales", "purchases")),
        ("sales.pur`chases", (None, "sales", "pur`chases")),
    ],
)
def test_a_table_with_and_without_its_project(table, path):
    assert table_path(samples.dataset(tables=[{"table": table}])) == path


@pytest.mark.parametrize("table", ["purchases", ".purchases", "sales.", "a..b", "example.com.p.sales.x", "sales.\nx"])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(InvalidDocument, match="Write `dataset.table` or `project.dataset.table`."):
        table_path(samples.dataset(tables=[{"table": table}]))
