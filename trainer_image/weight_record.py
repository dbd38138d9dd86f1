"""What the weights are like at the end of an epoch (domain S6.1, S6.3, S6.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import add

import numpy as np
import tensorflow as tf

from shared.epochs import WEIGHT_EDGES, Group, Weights
from trainer_image.entries import Entries, entries_of, thresholds
from trainer_image.gradients import name_of
from trainer_image.groups import Groups


class WeightRecord:
    """Looks at every trained number once. `bad`: the first variable that holds one that is not finite."""

    def __init__(self, groups: Groups, variables: Sequence[tf.Variable]) -> None:
        above = thresholds(WEIGHT_EDGES)
        self._groups = groups
        self._found = [entries_of(variable.numpy(), above) for variable in variables]
        bad = [name_of(variable) for variable, found in zip(variables, self._found, strict=True) if not found.is_finite]
        self.bad = bad[0] if bad else None

    def figures(self) -> dict[Group, Weights]:
        names = zip(self._groups.names, self._groups.of_variables, strict=True)
        return {name: _weights(reduce(add, (self._found[index] for index in np.flatnonzero(of)))) for name, of in names}


def _weights(entries: Entries) -> Weights:
    norm = math.sqrt(entries.squares) if entries.is_finite else None
    return Weights(l2_norm=norm, **entries.figures())
