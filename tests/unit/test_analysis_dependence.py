"""What columns depend on (S3.17), on the local warehouse against plain Python."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from shared.analysis.dependence import dependence_query, dependencies, distinct_pairs, pairs_query
from tests.unit.analysis_tables import Shop

TYPES = {
    "customer": "STRING",
    "product": "INT64",
    "brand": "STRING",
    "tags": "STRING[]",
    "region": "STRING",
    "amount": "FLOAT64",
    "constant": "BOOL",
}


def rows_of(rng: random.Random, size: int) -> list[dict[str, Any]]:
    rows = []
    for _ in range(size):
        customer, product = rng.randrange(20), rng.randrange(20)
        rows.append(
            {
                "customer": f"c{customer}",
                "product": product,
                "brand": rng.choice([None, f"b{product % 4}"]),  # sometimes missing
                "tags": [f"t{product % 3}", "x"],
                "region": f"r{customer % 5}",
                "amount": rng.random(),
                "constant": True,
            }
        )
    return rows


def found(shop: Shop) -> dict[str, str]:
    return dependencies(shop.dataset, shop.catalogue, shop.rows(dependence_query(shop.dataset, shop.catalogue)))


def test_columns_belong_to_what_settles_them(tmp_path: Path) -> None:
    shop = Shop(tmp_path, {"purchases": (TYPES, rows_of(random.Random(1), 500))})
    assert found(shop) == {
        "brand": "product",
        "constant": "product",
        "customer": "customer",
        "product": "product",
        "region": "customer",
        "tags": "product",
    }


@pytest.mark.parametrize(("odd", "belongs"), [(5, True), (6, False)])
def test_five_percent_of_the_products_may_vary(tmp_path: Path, odd: int, belongs: bool) -> None:
    rows = [
        {"customer": f"c{n}", "product": product, "brand": f"b{n if product < odd else 0}", "region": "r"}
        for product in range(100)
        for n in range(3)
    ]
    assert ("brand" in found(Shop(tmp_path, {"purchases": (TYPES, rows)}))) is belongs


def test_no_rows_settle_nothing(tmp_path: Path) -> None:
    assert found(Shop(tmp_path, {"purchases": (TYPES, [])})) == {}


def test_distinct_pairs_are_counted_with_missing_values(tmp_path: Path) -> None:
    rows = rows_of(random.Random(2), 80)
    shop = Shop(tmp_path, {"purchases": (TYPES, rows)})
    pairs = [("brand", "region"), ("product", "brand")]
    counted = distinct_pairs(pairs, shop.row(pairs_query(shop.dataset, shop.catalogue, pairs)))
    assert counted == {(a, b): len({(row[a], row[b]) for row in rows}) for a, b in pairs}
