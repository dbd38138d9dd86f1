"""Models as they are trained, from documents: through the generated module, without a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from shared.codegen import render_trainer
from shared.documents import FeatureConfig, ModelConfig, Roles
from tests.tfx.shop import WRITTEN
from trainer_image import spec
from trainer_image.losses import prepare
from trainer_image.optimizers import optimizer
from trainer_image.towers import signature
from trainer_image.two_tower import TwoTower, two_tower

VALUES = 20  # in every vocabulary
FEATURES = FeatureConfig.model_validate(
    {
        **WRITTEN,
        "name": "Few",
        "dataset": "shop",
        "query_features": [
            {"kind": "category", "column": "customer_id", "is_primary_id": True, "vocabulary": {"embedding_dim": 4}},
            {"kind": "history", "column": "recent", "shared_with": "product_id", "max_length": 4},
        ],
        "candidate_features": [
            {"kind": "category", "column": "product_id", "is_primary_id": True, "vocabulary": {"embedding_dim": 4}},
            {"kind": "number", "column": "price", "scale": {}},
        ],
        "target": {"column": "quantity"},
    }
)


def spec_of(features: FeatureConfig, model: ModelConfig, roles: Roles) -> spec.Model:
    """The MODEL of the generated module."""
    module: dict[str, Any] = {}
    exec(render_trainer(features, model, roles), module)
    return module["MODEL"]


def built(model: spec.Model, seed: int = 17) -> TwoTower:
    """With weights, `VALUES` values in every vocabulary."""
    tf.keras.utils.set_random_seed(seed)
    towers = two_tower(model, sizes(model))
    if model.ranking is not None:
        towers.ranking = prepare(model.ranking, batch(model)["target"].numpy())
    towers.make_weights(batch(model))
    return towers


def sizes(model: spec.Model) -> dict[str, int]:
    return {item.name: VALUES for item in _inputs(model) if isinstance(item, spec.Vocabulary)}


def batch(model: spec.Model, rows: int = 16) -> dict[str, tf.Tensor]:
    """Random features of both towers, and what the model's losses need; always the same."""
    random = np.random.default_rng(3)
    found = {}
    for item in _inputs(model):
        tensor = (signature(model.query) | signature(model.candidate))[item.name]
        shape = [rows, *tensor.shape[1:]]
        if isinstance(item, spec.Number):
            found[item.name] = random.normal(size=shape).astype(np.float32)
        else:
            found[item.name] = random.integers(0, _values(model, item), shape)
    found["valid"] = np.ones(rows, np.float32)
    found["product"] = random.integers(0, rows // 2, rows).astype(np.int32)
    found["log_q"] = np.log(random.uniform(0.01, 0.2, rows)).astype(np.float32)
    found["target"] = (random.random(rows) < 0.3).astype(np.float32)
    return {name: tf.constant(column) for name, column in found.items() if name in _read(model)}


def stepped(model: spec.Model, learning_rate: float = 0.05, steps: int = 2) -> tuple[TwoTower, Mapping[str, float]]:
    """After some training steps on one batch, and what the last one logged, with the norm of its gradients."""
    towers = built(model)
    chosen = optimizer(model.optimizer, learning_rate, steps)
    chosen.build(towers.trainable_variables)
    towers.compile(chosen)
    for _ in range(steps):
        logs = towers.train_step(batch(model))
    norm = float(np.sqrt(np.sum(logs.pop("squares"))))
    del logs["gradients"]
    return towers, {**{name: float(value) for name, value in logs.items()}, "gradient_norm": norm}


def _read(model: spec.Model) -> set[str]:
    found = {item.name for item in _inputs(model)} | {"valid"} | ({"target"} if model.ranking else set())
    if model.retrieval is not None:
        found |= {"log_q"} if model.retrieval.logq_correction else set()
        found |= {"product"} if model.retrieval.remove_accidental_hits else set()
    return found


def _inputs(model: spec.Model) -> list[spec.Input]:
    return [*model.query.inputs, *model.candidate.inputs]


def _values(model: spec.Model, item: spec.Input) -> int:
    """Rows of the item's table; of a history with the one that means no item."""
    if isinstance(item, spec.Buckets):
        return item.rows
    if isinstance(item, spec.History):
        (partner,) = (other for other in _inputs(model) if other.name == item.shared_with)
        return VALUES + partner.oov_buckets + 1
    return VALUES + item.oov_buckets
