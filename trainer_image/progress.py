"""One record per epoch, written as soon as the epoch ends, and the guards of training (domain S6.1, S6.4)."""

from __future__ import annotations

import math
import posixpath
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import tensorflow as tf

from shared.epochs import Edges, EpochRecord, EvalFigures, Losses
from trainer_image.best import Best
from trainer_image.epochs import EpochEvaluation
from trainer_image.errors import RunFailed
from trainer_image.gradient_record import GradientRecord
from trainer_image.gradients import tensor_names
from trainer_image.spec import EarlyStopping
from trainer_image.speed import StepTimes, memory_peak, reset_memory_peak
from trainer_image.two_tower import loss_names
from trainer_image.weight_record import WeightRecord

FLAT = 1e-7  # a total gradient norm below it moves nothing
FLAT_EPOCHS = 3


def write_text(path: str, text: str) -> None:
    """One write and a close: a watcher sees the object once, and whole."""
    tf.io.gfile.makedirs(posixpath.dirname(path))
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(text)


class Progress(tf.keras.callbacks.Callback):
    """Evaluates after each epoch, notes the best one, writes `progress/epoch-0000.json`, ends training in time."""

    def __init__(
        self,
        folder: str,
        epochs: int,
        examples: int,
        evaluation: EpochEvaluation,
        best: Best,
        stopping: EarlyStopping,
        gradients: GradientRecord,
    ) -> None:
        super().__init__()
        self._folder, self._epochs, self._examples = folder, epochs, examples
        self._evaluation, self._best, self._stopping = evaluation, best, stopping
        self._gradients, self._times = gradients, StepTimes()
        self._started = 0.0
        self._flat = 0
        self.records: list[EpochRecord] = []
        self.steps = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._started = time.monotonic()
        self._gradients.begin()
        self._times.begin_epoch(self.model.input_wait_s)
        reset_memory_peak()

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        self._times.begin()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any]) -> None:
        self._times.end()
        self.steps += 1
        if logs["first_bad"] >= 0:
            names = tensor_names(self.model.trainable_variables, self.model.statistics)
            tensor = names[int(logs["first_bad"])]
            raise self._diverged(f"epoch {len(self.records) + 1}, step {batch + 1}", tensor)
        self._gradients.add(logs["squares"], self.model.gradients)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any]) -> None:
        """The record is written whatever it says, and then the run fails when something in it is not a number."""
        trained = time.monotonic() - self._started
        weights = WeightRecord(self.model.groups, self.model.trainable_variables)
        losses, figures = self._evaluated(epoch, weights)
        bad = weights.bad or _bad_loss(logs["loss"], losses["loss"])
        failure = self._diverged(f"epoch {epoch + 1}, after its last step", bad) if bad else None
        regularization = float(self.model.regularization())
        record = EpochRecord(
            epoch=epoch,
            epochs=self._epochs,
            train=Losses(**_losses({name: logs[name] for name in losses}, regularization)),
            eval=EvalFigures(**_losses(losses, regularization), **_known(figures)),
            best=bool(figures) and self._best.epoch == epoch,
            learning_rate=self._rate(),
            examples=(epoch + 1) * self._examples,
            examples_per_second=self._examples / trained,
            epoch_seconds=time.monotonic() - self._started,
            time=datetime.now(timezone.utc),
            **self._times.figures(self.model.input_wait_s),
            **memory_peak(),
            gradient_steps=self._gradients.sampled,
            weights=weights.figures(),
            gradients=self._gradients.figures(),
            edges=Edges(),
            problem=None if failure is None else failure.sentence,
        )
        write_text(posixpath.join(self._folder, f"epoch-{epoch:04d}.json"), record.model_dump_json())
        if failure is not None:
            raise failure
        self.records.append(record)
        self._check_flat(self._gradients.norm)
        self.model.stop_training = self._best.ends_training

    def _evaluated(self, epoch: int, weights: WeightRecord) -> tuple[dict[str, float], dict[str, float]]:
        """Losses on eval, and figures of an epoch that is evaluated; no numbers when weights or losses are none."""
        if weights.bad is not None:
            return dict.fromkeys(loss_names(self.model.spec.task), math.nan), {}
        losses = self._evaluation.losses()
        wanted = (epoch + 1) % self._stopping.every_epochs == 0 or epoch + 1 == self._epochs
        if not wanted or not math.isfinite(losses["loss"]):
            return losses, {}
        figures = self._evaluation.figures()
        self._best.after(epoch, figures[self._stopping.metric])
        return losses, figures

    def _check_flat(self, gradient_norm: float) -> None:
        self._flat = self._flat + 1 if gradient_norm < FLAT else 0
        if self._flat == FLAT_EPOCHS:
            raise RunFailed(
                "E_COLLAPSED",
                f"Training collapsed: for {FLAT_EPOCHS} epochs the gradients were smaller than {FLAT:g}, so that "
                f"nothing is learned. Use a smaller learning rate (it is {self._rate():g}) and less regularisation.",
            )

    def _diverged(self, where: str, tensor: str) -> RunFailed:
        rate = self._rate()
        return RunFailed(
            "E_DIVERGED",
            f"Training diverged in {where}: {tensor} stopped being finite. Use a learning rate of {rate / 10:g} "
            f"(it is {rate:g}), keep `clipnorm` at 1.0, and scale raw numbers.",
        )

    def _rate(self) -> float:
        return float(self.model.optimizer.learning_rate)


def _bad_loss(train: float, evaluation: float) -> str | None:
    """A mean may be no number although the loss of each step is one: their sum is too large."""
    named = {"the training loss": train, "the evaluation loss": evaluation}
    return next((name for name, loss in named.items() if not math.isfinite(loss)), None)


def _losses(losses: Mapping[str, float], regularization: float) -> dict[str, float | None]:
    found = {name: float(loss) for name, loss in losses.items()}
    return _known({**found, "regularization_loss": regularization, "total_loss": found["loss"] + regularization})


def _known(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: figure if math.isfinite(figure) else None for name, figure in figures.items()}
