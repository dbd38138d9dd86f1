"""Preview and funnel (S1.34)."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.analysis.preview import cell, funnel, preview
from shared.hashing import canonical_json
from shared.splits import Reference
from shared.sql import preview_query, reference_query
from tests.unit.analysis_tables import Shop

TYPES = {"customer": "STRING", "product": "INT64", "moment": "TIMESTAMP", "price": "NUMERIC", "tags": "STRING[]"}


def row_of(number: int, **values: Any) -> dict[str, Any]:
    moment = datetime(2025, 1, 1 + number % 28, tzinfo=UTC)
    return {"customer": f"c{number}", "product": number, "moment": moment, "price": None, "tags": ["x"]} | values


def shop_of(folder: Path, rows: list[dict[str, Any]], **fields: Any) -> Shop:
    return Shop(folder, {"purchases": (TYPES, rows)}, **fields)


def shown(shop: Shop, rows: int = 50) -> dict[str, Any]:
    answer = shop.rows(preview_query(shop.dataset, shop.catalogue, 17, rows))
    return preview(shop.dataset, shop.catalogue, answer)


def test_columns_tell_their_types_before_and_after_and_their_nulls(tmp_path: Path) -> None:
    rows = [row_of(number, tags=[] if number else ["a", None, "b"]) for number in range(3)]
    found = shown(shop_of(tmp_path, rows))
    columns = {column["name"]: column for column in found["columns"]}
    types = {name: (each["type"], each["example_type"], each["repeated"]) for name, each in columns.items()}
    assert types == {
        "customer": ("STRING", "bytes", False),
        "moment": ("TIMESTAMP", "int64", False),
        "price": ("NUMERIC", "float", False),
        "product": ("INT64", "bytes", False),
        "tags": ("STRING", "bytes", True),
    }
    assert {name: each["nulls"] for name, each in columns.items() if each["nulls"]} == {"price": 3, "tags": 2}
    first = next(row for row in found["rows"] if row["customer"] == "c0")
    assert first == {"customer": "c0", "moment": 1735689600, "price": None, "product": "0", "tags": ["a", "b"]}
    assert (found["omitted_rows"], found["omitted_columns"]) == (0, 0)


def test_a_preview_always_fits_into_a_document(tmp_path: Path) -> None:
    rows = [row_of(number, customer=f"{number}-" + "ü" * 500, tags=["y" * 300] * 50) for number in range(60)]
    found = shown(shop_of(tmp_path, rows), rows=60)
    assert len(canonical_json(found).encode()) < 100_000
    assert found["omitted_rows"] > 0 and len(found["rows"]) == 60 - found["omitted_rows"] > 0
    assert len(found["rows"][0]["customer"]) == 200 and found["rows"][0]["customer"].endswith("…")


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (math.nan, None),
        (math.inf, None),
        (1.5, 1.5),
        (None, None),
        (True, True),
        (Decimal("1.50"), 1.5),
        (date(2025, 1, 2), "2025-01-02"),
        (datetime(2025, 1, 2, 3, 4), "2025-01-02T03:04:00"),
        (time(3, 4), "03:04:00"),
        (b"\x00\xff", "AP8="),
        ([1, None, math.nan], [1, None, None]),
        (list(range(30)), list(range(20))),
        ("x" * 200, "x" * 200),
    ],
)
def test_cells_are_plain_json(value: Any, stored: Any) -> None:
    assert cell(value) == stored


def test_the_funnel_says_what_each_step_removed(tmp_path: Path) -> None:
    rows = [row_of(number, price=number) for number in range(10)] + [row_of(3, customer=None)]
    filters = {"rows": [{"kind": "number", "column": "price", "op": "ge", "value": 4.0}]}
    shop = shop_of(tmp_path, rows, filters=filters)
    reference = Reference.from_row(shop.row(reference_query(shop.dataset, shop.catalogue)), shop.dataset)
    found = {stage["path"]: (stage["rows"], stage["removed"]) for stage in funnel(reference)}
    assert found == {"tables.0.table": (11, 0), "roles": (10, 1), "filters.rows.0": (6, 4)}
