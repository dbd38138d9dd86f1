"""Towers and rating head applied to whole splits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from trainer_image import spec
from trainer_image.inputs import Columns, rows, select
from trainer_image.questions import Catalogue
from trainer_image.ranking import tie_order
from trainer_image.towers import signature
from trainer_image.two_tower import TwoTower

SCORED_AT_ONCE = 16_384

Signature = dict[str, tf.TensorSpec]


class Scorer:
    """Embeds queries and candidates, and rates pairs, with the weights the model has at that moment."""

    def __init__(self, model: TwoTower, query: spec.Tower, candidate: spec.Tower) -> None:
        towers = signature(query), signature(candidate)
        self._query = _in_blocks(lambda features: model.query_tower(features, training=False), towers[0])
        self._candidate = _in_blocks(lambda features: model.candidate_tower(features, training=False), towers[1])
        self._rating = _in_blocks(
            lambda features: model.rate(
                model.query_tower(features, training=False), model.candidate_tower(features, training=False)
            ),
            towers[0] | towers[1],
        )

    def queries(self, columns: Columns) -> np.ndarray:
        """Query embeddings [rows, embedding_dim]."""
        return self._query(columns)

    def candidates(self, columns: Columns) -> np.ndarray:
        """Candidate embeddings [rows, embedding_dim]."""
        return self._candidate(columns)

    def ratings(self, columns: Columns) -> np.ndarray:
        """Predicted targets, transformed [rows]; only of a model with a rating head."""
        return self._rating(columns)

    def catalogue(self, in_tie_order: Columns) -> Catalogue:
        return Catalogue(in_tie_order["id_product"], self.candidates(in_tie_order))


def ordered_catalogue(catalogue: Columns, split_seed: int) -> Columns:
    """The catalogue split in the order in which equal scores are listed (S6.6)."""
    return select(catalogue, tie_order(catalogue["id_product"], split_seed))


def _in_blocks(
    score: Callable[[Mapping[str, tf.Tensor]], tf.Tensor], inputs: Signature
) -> Callable[[Columns], np.ndarray]:
    """`score` over a whole split, which may be larger than what the layers in between can hold."""
    compiled = tf.function(score, input_signature=[inputs], autograph=False)

    def score_all(columns: Columns) -> np.ndarray:
        starts = range(0, rows(columns), SCORED_AT_ONCE)
        blocks = [{name: columns[name][start : start + SCORED_AT_ONCE] for name in inputs} for start in starts]
        return np.concatenate([compiled(block).numpy() for block in blocks])

    return score_all
