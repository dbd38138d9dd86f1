"""Resamples of customers, the same for the same customers wherever they are drawn (domain S6.12, S7.8)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from shared.hashing import H

RESAMPLES = 2_000
FEWEST = 20  # customers: below this there is no interval
CELLS_AT_ONCE = 4_000_000


def resamples(customers: int, split_seed: int, population: str) -> Iterator[np.ndarray]:
    """`RESAMPLES` draws of that many customers with replacement, in blocks [some, customers]: how often each is in."""
    generator = np.random.default_rng(H(f"boot|{split_seed}", population))
    size = max(1, min(RESAMPLES, CELLS_AT_ONCE // max(1, customers)))
    for start in range(0, RESAMPLES, size):
        yield multinomial(generator, min(size, RESAMPLES - start), customers)


def multinomial(generator: np.random.Generator, count: int, customers: int) -> np.ndarray:
    """`count` draws of that many with replacement: how often each is in [count, customers]."""
    drawn = generator.integers(customers, size=(count, customers))
    cells = (drawn + np.arange(count)[:, np.newaxis] * customers).ravel()
    return np.bincount(cells, minlength=count * customers).reshape(count, customers).astype(np.float64)
