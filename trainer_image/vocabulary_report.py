"""What the towers know of the values in the data, and what they cannot tell apart (domain S6.18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow_transform as tft

from shared.results import (
    LISTED_VALUES,
    VOCABULARY_LIMIT,
    Bucketed,
    Crossed,
    Hashed,
    OutOfVocabulary,
    ValueCount,
    Vocabulary,
    VocabularyEntry,
)
from trainer_image import spec
from trainer_image.columns import MISSING
from trainer_image.inputs import Columns, Splits, rows
from trainer_image.numbers import read_learned
from trainer_image.vocabularies import TOLD, read_counted

FAIR, POOR = 0.05, 0.2  # test rows out of the vocabulary: from here on fair, and above that poor

Numbers = Mapping[str, Any]


def vocabulary_table(
    model: spec.Model, splits: Splits, transform_output: tft.TFTransformOutput, sizes: Mapping[str, int]
) -> list[VocabularyEntry]:
    """One entry for each input that is a vocabulary, hashed, a range of numbers or a cross, at most 200; `sizes` are
    those of the vocabularies. Of many entries each lists fewer values."""
    counted, learned = read_counted(transform_output), read_learned(transform_output)
    inputs = [item for tower in (model.query, model.candidate) for item in tower.inputs]
    shown = [item for item in inputs if isinstance(item, spec.Vocabulary | spec.Buckets)][:VOCABULARY_LIMIT]
    most = LISTED_VALUES // max(1, len(shown))
    found: list[VocabularyEntry] = []
    for item in shown:
        if isinstance(item, spec.Vocabulary):
            missing = _position_of_missing(transform_output, item.name)
            found.append(_vocabulary(item.name, counted[item.name], splits, sizes[item.name], missing, most))
        elif item.name in counted:
            found.append(_hashed(item, counted[item.name]))
        elif "boundaries" in learned.get(item.name, {}):
            found.append(_bucketed(item, learned[item.name], splits.train, most))
        else:
            used = len(np.unique(splits.train[item.name]))
            found.append(Crossed(name=item.name, buckets=item.rows, used=used))
    return found


def _vocabulary(name: str, told: Numbers, splits: Splits, size: int, missing: int | None, most: int) -> Vocabulary:
    splits_of = {"train": splits.train, "eval": splits.eval, "test": splits.test}
    oov = {split: _out_of_vocabulary(columns[name], size, missing) for split, columns in splits_of.items()}
    status = _status(oov["test"].share)
    return Vocabulary(
        name=name,
        column=told["column"],
        distinct=told["distinct"],
        kept=told["kept"],
        cut_by_size=told["cut_by_size"],
        cut_by_frequency=told["cut_by_frequency"],
        out_of_vocabulary=oov,
        most_frequent=_values(told["most_frequent"], most),
        rarest_kept=_values(told["rarest_kept"], most),
        status=status,
        remedy=None if status == "good" else _remedy(told, oov),
    )


def _out_of_vocabulary(index: np.ndarray, size: int, missing: int | None) -> OutOfVocabulary:
    """`size`: values of the vocabulary; `missing`: the index of missing values, None when they have none of their own
    and so are in the out-of-vocabulary buckets like other rare values."""
    absent = 0 if missing is None else int(np.count_nonzero(index == missing))
    known, outside = len(index) - absent, int(np.count_nonzero(index >= size))
    return OutOfVocabulary(
        rows=outside,
        share=outside / known if known else None,
        missing_share=absent / len(index) if len(index) else None,
    )


def _status(share: float | None) -> str:
    if share is None or share < FAIR:
        return "good"
    return "fair" if share <= POOR else "poor"


def _remedy(told: Numbers, oov: Mapping[str, OutOfVocabulary]) -> str:
    """By what costs most: values that were cut, or values that train does not have."""
    cut = oov["train"].share or 0.0
    new = (oov["test"].share or 0.0) - cut
    if new > cut:
        return (
            "Most of these values are new in the test days: train on more recent or more data, or describe the "
            "customer or product by features that new ones have, too."
        )
    if told["cut_by_size"] >= told["cut_by_frequency"]:
        return f"Raise `max_size` (it is {told['max_size']:,}), or hash the column."
    return f"Lower `min_frequency` (it is {told['min_frequency']:,}), or hash the column."


def _hashed(item: spec.Buckets, told: Numbers) -> Hashed:
    """Expected is the share of values that share a bucket when each falls into any with equal chance."""
    distinct, buckets = told["distinct"], told["hash_buckets"]
    return Hashed(
        name=item.name,
        column=told["column"],
        buckets=buckets,
        used=told["used"],
        distinct=distinct,
        expected_collisions=1 - (1 - 1 / buckets) ** (distinct - 1) if distinct else None,
        measured_collisions=told["colliding"] / distinct if distinct else None,
    )


def _bucketed(item: spec.Buckets, learned: Numbers, train: Columns, most: int) -> Bucketed:
    """The last row of the table is that of missing values. Of too many ranges neighbours are told together."""
    boundaries = np.array(learned["boundaries"])
    counts = np.bincount(train[item.name], minlength=len(boundaries) + 2)
    ranges, absent = counts[: len(boundaries) + 1], int(counts[len(boundaries) + 1 :].sum())
    step = -(-len(ranges) // most)
    starts = np.arange(0, len(ranges), step)
    return Bucketed(
        name=item.name,
        column=learned["column"],
        ranges=len(ranges),
        boundaries=boundaries[starts[1:] - 1].tolist(),
        rows=np.add.reduceat(ranges, starts).tolist(),
        missing_share=absent / rows(train),
    )


def _values(told: list[list[Any]], most: int) -> list[ValueCount]:
    return [ValueCount(value=value, count=count) for value, count in told[: min(TOLD, most)]]


def _position_of_missing(transform_output: tft.TFTransformOutput, name: str) -> int | None:
    values = transform_output.vocabulary_by_name(name)
    return values.index(MISSING.encode()) if MISSING.encode() in values else None
