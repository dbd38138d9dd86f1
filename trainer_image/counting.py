"""The variables of a model, each once, and how many numbers they hold (domain S4.14)."""

from __future__ import annotations

from collections.abc import Iterable

import tensorflow as tf

from shared.results import Parameters
from trainer_image.groups import own_tables
from trainer_image.two_tower import TwoTower


def variables_of(model: TwoTower) -> list[tf.Variable]:
    """Of both towers and the head, batch statistics included; what they share is in the list once."""
    parts = [model.query_tower, model.candidate_tower, *([model.rating_head] if model.rating_head else [])]
    return list({variable.ref(): variable for part in parts for variable in part.variables}.values())


def count_parameters(model: TwoTower) -> Parameters:
    """A table counts in the tower whose vocabulary it holds, and not where a history borrows it."""
    query, candidate = model.query_tower.hidden.variables, model.candidate_tower.hidden.variables
    shared = [variable for variable in query if any(variable is other for other in candidate)]
    size_of_shared = _size(shared)
    return Parameters(
        query=_size(query) - size_of_shared + _size(own_tables(model.query_tower)),
        candidate=_size(candidate) - size_of_shared + _size(own_tables(model.candidate_tower)),
        shared=size_of_shared,
        head=_size(model.rating_head.variables) if model.rating_head else 0,
        total=_size(variables_of(model)),
        trainable=_size(variable for variable in variables_of(model) if variable.trainable),
    )


def _size(variables: Iterable[tf.Variable]) -> int:
    return sum(variable.shape.num_elements() for variable in variables)
