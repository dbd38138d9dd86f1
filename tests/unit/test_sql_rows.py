"""S11.2: the SQL of a run, executed on the local warehouse against an independent reference in polars."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from shared.columns import output_columns
from shared.preflight import SAMPLE_PRESETS, Counts, history_reports
from shared.splits import Bounds, Reference
from shared.sql import count_query, history_query, preview_query, reference_query, split_queries
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
