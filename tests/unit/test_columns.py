"""S0.5, S1.10, S1.12: names and types of a dataset's columns."""

from __future__ import annotations

import pytest

from shared.columns import (
    EXAMPLE_TYPES,
    OutputColumn,
    SourceColumn,
    SourceTable,
    output_columns,
    resolve_columns,
    table_path,
    tables_needed,
)
from shared.documents import Dataset
from shared.names import as_output_name, suggest
from shared.problems import InvalidDocument
from tests.unit import samples

UNUSABLE = ["BYTES", "JSON", "GEOGRAPHY", "STRUCT", "RECORD", "RANGE<DATE>", "INTERVAL", "ARRAY<STRING>", "NEW_TYPE"]


def with_columns(*columns: dict) -> Dataset:
    return samples.dataset(tables=[{"table": "sales.purchases", "columns": list(columns)}])


def one_table(columns: list[SourceColumn]) -> dict[str, SourceTable]:
    return {"purchases": SourceTable(tuple(columns))}


def problems_of(dataset: Dataset, catalogue: list[SourceColumn]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocument) as caught:
        output_columns(dataset, one_table(catalogue))
    return [(problem.code, problem.path) for problem in caught.value.problems]


def names(dataset: Dataset, catalogue: list[SourceColumn]) -> list[str]:
    return [column.name for column in output_columns(dataset, one_table(catalogue))]


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
    (column,) = output_columns(samples.dataset(), one_table([SourceColumn("x", spelling, mode)]))
    assert column == OutputColumn("x", "purchases", "x", warehouse_type, example_type)
    assert EXAMPLE_TYPES[warehouse_type] == example_type


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_column_is_an_error_only_when_it_is_selected(kind):
    """S1.12: E_TYPE."""
    catalogue = [*samples.CATALOGUE, SourceColumn("place", kind)]
    assert "place" not in names(samples.dataset(), catalogue)
    assert problems_of(with_columns({"column": "place"}), catalogue) == [("E_TYPE", "tables.0.columns.0.column")]


def test_a_list_keeps_the_type_of_its_elements():
    """S1.12: a variable-length list."""
    (column,) = output_columns(samples.dataset(), one_table([SourceColumn("tags", "STRING", "REPEATED")]))
    assert column == OutputColumn("tags", "purchases", "tags", "STRING", "bytes", repeated=True)


def test_lists_of_what_examples_cannot_hold_are_refused():
    catalogue = [SourceColumn("places", "GEOGRAPHY", "REPEATED")]
    with pytest.raises(InvalidDocument, match="column `places` holds lists of the type GEOGRAPHY"):
        output_columns(with_columns({"column": "places"}), one_table(catalogue))


def test_ids_are_bytes_whatever_their_type():
    """S1.5: always cast to STRING."""
    catalogue = [SourceColumn("customer", "INTEGER"), SourceColumn("other", "INTEGER")]
    customer, other = output_columns(samples.dataset(), one_table(catalogue))
    assert (customer.warehouse_type, customer.example_type, other.example_type) == ("INT64", "bytes", "int64")


def test_a_column_gets_the_name_it_is_given():
    columns = output_columns(with_columns({"column": "price", "name": "cost"}), samples.TABLES)
    assert columns == [OutputColumn("cost", "purchases", "price", "FLOAT64", "float")]


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
        output_columns(dataset, one_table(catalogue))
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
        output_columns(with_columns({"column": wanted}), samples.TABLES)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("E_COLUMN_NOT_FOUND", "tables.0.columns.0.column")
    assert str(problem) == f"`tables.0.columns.0.column`: the table has no column `{wanted}`. {remedy}"


