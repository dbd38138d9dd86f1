"""The curve of revenue (S1.19), on the local warehouse against plain Python."""

from __future__ import annotations

import random
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.analysis.pareto import MARKERS, MOST_POINTS, Pareto, pareto, pareto_query
from shared.hashing import canonical_json
from shared.problems import InvalidDocument
from shared.splits import Reference, check_not_empty
from shared.sql import reference_query
from tests.unit.analysis_tables import Shop

TYPES = {"customer": "STRING", "product": "STRING", "price": "NUMERIC"}
ROLES = {"customer_id": "customer", "product_id": "product", "revenue": "price"}


def shop_of(folder: Path, rows: list[dict[str, Any]], **fields: Any) -> Shop:
    return Shop(folder, {"purchases": (TYPES, rows)}, **{"roles": ROLES, **fields})


def curve(shop: Shop, entity: str) -> Pareto:
    return pareto(shop.rows(pareto_query(shop.dataset, shop.catalogue, entity)))


def kept_by_rule(sums: list[Decimal], percent: float) -> int:
    """S1.19, one entity after the other, the largest first."""
    total, before, kept = float(sum(sums)), Decimal(0), 0
    for own in sums:
        kept += float(before) < percent / 100 * total
        before += own
    return kept


@pytest.mark.parametrize(("entity", "role"), [("products", "product"), ("customers", "customer")])
def test_points_and_markers_equal_the_plain_ones(tmp_path: Path, entity: str, role: str) -> None:
    rng = random.Random(7)
    rows = [
        {
            "customer": f"c{rng.randrange(30)}",
            "product": f"p{int(rng.expovariate(0.05))}",
            "price": rng.choice([None, Decimal(rng.randrange(-200, 2000)) / 100]),
        }
        for _ in range(600)
    ]
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row[role]] = sums.get(row[role], Decimal(0)) + (row["price"] or 0)
    ordered = sorted((max(value, Decimal(0)) for value in sums.values()), reverse=True)
    found = curve(shop_of(tmp_path, rows), entity)
    assert found.entities == len(ordered) and found.total == pytest.approx(float(sum(ordered)))
    assert [count for count, _ in found.points] == list(range(1, len(ordered) + 1))
    shares = [float(sum(ordered[: count + 1]) / sum(ordered)) for count in range(len(ordered))]
    assert [share for _, share in found.points] == pytest.approx(shares)
    assert found.kept == {percent: kept_by_rule(ordered, percent) for percent in MARKERS}


def test_markers_are_what_the_filter_keeps(tmp_path: Path) -> None:
    """Ties, and a product that ends exactly at 80%."""
    rows = [{"customer": "a", "product": f"p{n}", "price": price} for n, price in enumerate([40, 40, 5, 5, 5, 5])]
    for percent, kept in curve(shop_of(tmp_path, rows), "products").kept.items():
        filters = {"products": {"top_revenue_percent": float(percent)}}
        filtered = shop_of(tmp_path, rows, filters=filters)
        row = filtered.row(reference_query(filtered.dataset, filtered.catalogue))
        assert row["products_kept"] == kept
    assert curve(shop_of(tmp_path, rows), "products").kept == {70: 2, 80: 2, 90: 4, 95: 5}


def test_only_rows_that_pass_the_row_filters_count(tmp_path: Path) -> None:
    rows = [{"customer": "a", "product": product, "price": price} for product, price in (("p", 1), ("q", 100))]
    filters = {
        "rows": [{"kind": "number", "column": "price", "op": "lt", "value": 50.0}],
        "products": {"min_transactions": 9},  # independent of it (S1.16)
    }
    found = curve(shop_of(tmp_path, rows, filters=filters), "products")
    assert (found.entities, found.total) == (1, 1.0)


@pytest.mark.parametrize("entities", [499, 500, 501, 3_000])
def test_a_curve_has_at_most_500_points_with_both_ends(tmp_path: Path, entities: int) -> None:
    rows = [{"customer": "a", "product": f"p{n}", "price": n + 1} for n in range(entities)]
    found = curve(shop_of(tmp_path, rows), "products")
    counts = [count for count, _ in found.points]
    assert 200 < len(counts) <= MOST_POINTS
    assert counts == sorted(set(counts)) and {1, entities, *found.kept.values()} <= set(counts)
    assert found.points[-1][1] == pytest.approx(1.0)
    assert len(canonical_json(found.to_dict())) < 40_000


def test_without_revenue_a_curve_keeps_nobody(tmp_path: Path) -> None:
    rows = [{"customer": "a", "product": "p", "price": -1}, {"customer": "a", "product": "q", "price": None}]
    found = curve(shop_of(tmp_path, rows), "products")
    assert (found.total, found.kept[80]) == (0.0, 0)


@pytest.mark.parametrize(("prices", "code"), [([-1, None], "E_REVENUE"), ([-1, 5], None)])
def test_no_revenue_is_an_error_of_the_filter(tmp_path: Path, prices: list[int | None], code: str | None) -> None:
    """S1.19: `total <= 0`. The rows are asked when nothing is known yet, so reports and submissions say the same."""
    rows = [{"customer": "a", "product": f"p{price}", "price": price} for price in prices]
    shop = shop_of(tmp_path, rows, filters={"products": {"top_revenue_percent": 80.0}})
    found = Reference.from_row(shop.row(reference_query(shop.dataset, shop.catalogue)), shop.dataset)
    with pytest.raises(InvalidDocument) if code else nullcontext() as caught:
        check_not_empty(found)
    told = [(problem.code, problem.path) for problem in caught.value.problems] if code else []
    assert told == ([(code, "filters.products.top_revenue_percent")] if code else [])


def test_no_rows_are_an_empty_curve(tmp_path: Path) -> None:
    found = curve(shop_of(tmp_path, []), "products")
    assert found.to_dict() == {
        "entities": 0,
        "total": 0.0,
        "points": [],
        "markers": [{"percent": percent, "kept": 0} for percent in MARKERS],
    }


def test_without_the_role_there_is_no_curve(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, [], roles={"customer_id": "customer", "product_id": "product"})
    with pytest.raises(ValueError, match="roles.revenue"):
        pareto_query(shop.dataset, shop.catalogue, "products")
