"""The model that a recommender serves: raw features in, product ids and scores out (domain S4.12)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf
import tensorflow_transform as tft

from trainer_image.errors import RunFailed
from trainer_image.evaluation import Catalogue

# What stands for "not known" in a raw request. Every integer is a value; leave the feature out of a tf.Example instead.
UNKNOWN_TEXT = ""


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
        spec = transform_output.raw_feature_spec()
        self._spec = {name: spec[name] for name in request}
        self._top_k = min(top_k, len(catalogue.ids))
        # Attributes, because saving follows them: an untracked table or variable would be missing from the model.
        self.transform = transform_output.transform_features_layer()
        self.query_tower = query_tower
        self.product_ids = tf.Variable(catalogue.ids.tolist(), trainable=False)
        self.product_embeddings = tf.Variable(catalogue.embeddings, trainable=False)
        self.serve_examples = tf.function(
            self._examples, input_signature=[tf.TensorSpec([None], tf.string, "examples")]
        )
        tensors = {name: tf.TensorSpec([None], feature.dtype, name) for name, feature in self._spec.items()}
        self.serve_raw = tf.function(self._raw, input_signature=[tensors])

    def _examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._recommend(tf.io.parse_example(examples, self._spec))

    def _raw(self, features: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return self._recommend({name: _sparse(value) for name, value in features.items()})

    def _recommend(self, features: dict[str, tf.SparseTensor]) -> dict[str, tf.Tensor]:
        query = self.query_tower(self.transform(features))
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
