"""The model that is trained: two towers, and a rating head when it rates (domain S4.9-S4.11)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import tensorflow as tf

from trainer_image import spec
from trainer_image.gradients import Gradient, first_bad, squares, summed
from trainer_image.groups import Groups
from trainer_image.layers import Hidden, hidden_layers, shared_layers
from trainer_image.losses import Ranking
from trainer_image.retrieval import Candidates, in_batch_softmax
from trainer_image.towers import RatingHead, TowerModel, embedding_tables

Batch = Mapping[str, tf.Tensor]
Losses = dict[str, tf.Tensor]


class TwoTower(tf.keras.Model):
    """A batch holds the features of both towers, `valid` (0 on rows that fill it up), and what the losses need:
    `log_q` and `product` (see `retrieval.Candidates`), `target`.
    """

    def __init__(
        self, model: spec.Model, query_tower: TowerModel, candidate_tower: TowerModel, rating_head: RatingHead | None
    ) -> None:
        super().__init__()
        self.spec = model
        self.query_tower = query_tower
        self.candidate_tower = candidate_tower
        self.rating_head = rating_head
        self.ranking: Ranking | None = None  # set before training, when it is known from the train split
        self.input_wait_s = 0.0  # of all steps so far
        self.gradients: list[Gradient] = []  # of the last step, by variable, before clipping
        self._means = {name: tf.keras.metrics.Mean(name=name) for name in loss_names(model.task)}

    @property
    def metrics(self) -> list[tf.keras.metrics.Metric]:
        return list(self._means.values())  # Keras resets them at the start of an epoch

    def make_weights(self, features: Batch) -> None:
        """By any rows, before training, so that its step is traced once, not twice."""
        embeddings = self.query_tower(features), self.candidate_tower(features)
        if self.rating_head is not None:
            self.rating_head(*embeddings)

    def rate(self, queries: tf.Tensor, candidates: tf.Tensor) -> tf.Tensor:
        """Predicted rating [rows] of embeddings [rows, output_dim], in units of the transformed target."""
        rating = self.rating_head(queries, candidates)
        return tf.sigmoid(rating) if self.spec.ranking.name == "binary_crossentropy" else rating

    def losses_of(self, batch: Batch, training: bool = False) -> Losses:
        queries = self.query_tower(batch, training=training)
        candidates = self.candidate_tower(batch, training=training)
        return self.losses_between(queries, candidates, batch, training)

    def losses_between(self, queries: tf.Tensor, candidates: tf.Tensor, batch: Batch, training: bool = False) -> Losses:
        """Means over the examples of the batch: `loss`, and all parts of a multitask loss by name."""
        valid = batch["valid"]
        examples = _total(tf.reduce_sum(valid))
        found = {}
        if self.spec.retrieval is not None:
            offered = Candidates(
                *(_gathered(part) for part in (candidates, valid)),
                *(_gathered(batch.get(name)) for name in ("log_q", "product")),
            )
            losses = in_batch_softmax(queries, offered, self.spec.retrieval, _first(valid))
            found["retrieval_loss"] = tf.reduce_sum(losses * valid) / examples
        if self.spec.ranking is not None:
            losses = self.ranking(batch["target"], self.rating_head(queries, candidates, valid, training=training))
            found["ranking_loss"] = tf.reduce_sum(losses * valid) / examples
        return self._combined(found, examples)

    def _combined(self, found: Losses, examples: tf.Tensor) -> Losses:
        """A multitask loss is the sum of both parts, each divided by what guessing costs, times its weight (S4.11)."""
        if self.spec.task != "multitask":
            (loss,) = found.values()
            return {"loss": loss}
        guessing = {"retrieval": tf.math.log(tf.maximum(examples, 2.0)), "ranking": self.ranking.constant}
        for part, of_guessing in guessing.items():
            found[f"{part}_loss_scaled"] = found[f"{part}_loss"] / of_guessing
            found[f"{part}_loss_weighted"] = found[f"{part}_loss_scaled"] * getattr(self.spec, part).weight
        return {"loss": found["retrieval_loss_weighted"] + found["ranking_loss_weighted"], **found}

    def regularization(self) -> tf.Tensor:
        """The penalties of all dense layers; a shared layer counts once."""
        return tf.add_n(self.losses) if self.losses else tf.constant(0.0)

    @property
    def groups(self) -> Groups:
        """What the training record says of its weights and gradients, by group."""
        return Groups(self.query_tower, self.candidate_tower, self.rating_head, self.trainable_variables)

    @property
    def statistics(self) -> list[tf.Variable]:
        """Of batches, which are kept beside the weights."""
        parts = [self.query_tower, self.candidate_tower, *([self.rating_head] if self.rating_head else [])]
        found = {variable.ref(): variable for part in parts for variable in part.non_trainable_variables}
        return list(found.values())

    @tf.autograph.experimental.do_not_convert  # nothing in it needs the conversion, which costs seconds
    def train_step(self, batch: Batch) -> dict[str, tf.Tensor]:
        """One step. Losses are means over all examples of the epoch so far; of this step are `gradients`, by variable,
        before clipping (a table's may hold a row more than once), the `squares` of their norms, and `first_bad`.
        """
        with tf.GradientTape() as tape:
            losses = self.losses_of(batch, training=True)
            total = losses["loss"] + self.regularization() / tf.distribute.get_strategy().num_replicas_in_sync
        variables = self.trainable_variables
        raw = tape.gradient(total, variables)
        gradients = [summed(gradient, variable) for gradient, variable in zip(raw, variables, strict=True)]
        found = {
            "gradients": [_told(*each) for each in zip(raw, gradients, strict=True)],
            "squares": squares(gradients),
        }
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        examples = tf.reduce_sum(batch["valid"])
        for name, loss in losses.items():
            self._means[name].update_state(loss, sample_weight=examples)
        found |= {name: mean.result() for name, mean in self._means.items()}
        return {**found, "first_bad": first_bad(total, found["squares"], gradients, variables, self.statistics)}

    def make_train_function(self, force: bool = False) -> Callable[[Iterator[Batch]], dict[str, tf.Tensor]]:
        """Takes the batch before the step, not in it as Keras does, so that waiting for it can be timed; and keeps the
        gradients out of what Keras copies to the host after each step.

        Counting entries in the compiled step, by a `tf.cond` in one of ten, cost twice its time to compile and 0.3 ms
        in each step; gradients as its outputs cost about as much in a step, and no time to compile.
        """
        if self.train_function is None or force:
            step = tf.function(self.train_step, jit_compile=self.jit_compile, reduce_retracing=True)

            def train_function(batches: Iterator[Batch]) -> dict[str, tf.Tensor]:
                began = time.perf_counter()
                batch = next(batches)
                self.input_wait_s += time.perf_counter() - began
                logs = step(batch)
                self.gradients = logs.pop("gradients")
                return logs

            self.train_function = train_function
        return self.train_function


def _told(raw: Gradient, summed_up: Gradient) -> Gradient:
    """How a gradient leaves the compiled step: XLA is slow to put out a tensor of which only it knows the size."""
    return raw if isinstance(summed_up, tf.IndexedSlices) else summed_up


def loss_names(task: spec.Task) -> list[str]:
    if task != "multitask":
        return ["loss"]
    return ["loss", *(f"{part}_loss{of}" for part in ("retrieval", "ranking") for of in ("", "_scaled", "_weighted"))]


def two_tower(model: spec.Model, sizes: Mapping[str, int]) -> TwoTower:
    """`sizes`: values in each vocabulary, by input."""
    tables = embedding_tables([model.query, model.candidate], sizes)
    query = hidden_layers("query", model.query.layers, model.output_dim)
    candidate = hidden_layers("candidate", model.candidate.layers, model.output_dim)
    if model.share_tower_weights:
        candidate = shared_layers(query, candidate)
    return TwoTower(
        model,
        TowerModel(model.query, tables, Hidden(query), model.normalise_embeddings),
        TowerModel(model.candidate, tables, Hidden(candidate), model.normalise_embeddings),
        RatingHead(model.head) if model.head else None,
    )


# --------------------------------------------------------------------------------------------------------- replicas
# A batch is cut between replicas. Each computes its share of the mean over the whole batch, with all of its candidates.


def _total(value: tf.Tensor) -> tf.Tensor:
    return tf.distribute.get_replica_context().all_reduce("sum", value)


def _gathered(part: tf.Tensor | None) -> tf.Tensor | None:
    """[B] of the whole batch, in the order of the replicas."""
    replicas = tf.distribute.get_replica_context()
    return part if part is None or replicas.num_replicas_in_sync == 1 else replicas.all_gather(part, axis=0)


def _first(valid: tf.Tensor) -> tf.Tensor:
    """Where this replica's part of the batch begins."""
    return tf.distribute.get_replica_context().replica_id_in_sync_group * tf.size(valid)
