"""Gradients as one tensor per variable, and the first tensor of a step that is not a number (domain S6.4)."""

from __future__ import annotations

from collections.abc import Sequence

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


def norm(gradients: Sequence[Gradient]) -> tf.Tensor:
    """L2 norm over all variables, before clipping."""
    return tf.linalg.global_norm(gradients)


def tensor_names(variables: Sequence[tf.Variable]) -> list[str]:
    """What `first_bad` counts: the loss, then the gradients, then the weights."""
    names = [variable.name.removesuffix(":0") for variable in variables]
    return ["the training loss", *(f"the gradient of {name}" for name in names), *(f"{name}" for name in names)]


def first_bad(loss: tf.Tensor, gradients: Sequence[Gradient], variables: Sequence[tf.Variable]) -> tf.Tensor:
    """Position in `tensor_names` of the first tensor that is not finite, after the step; -1 when all are.

    Of a table that is updated by rows, the rows of this step are looked at: the others have not changed.
    """
    weights = [
        tf.gather(variable, gradient.indices) if isinstance(gradient, tf.IndexedSlices) else variable
        for gradient, variable in zip(gradients, variables, strict=True)
    ]
    values = [gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient for gradient in gradients]
    bad = tf.stack([tf.reduce_any(~tf.math.is_finite(tensor)) for tensor in (loss, *values, *weights)])
    return tf.where(tf.reduce_any(bad), tf.argmax(tf.cast(bad, tf.int32), output_type=tf.int32), -1)
