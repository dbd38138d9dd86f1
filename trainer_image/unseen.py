"""Ids that training never saw get the average of those it saw (domain S3.10), not random numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trainer_image.inputs import Columns
from trainer_image.towers import Tower, TowerModel, Vocabulary


def average_unseen(tower: Tower, model: TowerModel, sizes: Mapping[str, int], train: Columns) -> None:
    """Set the out-of-vocabulary rows that no train example touched to the count-weighted mean of the trained rows."""
    for spec in tower.inputs:
        if isinstance(spec, Vocabulary):
            table = model.tables[spec.name]
            table.set_weights([averaged(table.get_weights()[0], train[spec.name], sizes[spec.name])])


def averaged(weights: np.ndarray, trained: np.ndarray, vocabulary_size: int) -> np.ndarray:
    """The embedding table with its untouched out-of-vocabulary rows filled; `trained` holds an index per example."""
    counts = np.bincount(trained, minlength=len(weights))
    unseen = np.flatnonzero(counts == 0)
    unseen = unseen[unseen >= vocabulary_size]
    filled = weights.copy()
    filled[unseen] = counts @ weights / counts.sum()
    return filled
