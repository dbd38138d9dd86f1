"""Ids that training never saw get the average of those it saw (domain S3.10), not random numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trainer_image import spec
from trainer_image.inputs import Columns
from trainer_image.two_tower import TwoTower


def average_unseen(model: TwoTower, sizes: Mapping[str, int], train: Columns) -> None:
    """Set the out-of-vocabulary rows that no train example touched to the count-weighted mean of the trained rows."""
    towers = model.spec.query, model.spec.candidate
    inputs = [item for tower in towers for item in tower.inputs]
    tables = model.query_tower.tables | model.candidate_tower.tables
    for item in inputs:
        if isinstance(item, spec.Vocabulary):
            histories = [
                other.name for other in inputs if isinstance(other, spec.History) and other.shared_with == item.name
            ]
            trained = np.concatenate([train[name].ravel() for name in (item.name, *histories)])
            weights = tables[item.name].get_weights()[0]
            tables[item.name].set_weights([averaged(weights, trained, sizes[item.name], item.oov_buckets)])


def averaged(weights: np.ndarray, trained: np.ndarray, vocabulary_size: int, oov_buckets: int) -> np.ndarray:
    """The embedding table with its untouched out-of-vocabulary rows filled.

    `trained` holds an index per use of a row in the train split. A row after the buckets means no item (S3.9).
    """
    rows = vocabulary_size + oov_buckets
    counts = np.bincount(trained[trained < rows], minlength=rows)
    unseen = vocabulary_size + np.flatnonzero(counts[vocabulary_size:] == 0)
    filled = weights.copy()
    filled[unseen] = counts @ weights[:rows] / counts.sum()
    return filled
