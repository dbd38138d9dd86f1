"""The text of the SQL: carried names and values, one tree, the same bytes, an effect for every option (S1.25-S1.28)."""

from __future__ import annotations

import functools
import itertools
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from local.warehouse import to_duckdb
from shared.columns import SourceColumn, SourceTable, output_columns
from shared.documents import Dataset
from shared.hashing import H
from shared.names import is_quotable
from shared.parsing import parse
from shared.preflight import SAMPLE_PRESETS
from shared.problems import InvalidDocument
from shared.splits import Bounds
from shared.sql import (
    count_query,
    frozen_at,
    hash_of,
    history_query,
    preview_query,
    print_query,
    reference_query,
    rows_steps,
    split_queries,
)
from shared.sql.parts import as_
from shared.sql.values import NoLiteral, literal, source_column
from tests.unit import samples
from tests.unit.sql_cases import NASTY

GOLDEN = Path(__file__).parent / "golden" / "sql"
DAYS = {"ref": date(2026, 1, 31), "test_start": date(2026, 1, 18), "val_start": date(2026, 1, 4)}
STRICT = Bounds("strict_time", **DAYS)
HOLDOUT = Bounds("time_holdout", date(2026, 1, 31), test_start=date(2026, 1, 25))
RANDOM = Bounds("random")
AS_OF = datetime(2026, 2, 1, 12, 30, tzinfo=UTC)


def statements(
    dataset: Dataset,
    tables: dict[str, SourceTable],
    bounds: Bounds = STRICT,
    *,
    needed: set[str] = frozenset(),
    candidate: set[str] = frozenset(),
    percent: int = 100,
    seed: int = 17,
    required: frozenset[str] = frozenset(),
    as_of: datetime | None = None,
) -> dict[str, str]:
    """Every statement about a dataset."""
    outputs = output_columns(dataset, tables)
    needed = {*needed, *(history.name for history in dataset.history)}
    made = {
        "reference": reference_query(dataset, tables, required),
        "counts": count_query(dataset, tables, bounds, percent, seed, SAMPLE_PRESETS, required),
        "preview": preview_query(dataset, tables, seed),
        **split_queries(dataset, tables, outputs, needed, candidate, bounds, percent, seed, required, as_of),
    }
    if dataset.history:
        made["histories"] = history_query(dataset, tables, bounds, percent, seed, required)
    return made


def train_query(
    dataset: Dataset,
    bounds: Bounds = STRICT,
    *,
    needed: frozenset[str] = frozenset(),
    percent: int = 100,
    seed: int = 17,
    **more: Any,
) -> str:
    """What a run over the small sample trains on."""
    outputs = output_columns(dataset, samples.TABLES)
    needed = needed | {history.name for history in dataset.history}
    return split_queries(dataset, samples.TABLES, outputs, needed, set(), bounds, percent, seed, **more)["train"]


@functools.cache
def whole() -> dict[str, str]:
    """Every statement about the dataset in which every field is used."""
    return statements(full(), samples.FULL_TABLES, as_of=AS_OF)


def full(**changes: Any) -> Dataset:
    return parse("datasets", "wholesale", samples.raw(samples.FULL_DATASET, **changes))


@pytest.mark.parametrize("key", [*NASTY, "abc", "a" * 1000])
def test_the_hash_in_sql_is_the_hash_in_python(key):
    """S0.6."""
    query = exp.select(hash_of("sample|17", exp.Literal.string(key)))
    assert duckdb.sql(to_duckdb(query.sql("bigquery"))).fetchone() == (H("sample|17", key),)


def test_every_statement_is_one_select_over_the_declared_tables():
    """S1.25, S1.26."""
    for text in whole().values():
        (statement,) = sqlglot.parse(text, read="bigquery")
        assert isinstance(statement, exp.Select)
        steps = {cte.alias for cte in statement.ctes}
        tables = {(t.catalog, t.db, t.name) for t in statement.find_all(exp.Table) if t.name not in steps}
        assert tables <= {("", "sales", "purchases"), ("warehouse-eu", "sales", "products")}
        assert statement.find(exp.Insert, exp.Update, exp.Delete, exp.Drop, exp.Create, exp.Command) is None
        assert all(identifier.quoted for identifier in statement.find_all(exp.Identifier))


