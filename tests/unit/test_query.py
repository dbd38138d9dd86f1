"""The query language of lists: the cases that every implementation shares, and what must hold for any text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.documents import Experiment
from shared.insights.lists.entries import from_json
from shared.insights.lists.query import LONGEST_QUERY, both, comparison_text, parse
from shared.insights.lists.query_fields import FIELDS, PARAMETERS, field_of
from shared.insights.lists.query_text import KEYWORDS, OPERATORS, QueryError

CASES = json.loads((Path(__file__).parent / "query_cases.json").read_text())
NOW = datetime.fromisoformat(CASES["now"])
ENTRIES = {name: from_json(json.dumps(stored)) for name, stored in CASES["entries"].items()}


def found(query: str) -> list[str]:
    predicate = parse(query)
    return [name for name, entry in ENTRIES.items() if predicate(entry, NOW)]


@pytest.mark.parametrize("case", CASES["found"], ids=lambda case: case["query"])
def test_a_query_finds(case: dict[str, Any]):
    assert found(case["query"]) == case["matches"]


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["query"])
def test_a_mistake_is_pointed_at(case: dict[str, Any]):
    with pytest.raises(QueryError) as refused:
        parse(case["query"])
    assert refused.value.position == case["position"]
    assert case["says"] in str(refused.value)
    assert refused.value.pointed(case["query"]).splitlines()[1] == " " * case["position"] + "^"


@pytest.mark.parametrize("case", CASES["found"], ids=lambda case: case["query"])
def test_a_query_that_is_printed_means_the_same(case: dict[str, Any]):
    query = parse(case["query"])
    assert parse(str(query)).node == query.node
    assert found(str(query)) == case["matches"]


PIECES = st.sampled_from(
    [*FIELDS, *PARAMETERS, "query.city", *KEYWORDS, *OPERATORS, "in", "none", "(", ")", ",", '"', '"a b"', "\\", "!",
     "#7", "0.2", "-7d", "2026-11", "true", "completed", "[", "{2}", "*", "wide", "İ", "ß", "→", "\n", "\x00", "\ud800"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map(" ".join), st.lists(PIECES).map("".join)))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_query_or_a_query_error(text: str):
    try:
        query = parse(text)
    except QueryError as error:
        assert 0 <= error.position <= max(len(text), LONGEST_QUERY)
        assert error.problem.endswith(".") and error.remedy
        assert error.pointed(text)
        return
    again = parse(str(query))
    assert again.node == query.node
    for entry in ENTRIES.values():
        assert again(entry, NOW) is query(entry, NOW) or again(entry, NOW) == query(entry, NOW)


VALUES = {
    "text": ["wide", "a b", 'say "hi"', "back\\slash", "none", "AND", "in", "128→64", ""],
    "number": ["0", "0.2", "-3", "1e-3"], "duration": ["90s", "2h"], "flag": ["true", "no"],
    "date": ["2026", "2026-11-01", "today", "2026-11-01T10:00"], "parameter": ["0.1", "7"],
}  # fmt: skip


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from([*FIELDS, *PARAMETERS, "candidate.price"]))
    field = field_of(name)
    assert field is not None
    values = list(field.choices) or VALUES[field.kind]
    ops = ["=", "!=", "in"] if field.kind in ("text", "flag") else ["<", "<=", "=", "!=", ">=", ">", "in"]
    op = draw(st.sampled_from(ops))
    return comparison_text(
        name, op, draw(st.lists(st.sampled_from(values), min_size=1, max_size=3 if op == "in" else 1))
    )


def nested(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.tuples(parts, st.sampled_from([" AND ", " OR ", " "]), parts).map("".join)
    return st.one_of(joined, joined.map("({})".format), parts.map("NOT ({})".format))


@given(st.recursive(st.one_of(comparisons(), st.sampled_from(["wide", '"a b"', "#62"])), nested, max_leaves=12))
@settings(max_examples=300, deadline=None)
def test_whatever_is_well_formed_is_taken_and_printed_alike(text: str):
    query = parse(text)
    again = parse(str(query))
    assert again.node == query.node
    assert str(again) == str(query)
    assert [again(entry, NOW) for entry in ENTRIES.values()] == [query(entry, NOW) for entry in ENTRIES.values()]


def test_parts_of_a_query_are_joined_so_that_all_must_fit():
    assert both([]) == ""
    assert both(["a OR b", " "]) == "a OR b"
    assert found(both(["quick OR talk", comparison_text("state", "=", ["completed"]), "#62"])) == ["best"]


def test_what_is_too_long_or_too_deep_is_refused():
    with pytest.raises(QueryError, match="at most"):
        parse("a " * LONGEST_QUERY)
    with pytest.raises(QueryError, match="deep"):
        parse("(" * 60 + "a" + ")" * 60)
    with pytest.raises(QueryError, match="deep"):
        parse("NOT " * 60 + "a")


def test_a_live_run_has_not_ended():
    live = replace(ENTRIES["best"], state="running")
    assert not parse("ended > 2020")(live, NOW)
    assert parse("ended = none AND created > 2020")(live, NOW)


def test_relative_dates_count_back_from_now():
    ended_a_week_ago = replace(ENTRIES["best"], ended_at=NOW - timedelta(days=7))
    assert parse("ended >= -7d")(ended_a_week_ago, NOW)
    assert not parse("ended > -7d")(ended_a_week_ago, NOW)
    assert not parse("ended >= -7d")(ended_a_week_ago, NOW + timedelta(seconds=1))


def test_labels_of_a_request_are_fields():
    names = {"tags": "tag", "model_config_id": "model_config"}
    labels = ("name", "description", "tags", "starred", "feature_config", "model_config_id", "owner")
    assert all(field_of(names.get(label, label)) for label in labels)
    assert set(labels) <= Experiment.model_fields.keys()
