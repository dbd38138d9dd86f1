"""Which variable belongs to which group of the training record (domain S6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import tensorflow as tf

from shared.epochs import Group
from trainer_image.towers import TowerModel

GROUPS: tuple[Group, ...] = get_args(Group)
Leaf = str  # a group without groups inside: an embedding or dense one


class Groups:
    """The variables of a model by group. Each counts once in each of its groups.

    A table counts in the tower whose vocabulary it holds, and not where a history borrows it; layers that both towers
    use count in the query tower. A group without variables is none: a rating head has no tables.
    """

    def __init__(
        self, query: TowerModel, candidate: TowerModel, head: tf.keras.Model | None, variables: Sequence[tf.Variable]
    ) -> None:
        found: dict[object, Leaf] = {}
        for part, of in (("candidate", candidate), ("query", query)):  # the query tower claims what is shared
            found |= {variable.ref(): f"{part}_dense" for variable in of.hidden.variables}
            found |= {variable.ref(): f"{part}_embedding" for variable in own_tables(of)}
        found |= {variable.ref(): "head_dense" for variable in (head.variables if head else ())}
        leaves = [found[variable.ref()] for variable in variables]
        self.names = [name for name in GROUPS if any(_holds(name, leaf) for leaf in leaves)]
        # [groups, variables]: whether it is in the group
        self.of_variables = np.array([[_holds(name, leaf) for leaf in leaves] for name in self.names])


def own_tables(tower: TowerModel) -> list[tf.Variable]:
    own = {item.name for item in tower.spec.inputs}
    return [variable for name, table in tower.tables.items() if name in own for variable in table.variables]


def _holds(name: Group, leaf: Leaf) -> bool:
    return name in ("total", leaf) or leaf.startswith(f"{name}_")
