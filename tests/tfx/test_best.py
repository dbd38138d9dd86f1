"""Which epoch is the best and when training ends (domain S4.13), and the guards of training (S6.4)."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from shared.epochs import WEIGHT_EDGES, EpochRecord, EvalFigures, Losses
from trainer_image.best import Best
from trainer_image.errors import RunFailed
from trainer_image.gradient_record import GradientRecord
from trainer_image.gradients import first_bad, squares, summed, tensor_names
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


class Model:
    """What Progress reads of a model: two variables, in the groups of a head and of a candidate tower."""

    def __init__(self) -> None:
        self.optimizer = SimpleNamespace(learning_rate=0.2)
        self.spec = SimpleNamespace(task="retrieval")
        table = tf.Variable([[1.0, -2.0], [2.0, 4.0]], name="c_product_table/embeddings")
        self.trainable_variables = [table, tf.Variable([0.5], name="head_output/bias")]
        self.statistics = [tf.Variable([1.0], name="query_0_batch_norm/moving_variance")]
        of_variables = np.array([[True, False], [False, True], [True, True]])
        self.groups = SimpleNamespace(names=["candidate", "head", "total"], of_variables=of_variables)
        self.gradients = [tf.zeros([2, 2]), tf.zeros([1])]
        self.input_wait_s = 0.0

    def regularization(self) -> float:
        return 0.25


def progress_of(folder: Path, epochs: int, figures: list[float], options: EarlyStopping) -> Progress:
    best, model = Best(options, []), Model()
    gradients = GradientRecord(model.groups, [4, 1], 1, 1.0)
    found = Progress(str(folder), epochs, 100, Evaluation(figures), best, options, gradients)
    found.set_model(model)
    return found


def step(gradient_norm: float = 1.0, first_bad: int = -1) -> dict[str, Any]:
    return {"first_bad": first_bad, "squares": np.array([gradient_norm**2, 0.0])}


def run_epochs(progress: Progress, count: int, gradient_norm: float = 1.0) -> None:
    for epoch in range(len(progress.records), len(progress.records) + count):
        progress.on_epoch_begin(epoch)
        progress.on_train_batch_begin(0)
        progress.on_train_batch_end(0, step(gradient_norm))
        progress.on_epoch_end(epoch, {"loss": 1.0})


def stored(folder: Path) -> list[EpochRecord]:
    return [EpochRecord.model_validate_json(path.read_bytes()) for path in sorted(folder.iterdir())]


def test_metrics_are_measured_every_so_many_epochs_and_after_the_last(tmp_path: Path) -> None:
    progress = progress_of(tmp_path, 5, [0.1, 0.3, 0.2], stopping(every_epochs=2))
    run_epochs(progress, 5)
    records = stored(tmp_path)
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
    run_epochs(progress, 1)
    assert progress.model.stop_training


def test_vanishing_gradients_end_the_run_after_their_third_epoch(tmp_path: Path) -> None:
    """S6.4; the last epoch's record is written nevertheless (S6.1)."""
    progress = progress_of(tmp_path, 9, [0.1] * 9, stopping())
    with pytest.raises(RunFailed, match=r"\[QT:E_COLLAPSED\].*smaller than 1e-07"):
        run_epochs(progress, 9, gradient_norm=9e-8)
    assert len(list(tmp_path.iterdir())) == 3
    run_epochs(progress_of(tmp_path, 9, [0.1] * 9, stopping(enabled=False)), 9, gradient_norm=2e-7)


def test_divergence_names_epoch_step_and_the_first_bad_tensor(tmp_path: Path) -> None:
    """The epoch was not over: it has no record."""
    progress = progress_of(tmp_path, 9, [0.1] * 9, stopping())
    run_epochs(progress, 2)
    progress.on_epoch_begin(2)
    progress.on_train_batch_end(0, step())
    with pytest.raises(RunFailed) as failure:
        progress.on_train_batch_end(6, step(math.nan, first_bad=2))
    assert "[QT:E_DIVERGED] Training diverged in epoch 3, step 7: the gradient of head_output/bias" in str(
        failure.value
    )
    assert "learning rate of 0.02 (it is 0.2)" in str(failure.value)
    with pytest.raises(RunFailed, match="step 8: query_0_batch_norm/moving_variance stopped being finite"):
        progress.on_train_batch_end(7, step(first_bad=5))
    assert len(stored(tmp_path)) == 2


