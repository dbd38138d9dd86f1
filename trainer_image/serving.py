"""The model that a recommender serves: raw features in, product ids and scores out (domain S4.12)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from trainer_image.errors import RunFailed
from trainer_image.evaluation import Catalogue

# What stands for "not known" in a raw request. Every integer is a value; leave the feature out of a tf.Example instead.
UNKNOWN_TEXT = ""


@dataclass(frozen=True)
class _Untracked:
    """Hides an object from saving, which follows attributes."""

    value: Any


class Recommender(tf.Module):
    """Signatures: `serving_default` takes serialized tf.Examples, `raw` takes one tensor [batch] per feature.

    Times are wall-clock seconds (int64). In a raw request "" and NaN mean that a value is not known.
    """

    def __init__(
        self,
        transform_output: tft.TFTransformOutput,
        query_tower: tf.keras.Model,
        catalogue: Catalogue,
        request: Sequence[str],
        top_k: int,
    ) -> None:
        super().__init__()
        self._spec = transform_output.raw_feature_spec()
        self._request = list(request)
        self._top_k = min(top_k, len(catalogue.ids))
        self._query_tower = _Untracked(query_tower)
        # Attributes, because saving follows them: an untracked table or variable would be missing from the model. The
        # tower's variables rather than the tower: for every Keras layer, saving adds functions that nobody calls.
        self.query_variables = query_tower.variables
        self.transform = tf.saved_model.load(transform_output.transform_savedmodel_dir)
        self.product_ids = tf.Variable(catalogue.ids.tolist(), trainable=False)
        self.product_embeddings = tf.Variable(catalogue.embeddings, trainable=False)
        tensors = {name: tf.TensorSpec([None], self._spec[name].dtype, name) for name in self._request}
        sparse = {name: tf.SparseTensorSpec([None, None], self._spec[name].dtype) for name in self._request}
        self._recommend = _function(self._recommend_sparse, sparse)  # traced once, for both signatures
        self.serve_examples = _function(self._from_examples, tf.TensorSpec([None], tf.string, "examples"))
        self.serve_raw = _function(self._from_raw, tensors)

    def _from_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._recommend(tf.io.parse_example(examples, {name: self._spec[name] for name in self._request}))

    def _from_raw(self, features: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return self._recommend({name: _sparse(value) for name, value in features.items()})

    def _recommend_sparse(self, features: dict[str, tf.SparseTensor]) -> dict[str, tf.Tensor]:
        batch = next(iter(features.values())).dense_shape[0]
        absent = {name: _absent(spec.dtype, batch) for name, spec in self._spec.items() if name not in features}
        query = self._query_tower.value(self.transform.transform_fn(features | absent))
        scores = tf.matmul(query, self.product_embeddings, transpose_b=True)
        best, index = tf.math.top_k(scores, self._top_k)  # equal scores: the first, which is tie order
        return {"product_ids": tf.gather(self.product_ids, index), "scores": best}


def export(recommender: Recommender, folder: str, customer_column: str | None, customer: bytes) -> None:
    """Save, load again, and ask each signature once for a real customer: a model that fails this fails the run."""
    signatures = {"serving_default": recommender.serve_examples, "raw": recommender.serve_raw}
    tf.saved_model.save(recommender, folder, signatures=signatures)
    loaded = tf.saved_model.load(folder).signatures
    known = set(recommender.product_ids.numpy().tolist())
    _check_answer(loaded["serving_default"](examples=tf.constant([_example(customer_column, customer)])), known)
    request = {name: _unknown(spec) for name, spec in loaded["raw"].structured_input_signature[1].items()}
    if customer_column:
        request[customer_column] = tf.constant([customer])
    _check_answer(loaded["raw"](**request), known)


def _check_answer(answer: dict[str, tf.Tensor], known: set[bytes]) -> None:
    products = answer["product_ids"].numpy().ravel().tolist()
    finite = bool(tf.reduce_all(tf.math.is_finite(answer["scores"])))
    if not products or not set(products) <= known or not finite:
        raise RunFailed(
            "E_EXPORT", "The exported model does not answer with products of the catalogue. Report this run."
        )


def _example(column: str | None, value: bytes) -> bytes:
    """A serialized tf.Example that knows one column at most."""
    feature = {} if column is None else {column: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))}
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def _unknown(spec: tf.TensorSpec) -> tf.Tensor:
    """A batch of one that says nothing (of an integer: 0)."""
    if spec.dtype == tf.string:
        return tf.constant([UNKNOWN_TEXT])
    return tf.constant([math.nan if spec.dtype.is_floating else 0], spec.dtype)


def _sparse(value: tf.Tensor) -> tf.SparseTensor:
    """[batch] as a column of a tf.Example batch. (`tf.sparse.from_dense` would drop a 0, which is a value.)"""
    rows = tf.range(tf.shape(value, out_type=tf.int64)[0])
    if value.dtype == tf.string:
        known = tf.not_equal(value, UNKNOWN_TEXT)
    elif value.dtype.is_floating:
        known = tf.math.is_finite(value)
    else:
        known = tf.ones_like(value, tf.bool)
    indices = tf.stack([tf.boolean_mask(rows, known), tf.zeros_like(tf.boolean_mask(rows, known))], axis=1)
    return tf.SparseTensor(indices, tf.boolean_mask(value, known), tf.stack([tf.size(rows, tf.int64), 1]))


def _absent(dtype: tf.DType, batch: tf.Tensor) -> tf.SparseTensor:
    """A column of which no row has a value: what only the candidate tower reads."""
    return tf.SparseTensor(tf.zeros([0, 2], tf.int64), tf.zeros([0], dtype), tf.stack([batch, 1]))


def _function(body: Callable[..., Any], signature: Any) -> tf.types.experimental.GenericFunction:
    return tf.function(body, input_signature=[signature], autograph=False)
