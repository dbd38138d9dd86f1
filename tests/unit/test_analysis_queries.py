"""Every analysis compiles for datasets that write every field, and asks only what the local warehouse understands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from local.warehouse import to_duckdb
from shared.analysis.dependence import dependence_query, dependencies, pairs_query
from shared.analysis.joins import join_check_queries
from shared.analysis.leakage import leakage
from shared.analysis.leakage_queries import leakage_queries
from shared.analysis.pareto import pareto_query
from shared.analysis.row_facts import Facts, facts_query
from shared.analysis.statistics import column_statistics, statistics_query
from shared.columns import SourceColumn, SourceTable
from shared.documents import Dataset, FeatureConfig
from shared.parsing import parse
from shared.splits import Bounds
from shared.tables import Catalogue
from tests.unit import samples
from tests.unit.analysis_tables import Shop

DAY = date(2025, 6, 30)
BOUNDS = Bounds("strict_time", DAY, date(2025, 6, 17), date(2025, 6, 3))
FULL = (parse("datasets", "wholesale", samples.FULL_DATASET), samples.FULL_TABLES)
SMALL = (samples.dataset(), samples.TABLES)


def queries_of(dataset: Dataset, catalogue: Catalogue, features: FeatureConfig) -> Iterator[tuple[str, str]]:
    yield "statistics", statistics_query(dataset, catalogue, 100)
    yield "sampled statistics", statistics_query(dataset, catalogue, 10**8)
    yield "facts", facts_query(dataset, catalogue, BOUNDS, 17)
    yield "dependence", dependence_query(dataset, catalogue)
    yield "pairs", pairs_query(dataset, catalogue, [("customer", "product")])
    if dataset.roles.revenue is not None:
        yield "products", pareto_query(dataset, catalogue, "products")
        yield "customers", pareto_query(dataset, catalogue, "customers")
    yield from ((f"join {index}", sql) for index, sql in join_check_queries(dataset, catalogue).items())
    asked = leakage_queries(dataset, catalogue, features, BOUNDS, 17, 10**6, features.target is not None)
    yield from asked.items()


@pytest.mark.parametrize(
    ("found", "config", "count"),
    [(FULL, samples.FULL_FEATURE_CONFIG, 11), (SMALL, samples.FEATURE_CONFIG, 6)],
)
def test_every_query_compiles(found: tuple[Dataset, Catalogue], config: dict[str, Any], count: int) -> None:
    queries = dict(queries_of(*found, parse("feature_configs", "base", config)))
    assert len(queries) == count
    for sql in queries.values():
        assert to_duckdb(sql)


def test_compiling_again_gives_the_same_text() -> None:
    config = parse("feature_configs", "base", samples.FULL_FEATURE_CONFIG)
    assert dict(queries_of(*FULL, config)) == dict(queries_of(*FULL, config))


def test_statistics_of_a_table_of_200_columns_are_one_query_of_bearable_length() -> None:
    more = [SourceColumn(f"column_{number}", "STRING") for number in range(200)]
    sql = statistics_query(samples.dataset(), {"purchases": SourceTable((*samples.CATALOGUE, *more))}, 100)
    assert len(sql) < 200_000  # BigQuery takes a million characters


WORDS = ("values", "least", "filtered", "of", "rank", "n", "labelled", "vary", "apart", "COUNT")


def test_columns_may_be_named_like_anything_in_our_own_queries(tmp_path: Path) -> None:
    """Each word is a column, the first two are the customer and the product."""
    rows = [{word: f"{word}{(number * 7) % (index + 2)}" for index, word in enumerate(WORDS)} for number in range(40)]
    roles = {"customer_id": WORDS[0], "product_id": WORDS[1], "order_id": "of"}
    shop = Shop(tmp_path, {"purchases": (dict.fromkeys(WORDS, "STRING"), rows)}, roles=roles)

    def id_of(column: str) -> dict[str, Any]:
        return {"kind": "category", "column": column, "is_primary_id": True, "vocabulary": {"embedding_dim": 8}}

    def category(column: str) -> dict[str, Any]:
        return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 8}}

    config = {
        **samples.FEATURE_CONFIG,
        "query_features": [id_of(WORDS[0]), *map(category, WORDS[2:6])],
        "candidate_features": [id_of(WORDS[1]), *map(category, WORDS[6:])],
        "query_crosses": [],
    }
    features = parse("feature_configs", "base", config)
    answer = shop.rows(statistics_query(shop.dataset, shop.catalogue, 40))
    found = column_statistics(shop.dataset, shop.catalogue, answer)
    assert {name: each.distinct for name, each in found.items()} == {
        word: len({row[word] for row in rows}) for word in WORDS
    }
    facts = Facts.from_row(shop.row(facts_query(shop.dataset, shop.catalogue, Bounds("random"), 17)))
    assert (facts.rows, facts.customers, facts.products) == (40, 2, 3)
    settled = dependencies(shop.dataset, shop.catalogue, shop.rows(dependence_query(shop.dataset, shop.catalogue)))
    assert settled["values"] == "customer" and settled["least"] == "product"
    bounds = Bounds("random")
    asked = leakage_queries(shop.dataset, shop.catalogue, features, bounds, 17, 40, False)
    answers = {name: shop.rows(sql) for name, sql in asked.items()}
    found_leaks = leakage(shop.dataset, shop.catalogue, features, bounds, DAY, answers, False)
    codes = {problem.code for problem in found_leaks}
    assert codes <= {"L_CANDIDATE_CONTEXT", "L_QUERY_ITEM"} and codes
