"""Gradients as one tensor per variable, what a step tells about them, and its first tensor that is not a number
(domain S6.1, S6.3, S6.4)."""

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


def squares(gradients: Sequence[Gradient]) -> tf.Tensor:
    """Squared L2 norm of each variable's gradient [variables], before clipping."""
    return tf.stack([tf.reduce_sum(tf.square(_values(gradient))) for gradient in gradients])


def distribution(gradients: Sequence[Gradient], leaf_of: Sequence[int], above: Sequence[float]) -> dict[str, tf.Tensor]:
    """Of the entries of each leaf's gradients, of which those of rows that the step did not touch are not here:

    `moments` [leaves, 4] float64: their sum and sum of squares, the least and the greatest; `reached` [leaves, 42]:
    how many there are, and how many are at or above each of the thresholds `above`.
    """
    edges = tf.constant(above, tf.float32)[:, tf.newaxis]
    moments, reached = [], []
    for gradient in gradients:
        values = tf.reshape(_values(gradient), [1, -1])
        wide = tf.cast(values, tf.float64)
        least, greatest = (tf.cast(of(values), tf.float64) for of in (tf.reduce_min, tf.reduce_max))
        moments.append(tf.stack([tf.reduce_sum(wide), tf.reduce_sum(tf.square(wide)), least, greatest]))
        counts = tf.reduce_sum(tf.cast(values >= edges, tf.int32), axis=1)
        reached.append(tf.concat([[tf.size(values)], counts], axis=0))
    together = tf.stack(moments)
    of_leaves = int(max(leaf_of)) + 1
    sums = tf.math.unsorted_segment_sum(together[:, :2], leaf_of, of_leaves)
    lows = tf.math.unsorted_segment_min(together[:, 2:3], leaf_of, of_leaves)
    highs = tf.math.unsorted_segment_max(together[:, 3:], leaf_of, of_leaves)
    return {
        "moments": tf.concat([sums, lows, highs], axis=1),
        "reached": tf.math.unsorted_segment_sum(tf.stack(reached), leaf_of, of_leaves),
    }


def no_distribution(leaves: int, edges: int) -> dict[str, tf.Tensor]:
    """In the shape of `distribution`, for a step that is not looked at."""
    return {"moments": tf.zeros([leaves, 4], tf.float64), "reached": tf.zeros([leaves, edges + 1], tf.int32)}


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


def _values(gradient: Gradient) -> tf.Tensor:
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
