"""Valid documents that tests change one field of."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import Any

from shared.columns import SourceColumn, SourceTable
from shared.documents import Dataset, Experiment, FeatureConfig, ModelConfig
from shared.parsing import parse

EXPERIMENT_ID = "exp-01j8zq4m3v7k2n5p6r8s9t0abc"
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=timezone.utc)
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

# ------------------------------------------------------------- documents that, together, write every field there is

COMPARISON = {
    **_COMMON,
    "experiments": [f"exp-01j8zq4m3v7k2n5p6r8s9t0ab{digit}" for digit in "12345"],
    "name": "Wider towers",
    "notes": "Which of them is worth its time?",
    "metric": "recall_at_10",
}
DRAFT = {
    **_COMMON,
    "kind": "model_config",
    "edit": 3,
    "document": "minimal",
    "content": {"name": "Half", "query_layers": [{"type": "dense"}]},
    "feature_config": "base",
    "look": True,
}
FULL_DATASET = {
    **_COMMON,
    "name": "Wholesale",
    "description": "Orders and the product list",
    "location": "EU",
    "tables": [
        {
            "table": "sales.purchases",
            "alias": "purchases",
            "columns": [
                {"column": "customer"},
                {"column": "product"},
                {"column": "bought_at"},
                {"column": "basket"},
                {"column": "price", "nulls": {"fill": 0.5}},
                {"column": "quantity", "nulls": "drop_row"},
                {"column": "country", "name": "land", "label": "Country of delivery", "nulls": "keep"},
            ],
        },
        {
            "table": "warehouse-eu.sales.products",
            "alias": "products",
            "columns": [{"column": "group.name", "name": "category"}, {"column": "brand"}, {"column": "launched"}],
        },
    ],
    "primary": "purchases",
    "joins": [
        {"left": "purchases", "right": "products", "keys": [{"left": "product", "right": "sku"}], "type": "left"}
    ],
    "roles": {
        "customer_id": "customer",
        "product_id": "product",
        "event_time": "bought_at",
        "order_id": "basket",
        "revenue": "price",
        "quantity": "quantity",
    },
    "timezone": "Europe/Berlin",
    "filters": {
        "rows": [
            {"kind": "category", "column": "land", "mode": "exclude", "values": ["XX", "YY"], "nulls": "keep"},
            {"kind": "number", "column": "quantity", "op": "between", "min": 1.0, "max": 1e6, "nulls": "drop"},
            {"kind": "number", "column": "price", "op": "gt", "value": 0.0},
            {"kind": "date", "column": "launched", "from": "2001-01-01", "to": "2025-12-31"},
            {"kind": "date", "column": "bought_at", "last_days": 1000},
            {"kind": "null", "column": "category", "keep": "not_null"},
        ],
        "window": {"from": "2023-01-01", "to": "2025-12-31"},
        "products": {
            "top_revenue_percent": 95.0,
            "min_transactions": 2,
            "aggregates": [
                {"measure": "revenue", "op": "ge", "value": 10.0},
                {"measure": "last_seen_days", "op": "between", "min": 0.0, "max": 365.0},
            ],
        },
        "customers": {"min_transactions": 2},
    },
    "history": [{"name": "recent", "item": "product", "length": 20, "mode": "point_in_time"}],
    "catalogue": {"table": "warehouse-eu.sales.products", "product_id": "sku", "where_active": "active"},
    "max_bytes_billed": 2**34,
}
FULL_FEATURE_CONFIG = {
    **_COMMON,
    "name": "Everything",
    "description": "Every kind of feature with every option",
    "dataset": "wholesale",
    "query_id": "primary",
    "query_features": [
        {
            "kind": "category",
            "column": "customer",
            "name": "customer",
            "is_primary_id": True,
            "vocabulary": {"max_size": 1000, "min_frequency": 2, "oov_buckets": 2, "embedding_dim": 16},
        },
        {"kind": "category", "column": "land", "hashing": {"buckets": 100, "embedding_dim": 8}},
        {
            "kind": "time",
            "column": "bought_at",
            "name": "bought_at",
            "cycles": ["hour", "month"],
            "recency": True,
            "bucketize": {"buckets": 10, "embedding_dim": 4},
            "missing_indicator": True,
        },
        {"kind": "history", "column": "recent", "name": "recent", "shared_with": "product", "max_length": 10},
    ],
    "candidate_features": [
        {"kind": "category", "column": "product", "is_primary_id": True, "vocabulary": {"embedding_dim": 16}},
        {"kind": "category", "column": "category", "vocabulary": {"embedding_dim": 8}},
        {"kind": "category", "column": "brand", "vocabulary": {"embedding_dim": 8}},
        {
            "kind": "number",
            "column": "price",
            "name": "price",
            "scale": {"method": "minmax", "range": [-1.0, 1.0], "clip_percentiles": [1.0, 99.0], "log": True},
            "bucketize": {"boundaries": [1.0, 10.0, 100.0], "embedding_dim": 4},
            "missing_indicator": True,
        },
    ],
    "query_crosses": [
        {"features": ["bought_at", "land"], "hash_buckets": 100, "embedding_dim": 8, "bucketize": {"bought_at": 10}}
    ],
    "candidate_crosses": [{"features": ["brand", "category", "price"]}],
    "target": {"column": "quantity", "clip_percentiles": [0.0, 99.0], "log": True, "normalise": "minmax"},
}
RANKING_MODEL_CONFIG = {
    **_COMMON,
    "name": "Ranking",
    "description": "",
    "model_type": "ranking",
    "query_layers": [{"type": "dense", "units": 64, "activation": "relu", "l1": 0.0, "l2": 0.001}],
    "candidate_layers": [],
    "output_embedding_dim": 16,
    "share_tower_weights": False,
    "rating_head_layers": [
        {"type": "dense", "units": 32},
        {"type": "batch_norm", "momentum": 0.9},
        {"type": "layer_norm", "epsilon": 1e-5},
        {"type": "dropout", "rate": 0.2},
    ],
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "momentum": 0.8,
    "lr_schedule": {"kind": "cosine", "warmup_fraction": 0.1},
    "clipnorm": None,
    "batch_size": "auto",
    "normalise_embeddings": True,
    "ranking_loss": "binary_crossentropy",
    "positive_class_weight": 2.5,
    "early_stopping": {
        "enabled": True,
        "metric": "mae",
        "every_epochs": 2,
        "patience": 5,
        "min_delta": 0.001,
        "restore_best": False,
    },
}
MULTITASK_MODEL_CONFIG = {
    **_COMMON,
    "name": "Both",
    "description": "",
    "model_type": "multitask",
    "query_layers": [{"type": "dense", "units": 64}, {"type": "dropout", "rate": 0.2}],
    "candidate_layers": [{"type": "dense", "units": 64}, {"type": "dropout", "rate": 0.2}],
    "output_embedding_dim": 32,
    "share_tower_weights": True,
    "rating_head_layers": [{"type": "dense", "units": 16}],
    "optimizer": "adamw",
    "weight_decay": 0.001,
    "clipnorm": 1.0,
    "batch_size": 1024,
    "temperature": 0.5,
    "logq_correction": False,
    "remove_accidental_hits": True,
    "hard_negatives": 100,
    "label_smoothing": 0.1,
    "ranking_loss": "huber",
    "huber_delta": 2.0,
    "retrieval_weight": 0.5,
    "ranking_weight": 1.0,
    "retrieval_algorithm": "scann",
    "scann": {
        "num_leaves": 20,
        "num_leaves_to_search": 4,
        "num_reordering_candidates": 200,
        "dimensions_per_block": 4,
    },
    "top_k": 50,
}
FULL_EXPERIMENT = {
    **EXPERIMENT,
    "exclude_purchased": True,
    "hardware": "medium",
    "data_processing": "dataflow",
    "max_workers": 4,
    "reuse_cache": False,
    "max_minutes": 60,
    "max_cost_usd": 5.0,
    "region": "europe-west4",
}

MODEL_ENDPOINT = {
    **_COMMON,
    "name": "Wholesale",
    "description": "The shop of the wholesalers",
    "max_running": 2,
    "max_cost_usd": 20.0,
    "monthly_budget_usd": 500.0,
}
CLONE = {**EXPERIMENT, "parent": EXPERIMENT_ID[:-1] + "d", "origin": "clone", "max_attempts": 2}

# Valid documents by collection and id: every field of every model is written in one of them.
DOCUMENTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "model_endpoints": [("wholesale", MODEL_ENDPOINT)],
    "datasets": [
        ("wholesale", FULL_DATASET),
        ("shop", DATASET),
        ("last-year", {**DATASET, "filters": {"window": {"last_days": 365}}}),
    ],
    "feature_configs": [("everything", FULL_FEATURE_CONFIG), ("base", FEATURE_CONFIG)],
    "model_configs": [
        ("both", MULTITASK_MODEL_CONFIG),
        ("ranking", RANKING_MODEL_CONFIG),
        ("minimal", MODEL_CONFIG),
    ],
    "experiments": [
        (EXPERIMENT_ID, FULL_EXPERIMENT),
        (EXPERIMENT_ID, {**EXPERIMENT, "split": {"kind": "time_holdout", "holdout_days": 7}}),
        (EXPERIMENT_ID, {**EXPERIMENT, "split": {"kind": "random"}}),
        (EXPERIMENT_ID, CLONE),
    ],
    "commands": [(f"{EXPERIMENT_ID}--cancel", COMMAND)],
    "comparisons": [("cmp-towers", COMPARISON)],
    "drafts": [("draft-01j8zq4m3v7k2n5p6r8s9t0abc", DRAFT)],
}

CATALOGUE = [
    SourceColumn("customer", "STRING"),
    SourceColumn("product", "STRING"),
    SourceColumn("bought_at", "TIMESTAMP"),
    SourceColumn("basket", "INTEGER"),
    SourceColumn("price", "FLOAT"),
    SourceColumn("quantity", "INTEGER"),
    SourceColumn("country", "STRING"),
]
TABLES = {"purchases": SourceTable(tuple(CATALOGUE))}
_PRODUCTS = SourceTable(
    (
        SourceColumn("sku", "STRING"),
        SourceColumn("group", "RECORD", fields=(SourceColumn("name", "STRING"),)),
        SourceColumn("brand", "STRING"),
        SourceColumn("launched", "DATE"),
        SourceColumn("active", "BOOLEAN"),
    )
)
FULL_TABLES = {**TABLES, "products": _PRODUCTS, "qt_catalogue": _PRODUCTS}  # of FULL_DATASET


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
