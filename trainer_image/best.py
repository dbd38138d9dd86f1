"""Which epoch's weights are evaluated and served (domain S4.13, S6.5)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf


class BestWeights:
    """A copy of the towers' weights after the epoch with the best eval recall@10; of equal ones the earlier.

    The latest epoch's while there is no recall to compare (nan: the eval split has no customer).
    """

    def __init__(self, towers: Sequence[tf.keras.Model]) -> None:
        self._towers = towers
        self._weights: list[list[np.ndarray]] = []
        self._recall = math.nan
        self.epoch = 0

    def after(self, epoch: int, recall: float) -> None:
        """Take note of what an epoch reached, while the towers still hold its weights."""
        if recall > self._recall or math.isnan(self._recall):
            self.epoch, self._recall = epoch, recall
            self._weights = [tower.get_weights() for tower in self._towers]

    def restore(self) -> None:
        for tower, weights in zip(self._towers, self._weights, strict=True):
            tower.set_weights(weights)
