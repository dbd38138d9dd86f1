"""Every option of a model config takes effect in what its generated module trains (domain S0.2, S4.1-S4.11)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from shared.documents import DEFAULT_LEARNING_RATE, DenseLayer, ModelConfig
from tests.tfx.models import FEATURES, batch, built, spec_of, stepped
from tests.tfx.shop import ROLES, model_config
from trainer_image import gradients, spec
from trainer_image.optimizers import OPTIMIZERS, optimizer
from trainer_image.towers import average
from trainer_image.two_tower import TwoTower

HEAD = [{"type": "dense", "units": 4}]
DENSE = {"type": "dense", "units": 6}
TRAINED = {  # field: (other model type or fields to start from, the change)
    "query_layers": ({}, [{"type": "dense", "units": 5}]),
    "candidate_layers": ({}, [{"type": "dense", "units": 5}]),
    "output_embedding_dim": ({}, 4),
    "share_tower_weights": ({"query_layers": [DENSE, DENSE], "candidate_layers": [DENSE, DENSE]}, True),
    "rating_head_layers": ({"model_type": "ranking", "rating_head_layers": HEAD}, [DENSE]),
    "optimizer": ({}, "sgd"),
    "weight_decay": ({"optimizer": "adamw", "weight_decay": 0.0}, 0.1),
    "momentum": ({"optimizer": "sgd", "momentum": 0.0}, 0.9),
    "lr_schedule": ({}, {"kind": "cosine"}),
    "clipnorm": ({"optimizer": "sgd", "clipnorm": None}, 0.01),
    "normalise_embeddings": ({}, True),
    "temperature": ({}, 0.5),
    "logq_correction": ({}, False),
    "remove_accidental_hits": ({}, True),
    "hard_negatives": ({}, 3),
    "label_smoothing": ({}, 0.2),
    "ranking_loss": ({"model_type": "ranking", "rating_head_layers": HEAD}, "huber"),
    "huber_delta": ({"model_type": "ranking", "rating_head_layers": HEAD, "ranking_loss": "huber"}, 0.1),
    "positive_class_weight": ({"model_type": "ranking", "ranking_loss": "binary_crossentropy"}, "balanced"),
    "retrieval_weight": ({"model_type": "multitask"}, 0.25),
    "ranking_weight": ({"model_type": "multitask"}, 0.25),
    "model_type": ({"rating_head_layers": HEAD}, "multitask"),
}
# Of the run, words, or tested where they act: early stopping in test_best.py, the index and the list in E's tests.
ELSEWHERE = {"learning_rate", "batch_size", "early_stopping", "retrieval_algorithm", "scann", "top_k", "schema_version",
             "owner", "created_at", "updated_at", "name", "description"}  # fmt: skip


def spec_with(**changes: Any) -> spec.Model:
    return spec_of(FEATURES, model_config(**changes), ROLES)


def trained(**changes: Any) -> list[float]:
    """Sizes and sums of all variables after two steps, and the losses."""
    towers, logs = stepped(spec_with(**changes))
    return [*logs.values(), *(float(tf.reduce_sum(variable * variable)) for variable in towers.trainable_variables)]


def test_every_field_is_tested() -> None:
    assert set(TRAINED) | ELSEWHERE == set(ModelConfig.model_fields)


@pytest.mark.parametrize("field", TRAINED)
def test_changing_only_this_field_changes_what_training_makes(field: str) -> None:
    start, value = TRAINED[field]
    before, after = trained(**start), trained(**{**start, field: value})
    assert len(before) != len(after) or not np.allclose(before, after, rtol=1e-4, atol=0)


def test_each_optimizer_takes_its_own_steps() -> None:
    results = [trained(optimizer=name)[1:] for name in OPTIMIZERS]
    for index, one in enumerate(results):
        assert not any(np.allclose(one, other, rtol=1e-5, atol=0) for other in results[:index])


@pytest.mark.parametrize("rows", [3, 1_000], ids=["whole table", "by rows"])
def test_ftrl_steps_by_hand_and_keeps_the_initial_weights_of_what_is_not_touched(rows: int) -> None:
    chosen = OPTIMIZERS["ftrl"](0.1)
    table = tf.Variable(tf.ones([rows, 1]))
    chosen.build([table])
    gradient = tf.IndexedSlices(tf.constant([[3.0], [4.0]]), tf.constant([0, 1]), tf.constant([rows, 1]))
    for _ in range(2):
        chosen.apply_gradients([(tf.convert_to_tensor(gradient) if rows == 3 else gradient, table)])
    expected = [1 - 0.1 * 3 / 4 - 0.1 * 3 / (1 + math.sqrt(18)), 1 - 0.1 * 4 / 5 - 0.1 * 4 / (1 + math.sqrt(32)), 1]
    np.testing.assert_allclose(table[:3, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_learns_at_its_own_learning_rate(name: str) -> None:
    """S4.7; Keras' FTRL does not, from any learning rate."""
    first = stepped(spec_with(optimizer=name), DEFAULT_LEARNING_RATE[name], steps=1)[1]["loss"]
    towers, _ = stepped(spec_with(optimizer=name), DEFAULT_LEARNING_RATE[name], steps=40)
    assert float(towers.losses_of(batch(towers.spec))["loss"]) < first - 0.01


