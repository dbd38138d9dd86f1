"""Counts every vocabulary of a feature config in one pass over the train split.

`tft.vocabulary` adds about a hundred Beam steps per vocabulary, which costs 1.7 s each whatever the amount of data
(measured, FnApiRunner, TFT 1.16). Here one step counts all of them, so that a further vocabulary is nearly free.
Order, cuts and file format are those of `tft.vocabulary`.
"""

from __future__ import annotations

import json
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_transform.beam import experimental as tft_beam

from trainer_image.columns import MISSING, Inputs, text

FILE = "categories"  # the asset of the transform graph with what was counted: see `tell`
TOLD = 20  # of the most frequent values, and of the rarest that were kept
TOLD_CHARACTERS = 40  # of a value
TOLD_TAG = "told"
UNWRITTEN = b"not counted yet"  # what the file holds while the graph is traced


@dataclass(frozen=True)
class Counted:
    """The values of a column as text [batch], and the vocabulary of the train split: its file, a value a line."""

    values: tf.Tensor
    file: tf.Tensor
    oov_buckets: int


def count(inputs: Inputs, options: Mapping[str, Mapping[str, Any]]) -> dict[str, Counted]:
    """The vocabularies of the train split by the name of their output, the most frequent value first.

    An entry holds `column`, `max_size`, `min_frequency` and `oov_buckets`. One with `column` and `hash_buckets` is of a
    hashed feature: it has no vocabulary, and its values are counted to tell how many of them share a bucket.
    """
    if not options:
        return {}
    names = [name for name, entry in options.items() if "hash_buckets" not in entry]
    hashed = [name for name in options if name not in names]
    values = {name: text(inputs, options[name]["column"]) for name in (*names, *hashed)}
    assets = [*names, FILE]
    files = tft.experimental.ptransform_analyzer(
        inputs=list(values.values()),
        ptransform=CountVocabularies([dict(options[name], name=name) for name in values]),
        output_dtypes=[tf.string] * len(assets),
        output_shapes=[[]] * len(assets),
        output_asset_default_values=[UNWRITTEN] * len(assets),
        name="vocabularies",
    )
    for name in assets:
        tft.annotate_asset(name, name)  # so that TFTransformOutput finds the file by the output's name
    return {
        name: Counted(values[name], file, options[name]["oov_buckets"])
        for name, file in zip(names, files[:-1], strict=True)
    }


def read_counted(transform_output: tft.TFTransformOutput) -> dict[str, dict[str, Any]]:
    """What `tell` says of every vocabulary and hashed feature, by output."""
    path = transform_output.vocabulary_file_by_name(FILE)
    if path is None:
        return {}
    with tf.io.gfile.GFile(path) as file:
        return json.loads(file.read())


class CountVocabularies(tft_beam.PTransformAnalyzer):
    """Batches of one array per entry -> one PCollection per vocabulary with its file's path, and one with that of FILE.

    Entries of hashed features come after those of vocabularies.
    """

    def __init__(self, vocabularies: list[dict[str, Any]]) -> None:
        super().__init__()
        self._vocabularies = vocabularies

    def expand(self, batches: beam.PCollection) -> tuple[beam.PCollection, ...]:
        tags = [str(index) for index, options in enumerate(self._vocabularies) if "hash_buckets" not in options]
        written = (
            batches
            | "Count in batch" >> beam.FlatMap(count_batch)
            | "Count" >> beam.CombinePerKey(sum)
            | "By vocabulary" >> beam.MapTuple(lambda key, count: (key[0], (count, key[1])))
            | "Collect" >> beam.GroupByKey()
            | "Write"
            >> beam.ParDo(WriteVocabulary(self._vocabularies, self.base_temp_dir)).with_outputs(*tags, TOLD_TAG)
        )
        told = written[TOLD_TAG] | "Together" >> beam.combiners.ToList()
        file = told | "Tell" >> beam.Map(write_told, self.base_temp_dir)
        return (*(written[tag] for tag in tags), file)


def count_batch(batch: Iterable[np.ndarray]) -> Iterator[tuple[tuple[int, bytes], int]]:
    """((vocabulary, value), count) of one batch; ("", 0) makes sure that every vocabulary gets written."""
    for index, values in enumerate(batch):
        yield (index, b""), 0
        for value, count in Counter(values.ravel().tolist()).items():
            yield (index, value), count


