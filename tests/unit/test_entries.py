"""An entry of the index: short, always the same, and made of whatever documents hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.synthetic_runs import synthetic_runs
from shared.insights.lists.entries import BLOCK, LONGEST_ENTRY, Entry, EntryLift, Figure, from_json, to_json
from shared.insights.lists.entry_of import entry_of, protocol_name
from shared.insights.lists.query_fields import field_of
from shared.runs import Run, State, new_run

NOW = datetime(2026, 11, 21, 12, 30, 0, 123456, tzinfo=timezone.utc)
NAME = "exp-01jd4qz0000000000000000000"
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=400)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)


def run(**changes: Any) -> Run:
    begun = new_run(NAME, {"name": "as asked", "owner": "ada"}, "wholesale", NOW)
    return replace(begun, state=State.COMPLETED, number=7, ended_at=NOW, duration_seconds=61.0, **changes)


def test_an_entry_comes_back_as_it_was():
    entry = Entry(
        NAME, 7, "wholesale", "näme", "completed", "retrieval", "ada", NOW, NOW, 61.25, tags=("a",), starred=True,
        protocols={"retrieval": "abc"}, parameters={"rate": 0.003, "on": True, "layers": "128→64", "epochs": 3},
        metrics={"mrr": Figure(0.25, 0.125), "auc": Figure(None, None, 0.5), "rmse": Figure(None)},
        lifts={"mrr": EntryLift("ease", 0.5, None, 0.75, "better")}, baselines={"ease": {"mrr": Figure(0.5)}},
    )  # fmt: skip
    assert from_json(to_json(entry)) == entry
    assert '"ease":{"mrr":0.5}' in to_json(entry)
    assert from_json(to_json(entry).replace('"rmse":null', '"rmse":[]')) == entry
    later = json.dumps({**json.loads(to_json(entry)), "of a later version": [1]})
    assert from_json(later) == entry
    assert to_json(replace(entry, metrics={"mrr": Figure(0.123456789)})).count("0.123457") == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "{", '{"number": NaN}', "[" * 100_000])
def test_a_damaged_text_is_a_value_error(text: str):
    with pytest.raises(ValueError):
        from_json(text)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_an_entry_with_one_damaged_field_is_a_value_error_or_an_entry(data: st.DataObject):
    stored = json.loads(to_json(entry_of(run(), {"tags": ["a"]})))
    stored[data.draw(st.sampled_from(sorted(stored)))] = data.draw(JUNK)
    try:
        found = from_json(json.dumps(stored))
    except ValueError:
        return
    assert isinstance(found, Entry)


@given(st.dictionaries(st.sampled_from(["name", "description", "tags", "starred", "feature_config", "model_config",
                                        "sample_percent", "seed"]), JUNK))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_whatever_a_request_holds_a_run_can_end(request: dict[str, Any]):
    text = to_json(entry_of(run(), request))
    assert len(text.encode("utf-8", "surrogatepass")) <= LONGEST_ENTRY
    assert to_json(from_json(text)) == text


@given(st.text(max_size=80), st.text(max_size=320), st.text(max_size=300), st.integers(0, 300), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_no_entry_is_longer_than_its_place(name: str, owner: str, description: str, features: int, metrics: int):
    entry = Entry(
        NAME, 7, "wholesale", name, "completed", "retrieval", owner, NOW, NOW, 61.0, description=description,
        tags=("x" * 32,) * 20, names={kind: name for kind in ("dataset", "feature_config", "model_config")},
        parameters={f"query.{'f' * 50}{number}": number for number in range(features)} | {"query.layers": "64"},
        metrics={f"{number}_at_100": Figure(0.123456, 0.123456, 0.123456) for number in range(metrics)},
    )  # fmt: skip
    text = to_json(entry)
    assert len(text.encode()) <= LONGEST_ENTRY
    assert to_json(from_json(text)) == text
    if features < 10 and metrics < 10 and len((name + owner + description).encode()) < 300:
        assert from_json(text).parameters == entry.parameters


def test_what_is_shown_of_a_run_is_of_its_headline_population():
    made = entry_of(
        run(
            metrics={"recall_at_10": {"value": 0.2, "low": 0.1, "high": 0.3, "n": 9}},
            headlines=({"metric": "recall_at_10", "baseline": {"name": "ease", "value": 0.1},
                        "lift": {"value": 0.1, "low": 0.0, "high": 0.2, "verdict": "better"}},),
            baselines={"ease": {"recall_at_10": {"value": 0.1, "low": None, "high": None}, "mrr": {"value": 0.3}}},
            counts={"rows": {"train": 90}, "customers": {"train": 8}, "products": {"train": 5}},
            cost={"computed": 0.5}, progress={"epochs_done": 3, "best_epoch": 1},
        ),
        {"name": "edited", "tags": ["a", 5, "x" * 40], "starred": True},
    )  # fmt: skip
    assert made.metrics == {"recall_at_10": Figure(0.2, 0.1, 0.3)}
    assert made.lifts == {"recall_at_10": EntryLift("ease", 0.1, 0.0, 0.2, "better")}
    assert made.baselines == {"ease": {"recall_at_10": Figure(0.1)}}
    assert (made.name, made.tags, made.starred) == ("edited", ("a",), True)
    assert (made.rows, made.customers, made.products, made.cost_usd, made.epochs_run) == (90, 8, 5, 0.5, 3)


def test_intervals_are_kept_of_the_metrics_that_runs_are_told_apart_by():
    figure = {"value": 0.2, "low": 0.1, "high": 0.3}
    made = entry_of(run(metrics={"recall_at_10": figure, "mrr": figure, "rmse": figure}), None)
    assert made.metrics == {"recall_at_10": Figure(0.2, 0.1, 0.3), "mrr": Figure(0.2), "rmse": Figure(0.2)}
    both = entry_of(replace(run(metrics={"recall_at_10": figure, "rmse": figure}), model_type="multitask"), None)
    assert both.metrics["recall_at_10"] == both.metrics["rmse"] == Figure(0.2, 0.1, 0.3)


def test_a_block_of_the_longest_entries_is_a_document():
    """As Firestore counts: a text is its bytes and 1, and so is the name of a field."""
    entry = len(NAME) + 1 + LONGEST_ENTRY + 1
    name = len("indexes") + 1 + len("a" * 63 + "__999999") + 1 + 16
    assert BLOCK * entry + len("entries") + 1 + name + 32 < 2**20


def test_an_entry_is_two_thousand_bytes_and_a_half():
    entries = synthetic_runs(100, 3)
    assert sum(len(to_json(entry)) for entry in entries) / len(entries) < 2_500


def test_a_run_that_failed_has_no_figures_and_one_without_a_request_its_own_name():
    made = entry_of(replace(run(metrics={"mrr": {"value": 1.0}}), state=State.FAILED), None)
    assert (made.metrics, made.name, made.model_config) == ({}, "as asked", "")


def test_a_protocol_is_named_as_people_tell_it_apart():
    counts = {"customers": {"test": 812}, "rows": {"catalogue": 3684}}
    strict = {"split": {"kind": "strict_time", "ref": "2025-12-09", "test_start": "2025-11-26"}}
    assert protocol_name(strict, counts) == "strict 14 days to 9 Dec 2025, 812 customers, 3,684 products"
    held = {"split": {"kind": "time_holdout", "ref": "2025-12-09", "test_start": "2025-12-09"}}
    assert protocol_name({**held, "exclude_purchased": True}, {}) == "holdout 1 day to 9 Dec 2025, without purchased"
    assert protocol_name({"split": {"kind": "random", "ref": None}}, counts).startswith("random, 812")
    assert protocol_name({}, counts) == ""


@pytest.mark.parametrize("leaf", ["learning_rate", "query.layers", "candidate.layers", "query.width", "query.City",
                                  "candidate.customer×city", "clipnorm", "parameters", "filters"])  # fmt: skip
def test_every_parameter_can_be_asked_for(leaf: str):
    assert field_of(leaf) is not None
