"""One replica and two compute the same losses and gradients (domain S4.9, S11.4)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.tfx.models import FEATURES, batch, built, spec_of
from tests.tfx.shop import ROLES, model_config
from trainer_image import spec

Losses = dict[str, float]


def computed(model: spec.Model, strategy: tf.distribute.Strategy, valid: int) -> tuple[Losses, list[np.ndarray]]:
    """Losses and gradients of one batch of 16 rows, `valid` of them, cut between the strategy's replicas."""
    with strategy.scope():
        towers = built(model)
    rows = {**batch(model), "valid": tf.cast(tf.range(16) < valid, tf.float32)}
    each = 16 // strategy.num_replicas_in_sync

    def part(context: tf.distribute.ReplicaContext) -> dict[str, tf.Tensor]:
        start = context.replica_id_in_sync_group * each
        return {name: column[start : start + each] for name, column in rows.items()}

    def compute(own: dict[str, tf.Tensor]) -> tuple[dict[str, tf.Tensor], list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            losses = towers.losses_of(own)
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(losses["loss"], variables)]
        return losses, gradients

    variables = towers.trainable_variables
    own = strategy.experimental_distribute_values_from_function(part)
    losses, gradients = strategy.run(tf.function(compute, autograph=False), (own,))
    total = lambda value: strategy.reduce("sum", value, axis=None).numpy()  # noqa: E731
    return {name: float(total(loss)) for name, loss in losses.items()}, [total(gradient) for gradient in gradients]


@pytest.mark.parametrize(
    ("valid", "changes"),
    [
        (16, {"model_type": "retrieval"}),
        (11, {"remove_accidental_hits": True, "hard_negatives": 3, "label_smoothing": 0.1}),
        (11, {"model_type": "multitask"}),
    ],
    ids=["retrieval", "retrieval with every option, partial batch", "multitask, partial batch"],
)
def test_two_replicas_compute_what_one_does(valid: int, changes: dict[str, Any]) -> None:
    model = spec_of(FEATURES, model_config(**changes), ROLES)
    one_loss, one = computed(model, tf.distribute.MirroredStrategy(["CPU:0"]), valid)
    two_loss, two = computed(model, tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]), valid)
    assert one_loss["loss"] == pytest.approx(two_loss["loss"], rel=1e-5)
    for expected, found in zip(one, two, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)
