"""Quality and issues (S1.31, S1.32): facts on the local warehouse, formulas and limits by hand."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.analysis.figures import ColumnStatistics
from shared.analysis.quality import issues, quality
from shared.analysis.row_facts import Facts, facts_query
from shared.splits import Bounds
from tests.unit import samples
from tests.unit.analysis_tables import Shop

TYPES = {
    "customer": "STRING",
    "product": "INT64",
    "day": "DATE",
    "basket": "STRING",
    "price": "NUMERIC",
    "quantity": "INT64",
    "tags": "STRING[]",
}
TIMED = {"customer_id": "customer", "product_id": "product", "event_time": "day"}
MONEY = {"revenue": "price", "quantity": "quantity"}


def random_rows(rng: random.Random, size: int) -> list[dict[str, Any]]:
    first = date(2024, 2, 20)
    return [
        {
            "customer": rng.choice("abcdef"),
            "product": rng.randrange(5),
            "day": first + timedelta(days=rng.choice([0, 1, 2, 9, 30, 31])),
            "basket": rng.choice([None, "k1", "k2", "k3"]),
            "price": rng.choice([None, -1, 2]),
            "quantity": rng.choice([-1, 1, 2]),
            "tags": rng.choice([None, ["x"], ["x", "y"]]),
        }
        for _ in range(size)
    ]


def purchase(row: dict[str, Any], roles: dict[str, str]) -> Any:
    """S1.6: the order, else customer, product and day, else the row."""
    if "order_id" in roles and row["basket"] is not None:
        return row["basket"]
    return (row["customer"], row["product"], row["day"])


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("size", [0, 1, 7, 60])
def test_facts_equal_the_plain_ones(tmp_path: Path, size: int, ordered: bool) -> None:
    rows = random_rows(random.Random(size), size)
    roles = {**TIMED, **MONEY, **({"order_id": "basket"} if ordered else {})}
    shop = Shop(tmp_path, {"purchases": (TYPES, rows)}, roles=roles)
    test_start = date(2024, 3, 21)
    bounds = Bounds("strict_time", date(2024, 3, 22), test_start, date(2024, 2, 29))
    found = Facts.from_row(shop.row(facts_query(shop.dataset, shop.catalogue, bounds, 17)))
    purchases = {who: {purchase(row, roles) for row in rows if row["customer"] == who} for who in "abcdef"}
    by_customer = Counter(row["customer"] for row in rows)
    train = [row for row in rows if row["day"] < date(2024, 2, 29)]
    test = [row for row in rows if row["day"] >= test_start]
    known = [{row[name] for row in train} for name in ("customer", "product")]
    days = sorted({row["day"] for row in rows})
    assert found == Facts(
        rows=size,
        customers=len(by_customer),
        products=len({row["product"] for row in rows}),
        pairs=len({(row["customer"], row["product"]) for row in rows}),
        regular_customers=sum(len(found) >= 3 for found in purchases.values()),
        one_time_customers=sum(len(found) == 1 for found in purchases.values()),
        largest_customer_rows=max(by_customer.values(), default=0),
        duplicates=size - len({repr(row) for row in rows}),
        negative_revenue=sum(row["price"] == -1 for row in rows),
        negative_quantity=sum(row["quantity"] == -1 for row in rows),
        test_rows=len(test),
        warm_test_rows=sum(row["customer"] in known[0] and row["product"] in known[1] for row in test),
        days=(days[-1] - days[0]).days + 1 if days else None,
        longest_gap=max(((b - a).days - 1 for a, b in zip(days, days[1:], strict=False)), default=0),
    )


def test_facts_without_times_and_money(tmp_path: Path) -> None:
    rows = [{"customer": "a", "product": 1, "price": -1}] * 3
    shop = Shop(tmp_path, {"purchases": ({"customer": "STRING", "product": "INT64", "price": "INT64"}, rows)})
    found = Facts.from_row(shop.row(facts_query(shop.dataset, shop.catalogue, Bounds("random"), 17)))
    assert (found.days, found.longest_gap, found.negative_revenue) == (None, 0, 0)
    assert (found.regular_customers, found.duplicates) == (1, 2)  # a purchase is a row


# --------------------------------------------------------------------------------------------------- formulas, by hand

GOOD = Facts(
    rows=100_000,
    customers=1_000,
    products=1_000,
    pairs=50_000,
    regular_customers=900,
    one_time_customers=20,
    largest_customer_rows=200,
    duplicates=100,
    negative_revenue=0,
    negative_quantity=0,
    test_rows=1_000,
    warm_test_rows=950,
    days=400,
    longest_gap=3,
)


def column(name: str = "x", nulls: int = 0, distinct: int = 50) -> ColumnStatistics:
    return ColumnStatistics(name, "STRING", 100, nulls, distinct)


def test_the_score_is_the_weighted_sum_of_its_parts() -> None:
    found = quality(GOOD, {"x": column(), "y": column("y", nulls=20)})
    assert found.parts == {
        "completeness": pytest.approx(90),
        "density": 100,  # 5% of all pairs, which is beyond 1%
        "engagement": 90,
        "coverage": 95,
        "uniqueness": pytest.approx(99.9),
        "depth": 100,
    }
    assert found.score == round(0.20 * 90 + 0.15 * 100 + 0.25 * 90 + 0.25 * 95 + 0.10 * 99.9 + 0.05 * 100)
    assert found.grade == "good" and found.to_dict()["score"] == found.score


@pytest.mark.parametrize(
    ("facts", "part", "value"),
    [
        ({"pairs": 10}, "density", 0.0),
        ({"pairs": 100}, "density", pytest.approx(100 / 3)),
        ({"pairs": 1_000}, "density", pytest.approx(200 / 3)),
        ({"pairs": 10_000}, "density", pytest.approx(100)),
        ({"pairs": 0, "customers": 0}, "density", 0.0),
        ({"pairs": 1}, "density", 0.0),
        ({"days": 45}, "depth", 50.0),
        ({"days": 90}, "depth", 100.0),
        ({"days": None}, "depth", 50),
        ({"test_rows": 0, "warm_test_rows": 0}, "coverage", 0.0),
        ({"duplicates": 100_000}, "uniqueness", 0.0),
    ],
)
def test_each_part_has_its_formula(facts: dict[str, Any], part: str, value: float) -> None:
    assert quality(replace(GOOD, **facts), {"x": column()}).parts[part] == value


@pytest.mark.parametrize(
    ("warm", "nulls", "score", "grade"),
    [(760, 25, 80, "good"), (720, 25, 79, "fair"), (0, 30, 60, "fair"), (0, 35, 59, "poor")],
)
def test_grades_begin_at_their_scores(warm: int, nulls: int, score: int, grade: str) -> None:
    """Density, engagement, uniqueness and depth make 15 + 25 * 0.64 + 10 + 5 = 46."""
    facts = replace(GOOD, regular_customers=640, duplicates=0, warm_test_rows=warm)
    found = quality(facts, {"x": column(nulls=nulls)})
    assert (found.score, found.grade) == (score, grade)


def test_empty_data_are_poor() -> None:
    empty = Facts(*[0] * 12)
    found = quality(empty, {})
    assert (found.score, found.grade) == (13, "poor")  # nothing repeats, and half the depth: 10 + 2.5
    assert issues(samples.dataset(), empty, {}) == []


LIMITS = [
    ("Q_FEW_CUSTOMERS", {"customers": 200, "pairs": 5_000}, {"customers": 199}),
    ("Q_FEW_PRODUCTS", {"products": 50}, {"products": 49}),
    ("Q_SPARSE", {"pairs": 100}, {"pairs": 99}),
    ("Q_ONE_TIME_BUYERS", {"one_time_customers": 500}, {"one_time_customers": 501}),
    ("Q_COLD_TEST", {"warm_test_rows": 800}, {"warm_test_rows": 799}),
    ("Q_DUPLICATES", {"duplicates": 1_000}, {"duplicates": 1_001}),
    ("Q_SHORT", {"days": 28}, {"days": 27}),
    ("Q_GAP", {"longest_gap": 14}, {"longest_gap": 15}),
    ("Q_SKEW", {"largest_customer_rows": 20_000}, {"largest_customer_rows": 20_001}),
    ("Q_NEGATIVE", {"negative_revenue": 1_000}, {"negative_revenue": 1_001}),
    ("Q_NEGATIVE", {"negative_quantity": 1_000}, {"negative_quantity": 1_001}),
]
ALL_ROLES = {"customer_id": "customer", "product_id": "product", **MONEY}


@pytest.mark.parametrize(("code", "inside", "outside"), LIMITS)
def test_issues_of_rows_begin_at_their_limits(code: str, inside: dict[str, Any], outside: dict[str, Any]) -> None:
    dataset = samples.dataset(roles=ALL_ROLES)
    assert issues(dataset, replace(GOOD, **inside), {"x": column()}) == []
    (found,) = issues(dataset, replace(GOOD, **outside), {"x": column()})
    assert (found.code, found.severity) == (code, "warning") and found.problem.endswith(".") and found.remedy


@pytest.mark.parametrize(
    ("figures", "codes"),
    [
        ({"nulls": 30}, []),
        ({"nulls": 31}, ["Q_NULLS"]),
        ({"distinct": 2}, []),
        ({"distinct": 1}, ["Q_CONSTANT"]),
        ({"distinct": 0, "nulls": 100}, ["Q_NULLS"]),
    ],
)
def test_issues_of_columns_begin_at_their_limits(figures: dict[str, int], codes: list[str]) -> None:
    found = issues(samples.dataset(), GOOD, {"x": column(**figures), "y": column("y")})
    assert [each.code for each in found] == codes
    assert all("`x`" in each.problem and "`y`" not in each.problem for each in found)


def test_a_thousand_bad_columns_are_one_issue() -> None:
    columns = {f"c{number}": column(f"c{number}", nulls=50) for number in range(1_000)}
    (found,) = issues(samples.dataset(), GOOD, columns)
    assert "`c0` (50%)" in found.problem and "and 988 more" in found.problem and len(found.problem) < 500


def test_no_time_is_neither_short_nor_has_gaps() -> None:
    assert issues(samples.dataset(), replace(GOOD, days=None), {}) == []
