"""Hidden layers and the locked linear output layer of a tower or of the rating head (domain S4.2, S4.3)."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from trainer_image import spec

KINDS = {spec.Dense: "dense", spec.Dropout: "dropout", spec.BatchNorm: "batch_norm", spec.LayerNorm: "layer_norm"}


def hidden_layers(part: str, layers: Sequence[spec.Layer], output_dim: int) -> list[tf.keras.layers.Layer]:
    """Named `{part}_{index}_{type}`; the last one is the output layer, `{part}_output`."""
    hidden = [_layer(layer, f"{part}_{index}_{KINDS[type(layer)]}") for index, layer in enumerate(layers)]
    return [*hidden, tf.keras.layers.Dense(output_dim, name=f"{part}_output")]


def shared_layers(
    query: Sequence[tf.keras.layers.Layer], candidate: Sequence[tf.keras.layers.Layer]
) -> list[tf.keras.layers.Layer]:
    """The candidate tower's layers when it shares every layer after its first dense one with the query tower (S4.1)."""
    own = next(index for index, layer in enumerate(candidate) if isinstance(layer, tf.keras.layers.Dense)) + 1
    return [*candidate[:own], *query[own:]]


def _layer(layer: spec.Layer, name: str) -> tf.keras.layers.Layer:
    if isinstance(layer, spec.Dense):
        penalty = tf.keras.regularizers.L1L2(layer.l1, layer.l2) if layer.l1 or layer.l2 else None
        return tf.keras.layers.Dense(layer.units, layer.activation, kernel_regularizer=penalty, name=name)
    if isinstance(layer, spec.Dropout):
        # Of the kinds of random numbers, the one whose seed XLA respects.
        return tf.keras.layers.Dropout(layer.rate, rng_type="stateful", name=name)
    if isinstance(layer, spec.BatchNorm):
        return tf.keras.layers.BatchNormalization(momentum=layer.momentum, name=name)
    return tf.keras.layers.LayerNormalization(epsilon=layer.epsilon, name=name)


class Hidden(tf.keras.layers.Layer):
    """Layers one after the other; rows that only fill up a batch do not count in batch statistics."""

    def __init__(self, layers: Sequence[tf.keras.layers.Layer]) -> None:
        super().__init__()
        self.steps = list(layers)

    def call(self, rows: tf.Tensor, valid: tf.Tensor | None = None, training: bool = False) -> tf.Tensor:
        for layer in self.steps:
            if isinstance(layer, tf.keras.layers.BatchNormalization):
                rows = layer(rows, training=training, mask=valid if training else None)
            elif isinstance(layer, tf.keras.layers.Dropout):
                rows = layer(rows, training=training)
            else:
                rows = layer(rows)
        return rows
