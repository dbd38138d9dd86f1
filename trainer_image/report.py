"""`results.json`: what a run found out, as `shared.results.Results`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tfx

from shared.metrics import ModelType
from shared.results import (
    Ann,
    Counts,
    Results,
    RowCounts,
    SplitCounts,
    TargetNumbers,
    Training,
    VocabularyEntry,
    Warning,
)
from trainer_image.evaluation import Evaluation
from trainer_image.inputs import Splits, rows
from trainer_image.parameters import TrainingParameters
from trainer_image.targets import TargetTransform


def results(
    parameters: TrainingParameters,
    model_type: ModelType,
    splits: Splits,
    fingerprints: Mapping[str, Mapping[str, Any]],
    training: Training,
    evaluation: Evaluation,
    vocabularies: Sequence[VocabularyEntry],
    target: TargetTransform | None,
    ann: Ann | None,
    warnings: Sequence[Warning],
    files: Mapping[str, str],
) -> Results:
    return Results(
        experiment=parameters.experiment,
        attempt=parameters.attempt,
        model_type=model_type,
        seed=parameters.seed,
        split_seed=parameters.split_seed,
        protocol=parameters.protocol,
        versions={"tfx": tfx.__version__, "tensorflow": tf.__version__, **parameters.versions},
        counts=_counts(splits, evaluation.misses),
        fingerprints={split: dict(found) for split, found in fingerprints.items()},
        training=training,
        metrics=evaluation.metrics,
        ceiling=evaluation.ceiling,
        baselines=evaluation.baselines,
        lift=evaluation.lift,
        segments=evaluation.segments,
        vocabularies=list(vocabularies),
        target_transform=None if target is None else _numbers(target),
        ann=ann,
        warnings=list(warnings),
        files=dict(files),
    )


def _numbers(target: TargetTransform) -> TargetNumbers:
    return TargetNumbers(clip=target.clip, log=target.log, normalise=target.normalise, a=target.a, b=target.b)


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
