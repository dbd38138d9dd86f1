"""The two-tower retrieval model and its loss (domain S4.9)."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf
import tensorflow_recommenders as tfrs

PADDING = 1e9  # far above any score, so that e^-PADDING is 0


def in_batch_softmax(
    queries: tf.Tensor, candidates: tf.Tensor, log_q: tf.Tensor | None, valid: tf.Tensor, temperature: float
) -> tf.Tensor:
    """Mean over the valid examples of the softmax cross-entropy of each query's own candidate against the batch's.

    queries, candidates: [B, embedding_dim]; valid: [B], 0 for padding, which neither counts nor competes.
    log_q: [B], ln of each candidate's share of the train rows. Taking it off undoes that popular products turn up as
    negatives more often (sampling-bias-corrected neural modelling, RecSys 2019); None leaves the scores as they are.
    """
    scores = tf.matmul(queries, candidates, transpose_b=True) / temperature
    if log_q is not None:
        scores -= log_q[tf.newaxis, :]
    scores += (valid[tf.newaxis, :] - 1) * PADDING
    own = tf.range(tf.shape(scores)[0])
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(own, scores)
    return tf.reduce_sum(losses * valid) / tf.reduce_sum(valid)


class Retrieval(tfrs.Model):
    """Two towers trained together. A batch holds the features of both, `valid`, and `log_q` where it is corrected."""

    def __init__(self, query_tower: tf.keras.Model, candidate_tower: tf.keras.Model, temperature: float) -> None:
        super().__init__()
        self.query_tower = query_tower
        self.candidate_tower = candidate_tower
        self._temperature = temperature
        self._mean_loss = tf.keras.metrics.Mean(name="loss")

    @property
    def metrics(self) -> list[tf.keras.metrics.Metric]:
        return [self._mean_loss]  # Keras resets them at the start of an epoch

    def compute_loss(self, inputs: Mapping[str, tf.Tensor], training: bool = False) -> tf.Tensor:
        return in_batch_softmax(
            self.query_tower(inputs, training=training),
            self.candidate_tower(inputs, training=training),
            inputs.get("log_q"),
            inputs["valid"],
            self._temperature,
        )

    @tf.autograph.experimental.do_not_convert  # nothing in it needs the conversion, which costs seconds
    def train_step(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step; `loss` is the mean over all examples of the epoch so far (tfrs reports the last batch's sum)."""
        with tf.GradientTape() as tape:
            loss = self.compute_loss(inputs, training=True)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        self._mean_loss.update_state(loss, sample_weight=tf.reduce_sum(inputs["valid"]))
        return {"loss": self._mean_loss.result()}
