"""Towers built from random configs: widths and parameter counts are what documents promise (S3.13, S4.14, S11.3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from shared.documents import FeatureConfig
from shared.features import tower_width
from shared.parameter_count import parameter_count
from tests.tfx.models import batch, built, sizes, spec_of
from tests.tfx.shop import ROLES, WRITTEN, model_config
from trainer_image.counting import count_parameters

CONFIGS = 50


def test_widths_and_parameter_counts_equal_the_built_model() -> None:
    for seed in range(CONFIGS):
        random = np.random.default_rng(seed)
        features, model = random_features(random), model_config(**random_model(random))
        spec = spec_of(features, model, ROLES)
        towers = built(spec)
        expected = parameter_count(model, features, sizes(spec))
        found = count_parameters(towers)
        for tower, built_tower in (("query", towers.query_tower), ("candidate", towers.candidate_tower)):
            assert built_tower.joined(batch(spec)).shape[1] == tower_width(features, tower), seed
            assert getattr(found, tower) == expected.parts[tower].total, (seed, tower)
        assert found.head == (expected.parts["head"].total if "head" in expected.parts else 0), seed
        assert found.shared == (expected.parts["shared"].total if "shared" in expected.parts else 0), seed
        assert (found.total, found.trainable) == (expected.total, expected.trainable), seed


def random_model(random: np.random.Generator) -> dict[str, Any]:
    model_type = str(random.choice(["retrieval", "ranking", "multitask"]))
    layers = random_layers(random)
    shares = bool(random.random() < 0.4) and any(layer["type"] == "dense" for layer in layers)
    head = {"rating_head_layers": random_layers(random)} if model_type != "retrieval" else {}
    return {
        "model_type": model_type,
        "query_layers": layers,
        "candidate_layers": layers if shares else random_layers(random),
        "share_tower_weights": shares,
        "output_embedding_dim": int(random.integers(4, 9)),
        **head,
    }


def random_layers(random: np.random.Generator) -> list[dict[str, Any]]:
    kinds = random.choice(["dense", "dropout", "batch_norm", "layer_norm"], size=random.integers(0, 5))
    options = {"dense": {"units": int(random.integers(1, 9))}, "dropout": {"rate": 0.2}}
    return [{"type": str(kind), **options.get(kind, {})} for kind in kinds]


def random_features(random: np.random.Generator) -> FeatureConfig:
    history = {"kind": "history", "column": "recent", "shared_with": "product_id", "max_length": 3}
    document = {
        "name": "Random",
        "dataset": "shop",
        "query_features": [identity("customer_id", random), *some_features(random)],
        "candidate_features": [identity("product_id", random), *some_features(random)],
        "target": {"column": "quantity"},
    }
    for tower in ("query", "candidate"):
        if random.random() < 0.5:
            document[f"{tower}_features"].append(history)
        if random.random() < 0.5:
            members = [f"{tower_id(tower)}", "price"]
            document[f"{tower}_features"].append({"kind": "number", "column": "price", "scale": {}})
            document[f"{tower}_crosses"] = [{"features": members, "hash_buckets": 11, "embedding_dim": width(random)}]
    return FeatureConfig.model_validate({**WRITTEN, **document})


def tower_id(tower: str) -> str:
    return "customer_id" if tower == "query" else "product_id"


def identity(column: str, random: np.random.Generator) -> dict[str, Any]:
    vocabulary = {"embedding_dim": width(random), "oov_buckets": int(random.integers(1, 4))}
    return {"kind": "category", "column": column, "is_primary_id": True, "vocabulary": vocabulary}


def some_features(random: np.random.Generator) -> list[dict[str, Any]]:
    bucketize = {
        "embedding_dim": width(random),
        **({"buckets": 5} if random.random() < 0.5 else {"boundaries": [1.0, 2.0]}),
    }
    offered: list[dict[str, Any]] = [
        {"kind": "category", "column": "brand", "vocabulary": {"embedding_dim": width(random)}},
        {"kind": "category", "column": "country", "hashing": {"buckets": 7, "embedding_dim": width(random)}},
        {"kind": "number", "column": "pack", "scale": {}, "bucketize": bucketize, "missing_indicator": True},
        {"kind": "time", "column": "bought_at", "cycles": ["hour", "month"], "recency": True, "bucketize": bucketize},
    ]
    return [feature for feature in offered if random.random() < 0.5]


def width(random: np.random.Generator) -> int:
    return int(random.integers(2, 7))
