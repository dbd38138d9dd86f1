"""From ranks to metrics (domain S6.7, S6.8), per customer, so that they can be resampled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shared.metrics import RECALL_AT
from trainer_image.ranking import OUTSIDE

LISTED = 10  # the length of the lists behind ndcg_at_10 and coverage_at_10


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


def ratio(numerator: np.ndarray, count: np.ndarray) -> np.ndarray:
    return numerator / count


@dataclass(frozen=True)
class Tally:
    """A metric as a function of sums over customers; the last sum counts what it is measured on.

    `sums` holds one number per customer for each argument of `formula`, which is applied to their (resampled) totals.
    """

    sums: tuple[np.ndarray, ...]
    formula: Callable[..., np.ndarray] = ratio

    def value(self) -> float:
        return float(self.formula(*(of_customers.sum() for of_customers in self.sums)))

    @property
    def total(self) -> int:
        return int(self.sums[-1].sum())

    @property
    def contributors(self) -> int:
        """Customers that the metric knows anything about."""
        return int(np.count_nonzero(self.sums[-1]))


@dataclass(frozen=True)
class Whole:
    """A metric of all lists together, which has no share per customer and so no interval (S6.12)."""

    figure: float
    contributors: int

    def value(self) -> float:
        return self.figure

    @property
    def total(self) -> int:
        return self.contributors


def mean(values: np.ndarray) -> Tally:
    return Tally((values, np.ones(len(values))))


def tallies(purchases: Purchases, pair_ranks: np.ndarray) -> dict[str, Tally]:
    """Every metric that is a mean over customers."""
    per_customer = {**_hits(purchases, pair_ranks), **_ranked(purchases, pair_ranks)}
    return {name: mean(values) for name, values in per_customer.items()}


def row_tallies(purchases: Purchases, row_ranks: np.ndarray) -> dict[str, Tally]:
    """Every metric that is a mean over rows (S6.8)."""
    customer = purchases.pair_customer[purchases.row_pair]
    rows = np.bincount(customer, minlength=purchases.customers).astype(float)
    hits = {k: np.bincount(customer, _hit(row_ranks, k), purchases.customers) for k in RECALL_AT}
    return {f"row_recall_at_{k}": Tally((hits[k], rows)) for k in RECALL_AT}


def coverage(listed: np.ndarray, catalogue_size: int) -> Whole:
    """Share of the catalogue in any of the lists; `listed` holds positions [customers, 10], -1 for none."""
    return Whole(len(np.unique(listed[listed >= 0])) / catalogue_size, len(listed))


def ceiling(purchases: Purchases, pair_inside: np.ndarray) -> dict[str, float]:
    """The best recall any list of length k could reach: products outside the catalogue are misses (S6.9)."""
    bought = _count(purchases, np.ones(len(purchases.pair_customer)))
    reachable = _count(purchases, pair_inside)
    return {f"recall_at_{k}": float(np.mean(np.minimum(reachable, k) / bought)) for k in RECALL_AT}


def _hits(purchases: Purchases, pair_ranks: np.ndarray) -> dict[str, np.ndarray]:
    bought = _count(purchases, np.ones(len(pair_ranks)))
    found = {}
    for k in RECALL_AT:
        hits = _count(purchases, _hit(pair_ranks, k))
        found[f"recall_at_{k}"] = hits / bought
        found[f"hit_rate_at_{k}"] = (hits > 0).astype(float)
        found[f"precision_at_{k}"] = hits / k
    return found


def _ranked(purchases: Purchases, pair_ranks: np.ndarray) -> dict[str, np.ndarray]:
    discounts = 1 / np.log2(np.arange(LISTED) + 2)  # of ranks 1, 2, ...
    hit = _hit(pair_ranks, LISTED)
    gains = np.where(hit, discounts[np.where(hit, pair_ranks - 1, 0)], 0.0)
    bought = _count(purchases, np.ones(len(pair_ranks))).astype(int)
    ideal = np.cumsum(discounts)[np.minimum(bought, LISTED) - 1]
    reciprocal = np.zeros(purchases.customers)
    np.maximum.at(
        reciprocal, purchases.pair_customer, np.where(pair_ranks == OUTSIDE, 0, 1 / np.maximum(pair_ranks, 1))
    )
    return {"ndcg_at_10": _count(purchases, gains) / ideal, "mrr": reciprocal}


def _hit(ranks: np.ndarray, k: int) -> np.ndarray:
    return (ranks != OUTSIDE) & (ranks <= k)


def _count(purchases: Purchases, weights: np.ndarray) -> np.ndarray:
    return np.bincount(purchases.pair_customer, weights=weights, minlength=purchases.customers)
