"""results.json and the headline made of it (S6.19, S6.20)."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from shared.metrics import FAMILIES, METRICS, headline_metric
from shared.results import (
    LISTED_VALUES,
    VOCABULARY_LIMIT,
    BaselineName,
    Population,
    Results,
    headline,
    headlines,
)

VALUE = {"value": "P1", "count": 9}
OOV = {"rows": 3, "share": 0.1, "missing_share": None}
VOCABULARY: dict[str, Any] = {
    "kind": "vocabulary", "name": "q_country", "column": "country", "distinct": 9, "kept": 7, "cut_by_size": 1,
    "cut_by_frequency": 1, "out_of_vocabulary": {"train": OOV, "eval": OOV, "test": OOV}, "most_frequent": [VALUE],
    "rarest_kept": [VALUE], "status": "fair", "remedy": "Raise `max_size`.",
}  # fmt: skip
HASHED = {
    "kind": "hash", "name": "c_brand", "column": "brand", "buckets": 50, "used": 9, "distinct": 10,
    "expected_collisions": 0.2, "measured_collisions": 0.2,
}  # fmt: skip
BUCKETED = {
    "kind": "bucket", "name": "c_price_bucket", "column": "price", "ranges": 3, "boundaries": [1.0, 2.5],
    "rows": [1, 2, 3], "missing_share": 0.0,
}  # fmt: skip
CROSSED = {"kind": "cross", "name": "c_brand_x_price", "buckets": 1_000, "used": 40}


def document(**changes: Any) -> dict[str, Any]:
    metric = {"value": 0.25, "low": 0.2, "high": 0.3, "n": 100, "reason": None}
    metrics = {name: metric for name in METRICS}
    weaker = {name: {**metric, "value": 0.1} for name in METRICS}
    counted = {"train": 3, "eval": 2, "test": 1}
    lift = {"baseline": "popularity", "value": 0.15, "relative": 1.5, "low": 0.1, "high": 0.2, "verdict": "better"}
    return {
        "schema_version": 1,
        "evaluation_version": 1,
        "experiment": "exp-01jd00000000000000000000",
        "attempt": 1,
        "model_type": "retrieval",
        "seed": 17,
        "split_seed": 17,
        "protocol": {
            "keys": {"retrieval": "abc"}, "split": "random", "bounds": {}, "sample_percent": 100,
            "exclude_purchased": False, "fingerprints": {"test": {"rows": 1}},
        },
        "versions": {"tfx": "1.16.0"},
        "counts": {"rows": {**counted, "catalogue": 9}, "customers": counted, "products": counted, "misses": 0},
        "fingerprints": {"test": {"rows": 1, "min_time": None, "checksum": 2**40}},
        "training": {
            "epochs_run": 3, "best_epoch": 1, "evaluated_epoch": 2, "metric": "recall_at_10",
            "stop_reason": "early_stopping", "steps": 12, "seconds": 1.5,
            "parameters": {"query": 1, "candidate": 2, "shared": 4, "head": 5, "total": 12, "trainable": 12},
        },
        "metrics": {"all": metrics, "warm": metrics},
        "ceiling": {"recall_at_10": 0.9},
        "baselines": {"popularity": {"params": {}, "metrics": {"all": weaker, "warm": weaker}}},
        "lift": {"recall_at_10": lift},
        "segments": {"activity": {"0": metrics, "1-2": metrics}, "popularity": {"head": metrics}},
        "vocabularies": [VOCABULARY, HASHED, BUCKETED, CROSSED],
        "target_transform": None,
        "ann": None,
        "warnings": [],
        "files": {"model": "gs://bucket/model"},
        **changes,
    }  # fmt: skip


def test_every_key_survives_the_round_trip() -> None:
    assert json.loads(Results.model_validate_json(json.dumps(document())).model_dump_json()) == document()


def test_the_headline_leads_with_the_best_baseline() -> None:
    assert headline(Results.model_validate(document())) == {
        "metric": "recall_at_10",
        "direction": "max",
        "population": "all",
        "value": 0.25,
        "low": 0.2,
        "high": 0.3,
        "n": 100,
        "baseline": {"name": "popularity", "value": 0.1},
        "lift": {"value": 0.15, "low": 0.1, "high": 0.2, "verdict": "better"},
    }


def test_the_headline_of_a_sample_is_about_the_customers_in_it() -> None:
    whole = document()
    few = {name: {**metric, "value": 0.5} for name, metric in whole["metrics"]["all"].items()}
    popularity = {"params": {}, "metrics": {**whole["baselines"]["popularity"]["metrics"], "in_sample": few}}
    sample = document(
        protocol={**whole["protocol"], "sample_percent": 10},
        metrics={**whole["metrics"], "in_sample": few},
        baselines={"popularity": popularity},
    )
    assert headline(Results.model_validate(sample))["population"] == "in_sample"
    assert headline(Results.model_validate(sample))["value"] == 0.5


def rated(model_type: str) -> Results:
    """A result whose rmse is 0.25 where the best baseline's is 0.1."""
    whole = document()
    baseline = {"params": {"alpha": 3.0}, "metrics": whole["baselines"]["popularity"]["metrics"]}
    of_rmse = {"baseline": "bias", "value": -0.15, "relative": -1.5, "low": -0.2, "high": -0.1, "verdict": "worse"}
    return Results.model_validate(
        document(
            model_type=model_type,
            baselines={**whole["baselines"], "bias": baseline},
            lift={**whole["lift"], "rmse": of_rmse},
            target_transform={"clip": [0.0, 9.5], "log": True, "normalise": "zscore", "a": 1.5, "b": 0.5},
        )
    )


