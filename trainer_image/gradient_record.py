"""What an epoch tells about the gradients of its steps (domain S6.1, S6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

import numpy as np

from shared.epochs import GRADIENT_EDGES, Gradients, Group
from trainer_image.entries import Entries, entries_of, thresholds, zeros
from trainer_image.gradients import Gradient, touched
from trainer_image.groups import Groups

SAMPLED_EVERY = 10  # steps whose gradients' entries are looked at (S6.3)
MOST_SAMPLED = 100  # of an epoch


def sampled_every(steps: int) -> int:
    """One step in 10, or fewer when that were more than 100 of an epoch: evenly over it."""
    return max(SAMPLED_EVERY, -(-steps // MOST_SAMPLED))


class GradientRecord:
    """Sums over the steps of one epoch, which has `steps`. `sizes`: numbers in each variable; `clipnorm`: the largest
    norm of a variable's gradient that is not clipped, None when none is.
    """

    def __init__(self, groups: Groups, sizes: Sequence[int], steps: int, clipnorm: float | None) -> None:
        self._groups, self._sizes, self._clipnorm = groups, sizes, clipnorm
        self._every = sampled_every(steps)
        self._above = thresholds(GRADIENT_EDGES)
        self.begin()

    def begin(self) -> None:
        """Of the next epoch."""
        self.steps = self.sampled = 0
        self._norms = np.zeros(len(self._groups.names))
        self._largest = np.zeros(len(self._groups.names))
        self._clipped = np.zeros(len(self._groups.names), int)
        self._entries = [Entries()] * len(self._sizes)  # of variables

    def add(self, squares: np.ndarray, gradients: Sequence[Gradient]) -> None:
        """One step: the squared norm of each variable's gradient, and the gradients themselves."""
        if self.steps % self._every == 0:
            self.sampled += 1
            self._entries = [
                known + self._entries_of(gradient, size)
                for known, gradient, size in zip(self._entries, gradients, self._sizes, strict=True)
            ]
        squares = np.asarray(squares, np.float64)
        norms = np.sqrt(self._groups.of_variables @ squares)
        self.steps += 1
        self._norms += norms
        self._largest = np.maximum(self._largest, norms)
        if self._clipnorm is not None:
            self._clipped += self._groups.of_variables @ (np.sqrt(squares) > self._clipnorm) > 0

    def _entries_of(self, gradient: Gradient, size: int) -> Entries:
        """Rows of a table that the step did not touch have a gradient of zeros."""
        found = entries_of(touched(gradient), self._above)
        return found + zeros(size - found.count, self._above)

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
                    add, (self._entries[index] for index in np.flatnonzero(self._groups.of_variables[group]))
                ).figures(),
            )
            for group, name in enumerate(self._groups.names)
        }
