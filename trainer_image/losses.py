"""The ranking losses, and what makes the parts of a multitask loss weigh the same (domain S4.10, S4.11)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from trainer_image.errors import RunFailed
from trainer_image.spec import RankingLoss


@dataclass(frozen=True)
class Ranking:
    """A ranking loss over one train split."""

    loss: RankingLoss
    positive_weight: float  # of an example's positive part (binary_crossentropy)
    constant: float  # the loss of the best constant predictor on train: `K` of S4.11

    def __call__(self, targets: tf.Tensor, predictions: tf.Tensor) -> tf.Tensor:
        """Loss [rows]; `predictions` are logits for binary_crossentropy, else in units of the transformed target."""
        return ranking_losses(self.loss, self.positive_weight, targets, predictions)


def prepare(loss: RankingLoss, train_targets: np.ndarray) -> Ranking:
    """What the loss takes from the transformed targets of the train split."""
    if loss.name == "binary_crossentropy" and (train_targets.min() < 0 or train_targets.max() > 1):
        raise RunFailed(
            "E_TARGET_RANGE",
            f"Binary cross-entropy needs a target from 0 to 1; transformed, it goes from {train_targets.min():g} to "
            f"{train_targets.max():g}. Use `normalise: minmax`, a target of 0 and 1, or another `ranking_loss`.",
        )
    weight = positive_weight(loss, train_targets)
    return Ranking(loss, weight, best_constant(loss, weight, train_targets))


def ranking_losses(loss: RankingLoss, weight: float, targets: tf.Tensor, predictions: tf.Tensor) -> tf.Tensor:
    if loss.name == "mse":
        return tf.square(predictions - targets)
    if loss.name == "huber":
        error = tf.abs(predictions - targets)
        within = tf.minimum(error, loss.huber_delta)
        return within * (error - 0.5 * within)
    return tf.nn.weighted_cross_entropy_with_logits(targets, predictions, weight)


def positive_weight(loss: RankingLoss, train_targets: np.ndarray) -> float:
    """`balanced`: negatives / positives of train."""
    if loss.positive_class_weight == "balanced":
        positives = float(np.sum(train_targets, dtype=np.float64))
        return (len(train_targets) - positives) / positives
    return loss.positive_class_weight if isinstance(loss.positive_class_weight, float) else 1.0


def best_constant(loss: RankingLoss, weight: float, train_targets: np.ndarray) -> float:
    """Mean loss of the constant that fits the train split best: its mean, median, or (weighted) share of positives."""
    targets = train_targets.astype(np.float64)
    if loss.name == "mse":
        return float(np.var(targets))
    if loss.name == "huber":
        constant = np.median(targets)
    else:
        share = np.mean(targets)
        constant = np.log(weight * share) - np.log1p(-share)
    predictions = tf.fill([len(targets)], tf.constant(constant, tf.float64))
    return float(tf.reduce_mean(ranking_losses(loss, weight, tf.constant(targets), predictions)))
