"""Feature config and model config -> Trainer module. Choices are made here, layout in the template."""

from __future__ import annotations

from typing import Any

from shared.codegen.check import Shape, check
from shared.codegen.environment import ENVIRONMENT
from shared.documents import CategoryFeature, FeatureConfig, Layers, ModelConfig
from shared.features import (
    TOWERS,
    Tower,
    cross_output,
    crosses_of,
    features_of,
    output_name,
    outputs,
    primary_id,
    query_columns,
)
from shared.features import feature_name as name_of

PARTS = ("Dense", "Hashed", "Model", "Number", "Tower", "Vocabulary")
SHAPE = Shape(
    imports=frozenset({"from trainer_image import training", f"from trainer_image.towers import {', '.join(PARTS)}"}),
    calls=frozenset({*PARTS, "training.run"}),
    identifiers=frozenset(
        {*PARTS, "training", "run", "run_fn", "fn_args", "QUERY", "CANDIDATE", "MODEL", "REQUEST", "CUSTOMER"}
        | {"name", "inputs", "layers", "output_dim", "primary_id", "oov_buckets", "buckets", "embedding_dim"}
        | {"activation", "optimizer", "clipnorm", "normalise_embeddings", "temperature", "logq_correction", "top_k"}
    ),
)


def render_trainer(features: FeatureConfig, model: ModelConfig) -> str:
    """Return the Trainer module as Python source."""
    layers = {"query": model.query_layers, "candidate": model.candidate_layers}
    towers = {tower: _tower(features, tower, layers[tower]) for tower in TOWERS}
    template = ENVIRONMENT.get_template("trainer.py.jinja")
    identity = primary_id(features, "query")
    source = template.render(
        towers=towers,
        model=model,
        request=sorted(query_columns(features)),
        customer=identity.column if identity else None,
    )
    return check(source, SHAPE)


def _tower(config: FeatureConfig, tower: Tower, layers: Layers) -> dict[str, Any]:
    identity = primary_id(config, tower)
    return {
        "inputs": _inputs(config, tower),
        "layers": layers,
        "primary_id": output_name(name_of(identity), tower) if identity else None,
    }


def _inputs(config: FeatureConfig, tower: Tower) -> list[dict[str, Any]]:
    """Every output of `shared.features.tower_outputs`, with what its embedding needs."""
    inputs: list[dict[str, Any]] = []
    for feature in features_of(config, tower):
        for output in outputs(feature, tower):
            if isinstance(feature, CategoryFeature):
                oov_buckets = feature.vocabulary.oov_buckets
                inputs.append(
                    {
                        "type": "vocabulary",
                        "name": output.name,
                        "oov_buckets": oov_buckets,
                        "embedding_dim": output.width,
                    }
                )
            else:
                inputs.append({"type": "number", "name": output.name})
    for cross in crosses_of(config, tower):
        output = cross_output(cross, tower)
        inputs.append(
            {"type": "hashed", "name": output.name, "buckets": cross.hash_buckets, "embedding_dim": output.width}
        )
    return inputs
