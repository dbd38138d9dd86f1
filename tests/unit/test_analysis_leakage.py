"""The leakage pre-flight (S1.33): each of its eight tests on both sides of its limit, on the local warehouse."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import shared.analysis.leakage_queries as queries
from shared.analysis.leakage import leakage
from shared.analysis.leakage_queries import leakage_queries
from shared.documents import FeatureConfig
from shared.parsing import parse
from shared.problems import Problem
from shared.splits import Bounds
from tests.unit.analysis_tables import Shop
from tests.unit.samples import FEATURE_CONFIG

TODAY = date(2025, 6, 30)
BOUNDS = Bounds("strict_time", date(2025, 4, 10), date(2025, 4, 9), date(2025, 4, 8))
FIRST = date(2025, 1, 1)
ROLES = {"customer_id": "customer", "product_id": "product", "event_time": "day"}
Row = dict[str, Any]


def rows_of(count: int, **values: Any) -> list[Row]:
    """Purchases of 20 products by 30 customers over 100 days, with columns by functions of (number, product)."""
    rng = random.Random(5)
    rows = []
    for number in range(count):
        product = rng.randrange(20)
        row = {"customer": f"c{rng.randrange(30)}", "product": product, "day": FIRST + timedelta(days=number % 100)}
        rows.append(row | {name: value(number, product) for name, value in values.items()})
    return rows


def features(query: Sequence[Mapping[str, Any]] = (), candidate: Sequence[Mapping[str, Any]] = (), **fields: Any):
    def ids(column: str) -> dict[str, Any]:
        return {"kind": "category", "column": column, "is_primary_id": True, "vocabulary": {"embedding_dim": 8}}

    raw = {
        **FEATURE_CONFIG,
        "query_features": [ids("customer"), *query],
        "candidate_features": [ids("product"), *candidate],
        "query_crosses": [],
    }
    return parse("feature_configs", "base", {**raw, **fields})


def category(column: str) -> dict[str, Any]:
    return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 8}}


def number(column: str) -> dict[str, Any]:
    return {"kind": "number", "column": column, "scale": {"method": "zscore"}}


def history(column: str) -> dict[str, Any]:
    return {"kind": "history", "column": column, "shared_with": "product"}


def findings(
    folder: Path, types: Mapping[str, str], rows: Sequence[Row], config: FeatureConfig, **options: Any
) -> list[Problem]:
    """What the pre-flight says of `rows`, once as they are and once through a sample."""
    fields = {"roles": ROLES, **options.get("fields", {})}
    shop = Shop(folder, {"purchases": ({"customer": "STRING", "product": "INT64", **types}, rows)}, **fields)
    bounds, with_target = options.get("bounds", BOUNDS), config.target is not None
    asked = leakage_queries(
        shop.dataset, shop.catalogue, config, bounds, 17, options.get("size", len(rows)), with_target
    )
    answers = {name: shop.rows(sql) for name, sql in asked.items()}
    return leakage(shop.dataset, shop.catalogue, config, bounds, TODAY, answers, with_target)


def found(problems: Sequence[Problem]) -> list[tuple[str, str, str]]:
    return [(each.code, each.path, each.severity) for each in problems]


@pytest.mark.parametrize(
    ("kind", "same", "codes"),
    [("STRING", 990, ["L_TARGET_FEATURE"]), ("NUMERIC", 990, ["L_TARGET_FEATURE"]), ("FLOAT64", 989, [])],
)
def test_a_feature_that_equals_the_target(tmp_path: Path, kind: str, same: int, codes: list[str]) -> None:
    convert = {"FLOAT64": float, "STRING": lambda value: f"{value}.0", "NUMERIC": int}[kind]
    rows = rows_of(
        1000,
        rating=lambda n, p: float(n % 5),
        copy=lambda n, p: convert(n % 5 if n < same else 9 - 2 * (n % 5) % 7 + 40),
    )
    config = features(query=[category("copy")], target={"column": "rating"})
    problems = findings(tmp_path, {"day": "DATE", "rating": "FLOAT64", "copy": kind}, rows, config)
    assert [each.code for each in problems if each.code == "L_TARGET_FEATURE"] == codes
    if codes:
        assert found(problems) == [("L_TARGET_FEATURE", "feature_config.query_features.1.column", "error")]
        assert "equals the target `rating` in 99% of the rows" in problems[0].problem


def test_the_target_itself_in_a_tower(tmp_path: Path) -> None:
    rows = rows_of(200, rating=lambda n, p: float(n % 5))
    config = features(query=[number("rating")], target={"column": "rating"})
    problems = findings(tmp_path, {"day": "DATE", "rating": "FLOAT64"}, rows, config)
    assert ("L_TARGET_FEATURE", "feature_config.query_features.1.column", "error") in found(problems)


def test_without_its_target_a_model_is_not_asked_about_it(tmp_path: Path) -> None:
    rows = rows_of(200, rating=lambda n, p: float(n % 7))
    types = {"customer": "STRING", "product": "INT64", "day": "DATE", "rating": "FLOAT64"}
    shop = Shop(tmp_path, {"purchases": (types, rows)}, roles=ROLES)
    config = features(query=[number("rating")], target={"column": "rating"})
    asked = leakage_queries(shop.dataset, shop.catalogue, config, BOUNDS, 17, 200, with_target=False)
    answers = {name: shop.rows(sql) for name, sql in asked.items()}
    assert leakage(shop.dataset, shop.catalogue, config, BOUNDS, TODAY, answers, with_target=False) == []


def test_a_feature_that_is_proportional_to_the_target(tmp_path: Path) -> None:
    rng = random.Random(1)
    noise = [rng.gauss(0, 1) for _ in range(400)]
    rows = rows_of(
        400,
        rating=lambda n, p: float(n % 97),
        near=lambda n, p: -3.0 * (n % 97) + 10 + noise[n],
        bent=lambda n, p: 1.2 ** (n % 97),  # by rank alone
        far=lambda n, p: (n % 97) + 8 * noise[n],
        text=lambda n, p: str(2 * (n % 97)),
    )
    types = {
        "day": "DATE",
        "rating": "FLOAT64",
        "near": "FLOAT64",
        "bent": "FLOAT64",
        "far": "FLOAT64",
        "text": "STRING",
    }
    config = features(
        query=[number("near"), number("bent"), number("far"), category("text")], target={"column": "rating"}
    )
    problems = findings(tmp_path, types, rows, config)
    assert found(problems) == [
        ("L_TARGET_PROXY", "feature_config.query_features.1.column", "warning"),
        ("L_TARGET_PROXY", "feature_config.query_features.2.column", "warning"),
    ]
    assert "Pearson correlation 0.99" in problems[0].problem
    assert "Spearman correlation 1.0000" in problems[1].problem


@pytest.mark.parametrize(("wrong", "codes"), [(1, ["L_TARGET_PROXY"]), (2, [])])
def test_a_feature_that_tells_a_binary_target(tmp_path: Path, wrong: int, codes: list[str]) -> None:
    """400 rows, half of them positive; a score that puts `wrong` negatives above all positives has a known AUC."""
    rows = rows_of(
        400, clicked=lambda n, p: n % 2 == 1, score=lambda n, p: 9.0 if n % 2 == 0 and n < 2 * wrong else 2.0 * (n % 2)
    )
    config = features(query=[number("score")], target={"column": "clicked"})
    problems = findings(tmp_path, {"day": "DATE", "clicked": "BOOL", "score": "FLOAT64"}, rows, config)
    codes_found = [each.code for each in problems]
    assert codes_found == codes
    if codes:
        assert f"AUC {1 - wrong / 200:.4f} (above 0.99)" in problems[0].problem


@pytest.mark.parametrize(("own", "severity"), [(0.5, "warning"), (0.05, None), (0.06, "warning"), (0.51, "error")])
def test_a_history_that_holds_what_is_bought_now(tmp_path: Path, own: float, severity: str | None) -> None:
    """Every customer buys every product once, so nothing is bought again."""
    rng = random.Random(2)
    rows = []
    for customer in range(50):
        for product in range(20):
            bag = [1000 + rng.randrange(50), *([product] if (customer * 20 + product) % 100 < 100 * own else [])]
            day = FIRST + timedelta(days=product)
            rows.append({"customer": f"c{customer}", "product": product, "day": day, "bag": bag})
    config = features(query=[history("bag")])
    problems = findings(tmp_path, {"day": "DATE", "bag": "INT64[]"}, rows, config)
    assert found(problems) == ([("L_HISTORY", "feature_config.query_features.1.column", severity)] if severity else [])
    if severity:
        assert f"in {100 * own:g}% of the train rows" in problems[0].problem


@pytest.mark.parametrize("timed", [True, False])
def test_real_repurchases_are_no_leak(tmp_path: Path, timed: bool) -> None:
    """All but the first purchase are of the same product, and the history knows it."""
    rows = [
        {
            "customer": f"c{customer}",
            "product": customer,
            "day": FIRST + timedelta(days=day),
            "bag": [customer] if day else [],
        }
        for customer in range(40)
        for day in range(10)
    ]
    fields = {} if timed else {"roles": {"customer_id": "customer", "product_id": "product"}}
    bounds = BOUNDS if timed else Bounds("random")
    config = features(query=[history("bag")])
    problems = findings(tmp_path, {"day": "DATE", "bag": "INT64[]"}, rows, config, fields=fields, bounds=bounds)
    assert found(problems) == []


def test_what_cannot_leak_is_not_asked_about(tmp_path: Path) -> None:
    """Derived histories exclude their row's item (S1.24): test_sql_rows.test_derived_histories_exclude_the_target."""
    fields = {"history": [{"name": "recent", "item": "product"}], "roles": ROLES}
    shop = Shop(tmp_path, {"purchases": ({"customer": "STRING", "product": "INT64", "day": "DATE"}, [])}, **fields)
    config = features(query=[history("recent")])
    assert leakage_queries(shop.dataset, shop.catalogue, config, BOUNDS, 17, 9, False) == {}


