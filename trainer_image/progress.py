"""One record per epoch, written as soon as the epoch ends, and the guard against diverging (domain S6.1, S6.4)."""

from __future__ import annotations

import math
import posixpath
import time
from collections.abc import Callable
from datetime import datetime, timezone

import tensorflow as tf

from shared.results import EpochRecord, EvalFigures, TrainLosses
from trainer_image.best import BestWeights
from trainer_image.errors import RunFailed


def write_text(path: str, text: str) -> None:
    """One write and a close: a watcher sees the object once, and whole."""
    tf.io.gfile.makedirs(posixpath.dirname(path))
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(text)


class Progress(tf.keras.callbacks.Callback):
    """Evaluates after each epoch, keeps the best weights, and writes `progress/epoch-0000.json`."""

    def __init__(
        self, folder: str, epochs: int, examples: int, evaluate: Callable[[], EvalFigures], best: BestWeights
    ) -> None:
        super().__init__()
        self._folder = folder
        self._epochs = epochs
        self._examples = examples
        self._evaluate = evaluate
        self._best = best
        self._epoch = 0
        self._started = 0.0
        self.steps = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch
        self._started = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict) -> None:
        self.steps += 1
        self._check_finite(logs["loss"], f"epoch {self._epoch + 1}, step {batch + 1}", "the training loss")

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        trained = time.monotonic() - self._started
        figures = self._evaluate()
        self._check_finite(figures.loss, f"epoch {epoch + 1}, after its last step", "the evaluation loss")
        self._best.after(epoch, figures.recall_at_10)
        loss = float(logs["loss"])
        record = EpochRecord(
            epoch=epoch,
            epochs=self._epochs,
            train=TrainLosses(loss=loss, regularization_loss=0.0, total_loss=loss),
            eval=figures,
            learning_rate=float(self.model.optimizer.learning_rate),
            examples_per_second=self._examples / trained,
            epoch_seconds=time.monotonic() - self._started,
            time=datetime.now(timezone.utc),
        )
        write_text(posixpath.join(self._folder, f"epoch-{epoch:04d}.json"), record.model_dump_json())

    def _check_finite(self, value: float, where: str, what: str) -> None:
        if not math.isfinite(value):
            rate = float(self.model.optimizer.learning_rate)
            raise RunFailed(
                "E_DIVERGED",
                f"Training diverged in {where}: {what} is {value}. Use a learning rate of {rate / 10:g} "
                f"(it is {rate:g}) and keep `clipnorm` at 1.0.",
            )
