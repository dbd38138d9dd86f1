"""What a two-tower model must beat (domain S6.16): what everybody buys, and what this customer bought before.

Those that look at what goes with what are in `item_baselines`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer_image.inputs import Columns, select
from trainer_image.ranking import Bought, ScoreBlock, positions_in

SECONDS_PER_DAY = 86_400
RECENT_DAYS = 28


@dataclass(frozen=True)
class Frequencies:
    """Distinct purchases of the train split by customer (sorted ids) and catalogue position, as a sparse matrix.

    Cells of customer `c` are `starts[c]:starts[c + 1]` of `position` (ascending) and `count`.
    """

    customers: np.ndarray
    starts: np.ndarray
    position: np.ndarray
    count: np.ndarray
    catalogue_size: int


def frequencies(train: Columns, catalogue: np.ndarray) -> Frequencies:
    """F[u, p] of S6.16. A purchase is an order; where there is none, a day; without time a row (S1.6)."""
    customers, customer = np.unique(train["id_customer"], return_inverse=True)
    position = positions_in(catalogue, train["id_product"])
    known = position >= 0
    cells, cell = np.unique(customer[known] * len(catalogue) + position[known], return_inverse=True)
    units, unit = np.unique(purchase_units(train)[known], return_inverse=True)
    distinct = np.unique(cell * len(units) + unit)
    owner = cells // len(catalogue)
    return Frequencies(
        customers=customers,
        starts=np.searchsorted(owner, np.arange(len(customers) + 1)),
        position=cells % len(catalogue),
        count=np.bincount(distinct // len(units), minlength=len(cells)),
        catalogue_size=len(catalogue),
    )


def recent(train: Columns) -> Columns:
    """Rows of the last 28 days of train (S6.16)."""
    day = train["id_seconds"] // SECONDS_PER_DAY
    return select(train, np.flatnonzero(day > day.max() - RECENT_DAYS))


def bought_by(frequency: Frequencies, customers: np.ndarray) -> Bought:
    """What each of some customers (ids) bought in train."""
    return Bought(positions_in(frequency.customers, customers), frequency.starts, frequency.position)


def popularity(frequency: Frequencies) -> np.ndarray:
    """Purchases of each product by anybody, [catalogue], int64."""
    counts = np.bincount(frequency.position, weights=frequency.count, minlength=frequency.catalogue_size)
    return counts.astype(np.int64)


def popularity_scores(frequency: Frequencies) -> ScoreBlock:
    scores = popularity(frequency)
    return lambda start, stop: np.broadcast_to(scores, (stop - start, len(scores)))


def personal_scores(frequency: Frequencies, customers: np.ndarray) -> ScoreBlock:
    """F[u, p], then popularity as the tie-break below the smallest difference; popularity for unknown customers."""
    everybody = popularity(frequency)
    weight = int(everybody.max()) + 1  # one purchase outweighs any popularity; exact in int64
    known = positions_in(frequency.customers, customers)

    def block(start: int, stop: int) -> np.ndarray:
        scores = np.tile(everybody, (stop - start, 1))
        for row, customer in enumerate(known[start:stop]):
            if customer >= 0:
                cells = slice(frequency.starts[customer], frequency.starts[customer + 1])
                scores[row, frequency.position[cells]] += frequency.count[cells] * weight
        return scores

    return block


def purchase_units(train: Columns) -> np.ndarray:
    """A number per row, equal for rows of one order, or of one day (or row) where there is no order: `id_order` b""."""
    count = len(train["id_product"])
    fallback = train["id_seconds"] // SECONDS_PER_DAY if "id_seconds" in train else np.arange(count)
    days, day = np.unique(fallback, return_inverse=True)
    if "id_order" not in train:
        return day
    order = np.unique(train["id_order"], return_inverse=True)[1]
    return np.where(train["id_order"] == b"", day, len(days) + order)
