"""What a rating must beat (domain S6.16): the mean, the mean of the product, and how customers and products differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import Ridge

from trainer_image.inputs import Columns, rows
from trainer_image.ranking import positions_in

PSEUDO_ROWS = 20
ALPHAS = (0.3, 1.0, 3.0, 10.0)

Predict = Callable[[Columns], np.ndarray]  # rows of a split -> their target, transformed


@dataclass(frozen=True)
class RatingBaseline:
    predict: Predict
    params: Mapping[str, Any]


def rating_baselines(train: Columns, evaluation: Columns) -> dict[str, RatingBaseline]:
    """Fitted on the transformed target of `train`; `evaluation` chooses the strength of the ridge."""
    return {
        "global_mean": global_mean(train),
        "product_mean": product_mean(train),
        "bias": bias(train, evaluation),
    }


def global_mean(train: Columns) -> RatingBaseline:
    mean = float(np.mean(train["target"], dtype=np.float64))
    return RatingBaseline(lambda split: np.full(rows(split), mean), {})


def product_mean(train: Columns) -> RatingBaseline:
    """Mean of the product's rows and of 20 rows at the mean of all; the latter alone for a product that train lacks."""
    mean = np.mean(train["target"], dtype=np.float64)
    products, product = np.unique(train["id_product"], return_inverse=True)
    above = np.bincount(product, weights=train["target"] - mean) / (np.bincount(product) + PSEUDO_ROWS)

    def predict(split: Columns) -> np.ndarray:
        position = positions_in(products, split["id_product"])
        return mean + np.where(position >= 0, above[position], 0)

    return RatingBaseline(predict, {"pseudo_rows": PSEUDO_ROWS})


def bias(train: Columns, evaluation: Columns) -> RatingBaseline:
    """An intercept and one weight per customer and per product, shrunk; of an unknown one the weight is 0."""
    customers, products = np.unique(train["id_customer"]), np.unique(train["id_product"])

    def one_hot(split: Columns) -> sparse.csr_matrix:
        blocks = [_one_hot(customers, split["id_customer"]), _one_hot(products, split["id_product"])]
        return sparse.hstack(blocks, format="csr")

    known, asked = one_hot(train), one_hot(evaluation)
    target = train["target"].astype(np.float64)
    ridges = {alpha: Ridge(alpha=alpha, solver="lsqr", tol=1e-6).fit(known, target) for alpha in ALPHAS}
    errors = {alpha: np.mean((ridge.predict(asked) - evaluation["target"]) ** 2) for alpha, ridge in ridges.items()}
    best = min(errors, key=errors.__getitem__)
    return RatingBaseline(lambda split: ridges[best].predict(one_hot(split)), {"alpha": best})


def _one_hot(known: np.ndarray, ids: np.ndarray) -> sparse.csr_matrix:
    position = positions_in(known, ids)
    row = np.flatnonzero(position >= 0)
    return sparse.csr_matrix((np.ones(len(row)), (row, position[row])), shape=(len(ids), len(known)))
