"""The optimizer and the learning rate of every step (domain S4.1, S4.7)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf

from trainer_image import spec


class Ftrl(tf.keras.optimizers.Optimizer):
    """FTRL-proximal without penalties: each entry steps by `rate / (BETA + sqrt(sum of squared gradients))`.

    McMahan et al., "Ad Click Prediction", KDD 2013. Keras' own keeps a sum from which it computes the weights anew, so
    that towers start from zero and never leave it, whatever their initial weights were (after 12 epochs on a small shop
    the retrieval loss was still ln(B)), and falling learning rates shrink the weights.
    """

    BETA = 1.0  # as in the paper

    def __init__(self, learning_rate: float | Schedule, clipnorm: float | None = None) -> None:
        super().__init__("Ftrl", clipnorm=clipnorm)
        self._learning_rate = self._build_learning_rate(learning_rate)

    def build(self, var_list: Sequence[tf.Variable]) -> None:
        super().build(var_list)
        if not hasattr(self, "_squares"):
            self._squares = [self.add_variable_from_reference(variable, "squares") for variable in var_list]

    def update_step(self, gradient: tf.Tensor | tf.IndexedSlices, variable: tf.Variable) -> None:
        squares = self._squares[self._index_dict[self._var_key(variable)]]
        rate = tf.cast(self.learning_rate, variable.dtype)
        if isinstance(gradient, tf.IndexedSlices):
            values, rows = gradient.values, gradient.indices
            squares.scatter_add(tf.IndexedSlices(values * values, rows))
            steps = rate * values / (self.BETA + tf.sqrt(tf.gather(squares, rows)))
            variable.scatter_sub(tf.IndexedSlices(steps, rows))
        else:
            squares.assign_add(gradient * gradient)
            variable.assign_sub(rate * gradient / (self.BETA + tf.sqrt(squares)))


OPTIMIZERS = {
    "adagrad": tf.keras.optimizers.Adagrad,
    "adam": tf.keras.optimizers.Adam,
    "adamw": tf.keras.optimizers.AdamW,
    "sgd": tf.keras.optimizers.SGD,
    "rmsprop": tf.keras.optimizers.RMSprop,
    "ftrl": Ftrl,
}
LAST_SHARE = 0.01  # of the rate: where `cosine` ends


def optimizer(options: spec.Optimizer, learning_rate: float, steps: int) -> tf.keras.optimizers.Optimizer:
    """`steps`: of all epochs together."""
    own = {"adamw": {"weight_decay": options.weight_decay}, "sgd": {"momentum": options.momentum}}
    scheduled = options.schedule != "constant" or options.warmup_fraction
    rate = Schedule(options, learning_rate, steps) if scheduled else learning_rate
    return OPTIMIZERS[options.name](rate, clipnorm=options.clipnorm, **own.get(options.name, {}))


class Schedule(tf.keras.optimizers.schedules.LearningRateSchedule):
    """Rises linearly over the first `warmup_fraction` of the steps; then stays, or falls by half a cosine wave."""

    def __init__(self, options: spec.Optimizer, learning_rate: float, steps: int) -> None:
        self._rate = learning_rate
        self._warmup = round(options.warmup_fraction * steps)
        self._falling = max(1, steps - 1 - self._warmup)  # steps between the top and the last one
        self._falls = options.schedule == "cosine"

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        step = tf.cast(step, tf.float32)
        share = tf.constant(1.0)
        if self._falls:
            fallen = tf.clip_by_value((step - self._warmup) / self._falling, 0, 1)
            share = LAST_SHARE + (1 - LAST_SHARE) * 0.5 * (1 + tf.cos(math.pi * fallen))
        rising = tf.minimum((step + 1) / max(1, self._warmup), 1)
        return self._rate * rising * share
