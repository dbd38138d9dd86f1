"""Learns everything about the numbers and times of a feature config in one pass over the train split (domain S3.4).

`tft.scale_to_z_score`, `tft.bucketize` and their kind cost about 1.7 s of Beam steps for each use, whatever the amount
of data, and a statistic of clipped values needs a second pass. Here one combiner keeps a sketch of each column, and all
means, deviations, extremes and quantiles are computed from the sketches at the end.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_transform.beam import experimental as tft_beam

from trainer_image.columns import Inputs, column_of, dense
from trainer_image.errors import RunFailed
from trainer_image.sketch import LIMIT, Sketch, mean_and_std, merge, quantiles, sketch_of

FILE = "numbers"  # the asset of the transform graph with what was learned: see `write`
TARGET = "target"
SECONDS_PER_DAY = 86_400
UNWRITTEN = b"not measured yet"  # what the file holds while the graph is traced
SCALE = ("lower", "upper", "mean", "std", "min", "max")  # clip bounds; the others are of clipped, logged values

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    """A column as float64 [batch] (NaN: missing; times: days since the newest train day), and what was learned of it.

    `learned` holds the numbers of `SCALE`, or the boundaries of buckets.
    """

    values: tf.Tensor
    learned: tf.Tensor
    options: Options


def measure(inputs: Inputs, options: Mapping[str, Options]) -> dict[str, Measured]:
    """Learn what every entry asks for, by the name of its output.

    An entry holds `column`; `days` for times; and `quantiles` (a number of buckets), `boundaries`, or how to scale:
    `clip_percentiles` and `log`.
    """
    if not options:
        return {}
    names = sorted({entry["column"] for entry in options.values()})
    values = {name: numbers(inputs, name) for name in names}
    (file,) = tft.experimental.ptransform_analyzer(
        inputs=list(values.values()),
        ptransform=MeasureNumbers(names, {name: dict(entry) for name, entry in options.items()}),
        output_dtypes=[tf.string],
        output_shapes=[[]],
        output_asset_default_values=[UNWRITTEN],
        name="numbers",
    )
    tft.annotate_asset(FILE, FILE)  # so that TFTransformOutput finds the file
    lengths = [_length(entry) for entry in options.values()]
    bits = tft.apply_vocabulary(tf.range(sum(lengths), dtype=tf.int64), file, lookup_fn=_numbers)
    parts = tf.split(tf.bitcast(bits, tf.float64), lengths)
    return {
        name: _measured(values[entry["column"]], learned, entry)
        for (name, entry), learned in zip(options.items(), parts, strict=True)
    }


def numbers(inputs: Inputs, column: str) -> tf.Tensor:
    """[batch] of float64, which holds wall-clock seconds exactly (S1.13); NaN: missing, as are infinities."""
    known = column_of(inputs, column)
    values = tf.cast(known.values, tf.float64)
    finite = tf.where(tf.math.is_finite(values), values, np.nan)
    return dense(known.with_values(finite), tf.constant(np.nan, tf.float64))


def _length(entry: Options) -> int:
    """Numbers learned for an entry: the newest day in seconds, then what is asked for."""
    if "boundaries" in entry:
        return 1 + len(entry["boundaries"])
    return entry["quantiles"] if "quantiles" in entry else 1 + len(SCALE)


def _numbers(lines: tf.Tensor, path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The numbers on these lines of a file, which is read once; as the bits of int64, all that TFT lets us return."""
    by_line = (tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE)
    table = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer(path, *by_line), "")
    return tf.bitcast(tf.strings.to_number(table.lookup(lines), tf.float64), tf.int64), table.size()


def _measured(values: tf.Tensor, learned: tf.Tensor, entry: Options) -> Measured:
    if entry.get("days"):
        values = (values - learned[0]) / SECONDS_PER_DAY
    return Measured(values, learned[1:], entry)


class MeasureNumbers(tft_beam.PTransformAnalyzer):
    """Batches of one array per column (NaN: missing) -> the path of the file with everything that was learned."""

    def __init__(self, columns: list[str], options: dict[str, Options]) -> None:
        super().__init__()
        self._columns = columns
        self._options = options

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        return (
            batches
            | "Sketch" >> beam.CombineGlobally(CombineSketches(len(self._columns)))
            | "Learn" >> beam.Map(write, self._columns, self._options, self.base_temp_dir)
        )


