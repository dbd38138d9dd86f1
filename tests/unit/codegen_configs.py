"""Feature and model configs for the tests of code generation."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from shared.documents import Cross, FeatureConfig, ModelConfig, Roles

WRITTEN = {"owner": "ann", "created_at": datetime(2026, 1, 1, tzinfo=timezone.utc)}
WRITTEN["updated_at"] = WRITTEN["created_at"]
ROLES = Roles(customer_id="customer_id", product_id="product_id", event_time="bought_at", order_id="order_id")


@dataclass(frozen=True)
class Column:
    name: str


COLUMNS = [Column(name) for name in ("customer_id", "product_id", "bought_at", "order_id", "country", "price", "brand")]
ALL_COLUMNS = [*COLUMNS, *map(Column, ("recent", "amount", "group"))]


def category(column: str, dim: int = 8, **more: Any) -> dict[str, Any]:
    return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": dim}, **more}


def feature_config(**changes: Any) -> FeatureConfig:
    document: dict[str, Any] = {
        "name": "Everything",
        "dataset": "shop-data",
        "query_features": [
            category("customer_id", 32, is_primary_id=True),
            category(
                "country", 4, vocabulary={"embedding_dim": 4, "max_size": 50, "min_frequency": 2, "oov_buckets": 3}
            ),
            {"kind": "time", "column": "bought_at", "cycles": ["day_of_week", "month"]},
        ],
        "candidate_features": [
            category("product_id", 32, is_primary_id=True),
            category("brand"),
            {"kind": "number", "column": "price", "scale": {"log": True}},
        ],
        "query_crosses": [{"features": ["country", "bought_at"], "hash_buckets": 200, "bucketize": {"bought_at": 4}}],
        "candidate_crosses": [{"features": ["price", "brand"], "hash_buckets": 100, "embedding_dim": 6}],
    }
    return FeatureConfig.model_validate({**WRITTEN, **document, **changes})


def model_config(**changes: Any) -> ModelConfig:
    return ModelConfig.model_validate({**WRITTEN, "name": "Small", **changes})


def cross(*features: str, **more: Any) -> Cross:
    return Cross.model_validate({"features": list(features), **more})


FULL: dict[str, Any] = {
    "name": "Everything",
    "dataset": "shop-data",
    "query_features": [
        category("customer_id", vocabulary={"embedding_dim": 8, "max_size": 50, "min_frequency": 2, "oov_buckets": 3}),
        {"kind": "category", "column": "country", "hashing": {"buckets": 50, "embedding_dim": 4}},
        {
            "kind": "time",
            "column": "bought_at",
            "cycles": ["hour"],
            "recency": True,
            "bucketize": {"buckets": 5, "embedding_dim": 4},
            "missing_indicator": True,
        },
        {"kind": "history", "column": "recent", "shared_with": "product_id", "max_length": 10},
    ],
    "candidate_features": [
        category("product_id", is_primary_id=True),
        category("brand"),
        category("group"),
        {
            "kind": "number",
            "column": "price",
            "scale": {"method": "minmax", "range": [-1.0, 1.0], "clip_percentiles": [1.0, 99.0], "log": True},
            "bucketize": {"boundaries": [-1.0, 10.0], "embedding_dim": 4},
            "missing_indicator": True,
        },
    ],
    "query_crosses": [{"features": ["bought_at", "country"], "hash_buckets": 100, "bucketize": {"bought_at": 4}}],
    "candidate_crosses": [{"features": ["brand", "group", "price"]}],
    "target": {"column": "amount", "clip_percentiles": [0.0, 99.0], "log": True, "normalise": "minmax"},
}


def full_config(**changes: Any) -> FeatureConfig:
    """Every kind of feature with every option."""
    return FeatureConfig.model_validate({**WRITTEN, **copy.deepcopy(FULL), **changes})


def changed(path: str, value: Any) -> dict[str, Any]:
    """The field of `FULL` that holds `path`, with another value there; None removes it."""
    field, *rest = path.split(".")
    content = copy.deepcopy(FULL[field])
    holder = content
    for step in rest[:-1]:
        holder = holder[int(step)] if step.isdigit() else holder[step]
    holder[rest[-1]] = value
    return {field: content}


# One change for each option that Transform acts on (S0.2); widths are the Trainer's.
TRANSFORM_OPTIONS: list[tuple[str, Any]] = [
    ("query_features.0.column", "brand"),
    ("query_features.0.name", "buyer"),
    ("query_features.0.vocabulary.max_size", 60),
    ("query_features.0.vocabulary.min_frequency", 3),
    ("query_features.0.vocabulary.oov_buckets", 4),
    ("query_features.1.hashing.buckets", 51),
    ("query_features.2.cycles", ["hour", "month"]),
    ("query_features.2.recency", False),
    ("query_features.2.bucketize", None),
    ("query_features.2.bucketize.buckets", 6),
    ("query_features.2.missing_indicator", False),
    ("query_features.3.shared_with", "brand"),
    ("query_features.3.max_length", 11),
    ("candidate_features.3.scale", None),
    ("candidate_features.3.scale.method", "none"),
    ("candidate_features.3.scale.range", [-1.0, 2.0]),
    ("candidate_features.3.scale.clip_percentiles", [1.0, 98.0]),
    ("candidate_features.3.scale.clip_percentiles", None),
    ("candidate_features.3.scale.log", False),
    ("candidate_features.3.bucketize.boundaries", [-1.0, 11.0]),
    ("candidate_features.3.missing_indicator", False),
    ("query_crosses.0.features", ["bought_at", "customer_id"]),
    ("query_crosses.0.hash_buckets", 101),
    ("query_crosses.0.bucketize", {"bought_at": 5}),
    ("candidate_crosses.0.features", ["brand", "price"]),
    ("target.column", "price"),
    ("target.clip_percentiles", [0.0, 98.0]),
    ("target.clip_percentiles", None),
    ("target.log", False),
    ("target.normalise", "zscore"),
]
TRAINER_OPTIONS: list[tuple[str, Any]] = [
    ("query_features.0.vocabulary.embedding_dim", 9),
    ("query_features.1.hashing.embedding_dim", 5),
    ("query_features.2.bucketize.embedding_dim", 5),
    ("query_crosses.0.embedding_dim", 17),
    ("candidate_features.0.is_primary_id", False),
]
OPTION_CHANGES = [(path, changed(path, value)) for path, value in [*TRANSFORM_OPTIONS, *TRAINER_OPTIONS]]


def random_config(choose: random.Random) -> FeatureConfig:
    """A valid config with some features of some kinds."""
    query = [category("customer_id", choose.randint(2, 64), is_primary_id=True), *_random_features(choose, "q")]
    if choose.random() < 0.5:
        query.append({"kind": "history", "column": "recent", "shared_with": "product_id"})
    candidate = [category("product_id", choose.randint(2, 64), is_primary_id=True), *_random_features(choose, "c")]
    members = [feature["name"] for feature in query if "name" in feature]
    crosses = [{"features": choose.sample(members, size)} for size in (2, 3) if len(members) >= size]
    return feature_config(
        query_features=query, candidate_features=candidate, query_crosses=crosses, candidate_crosses=[]
    )


def _random_features(choose: random.Random, prefix: str) -> Iterator[dict[str, Any]]:
    for index in range(choose.randint(0, 5)):
        name, dim = f"{prefix}{index}", choose.randint(2, 64)
        yield choose.choice(
            [
                category("brand", dim, name=name),
                {"kind": "category", "column": "brand", "name": name, "hashing": {"buckets": 9, "embedding_dim": dim}},
                {"kind": "number", "column": "price", "name": name, "scale": {}, "bucketize": {"embedding_dim": dim}},
                {"kind": "number", "column": "price", "name": name, "missing_indicator": True},
                {"kind": "time", "column": "bought_at", "name": name, "cycles": ["hour", "month"], "recency": True},
                {
                    "kind": "time",
                    "column": "bought_at",
                    "name": name,
                    "bucketize": {"buckets": 3, "embedding_dim": dim},
                },
            ]
        )
