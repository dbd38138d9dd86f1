"""Requests to a served model: from serialized tf.Examples, or from one tensor per column, to columns of a batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainer_image import spec

# What stands for "not known" in a raw request, and fills up lists.
UNKNOWN_TEXT = ""
UNKNOWN_INTEGER = tf.int64.min

Features = Mapping[str, tf.SparseTensor]
Function = tf.types.experimental.GenericFunction


def functions(
    answer: Callable[[Features], dict[str, tf.Tensor]], request: spec.Request, dtypes: Mapping[str, tf.DType]
) -> tuple[Function, Function]:
    """`answer` of serialized tf.Examples, and of one tensor per column of the request; it is traced once for both."""
    columns = {name: dtypes[name] for name in request.columns}
    sparse = {name: tf.SparseTensorSpec([None, None], dtype) for name, dtype in columns.items()}
    dense = {name: tf.TensorSpec(_shape(request, name), dtype, name) for name, dtype in columns.items()}
    examples = {name: tf.io.VarLenFeature(dtype) for name, dtype in columns.items()}
    traced = _function(answer, sparse)

    def of_examples(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
        return traced(tf.io.parse_example(serialized, examples))

    def of_columns(features: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return traced({name: sparse_column(value) for name, value in features.items()})

    return _function(of_examples, tf.TensorSpec([None], tf.string, "examples")), _function(of_columns, dense)


def sparse_column(value: tf.Tensor) -> tf.SparseTensor:
    """[batch] or [batch, longest] as a column of a tf.Example batch.

    (`tf.sparse.from_dense` would drop a 0, which is a value.)
    """
    table = value[:, tf.newaxis] if value.shape.rank == 1 else value
    known = tf.math.is_finite(table) if table.dtype.is_floating else tf.not_equal(table, unknown(table.dtype))
    return tf.SparseTensor(tf.where(known), tf.boolean_mask(table, known), tf.shape(table, tf.int64))


def absent_column(dtype: tf.DType, batch: tf.Tensor) -> tf.SparseTensor:
    """A column of which no row has a value: what the request does not hold."""
    return tf.SparseTensor(tf.zeros([0, 2], tf.int64), tf.zeros([0], dtype), tf.stack([batch, 1]))


def text_column(column: tf.SparseTensor) -> tf.Tensor:
    """[batch], "" where not known."""
    one_wide = tf.SparseTensor(column.indices, column.values, tf.stack([column.dense_shape[0], 1]))
    return tf.squeeze(tf.sparse.to_dense(one_wide, default_value=UNKNOWN_TEXT), axis=1)


def unknown(dtype: tf.DType) -> str | float | int:
    if dtype == tf.string:
        return UNKNOWN_TEXT
    return math.nan if dtype.is_floating else UNKNOWN_INTEGER


def example(values: Mapping[str, bytes]) -> bytes:
    """A serialized tf.Example that knows some columns of text."""
    feature = {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value])) for name, value in values.items()}
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def _shape(request: spec.Request, name: str) -> list[None]:
    return [None, None] if name in request.lists else [None]


def _function(body: Callable[..., Any], signature: Any) -> Function:
    return tf.function(body, input_signature=[signature], autograph=False)