class WriteVocabulary(beam.DoFn):
    """Orders one vocabulary, cuts it, and writes its file; tells about it, and about a hashed feature."""

    def __init__(self, vocabularies: list[dict[str, Any]], folder: str) -> None:
        self._vocabularies = vocabularies
        self._folder = folder

    def process(self, element: tuple[int, Iterable[tuple[int, bytes]]]) -> Iterator[beam.pvalue.TaggedOutput]:
        index, counted = element[0], list(element[1])
        options = self._vocabularies[index]
        yield beam.pvalue.TaggedOutput(TOLD_TAG, (options["name"], tell(counted, options)))
        if "hash_buckets" in options:
            return
        values = select(counted, options["max_size"], options["min_frequency"])
        if not values:
            raise ValueError(
                f"[QT:E_VOCABULARY] The vocabulary of `{options['column']}` is empty: no value occurs "
                f"{options['min_frequency']} times in the train split. Lower `min_frequency`."
            )
        path = posixpath.join(self._folder, options["name"])
        tf.io.gfile.makedirs(self._folder)
        with tf.io.gfile.GFile(path, "wb") as file:
            file.write(b"\n".join(values) + b"\n")
        yield beam.pvalue.TaggedOutput(str(index), np.array(path))


def select(counted: Iterable[tuple[int, bytes]], max_size: int, min_frequency: int) -> list[bytes]:
    """Values with at least `min_frequency` occurrences, by count descending, then reverse lexicographic.

    Empty values and values with line breaks cannot stand in the file; they fall to the out-of-vocabulary buckets.
    """
    kept = [(count, value) for count, value in counted if count >= min_frequency and _writable(value)]
    return [value for _, value in sorted(kept, reverse=True)[:max_size]]


def tell(counted: Iterable[tuple[int, bytes]], options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with what was counted of the known values of the train split (domain S6.18).

    `distinct` values in `rows` rows, and `missing` rows beside them. Of a vocabulary: how many values were `kept`, or
    cut by size and by frequency, the most frequent ones and the rarest kept. Of a hashed feature: buckets `used`, and
    the values that share theirs with another (`colliding`).
    """
    told = {name: value for name, value in options.items() if name != "name"}
    of_missing = sum(count for count, value in counted if value == MISSING.encode())
    known = [(count, value) for count, value in counted if count and value not in (b"", MISSING.encode())]
    told |= {"distinct": len(known), "rows": sum(count for count, _ in known), "missing": of_missing}
    if "hash_buckets" in options:
        return {**told, **_collisions([value for _, value in known], options["hash_buckets"])}
    counts = {value: count for count, value in known}
    selected = select(counted, options["max_size"], options["min_frequency"])
    kept = [value for value in selected if value in counts]
    rare = sum(count < options["min_frequency"] for count, _ in known)
    return {
        **told,
        "kept": len(kept),
        "cut_by_frequency": rare,
        "cut_by_size": len(known) - rare - len(kept),
        "most_frequent": [[_shown(value), counts[value]] for value in kept[:TOLD]],
        "rarest_kept": [[_shown(value), counts[value]] for value in kept[::-1][:TOLD]],
    }


def write_told(told: Iterable[tuple[str, Mapping[str, Any]]], folder: str) -> np.ndarray:
    path = posixpath.join(folder, FILE)
    tf.io.gfile.makedirs(folder)
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(json.dumps(dict(sorted(told))) + "\n")
    return np.array(path)


def _collisions(values: list[bytes], buckets: int) -> dict[str, int]:
    """By the very hash that `transforms.hashing` uses."""
    if not values:
        return {"used": 0, "colliding": 0}
    found = tf.strings.to_hash_bucket_fast(tf.constant(values), buckets).numpy()
    in_bucket = np.bincount(found, minlength=buckets)
    return {"used": int(np.count_nonzero(in_bucket)), "colliding": int(in_bucket[in_bucket > 1].sum())}


def _shown(value: bytes) -> str:
    whole = value.decode(errors="replace")
    return whole if len(whole) <= TOLD_CHARACTERS else whole[: TOLD_CHARACTERS - 1] + "…"


def _writable(value: bytes) -> bool:
    return value != b"" and b"\n" not in value and b"\r" not in value
