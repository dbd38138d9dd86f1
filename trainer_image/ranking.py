"""Where a list over the catalogue puts a product: exact ranks, ties by hash (domain S6.5, S6.6).

A list is never built or sorted: the rank of a product is one plus the number of products that score higher, plus the
number of equal ones that come before it. The catalogue lies in tie order, so "before" is a smaller position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from shared.hashing import H

OUTSIDE = 0  # the rank of a product that a list does not hold
CELLS_AT_ONCE = 4_000_000  # of a block of scores: 16 MB of float32
CELLS_KEPT = 50_000_000  # 200 MB

ScoreBlock = Callable[[int, int], np.ndarray]  # lists [start, stop) -> scores [stop - start, catalogue]


@dataclass(frozen=True)
class Bought:
    """What the customer of each list bought in train, as catalogue positions.

    Those of list `i` are `position[starts[o] : starts[o + 1]]` with `o = owner[i]`; none where the owner is -1.
    """

    owner: np.ndarray
    starts: np.ndarray
    position: np.ndarray

    def cells(self, lists: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Every bought product of some lists: index into `lists`, and position."""
        owner = self.owner[lists]
        first = np.where(owner >= 0, self.starts[owner], 0)
        lengths = np.where(owner >= 0, self.starts[owner + 1] - first, 0)
        skipped = np.cumsum(lengths) - lengths
        index = np.repeat(first - skipped, lengths) + np.arange(lengths.sum())
        return np.repeat(np.arange(len(lists)), lengths), self.position[index]


def nothing_bought(lists: int) -> Bought:
    return Bought(np.full(lists, -1), np.zeros(1, np.int64), np.zeros(0, np.int64))


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


def remembered(scores: ScoreBlock, lists: int, catalogue_size: int) -> ScoreBlock:
    """The same scores, computed once where memory allows: a list is looked at several times."""
    if lists * catalogue_size > CELLS_KEPT:
        return scores
    table = np.concatenate([scores(start, stop) for start, stop in _list_blocks(lists, catalogue_size)])
    return lambda start, stop: table[start:stop]


def ranks(
    scores: ScoreBlock, lists: np.ndarray, positions: np.ndarray, catalogue_size: int, bought: Bought
) -> tuple[np.ndarray, np.ndarray]:
    """1-based rank of product `positions[i]` in list `lists[i]`, OUTSIDE where the position is -1; and the same in the
    list without what its customer bought in train, OUTSIDE where that is the product itself."""
    whole = np.full(len(lists), OUTSIDE, dtype=np.int64)
    new = whole.copy()
    inside = np.flatnonzero(positions >= 0)
    wanted = inside[np.argsort(lists[inside], kind="stable")]
    per_block = max(1, CELLS_AT_ONCE // catalogue_size)
    for start in range(0, len(wanted), per_block):
        block = wanted[start : start + per_block]
        first, last = lists[block[0]], lists[block[-1]]
        ahead = _ahead(scores(first, last + 1), lists[block] - first, positions[block])
        whole[block] = 1 + np.count_nonzero(ahead, axis=1)
        row, cell = bought.cells(lists[block])
        left_out = np.bincount(row, weights=ahead[row, cell], minlength=len(block)).astype(np.int64)
        new[block] = whole[block] - left_out
        new[block[row[cell == positions[block][row]]]] = OUTSIDE
    return whole, new


def top(scores: ScoreBlock, lists: int, catalogue_size: int, k: int, bought: Bought | None) -> np.ndarray:
    """Positions of the first `k` products of every list, in no order, [lists, k]; -1 where a list is shorter.

    Given `bought`, the lists are without what their customers bought in train.
    """
    listed = np.full((lists, k), -1)
    for start, stop in _list_blocks(lists, catalogue_size):
        block = scores(start, stop)
        if bought is not None:
            block = without(block, *bought.cells(np.arange(start, stop)))
        row, position = np.nonzero(first(block, k))
        nth = np.arange(len(row)) - np.searchsorted(row, row)
        listed[start + row, nth] = position
    return listed


def without(scores: np.ndarray, row: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """The scores with some cells at `lowest`, which no list holds."""
    rest = np.array(scores)
    rest[row, cell] = lowest(scores)
    return rest


def lowest(scores: np.ndarray) -> float | int:
    return np.iinfo(scores.dtype).min if np.issubdtype(scores.dtype, np.integer) else -np.inf


def first(scores: np.ndarray, k: int) -> np.ndarray:
    """Mask of the `k` highest scores of each row, of equal ones the first; a cell at `lowest` is never among them."""
    k = min(k, scores.shape[1])
    kth = np.partition(scores, -k, axis=1)[:, -k][:, np.newaxis]
    found = scores >= kth
    crowded = np.flatnonzero(np.count_nonzero(found, axis=1) > k)  # rows where not all that equal the last one fit
    above, level = scores[crowded] > kth[crowded], scores[crowded] == kth[crowded]
    room = k - np.count_nonzero(above, axis=1)[:, np.newaxis]
    found[crowded] = above | (level & (np.cumsum(level, axis=1) <= room))
    return found & (scores > lowest(scores))


def _ahead(scores: np.ndarray, rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Mask of the products that come before product `positions[i]` in list `rows[i]`."""
    own = scores[rows, positions][:, np.newaxis]
    lists = scores[rows]
    before = np.arange(scores.shape[1]) < positions[:, np.newaxis]
    return (lists > own) | ((lists == own) & before)


def _list_blocks(lists: int, catalogue_size: int) -> Iterator[tuple[int, int]]:
    size = max(1, CELLS_AT_ONCE // catalogue_size)
    return ((start, min(start + size, lists)) for start in range(0, lists, size))