def test_the_steps_come_in_the_order_of_the_rule():
    """S1.26."""
    made = whole()
    filtered = ["src_products", "src_purchases", "joined", "base", "fit", "keep_products", "keep_customers", "filtered"]
    assert steps_of(made["train"]) == [*filtered, "labelled", "profile_recent", "converted"]
    tables = sorted([*filtered[:2], "src_qt_catalogue"])
    assert steps_of(made["catalogue"]) == [*tables, *filtered[2:], "labelled", "converted", "latest", "active"]
    plain = statements(samples.dataset(filters={}), samples.TABLES)
    assert steps_of(plain["train"]) == ["src_purchases", "joined", "base", "labelled", "converted"]


def steps_of(text: str) -> list[str]:
    return [cte.alias for cte in sqlglot.parse_one(text, read="bigquery").ctes]


def test_the_splits_differ_in_their_last_condition_only():
    """S1.27."""
    made = golden_cases()["everything"]  # of a sample
    beginnings = {made[split].rsplit("WHERE", 1)[0] for split in ("train", "eval", "test")}
    assert len(beginnings) == 1


def test_the_same_documents_make_the_same_bytes():
    """S1.27: shuffling keys, lists without a meaning of order, and the catalogue changes nothing."""
    raw = samples.raw(samples.FULL_DATASET)
    shuffled = {key: raw[key] for key in reversed(raw)}
    shuffled["tables"] = [{**table, "columns": table["columns"][::-1]} for table in raw["tables"][::-1]]
    tables = {alias: SourceTable(table.columns[::-1]) for alias, table in reversed(samples.FULL_TABLES.items())}
    assert whole() == statements(parse("datasets", "wholesale", shuffled), tables, as_of=AS_OF)


# ------------------------------------------------------------------------------------------ no option is decoration

STRUCTURE = {
    "another table": {"tables": [{"table": "sales.others", "alias": "purchases"}]},
    "another time zone": {"timezone": "Asia/Tokyo"},
    "no order": {"roles": {k: v for k, v in samples.DATASET["roles"].items() if k != "order_id"}},
    "no time": {"roles": {k: v for k, v in samples.DATASET["roles"].items() if k != "event_time"}, "bounds": RANDOM},
    "revenue": {"roles": {**samples.DATASET["roles"], "revenue": "price"}},
    "quantity": {"roles": {**samples.DATASET["roles"], "quantity": "quantity"}},
    "a customer of another column": {"roles": {**samples.DATASET["roles"], "customer_id": "country"}},
    "a product of another column": {"roles": {**samples.DATASET["roles"], "product_id": "country"}},
    "catalogue": {"catalogue": {"table": "sales.purchases", "product_id": "product"}},
}


@pytest.mark.parametrize("name", STRUCTURE)
def test_each_field_changes_the_sql(name):
    """S0.2."""
    changes = dict(STRUCTURE[name])
    bounds = changes.pop("bounds", STRICT)
    tables = {**samples.TABLES, "qt_catalogue": samples.TABLES["purchases"]}
    made, usual = (
        count_query(samples.dataset(filters={}, **more), tables, split, 100, 17)
        for more, split in ((changes, bounds), ({}, STRICT))
    )
    assert made != usual


def filtered(*rows: dict, **more: Any) -> str:
    """The steps that every statement of a run begins with."""
    roles = {**samples.DATASET["roles"], "revenue": "price"}
    dataset = samples.dataset(roles=roles, filters={"rows": list(rows), **more})
    return beginning(dataset, samples.TABLES)


