"""What an epoch tells about the gradients of its steps (domain S6.1, S6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from shared.epochs import GRADIENT_EDGES, Gradients, Group
from trainer_image.entries import Entries, thresholds, zeros
from trainer_image.groups import Groups


class GradientRecord:
    """Sums over the steps of one epoch. `sizes`: numbers in each variable; `clipnorm`: the largest norm of a variable's
    gradient that is not clipped, None when none is.
    """

    def __init__(self, groups: Groups, sizes: list[int], clipnorm: float | None) -> None:
        self._groups, self._clipnorm = groups, clipnorm
        self._sizes = np.bincount(groups.leaf_of, sizes).astype(int)  # of leaves
        self._above = thresholds(GRADIENT_EDGES)
        self.begin()

    def begin(self) -> None:
        """Of the next epoch."""
        self.steps = self.sampled = 0
        self._norms = np.zeros(len(self._groups.names))
        self._largest = np.zeros(len(self._groups.names))
        self._clipped = np.zeros(len(self._groups.names), int)
        self._entries = [Entries()] * len(self._groups.leaves)

    def add(self, logs: Mapping[str, Any]) -> None:
        """`logs`: what `TwoTower.train_step` tells of one step."""
        squares = np.asarray(logs["squares"], np.float64)
        norms = np.sqrt(self._groups.of_variables @ squares)
        self.steps += 1
        self._norms += norms
        self._largest = np.maximum(self._largest, norms)
        if self._clipnorm is not None:
            self._clipped += self._groups.of_variables @ (np.sqrt(squares) > self._clipnorm) > 0
        if logs["reached"].any():
            self.sampled += 1
            leaves = zip(self._entries, self._sizes, logs["moments"], logs["reached"].astype(int), strict=True)
            self._entries = [entries + self._of_leaf(*leaf) for entries, *leaf in leaves]

    def _of_leaf(self, size: int, moments: np.ndarray, reached: np.ndarray) -> Entries:
        """Of one step. Rows of a table that it did not touch have a gradient of zeros."""
        touched = Entries(int(reached[0]), *map(float, moments), reached[1:])
        return touched + zeros(int(size) - touched.count, self._above)

    @property
    def norm(self) -> float:
        """Mean over steps of the norm over all variables."""
        return float(self._norms[self._groups.names.index("total")] / self.steps)

    def figures(self) -> dict[Group, Gradients]:
        return {
            name: Gradients(
                norm_mean=self._norms[group] / self.steps,
                norm_max=self._largest[group],
                clipped_share=self._clipped[group] / self.steps,
                **reduce(
                    add, (self._entries[leaf] for leaf in np.flatnonzero(self._groups.of_leaves[group]))
                ).figures(),
            )
            for group, name in enumerate(self._groups.names)
        }
