"""S11.2: the SQL of a run, executed on the local warehouse against an independent reference in polars."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from local.warehouse import connect, to_duckdb
from shared.columns import SourceColumn, SourceTable, output_columns
from shared.hashing import H, share_threshold
from shared.preflight import SAMPLE_PRESETS, Counts, history_reports
from shared.splits import Bounds, Reference, resolve_split
from shared.sql import count_query, history_query, preview_query, reference_query, split_queries
from tests.unit import samples
from tests.unit import warehouse_reference as reference
from tests.unit.sql_cases import Case, Warehouse, random_case

CASES = int(os.environ.get("SQL_CASES", "5"))  # with TABLES tables each; 40 of them are the 200 tables of the rule
TABLES = 5
SPLITS = ("train", "eval", "test")


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    return Warehouse()


def as_counter(rows: list[Mapping[str, Any]]) -> Counter:
    return Counter(tuple((name, tuple(v) if isinstance(v, list) else v) for name, v in row.items()) for row in rows)


@pytest.mark.parametrize("number", range(CASES))
def test_every_statement_selects_what_the_reference_selects(warehouse, number):
    """S1.2-S1.24, S1.29, S1.34, S2.1-S2.8, S2.11, S2.12: rows, funnel, counts, catalogue, histories, preview."""
    case = random_case(random.Random(number))
    dataset, bounds = case.dataset, Bounds(**case.bounds)
    outputs = output_columns(dataset, case.catalogue)
    columns = sorted(case.needed | set(case.document["roles"].values()))

    def texts(percent: int) -> dict[str, str]:
        return split_queries(
            dataset, case.catalogue, outputs, case.needed, case.candidate, bounds, percent, case.seed, case.required
        )

    statements = {percent: texts(percent) for percent in (case.percent, 100)}
    funnel = reference_query(dataset, case.catalogue, case.required)
    counts = count_query(dataset, case.catalogue, bounds, case.percent, case.seed, SAMPLE_PRESETS, case.required)
    preview = preview_query(dataset, case.catalogue, case.seed, rows=7)
    measured = (
        history_query(dataset, case.catalogue, bounds, case.percent, case.seed, case.required)
        if dataset.history
        else None
    )
    for table in range(TABLES):
        tables = case.make(random.Random(f"{number}/{table}"))
        warehouse.load(tables)
        used = {each["alias"]: tables[each["alias"]] for each in case.document["tables"]}
        base, left = reference.base(used, case.document, sorted(case.required))
        check_funnel(warehouse.rows(funnel), case, base, left, used)
        # as frozen by a pre-flight over the same rows: the window and relative filters select the same
        kept = base if case.bounds["ref"] is None else base.filter(pl.col("_day") <= case.bounds["ref"])
        rows, _ = reference.filtered(kept, case.document, case.bounds["test_start"])
        rows = reference.labelled(rows, case.document, case.bounds, case.seed)
        check_splits(warehouse, statements, case, rows, columns)
        active = active_products(tables["products"]) if case.document["catalogue"] != "train" else None
        check_catalogue(warehouse, statements, case, rows, active)
        check_counts(warehouse.rows(counts), case, rows, kept, active)
        if measured is not None:
            check_histories(warehouse.rows(measured), case, rows)
        check_preview(warehouse.rows(preview), case, used)


def active_products(products: pl.DataFrame) -> set[str]:
    kept = products.filter(pl.col("info").struct.field("active?") & pl.col("sku").is_not_null())
    return set(kept["sku"])


def check_funnel(found: list[dict], case: Case, base: pl.DataFrame, left: list[int], used: dict) -> None:
    (row,) = found
    seen = Reference.from_row(row, case.dataset)
    _, entities = reference.filtered(base, case.document, None)
    joined = left if case.document["joins"] else left[1:]
    assert [stage.rows for stage in seen.funnel] == [used["purchases"].height, *joined, *entities]
    if "event_time" in case.document["roles"]:
        assert (seen.first_day, seen.last_day) == (base["_day"].min(), base["_day"].max())


def check_splits(warehouse: Warehouse, statements: dict, case: Case, rows: pl.DataFrame, columns: list[str]) -> None:
    """Equal to the reference; disjoint and complete; samples nest (S2.8); test rows equal for all sizes."""
    names = [name for name in columns if name not in {history["name"] for history in case.document["history"]}]
    stored: dict[tuple[int, str], Counter] = {}
    for percent, texts in statements.items():
        for split in SPLITS:
            found = warehouse.rows(texts[split])
            whole = reference.converted(rows, case.document, columns, percent)
            chosen = reference.split_rows(rows.with_row_index("_index"), split, percent)["_index"]
            assert as_counter(found) == as_counter([whole[index] for index in chosen])
            assert all(list(row) == columns for row in found)  # alphabetical, nothing that begins with qt_ (S1.27)
            stored[percent, split] = as_counter([{name: row[name] for name in names} for row in found])
    for split in SPLITS:
        assert stored[case.percent, split] <= stored[100, split]
    assert stored[case.percent, "test"] == stored[100, "test"]
    dropped = rows["_split"].is_null().sum()
    assert sum(stored[100, split].total() for split in SPLITS) + dropped == rows.height


def check_catalogue(warehouse: Warehouse, statements: dict, case: Case, rows: pl.DataFrame, active: set | None) -> None:
    text = statements[100]["catalogue"]
    assert text == statements[case.percent]["catalogue"]  # whatever the sample (S2.12)
    found = warehouse.rows(text)
    expected = reference.catalogue(rows, case.document, sorted(case.candidate), active)
    assert len(found) == len(expected)
    for row in found:
        of_product = expected[row["product"]]
        for name, value in row.items():
            assert value == (of_product.get(name) if name in case.candidate else None) or value == [] == (
                of_product.get(name) or []
            )


def check_counts(found: list[dict], case: Case, rows: pl.DataFrame, before: pl.DataFrame, active: set | None) -> None:
    (row,) = found
    counts = Counts.from_row(row)
    customer, product = pl.col("customer").cast(pl.String), pl.col("product")
    train = reference.split_rows(rows, "train", case.percent)
    whole = reference.split_rows(rows, "train", 100)
    known_products = set(whole["product"]) if active is None else active
    for split in SPLITS:
        chosen = reference.split_rows(rows, split, case.percent)
        assert dict(counts.fingerprints[split]) == reference.fingerprint(chosen, case.document)
        assert counts.days == {} or counts.days[split] == chosen["_day"].n_unique()
        if split != "train":
            strangers = chosen.filter(~customer.is_in(list(set(train.select(customer).to_series()))))
            novelties = chosen.filter(~product.is_in(list(known_products)))
            assert counts.unseen[split] == {
                "customers": strangers["customer"].n_unique(),
                "customer_rows": strangers.height,
                "products": novelties["product"].n_unique(),
                "product_rows": novelties.height,
            }
    keys = [f"\x1f\x1f{each}\x1f" for each in known_products]
    checksum = sum(reference.hash_of("row", key) % 2**31 for key in keys)
    assert counts.fingerprints["catalogue"] == {"rows": len(keys), "checksum": checksum}
    assert counts.dropped == rows["_split"].is_null().sum()
    assert counts.train_rows_by_percent == {p: reference.split_rows(rows, "train", p).height for p in SAMPLE_PRESETS}
    filters = case.document["filters"]
    if case.bounds["test_start"] is not None and ("products" in filters or "customers" in filters):
        tested = before.filter(pl.col("_day") >= case.bounds["test_start"]).height
        assert counts.removed_test_rows == tested - counts.rows["test"]  # S1.21
    else:
        assert counts.removed_test_rows == 0


def check_histories(found: list[dict], case: Case, rows: pl.DataFrame) -> None:
    (row,) = found
    derived = reference.histories(rows, case.document, case.percent)
    for report in history_reports(case.dataset, row):
        for split in SPLITS:
            chosen = reference.split_rows(rows.with_row_index("_index"), split, case.percent)["_index"]
            lengths = [len(derived[report.name][index]) for index in chosen]
            assert report.empty_share[split] == sum(length == 0 for length in lengths) / max(1, len(lengths))
            assert report.mean_length[split] == sum(lengths) / max(1, len(lengths))


def check_preview(found: list[dict], case: Case, used: dict) -> None:
    """S1.34: the same rows each time, those with the smallest hash."""
    base, _ = reference.base(used, case.document, ())
    order = sorted(
        range(base.height), key=lambda i: (reference.hash_of(f"preview|{case.seed}", base["_key"][i]), base["_key"][i])
    )
    plain = {**case.document, "history": []}
    names = sorted(column["name"] for table in case.document["tables"] for column in table["columns"])
    values = reference.converted(base, plain, names, 100)
    assert len(found) == min(7, base.height)
    assert as_counter(found) <= as_counter(values)
    keys = [base["_key"][index] for index in order[:7]]
    shown = Counter(row["product"] for row in found)
    assert shown == Counter(values[index]["product"] for index in order[:7]), keys


# --------------------------------------------------------------------------------------------------- by themselves


def simple(columns: dict[str, pl.Series], document: dict[str, Any]) -> tuple[Warehouse, Any, dict[str, SourceTable]]:
    """A warehouse with one table of purchases."""
    warehouse = Warehouse()
    warehouse.load({"purchases": pl.DataFrame(columns)})
    types = {pl.String: "STRING", pl.Int64: "INTEGER", pl.Datetime: "DATETIME"}
    catalogue = [
        SourceColumn(name, types[type(series.dtype)]) for name, series in pl.DataFrame(columns).to_dict().items()
    ]
    roles = {"customer_id": "customer", "product_id": "product"}
    table = {"table": "shop.pur`chases", "alias": "purchases"}
    dataset = samples.dataset(tables=[table], **{"roles": roles, "filters": {}, "timezone": "UTC", **document})
    return warehouse, dataset, {"purchases": SourceTable(tuple(catalogue))}


@pytest.mark.parametrize("labels", [["b", None, "a"], ["a", "b", None], [None, "a", "b"]])
def test_the_catalogue_does_not_depend_on_the_order_of_rows_with_one_key(labels):
    """S2.1, S2.12: rows of one order, customer, product and second may still differ; NULL comes first."""
    columns = {"customer": pl.Series(["c"] * 3), "product": pl.Series(["p"] * 3), "label": pl.Series(labels)}
    warehouse, dataset, tables = simple(columns, {})
    in_train = next(seed for seed in range(99) if H(f"split|{seed}", "\x1fc\x1fp\x1f") < share_threshold(80))
    outputs = output_columns(dataset, tables)
    made = split_queries(dataset, tables, outputs, {"label"}, {"label"}, Bounds("random"), 100, in_train)
    assert warehouse.rows(made["catalogue"]) == [{"customer": None, "label": None, "product": "p"}]


def test_rows_that_arrive_later_change_nothing():
    """S1.28: a rerun of the snapshot selects the same rows although the table has grown."""
    days = [datetime(2024, 1, 1) + timedelta(days=day) for day in range(60)]
    columns = {
        "customer": pl.Series([f"c{day % 4}" for day in range(60)]),
        "product": pl.Series([f"p{day % 7}" for day in range(60)]),
        "bought_at": pl.Series(days, dtype=pl.Datetime("us")),
    }
    roles = {"customer_id": "customer", "product_id": "product", "event_time": "bought_at"}
    rules = {"rows": [{"kind": "date", "column": "bought_at", "last_days": 50}], "window": {"last_days": 40}}
    warehouse, dataset, tables = simple(columns, {"roles": roles, "filters": rules})
    (row,) = warehouse.rows(reference_query(dataset, tables))
    found = Reference.from_row(row, dataset)
    assert [stage.rows for stage in found.funnel] == [60, 60, 50, 40]  # S1.17, S1.18: the newest day counts too
    bounds = resolve_split(None, found)
    texts = split_queries(dataset, tables, output_columns(dataset, tables), set(), set(), bounds, 100, 17)
    before = {split: as_counter(warehouse.rows(text)) for split, text in texts.items()}
    assert sum(before[split].total() for split in SPLITS) == 40
    table = pl.DataFrame(columns)
    later = table.with_columns(pl.col("bought_at") + timedelta(days=400))
    warehouse.load({"purchases": pl.concat([table, later])})
    assert {split: as_counter(warehouse.rows(text)) for split, text in texts.items()} == before


def test_lines_of_one_second_never_see_each_other():
    """S1.24: strictly earlier, newest first, each item once."""
    seconds = [0, 0, 5, 5, 9]
    columns = {
        "customer": pl.Series(["c"] * 5),
        "product": pl.Series(["a", "b", "a", "d", "e"]),
        "bought_at": pl.Series([datetime(2024, 1, 1, 0, 0, second) for second in seconds]),
    }
    roles = {"customer_id": "customer", "product_id": "product", "event_time": "bought_at"}
    history = [{"name": "recent", "item": "product"}, {"name": "all", "item": "product", "mode": "profile"}]
    warehouse, dataset, tables = simple(columns, {"roles": roles, "history": history})
    bounds = Bounds("strict_time", date(2024, 3, 1), date(2024, 2, 20), date(2024, 2, 10))
    outputs = output_columns(dataset, tables)
    text = split_queries(dataset, tables, outputs, {"recent", "all"}, set(), bounds, 100, 17)["train"]
    found = {(row["product"], row["bought_at"] % 60): (row["recent"], row["all"]) for row in warehouse.rows(text)}
    assert found == {
        ("a", 0): ([], ["e", "d", "b"]),
        ("b", 0): ([], ["e", "a", "d"]),
        ("a", 5): (["a", "b"], ["e", "d", "b"]),
        ("d", 5): (["a", "b"], ["e", "a", "b"]),
        ("e", 9): (["a", "d", "b"], ["a", "d", "b"]),
    }


@pytest.mark.parametrize("kind", ["strict_time", "random"])
def test_derived_histories_exclude_the_target(kind):
    """S1.24, which is why S1.33 does not look at them: a profile never holds its row's own item, and a list as of a
    moment holds only what was bought in train before it, even where lines share a second and items come again."""
    draw, start, count = random.Random(4), datetime(2024, 1, 1), 400
    columns = {
        "customer": pl.Series([f"c{draw.randrange(12)}" for _ in range(count)]),
        "product": pl.Series([f"p{draw.randrange(9)}" for _ in range(count)]),
        "bought_at": pl.Series(
            [start + timedelta(days=draw.randrange(30), seconds=draw.randrange(2)) for _ in range(count)]
        ),
    }
    roles = {"customer_id": "customer", "product_id": "product", "event_time": "bought_at"}
    history = [{"name": "recent", "item": "product"}, {"name": "ever", "item": "product", "mode": "profile"}]
    warehouse, dataset, tables = simple(columns, {"roles": roles, "history": history})
    days = (date(2024, 1, 30), date(2024, 1, 26), date(2024, 1, 22)) if kind == "strict_time" else (date(2024, 1, 30),)
    outputs = output_columns(dataset, tables)
    made = split_queries(dataset, tables, outputs, {"recent", "ever"}, set(), Bounds(kind, *days), 100, 17)
    rows = warehouse.rows(made["train"])
    bought = {(row["customer"], row["product"], row["bought_at"]) for row in rows}
    assert sum(len(row["recent"]) for row in rows) > len(rows) and sum(len(row["ever"]) for row in rows) > len(rows)
    for row in rows:
        before = {product for customer, product, at in bought if customer == row["customer"] and at < row["bought_at"]}
        assert set(row["recent"]) == before
        assert row["product"] not in row["ever"]


# ---------------------------------------------------------------------------------------------------- public data

ONLINE_RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail" / "transactions.parquet"


@pytest.mark.skipif(not ONLINE_RETAIL.exists(), reason="../shared/data/online_retail is not on this machine")
def test_online_retail_splits_as_published(tmp_path):
    """BASELINES.md: strict_time 14/14 on rows with a customer and a positive quantity."""
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "retail.parquet").write_bytes(ONLINE_RETAIL.read_bytes())
    connection = connect(tmp_path, "demo")
    kinds = {"Quantity": "INTEGER", "InvoiceDate": "DATETIME", "UnitPrice": "FLOAT", "CustomerID": "INTEGER"}
    names = ("InvoiceNo", "StockCode", "Description", "Country", *kinds)
    catalogue = {"retail": SourceTable(tuple(SourceColumn(name, kinds.get(name, "STRING")) for name in names))}
    roles = {
        "customer_id": "CustomerID",
        "product_id": "StockCode",
        "event_time": "InvoiceDate",
        "order_id": "InvoiceNo",
    }
    dataset = samples.dataset(
        tables=[{"table": "public.retail"}],
        roles=roles,
        filters={"rows": [{"kind": "number", "column": "Quantity", "op": "gt", "value": 0}]},
        timezone="Europe/London",
    )

    def only_row(text: str) -> dict[str, Any]:
        result = connection.execute(to_duckdb(text))
        return dict(zip((column[0] for column in result.description), result.fetchone(), strict=True))

    found = Reference.from_row(only_row(reference_query(dataset, catalogue)), dataset)
    assert (found.rows, found.first_day, found.last_day) == (397_924, date(2010, 12, 1), date(2011, 12, 9))
    bounds = resolve_split(None, found)
    counts = Counts.from_row(only_row(count_query(dataset, catalogue, bounds, 100, 17)))
    assert counts.rows == {"train": 339_193, "eval": 31_363, "test": 27_368, "catalogue": 3_631}
    assert (counts.customers["eval"], counts.customers["test"], counts.dropped) == (985, 868, 0)
    outputs = output_columns(dataset, catalogue)
    needed = {"Country", "Description", "UnitPrice"}
    made = split_queries(dataset, catalogue, outputs, needed, {"StockCode", "Description"}, bounds, 100, 17)
    for split, text in made.items():
        (total,) = connection.execute(f"SELECT COUNT(*) FROM ({to_duckdb(text)})").fetchone()
        assert total == counts.rows[split]
