"""Which epoch is the best and when training ends (domain S4.13), and the guards of training (S6.4)."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from shared.epochs import EpochRecord, EvalFigures, Losses
from trainer_image.best import Best
from trainer_image.errors import RunFailed
from trainer_image.gradients import first_bad, summed, tensor_names
from trainer_image.notes import constant_ratings, overfitting
from trainer_image.progress import Progress
from trainer_image.spec import EarlyStopping


def stopping(**changes: Any) -> EarlyStopping:
    options = {"enabled": True, "metric": "recall_at_10", "every_epochs": 1, "patience": 3, "min_delta": 0.0005}
    return EarlyStopping(**{**options, "restore_best": True, **changes})


def epochs_until_the_end(figures: list[float], options: EarlyStopping) -> tuple[int, Best, tf.Variable]:
    """Epochs that are run; a variable counts them."""
    variable = tf.Variable(-1.0)
    best = Best(options, [variable])
    for epoch, figure in enumerate(figures):
        variable.assign(epoch)
        best.after(epoch, figure)
        if best.ends_training:
            break
    return epoch + 1, best, variable


@pytest.mark.parametrize(
    ("figures", "epoch"),
    [([0.1, 0.3, 0.2], 1), ([0.2, 0.3, 0.3], 1), ([0.0, 0.0], 0), ([math.nan, math.nan], 1)],
    ids=["peak", "the earlier of equal ones", "nothing found", "no figure: the last"],
)
def test_the_best_epoch_has_the_best_figure(figures: list[float], epoch: int) -> None:
    _, best, variable = epochs_until_the_end(figures, stopping())
    assert best.epoch == epoch == best.restore(len(figures) - 1) == float(variable)


def test_of_an_error_the_smallest_is_the_best() -> None:
    _, best, _ = epochs_until_the_end([3.0, 1.0, 2.0], stopping(metric="rmse"))
    assert best.epoch == 1


def test_patience_counts_evaluations_without_a_gain() -> None:
    figures = [0.1, 0.2, 0.2, 0.2, 0.2, 0.9]
    assert epochs_until_the_end(figures, stopping(patience=3))[0] == 5
    assert epochs_until_the_end(figures, stopping(patience=2))[0] == 4
    assert epochs_until_the_end(figures, stopping(patience=4))[0] == 6


def test_a_gain_of_no_more_than_min_delta_is_none_but_the_best_is_the_best() -> None:
    creeping = [0.1, 0.1004, 0.1005, 0.1001, 0.9]
    run, best, _ = epochs_until_the_end(creeping, stopping(patience=3))
    assert (run, best.epoch) == (4, 2)
    assert epochs_until_the_end(creeping, stopping(patience=3, min_delta=0.0001))[0] == 5


def test_small_gains_add_up() -> None:
    assert epochs_until_the_end([0.1 + 0.0004 * step for step in range(9)], stopping(patience=2))[0] == 9


def test_without_early_stopping_all_epochs_are_run() -> None:
    run, best, _ = epochs_until_the_end([0.3, 0.2, 0.2, 0.2, 0.2, 0.2], stopping(enabled=False))
    assert (run, best.epoch, best.restore(5)) == (6, 0, 0)


def test_without_restoring_the_last_weights_stay() -> None:
    _, best, variable = epochs_until_the_end([0.3, 0.2], stopping(restore_best=False))
    assert (best.restore(1), float(variable)) == (1, 1)


# ---------------------------------------------------------------------------------------------------------- progress


class Evaluation:
    """Figures by epoch, as an evaluation would give them."""

    def __init__(self, figures: list[float]) -> None:
        self._figures = iter(figures)

    def losses(self) -> dict[str, float]:
        return {"loss": 0.5}

    def figures(self) -> dict[str, float]:
        return {"recall_at_10": next(self._figures)}


def progress_of(folder: Path, epochs: int, figures: list[float], options: EarlyStopping) -> Progress:
    best = Best(options, [])
    found = Progress(str(folder), epochs, 100, Evaluation(figures), best, options)
    variables = [SimpleNamespace(name="c_product_table/embeddings:0"), SimpleNamespace(name="head_output/bias:0")]
    found.set_model(
        SimpleNamespace(
            optimizer=SimpleNamespace(learning_rate=0.2), regularization=lambda: 0.25, trainable_variables=variables
        )
    )
    return found


def run_epochs(progress: Progress, count: int, gradient_norm: float = 1.0) -> None:
    for epoch in range(count):
        progress.on_epoch_begin(epoch)
        progress.on_epoch_end(epoch, {"loss": 1.0, "gradient_norm": gradient_norm})


def test_metrics_are_measured_every_so_many_epochs_and_after_the_last(tmp_path: Path) -> None:
    progress = progress_of(tmp_path, 5, [0.1, 0.3, 0.2], stopping(every_epochs=2))
    run_epochs(progress, 5)
    records = [EpochRecord.model_validate_json(path.read_bytes()) for path in sorted(tmp_path.iterdir())]
    assert [record.eval.recall_at_10 for record in records] == [None, 0.1, None, 0.3, 0.2]
    assert [record.best for record in records] == [False, True, False, True, False]
    assert [record.examples for record in records] == [100, 200, 300, 400, 500]
    assert records[0].train == Losses(loss=1, regularization_loss=0.25, total_loss=1.25)
    assert records[0].eval.total_loss == 0.75
    assert records == progress.records


def test_training_is_told_to_stop(tmp_path: Path) -> None:
    progress = progress_of(tmp_path, 9, [0.5, 0.4, 0.4, 0.4], stopping(patience=2))
    run_epochs(progress, 2)
    assert not progress.model.stop_training
    progress.on_epoch_end(2, {"loss": 1.0, "gradient_norm": 1.0})
    assert progress.model.stop_training


def test_vanishing_gradients_end_the_run_after_their_third_epoch(tmp_path: Path) -> None:
    """S6.4; the last epoch's record is written nevertheless (S6.1)."""
    progress = progress_of(tmp_path, 9, [0.1] * 9, stopping())
    with pytest.raises(RunFailed, match=r"\[QT:E_COLLAPSED\].*smaller than 1e-07"):
        run_epochs(progress, 9, gradient_norm=9e-8)
    assert len(list(tmp_path.iterdir())) == 3
    run_epochs(progress_of(tmp_path, 9, [0.1] * 9, stopping(enabled=False)), 9, gradient_norm=2e-7)


