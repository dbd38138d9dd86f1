"""Every analysis compiles for datasets that write every field, and asks only what the local warehouse understands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from local.warehouse import to_duckdb
from shared.analysis.dependence import dependence_query, pairs_query
from shared.analysis.joins import join_check_queries
from shared.analysis.leakage_queries import leakage_queries
from shared.analysis.pareto import pareto_query
from shared.analysis.row_facts import facts_query
from shared.analysis.statistics import statistics_query
from shared.columns import SourceColumn, SourceTable
from shared.documents import Dataset, FeatureConfig
from shared.parsing import parse
from shared.splits import Bounds
from shared.tables import Catalogue
from tests.unit import samples

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
    asked = leakage_queries(dataset, catalogue, features, BOUNDS, 17, 10**6, DAY, features.target is not None)
    yield from asked.items()


@pytest.mark.parametrize(
    ("found", "config", "count"),
    [(FULL, samples.FULL_FEATURE_CONFIG, 13), (SMALL, samples.FEATURE_CONFIG, 7)],
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