def beginning(dataset: Dataset, tables: dict[str, SourceTable]) -> str:
    """As text, which `print_query` would give (test_every_statement_is_one_select_over_the_declared_tables)."""
    steps = rows_steps(dataset, tables, upto="filtered", columns=(), bounds=STRICT, with_catalogue=True)
    return "\n".join(f"{name}: {step.sql('bigquery')}" for name, step in steps)


OTHER_OPERATORS = ("lt", "le", "ge", "eq", "ne")
CATEGORY = {"kind": "category", "column": "country", "values": ["a"]}
NUMBER = {"kind": "number", "column": "quantity", "op": "gt", "value": 1.0}
BETWEEN = {"kind": "number", "column": "quantity", "op": "between", "min": 1.0, "max": 2.0}
DATE = {"kind": "date", "column": "bought_at", "from": "2025-01-01", "to": "2025-12-31"}
LAST = {"kind": "date", "column": "bought_at", "last_days": 30}
NULL = {"kind": "null", "column": "country", "keep": "null"}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (
            CATEGORY,
            [{"column": "product"}, {"mode": "exclude"}, {"values": ["b"]}, {"values": ["a", "b"]}, {"nulls": "keep"}],
        ),
        ({**CATEGORY, "mode": "exclude"}, [{"nulls": "drop"}]),
        (
            NUMBER,
            [{"column": "price"}, {"value": 2.0}, {"nulls": "keep"}, *({"op": op} for op in OTHER_OPERATORS)],
        ),
        (BETWEEN, [{"min": 0.0}, {"max": 3.0}, {"nulls": "keep"}]),
        (DATE, [{"from": "2025-01-02"}, {"to": "2025-12-30"}]),
        (LAST, [{"last_days": 31}]),
        (NULL, [{"keep": "not_null"}, {"column": "price"}]),
    ],
    ids=["category", "exclude", "number", "between", "date", "last_days", "null"],
)  # fmt: skip
def test_each_option_of_a_row_filter_changes_the_sql(rule, changes):
    """S0.2, S1.17."""
    made = [filtered(), filtered(rule), *(filtered({**rule, **change}) for change in changes)]
    assert len(set(made)) == len(made)


AGGREGATE = {"measure": "transactions", "op": "ge", "value": 2.0}
ENTITY = [
    None,
    {"top_revenue_percent": 80.0},
    {"top_revenue_percent": 81.0},
    {"min_transactions": 2},
    {"min_transactions": 3},
    *({"aggregates": [{**AGGREGATE, "op": op}]} for op in ("lt", "le", "gt", "eq", "ne")),
    *(
        {"aggregates": [{**AGGREGATE, "measure": measure}]}
        for measure in ("revenue", "average_revenue", "distinct_counterparts", "last_seen_days")
    ),
    {"aggregates": [{"measure": "transactions", "op": "between", "min": 1.0, "max": 2.0}]},
    {"aggregates": [{"measure": "transactions", "op": "between", "min": 1.0, "max": 3.0}]},
    {"aggregates": [{"measure": "transactions", "op": "between", "min": 0.0, "max": 3.0}]},
]


def test_each_option_of_product_and_customer_filters_changes_the_sql():
    """S0.2, S1.19, S1.20; the shorthand is the same as what it is short for."""
    made = [filtered(products=rule) for rule in ENTITY]
    made += [filtered(customers=rule) for rule in ENTITY[1:4]]
    assert len(set(made)) == len(made)
    assert filtered(products={"aggregates": [AGGREGATE]}) == filtered(products={"min_transactions": 2})


def test_each_option_of_the_window_changes_the_sql():
    """S0.2, S1.18."""
    windows = [{"last_days": 30}, {"last_days": 31}, {"from": "2025-01-01"}, {"from": "2025-01-02"}]
    windows += [{"from": "2025-01-01", "to": "2025-06-30"}, {"from": "2025-01-01", "to": "2025-07-01"}]
    made = [filtered(), *(filtered(window=window) for window in windows)]
    assert len(set(made)) == len(made)


