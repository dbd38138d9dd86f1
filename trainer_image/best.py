"""Which epoch is the best, when training ends, and which weights are evaluated and served (domain S4.13, S6.5)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from shared.metrics import METRICS
from trainer_image.spec import EarlyStopping


class Best:
    """The epoch with the best figure of the metric; of equal ones the earlier.

    The latest epoch while there is no figure to compare (nan: the eval split has no customer). `patience` evaluations
    without a gain of more than `min_delta` end the training.
    """

    def __init__(self, options: EarlyStopping, variables: Sequence[tf.Variable]) -> None:
        self._options = options
        self._sign = 1 if METRICS[options.metric].direction == "max" else -1
        self._variables = variables
        self._weights: list[np.ndarray] = []
        self._figure = math.nan
        self._gained = -math.inf  # the figure, better meaning higher, from which the next gain is counted
        self._without_gain = 0
        self.epoch = 0

    @property
    def ends_training(self) -> bool:
        return self._options.enabled and self._without_gain >= self._options.patience

    def after(self, epoch: int, figure: float) -> None:
        """Take note of what an evaluated epoch reached, while the variables still hold its weights."""
        value = self._sign * figure
        if value > self._figure or math.isnan(self._figure):
            self.epoch, self._figure = epoch, value
            if self._options.restore_best:
                self._weights = [variable.numpy() for variable in self._variables]
        if value > self._gained + self._options.min_delta:
            self._gained, self._without_gain = value, 0
        else:
            self._without_gain += 1

    def restore(self, last_epoch: int) -> int:
        """Go back to the best weights, when that is wanted; the epoch whose weights the variables now hold."""
        if not self._options.restore_best:
            return last_epoch
        for variable, weights in zip(self._variables, self._weights, strict=True):
            variable.assign(weights)
        return self.epoch
