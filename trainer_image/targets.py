"""The target of a ranking model, there and back (domain S3.11), by the very numbers of the transform graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from trainer_image.numbers import TARGET, read_learned


def forward(y: tf.Tensor, options: Mapping[str, Any], learned: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Clip, then `ln(1 + max(y, 0))` if `log`, then normalise: the part of it that Transform runs, float64."""
    y = tf.clip_by_value(y, learned["lower"], learned["upper"])
    if options["log"]:
        y = tf.math.log1p(tf.maximum(y, tf.constant(0, y.dtype)))
    offset, divisor = _affine(options["normalise"], learned)
    return (y - offset) / divisor


def _affine(normalise: str, learned: Mapping[str, Any]) -> tuple[Any, Any]:
    if normalise == "zscore":
        return learned["mean"], learned["std"]
    if normalise == "minmax":
        return learned["min"], learned["max"] - learned["min"]
    return 0.0, 1.0


@dataclass(frozen=True)
class TargetTransform:
    """`forward(y) = (log(clip(y)) - a) / b`; `clip` None: unlimited. `inverse` undoes all but the clipping."""

    column: str
    clip: tuple[float, float] | None
    log: bool
    normalise: str
    a: float
    b: float

    def forward(self, y: np.ndarray) -> np.ndarray:
        """Raw target -> what the model predicts, float64."""
        y = np.asarray(y, np.float64)
        y = y if self.clip is None else np.clip(y, *self.clip)
        return ((np.log1p(np.maximum(y, 0)) if self.log else y) - self.a) / self.b

    def inverse(self, prediction: np.ndarray) -> np.ndarray:
        """What the model predicts -> units of the raw target, float64."""
        y = np.asarray(prediction, np.float64) * self.b + self.a
        return np.expm1(y) if self.log else y

    def inverse_tensor(self, prediction: tf.Tensor) -> tf.Tensor:
        """`inverse` inside an exported model; float64 inside, float32 outside."""
        y = tf.cast(prediction, tf.float64) * self.b + self.a
        return tf.cast(tf.math.expm1(y) if self.log else y, tf.float32)


def read_target(transform_output: tft.TFTransformOutput) -> TargetTransform | None:
    """The target's transform with the numbers of the graph; None when Transform ran without a target."""
    learned = read_learned(transform_output).get(TARGET)
    if learned is None:
        return None
    a, b = _affine(learned["normalise"], learned)
    clip = (learned["lower"], learned["upper"]) if "lower" in learned else None
    return TargetTransform(learned["column"], clip, learned["log"], learned["normalise"], float(a), float(b))
