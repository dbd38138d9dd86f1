"""Where a list over the catalogue puts a product: exact ranks, ties by hash (domain S6.5, S6.6).

A list is never built or sorted: the rank of a product is one plus the number of products that score higher, plus the
number of equal ones that come before it. The catalogue lies in tie order, so "before" is a smaller position.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shared.hashing import H

OUTSIDE = 0  # the rank of a product that is not in the catalogue: no list holds it
CELLS_AT_ONCE = 4_000_000  # of a block of scores: 16 MB of float32

ScoreBlock = Callable[[int, int], np.ndarray]  # lists [start, stop) -> scores [stop - start, catalogue]


def tie_order(products: np.ndarray, split_seed: int) -> np.ndarray:
    """The order in which equal scores are listed: of product ids (bytes), by `H("tie|" + split_seed, id)`."""
    hashes = [H(f"tie|{split_seed}", product.decode()) for product in products]
    return np.argsort(np.array(hashes, dtype=np.int64), kind="stable")


def positions_in(catalogue: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Index of each product in the catalogue's ids, -1 where it is outside."""
    order = np.argsort(catalogue)
    found = np.searchsorted(catalogue, products, sorter=order)
    index = order[np.minimum(found, len(catalogue) - 1)]
    return np.where(catalogue[index] == products, index, -1)


def dot_products(lists: np.ndarray, catalogue: np.ndarray) -> ScoreBlock:
    """Scores of a two-tower model: query embeddings times catalogue embeddings.

    Each distinct embedding is multiplied once: a matrix product rounds the same column differently at different places
    of the matrix, and equal candidates must tie exactly.
    """
    distinct, which = np.unique(catalogue, axis=0, return_inverse=True)
    if len(distinct) == len(catalogue):
        return lambda start, stop: lists[start:stop] @ catalogue.T
    return lambda start, stop: (lists[start:stop] @ distinct.T)[:, which]


def ranks(scores: ScoreBlock, lists: np.ndarray, positions: np.ndarray, catalogue_size: int) -> np.ndarray:
    """1-based rank of product `positions[i]` in list `lists[i]`; OUTSIDE where the position is -1."""
    result = np.full(len(lists), OUTSIDE, dtype=np.int64)
    inside = np.flatnonzero(positions >= 0)
    wanted = inside[np.argsort(lists[inside], kind="stable")]
    per_block = max(1, CELLS_AT_ONCE // catalogue_size)
    for start in range(0, len(wanted), per_block):
        block = wanted[start : start + per_block]
        first, last = lists[block[0]], lists[block[-1]]
        result[block] = _ranks_of_block(scores(first, last + 1), lists[block] - first, positions[block])
    return result


def _ranks_of_block(scores: np.ndarray, rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
    own = scores[rows, positions][:, np.newaxis]
    lists = scores[rows]
    before = np.arange(scores.shape[1]) < positions[:, np.newaxis]
    return 1 + np.count_nonzero(lists > own, axis=1) + np.count_nonzero((lists == own) & before, axis=1)
