"""results.json and the headline made of it (S6.19, S6.20)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from shared.metrics import METRICS
from shared.results import Results, headline


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
            "key": "abc", "split": "random", "bounds": {}, "sample_percent": 100, "exclude_purchased": False
        },
        "versions": {"tfx": "1.16.0"},
        "counts": {"rows": {**counted, "catalogue": 9}, "customers": counted, "products": counted, "misses": 0},
        "training": {
            "epochs_run": 3, "best_epoch": 2, "stop_reason": "epochs", "steps": 12, "seconds": 1.5,
            "parameters": {"query": 1, "candidate": 2, "total": 3, "trainable": 3},
        },
        "metrics": {"all": metrics, "warm": metrics},
        "ceiling": {"recall_at_10": 0.9},
        "baselines": {"popularity": {"params": {}, "metrics": {"all": weaker, "warm": weaker}}},
        "lift": {"recall_at_10": lift},
        "warnings": [],
        "files": {"model": "gs://bucket/model"},
        **changes,
    }  # fmt: skip


def test_every_key_survives_the_round_trip() -> None:
    assert json.loads(Results.model_validate_json(json.dumps(document())).model_dump_json()) == document()


def test_the_headline_leads_with_the_best_baseline() -> None:
    assert headline(Results.model_validate(document())) == {
        "metric": "recall_at_10",
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


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"schema_version": 2},
        {"metrics": {"all": {"recall_at_7": {"value": 0.1, "low": None, "high": None, "n": 1}}}},
        {"metrics": {"everybody": {}}},
        {"ceiling": {"recall_at_10": float("nan")}},
        {"files": None},
    ],
)
def test_what_is_not_a_result_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Results.model_validate(document(**change))
