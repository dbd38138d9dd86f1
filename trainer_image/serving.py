"""The model that is served: raw features in, lists of products or ratings out (domain S4.12, S3.11).

Each signature stands twice: for serialized tf.Examples, and (`raw`) for one tensor per column.

- lists: `serving_default` and `raw` -> `product_ids` and `scores` [batch, top_k], the best first. A list that ends
  early is filled up with "" at -inf.
- ratings: `rating` and `rating_raw` -> `rating` [batch], in units of the raw target. A ranking model, which has no
  lists, answers with them under `serving_default` and `raw` too.

In a raw request a column is [batch], a column of lists [batch, longest] and filled up at its end. Times are wall-clock
seconds (int64). "", NaN and -2^63 mean that a value is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from trainer_image import spec
from trainer_image.ann import Index
from trainer_image.baselines import Frequencies
from trainer_image.errors import RunFailed
from trainer_image.inputs import Columns
from trainer_image.serving_requests import Features, absent_column, example, functions, text_column, unknown
from trainer_image.targets import TargetTransform
from trainer_image.two_tower import TwoTower

NO_PRODUCT = b""
REASON = "Report this run."


@dataclass(frozen=True)
class Lists:
    """What lists are made of: ids (bytes) by position in the index, and what they leave out (None: nothing)."""

    product_ids: np.ndarray
    index: Index
    bought: Frequencies | None


@dataclass(frozen=True)
class _Untracked:
    """Hides an object from saving, which follows attributes."""

    value: Any


class Purchased(tf.Module):
    """What customers bought in train, for lists without it (S5.1)."""

    def __init__(self, bought: Frequencies) -> None:
        super().__init__()
        strangers = len(bought.customers)  # they have a last row of their own, which is empty
        numbers = tf.lookup.KeyValueTensorInitializer(
            bought.customers.tolist(), list(range(strangers)), tf.string, tf.int64
        )
        self.customers = tf.lookup.StaticHashTable(numbers, default_value=strangers)
        self.starts = tf.Variable([*bought.starts, bought.starts[-1]], dtype=tf.int64, trainable=False)
        self.position = tf.Variable(bought.position, dtype=tf.int64, trainable=False)
        self._catalogue_size = bought.catalogue_size

    def marks(self, customers: tf.Tensor) -> tf.Tensor:
        """Customer ids [batch] -> [batch, catalogue], true for products that the customer bought."""
        number = self.customers.lookup(customers)
        cells = tf.ragged.range(tf.gather(self.starts, number), tf.gather(self.starts, number + 1))
        bought = tf.stack([cells.value_rowids(), tf.gather(self.position, cells.flat_values)], axis=1)
        shape = tf.stack([tf.size(customers, tf.int64), self._catalogue_size])
        return tf.scatter_nd(bought, tf.ones_like(cells.flat_values, tf.bool), shape)


class Served(tf.Module):
    """What is saved; `answers` are its functions by signature. No lists: a ranking model; no target: a retrieval model.

    All it needs are attributes, because saving follows them: an untracked table or variable would be missing. Of the
    towers and the head it keeps the variables: for every Keras layer, saving adds functions that nobody calls.
    """

    def __init__(
        self,
        transform_output: tft.TFTransformOutput,
        model: TwoTower,
        serving: spec.Serving,
        lists: Lists | None,
        target: TargetTransform | None,
    ) -> None:
        super().__init__()
        self._dtypes = {name: column.dtype for name, column in transform_output.raw_feature_spec().items()}
        self._model = _Untracked(model)
        self._serving = _Untracked(serving)
        self._target = _Untracked(target)
        self.transform = tf.saved_model.load(transform_output.transform_savedmodel_dir)
        self.model_variables = model.query_tower.variables
        self.answers = {}
        if target is not None:
            self.model_variables += model.candidate_tower.variables + model.rating_head.variables
            self._sign("rating", "rating_raw", self._rate, serving.rating_request)
            self.answers["serving_default"] = self.answers["rating"]
            self.answers["raw"] = self.answers["rating_raw"]
        if lists is not None:
            self.index = lists.index
            self.product_ids = tf.Variable(lists.product_ids.tolist(), trainable=False)
            self.purchased = None if lists.bought is None else Purchased(lists.bought)
            self._sign("serving_default", "raw", self._recommend, self._list_request())

    def easiest_row(self, customers: np.ndarray) -> int:
        """Of some rows one whose customer has a list, even when lists are without what was bought."""
        if self.purchased is None:
            return 0
        number = self.purchased.customers.lookup(tf.constant(customers))
        starts = self.purchased.starts.numpy()
        return int(np.argmin(starts[number + 1] - starts[number]))

    def _list_request(self) -> spec.Request:
        """Leaving out what a customer bought needs the customer, whom a query tower may not look at."""
        request, customer = self._serving.value.request, self._serving.value.customer
        if self.purchased is None or customer in request.columns:
            return request
        return replace(request, columns=[*request.columns, customer])

    def _sign(self, of_examples: str, of_columns: str, answer: Any, request: spec.Request) -> None:
        self.answers[of_examples], self.answers[of_columns] = functions(answer, request, self._dtypes)

    def _recommend(self, features: Features) -> dict[str, tf.Tensor]:
        queries = self._model.value.query_tower(self._transformed(features), training=False)
        left_out = None
        if self.purchased is not None:
            left_out = self.purchased.marks(text_column(features[self._serving.value.customer]))
        positions, scores = self.index.search(queries, left_out)
        products = tf.where(tf.math.is_finite(scores), tf.gather(self.product_ids, positions), NO_PRODUCT)
        return {"product_ids": products, "scores": scores}

    def _rate(self, features: Features) -> dict[str, tf.Tensor]:
        model, inputs = self._model.value, self._transformed(features)
        queries, candidates = (tower(inputs, training=False) for tower in (model.query_tower, model.candidate_tower))
        return {"rating": self._target.value.inverse_tensor(model.rate(queries, candidates))}

    def _transformed(self, features: Features) -> dict[str, tf.Tensor]:
        batch = next(iter(features.values())).dense_shape[0]
        absent = {name: absent_column(dtype, batch) for name, dtype in self._dtypes.items() if name not in features}
        return self.transform.transform_fn({**features, **absent})


def export(served: Served, folder: str, serving: spec.Serving, test: Columns) -> None:
    """Save, load again, and ask every signature about a real row: a model that fails this fails the run (S4.12)."""
    tf.saved_model.save(served, folder, signatures=dict(served.answers))
    loaded = tf.saved_model.load(folder)
    products = set(served.product_ids.numpy().tolist()) if serving.request else set()
    row = served.easiest_row(test["id_customer"]) if serving.request else 0
    known = {serving.customer: test["id_customer"][row], serving.product: test["id_product"][row]}
    for signature in loaded.signatures.values():
        check_answer(signature(**_question(signature, known)), products)


def check_answer(answer: Mapping[str, tf.Tensor], catalogue: set[bytes]) -> None:
    """A rating is a number; a list holds products of the catalogue, as long as it is."""
    if "rating" in answer:
        if not np.isfinite(answer["rating"]).all():
            raise RunFailed("E_EXPORT", f"The exported model does not answer with a rating. {REASON}")
        return
    products, scores = answer["product_ids"].numpy().ravel(), answer["scores"].numpy().ravel()
    listed = set(products[np.isfinite(scores)].tolist())
    filled_up = products[np.isneginf(scores)]
    if not listed or not listed <= catalogue or len(listed) + len(filled_up) != len(products):
        raise RunFailed("E_EXPORT", f"The exported model does not answer with products of the catalogue. {REASON}")


def _question(signature: tf.types.experimental.ConcreteFunction, known: Mapping[str, bytes]) -> dict[str, tf.Tensor]:
    """A request of one row that says nothing but who and what."""
    inputs = signature.structured_input_signature[1]
    if set(inputs) == {"examples"}:
        return {"examples": tf.constant([example(known)])}
    return {
        name: tf.constant([known[name]])
        if name in known
        else tf.fill([1] * column.shape.rank, tf.constant(unknown(column.dtype), column.dtype))
        for name, column in inputs.items()
    }
