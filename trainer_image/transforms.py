"""Building blocks of the generated Transform module (domain S3.4-S3.11).

Every block returns a dense tensor [batch], or [batch, max_length] for a history. What is learned (vocabularies and
statistics) is learned from the train split alone, all of it in two passes: `count` and `measure`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import tensorflow as tf
import tensorflow_transform as tft

from trainer_image.columns import MISSING, Inputs, column_of, dense, dense_list, known_text, text
from trainer_image.cycles import phase
from trainer_image.numbers import SCALE, Measured, measure, numbers
from trainer_image.targets import forward
from trainer_image.vocabularies import Counted, count

__all__ = [
    "bucketize", "count", "cross", "cycle", "hashing", "history", "identity", "measure", "missing", "quantile",
    "recency", "scale", "seconds", "target", "text", "value", "vocabulary",
]  # fmt: skip

SEPARATOR = "\x1f"  # between the members of a cross (S3.8)


def identity(inputs: Inputs, column: str) -> tf.Tensor:
    """A role column as it is; "" where a catalogue row has none."""
    return text(inputs, column, "")


def seconds(inputs: Inputs, column: str) -> tf.Tensor:
    """The event time in wall-clock seconds; 0 where a catalogue row has none."""
    return dense(column_of(inputs, column), tf.constant(0, tf.int64))


def vocabulary(counted: Counted) -> tf.Tensor:
    """Index in the vocabulary of the train split; `V + fingerprint mod oov_buckets` for any other value."""
    return _look_up(counted.values, counted)


def hashing(inputs: Inputs, column: str, *, buckets: int) -> tf.Tensor:
    """Fingerprint64 of the text, modulo `buckets`."""
    return tf.strings.to_hash_bucket_fast(text(inputs, column), buckets)


def history(inputs: Inputs, column: str, counted: Counted, *, max_length: int) -> tf.Tensor:
    """[batch, max_length]: the newest items as indices in a vocabulary, padded with its P = V + oov_buckets (S3.9)."""
    known = known_text(inputs, column)
    items = _look_up(known.values, counted)
    return dense_list(known.with_values(items), tft.get_num_buckets_for_transformed_feature(items), max_length)


def scale(measured: Measured, *, method: str, range: Sequence[float] = (0.0, 1.0)) -> tf.Tensor:
    """A number after clip and log, scaled; missing ones are the train mean before scaling (S3.6)."""
    learned, x = _named(measured), measured.values
    if "clip_percentiles" in measured.options:
        x = tf.clip_by_value(x, learned["lower"], learned["upper"])
    if "log" in measured.options:
        x = tf.sign(x) * tf.math.log1p(tf.abs(x))
    known = tf.where(tf.math.is_nan(measured.values), learned["mean"], x)
    return tf.cast(_scaled(known, learned, method, range), tf.float32)


def recency(measured: Measured) -> tf.Tensor:
    """Days since the newest train day, limited to the train range, as z-score; 0 where missing."""
    learned, days = _named(measured), measured.values
    limited = tf.clip_by_value(days, learned["min"], learned["max"])
    known = tf.where(tf.math.is_nan(days), learned["mean"], limited)
    return tf.cast(_scaled(known, learned, "zscore"), tf.float32)


def bucketize(measured: Measured) -> tf.Tensor:
    """Number of boundaries that the raw value reaches; missing values have the bucket after the last one."""
    missing_bucket = tf.constant(measured.learned.shape[0] + 1, tf.int64)
    return tf.where(tf.math.is_nan(measured.values), missing_bucket, _bucket(measured))


def quantile(measured: Measured) -> tf.Tensor:
    """The same as text: a number or a time as member of a cross."""
    return tf.where(tf.math.is_nan(measured.values), MISSING, tf.strings.as_string(_bucket(measured)))


def missing(inputs: Inputs, column: str) -> tf.Tensor:
    """1 where a number or a time is missing, else 0."""
    return tf.cast(tf.math.is_nan(numbers(inputs, column)), tf.float32)


def cycle(inputs: Inputs, column: str, name: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Sine and cosine of the phase of a calendar cycle (S3.7); both 0 where the time is missing."""
    known = column_of(inputs, column)
    angle = 2 * math.pi * phase(known.values, name)
    zero = tf.constant(0.0)
    return (
        dense(known.with_values(tf.cast(tf.sin(angle), tf.float32)), zero),
        dense(known.with_values(tf.cast(tf.cos(angle), tf.float32)), zero),
    )


def cross(members: Sequence[tf.Tensor], *, hash_buckets: int) -> tf.Tensor:
    """Fingerprint64 of the joined members, modulo `hash_buckets`."""
    return tf.strings.to_hash_bucket_fast(tf.strings.join(members, SEPARATOR), hash_buckets)


def target(measured: Measured) -> tf.Tensor:
    """What a ranking model predicts (S3.11); NaN where it is missing, which only catalogue rows may be."""
    known = forward(measured.values, measured.options, _named(measured))
    return tf.cast(tf.where(tf.math.is_nan(measured.values), measured.values, known), tf.float32)


def value(inputs: Inputs, column: str) -> tf.Tensor:
    """A number as it is; NaN where it is missing."""
    return tf.cast(numbers(inputs, column), tf.float32)


def _look_up(values: tf.Tensor, counted: Counted) -> tf.Tensor:
    return tft.apply_vocabulary(values, counted.file, num_oov_buckets=counted.oov_buckets)


def _named(measured: Measured) -> Mapping[str, tf.Tensor]:
    return dict(zip(SCALE, tf.unstack(measured.learned), strict=True))


def _scaled(
    x: tf.Tensor, learned: Mapping[str, tf.Tensor], method: str, range: Sequence[float] = (0.0, 1.0)
) -> tf.Tensor:
    """By z-score (0 for a constant), by minmax into `range` (its middle for a constant), or not at all."""
    if method == "zscore":
        return tf.math.divide_no_nan(x - learned["mean"], learned["std"])
    if method == "minmax":
        low, high = range
        width = learned["max"] - learned["min"]
        share = tf.where(width > 0, tf.math.divide_no_nan(x - learned["min"], width), 0.5)
        return tf.clip_by_value(low + (high - low) * share, low, high)
    return x


def _bucket(measured: Measured) -> tf.Tensor:
    reached = measured.values[:, tf.newaxis] >= measured.learned
    return tf.reduce_sum(tf.cast(reached, tf.int64), axis=1)
