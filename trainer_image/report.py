"""`results.json`: what a run found out, as `shared.results.Results`."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tfx

from shared.results import Counts, Results, RowCounts, SplitCounts, Training
from trainer_image.evaluation import Evaluation
from trainer_image.inputs import Splits, rows
from trainer_image.parameters import TrainingParameters


def results(
    parameters: TrainingParameters, splits: Splits, training: Training, evaluation: Evaluation, model_folder: str
) -> Results:
    return Results(
        experiment=parameters.experiment,
        attempt=parameters.attempt,
        model_type="retrieval",
        seed=parameters.seed,
        split_seed=parameters.split_seed,
        protocol=parameters.protocol,
        versions={"tfx": tfx.__version__, "tensorflow": tf.__version__, **parameters.versions},
        counts=_counts(splits, evaluation.misses),
        training=training,
        metrics=evaluation.metrics,
        ceiling=evaluation.ceiling,
        baselines=evaluation.baselines,
        lift=evaluation.lift,
        files={"model": model_folder, "progress": parameters.progress_uri},
    )


def _counts(splits: Splits, misses: int) -> Counts:
    return Counts(
        rows=RowCounts(**{name: rows(split) for name, split in vars(splits).items()}),
        customers=_distinct(splits, "id_customer"),
        products=_distinct(splits, "id_product"),
        misses=misses,
    )


def _distinct(splits: Splits, column: str) -> SplitCounts:
    measured = {"train": splits.train, "eval": splits.eval, "test": splits.test}
    return SplitCounts(**{name: len(np.unique(split[column])) for name, split in measured.items()})
