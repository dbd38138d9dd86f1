"""Feature config and model config -> Trainer module. Choices are made here, layout in the template.

The blocks that the module names are the dataclasses of `trainer_image.spec`. An option that a block does without, and
that the model does not use, is left out.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.advice import stopping_metric
from shared.codegen.check import Shape, check
from shared.codegen.environment import ENVIRONMENT, Literal, literal
from shared.documents import (
    BatchNormLayer,
    DenseLayer,
    DropoutLayer,
    Feature,
    FeatureConfig,
    HistoryFeature,
    Layer,
    ModelConfig,
    Roles,
)
from shared.features import (
    TOWERS,
    FeatureOutput,
    Tower,
    candidate_columns,
    cross_output,
    crosses_of,
    feature_name,
    features_of,
    output_name,
    outputs,
    partner,
    primary_id,
    query_columns,
)

BLOCKS = (
    "BatchNorm", "Buckets", "Dense", "Dropout", "EarlyStopping", "Head", "History", "LayerNorm", "Model", "Number",
    "Optimizer", "RankingLoss", "Request", "RetrievalLoss", "Scann", "Serving", "Tower", "Vocabulary",
)  # fmt: skip
OPTIONS = (
    # of inputs, layers and towers
    "oov_buckets", "embedding_dim", "rows", "shared_with", "max_length", "activation", "l1", "l2", "momentum",
    "epsilon", "inputs", "layers", "primary_id",
    # of the model
    "query", "candidate", "head", "output_dim", "share_tower_weights", "normalise_embeddings", "optimizer", "retrieval",
    "ranking", "early_stopping", "name", "clipnorm", "schedule", "warmup_fraction", "weight_decay", "temperature",
    "logq_correction", "remove_accidental_hits", "hard_negatives", "label_smoothing", "weight", "huber_delta",
    "positive_class_weight", "enabled", "metric", "every_epochs", "patience", "min_delta", "restore_best",
    # of serving
    "request", "rating_request", "columns", "lists", "customer", "product", "top_k", "scann", "num_leaves",
    "num_leaves_to_search", "num_reordering_candidates", "dimensions_per_block",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A part of the model: its block, and the block's options by name."""

    block: Literal
    options: dict[Literal, Any]


def render_trainer(features: FeatureConfig, model: ModelConfig, roles: Roles) -> str:
    """Return the Trainer module as Python source. `roles`: the dataset's."""
    layers = {"query": model.query_layers, "candidate": model.candidate_layers}
    values = {
        "towers": {Literal(tower.upper()): _tower(features, tower, layers[tower]) for tower in TOWERS},
        "head": [_layer(layer) for layer in model.rating_head_layers] if rates(model) else None,
        "options": _options(
            output_dim=model.output_embedding_dim,
            share_tower_weights=model.share_tower_weights,
            normalise_embeddings=model.normalise_embeddings,
        ),
        "parts": _parts(model),
        "serving": _serving(features, model, roles),
    }
    used = _calls(_render(values, BLOCKS)) & set(BLOCKS)
    return check(_render(values, used), shape(used))


def retrieves(model: ModelConfig) -> bool:
    return model.model_type != "ranking"


def rates(model: ModelConfig) -> bool:
    return model.model_type != "retrieval"


def _render(values: Mapping[str, Any], blocks: Iterable[str]) -> str:
    imports = textwrap.fill(", ".join(sorted(blocks)), 110, initial_indent="    ", subsequent_indent="    ")
    return ENVIRONMENT.get_template("trainer.py.jinja").render(**values, imports=Literal(imports))


