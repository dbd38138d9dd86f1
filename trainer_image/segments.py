"""Parts of the test split that a model may serve unequally well (domain S6.14)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trainer_image.baselines import frequencies, popularity, purchase_units
from trainer_image.inputs import Columns
from trainer_image.intervals import Measures
from trainer_image.ranking import positions_in

# Purchases in train, from and up to; of customers without one the model knows nothing but their features.
ACTIVITY = {"0": (0, 0), "1-2": (1, 2), "3-9": (3, 9), "10+": (10, np.inf)}
# Products by purchases in train: the fewest that hold so much of all purchases, then those that fill up to the next
# bound; the rest, and what train lacks, is the tail.
POPULARITY = {"head": 0.5, "middle": 0.8, "tail": 1.0}
METRICS = (
    *("recall_at_5", "recall_at_10", "recall_at_50", "recall_at_100", "ndcg_at_10", "mrr"),
    *("rmse", "mae"),
)

Segments = Mapping[str, Mapping[str, np.ndarray]]  # kind -> segment -> mask of the test rows


def segments(train: Columns, test: Columns) -> Segments:
    """All test rows are in one segment of each kind."""
    return {"activity": _activity(train, test), "popularity": _popularity(train, test)}


def headline(measures: Measures) -> Measures:
    """What of a segment is shown."""
    return {name: measure for name, measure in measures.items() if name in METRICS}


def _activity(train: Columns, test: Columns) -> dict[str, np.ndarray]:
    customers, purchases = purchases_by_customer(train)
    known = positions_in(customers, test["id_customer"])
    count = np.where(known >= 0, purchases[known], 0)
    return {name: (low <= count) & (count <= high) for name, (low, high) in ACTIVITY.items()}


def _popularity(train: Columns, test: Columns) -> dict[str, np.ndarray]:
    products = np.unique(train["id_product"])
    bought = popularity(frequencies(train, products))
    order = np.argsort(-bought, kind="stable")  # of equally popular ones the first by id
    before = np.empty(len(products))
    before[order] = np.cumsum(bought[order]) - bought[order]
    known = positions_in(products, test["id_product"])
    share = np.where(known >= 0, before[known] / bought.sum(), 1.0)
    bounds = np.array([*POPULARITY.values()])[:-1]
    return {name: np.searchsorted(bounds, share, side="right") == i for i, name in enumerate(POPULARITY)}


def purchases_by_customer(train: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Customers of train (ids, sorted) and how often each bought: orders; without one (product, day) or rows (S1.6)."""
    customers, customer = np.unique(train["id_customer"], return_inverse=True)
    products, product = np.unique(train["id_product"], return_inverse=True)
    unit = purchase_units(train)
    ordered = train["id_order"] != b"" if "id_order" in train else np.zeros(len(unit), dtype=bool)
    codes = np.where(ordered, unit * len(products), unit * len(products) + product)  # no order has the unit of a day
    _, purchase = np.unique(codes, return_inverse=True)
    once = np.unique(customer * (purchase.max() + 1) + purchase)
    return customers, np.bincount(once // (purchase.max() + 1), minlength=len(customers))