def test_divergence_names_epoch_step_and_the_first_bad_tensor(tmp_path: Path) -> None:
    progress = progress_of(tmp_path, 9, [0.1] * 9, stopping())
    run_epochs(progress, 2)
    progress.on_train_batch_end(0, {"first_bad": -1})
    with pytest.raises(RunFailed) as failure:
        progress.on_train_batch_end(6, {"first_bad": 2})
    assert "[QT:E_DIVERGED] Training diverged in epoch 3, step 7: the gradient of head_output/bias" in str(
        failure.value
    )
    assert "learning rate of 0.02 (it is 0.2)" in str(failure.value)


def test_the_first_bad_tensor_is_the_loss_then_a_gradient_then_a_weight() -> None:
    variables = [tf.Variable([[1.0], [2.0], [3.0]], name="table"), tf.Variable([1.0], name="bias")]
    rows = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2], tf.int64), tf.constant([3, 1], tf.int64))
    good, bad = tf.constant([1.0]), tf.constant([math.inf])
    names = tensor_names(variables)
    assert int(first_bad(tf.constant(1.0), [rows, good], variables)) == -1
    assert names[int(first_bad(tf.constant(math.nan), [rows, bad], variables))] == "the training loss"
    assert names[int(first_bad(tf.constant(1.0), [rows, bad], variables))] == "the gradient of bias"
    variables[0].assign([[1.0], [2.0], [math.nan]])
    assert names[int(first_bad(tf.constant(1.0), [rows, good], variables))] == "table"


@pytest.mark.parametrize("rows", [9, 9_000])
def test_the_gradient_of_a_table_has_each_row_once(rows: int) -> None:
    """A small table's becomes dense, a large one's keeps the rows of the step."""
    repeated = tf.IndexedSlices(tf.constant([[1.0], [2.0], [4.0]]), tf.constant([3, 1, 3]), tf.constant([rows, 1]))
    found = summed(repeated, tf.Variable(tf.zeros([rows, 1])))
    assert isinstance(found, tf.IndexedSlices) == (rows == 9_000)
    assert tf.convert_to_tensor(found).numpy()[:4].ravel().tolist() == [0.0, 2.0, 0.0, 5.0]
    assert float(tf.linalg.global_norm([found])) == pytest.approx(math.sqrt(25 + 4))


# ------------------------------------------------------------------------------------------------------------- notes


def record(epoch: int, train: float, recall: float | None) -> EpochRecord:
    losses = {"regularization_loss": 0.0, "total_loss": train, "loss": train}
    return EpochRecord.model_construct(
        epoch=epoch, train=Losses(**losses), eval=EvalFigures(**losses, recall_at_10=recall)
    )


def test_three_worse_evaluations_while_the_train_loss_falls_are_overfitting() -> None:
    """S6.4"""
    recalls = [0.3, 0.5, None, 0.4, 0.3, 0.2, 0.6]
    falling = [record(epoch, 9.0 - epoch, recall) for epoch, recall in enumerate(recalls)]
    (warning,) = overfitting(falling, "recall_at_10")
    assert warning.code == "W_OVERFITTING" and "from epoch 4:" in warning.message
    assert not overfitting([record(epoch, 1.0, recall) for epoch, recall in enumerate(recalls)], "recall_at_10")
    assert not overfitting(falling[:5], "recall_at_10")


def test_predictions_that_hardly_differ_are_noted() -> None:
    targets = np.array([0.0, 1.0, 2.0])
    assert constant_ratings(np.array([1.0, 1.0001, 1.0]), targets)[0].code == "W_CONSTANT"
    assert not constant_ratings(np.array([1.0, 1.1, 1.0]), targets)
