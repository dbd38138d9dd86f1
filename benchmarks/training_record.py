"""What the record of an epoch costs a training step (domain S6.1, S6.3): processor time with it, over without it.

    .venv-tfx/bin/python -m benchmarks.training_record [--rounds 6]

Both models train in turn in one process. Without: what guards need alone, in the function that Keras makes. Machines
are noisy: compare the ratios of one run.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # as in the image; before anything imports TensorFlow

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from shared.documents import FeatureConfig, ModelConfig
from tests.tfx.models import spec_of
from tests.tfx.shop import ROLES, WRITTEN
from trainer_image import two_tower as trained
from trainer_image.autograph import exempt_keras
from trainer_image.gradient_record import GradientRecord
from trainer_image.inputs import training_batches
from trainer_image.optimizers import optimizer
from trainer_image.weight_record import WeightRecord

SIZES = {"q_customer_id": 18_812, "q_country": 40, "c_product_id": 2_000, "c_brand": 200}
LENGTH = 50  # of a history
CASES = [(64, False), (512, False), (4096, False), (2048, True)]
STEPS = 40  # of an epoch
LAYERS = [{"type": "dense", "units": 128}, {"type": "dense", "units": 64}]
MODEL = ModelConfig.model_validate(
    {
        **WRITTEN,
        "name": "Large",
        "query_layers": LAYERS,
        "candidate_layers": LAYERS,
        "output_embedding_dim": 32,
        "early_stopping": {"enabled": False},
    }
)


class Unrecorded(trained.TwoTower):
    """Tells losses and the first bad tensor of a step, and nothing else."""

    make_train_function = tf.keras.Model.make_train_function

    @tf.autograph.experimental.do_not_convert
    def train_step(self, batch: trained.Batch) -> dict[str, tf.Tensor]:
        logs = super().train_step(batch)
        return {name: value for name, value in logs.items() if name not in ("gradients", "squares")}


class Recording(tf.keras.callbacks.Callback):
    """As `Progress` records; without a record it only gets what a step tells."""

    def __init__(self, record: GradientRecord | None) -> None:
        super().__init__()
        self._record = record
        self.first_step_s: float | None = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if self._record is not None:
            self._record.begin()

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        self._began = time.process_time()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, np.ndarray]) -> None:
        if self._record is not None:
            self._record.add(logs["squares"], self.model.gradients)
        if self.first_step_s is None:
            self.first_step_s = time.process_time() - self._began


@dataclass(frozen=True)
class Training:
    """One model that can train for an epoch again and again; `epoch` returns processor seconds."""

    model: trained.TwoTower
    first_step_s: float
    epoch: Callable[[], float]


def category(column: str, width: int, **more: bool) -> dict:
    return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": width}, **more}


def features(history: bool) -> FeatureConfig:
    past = [{"kind": "history", "column": "recent", "shared_with": "product_id", "max_length": LENGTH}]
    return FeatureConfig.model_validate(
        {
            **WRITTEN,
            "name": "Large",
            "dataset": "shop",
            "query_features": [category("customer_id", 64, is_primary_id=True), category("country", 16)]
            + (past if history else []),
            "candidate_features": [category("product_id", 64, is_primary_id=True), category("brand", 16)],
        }
    )


def columns(rows: int, history: bool) -> dict[str, np.ndarray]:
    random = np.random.default_rng(17)
    found = {name: random.integers(0, size, rows) for name, size in SIZES.items()}
    return found | ({"q_recent": random.integers(0, SIZES["c_product_id"], (rows, LENGTH))} if history else {})


def training(batch_size: int, history: bool, recorded: bool) -> Training:
    spec = spec_of(features(history), MODEL, ROLES)
    tf.keras.utils.set_random_seed(17)
    model = trained.two_tower(spec, SIZES)
    if not recorded:
        model.__class__ = Unrecorded
    rows = columns(STEPS * batch_size, history)
    model.make_weights({name: tf.constant(column[:1]) for name, column in rows.items()})
    chosen = optimizer(spec.optimizer, 0.001, STEPS)
    chosen.build(model.trainable_variables)
    model.compile(chosen, jit_compile=True)
    sizes = [variable.shape.num_elements() for variable in model.trainable_variables]
    recording = Recording(GradientRecord(model.groups, sizes, STEPS, 1.0) if recorded else None)
    batches = training_batches({**rows, "log_q": np.zeros(len(rows["q_country"]), np.float32)}, batch_size, 17)

    def epoch() -> float:
        began = time.process_time()
        model.fit(batches, callbacks=[recording], verbose=0)
        return time.process_time() - began

    epoch()
    return Training(model, recording.first_step_s, epoch)


def weights_s(model: trained.TwoTower) -> float:
    began = time.process_time()
    WeightRecord(model.groups, model.trainable_variables).figures()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="epochs of each model")
    rounds = parser.parse_args().rounds
    exempt_keras()
    print("| batch | history | ms a step without | with | ratio | first step, s | | weights, ms an epoch |")
    print("|---|---|---|---|---|---|---|---|")
    for batch_size, history in CASES:
        without, with_record = (training(batch_size, history, recorded) for recorded in (False, True))
        seconds = np.array([[without.epoch(), with_record.epoch()] for _ in range(rounds)])
        least = seconds.min(axis=0) / STEPS * 1000
        ratio = np.median(seconds[:, 1] / seconds[:, 0])
        weights = min(weights_s(with_record.model) for _ in range(5)) * 1000
        print(
            f"| {batch_size} | {LENGTH if history else 'none'} | {least[0]:.2f} | {least[1]:.2f} | {ratio:.3f} "
            f"| {without.first_step_s:.1f} | {with_record.first_step_s:.1f} | {weights:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
