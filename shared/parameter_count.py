"""How many parameters a model has over a feature config, equal to Keras' `count_params` (domain S4.14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.documents import (
    BatchNormLayer,
    CategoryFeature,
    DenseLayer,
    FeatureConfig,
    HistoryFeature,
    Layer,
    LayerNormLayer,
    ModelConfig,
)
from shared.features import (
    TOWERS,
    Tower,
    feature_name,
    features_of,
    output_name,
    partner,
    tower_outputs,
    tower_width,
)


@dataclass(frozen=True)
class Part:
    """The variables of one tower, of the rating head, or of what the towers share."""

    embeddings: int = 0
    dense: int = 0  # trainable, of layers
    non_trainable: int = 0

    @property
    def trainable(self) -> int:
        return self.embeddings + self.dense

    @property
    def total(self) -> int:
        return self.trainable + self.non_trainable


@dataclass(frozen=True)
class ParameterCount:
    """By part: `query`, `candidate`, `shared` when towers share layers, `head` when there is one."""

    parts: Mapping[str, Part]
    tables: Mapping[str, int] = field(default_factory=dict)  # parameters of each embedding table, by its output

    @property
    def embeddings(self) -> int:
        return sum(part.embeddings for part in self.parts.values())

    @property
    def dense(self) -> int:
        """Everything but embeddings: what a step of training multiplies with (S5.8)."""
        return self.total - self.embeddings

    @property
    def trainable(self) -> int:
        return sum(part.trainable for part in self.parts.values())

    @property
    def non_trainable(self) -> int:
        return sum(part.non_trainable for part in self.parts.values())

    @property
    def total(self) -> int:
        return self.trainable + self.non_trainable

    def to_dict(self) -> dict[str, Any]:
        names = ("total", "trainable", "non_trainable", "embeddings")
        return {
            **{name: getattr(self, name) for name in names},
            "parts": {part: {name: getattr(of, name) for name in names} for part, of in self.parts.items()},
            "tables": dict(self.tables),
        }


def parameter_count(model: ModelConfig, features: FeatureConfig, vocabulary_sizes: Mapping[str, int]) -> ParameterCount:
    """`vocabulary_sizes`: values in the vocabulary of each vocabulary output (`q_customer`), without OOV buckets:
    the distinct train values until Transform has ended. One that is missing counts with its `max_size`."""
    widths = {tower: tower_width(features, tower) for tower in TOWERS}
    parts = dict(layer_count(model, widths["query"], widths["candidate"]).parts)
    tables: dict[str, int] = {}
    for tower in TOWERS:
        of_tower = _tables(features, tower, vocabulary_sizes)
        part = parts[tower]
        parts[tower] = Part(sum(of_tower.values()), part.dense, part.non_trainable)
        tables |= of_tower
    return ParameterCount(parts, tables)


def estimated_vocabulary_sizes(features: FeatureConfig, distinct: Mapping[str, int], train_rows: int) -> dict[str, int]:
    """Sizes by output for `parameter_count`, from the distinct train values of each column.

    A column that nobody counted has at most as many values as there are rows.
    """
    return {
        output_name(feature_name(feature), tower): min(
            feature.vocabulary.max_size, distinct.get(feature.column, train_rows)
        )
        for tower in TOWERS
        for feature in features_of(features, tower)
        if isinstance(feature, CategoryFeature) and feature.vocabulary is not None
    }


# ----------------------------------------------------------------------------------------------------------- layers


def layer_count(model: ModelConfig, query_width: int, candidate_width: int) -> ParameterCount:
    """Layers alone, for towers with inputs of these widths."""
    out = model.output_embedding_dim
    towers = {"query": (query_width, model.query_layers), "candidate": (candidate_width, model.candidate_layers)}
    parts = {}
    for name, (width, layers) in towers.items():
        own, shared = _split(layers) if model.share_tower_weights else (layers, None)
        part, width = _count(width, own)
        if shared is None:
            part = _add(part, _dense(width, out))
        else:
            rest, width = _count(width, shared)
            parts["shared"] = _add(rest, _dense(width, out))  # equal for both towers, counted once
        parts[name] = part
    if model.model_type != "retrieval":
        head, width = _count(2 * out, model.rating_head_layers)
        parts["head"] = _add(head, _dense(width, 1))
    return ParameterCount(parts)


def _split(layers: Sequence[Layer]) -> tuple[Sequence[Layer], Sequence[Layer]]:
    """Up to and with the first dense layer, and what comes after it (S4.1)."""
    first = next(index for index, layer in enumerate(layers) if isinstance(layer, DenseLayer))
    return layers[: first + 1], layers[first + 1 :]


def _count(width: int, layers: Iterable[Layer]) -> tuple[Part, int]:
    """The layers' variables, and the width of what they put out."""
    part = Part()
    for layer in layers:
        if isinstance(layer, DenseLayer):
            part, width = _add(part, _dense(width, layer.units)), layer.units
        elif isinstance(layer, BatchNormLayer):
            part = _add(part, Part(dense=2 * width, non_trainable=2 * width))
        elif isinstance(layer, LayerNormLayer):
            part = _add(part, Part(dense=2 * width))
    return part, width


def _dense(width: int, units: int) -> Part:
    return Part(dense=width * units + units)


def _add(one: Part, other: Part) -> Part:
    return Part(one.embeddings + other.embeddings, one.dense + other.dense, one.non_trainable + other.non_trainable)


# ----------------------------------------------------------------------------------------------------------- tables


def _tables(features: FeatureConfig, tower: Tower, sizes: Mapping[str, int]) -> dict[str, int]:
    """Rows times width of each table that the tower owns (S3.4); a history has none of its own."""
    vocabularies = _vocabulary_rows(features, tower, sizes)
    rows = {
        output.name: (vocabularies.get(output.name, output.rows), output.width)
        for output in tower_outputs(features, tower)
    }
    return {name: count * width for name, (count, width) in rows.items() if count is not None}


def _vocabulary_rows(features: FeatureConfig, tower: Tower, sizes: Mapping[str, int]) -> dict[str, int]:
    """By output. A table that histories share has one more row, for "no item" (S3.9)."""
    shared = [partner(features, history) for tower in TOWERS for history in _histories(features, tower)]
    rows = {}
    for feature in features_of(features, tower):
        if isinstance(feature, CategoryFeature) and (vocabulary := feature.vocabulary) is not None:
            output = output_name(feature_name(feature), tower)
            values = sizes.get(output, vocabulary.max_size)
            rows[output] = values + vocabulary.oov_buckets + int((tower, feature) in shared)
    return rows


def _histories(features: FeatureConfig, tower: Tower) -> list[HistoryFeature]:
    return [feature for feature in features_of(features, tower) if isinstance(feature, HistoryFeature)]
