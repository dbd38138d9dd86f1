"""Gradients as one tensor per variable, and the first tensor of a step that is not a number (domain S6.4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

DENSE_UP_TO = 4  # rows per lookup: a dense update of that many rows costs about as much as finding the equal ones
Gradient = tf.Tensor | tf.IndexedSlices


def summed(gradient: Gradient, variable: tf.Variable) -> Gradient:
    """Each row once: the gradient of an embedding table has a row for each lookup.

    The norm of a variable's gradient, which is clipped, is that of the sum over equal rows. A table with fewer rows
    than lookups becomes dense: finding equal rows takes XLA 20 times as long as adding them up (2,048 histories of 50).
    """
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    lookups = gradient.indices.shape[0]  # None outside XLA
    if lookups is not None and variable.shape[0] <= DENSE_UP_TO * lookups:
        return tf.convert_to_tensor(gradient)
    indices, position = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, position, tf.size(indices))
    return tf.IndexedSlices(values, indices, gradient.dense_shape)


def squares(gradients: Sequence[Gradient]) -> tf.Tensor:
    """Squared L2 norm of each variable's gradient [variables], before clipping."""
    return tf.stack([tf.reduce_sum(tf.square(_values(gradient))) for gradient in gradients])


def tensor_names(variables: Sequence[tf.Variable], others: Sequence[tf.Variable] = ()) -> list[str]:
    """What `first_bad` counts: the loss, then the gradients, then the weights, then what else a model keeps."""
    names = [name_of(variable) for variable in variables]
    gradients = (f"the gradient of {name}" for name in names)
    return ["the training loss", *gradients, *names, *(name_of(variable) for variable in others)]


def name_of(variable: tf.Variable) -> str:
    return variable.name.removesuffix(":0")


def first_bad(
    loss: tf.Tensor,
    norms: tf.Tensor,
    gradients: Sequence[Gradient],
    variables: Sequence[tf.Variable],
    others: Sequence[tf.Variable] = (),
) -> tf.Tensor:
    """Position in `tensor_names` of the first tensor that is not finite, after the step; -1 when all are.

    A gradient counts as finite when its norm is (`norms`: [variables], squared or not): a larger one would be clipped
    to nothing. Of a table that is updated by rows, the rows of this step are looked at: an optimizer changes the others
    by what it remembers of earlier steps, and they are looked at when the epoch ends.
    """
    weights = [
        tf.gather(variable, gradient.indices) if isinstance(gradient, tf.IndexedSlices) else variable
        for gradient, variable in zip(gradients, variables, strict=True)
    ]
    kept = [tf.reduce_any(~tf.math.is_finite(tensor)) for tensor in (*weights, *others)]
    bad = tf.concat([~tf.math.is_finite([loss]), ~tf.math.is_finite(norms), tf.stack(kept)], axis=0)
    return tf.where(tf.reduce_any(bad), tf.argmax(tf.cast(bad, tf.int32), output_type=tf.int32), -1)


def touched(gradient: Gradient) -> np.ndarray:
    """All entries on the host, equal rows added up, but those of rows that the step did not touch: they are zeros."""
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient.numpy()
    indices, values = gradient.indices.numpy(), gradient.values.numpy()
    order = np.argsort(indices, kind="stable")
    _, starts = np.unique(indices[order], return_index=True)
    return np.add.reduceat(values[order], starts)


def _values(gradient: Gradient) -> tf.Tensor:
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
