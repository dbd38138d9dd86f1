"""One record per epoch, written as soon as the epoch ends, and the guards of training (domain S6.1, S6.4)."""

from __future__ import annotations

import math
import posixpath
import time
from collections.abc import Mapping
from datetime import datetime, timezone

import tensorflow as tf

from shared.epochs import EpochRecord, EvalFigures, Losses
from trainer_image.best import Best
from trainer_image.epochs import EpochEvaluation
from trainer_image.errors import RunFailed
from trainer_image.gradients import tensor_names
from trainer_image.spec import EarlyStopping

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
    ) -> None:
        super().__init__()
        self._folder, self._epochs, self._examples = folder, epochs, examples
        self._evaluation, self._best, self._stopping = evaluation, best, stopping
        self._started = 0.0
        self._flat = 0
        self.records: list[EpochRecord] = []
        self.steps = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._started = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float]) -> None:
        self.steps += 1
        if logs["first_bad"] >= 0:
            tensor = tensor_names(self.model.trainable_variables)[int(logs["first_bad"])]
            raise self._diverged(f"epoch {len(self.records) + 1}, step {batch + 1}", tensor)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        trained = time.monotonic() - self._started
        regularization = float(self.model.regularization())
        evaluated = (epoch + 1) % self._stopping.every_epochs == 0 or epoch + 1 == self._epochs
        losses, figures = self._evaluation.losses(), self._evaluation.figures() if evaluated else {}
        if not math.isfinite(losses["loss"]):
            raise self._diverged(f"epoch {epoch + 1}, after its last step", "the evaluation loss")
        if evaluated:
            self._best.after(epoch, figures[self._stopping.metric])
        record = EpochRecord(
            epoch=epoch,
            epochs=self._epochs,
            train=Losses(**_losses({name: logs[name] for name in losses}, regularization)),
            eval=EvalFigures(**_losses(losses, regularization), **_known(figures)),
            best=self._best.epoch == epoch and evaluated,
            learning_rate=float(self.model.optimizer.learning_rate),
            examples=(epoch + 1) * self._examples,
            examples_per_second=self._examples / trained,
            epoch_seconds=time.monotonic() - self._started,
            time=datetime.now(timezone.utc),
        )
        write_text(posixpath.join(self._folder, f"epoch-{epoch:04d}.json"), record.model_dump_json())
        self.records.append(record)
        self._check_flat(logs["gradient_norm"])
        self.model.stop_training = self._best.ends_training

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


def _losses(losses: Mapping[str, float], regularization: float) -> dict[str, float]:
    found = {name: float(loss) for name, loss in losses.items()}
    return {**found, "regularization_loss": regularization, "total_loss": found["loss"] + regularization}


def _known(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: figure if math.isfinite(figure) else None for name, figure in figures.items()}