def layer_effect(layer: dict[str, Any], **changes: Any) -> list[float]:
    towers, logs = stepped(spec_with(query_layers=[{**layer, **changes}, DENSE], candidate_layers=[]))
    statistics = [float(tf.reduce_sum(variable)) for variable in towers.non_trainable_variables]
    return [*logs.values(), float(towers.regularization()), *statistics]


@pytest.mark.parametrize(
    ("layer", "changes"),
    [
        ({"type": "dense", "units": 6}, {"activation": "tanh", "l1": 0.01, "l2": 0.01, "units": 7}),
        ({"type": "dropout", "rate": 0.1}, {"rate": 0.7}),
        ({"type": "batch_norm"}, {"momentum": 0.5}),
        ({"type": "layer_norm"}, {"epsilon": 0.1}),
    ],
    ids=lambda value: value.get("type", ""),
)
def test_every_field_of_a_layer_takes_effect(layer: dict[str, Any], changes: dict[str, Any]) -> None:
    """S4.3"""
    before = layer_effect(layer)
    for field, value in changes.items():
        assert not np.allclose(before, layer_effect(layer, **{field: value}), rtol=1e-5, atol=0), field


def test_every_activation_is_another_function() -> None:
    activations = DenseLayer.model_fields["activation"].annotation.__args__
    found = [layer_effect(DENSE, activation=activation)[0] for activation in activations]
    assert len(set(found)) == len(activations) == 6


def test_penalties_are_what_they_are_by_hand() -> None:
    """S4.3: l1 times the sum of absolute values plus l2 times the sum of squares, of the kernel; in no loss."""
    towers = built(spec_with(query_layers=[{**DENSE, "l1": 0.01, "l2": 0.1}]))
    kernel = towers.query_tower.hidden.steps[0].kernel.numpy()
    expected = 0.01 * np.abs(kernel).sum() + 0.1 * np.square(kernel).sum()
    assert float(towers.regularization()) == pytest.approx(expected, rel=1e-5)
    plain = built(spec_with(query_layers=[DENSE]))
    assert float(plain.regularization()) == 0
    assert float(towers.losses_of(batch(towers.spec))["loss"]) == float(plain.losses_of(batch(plain.spec))["loss"])