def test_each_option_of_a_history_changes_the_sql():
    """S0.2, S1.24."""
    usual = {"name": "recent", "item": "product"}
    changes = [{}, {"name": "bought"}, {"item": "country"}, {"length": 49}, {"mode": "profile"}]
    made = [train_query(samples.dataset(history=[{**usual, **change}])) for change in changes]
    assert len(set(made)) == len(made)
    lengths = [
        history_query(samples.dataset(history=[{**usual, **change}]), samples.TABLES, STRICT, 100, 17)
        for change in changes
        if "name" not in change
    ]
    assert len(set(lengths)) == len(lengths)


def test_each_option_of_columns_joins_and_the_catalogue_changes_the_sql():
    """S0.2, S1.1, S1.14."""

    def with_column(**change: Any) -> Dataset:
        tables = samples.raw(samples.FULL_DATASET)["tables"]
        tables[0]["columns"][6] = {"column": "country", "name": "land", **change}
        return full(tables=tables)

    join = samples.FULL_DATASET["joins"][0]
    documents = [
        full(),
        with_column(nulls="drop_row"),
        with_column(nulls={"fill": "?"}),
        with_column(nulls={"fill": "!"}),
        with_column(column="product"),
        full(joins=[{**join, "type": "inner"}]),
        full(joins=[{**join, "keys": [{"left": "product", "right": "brand"}]}]),
        full(joins=[{**join, "keys": [{"left": "country", "right": "sku"}]}]),
        full(joins=[{**join, "keys": [*join["keys"], {"left": "country", "right": "brand"}]}]),
    ]
    made = [beginning(document, samples.FULL_TABLES) for document in documents]
    assert len(set(made)) == len(made)
    rule = samples.FULL_DATASET["catalogue"]
    rules = ["train", rule, {**rule, "product_id": "brand"}, {key: rule[key] for key in ("table", "product_id")}]
    catalogues = [count_query(full(catalogue=each), samples.FULL_TABLES, STRICT, 100, 17) for each in rules]
    assert len(set(catalogues)) == len(catalogues)


@pytest.mark.parametrize(
    "change",
    [
        {"bounds": HOLDOUT},
        {"bounds": RANDOM},
        {"bounds": Bounds("strict_time", **DAYS, train_start=date(2025, 1, 1))},
        {"bounds": Bounds("strict_time", **{**DAYS, "ref": date(2026, 1, 30)})},
        {"percent": 50},
        {"seed": 18},
        {"required": frozenset({"price"})},
        {"as_of": AS_OF},
        {"needed": frozenset({"country"})},
    ],
)
def test_each_choice_of_an_experiment_changes_the_sql(change):
    """S0.2, S1.28, S2."""
    assert train_query(samples.dataset(), **change) != train_query(samples.dataset())


def test_a_frozen_window_is_a_literal():
    """S1.28: no statement of a run looks for the newest day."""
    rules = {"rows": [LAST], "window": {"last_days": 7}}
    frozen = Bounds("strict_time", **DAYS, window_ref=date(2026, 1, 31), newest={"bought_at": date(2026, 1, 30)})
    text = statements(samples.dataset(filters=rules), samples.TABLES, frozen)["train"]
    assert "MAX(" not in text
    assert "CAST('2026-01-25' AS DATE)" in text and "CAST('2026-01-01' AS DATE)" in text


def test_tables_are_read_as_they_were_when_all_of_them_can_be():
    """S1.28: native tables, within 7 days."""
    assert whole()["train"].count("FOR SYSTEM_TIME AS OF CAST('2026-02-01 12:30:00.000000+00:00' AS TIMESTAMP)") == 2
    assert frozen_at(samples.TABLES, AS_OF, AS_OF + timedelta(days=6, hours=23)) == AS_OF
    assert frozen_at(samples.TABLES, AS_OF, AS_OF + timedelta(days=7)) is None
    view = {"purchases": SourceTable(samples.TABLES["purchases"].columns, native=False)}
    assert frozen_at(view, AS_OF, AS_OF) is None


# ------------------------------------------------------------------------------------------- hostile names and values