@pytest.mark.parametrize(("several", "codes"), [(4, ["L_QUERY_ITEM"]), (5, [])])
def test_a_query_column_that_settles_the_product(tmp_path: Path, several: int, codes: list[str]) -> None:
    """100 values with 10 rows each; `several` of them occur with two products."""
    rows = [
        {"customer": f"c{n % 30}", "product": value if n or value >= several else 500, "ean": f"e{value}"}
        | {"day": FIRST + timedelta(days=n)}
        for value in range(100)
        for n in range(10)
    ]
    problems = findings(tmp_path, {"day": "DATE", "ean": "STRING"}, rows, features(query=[category("ean")]))
    assert [each.code for each in problems] == codes
    if codes:
        assert found(problems) == [("L_QUERY_ITEM", "feature_config.query_features.1.column", "error")]
        assert "96% of its values" in problems[0].problem


def test_a_few_equal_lines_are_no_evidence(tmp_path: Path) -> None:
    rows = rows_of(500, price=lambda n, p: n / 7)
    rows += [dict(rows[0]) for _ in range(3)]
    assert found(findings(tmp_path, {"day": "DATE", "price": "FLOAT64"}, rows, features(query=[number("price")]))) == []


def test_who_buys_and_when_may_go_with_one_product(tmp_path: Path) -> None:
    rows = [
        {"customer": f"c{customer}", "product": customer, "day": FIRST + timedelta(days=customer)}
        for customer in range(50)
        for _ in range(5)
    ]
    config = features(query=[{"kind": "time", "column": "day", "cycles": ["month"]}])
    assert found(findings(tmp_path, {"day": "DATE"}, rows, config)) == []


