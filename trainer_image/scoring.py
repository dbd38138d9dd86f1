"""Towers applied to whole splits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from trainer_image.evaluation import Catalogue
from trainer_image.inputs import Columns, rows, select
from trainer_image.ranking import tie_order
from trainer_image.retrieval import Retrieval
from trainer_image.towers import Tower

EMBEDDED_AT_ONCE = 16_384


class Scorer:
    """Embeds queries and candidates with the weights the towers have at that moment."""

    def __init__(self, towers: Retrieval, query: Tower, candidate: Tower) -> None:
        self._query = _embedder(towers.query_tower, query)
        self._candidate = _embedder(towers.candidate_tower, candidate)

    def queries(self, columns: Columns) -> np.ndarray:
        """Query embeddings [rows, embedding_dim]."""
        return self._query(columns)

    def candidates(self, columns: Columns) -> np.ndarray:
        """Candidate embeddings [rows, embedding_dim]."""
        return self._candidate(columns)

    def catalogue(self, in_tie_order: Columns) -> Catalogue:
        return Catalogue(in_tie_order["id_product"], self.candidates(in_tie_order))


def ordered_catalogue(catalogue: Columns, split_seed: int) -> Columns:
    """The catalogue split in the order in which equal scores are listed (S6.6)."""
    return select(catalogue, tie_order(catalogue["id_product"], split_seed))


def _embedder(model: tf.keras.Model, tower: Tower) -> Callable[[Columns], np.ndarray]:
    signature = {spec.name: tf.TensorSpec([None], spec.dtype) for spec in tower.inputs}
    embed = tf.function(lambda features: model(features, training=False), input_signature=[signature], autograph=False)

    def embed_all(columns: Columns) -> np.ndarray:
        features = {name: columns[name] for name in signature}
        starts = range(0, rows(columns), EMBEDDED_AT_ONCE)
        blocks = [
            {name: column[start : start + EMBEDDED_AT_ONCE] for name, column in features.items()} for start in starts
        ]
        return np.concatenate([embed(block).numpy() for block in blocks])

    return embed_all