FRAGMENTS = [
    *[
        "",
        "a",
        "'",
        '"',
        "`",
        "\\",
        "\n",
        "\r",
        "\t",
        ";",
        "--",
        "#",
        "/*",
        "*/",
        "'''",
        '"""',
        "\\'",
        "\\`",
        "\\x00",
        "r'",
    ],
    *[
        "{{ 7 * 7 }}",
        "{% raw %}",
        "${x}",
        "%s",
        "{0}",
        "$1",
        "@split",
        "?",
        "NULL",
        "SELECT",
        "UNION ALL",
        "AS",
        "OVER ()",
    ],
    *[
        "ü",
        "商",
        "🙂",
        "\u2028",
        "\u202e",
        "\ufeff",
        "\x7f",
        "\x1f",
        "\x00",
        "\ud800",
        ".",
        "..",
        "1e9",
        "qt_split",
        'b"',
    ],
    *["' OR '1'='1", "`; DROP TABLE x; --"],
]
HOSTILE = sorted({"".join(parts) for parts in itertools.product(FRAGMENTS, FRAGMENTS, ["", "'", "`", "\\", "\n"])})


def chunks(items: list[str], size: int = 400) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def test_there_are_ten_thousand_hostile_strings():
    assert len(HOSTILE) >= 10_000


@pytest.mark.parametrize("part", range(4))
def test_hostile_values_arrive_as_they_are_or_are_refused(part):
    """S1.25: literally or not at all, and the tree is that of harmless values."""
    for texts in chunks(HOSTILE)[part::4]:
        carried = [text for text in texts if is_carried(text)]
        query = exp.select(*(as_(literal(text, "STRING"), f"c{index}") for index, text in enumerate(carried)))
        printed = print_query(query, samples.dataset())
        (statement,) = sqlglot.parse(printed, read="bigquery")
        assert [found.this for found in statement.find_all(exp.Literal, bfs=False)] == carried
        assert shape(statement) == shape(exp.select(*(as_(literal("x", "STRING"), "c") for _ in carried)))
        assert list(duckdb.sql(to_duckdb(printed)).fetchone()) == carried


def is_carried(text: str) -> bool:
    try:
        literal(text, "STRING")
    except NoLiteral:
        assert "\x00" in text or "\ud800" in text
        return False
    return True


@pytest.mark.parametrize("part", range(4))
def test_hostile_names_arrive_as_they_are_or_are_refused(part):
    """S0.5, S1.25: dots and control characters cannot be quoted, everything else is carried."""
    for names in chunks([name for name in HOSTILE if name])[part::4]:
        quotable = [name for name in names if is_quotable(name)]
        query = exp.select(*(source_column(name, "src_t") for name in quotable))
        (statement,) = sqlglot.parse(print_query(query, samples.dataset()), read="bigquery")
        assert [found.name for found in statement.selects] == quotable
        assert shape(statement) == shape(exp.select(*(source_column("x", "src_t") for _ in quotable)))
        refused = [name for name in names if not is_quotable(name)]
        assert not output_columns(samples.dataset(), {"purchases": columns(refused)})


def columns(names: list[str]) -> SourceTable:
    return SourceTable(tuple(SourceColumn(name, "STRING") for name in names))


def shape(tree: exp.Expression) -> list[str]:
    """The kinds of the nodes, without what names and values are."""
    return [type(node).__name__ for node in tree.walk(bfs=False)]


WORST = [
    "`",
    "\\",
    "'",
    "a`b\\",
    "x' OR '1'='1",
    "`; DROP TABLE x; --",
    "{{ 7 * 7 }}",
    "商\u202e🙂",
    "SELECT",
    "%s {0}",
]


@pytest.mark.parametrize("name", WORST)
def test_a_whole_dataset_of_hostile_names_has_the_tree_of_a_harmless_one(name):
    """S1.25."""
    assert shapes(name) == shapes("harmless")


