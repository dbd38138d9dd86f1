"""What an unfinished dataset offers already."""

from __future__ import annotations

from typing import Any

import pytest

from shared.columns import output_columns
from shared.half_finished import NO_COLUMN, salvaged
from shared.problems import Problem
from tests.unit.samples import DATASET, FULL_DATASET, FULL_TABLES, TABLES, raw

WHOLE = raw(DATASET, tables=[{"table": "sales.purchases"}])


def named(document: dict[str, Any]) -> list[str]:
    found = salvaged("shop", document)
    assert found.dataset is not None
    return [output.name for output in output_columns(found.dataset, TABLES)]


def test_a_whole_dataset_is_itself() -> None:
    found = salvaged("wholesale", FULL_DATASET)
    assert found.dataset is not None
    assert found.aside == frozenset()
    assert len(output_columns(found.dataset, FULL_TABLES)) == 11


@pytest.mark.parametrize(
    ("changes", "aside"),
    [
        ({"name": ""}, []),
        ({"name": None}, []),
        ({"roles": {}}, []),
        ({"roles": None}, []),
        ({"roles": {"customer_id": "customer"}}, []),
        ({"roles": {"customer_id": "no name", "product_id": 7, "revenue": "no name"}}, []),
        ({"timezone": 7}, []),
        ({"max_bytes_billed": 1}, []),
        ({"filters": "none"}, []),
        ({"filters": {"window": {"last_days": 0}}}, []),
        ({"filters": {"rows": [{"kind": "category", "column": "country", "values": []}]}}, ["filters.rows"]),
        ({"filters": {"rows": [{"column": "country"}, {"kind": "null"}, {"kind": "odd"}]}}, ["filters.rows"]),
        ({"filters": {"products": {"aggregates": [{"measure": "revenue"}]}}}, ["filters.products.aggregates"]),
        ({"joins": [{"left": "purchases"}]}, ["joins"]),
        ({"history": [{"name": "recent"}]}, ["history"]),
        ({"catalogue": {"table": "sales.products"}}, []),
        ({"unknown": 1}, []),
        ({"tables": [{"table": "sales.purchases"}, {}]}, ["tables"]),
    ],
)
def test_one_mistake_hides_no_column(changes: dict[str, Any], aside: list[str]) -> None:
    document = {**WHOLE, **changes}
    assert set(named(document)) == {column.name for column in TABLES["purchases"].columns}
    assert salvaged("shop", document).aside == set(aside)


@pytest.mark.parametrize("tables", [None, [], "sales.purchases", [{}], [{"table": "x"}]])
def test_without_a_table_there_is_nothing_to_offer(tables: Any) -> None:
    assert salvaged("shop", {**WHOLE, "tables": tables}).dataset is None


def test_problems_of_what_is_left_are_told_where_places_are_still_the_documents() -> None:
    filters = {"rows": [{"kind": "null"}, {"kind": "null", "column": "nothing", "keep": "null"}]}
    found = salvaged("shop", {**WHOLE, "filters": filters})
    problem = Problem("E_COLUMN_NOT_FOUND", "filters.rows.0.column", "there is no column `nothing`.", "")
    assert not found.is_about(problem)
    assert found.is_about(Problem("E_TIMEZONE", "timezone", "`Mars` is none.", ""))
    assert not found.is_about(Problem("E_COLUMN_NOT_FOUND", "roles.customer_id", f"no column `{NO_COLUMN}`.", ""))


def test_the_document_stays_what_it_was() -> None:
    document = {**WHOLE, "filters": {"rows": [{"kind": "null"}]}}
    salvaged("shop", document)
    assert document["filters"] == {"rows": [{"kind": "null"}]}
