"""Runs a generated Transform module the way TFX does: learned from train rows in Beam, applied by the saved graph."""

from __future__ import annotations

import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

Row = Mapping[str, Any]  # None: missing; a list for a history


def analyse(folder: Path, source: str, dtypes: Mapping[str, tf.DType], train: Sequence[Row]) -> tft.TFTransformOutput:
    """The transform graph of a module, learned from these rows."""
    (folder / "transform_module.py").write_text(source, encoding="utf-8")
    preprocessing_fn = runpy.run_path(str(folder / "transform_module.py"))["preprocessing_fn"]
    spec = {name: tf.io.VarLenFeature(dtype) for name, dtype in dtypes.items()}
    metadata = dataset_metadata.DatasetMetadata(schema_utils.schema_from_feature_spec(spec))
    instances = [{name: items(row.get(name)) for name in dtypes} for row in train]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline, tft_beam.Context(temp_dir=str(folder / "temp")):
        rows = pipeline | beam.Create(instances, reshuffle=False)
        graph = (rows, metadata) | tft_beam.AnalyzeDataset(preprocessing_fn)
        graph | tft_beam.WriteTransformFn(str(folder / "graph"))
    metadata_io.write_metadata(metadata, str(folder / "graph" / tft.TFTransformOutput.RAW_METADATA_DIR))
    return tft.TFTransformOutput(str(folder / "graph"))


def apply(graph: tft.TFTransformOutput, dtypes: Mapping[str, tf.DType], rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """What the graph makes of any rows."""
    columns = {name: sparse([items(row.get(name)) for row in rows], dtype) for name, dtype in dtypes.items()}
    return {name: tensor.numpy() for name, tensor in graph.transform_features_layer()(columns).items()}


def items(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def sparse(lists: Sequence[list[Any]], dtype: tf.DType) -> tf.SparseTensor:
    indices = [(row, position) for row, values in enumerate(lists) for position in range(len(values))]
    width = max((len(values) for values in lists), default=0)
    flat = [value for values in lists for value in values]
    shape = [len(lists), width]
    return tf.SparseTensor(np.array(indices, np.int64).reshape(-1, 2), tf.constant(flat, dtype), shape)