@functools.cache
def shapes(name: str) -> list[list[str]]:
    """The trees of the statements of a dataset in which everything that may be called `name` is."""
    own = [("c", "STRING"), ("p", "STRING"), ("t", "TIMESTAMP"), ("v", "STRING")]
    tables = {
        "purchases": SourceTable(
            (
                *(SourceColumn(name + suffix, kind) for suffix, kind in own),
                SourceColumn(name + "s", "RECORD", fields=(SourceColumn(name, "STRING"),)),
                SourceColumn(name + "l", "STRING", "REPEATED"),
            )
        ),
        "goods": columns([name]),
        "qt_catalogue": columns([name]),
    }
    selection = [{"column": name + suffix, "name": output} for suffix, output in zip("cptl", "cptl", strict=True)]
    selection.append({"column": name + "v", "name": "v", "nulls": {"fill": name}})
    selection.append({"column": f"{name}s.{name}", "name": "s"})
    dataset = samples.dataset(
        tables=[
            {"table": f"{name}.{name}.{name}", "alias": "purchases", "columns": selection},
            {"table": f"{name}.{name}2", "alias": "goods", "columns": [{"column": name, "name": "g"}]},
        ],
        primary="purchases",
        joins=[{"left": "purchases", "right": "goods", "keys": [{"left": name + "p", "right": name}]}],
        roles={"customer_id": "c", "product_id": "p", "event_time": "t"},
        filters={"rows": [{"kind": "category", "column": "v", "values": [name], "mode": "exclude"}]},
        history=[{"name": "h", "item": "v"}],
        catalogue={"table": f"{name}.{name}.{name}3", "product_id": name},
    )
    made = statements(dataset, tables, needed={"l", "s", "g", "h"})
    return [shape(sqlglot.parse_one(text, read="bigquery")) for text in made.values()]


@pytest.mark.parametrize("name", ["\n", "\x00", "a\x1fb", "x..y"])
def test_a_table_whose_name_cannot_be_quoted_is_refused(name):
    dataset = samples.dataset(tables=[{"table": f"sales.{name}", "alias": "purchases"}])
    with pytest.raises(InvalidDocument, match="is not the name of a table"):
        reference_query(dataset, samples.TABLES)


# ------------------------------------------------------------------------------------------------------------- golden

LEAST = {"purchases": columns(["customer", "product"])}
SHOP = {"customer_id": "customer", "product_id": "product"}
TIMED = {**SHOP, "event_time": "bought_at"}
ABUSED = [
    ('cust`omer\'s "id"', "INT64", "customer"),
    ("größe 商品; --", "STRING", "product"),
    ("it's \\ a date", "DATE", "day"),
    ("sum", "NUMERIC", "sum"),
    ("at", "TIME", "at"),
    ("gift", "BOOL", "gift"),
]