def test_every_wrong_column_is_told_at_once():
    dataset = with_columns({"column": "nope"}, {"column": "price"}, {"column": "place"}, {"column": "price"})
    catalogue = [*samples.CATALOGUE, SourceColumn("place", "GEOGRAPHY")]
    assert problems_of(dataset, catalogue) == [
        ("E_NAME_CLASH", "tables"),
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
    assert table_path(table) == path


@pytest.mark.parametrize("table", ["purchases", ".purchases", "sales.", "a..b", "example.com.p.sales.x", "sales.\nx"])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(InvalidDocument, match="Write `dataset.table` or `project.dataset.table`."):
        table_path(table)


# ------------------------------------------------------------------------------------- several tables, structs (S1.10)

SHOP = {"table": "sales.purchases", "alias": "purchases"}
GOODS = {"table": "sales.goods", "alias": "goods"}
TABLES = {
    "purchases": SourceTable((SourceColumn("sku", "STRING"), SourceColumn("price", "FLOAT"))),
    "goods": SourceTable(
        (
            SourceColumn("sku", "STRING"),
            SourceColumn("price", "FLOAT"),
            SourceColumn("Brand", "STRING"),
            SourceColumn(
                "size", "RECORD", fields=(SourceColumn("in cm", "FLOAT"), SourceColumn("all", "FLOAT", "REPEATED"))
            ),
            SourceColumn("lots", "RECORD", "REPEATED", (SourceColumn("id", "STRING"),)),
        )
    ),
}


def two(goods: list[dict], shop: list[dict] | None = None, order: int = 1) -> Dataset:
    """Purchases joined with goods; `order` -1 writes the tables the other way round."""
    tables = [{**SHOP, **({"columns": shop} if shop else {})}, {**GOODS, "columns": goods}][::order]
    return samples.dataset(
        tables=tables,
        primary="purchases",
        joins=[{"left": "purchases", "right": "goods", "keys": [{"left": "sku", "right": "sku"}]}],
        roles={"customer_id": "sku", "product_id": "price"},
        filters={},
    )


@pytest.mark.parametrize("order", [1, -1])
def test_names_do_not_depend_on_the_order_of_tables(order):
    """S1.10: the own name where it is the only one or of the primary table, else with the alias."""
    goods = [{"column": "price"}, {"column": "Brand"}, {"column": "size.in cm"}, {"column": "size.all"}]
    found = {column.name: (column.table, column.source) for column in output_columns(two(goods, order=order), TABLES)}
    assert found == {
        "sku": ("purchases", "sku"),
        "price": ("purchases", "price"),
        "goods_price": ("goods", "price"),
        "Brand": ("goods", "Brand"),
        "size_in_cm": ("goods", "size.in cm"),
        "size_all": ("goods", "size.all"),
    }


def test_a_given_name_leaves_the_own_name_to_others():
    dataset = two([{"column": "price"}], shop=[{"column": "sku"}, {"column": "price", "name": "paid"}])
    assert [column.name for column in output_columns(dataset, TABLES)] == ["paid", "price", "sku"]


def test_without_columns_a_joined_table_offers_none():
    """S1.1."""
    dataset = two([{"column": "Brand"}])
    tables = [SHOP, GOODS]
    dataset = dataset.model_copy(update={"tables": samples.dataset(tables=tables).tables})
    assert [column.name for column in output_columns(dataset, TABLES)] == ["price", "sku"]


def test_clashes_name_both_sources():
    with pytest.raises(InvalidDocument, match="columns `purchases.price`, `goods.Brand` would share the name `price`"):
        output_columns(two([{"column": "Brand", "name": "PRICE"}]), TABLES)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("size", "E_TYPE"),
        ("lots", "E_TYPE"),
        ("lots.id", "E_COLUMN_NOT_FOUND"),
        ("size.in_cm", "E_COLUMN_NOT_FOUND"),
        ("Brand.x", "E_COLUMN_NOT_FOUND"),
        ("size.", "E_COLUMN_NOT_FOUND"),
    ],
)
def test_paths_that_lead_nowhere(path, code):
    """S1.12, S1.35."""
    with pytest.raises(InvalidDocument) as caught:
        output_columns(two([{"column": path}]), TABLES)
    assert [(each.code, each.path) for each in caught.value.problems] == [(code, "tables.1.columns.0.column")]


def test_a_struct_proposes_one_of_its_fields():
    with pytest.raises(InvalidDocument, match="Select a field of it, e.g. `size.in cm`."):
        output_columns(two([{"column": "size"}]), TABLES)


def test_labels_and_nulls_travel_with_the_column():
    (column,) = [
        c
        for c in output_columns(two([{"column": "Brand", "label": "Make", "nulls": "drop_row"}]), TABLES)
        if c.table == "goods"
    ]
    assert (column.label, column.nulls) == ("Make", "drop_row")


def test_histories_are_lists_of_ids_with_names_of_their_own():
    """S1.24."""
    history = [{"name": "recent", "item": "product", "length": 5}, {"name": "Price", "item": "product"}]
    with pytest.raises(InvalidDocument) as caught:
        output_columns(samples.dataset(history=history), samples.TABLES)
    assert [(each.code, each.path) for each in caught.value.problems] == [("E_NAME_CLASH", "history.1.name")]
    found = {c.name: c for c in output_columns(samples.dataset(history=history[:1]), samples.TABLES)}["recent"]
    assert (found.example_type, found.repeated, found.table, found.history.length) == ("bytes", True, "", 5)


def test_the_warehouse_is_asked_for_every_table():
    dataset = samples.dataset(catalogue={"table": "sales.goods", "product_id": "sku"})
    assert tables_needed(dataset) == {"purchases": "sales.purchases", "qt_catalogue": "sales.goods"}


@pytest.mark.parametrize(("count", "codes"), [(300, []), (301, ["E_COLUMN_COUNT"])])
def test_a_dataset_offers_what_documents_can_hold(count: int, codes: list[str]) -> None:
    found = [SourceColumn(f"c{number}", "STRING") for number in range(count)]
    outputs, problems = resolve_columns(samples.dataset(), one_table(found))
    assert [(problem.code, problem.path) for problem in problems] == [(code, "tables.0.columns") for code in codes]
    assert len(outputs) == count
    some = [{"column": column.name} for column in found[:3]]
    assert resolve_columns(with_columns(*some), one_table(found))[1] == []
