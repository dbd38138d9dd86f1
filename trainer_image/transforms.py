"""Building blocks of the generated Transform module (domain S3.4-S3.8).

Every block takes the raw columns of a batch and the name of one, and returns a dense tensor [batch]. Columns arrive as
sparse tensors [batch, 1], because any value may be missing. Whatever is learned (vocabularies, means, quantiles) is
learned from the train split.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from trainer_image.vocabularies import count_vocabularies

MISSING = "__missing__"  # an ordinary value of a vocabulary (S3.6)
SEPARATOR = "\x1f"  # between the members of a cross (S3.8)
QUANTILE_ERROR = 1e-3
SECONDS_PER_DAY = 86_400

Inputs = Mapping[str, tf.SparseTensor]


def identity(inputs: Inputs, column: str) -> tf.Tensor:
    """A role column as it is; "" where a catalogue row has none."""
    return _text(inputs, column, "")


def seconds(inputs: Inputs, column: str) -> tf.Tensor:
    """The event time in wall-clock seconds; 0 where a catalogue row has none."""
    return _dense(_column(inputs, column), tf.constant(0, tf.int64))


def text(inputs: Inputs, column: str) -> tf.Tensor:
    """A category as text; integers become decimal strings."""
    return _text(inputs, column, MISSING)


def vocabularies(inputs: Inputs, options: Mapping[str, Mapping[str, Any]]) -> dict[str, tf.Tensor]:
    """For each output the index of its category in the vocabulary of the train split (S3.4).

    A value outside the vocabulary gets `V + fingerprint mod oov_buckets`. `options` holds, by output name, `column`,
    `max_size`, `min_frequency` and `oov_buckets`.
    """
    values = {name: text(inputs, option["column"]) for name, option in options.items()}
    files = count_vocabularies(values, options)
    return {
        name: tft.apply_vocabulary(value, files[name], num_oov_buckets=options[name]["oov_buckets"])
        for name, value in values.items()
    }


def z_score(inputs: Inputs, column: str, *, log: bool) -> tf.Tensor:
    """(x - mean) / std over the train split, after `sign(x) ln(1 + |x|)` when `log`; 0 where missing or constant."""
    known = _known_numbers(inputs, column)
    if log:
        known = known.with_values(tf.sign(known.values) * tf.math.log1p(tf.abs(known.values)))
    return _dense(tft.scale_to_z_score(known), tf.constant(0.0))


def cycle(inputs: Inputs, column: str, name: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Sine and cosine of the phase of a calendar cycle (S3.7); both 0 where the time is missing."""
    known = _column(inputs, column)
    angle = 2 * math.pi * phase(known.values, name)
    zero = tf.constant(0.0)
    return (
        _dense(known.with_values(tf.cast(tf.sin(angle), tf.float32)), zero),
        _dense(known.with_values(tf.cast(tf.cos(angle), tf.float32)), zero),
    )


def quantile(inputs: Inputs, column: str, *, buckets: int) -> tf.Tensor:
    """Index among `buckets` quantiles of the train split, as text: a number or a time as member of a cross."""
    index = tft.bucketize(_known_numbers(inputs, column), buckets, epsilon=QUANTILE_ERROR)
    return _dense(index.with_values(tf.strings.as_string(index.values)), tf.constant(MISSING))


def cross(members: Sequence[tf.Tensor], *, hash_buckets: int) -> tf.Tensor:
    """Fingerprint64 of the joined members, modulo `hash_buckets`."""
    return tf.strings.to_hash_bucket_fast(tf.strings.join(members, SEPARATOR), hash_buckets)


def phase(t: tf.Tensor, name: str) -> tf.Tensor:
    """Position in a calendar cycle in [0, 1), float64, of wall-clock seconds `t` (INT64); calendar-true (S3.7)."""
    day_number = tf.math.floordiv(t, SECONDS_PER_DAY)
    day_share = tf.cast(t - day_number * SECONDS_PER_DAY, tf.float64) / SECONDS_PER_DAY
    if name == "hour":
        return day_share
    if name == "day_of_week":
        weekday = tf.math.floormod(day_number + 3, 7)  # Monday is 0; 1970-01-01 was a Thursday
        return (tf.cast(weekday, tf.float64) + day_share) / 7
    year, month, day = civil_from_days(day_number)
    days = _days_from_civil(year + month // 12, month % 12 + 1) - _days_from_civil(year, month)
    month_share = (tf.cast(day - 1, tf.float64) + day_share) / tf.cast(days, tf.float64)
    if name == "day_of_month":
        return month_share
    if name == "month":
        return (tf.cast(month - 1, tf.float64) + month_share) / 12
    if name == "quarter":
        return (tf.cast((month - 1) % 3, tf.float64) + month_share) / 3
    raise ValueError(f"there is no cycle {name!r}")


def civil_from_days(day_number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Year, month, day of a day number (0 = 1970-01-01), proleptic Gregorian, in INT64.

    Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days. `//` floors on tensors.
    """
    z = day_number + 719_468
    era = z // 146_097
    day_of_era = z - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153  # March is 0
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = (shifted_month + 2) % 12 + 1
    year = year_of_era + era * 400 + tf.cast(month <= 2, tf.int64)
    return year, month, day


def _days_from_civil(year: tf.Tensor, month: tf.Tensor) -> tf.Tensor:
    """Day number of the first of a month: the inverse of `civil_from_days`."""
    y = year - tf.cast(month <= 2, tf.int64)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5
    return y * 365 + y // 4 - y // 100 + y // 400 + day_of_year - 719_468


def _column(inputs: Inputs, column: str) -> tf.SparseTensor:
    if column not in inputs:
        raise KeyError(
            f"[QT:E_SCHEMA] `{column}` has no value in the whole train split, so nothing can be learned from it. "
            "Remove the feature, or widen the date window."
        )
    return inputs[column]


def _text(inputs: Inputs, column: str, missing: str) -> tf.Tensor:
    known = _column(inputs, column)
    if known.values.dtype != tf.string:
        known = known.with_values(tf.strings.as_string(known.values))
    return _dense(known, tf.constant(missing))


def _known_numbers(inputs: Inputs, column: str) -> tf.SparseTensor:
    """The values as float32; NaN and infinities count as missing."""
    known = _column(inputs, column)
    numbers = tf.cast(known.values, tf.float32)
    return tf.sparse.retain(known.with_values(numbers), tf.math.is_finite(numbers))


def _dense(known: tf.SparseTensor, missing: tf.Tensor) -> tf.Tensor:
    """[batch] from [batch, 1] (a sparse row holds at most one value)."""
    # The declared width of a sparse column is unknown until a batch arrives, and is 0 when a whole batch lacks it.
    one_wide = tf.SparseTensor(known.indices, known.values, tf.stack([known.dense_shape[0], 1]))
    return tf.squeeze(tf.sparse.to_dense(one_wide, default_value=missing), axis=1)