def test_a_ranking_model_leads_with_its_error_in_original_units() -> None:
    """S6.10, S6.17: less is better, and a lift below 0 is still worse."""
    card = headline(rated("ranking"))
    assert (card["metric"], card["direction"], card["value"]) == ("rmse", "min", 0.25)
    assert card["baseline"] == {"name": "bias", "value": 0.1}
    assert card["lift"] == {"value": -0.15, "low": -0.2, "high": -0.1, "verdict": "worse"}


def test_a_multitask_model_has_a_card_for_each_family() -> None:
    """S6.11"""
    found = rated("multitask")
    assert [card["metric"] for card in headlines(found)] == ["recall_at_10", "rmse"]
    assert headlines(found)[0] == headline(found)


def test_every_metric_belongs_to_a_model_type_and_every_model_type_has_a_headline() -> None:
    """S0.9"""
    for kind in METRICS.values():
        assert kind.model_types == tuple(name for name, families in FAMILIES.items() if kind.family in families)
        assert kind.model_types
        assert "test" in kind.splits
    assert {name: headline_metric(name) for name in FAMILIES} == {
        "retrieval": "recall_at_10", "ranking": "rmse", "multitask": "recall_at_10"
    }  # fmt: skip
    assert METRICS["rmse"].model_types == ("ranking", "multitask")


def test_what_the_index_loses_is_part_of_the_result() -> None:
    """S6.15"""
    figure = {"value": 0.9, "low": None, "high": None, "n": 3, "reason": "too few customers (3)"}
    ann = {
        "top_k": 100,
        "options": {"num_leaves": 60},
        "metrics": {"ann_overlap_at_10": figure, "ann_recall_loss_at_top_k": figure},
        "latency_ms": {"scann": {"median": 0.2, "p95": 0.4}, "brute_force": {"median": 0.3, "p95": 0.5}},
        "measured_on": "trainer",
    }
    assert json.loads(Results.model_validate(document(ann=ann)).model_dump_json())["ann"] == ann


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"schema_version": 2},
        {"model_type": "regression"},
        {"target_transform": {"clip": None, "log": True, "normalise": "none", "a": float("inf"), "b": 1.0}},
        {"metrics": {"all": {"recall_at_7": {"value": 0.1, "low": None, "high": None, "n": 1}}}},
        {"metrics": {"everybody": {}}},
        {"ceiling": {"recall_at_10": float("nan")}},
        {"files": None},
    ],
)
def test_what_is_not_a_result_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Results.model_validate(document(**change))


def test_the_largest_result_fits_a_document() -> None:
    """S6.20: every population, metric, baseline and segment, and 200 vocabularies with the longest values."""
    long = {"value": 0.12345678901234567, "low": 0.12345678901234567, "high": 0.12345678901234567, "n": 10**7}
    metrics = {name: {**long, "reason": None} for name in METRICS}
    by_population = {population: metrics for population in get_args(Population)}
    values = [{"value": "漢" * 40, "count": 10**7}] * 20
    vocabulary = {**VOCABULARY, "name": "q_" + "n" * 60, "column": "c" * 60, "remedy": "r" * 150}
    of_each = LISTED_VALUES // VOCABULARY_LIMIT
    largest = document(
        metrics=by_population,
        baselines={name: {"params": {"l": 10}, "metrics": by_population} for name in get_args(BaselineName)},
        lift={name: document()["lift"]["recall_at_10"] for name in METRICS},
        segments={"activity": dict.fromkeys("1234", metrics), "popularity": dict.fromkeys("123", metrics)},
        vocabularies=[{**vocabulary, "most_frequent": values[:of_each], "rarest_kept": values[:of_each]}]
        * VOCABULARY_LIMIT,
    )
    stored = Results.model_validate(largest).model_dump(mode="json")
    assert stored_size(stored) < 900_000
    with pytest.raises(ValidationError, match="vocabularies"):
        Results.model_validate({**largest, "vocabularies": [vocabulary] * (VOCABULARY_LIMIT + 1)})


def stored_size(value: Any) -> int:
    """Bytes as Firestore counts them: https://firebase.google.com/docs/firestore/storage-size."""
    if isinstance(value, dict):
        return sum(len(name.encode()) + 1 + stored_size(part) for name, part in value.items())
    if isinstance(value, list):
        return sum(map(stored_size, value))
    if isinstance(value, str):
        return len(value.encode()) + 1
    return 1 if value is None or isinstance(value, bool) else 8
