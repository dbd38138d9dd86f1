"""Suggestions find the best of the recorded quick tests sooner than random search (issue 5); few seeds, for a guard."""

from __future__ import annotations

import json
import statistics

import pytest

from benchmarks.suggestions import (
    DEMO_TABLE,
    DRAWS,
    TABLE,
    Row,
    followed,
    goal_of,
    optimizer_alone,
    random_search,
    rows_of,
    space_over,
)
from shared.insights.suggesting.suggestion_space import model_fields
from tests.unit.suggestion_samples import model_of


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return rows_of()


def expected_of_random_search(rows: list[Row]) -> float:
    good = sum(row.recall >= goal_of(rows) for row in rows)
    return (len(rows) + 1) / (good + 1)


def test_the_table_has_sixty_different_runs_of_one_protocol(rows: list[Row]):
    table = json.loads(TABLE.read_text())
    assert len(rows) >= 60 and len({json.dumps(row.point, sort_keys=True) for row in rows}) == len(rows)
    assert (table["split"], table["sample_percent"], table["metric"]) == ("strict_time 14/14", 100, "recall_at_10")
    assert all(run["seconds"] > 0 and run["module"] for run in table["runs"])
    for row in rows:
        assert model_of(row.point).learning_rate == model_fields(row.point)["learning_rate"]


def test_following_suggestions_takes_at_most_half_the_runs_of_random_search(rows: list[Row]):
    counts = [followed(rows, space_over(rows), seed) for seed in range(8)]
    assert statistics.mean(counts) <= 0.5 * expected_of_random_search(rows)


def test_the_optimizer_alone_is_faster_than_random_search(rows: list[Row]):
    counts = [followed(rows, space_over(rows), seed, optimizer_alone) for seed in range(8)]
    assert statistics.mean(counts) < expected_of_random_search(rows)


def test_so_it_is_on_data_that_the_start_design_was_not_made_of_and_on_other_draws():
    for rows in (rows_of(DEMO_TABLE)[:DRAWS], rows_of(DEMO_TABLE)[DRAWS:]):
        counts = [followed(rows, space_over(rows), seed) for seed in range(8)]
        assert statistics.mean(counts) <= 0.5 * expected_of_random_search(rows)


def test_random_search_needs_what_was_calculated(rows: list[Row]):
    counts = [random_search(rows, seed) for seed in range(2_000)]
    assert statistics.mean(counts) == pytest.approx(expected_of_random_search(rows), rel=0.1)
