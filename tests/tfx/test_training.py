"""The generated Trainer module on the small shop: what it trains, what it writes, how it fails."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from shared.documents import ModelConfig
from shared.results import Training
from tests.tfx.models import built, spec_of
from tests.tfx.shop import (
    EPOCHS,
    FEATURES,
    MODEL,
    MULTITASK,
    RANKING,
    ROLES,
    Shop,
    Trained,
    model_config,
    parameters,
    train,
    transformed,
)
from trainer_image import training
from trainer_image.counting import variables_of
from trainer_image.epochs import EpochEvaluation, Material
from trainer_image.errors import RunFailed
from trainer_image.inputs import Splits, read_columns, training_batches
from trainer_image.notes import constant_lists
from trainer_image.parameters import TrainingParameters
from trainer_image.progress import Progress
from trainer_image.questions import Catalogue
from trainer_image.scoring import Scorer, ordered_catalogue
from trainer_image.targets import read_target
from trainer_image.towers import vocabulary_sizes
from trainer_image.two_tower import TwoTower, two_tower
from trainer_image.unseen import average_unseen, averaged

BUSY = model_config(  # everything random, and everything that a step may keep
    model_type="multitask",
    query_layers=[{"type": "dropout", "rate": 0.2}, {"type": "batch_norm"}, {"type": "dense", "units": 8, "l2": 1e-3}],
    lr_schedule={"kind": "cosine", "warmup_fraction": 0.2},
    remove_accidental_hits=True,
    hard_negatives=10,
    label_smoothing=0.1,
)


def fitted(
    shop: Shop, folder: Path, model: ModelConfig = MODEL, **changes: Any
) -> tuple[Training, list[dict[str, Any]], TwoTower]:
    """As a run trains, without what comes after: findings, records, and the trained towers."""
    splits = Splits(**{name: transformed(shop, name) for name in ("train", "eval", "test", "catalogue")})
    spec = spec_of(FEATURES, model, ROLES)
    sizes = vocabulary_sizes(spec.query, shop.transform_output) | vocabulary_sizes(
        spec.candidate, shop.transform_output
    )
    given = TrainingParameters.model_validate(parameters(folder, **changes))
    tf.keras.utils.set_random_seed(given.seed)
    towers = two_tower(spec, sizes)
    target = read_target(shop.transform_output) if spec.ranking else None
    material = Material(splits, ordered_catalogue(splits.catalogue, 17), target)
    found, records = training.fit(towers, Scorer(towers, spec.query, spec.candidate), material, given)
    timeless = {"time", "epoch_seconds", "examples_per_second", "step_ms_p50", "step_ms_p95", "input_wait_share"}
    return found, [record.model_dump(exclude=timeless) for record in records], towers


def test_every_epoch_is_recorded(trained: Trained) -> None:
    """S6.1"""
    assert [record.epoch for record in trained.epochs] == list(range(EPOCHS))
    assert {record.epochs for record in trained.epochs} == {EPOCHS}
    losses = [record.train.loss for record in trained.epochs]
    assert losses[-1] < losses[0]
    assert trained.epochs[0].learning_rate == pytest.approx(0.02)
    recalls = [record.eval.recall_at_10 for record in trained.epochs]
    assert all(0 < record.eval.recall_at_5 <= record.eval.recall_at_10 <= 1 for record in trained.epochs)
    assert trained.results.training.best_epoch == trained.results.training.evaluated_epoch == np.argmax(recalls)
    assert (trained.epochs[0].eval.rmse, trained.epochs[0].train.ranking_loss) == (None, None)
    towers = {"query", "query_embedding", "query_dense", "candidate", "candidate_embedding", "candidate_dense", "total"}
    for record in trained.epochs:
        assert set(record.weights) == set(record.gradients) == towers
        assert record.gradients["total"].norm_max >= record.gradients["total"].norm_mean > 0
        assert sum(record.weights["total"].histogram) == trained.results.training.parameters.trainable
        assert 0 < record.step_ms_p50 <= record.step_ms_p95 and 0 <= record.input_wait_share <= 1
        assert record.gradient_steps == 1


def test_the_results_count_every_row(trained: Trained, shop: Shop) -> None:
    counts = trained.results.counts
    assert counts.rows.model_dump() == {split: len(rows) for split, rows in shop.rows.items()}
    assert counts.customers.test == len({row["customer_id"] for row in shop.rows["test"]})
    assert trained.results.training.steps == EPOCHS * math.ceil(len(shop.rows["train"]) / 64)
    assert trained.results.training.stop_reason == "epochs"


def test_the_model_learns_the_assortments(trained: Trained) -> None:
    """Three assortments: popularity can know a third of what a customer buys, the towers nearly all of it."""
    recall = trained.results.metrics["warm"]["recall_at_10"].value
    popularity = trained.results.baselines["popularity"].metrics["warm"]["recall_at_10"].value
    assert recall > popularity + 0.2


def test_the_same_seed_gives_the_same_figures_and_another_seed_other_weights(shop: Shop, tmp_path: Path) -> None:
    """S0.10, with dropout, batch statistics, a schedule and every option of the losses; losses of both kinds fall."""
    first, again = (fitted(shop, tmp_path, BUSY, epochs=2)[1] for _ in range(2))
    assert first == again
    one, other = (built(spec_of(FEATURES, BUSY, ROLES), seed).trainable_variables for seed in (17, 18))
    assert not any(np.array_equal(a, b) for a, b in zip(one, other, strict=True) if a.shape.rank == 2)
    for split in ("train", "eval"):
        for part in ("retrieval_loss", "ranking_loss"):
            assert first[1][split][part] < first[0][split][part]
    train_losses = first[1]["train"]
    assert train_losses["loss"] == pytest.approx(
        train_losses["retrieval_loss_weighted"] + train_losses["ranking_loss_weighted"], rel=1e-5
    )
    assert train_losses["total_loss"] == pytest.approx(train_losses["loss"] + train_losses["regularization_loss"])
    assert train_losses["regularization_loss"] > 0
    assert {"recall_at_10", "ndcg_at_10", "rmse", "mae"} <= {name for name, value in first[0]["eval"].items() if value}


def test_a_ranking_model_learns_the_target_and_ends_with_its_best_epoch(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S4.13, S6.5: what the variables hold after training is what they held after the best epoch."""
    weights = []
    note = Progress.on_epoch_end
    monkeypatch.setattr(
        Progress, "on_epoch_end",
        lambda self, *logs: (note(self, *logs), weights.append([v.numpy() for v in variables_of(self.model)])),
    )  # fmt: skip
    errors = iter([3.0, 1.0, 2.0, 2.0, 2.0])
    measured = EpochEvaluation.figures
    monkeypatch.setattr(EpochEvaluation, "figures", lambda self: {**measured(self), "mae": next(errors)})
    stops = {"metric": "mae", "patience": 2}
    model = model_config(model_type="ranking", early_stopping=stops, rating_head_layers=[{"type": "dense", "units": 8}])
    found, records, towers = fitted(shop, tmp_path, model, epochs=5)
    assert (found.epochs_run, found.best_epoch, found.evaluated_epoch) == (4, 1, 1)
    assert (found.stop_reason, found.metric) == ("early_stopping", "mae")
    assert [record["best"] for record in records] == [True, True, False, False]
    assert records[3]["eval"]["rmse"] < records[0]["eval"]["rmse"]
    assert records[3]["train"]["loss"] < 0.5 * records[0]["train"]["loss"]
    for held, expected in zip(variables_of(towers), weights[1], strict=True):
        np.testing.assert_array_equal(held.numpy(), expected)


