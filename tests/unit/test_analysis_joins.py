"""What a join does to the rows (S1.9), on the local warehouse against plain Python."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from shared.analysis.joins import JoinCheck, join_check, join_check_queries, join_problems
from tests.unit.analysis_tables import Shop

PURCHASES = {"customer": "STRING", "product": "INT64", "shop": "STRING"}
PRODUCTS = {"sku": "STRING", "place": "STRING", "name": "STRING"}


def joined(folder: Path, purchases: list[dict[str, Any]], products: list[dict[str, Any]], **join: Any) -> Shop:
    keys = [{"left": "product", "right": "sku"}]
    rule = {"left": "purchases", "right": "products", "keys": keys, **join}
    return Shop(folder, {"purchases": (PURCHASES, purchases), "products": (PRODUCTS, products)}, joins=[rule])


def checks(shop: Shop) -> list[JoinCheck]:
    queries = join_check_queries(shop.dataset, shop.catalogue)
    return [join_check(shop.dataset, index, shop.row(sql)) for index, sql in queries.items()]


@pytest.mark.parametrize("kind", ["left", "inner"])
@pytest.mark.parametrize("keys", [1, 2])
def test_figures_equal_a_nested_loop(tmp_path: Path, kind: str, keys: int) -> None:
    rng = random.Random(keys)

    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.1 else value

    left = [{"customer": "a", "product": maybe(rng.randrange(12)), "shop": maybe(rng.choice("xy"))} for _ in range(60)]
    right = [{"sku": maybe(str(rng.randrange(9))), "place": maybe(rng.choice("xy"))} for _ in range(25)]
    names = [("product", "sku"), ("shop", "place")][:keys]
    shop = joined(tmp_path, left, right, type=kind, keys=[{"left": a, "right": b} for a, b in names])

    def meets(row: dict[str, Any], other: dict[str, Any]) -> bool:
        return all(row[a] is not None and other[b] is not None and str(row[a]) == other[b] for a, b in names)

    partners = [sum(meets(row, other) for other in right) for row in left]
    keyed = [tuple(other[b] for _, b in names) for other in right if all(other[b] is not None for _, b in names)]
    (found,) = checks(shop)
    assert found == JoinCheck(
        left="purchases",
        right="products",
        index=0,
        left_rows=60,
        right_rows=len(keyed),
        right_keys=len(set(keyed)),
        matched_rows=sum(count > 0 for count in partners),
        rows_after=sum(max(count, kind == "left") for count in partners),
    )
    shown = found.to_dict()
    assert shown["factor"] == found.rows_after / 60 and shown["matched_share"] == found.matched_rows / 60


def test_tables_without_rows_are_no_finding(tmp_path: Path) -> None:
    shop = joined(tmp_path, [], [])
    (found,) = checks(shop)
    assert (found.left_rows, found.rows_after, found.factor, found.matched_share) == (0, 0, 1.0, 1.0)
    assert join_problems(shop.dataset, [found]) == []


def check(**figures: int) -> JoinCheck:
    sizes = {"left_rows": 100, "right_rows": 10, "right_keys": 10, "matched_rows": 100, "rows_after": 100}
    return JoinCheck("purchases", "products", 0, **{**sizes, **figures})


def test_the_sentence_of_the_rule(tmp_path: Path) -> None:
    shop = joined(tmp_path, [], [])
    (problem,) = join_problems(shop.dataset, [check(rows_after=230, right_rows=23)])
    assert str(problem) == (
        "`joins.0.keys`: `products` has 2.3 rows per `sku`; each interaction would be repeated. "
        "Join on a unique key or filter the table."
    )
    assert (problem.code, problem.severity) == ("W_JOIN_MULTIPLIES", "warning")


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"rows_after": 100}, []),
        ({"rows_after": 101, "right_rows": 11}, [("W_JOIN_MULTIPLIES", "warning")]),
        ({"rows_after": 1000, "right_rows": 100}, [("W_JOIN_MULTIPLIES", "warning")]),
        ({"rows_after": 1001, "right_rows": 101}, [("W_JOIN_MULTIPLIES", "error")]),
        ({"matched_rows": 50}, []),
        ({"matched_rows": 49}, [("W_JOIN_UNMATCHED", "warning")]),
        ({"matched_rows": 0, "rows_after": 0}, [("W_JOIN_UNMATCHED", "warning")]),
    ],
)
def test_findings_begin_at_their_limits(tmp_path: Path, figures: dict[str, int], expected: list) -> None:
    shop = joined(tmp_path, [], [])
    found = join_problems(shop.dataset, [check(**figures)])
    assert [(problem.code, problem.severity) for problem in found] == expected


def test_a_join_to_a_table_that_is_joined_itself(tmp_path: Path) -> None:
    tables = {
        "purchases": ({"customer": "STRING", "product": "STRING"}, [{"customer": "a", "product": "p"}] * 3),
        "products": ({"sku": "STRING", "brand": "INT64"}, [{"sku": "p", "brand": 1}, {"sku": "q", "brand": 2}]),
        "brands": ({"id": "INT64"}, [{"id": 1}, {"id": 1}]),
    }
    joins = [
        {"left": "products", "right": "brands", "keys": [{"left": "brand", "right": "id"}]},
        {"left": "purchases", "right": "products", "keys": [{"left": "product", "right": "sku"}]},
    ]
    brands, products = checks(Shop(tmp_path, tables, joins=joins))
    assert (brands.left_rows, brands.matched_rows, brands.rows_after, brands.factor) == (2, 1, 3, 1.5)
    assert (products.left_rows, products.matched_rows, products.factor) == (3, 3, 1.0)
