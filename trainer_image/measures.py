"""From ranks to metrics (domain S6.7, S6.8), per customer, so that they can be resampled."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shared.metrics import RECALL_AT
from trainer_image.ranking import OUTSIDE

LISTED = 10  # the length of the lists behind ndcg_at_10, coverage_at_10, novelty_at_10 and gini_at_10
DISCOUNTS = 1 / np.log2(np.arange(LISTED) + 2)  # of ranks 1, 2, ...
NEVER = np.iinfo(np.int64).max


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


def bought(purchases: Purchases) -> np.ndarray:
    """Distinct test products of each customer: |P_u| of S6.7."""
    return _count(purchases, np.ones(len(purchases.pair_customer)))


def ideal(purchases: Purchases) -> np.ndarray:
    """IDCG of each customer: `min(10, |P_u|)` hits at the top."""
    return np.cumsum(DISCOUNTS)[np.minimum(bought(purchases).astype(int), LISTED) - 1]


def customer_sums(purchases: Purchases, pair_ranks: np.ndarray) -> dict[str, np.ndarray]:
    """Of each customer: hits at each k, DCG, and the rank of the first hit (OUTSIDE when there is none)."""
    found = {f"hits_at_{k}": _count(purchases, _hit(pair_ranks, k)) for k in RECALL_AT}
    hit = _hit(pair_ranks, LISTED)
    gains = np.where(hit, DISCOUNTS[np.where(hit, pair_ranks - 1, 0)], 0.0)
    first = np.full(purchases.customers, NEVER)
    np.minimum.at(first, purchases.pair_customer, np.where(pair_ranks == OUTSIDE, NEVER, pair_ranks))
    return {**found, "dcg": _count(purchases, gains), "first_rank": np.where(first == NEVER, OUTSIDE, first)}


def tallies(purchases: Purchases, pair_ranks: np.ndarray) -> dict[str, Tally]:
    """Every metric that is a mean over customers."""
    sums, distinct = customer_sums(purchases, pair_ranks), bought(purchases)
    found = {}
    for k in RECALL_AT:
        hits = sums[f"hits_at_{k}"]
        found[f"recall_at_{k}"] = hits / distinct
        found[f"hit_rate_at_{k}"] = (hits > 0).astype(float)
        found[f"precision_at_{k}"] = hits / k
    found["ndcg_at_10"] = sums["dcg"] / ideal(purchases)
    found["mrr"] = np.where(sums["first_rank"] == OUTSIDE, 0.0, 1 / np.maximum(sums["first_rank"], 1))
    return {name: mean(values) for name, values in found.items()}


def row_tallies(purchases: Purchases, row_ranks: np.ndarray) -> dict[str, Tally]:
    """Every metric that is a mean over rows (S6.8)."""
    customer = purchases.pair_customer[purchases.row_pair]
    rows = np.bincount(customer, minlength=purchases.customers).astype(float)
    hits = {k: np.bincount(customer, _hit(row_ranks, k), purchases.customers) for k in RECALL_AT}
    return {f"row_recall_at_{k}": Tally((hits[k], rows)) for k in RECALL_AT}


def novelty(listed: np.ndarray, surprise: np.ndarray) -> Tally:
    """Mean surprise of the listed products, in bits; `surprise` is that of every product, see `surprises`."""
    inside = listed >= 0
    return Tally((np.where(inside, surprise[listed], 0.0).sum(axis=1), inside.sum(axis=1).astype(float)))


def surprises(buyers: np.ndarray, customers: int) -> np.ndarray:
    """-log2 of the share of train customers who bought a product, each share with one more buyer and customer."""
    return -np.log2((buyers + 1) / (customers + 1))


def gini(listed: np.ndarray, catalogue_size: int) -> Whole:
    """How unevenly lists show the products of the catalogue: 0 when each is in as many, near 1 when all show the same.

    With exposures x_1 <= ... <= x_n it is `sum((2 i - n - 1) x_i) / (n sum(x_i))`.
    """
    exposure = np.sort(np.bincount(listed[listed >= 0], minlength=catalogue_size))
    weights = 2 * np.arange(1, catalogue_size + 1) - catalogue_size - 1
    shown = exposure.sum()
    return Whole(float(weights @ exposure / (catalogue_size * shown)) if shown else math.nan, len(listed))


def coverage(listed: np.ndarray, catalogue_size: int) -> Whole:
    """Share of the catalogue in any of the lists; `listed` holds positions [customers, 10], -1 for none."""
    return Whole(len(np.unique(listed[listed >= 0])) / catalogue_size, len(listed))


def ceiling(purchases: Purchases, pair_inside: np.ndarray) -> dict[str, float]:
    """The best recall any list of length k could reach: products outside the catalogue are misses (S6.9)."""
    reachable, distinct = _count(purchases, pair_inside), bought(purchases)
    return {f"recall_at_{k}": float(np.mean(np.minimum(reachable, k) / distinct)) for k in RECALL_AT}


def _hit(ranks: np.ndarray, k: int) -> np.ndarray:
    return (ranks != OUTSIDE) & (ranks <= k)


def _count(purchases: Purchases, weights: np.ndarray) -> np.ndarray:
    return np.bincount(purchases.pair_customer, weights=weights, minlength=purchases.customers)