def test_divergence_stops_the_run_and_says_where(shop: Shop, tmp_path: Path) -> None:
    unclipped = MODEL.model_copy(update={"clipnorm": None, "temperature": 1e-38})
    with pytest.raises(RunFailed, match=r"\[QT:E_DIVERGED\] Training diverged in epoch \d, step \d+") as failure:
        train(shop, tmp_path, unclipped, learning_rate=1.0)
    assert "learning rate of 0.1 (it is 1)" in str(failure.value)
    assert not (tmp_path / "results/results.json").exists()


def test_a_run_that_pays_for_a_gpu_and_has_none_fails_before_it_reads_anything(tmp_path: Path) -> None:
    """S5.7; there is none here."""
    with pytest.raises(RunFailed, match=r"\[QT:E_GPU_ABSENT\]"):
        training.check_accelerator(TrainingParameters.model_validate(parameters(tmp_path, accelerator=True)))
    training.check_accelerator(TrainingParameters.model_validate(parameters(tmp_path, accelerator=False)))


def test_equal_lists_for_nearly_everybody_are_noted(shop: Shop) -> None:
    """S6.4"""
    split = transformed(shop, "eval")
    random = np.random.default_rng(1)
    catalogue = Catalogue(np.array([f"P{number:02d}".encode() for number in range(30)]), random.normal(size=(30, 4)))

    class Asked:
        """The first customers are asked about with vectors of their own, the others with the same one."""

        def __init__(self, own: float) -> None:
            self.own = own

        def queries(self, columns: dict[str, np.ndarray]) -> np.ndarray:
            customers = len(columns["id_product"])
            found = np.ones((customers, 4))
            found[: round(self.own * customers)] = random.normal(size=(round(self.own * customers), 4))
            return found

    (warning,) = constant_lists(split, catalogue, Asked(0.0), 17)
    assert warning.code == "W_CONSTANT" and warning.message.startswith("100% of the eval customers")
    assert constant_lists(split, catalogue, Asked(0.06), 17)
    assert not constant_lists(split, catalogue, Asked(0.14), 17)
    assert not constant_lists(split, catalogue, Asked(1.0), 17)


