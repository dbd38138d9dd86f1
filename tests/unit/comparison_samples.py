"""Completed runs with their details and per-customer files, of which the truth is known."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from shared.insights.comparing.compared import Compared
from shared.insights.comparing.customers import VERSION, measure, read_customers
from shared.metrics import RECALL_AT
from shared.runs import Run, State
from tests.unit import samples

CUSTOMERS = 600
FINGERPRINTS = {split: {"rows": 1_906, "customers": 600, "checksum": 7} for split in ("test", "catalogue")}
PARAMETERS = {
    "epochs": 5, "batch_size": 1024, "learning_rate": 0.01, "early_stopping": True, "seed": 17, "split_seed": 17,
    "sample_percent": 100, "exclude_purchased": False, "data_version": "abc-g0",
    "split": {"kind": "strict_time", "test_days": 14, "val_days": 14, "train_days": None},
}  # fmt: skip
_WORDS = ("owner", "created_at", "updated_at")


def customers_file(chance: float, seed: int, sample: float = 1.0) -> bytes:
    """Of a model that finds each purchase among its first ten with a chance that differs by customer."""
    truth, luck = np.random.default_rng(1), np.random.default_rng(seed)
    pairs = truth.integers(1, 6, size=CUSTOMERS)
    inside = truth.random(CUSTOMERS) < sample
    hits = luck.binomial(pairs, np.clip(truth.beta(2, 5, CUSTOMERS) * chance, 0, 1))
    columns = {f"model/hits_at_{k}": hits for k in RECALL_AT} | {f"model/row_hits_at_{k}": hits for k in RECALL_AT}
    content = io.BytesIO()
    np.savez_compressed(
        content,
        version=np.array(VERSION),
        customer=np.array([b"c%06d" % number for number in range(CUSTOMERS)]),
        pairs=pairs,
        rows=pairs,
        idcg=np.ones(CUSTOMERS),
        **{"population/all": np.ones(CUSTOMERS, bool), "population/in_sample": inside, **columns},
        **{"model/dcg": hits / 5, "model/first_rank": np.where(hits > 0, 3, 0), "model/squared_error": 1.0 + hits},
        **{"model/absolute_error": 1.0 + hits},
    )
    return content.getvalue()


def compared(
    number: int,
    chance: float = 1.0,
    seed: int | None = None,
    sample_percent: int = 100,
    model: dict[str, Any] | None = None,
    features: dict[str, Any] | None = None,
    key: str = "p1",
    **parameters: Any,
) -> Compared:
    """Exp #`number`; `model`, `features`: changes of the sample configs, `key` of its protocol."""
    content = customers_file(chance, seed or number, sample_percent / 100)
    customers = read_customers(content)
    resolved = {**PARAMETERS, "sample_percent": sample_percent, **parameters}
    experiment = f"exp-01j8zq4m3v7k2n5p6r8s9t0{number:03d}"
    configs = {
        "dataset": _frozen(samples.DATASET),
        "feature_config": _frozen({**samples.FEATURE_CONFIG, **(features or {})}),
        "model_config": _frozen({**samples.MODEL_CONFIG, **(model or {})}),
    }
    protocol = {"keys": {"retrieval": key}, "fingerprints": FINGERPRINTS}
    run = Run(
        experiment, "default", State.COMPLETED, samples.NOW, samples.NOW, samples.NOW, number=number,
        ended_at=samples.NOW + timedelta(minutes=3), duration_seconds=184.2, parameters=resolved,
        names={"experiment": f"try {number}", "dataset": "Shop", "feature_config": "Base", "model_config": "Minimal"},
        cost={"estimated": 0.1, "computed": 0.08}, grouping={"protocols": {"retrieval": key}},
    )  # fmt: skip
    found = Compared(
        experiment,
        run,
        {"configs": configs, "parameters": resolved, "protocol": protocol, "images": {"trainer": "t@sha256:1"}},
        customers=customers,
    )
    recalls = {name: _figure(found, name) for name in ("recall_at_10", "mrr")}
    return replace(found, evaluation=_evaluation(found, recalls))


def _frozen(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _WORDS} | {"owner": "ada"}


def _figure(run: Compared, metric: str) -> dict[str, Any]:
    assert run.customers is not None
    numerator, denominator = measure(run.customers, metric, run.population)
    value = float(numerator.sum() / denominator.sum())
    return {"value": value, "low": value - 0.02, "high": value + 0.02, "n": CUSTOMERS, "reason": None}


def _evaluation(run: Compared, figures: dict[str, Any]) -> dict[str, Any]:
    lift = {"baseline": "popularity", "value": 0.1, "relative": 0.5, "low": 0.05, "high": 0.15, "verdict": "better"}
    baseline = {name: {**figure, "value": figure["value"] - 0.1} for name, figure in figures.items()}
    return {
        "evaluation_version": 1,
        "model_type": "retrieval",
        "metrics": {run.population: figures, "warm": {"recall_at_10": figures["recall_at_10"]}},
        "baselines": {"popularity": {"metrics": {run.population: baseline}}},
        "lift": {"recall_at_10": lift},
        "counts": {"rows": {"train": 16_204, "test": 1_906}},
        "training": {"epochs_run": 5, "best_epoch": 3, "stop_reason": "epochs", "parameters": {"total": 64_210}},
    }
