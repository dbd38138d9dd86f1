"""What a run is grouped and explained by, resolved once, when it is prepared, so that every chart classifies alike
(domain S7.2, S7.12)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shared.advice import dense_layers, regularisation, structures
from shared.documents import Dataset, DropoutLayer, Experiment, FeatureConfig, Layer, ModelConfig
from shared.features import TOWERS, crosses_of, dimensions, tower_width
from shared.hashing import digest

Value = str | int | float | bool

COMPLEXITY_BANDS = {"dataset": (5, 15), "features": (10, 25), "model": (8, 15)}  # S7.18: simple, medium, complex
# What of a run's parameters does not make its result another: where it runs, on what, and from which random numbers.
_NOT_THE_RESULT = frozenset({"seed", "region", "tier", "data_processing", "max_workers", "reuse_cache", "data_version"})


def grouping_of(
    dataset: Dataset,
    features: FeatureConfig,
    model: ModelConfig,
    experiment: Experiment,
    parameters: Mapping[str, Any],
    parameter_count: int,
) -> dict[str, Any]:
    """`run.grouping`. `parameters`: as resolved; `parameter_count`: of the whole model.

    `parameters` of the result holds every leaf that insights look at (S7.12), by its name in texts; `repeat` is equal
    for runs that differ in nothing but seeds and machines (S7.9); `digests` are those of the configs' contents.
    """
    written = {
        "dataset": _content(dataset),
        "feature_config": _content(features),
        "model_config": _content(model),
    }
    resolved = {name: value for name, value in parameters.items() if name not in _NOT_THE_RESULT}
    return {
        "dataset": features.dataset,
        "feature_config": experiment.feature_config,
        "model_config": experiment.model_config_id,
        "digests": {name: digest(content) for name, content in written.items()},
        "repeat": digest({**written, "parameters": resolved}),
        "structure": dict(structures(model)),
        "complexity": _complexity(dataset, features, model, parameter_count),
        "parameters": dict(_leaves(dataset, features, model, parameters, parameter_count)),
    }


def counted(grouping: Mapping[str, Any] | None, evaluation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """With the model's parameters as they were counted in training. Before Transform has ended they are an estimate,
    and a rough one where nobody had described the dataset yet: equal models would not be equal in charts (S4.14)."""
    total = (evaluation.get("training") or {}).get("parameters", {}).get("total")
    if grouping is None or total is None:
        return grouping
    return {**grouping, "parameters": {**grouping.get("parameters", {}), "parameters": total}}


def content_digest(document: Dataset | FeatureConfig | ModelConfig) -> str:
    """As in `digests`: whether a config is still what a run was made with."""
    return digest(_content(document))


def _content(document: Dataset | FeatureConfig | ModelConfig) -> dict[str, Any]:
    """Without what people call it."""
    identity = {"name", "description", "owner", "created_at", "updated_at", "schema_version"}
    return document.model_dump(mode="json", by_alias=True, exclude=identity)


def _leaves(
    dataset: Dataset, features: FeatureConfig, model: ModelConfig, parameters: Mapping[str, Any], count: int
) -> Iterator[tuple[str, Value]]:
    """Every parameter that may explain a result: training, towers, features, crosses, filters; not the hardware."""
    yield "epochs", parameters["epochs"]
    yield "batch_size", parameters["batch_size"]
    yield "learning_rate", parameters["learning_rate"]
    for name in ("model_type", "optimizer", "output_embedding_dim", "normalise_embeddings", "share_tower_weights"):
        yield name, getattr(model, name)
    yield "lr_schedule", model.lr_schedule.kind
    yield "early_stopping", model.early_stopping.enabled
    yield "clipnorm", model.clipnorm if model.clipnorm is not None else "none"
    if model.model_type != "ranking":
        yield "temperature", model.temperature
        yield "logq_correction", model.logq_correction
        yield "remove_accidental_hits", model.remove_accidental_hits
        yield "hard_negatives", model.hard_negatives if model.hard_negatives is not None else "none"
        yield "label_smoothing", model.label_smoothing
    if model.model_type != "retrieval":
        yield "ranking_loss", model.ranking_loss
    yield "l2", regularisation(model)
    yield "dropout", max((layer.rate for layer in _dropouts(model)), default=0.0)
    hidden = [layer for layers in _towers(model) for layer in dense_layers(layers)]
    yield "activation", ", ".join(sorted({layer.activation for layer in hidden})) or "none"
    for part, text in structures(model).items():
        yield f"{part}.layers", text
    yield "parameters", count
    yield from _feature_leaves(features)
    yield "filters", digest(dataset.filters.model_dump(mode="json")) if _has_filters(dataset) else "none"


def _feature_leaves(features: FeatureConfig) -> Iterator[tuple[str, Value]]:
    """Total width of each tower, and of each feature in it: all its outputs summed; one that is absent has no leaf."""
    for tower in TOWERS:
        yield f"{tower}.width", tower_width(features, tower)
        widths: dict[str, int] = {}
        for row in dimensions(features, tower):
            widths[row.feature] = widths.get(row.feature, 0) + row.width
        yield from ((f"{tower}.{name}", width) for name, width in widths.items())


def _has_filters(dataset: Dataset) -> bool:
    return any(dataset.filters.model_dump(exclude_defaults=True).values())


def _dropouts(model: ModelConfig) -> Iterable[DropoutLayer]:
    return (layer for layers in _towers(model) for layer in layers if isinstance(layer, DropoutLayer))


def _towers(model: ModelConfig) -> Sequence[Sequence[Layer]]:
    return model.query_layers, model.candidate_layers


def _complexity(dataset: Dataset, features: FeatureConfig, model: ModelConfig, count: int) -> dict[str, str]:
    """S7.18: dataset `2 tables + 0.1 columns + 1.5 filters`, features `1 features + 2 crosses + 0.01 width`, model
    `layers + 2 log10(parameters) + regularised layers`."""
    columns = sum(len(table.columns or ()) for table in dataset.tables)
    filters = sum(1 for each in dataset.filters.model_dump(exclude_defaults=True).values() if each)
    crosses = sum(len(crosses_of(features, tower)) for tower in TOWERS)
    used = len(features.query_features) + len(features.candidate_features)
    width = sum(tower_width(features, tower) for tower in TOWERS)
    layers = [layer for tower in _towers(model) for layer in tower]
    regularised = [layer for layer in layers if isinstance(layer, DropoutLayer) or getattr(layer, "l2", 0)]
    scores = {
        "dataset": 2 * len(dataset.tables) + 0.1 * columns + 1.5 * filters,
        "features": used + 2 * crosses + 0.01 * width,
        "model": len(layers) + 2 * math.log10(max(1, count)) + len(regularised),
    }
    return {name: _band(score, *COMPLEXITY_BANDS[name]) for name, score in scores.items()}


def _band(score: float, medium: float, complex_: float) -> str:
    if score < medium:
        return "simple"
    return "medium" if score < complex_ else "complex"