def _calls(source: str) -> set[str]:
    """Plain names that a module calls."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)}


def shape(blocks: Iterable[str]) -> Shape:
    """What a module of these blocks may hold."""
    names = {"training", "run", "run_fn", "fn_args", "QUERY", "CANDIDATE", "MODEL", "SERVING"}
    spec_import = f"from trainer_image.spec import {', '.join(sorted(blocks))}"
    return Shape(
        imports=frozenset({"from trainer_image import training", spec_import}),
        calls=frozenset({*blocks, "training.run"}),
        identifiers=frozenset({*blocks, *OPTIONS, *names}),
    )


# ----------------------------------------------------------------------------------------------------------- blocks


def _call(block: str, *values: Any, **options: Any) -> Literal:
    """`Block(value, option=value)` with every value as a literal."""
    written = [literal(value) for value in values] + [f"{name}={literal(value)}" for name, value in options.items()]
    return Literal(f"{block}({', '.join(written)})")


def _options(**options: Any) -> dict[Literal, Any]:
    return {Literal(name): value for name, value in options.items()}


def _part(block: str, **options: Any) -> Part:
    return Part(Literal(block), _options(**options))


# ----------------------------------------------------------------------------------------------------------- towers


def _tower(config: FeatureConfig, tower: Tower, layers: Sequence[Layer]) -> dict[str, Any]:
    identity = primary_id(config, tower)
    crosses = [cross_output(cross, tower) for cross in crosses_of(config, tower)]
    inputs = [
        _input(config, feature, output)
        for feature in features_of(config, tower)
        for output in outputs(feature, tower, config)
    ]
    return {
        "name": tower,
        "inputs": [
            *inputs,
            *(_call("Buckets", cross.name, rows=cross.rows, embedding_dim=cross.width) for cross in crosses),
        ],
        "layers": [_layer(layer) for layer in layers],
        "primary_id": output_name(feature_name(identity), tower) if identity else None,
    }


def _input(config: FeatureConfig, feature: Feature, output: FeatureOutput) -> Literal:
    if isinstance(feature, HistoryFeature):
        owner, vocabulary = partner(config, feature)
        return _call(
            "History",
            output.name,
            shared_with=output_name(feature_name(vocabulary), owner),
            max_length=feature.max_length,
        )
    if output.dtype == "float":
        return _call("Number", output.name)
    if output.rows is not None:
        return _call("Buckets", output.name, rows=output.rows, embedding_dim=output.width)
    return _call("Vocabulary", output.name, oov_buckets=feature.vocabulary.oov_buckets, embedding_dim=output.width)


def _layer(layer: Layer) -> Literal:
    if isinstance(layer, DenseLayer):
        penalties = {name: value for name, value in (("l1", layer.l1), ("l2", layer.l2)) if value}
        return _call("Dense", layer.units, activation=layer.activation, **penalties)
    if isinstance(layer, DropoutLayer):
        return _call("Dropout", layer.rate)
    if isinstance(layer, BatchNormLayer):
        return _call("BatchNorm", momentum=layer.momentum)
    return _call("LayerNorm", epsilon=layer.epsilon)


# --------------------------------------------------------------------------------------------------------- training


def _parts(model: ModelConfig) -> dict[Literal, Part]:
    parts = {"optimizer": _optimizer(model)}
    if retrieves(model):
        parts["retrieval"] = _retrieval(model)
    if rates(model):
        parts["ranking"] = _ranking(model)
    return {Literal(name): part for name, part in {**parts, "early_stopping": _early_stopping(model)}.items()}


def _optimizer(model: ModelConfig) -> Part:
    own = {"adamw": {"weight_decay": model.weight_decay}, "sgd": {"momentum": model.momentum}}
    return _part(
        "Optimizer",
        name=model.optimizer,
        clipnorm=model.clipnorm,
        schedule=model.lr_schedule.kind,
        warmup_fraction=model.lr_schedule.warmup_fraction,
        **own.get(model.optimizer, {}),
    )


def _retrieval(model: ModelConfig) -> Part:
    return _part(
        "RetrievalLoss",
        temperature=model.temperature,
        logq_correction=model.logq_correction,
        remove_accidental_hits=model.remove_accidental_hits,
        hard_negatives=model.hard_negatives,
        label_smoothing=model.label_smoothing,
        **({"weight": model.retrieval_weight} if rates(model) else {}),
    )


def _ranking(model: ModelConfig) -> Part:
    own = {
        "huber": {"huber_delta": model.huber_delta},
        "binary_crossentropy": {"positive_class_weight": model.positive_class_weight},
    }
    return _part(
        "RankingLoss",
        name=model.ranking_loss,
        **own.get(model.ranking_loss, {}),
        **({"weight": model.ranking_weight} if retrieves(model) else {}),
    )


def _early_stopping(model: ModelConfig) -> Part:
    return _part("EarlyStopping", **{**model.early_stopping.model_dump(), "metric": stopping_metric(model)})


# ---------------------------------------------------------------------------------------------------------- serving


def _serving(features: FeatureConfig, model: ModelConfig, roles: Roles) -> dict[Literal, Literal]:
    """`request`: what a list of products is asked with; `rating_request`: what the rating of a pair is asked with."""
    of_query, of_pair = query_columns(features), query_columns(features) | candidate_columns(features)
    scann = _call("Scann", **model.scann.model_dump()) if model.retrieval_algorithm == "scann" else literal(None)
    none = literal(None)
    return _options(
        request=_request(features, of_query) if retrieves(model) else none,
        rating_request=_request(features, of_pair) if rates(model) else none,
        customer=literal(roles.customer_id),
        product=literal(roles.product_id),
        top_k=literal(model.top_k) if retrieves(model) else none,
        scann=scann if retrieves(model) else none,
    )


def _request(features: FeatureConfig, columns: set[str]) -> Literal:
    lists = {
        feature.column
        for tower in TOWERS
        for feature in features_of(features, tower)
        if isinstance(feature, HistoryFeature)
    }
    return _call("Request", columns=sorted(columns), lists=sorted(columns & lists))