def test_an_empty_split_is_explained(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match=r"\[QT:E_EMPTY_SPLIT\] Split-test has no examples"):
        read_columns(str(tmp_path / "Split-test"), {})


def test_batches_hold_each_row_once_and_have_one_shape() -> None:
    columns = {"row": np.arange(150)}
    batches = list(training_batches(columns, 64, seed=1))
    assert [int(batch["valid"].numpy().sum()) for batch in batches] == [64, 64, 22]
    assert {batch["row"].shape[0] for batch in batches} == {64}
    seen = np.concatenate([batch["row"].numpy()[batch["valid"].numpy() == 1] for batch in batches])
    assert sorted(seen) == list(range(150))
    assert seen.tolist() != list(range(150))


def test_ids_are_compact(shop: Shop) -> None:
    assert transformed(shop, "train")["id_customer"].dtype == np.dtype("S3")


# ----------------------------------------------------------------------------------------------------------- unseen


def test_untouched_out_of_vocabulary_rows_become_the_weighted_mean() -> None:
    """S3.10"""
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [9.0, 9.0], [7.0, 7.0]], np.float32)
    filled = averaged(weights, np.array([0, 0, 0, 1]), vocabulary_size=2, oov_buckets=2)
    np.testing.assert_allclose(filled, [[1, 0], [0, 1], [0.75, 0.25], [0.75, 0.25]])
    touched = averaged(weights, np.array([0, 2]), vocabulary_size=2, oov_buckets=2)
    np.testing.assert_allclose(touched, [[1, 0], [0, 1], [9, 9], [5, 4.5]])


def test_of_a_table_that_histories_share_the_row_for_no_item_stays_zero() -> None:
    """S3.9, S3.10"""
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [9.0, 9.0], [0.0, 0.0]], np.float32)
    filled = averaged(weights, np.array([0, 3, 3, 1]), vocabulary_size=2, oov_buckets=1)
    np.testing.assert_allclose(filled, [[1, 0], [0, 1], [0.5, 0.5], [0, 0]])


def test_items_of_histories_count_as_trained(shop: Shop) -> None:
    """S3.10, for a table that a history of the other tower shares."""
    spec = spec_of(FEATURES, MODEL, ROLES)
    sizes = vocabulary_sizes(spec.query, shop.transform_output) | vocabulary_sizes(
        spec.candidate, shop.transform_output
    )
    towers = two_tower(spec, sizes)
    columns = transformed(shop, "train")
    towers.make_weights({name: tf.constant(column[:1]) for name, column in columns.items() if name[1] == "_"})
    table = towers.candidate_tower.tables["c_product_id"]
    before = table.get_weights()[0]
    average_unseen(towers, sizes, columns)
    after = table.get_weights()[0]
    unknown, nothing = sizes["c_product_id"], sizes["c_product_id"] + 1
    used = np.concatenate([columns["c_product_id"], columns["q_recent"].ravel()])
    used = used[used != nothing]
    np.testing.assert_allclose(after[unknown], before[used].mean(axis=0), rtol=1e-4)
    np.testing.assert_array_equal(after[:unknown], before[:unknown])
    assert not after[nothing].any()


def test_the_task_follows_from_the_model_type() -> None:
    assert (spec_of(FEATURES, MODEL, ROLES).task, spec_of(FEATURES, RANKING, ROLES).task) == ("retrieval", "ranking")
    assert spec_of(FEATURES, MULTITASK, ROLES).task == "multitask"