class CombineSketches(beam.CombineFn):
    """Sketches of all columns; an accumulator holds a list of parts for each column, merged when they get long."""

    def __init__(self, columns: int) -> None:
        self._columns = columns

    def create_accumulator(self) -> list[list[Sketch]]:
        return [[] for _ in range(self._columns)]

    def add_input(self, accumulator: list[list[Sketch]], batch: Sequence[np.ndarray]) -> list[list[Sketch]]:
        return [
            _short([*parts, sketch_of(values[~np.isnan(values)])])
            for parts, values in zip(accumulator, batch, strict=True)
        ]

    def merge_accumulators(self, accumulators: Iterable[list[list[Sketch]]]) -> list[list[Sketch]]:
        return [[merge([part for parts in column for part in parts])] for column in zip(*accumulators, strict=True)]

    def compact(self, accumulator: list[list[Sketch]]) -> list[list[Sketch]]:
        return [[merge(parts)] for parts in accumulator]

    def extract_output(self, accumulator: list[list[Sketch]]) -> list[Sketch]:
        return [merge(parts) for parts in accumulator]


def _short(parts: list[Sketch]) -> list[Sketch]:
    return [merge(parts)] if sum(len(values) for values, _ in parts) > 2 * LIMIT else parts


def write(sketches: list[Sketch], columns: list[str], options: Mapping[str, Options], folder: str) -> np.ndarray:
    """The numbers of all entries, a line each and in full, which the graph reads; then all with names, as JSON."""
    by_column = dict(zip(columns, sketches, strict=True))
    learned = {name: learn(name, by_column[entry["column"]], entry) for name, entry in options.items()}
    named = {name: {**entry, **_named(learned[name], entry)} for name, entry in options.items()}
    path = posixpath.join(folder, FILE)
    tf.io.gfile.makedirs(folder)
    with tf.io.gfile.GFile(path, "w") as file:
        file.write("".join(f"{number!r}\n" for part in learned.values() for number in part.tolist()))
        file.write(json.dumps(named) + "\n")
    return np.array(path)


def learn(name: str, sketch: Sketch, entry: Options) -> np.ndarray:
    """[1 + n] float64: the start of the newest day for times, else 0; then the numbers of one entry."""
    values, weights = sketch
    if name == TARGET:
        _check_variety(values, weights, entry)
    origin = 0.0
    if entry.get("days") and len(values):
        origin = values[-1] // SECONDS_PER_DAY * SECONDS_PER_DAY
        values = (values - origin) / SECONDS_PER_DAY
    if "boundaries" in entry:
        return np.array([origin, *entry["boundaries"]], np.float64)
    if not len(values):  # nothing is known, so nothing is ever compared with these
        return np.zeros(_length(entry))
    if "quantiles" in entry:
        shares = np.arange(1, entry["quantiles"]) / entry["quantiles"]
        return np.array([origin, *quantiles((values, weights), shares)])
    return np.array([origin, *_scale(values, weights, entry)])


def _check_variety(values: np.ndarray, weights: np.ndarray, entry: Options) -> None:
    """A target must vary, also after clipping and logarithm (S3.11)."""
    if len(values):
        *_, least, greatest = _scale(values, weights, entry)
        if least < greatest:
            return
    constant = not len(values) or values[0] == values[-1]
    raise RunFailed(
        "E_TARGET_CONSTANT",
        f"The target `{entry['column']}` has one value in the whole train split"
        f"{'' if constant else ' after clipping and logarithm'}, so there is nothing to predict. "
        f"{'Choose another target, or widen the date window.' if constant else 'Clip less, or choose another target.'}",
    )


def _scale(values: np.ndarray, weights: np.ndarray, entry: Options) -> list[float]:
    """The numbers of `SCALE`."""
    lower, upper = -np.inf, np.inf
    if clip := entry.get("clip_percentiles"):
        lower, upper = quantiles((values, weights), np.array(clip) / 100)
        values = np.clip(values, lower, upper)
    if entry.get("log"):
        values = np.log1p(np.maximum(values, 0)) if "normalise" in entry else np.sign(values) * np.log1p(np.abs(values))
    mean, std = mean_and_std(values, weights)
    return [lower, upper, mean, std, values.min(), values.max()]


def _named(learned: np.ndarray, entry: Options) -> dict[str, Any]:
    """Infinite clip bounds are left out: JSON has no infinities."""
    if "quantiles" in entry or "boundaries" in entry:
        return {"origin": learned[0], "boundaries": learned[1:].tolist()}
    named = dict(zip(("origin", *SCALE), learned.tolist(), strict=True))
    return {name: value for name, value in named.items() if np.isfinite(value)}


def read_learned(transform_output: tft.TFTransformOutput) -> dict[str, dict[str, Any]]:
    """What the transform graph holds, exactly: by output its options, and `boundaries` or the numbers of `SCALE`."""
    path = transform_output.vocabulary_file_by_name(FILE)
    if path is None:
        return {}
    with tf.io.gfile.GFile(path) as file:
        return json.loads(file.read().splitlines()[-1])
