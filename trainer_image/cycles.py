"""Phases of calendar cycles, true to the calendar (domain S3.7)."""

from __future__ import annotations

import tensorflow as tf

SECONDS_PER_DAY = 86_400


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