def test_layers_are_named_for_their_tower_their_place_and_their_type() -> None:
    """S4.3"""
    layers = [{"type": "dropout", "rate": 0.1}, DENSE, {"type": "batch_norm"}, {"type": "layer_norm"}]
    towers = built(spec_with(model_type="multitask", query_layers=layers, rating_head_layers=HEAD))
    names = [step.name for step in towers.query_tower.hidden.steps]
    assert names == ["query_0_dropout", "query_1_dense", "query_2_batch_norm", "query_3_layer_norm", "query_output"]
    assert [step.name for step in towers.rating_head.hidden.steps] == ["head_0_dense", "head_output"]


def test_shared_towers_share_every_layer_after_their_first_dense_one() -> None:
    """S4.1"""
    layers = [{"type": "dropout", "rate": 0.1}, {**DENSE, "l2": 0.1}, {"type": "batch_norm"}, {**DENSE, "l2": 0.1}]
    towers = built(spec_with(share_tower_weights=True, query_layers=layers, candidate_layers=layers))
    same = [one is other for one, other in zip(towers.query_tower.hidden.steps, towers.candidate_tower.hidden.steps)]  # noqa: B905
    assert same == [False, False, True, True, True]
    kernels = [towers.query_tower.hidden.steps[i].kernel for i in (1, 3)] + [
        towers.candidate_tower.hidden.steps[1].kernel
    ]
    expected = sum(0.1 * np.square(kernel.numpy()).sum() for kernel in kernels)
    assert float(towers.regularization()) == pytest.approx(expected, rel=1e-5)  # the shared one counts once


def test_normalised_embeddings_have_length_one() -> None:
    towers = built(spec_with(normalise_embeddings=True))
    rows = batch(towers.spec)
    for tower in (towers.query_tower, towers.candidate_tower):
        np.testing.assert_allclose(np.linalg.norm(tower(rows), axis=1), 1, rtol=1e-5)


def test_predictions_of_binary_crossentropy_are_probabilities() -> None:
    """S4.10: on 0/1 labels their root mean squared error is at most 1, whatever the weights."""
    towers = built(spec_with(model_type="ranking", ranking_loss="binary_crossentropy"))
    random = np.random.default_rng(1)
    queries, candidates = (tf.constant(random.normal(size=(50, 8)) * 1e3, tf.float32) for _ in range(2))
    rated = towers.rate(queries, candidates).numpy()
    assert rated.min() >= 0 and rated.max() <= 1 and rated.max() - rated.min() > 0.5
    labels = (random.random(50) < 0.5).astype(float)
    assert np.sqrt(np.mean((rated - labels) ** 2)) <= 1


def test_both_parts_of_a_multitask_loss_begin_near_one() -> None:
    """S4.11: with zero towers the retrieval part is ln(B) / ln(B), and the head's best constant is K / K."""
    towers = built(spec_with(model_type="multitask", retrieval_weight=0.25, ranking_weight=0.5, logq_correction=False))
    rows = batch(towers.spec)
    for variable in towers.trainable_variables:
        variable.assign(tf.zeros_like(variable))
    towers.rating_head.hidden.steps[-1].bias.assign([float(tf.reduce_mean(rows["target"]))])
    found = {name: float(loss) for name, loss in towers.losses_of(rows).items()}
    assert found["retrieval_loss"] == pytest.approx(np.log(16), rel=1e-6)
    assert (found["retrieval_loss_scaled"], found["ranking_loss_scaled"]) == pytest.approx((1, 1), rel=1e-5)
    assert (found["retrieval_loss_weighted"], found["ranking_loss_weighted"]) == pytest.approx((0.25, 0.5), rel=1e-5)
    assert found["loss"] == pytest.approx(0.75, rel=1e-5)


