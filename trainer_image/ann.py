"""Indexes over the catalogue: exact search, and ScaNN (domain S4.12)."""

from __future__ import annotations

import math
import uuid
from types import ModuleType
from typing import Protocol

import numpy as np
import tensorflow as tf

from shared.problems import errors
from shared.scann import misfits, resolved
from trainer_image import spec
from trainer_image.errors import RunFailed

TRAINING_ITERATIONS = 12


class Index(Protocol):
    """Finds the products with the highest scores."""

    def search(self, queries: tf.Tensor, left_out: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        """Queries [batch, embedding_dim] -> catalogue positions and scores [batch, top_k], the best first.

        `left_out` [batch, catalogue] marks products that must not be listed. A list may be shorter than `top_k`; the
        score of what fills it up is -inf.
        """


class ExactIndex(tf.Module):
    """Every product is scored; of equal scores the first in the catalogue, which is in tie order, comes first."""

    def __init__(self, embeddings: np.ndarray, top_k: int) -> None:
        super().__init__()
        self._top_k = min(top_k, len(embeddings))
        self.embeddings = tf.Variable(embeddings, trainable=False)

    def search(self, queries: tf.Tensor, left_out: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        scores = tf.matmul(queries, self.embeddings, transpose_b=True)
        if left_out is not None:
            scores = tf.where(left_out, -math.inf, scores)
        best, positions = tf.math.top_k(scores, self._top_k)
        return positions, best


class ScannIndex(tf.Module):
    """Only the leaves nearest to a query are searched, by compressed embeddings; the best are scored exactly."""

    def __init__(self, embeddings: np.ndarray, top_k: int, options: dict[str, int]) -> None:
        super().__init__()
        self._size = len(embeddings)
        self._top_k = min(top_k, self._size)
        self._options = options
        self._ops = scann_ops()
        builder = self._ops.builder(embeddings, self._top_k, "dot_product")
        builder = builder.tree(
            options["num_leaves"], options["num_leaves_to_search"], training_iterations=TRAINING_ITERATIONS
        )
        builder = builder.score_ah(options["dimensions_per_block"]).reorder(options["num_reordering_candidates"])
        # A name of its own, so that two indexes of one process never share a searcher.
        self.state = builder.build(shared_name=uuid.uuid4().hex).serialize_to_module()

    def search(self, queries: tf.Tensor, left_out: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        """To leave products out, as many more are asked for as the longest of them could take away, and in proportion
        more leaves are searched: what a customer bought lies in those nearest to the query."""
        more = tf.constant(0)
        if left_out is not None:
            more = tf.reduce_max(tf.reduce_sum(tf.cast(left_out, tf.int32), axis=1))
        leaves = self._options["num_leaves_to_search"] * -(-(self._top_k + more) // self._top_k)
        positions, scores = self._ops.searcher_from_module(self.state).search_batched(
            queries,
            tf.minimum(self._top_k + more, self._size),
            tf.minimum(self._options["num_reordering_candidates"] + more, self._size),
            tf.minimum(leaves, self._options["num_leaves"]),
        )
        wanted = tf.math.is_finite(scores)  # nan: the searched leaves held no more products
        if left_out is not None:
            wanted &= ~tf.gather(left_out, positions, batch_dims=1)
        missing = tf.maximum(0, self._top_k - tf.shape(scores)[1])
        scores = tf.pad(tf.where(wanted, scores, -math.inf), [[0, 0], [0, missing]], constant_values=-math.inf)
        best, order = tf.math.top_k(scores, self._top_k)
        return tf.gather(tf.pad(positions, [[0, 0], [0, missing]]), order, batch_dims=1), best


def build_index(embeddings: np.ndarray, top_k: int, scann: spec.Scann | None) -> ExactIndex | ScannIndex:
    if scann is None:
        return ExactIndex(embeddings, top_k)
    return ScannIndex(embeddings, top_k, resolved(scann, top_k, len(embeddings)))


def check_scann(scann: spec.Scann, catalogue_size: int, top_k: int) -> None:
    """Fail before the first epoch, not at export (S4.12)."""
    if found := errors(misfits(scann, top_k, catalogue_size)):
        raise RunFailed("E_SCANN", " ".join(str(problem) for problem in found))
    scann_ops()


def scann_ops() -> ModuleType:
    """Loaded on demand: its library is of no use to a run that serves exact lists."""
    try:
        from scann.scann_ops.py import scann_ops as ops
    except (ImportError, tf.errors.NotFoundError) as error:
        raise RunFailed(
            "E_SCANN", f"ScaNN cannot be loaded here ({error}). Use `retrieval_algorithm: brute_force`."
        ) from error
    return ops