def test_a_loss_on_eval_that_is_no_number_is_recorded_before_the_run_fails(tmp_path: Path) -> None:
    """S6.1: also the last record of a run that fails; S6.20: finite, or None with a reason."""
    progress = progress_of(tmp_path, 9, [0.1] * 9, stopping())
    run_epochs(progress, 1)
    progress._evaluation.losses = lambda: {"loss": math.inf}
    with pytest.raises(RunFailed, match=r"\[QT:E_DIVERGED\].*in epoch 2, after its last step: the evaluation loss"):
        run_epochs(progress, 1)
    before, last = stored(tmp_path)
    assert (before.problem, before.eval.loss) == (None, 0.5)
    assert (last.train.loss, last.eval.loss, last.eval.total_loss, last.eval.recall_at_10) == (1.0, None, None, None)
    assert last.problem.startswith("Training diverged in epoch 2") and not last.best
    assert last.weights["total"].l2_norm == before.weights["total"].l2_norm == pytest.approx(math.sqrt(25.25))


def test_a_mean_of_losses_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    progress = progress_of(tmp_path, 9, [0.1] * 9, stopping())
    progress.on_epoch_begin(0)
    progress.on_train_batch_end(0, step())
    with pytest.raises(RunFailed, match="in epoch 1, after its last step: the training loss"):
        progress.on_epoch_end(0, {"loss": math.inf})
    assert stored(tmp_path)[0].train.loss is None


def test_a_weight_that_is_no_number_ends_the_run_at_the_latest_when_the_epoch_ends(tmp_path: Path) -> None:
    """A step looks at the rows of a table that it touches, an optimizer may move the others too."""
    progress = progress_of(tmp_path, 9, [0.1] * 9, stopping())
    progress.model.trainable_variables[0].assign([[1.0, 2.0], [math.nan, 0.0]])
    with pytest.raises(RunFailed, match="in epoch 1, after its last step: c_product_table/embeddings stopped being"):
        run_epochs(progress, 1)
    (last,) = stored(tmp_path)
    assert (last.weights["candidate"].l2_norm, last.weights["total"].max, last.eval.loss) == (None, None, None)
    assert last.weights["head"].l2_norm == 0.5


def test_every_record_tells_weights_gradients_and_speed(tmp_path: Path) -> None:
    progress = progress_of(tmp_path, 9, [0.1] * 9, stopping())
    progress.on_epoch_begin(0)
    for batch, seconds in enumerate([1.0, 2.0, 3.0]):
        progress.on_train_batch_begin(batch)
        progress._times._began -= seconds
        progress.model.input_wait_s += 0.5
        progress.on_train_batch_end(batch, step(seconds))
    progress.on_epoch_end(0, {"loss": 1.0})
    (record,) = stored(tmp_path)
    assert record == progress.records[0]
    assert (record.step_ms_p50, record.step_ms_p95) == pytest.approx((2000, 2900), rel=0.05)
    assert record.input_wait_share == pytest.approx(0.25, rel=0.05)
    assert record.device_memory_peak_bytes is None and "GPU" in record.device_memory_reason
    total = record.gradients["total"]
    assert (total.norm_mean, total.norm_max, total.clipped_share) == pytest.approx((2.0, 3.0, 2 / 3))
    assert set(record.weights) == set(record.gradients) == {"candidate", "head", "total"}
    assert record.edges.weights[20:22] == (0.0, WEIGHT_EDGES[21])


def test_the_first_bad_tensor_is_the_loss_then_a_gradient_then_a_weight_then_a_statistic() -> None:
    variables = [tf.Variable([[1.0], [2.0], [3.0]], name="table"), tf.Variable([1.0], name="bias")]
    others = [tf.Variable([1.0], name="moving_mean")]
    rows = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2], tf.int64), tf.constant([3, 1], tf.int64))
    good, bad = tf.constant([1.0]), tf.constant([math.inf])
    names = tensor_names(variables, others)

    def first(loss: float, gradients: list) -> str | None:
        found = int(first_bad(tf.constant(loss), squares(gradients), gradients, variables, others))
        return None if found == -1 else names[found]

    assert first(1.0, [rows, good]) is None
    assert first(math.nan, [rows, bad]) == "the training loss"
    assert first(1.0, [rows, bad]) == "the gradient of bias"
    others[0].assign([math.inf])
    assert first(1.0, [rows, good]) == "moving_mean"
    variables[0].assign([[1.0], [2.0], [math.nan]])
    assert first(1.0, [rows, good]) == "table"


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
