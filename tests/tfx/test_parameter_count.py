"""S4.14: the parameters that shared.parameter_count predicts are those that Keras counts in the built model."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from shared.codegen import render_trainer
from shared.documents import Dataset, FeatureConfig, ModelConfig
from shared.parameter_count import Part, parameter_count
from tests.unit import samples
from trainer_image.towers import signature
from trainer_image.two_tower import TwoTower, two_tower

FULL = FeatureConfig.model_validate(samples.FULL_FEATURE_CONFIG)
ROLES = Dataset.model_validate(samples.FULL_DATASET).roles
SIZES = {"q_customer": 50, "c_product": 40, "c_category": 7, "c_brand": 9}
NORMS = [{"type": "batch_norm"}, {"type": "dense", "units": 12}, {"type": "layer_norm"}, {"type": "batch_norm"}]


def model(raw: dict[str, Any], **changes: Any) -> ModelConfig:
    return ModelConfig.model_validate({**raw, **changes})


MODELS = {
    "retrieval": (model(samples.MODEL_CONFIG), FULL.model_copy(update={"target": None})),
    "ranking": (model(samples.RANKING_MODEL_CONFIG), FULL),
    "multitask, shared": (model(samples.MULTITASK_MODEL_CONFIG), FULL),
    "norms": (model(samples.RANKING_MODEL_CONFIG, query_layers=NORMS, candidate_layers=NORMS), FULL),
    "norms, shared": (
        model(samples.MULTITASK_MODEL_CONFIG, query_layers=NORMS, candidate_layers=NORMS, rating_head_layers=[]),
        FULL,
    ),
}


def built(config: ModelConfig, features: FeatureConfig, folder: Path) -> TwoTower:
    """The model of the generated Trainer module, with all its variables."""
    module = folder / "trainer_module.py"
    module.write_text(render_trainer(features, config, ROLES))
    made = two_tower(runpy.run_path(str(module))["MODEL"], SIZES)
    outputs = [tower(_rows(signature(tower.spec))) for tower in (made.query_tower, made.candidate_tower)]
    if made.rating_head is not None:
        made.rating_head(*outputs)
    return made


def _rows(specs: dict[str, tf.TensorSpec]) -> dict[str, tf.Tensor]:
    """Two rows of zeros."""
    return {name: tf.zeros([2, *one.shape[1:]], one.dtype) for name, one in specs.items()}


def counted(variables: list[tf.Variable]) -> int:
    return sum(int(tf.size(variable)) for variable in {variable.ref(): variable for variable in variables}.values())


@pytest.mark.parametrize("name", MODELS)
def test_keras_counts_the_same(name, tmp_path):
    config, features = MODELS[name]
    made, predicted = built(config, features, tmp_path), parameter_count(config, features, SIZES)
    parts = [part for part in (made.query_tower, made.candidate_tower, made.rating_head) if part is not None]
    assert counted(made.trainable_variables) == predicted.trainable
    assert counted([variable for part in parts for variable in part.non_trainable_variables]) == predicted.non_trainable
    head = predicted.parts.get("head", Part())
    assert (made.rating_head.count_params() if made.rating_head else 0) == head.total
    shared = predicted.parts.get("shared", Part()).total
    tables = {variable.ref() for tower in (made.query_tower, made.candidate_tower) for table in tower.tables.values()
              for variable in table.variables}  # fmt: skip
    assert sum(int(tf.size(ref.deref())) for ref in tables) == predicted.embeddings
    for tower in (made.query_tower, made.candidate_tower):
        layers = [variable for variable in tower.variables if variable.ref() not in tables]
        part = predicted.parts[tower.spec.name]
        assert counted(layers) == part.total - part.embeddings + shared
