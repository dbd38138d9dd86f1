"""The retrieval loss: a softmax over the products of the batch (domain S4.9)."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from trainer_image.spec import RetrievalLoss

MASKED = -1e9  # far below any score, so that its exponential is 0


@dataclass(frozen=True)
class Candidates:
    """The products that each query chooses from; those of other replicas come after its own part of the batch.

    embeddings: [B, embedding_dim]; valid: [B], 0 for rows that only fill up a batch, which neither count nor compete.
    log_q: [B], ln of each product's share of the train rows. Taking it off undoes that popular products turn up as
    negatives more often (sampling-bias-corrected neural modelling, RecSys 2019); None leaves the scores as they are.
    product: [B], a number for each product, for finding accidental hits; None does without.
    """

    embeddings: tf.Tensor
    valid: tf.Tensor
    log_q: tf.Tensor | None = None
    product: tf.Tensor | None = None


def in_batch_softmax(
    queries: tf.Tensor, candidates: Candidates, loss: RetrievalLoss, first: tf.Tensor | int = 0
) -> tf.Tensor:
    """Cross-entropy [rows] of each query's own candidate against the others, in the order of S4.9.

    queries: [rows, embedding_dim]; query i belongs to candidate `first + i`.
    """
    own = tf.range(tf.shape(queries)[0]) + first
    scores = tf.matmul(queries, candidates.embeddings, transpose_b=True) / loss.temperature
    if candidates.log_q is not None:
        scores -= candidates.log_q[tf.newaxis, :]
    scores += (1 - candidates.valid[tf.newaxis, :]) * MASKED
    if candidates.product is not None:
        scores += _accidental_hits(own, candidates.product) * MASKED
    if loss.hard_negatives is not None:
        scores, own = _hardest(scores, own, loss.hard_negatives)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(own, scores)
    if loss.label_smoothing:
        losses += loss.label_smoothing * (_own(scores, own) - _mean_kept(scores))
    return losses


def _accidental_hits(own: tf.Tensor, product: tf.Tensor) -> tf.Tensor:
    """[rows, B]: 1 where another row holds the product that the query's own row holds."""
    same = tf.equal(tf.gather(product, own)[:, tf.newaxis], product[tf.newaxis, :])
    other = tf.not_equal(own[:, tf.newaxis], tf.range(tf.size(product))[tf.newaxis, :])
    return tf.cast(same & other, tf.float32)


def _hardest(scores: tf.Tensor, own: tf.Tensor, count: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The own score and the `count` highest others [rows, 1 + count]; the own one is now in column 0.

    A last batch may hold fewer others. Its size is known when it is traced: all training batches have one shape.
    """
    positive, others = _own(scores, own), scores.shape[1] - 1
    negatives = tf.where(tf.one_hot(own, tf.shape(scores)[1], True, False, dtype=tf.bool), 2 * MASKED, scores)
    hardest = tf.math.top_k(negatives, min(count, others), sorted=False).values
    return tf.concat([positive[:, tf.newaxis], hardest], axis=1), tf.zeros_like(own)


def _own(scores: tf.Tensor, own: tf.Tensor) -> tf.Tensor:
    return tf.gather(scores, own, axis=1, batch_dims=1)


def _mean_kept(scores: tf.Tensor) -> tf.Tensor:
    """Mean score [rows] of the columns that are not masked out: what label smoothing spreads over."""
    kept = scores > MASKED / 2
    return tf.reduce_sum(tf.where(kept, scores, 0), axis=1) / tf.reduce_sum(tf.cast(kept, tf.float32), axis=1)