def test_batch_statistics_do_not_count_rows_that_fill_up_a_batch() -> None:
    model = spec_with(query_layers=[{"type": "batch_norm", "momentum": 0.5}])
    whole, padded = built(model), built(model)
    rows = batch(model)
    filled = {name: tf.concat([column[:10], column[:6] * 0], 0) for name, column in rows.items()}
    assert float(tf.reduce_sum(filled["valid"])) == 10
    whole.query_tower({name: column[:10] for name, column in rows.items()}, training=True)
    padded.query_tower(filled, training=True)
    for one, other in zip(moving(whole), moving(padded), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def moving(towers: TwoTower) -> list[np.ndarray]:
    return [variable.numpy() for variable in towers.query_tower.non_trainable_variables]


# ------------------------------------------------------------------------------------------------------- histories


def test_a_history_is_the_average_of_its_known_items_and_zero_without_any() -> None:
    """S3.9"""
    towers = built(spec_with())
    table = towers.candidate_tower.tables["c_product_id"]
    assert towers.query_tower.tables["c_product_id"] is table
    weights = table.get_weights()[0]
    nothing = len(weights) - 1
    assert nothing == 20 + 1  # values, out-of-vocabulary bucket
    found = average(table, tf.constant([[2, 5, nothing, nothing], [nothing] * 4, [7, 7, 7, 1]], tf.int64)).numpy()
    expected = [(weights[2] + weights[5]) / 2, np.zeros(4), (3 * weights[7] + weights[1]) / 4]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_tables_updated_as_a_whole_and_by_rows_become_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    as_a_whole, _ = stepped(spec_with(optimizer="sgd"), steps=3)
    monkeypatch.setattr(gradients, "DENSE_UP_TO", 0)
    by_rows, _ = stepped(spec_with(optimizer="sgd"), steps=3)
    for one, other in zip(as_a_whole.trainable_variables, by_rows.trainable_variables, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_row_that_means_no_item_stays_zero(name: str) -> None:
    """S3.9: it receives no gradient, and no decay moves it."""
    towers, _ = stepped(spec_with(optimizer=name), steps=3)
    table = towers.candidate_tower.tables["c_product_id"].get_weights()[0]
    assert not table[-1].any()
    assert np.abs(table[:-1]).min(axis=1).max() > 0


# ------------------------------------------------------------------------------------------- optimizers, learning rates


def rates(steps: int, **changes: Any) -> list[float]:
    chosen = optimizer(spec_with(lr_schedule=changes).optimizer, 0.1, steps)
    return [float(chosen._learning_rate(step)) for step in range(steps)]


def test_cosine_falls_to_a_hundredth_at_the_last_step() -> None:
    found = rates(101, kind="cosine")
    assert found[0] == pytest.approx(0.1)
    assert found[50] == pytest.approx(0.1 * (0.01 + 0.99 / 2), rel=1e-5)
    assert found[-1] == pytest.approx(0.001, rel=1e-4)
    assert found == sorted(found, reverse=True)


def test_warmup_rises_linearly_and_then_the_rate_stays_or_falls() -> None:
    np.testing.assert_allclose(
        rates(10, kind="constant", warmup_fraction=0.5), [0.02, 0.04, 0.06, 0.08] + [0.1] * 6, rtol=1e-5
    )
    found = rates(10, kind="cosine", warmup_fraction=0.5)
    np.testing.assert_allclose(found[:5], [0.02, 0.04, 0.06, 0.08, 0.1], rtol=1e-5)
    assert found[5:] == sorted(found[5:], reverse=True) and found[-1] == pytest.approx(0.001, rel=1e-4)


def test_the_gradient_of_each_variable_is_clipped_by_itself() -> None:
    """S4.1: a step of SGD moves a variable by the rate times its clipped gradient, with repeated rows summed."""
    model = spec_with(optimizer="sgd", momentum=0.0, clipnorm=0.01)
    before = [variable.numpy() for variable in built(model).trainable_variables]
    towers, logs = stepped(model, learning_rate=1.0, steps=1)
    moved = [np.linalg.norm(variable - old) for variable, old in zip(towers.trainable_variables, before, strict=True)]
    assert logs["gradient_norm"] > 0.01
    assert max(moved) == pytest.approx(0.01, rel=1e-3) and min(moved) <= 0.01
