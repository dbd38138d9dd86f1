"""Filters as sentences (S1.23)."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import TypeAdapter

from shared.analysis.sentences import entity_words, filter_sentences, rule_words, window_words
from shared.documents import EntityFilter, RowFilter, Window
from shared.parsing import parse
from tests.unit.samples import DATASET, FULL_DATASET

RULES = TypeAdapter(RowFilter)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "number", "column": "quantity", "op": "gt", "value": 0.0}, "`quantity` > 0"),
        ({"kind": "number", "column": "q", "op": "ne", "value": 0.25, "nulls": "keep"}, "`q` != 0.25, or null"),
        ({"kind": "number", "column": "q", "op": "le", "value": 1234567.0}, "`q` <= 1,234,567"),
        ({"kind": "number", "column": "q", "op": "between", "min": -1.0, "max": 2.5}, "`q` between -1 and 2.5"),
        ({"kind": "category", "column": "land", "values": ["x" * 9_000]}, f'`land` is one of "{"x" * 60}…"'),
        ({"kind": "category", "column": "land", "values": ["DE"]}, '`land` is one of "DE"'),
        ({"kind": "category", "column": "land", "values": ["DE"], "nulls": "keep"}, '`land` is one of "DE", or null'),
        (
            {"kind": "category", "column": "n", "mode": "exclude", "values": [1, True], "nulls": "drop"},
            "`n` is none of 1, true, and not null",
        ),
        (
            {"kind": "category", "column": "n", "mode": "exclude", "values": list(range(1_000))},
            "`n` is none of 0, 1, 2, 3, 4 and 995 more",
        ),
        ({"kind": "date", "column": "d", "last_days": 30}, "`d` in the last 30 days"),
        ({"kind": "date", "column": "d", "last_days": 1}, "`d` in the last day"),
        ({"kind": "date", "column": "d", "from": "2025-01-01"}, "`d` in the days from 2025-01-01"),
        ({"kind": "date", "column": "d", "to": "2025-01-31"}, "`d` in the days up to 2025-01-31"),
        ({"kind": "null", "column": "c", "keep": "null"}, "`c` is null"),
        ({"kind": "null", "column": "c", "keep": "not_null"}, "`c` is not null"),
    ],
)
def test_every_row_filter_reads_as_a_condition(rule: dict[str, Any], words: str) -> None:
    assert rule_words(RULES.validate_python(rule)) == words


def test_a_window_reads_as_days() -> None:
    assert window_words(Window(last_days=90)) == "the last 90 days"
    days = Window.model_validate({"from": "2025-01-01", "to": "2025-02-01"})
    assert window_words(days) == "the days from 2025-01-01 to 2025-02-01"


@pytest.mark.parametrize(
    ("entity", "words"), [("products", "distinct customers < 3"), ("customers", "distinct products < 3")]
)
def test_a_counterpart_is_named_by_what_it_is(entity: str, words: str) -> None:
    rule = EntityFilter.model_validate({"aggregates": [{"measure": "distinct_counterparts", "op": "lt", "value": 3.0}]})
    assert entity_words(entity, rule) == f"{entity} with {words}"


def test_an_entity_filter_without_conditions_keeps_all() -> None:
    assert entity_words("products", EntityFilter()) == "all products"


def test_the_example_of_the_rule() -> None:
    raw = copy.deepcopy(DATASET)
    raw["filters"]["products"] = {"top_revenue_percent": 80.0}
    sentences = filter_sentences(parse("datasets", "shop", raw), {"filters.products": (412, 3684)})
    assert sentences == [
        "Filter 1: `quantity` > 0",
        "Filter 2: products with the top 80% of revenue (412 of 3,684)",
    ]


def test_sentences_follow_the_order_in_which_filters_apply() -> None:
    sentences = filter_sentences(parse("datasets", "shop", FULL_DATASET), {"filters.rows.1": (90, 100)})
    assert sentences == [
        'Filter 1: `land` is none of "XX", "YY"',
        "Filter 2: `quantity` between 1 and 1,000,000 (90 of 100)",
        "Filter 3: `price` > 0",
        "Filter 4: `launched` in the days from 2001-01-01 to 2025-12-31",
        "Filter 5: `bought_at` in the last 1,000 days",
        "Filter 6: `category` is not null",
        "Filter 7: the days from 2023-01-01 to 2025-12-31",
        "Filter 8: products with the top 95% of revenue and purchases >= 2 and revenue >= 10"
        " and days since last seen between 0 and 365",
        "Filter 9: customers with purchases >= 2",
    ]
