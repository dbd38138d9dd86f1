"""The two towers: what the generated Trainer module describes, as Keras models (domain S4.2, S4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import tensorflow as tf
import tensorflow_transform as tft


@dataclass(frozen=True)
class Vocabulary:
    """Index in a vocabulary, embedded; the table has a row for each value and each out-of-vocabulary bucket."""

    name: str
    oov_buckets: int
    embedding_dim: int
    dtype: ClassVar[tf.DType] = tf.int64


@dataclass(frozen=True)
class Hashed:
    """Hash bucket of a cross, embedded."""

    name: str
    buckets: int
    embedding_dim: int
    dtype: ClassVar[tf.DType] = tf.int64


@dataclass(frozen=True)
class Number:
    """A float, as it is."""

    name: str
    dtype: ClassVar[tf.DType] = tf.float32


Input = Vocabulary | Hashed | Number


@dataclass(frozen=True)
class Dense:
    units: int
    activation: str


@dataclass(frozen=True)
class Tower:
    """`primary_id` is the input that identifies a customer or a product; None when the tower has none (S3.3)."""

    name: Literal["query", "candidate"]
    inputs: Sequence[Input]
    layers: Sequence[Dense]
    output_dim: int
    primary_id: str | None


@dataclass(frozen=True)
class Model:
    """What the model config says besides the towers."""

    optimizer: Literal["adagrad", "adam"]
    clipnorm: float | None
    normalise_embeddings: bool
    temperature: float
    logq_correction: bool
    top_k: int


def vocabulary_sizes(tower: Tower, transform_output: tft.TFTransformOutput) -> dict[str, int]:
    """Number of values in each vocabulary of a tower, without out-of-vocabulary buckets."""
    names = [spec.name for spec in tower.inputs if isinstance(spec, Vocabulary)]
    return {name: transform_output.vocabulary_size_by_name(name) for name in names}


def table_rows(spec: Vocabulary | Hashed, sizes: Mapping[str, int]) -> int:
    return spec.buckets if isinstance(spec, Hashed) else sizes[spec.name] + spec.oov_buckets


class TowerModel(tf.keras.Model):
    """Features of a batch -> embeddings [batch, output_dim], of length 1 when `normalise`."""

    def __init__(self, tower: Tower, sizes: Mapping[str, int], normalise: bool) -> None:
        super().__init__(name=tower.name)
        self._inputs = list(tower.inputs)
        self._normalise = normalise
        self.tables = {
            spec.name: tf.keras.layers.Embedding(table_rows(spec, sizes), spec.embedding_dim, name=f"{spec.name}_table")
            for spec in tower.inputs
            if not isinstance(spec, Number)
        }
        self.dense = [
            tf.keras.layers.Dense(layer.units, layer.activation, name=f"{tower.name}_{index}_dense")
            for index, layer in enumerate(tower.layers)
        ]
        self.output_layer = tf.keras.layers.Dense(tower.output_dim, name=f"{tower.name}_output")

    def call(self, features: Mapping[str, tf.Tensor]) -> tf.Tensor:
        parts = [
            tf.expand_dims(features[spec.name], 1)
            if isinstance(spec, Number)
            else self.tables[spec.name](features[spec.name])
            for spec in self._inputs
        ]
        hidden = tf.concat(parts, axis=1)
        for layer in self.dense:
            hidden = layer(hidden)
        embedding = self.output_layer(hidden)
        return tf.math.l2_normalize(embedding, axis=1) if self._normalise else embedding
