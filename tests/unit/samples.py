"""Valid documents that tests change one field of."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from shared.columns import SourceColumn
from shared.documents import Dataset, Experiment, FeatureConfig, ModelConfig
from shared.parsing import parse

EXPERIMENT_ID = "exp-01j8zq4m3v7k2n5p6r8s9t0abc"
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
_COMMON = {"schema_version": 1, "owner": "ada", "created_at": NOW, "updated_at": NOW}

DATASET = {
    **_COMMON,
    "name": "Shop",
    "description": "All purchases",
    "tables": [{"table": "sales.purchases", "columns": [{"column": "customer", "name": "customer"}]}],
    "roles": {"customer_id": "customer", "product_id": "product", "event_time": "bought_at", "order_id": "basket"},
    "timezone": "Europe/Berlin",
    "filters": {"rows": [{"kind": "number", "column": "quantity", "op": "gt", "value": 0.0}]},
}
FEATURE_CONFIG = {
    **_COMMON,
    "name": "Base",
    "description": "",
    "dataset": "shop",
    "query_features": [
        {
            "kind": "category",
            "column": "customer",
            "name": "customer",
            "is_primary_id": True,
            "vocabulary": {"max_size": 1000, "min_frequency": 1, "oov_buckets": 1, "embedding_dim": 16},
        },
        {"kind": "number", "column": "price", "name": "price", "scale": {"method": "zscore", "log": True}},
        {"kind": "time", "column": "bought_at", "name": "bought_at", "cycles": ["hour", "month"]},
    ],
    "candidate_features": [
        {"kind": "category", "column": "product", "is_primary_id": True, "vocabulary": {"embedding_dim": 16}}
    ],
    "query_crosses": [
        {
            "features": ["customer", "price"],
            "hash_buckets": 100,
            "embedding_dim": 8,
            "bucketize": {"price": 10},
        }
    ],
    "candidate_crosses": [],
}
MODEL_CONFIG = {
    **_COMMON,
    "name": "Minimal",
    "description": "",
    "model_type": "retrieval",
    "query_layers": [{"type": "dense", "units": 64, "activation": "relu"}],
    "candidate_layers": [{"type": "dense", "units": 64, "activation": "gelu"}],
    "output_embedding_dim": 32,
    "optimizer": "adam",
    "learning_rate": 0.001,
    "clipnorm": 1.0,
    "batch_size": 1024,
    "normalise_embeddings": False,
    "temperature": 1.0,
    "logq_correction": True,
    "top_k": 100,
}
EXPERIMENT = {
    **_COMMON,
    "model_endpoint": "wholesale",
    "feature_config": "base",
    "model_config": "minimal",
    "name": "First",
    "description": "",
    "notes": "",
    "tags": ["first"],
    "starred": False,
    "split": {"kind": "strict_time", "test_days": 14, "val_days": 14, "train_days": 365},
    "sample_percent": 100,
    "epochs": 3,
    "batch_size": 1024,
    "learning_rate": 0.01,
    "seed": 17,
    "split_seed": 17,
}
COMMAND = {**_COMMON, "experiment": EXPERIMENT_ID, "kind": "cancel"}

CATALOGUE = [
    SourceColumn("customer", "STRING"),
    SourceColumn("product", "STRING"),
    SourceColumn("bought_at", "TIMESTAMP"),
    SourceColumn("basket", "INTEGER"),
    SourceColumn("price", "FLOAT"),
    SourceColumn("quantity", "INTEGER"),
    SourceColumn("country", "STRING"),
]


def raw(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy of `document` with some fields replaced."""
    return {**copy.deepcopy(document), **changes}


def dataset(**changes: Any) -> Dataset:
    """A dataset that selects all columns of its table."""
    return parse("datasets", "shop", {**raw(DATASET, tables=[{"table": "sales.purchases"}]), **changes})


def features(**changes: Any) -> FeatureConfig:
    return parse("feature_configs", "base", raw(FEATURE_CONFIG, **changes))


def model(**changes: Any) -> ModelConfig:
    return parse("model_configs", "minimal", raw(MODEL_CONFIG, **changes))


def experiment(**changes: Any) -> Experiment:
    return parse("experiments", EXPERIMENT_ID, raw(EXPERIMENT, **changes))
