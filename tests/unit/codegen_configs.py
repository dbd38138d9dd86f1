"""Feature and model configs for the tests of code generation."""

from __future__ import annotations

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