@functools.cache
def golden_cases() -> dict[str, dict[str, str]]:
    """Datasets whose SQL is kept as text: everything, the least there can be, and each construct by itself."""
    abused = {"purchases": SourceTable(tuple(SourceColumn(source, kind) for source, kind, _ in ABUSED))}
    abused_columns = [{"column": source, "name": name} for source, _, name in ABUSED]
    lists = SourceTable(
        (
            *samples.CATALOGUE,
            SourceColumn("tags", "STRING", "REPEATED"),
            SourceColumn("seen", "TIMESTAMP", "REPEATED"),
            SourceColumn("address", "RECORD", fields=(SourceColumn("city", "STRING"),)),
        )
    )
    listed = [{"column": name} for name in ("customer", "product", "bought_at", "tags", "seen", "address.city")]
    revenue = {**samples.DATASET["roles"], "revenue": "price"}
    join = {"left": "purchases", "right": "products", "keys": [{"left": "product", "right": "sku"}]}
    brands = {"left": "products", "right": "brands", "keys": [{"left": "brand", "right": "id"}], "type": "inner"}
    three = [
        {"table": "sales.brands", "columns": [{"column": "country"}]},
        {"table": "sales.products", "columns": [{"column": "brand"}]},
        {"table": "sales.purchases"},
    ]
    three_tables = {**samples.TABLES, "products": samples.FULL_TABLES["products"]}
    three_tables["brands"] = SourceTable((SourceColumn("id", "INTEGER"), SourceColumn("country", "STRING")))
    frozen = Bounds("strict_time", **DAYS, window_ref=date(2026, 1, 31), newest={"bought_at": date(2026, 1, 31)})
    rules = [CATEGORY, {**NUMBER, "nulls": "keep"}, DATE, {**NULL, "column": "basket"}]
    relative = {"rows": [LAST], "window": {"last_days": 365}}
    tops = {
        "products": {"top_revenue_percent": 80.0},
        "customers": {"aggregates": [{**AGGREGATE, "measure": "average_revenue"}]},
    }
    histories = [
        {"name": "recent", "item": "product", "length": 20},
        {"name": "lands", "item": "country", "mode": "profile"},
    ]
    return {
        "strict_time": statements(
            samples.dataset(), samples.TABLES, Bounds("strict_time", **DAYS, train_start=date(2025, 1, 4)),
            needed={"price", "country"}, candidate={"country"}, percent=25,
        ),
        "random_without_time": statements(
            samples.dataset(tables=[{"table": "my-project.sales.purchases"}], roles=SHOP, filters={}, timezone="UTC"),
            LEAST, RANDOM,
        ),
        "time_holdout_odd_names": statements(
            samples.dataset(
                tables=[{"table": "sales.pur`chases", "alias": "purchases", "columns": abused_columns}],
                roles={**SHOP, "event_time": "day"},
                filters={"rows": [{"kind": "number", "column": "sum", "op": "ge", "value": 0.1}]},
            ),
            abused, HOLDOUT, needed={"sum", "at", "gift"}, candidate={"gift"}, percent=5,
        ),
        "everything": statements(
            full(), samples.FULL_TABLES, frozen, needed={"brand", "category"}, candidate={"brand"}, percent=50,
            required=frozenset({"quantity"}), as_of=AS_OF,
        ),
        "three_tables": statements(
            samples.dataset(tables=three, primary="purchases", joins=[brands, join]), three_tables,
            needed={"brand", "brands_country"}, candidate={"brand", "brands_country"},
        ),
        "lists_and_structs": statements(
            samples.dataset(tables=[{"table": "sales.purchases", "columns": listed}], roles=TIMED, filters={}),
            {"purchases": lists}, needed={"tags", "seen", "address_city"}, candidate={"tags"},
        ),
        "row_filters": statements(samples.dataset(filters={"rows": rules}), samples.TABLES),
        "relative_days": statements(samples.dataset(filters=relative), samples.TABLES, frozen),
        "top_revenue": statements(samples.dataset(roles=revenue, filters=tops), samples.TABLES),
        "aggregates_random_split": statements(
            samples.dataset(filters={"products": {"min_transactions": 3}}, roles=TIMED), samples.TABLES, RANDOM
        ),
        "histories": statements(samples.dataset(history=histories), samples.TABLES, percent=10),
        "catalogue_table": statements(
            samples.dataset(catalogue={"table": "sales.purchases", "product_id": "product"}),
            {**samples.TABLES, "qt_catalogue": samples.TABLES["purchases"]}, needed={"country"}, candidate={"country"},
        ),
    }  # fmt: skip


def test_golden_texts_are_those_of_the_cases():
    assert {path.stem for path in GOLDEN.glob("*.sql")} == set(golden_cases())


WHOLE = {"everything", "strict_time"}  # of the others what begins like `train` is left out


@pytest.mark.parametrize("name", golden_cases())
def test_golden_text(name):
    """S11.2. After a change that is meant: `UPDATE_GOLDEN=1 pytest tests/unit/test_sql.py`, and read the difference."""
    made = golden_cases()[name]
    shown = made if name in WHOLE else {query: made[query] for query in ("train", "catalogue")}
    text = "\n\n".join(f"-- {query}\n{sql}" for query, sql in shown.items()) + "\n"
    path = GOLDEN / f"{name}.sql"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
