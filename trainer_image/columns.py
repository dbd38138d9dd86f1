"""Raw columns inside the Transform graph. They arrive as sparse tensors, because any value may be missing."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

Inputs = Mapping[str, tf.SparseTensor]

MISSING = "__missing__"  # an ordinary value of a vocabulary (S3.6)


def column_of(inputs: Inputs, column: str) -> tf.SparseTensor:
    """The known values, [batch, items]."""
    if column not in inputs:
        raise KeyError(
            f"[QT:E_SCHEMA] `{column}` has no value in the whole train split, so nothing can be learned from it. "
            "Remove the feature, or widen the date window."
        )
    return inputs[column]


def known_text(inputs: Inputs, column: str) -> tf.SparseTensor:
    """Categories as text; integers become decimal strings."""
    known = column_of(inputs, column)
    return known if known.values.dtype == tf.string else known.with_values(tf.strings.as_string(known.values))


def text(inputs: Inputs, column: str, missing: str = MISSING) -> tf.Tensor:
    """[batch] of text."""
    return dense(known_text(inputs, column), tf.constant(missing))


def dense(known: tf.SparseTensor, missing: tf.Tensor) -> tf.Tensor:
    """[batch] from [batch, 1] (a row holds at most one value)."""
    return tf.reshape(_to_dense(known, missing, 1), [-1])


def dense_list(known: tf.SparseTensor, missing: tf.Tensor, length: int) -> tf.Tensor:
    """[batch, length]: the first items of each row, filled up with `missing`."""
    return _to_dense(tf.sparse.retain(known, known.indices[:, 1] < length), missing, length)


def _to_dense(known: tf.SparseTensor, missing: tf.Tensor, length: int) -> tf.Tensor:
    # The declared width of a sparse column is unknown until a batch arrives, and is 0 when a whole batch lacks it.
    sized = tf.SparseTensor(known.indices, known.values, tf.stack([known.dense_shape[0], length]))
    return tf.sparse.to_dense(sized, default_value=missing)
