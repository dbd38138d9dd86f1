"""From ranks to metrics (domain S6.7, S6.8), per customer, so that they can be resampled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.metrics import RECALL_AT
from trainer_image.ranking import OUTSIDE

NDCG_AT = 10


@dataclass(frozen=True)
class Purchases:
    """What test customers bought: each (customer, product) once as a pair, and every row.

    Customers are numbered 0..customers-1; `row_pair` is the pair of each row.
    """

    customers: int
    pair_customer: np.ndarray
    row_pair: np.ndarray

    def subset(self, pairs: np.ndarray) -> tuple[Purchases, np.ndarray]:
        """Only some pairs (a mask), with customers numbered anew; and a mask of the rows that remain."""
        kept_customers, customer = np.unique(self.pair_customer[pairs], return_inverse=True)
        rows = pairs[self.row_pair]
        renumbered = np.cumsum(pairs) - 1
        return Purchases(len(kept_customers), customer, renumbered[self.row_pair[rows]]), rows


@dataclass(frozen=True)
class Tally:
    """A metric as a ratio of sums over customers; for a mean over customers every denominator is 1."""

    numerators: np.ndarray
    denominators: np.ndarray


def tallies(purchases: Purchases, pair_ranks: np.ndarray, row_ranks: np.ndarray) -> dict[str, Tally]:
    """Every metric of the registry, one number per customer."""
    per_customer = {**_recalls(purchases, pair_ranks), **_ranked(purchases, pair_ranks)}
    ones = np.ones(purchases.customers)
    return {name: Tally(values, ones) for name, values in per_customer.items()} | _rows(purchases, row_ranks)


def ceiling(purchases: Purchases, pair_inside: np.ndarray) -> dict[str, float]:
    """The best recall any list of length k could reach: products outside the catalogue are misses (S6.9)."""
    bought = _count(purchases, np.ones(len(purchases.pair_customer)))
    reachable = _count(purchases, pair_inside)
    return {f"recall_at_{k}": float(np.mean(np.minimum(reachable, k) / bought)) for k in RECALL_AT}


def _recalls(purchases: Purchases, pair_ranks: np.ndarray) -> dict[str, np.ndarray]:
    bought = _count(purchases, np.ones(len(pair_ranks)))
    found = {}
    for k in RECALL_AT:
        hits = _count(purchases, _hit(pair_ranks, k))
        found[f"recall_at_{k}"] = hits / bought
        found[f"hit_rate_at_{k}"] = (hits > 0).astype(float)
    return found


def _ranked(purchases: Purchases, pair_ranks: np.ndarray) -> dict[str, np.ndarray]:
    discounts = 1 / np.log2(np.arange(NDCG_AT) + 2)  # of ranks 1, 2, ...
    hit = _hit(pair_ranks, NDCG_AT)
    gains = np.where(hit, discounts[np.where(hit, pair_ranks - 1, 0)], 0.0)
    bought = _count(purchases, np.ones(len(pair_ranks))).astype(int)
    ideal = np.cumsum(discounts)[np.minimum(bought, NDCG_AT) - 1]
    reciprocal = np.zeros(purchases.customers)
    np.maximum.at(
        reciprocal, purchases.pair_customer, np.where(pair_ranks == OUTSIDE, 0, 1 / np.maximum(pair_ranks, 1))
    )
    return {"ndcg_at_10": _count(purchases, gains) / ideal, "mrr": reciprocal}


def _rows(purchases: Purchases, row_ranks: np.ndarray) -> dict[str, Tally]:
    customer = purchases.pair_customer[purchases.row_pair]
    rows = np.bincount(customer, minlength=purchases.customers).astype(float)
    return {
        f"row_recall_at_{k}": Tally(
            np.bincount(customer, weights=_hit(row_ranks, k), minlength=purchases.customers), rows
        )
        for k in RECALL_AT
    }


def _hit(ranks: np.ndarray, k: int) -> np.ndarray:
    return (ranks != OUTSIDE) & (ranks <= k)


def _count(purchases: Purchases, weights: np.ndarray) -> np.ndarray:
    return np.bincount(purchases.pair_customer, weights=weights, minlength=purchases.customers)
