"""The two towers and the rating head of a `trainer_image.spec.Model`, as Keras models (domain S3.9, S4.2, S4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tensorflow as tf
import tensorflow_transform as tft

from trainer_image import spec
from trainer_image.layers import Hidden, hidden_layers

Features = Mapping[str, tf.Tensor]


def vocabulary_sizes(tower: spec.Tower, transform_output: tft.TFTransformOutput) -> dict[str, int]:
    """Number of values in each vocabulary of a tower, without out-of-vocabulary buckets."""
    names = [item.name for item in tower.inputs if isinstance(item, spec.Vocabulary)]
    return {name: transform_output.vocabulary_size_by_name(name) for name in names}


def signature(tower: spec.Tower) -> dict[str, tf.TensorSpec]:
    """Shape and type of every input of a tower, for any number of rows."""
    return {item.name: _tensor(item) for item in tower.inputs}


def _tensor(item: spec.Input) -> tf.TensorSpec:
    if isinstance(item, spec.History):
        return tf.TensorSpec([None, item.max_length], tf.int64)
    return tf.TensorSpec([None], tf.float32 if isinstance(item, spec.Number) else tf.int64)


# ----------------------------------------------------------------------------------------------------------- tables


def embedding_tables(towers: Sequence[spec.Tower], sizes: Mapping[str, int]) -> dict[str, tf.keras.layers.Embedding]:
    """The table of every vocabulary and bucket input of both towers, by input. Histories have none of their own."""
    shared = {item.shared_with for tower in towers for item in tower.inputs if isinstance(item, spec.History)}
    tables = {}
    for item in (item for tower in towers for item in tower.inputs):
        if isinstance(item, spec.Buckets):
            tables[item.name] = _table(item, item.rows)
        elif isinstance(item, spec.Vocabulary):
            rows = sizes[item.name] + item.oov_buckets
            tables[item.name] = _table(item, rows + 1, padded_uniform) if item.name in shared else _table(item, rows)
    return tables


def _table(
    item: spec.Buckets | spec.Vocabulary, rows: int, initializer: object = "uniform"
) -> tf.keras.layers.Embedding:
    table = tf.keras.layers.Embedding(rows, item.embedding_dim, initializer, name=f"{item.name}_table")
    with tf.name_scope(table.name):
        table.build(None)
    return table


def padded_uniform(shape: Sequence[int], dtype: tf.DType = tf.float32, **_: object) -> tf.Tensor:
    """As "uniform", but the last row is zero: it stands for no item (S3.9)."""
    rows, width = shape
    return tf.concat([tf.keras.initializers.get("uniform")([rows - 1, width], dtype), tf.zeros([1, width], dtype)], 0)


def average(table: tf.keras.layers.Embedding, items: tf.Tensor) -> tf.Tensor:
    """Mean embedding [rows, width] of the items [rows, max_length] of a history; zero when there is none.

    The table's last row means no item. Nothing flows back to it, so that it stays zero.
    """
    known = tf.cast(tf.not_equal(items, table.input_dim - 1), tf.float32)
    total = tf.einsum("rl,rlw->rw", known, table(items))
    return total / tf.maximum(tf.reduce_sum(known, axis=1, keepdims=True), 1)


# ----------------------------------------------------------------------------------------------------------- models


class TowerModel(tf.keras.Model):
    """Features of a batch -> embeddings [rows, output_dim], of length 1 when `normalise`."""

    def __init__(
        self, tower: spec.Tower, tables: Mapping[str, tf.keras.layers.Embedding], hidden: Hidden, normalise: bool
    ) -> None:
        super().__init__(name=tower.name)
        self.spec = tower
        self._normalise = normalise
        read = {item.shared_with if isinstance(item, spec.History) else item.name for item in tower.inputs}
        self.tables = {name: table for name, table in tables.items() if name in read}
        self.hidden = hidden

    def call(self, features: Features, training: bool = False) -> tf.Tensor:
        """`features["valid"]` is 0 for rows that fill up a batch; without it all rows count."""
        embedding = self.hidden(self.joined(features), features.get("valid"), training)
        return tf.math.l2_normalize(embedding, axis=1) if self._normalise else embedding

    def joined(self, features: Features) -> tf.Tensor:
        """All inputs side by side, embedded: [rows, width of S3.13]."""
        return tf.concat([self._part(item, features[item.name]) for item in self.spec.inputs], axis=1)

    def _part(self, item: spec.Input, values: tf.Tensor) -> tf.Tensor:
        if isinstance(item, spec.Number):
            return tf.expand_dims(values, 1)
        if isinstance(item, spec.History):
            return average(self.tables[item.shared_with], values)
        return self.tables[item.name](values)


class RatingHead(tf.keras.Model):
    """Both embeddings [rows, output_dim] -> one number a row [rows], in units of the transformed target, or logits."""

    def __init__(self, head: spec.Head) -> None:
        super().__init__(name="head")
        self.hidden = Hidden(hidden_layers("head", head.layers, 1))

    def call(
        self, queries: tf.Tensor, candidates: tf.Tensor, valid: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        return tf.squeeze(self.hidden(tf.concat([queries, candidates], axis=1), valid, training), axis=1)
