"""The optimizer and the learning rate of every step (domain S4.1, S4.7)."""

from __future__ import annotations

import math

import tensorflow as tf

from trainer_image import spec

OPTIMIZERS = {
    "adagrad": tf.keras.optimizers.Adagrad,
    "adam": tf.keras.optimizers.Adam,
    "adamw": tf.keras.optimizers.AdamW,
    "sgd": tf.keras.optimizers.SGD,
    "rmsprop": tf.keras.optimizers.RMSprop,
    "ftrl": tf.keras.optimizers.Ftrl,
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