@pytest.mark.parametrize(("several", "codes"), [(6, ["L_CANDIDATE_CONTEXT"]), (5, [])])
def test_a_candidate_column_that_is_not_of_the_product(tmp_path: Path, several: int, codes: list[str]) -> None:
    """100 products; the column varies within `several` of them, and is missing now and then."""
    rows = [
        {"customer": f"c{n}", "product": product, "day": FIRST + timedelta(days=n)}
        | {"size": None if n == 3 else float(n if product < several else 1)}
        for product in range(100)
        for n in range(5)
    ]
    problems = findings(tmp_path, {"day": "DATE", "size": "FLOAT64"}, rows, features(candidate=[number("size")]))
    assert [each.code for each in problems] == codes
    if codes:
        assert found(problems) == [("L_CANDIDATE_CONTEXT", "feature_config.candidate_features.1.column", "warning")]
        assert "differs within 6% of the products: it describes the event, not the product" in problems[0].problem


@pytest.mark.parametrize(("days", "told"), [(0, None), (1, "of tomorrow"), (40, "2025-08-09, 40 days after today")])
def test_events_of_tomorrow(tmp_path: Path, days: int, told: str | None) -> None:
    bounds = Bounds("random", TODAY + timedelta(days=days))
    problems = findings(tmp_path, {"day": "DATE"}, rows_of(100), features(), bounds=bounds)
    assert found(problems) == ([("L_FUTURE", "dataset.roles.event_time", "warning")] if told else [])
    assert told is None or told in problems[0].problem


def test_large_data_are_looked_at_through_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_ROWS", 150)
    rows = rows_of(2000, rating=lambda n, p: float(n % 5))
    types = {"customer": "STRING", "product": "INT64", "day": "DATE", "rating": "FLOAT64"}
    shop = Shop(tmp_path, {"purchases": (types, rows)}, roles=ROLES)
    config = features(query=[category("rating"), number("product")], target={"column": "rating"})
    asked = leakage_queries(shop.dataset, shop.catalogue, config, BOUNDS, 17, 2000, True)
    exact = ("qt_column", "target_rows", "equal_rows", "positives", "positive_ranks")  # the others are sums of floats
    first, again = ({tuple(row[name] for name in exact) for row in shop.rows(asked["target"])} for _ in range(2))
    assert first == again and {rows for _, rows, *_ in first} == {150}


def test_empty_data_find_nothing(tmp_path: Path) -> None:
    types = {"day": "DATE", "rating": "FLOAT64", "bag": "INT64[]", "size": "STRING"}
    config = features(
        query=[number("rating"), history("bag")], candidate=[category("size")], target={"column": "rating"}
    )
    assert found(findings(tmp_path, types, [], config)) == [
        ("L_TARGET_FEATURE", "feature_config.query_features.1.column", "error")
    ]
