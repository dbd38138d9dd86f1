"""Baselines that know what is bought with what (domain S6.16): item kNN and EASE.

Both score a product for a customer as the customer's row of a purchase matrix times a weight per pair of products. The
sums are made in float64 and compared in float32, so that scores which are equal on paper tie.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from trainer_image.baselines import Frequencies, popularity
from trainer_image.ranking import ScoreBlock, first, positions_in

NEIGHBOURS = 100
SHRINK = 20
EASE_LARGEST = 10_000  # products: its matrix is dense
EASE_L = (10, 50, 200, 1000)
CELLS_AT_ONCE = 4_000_000
ROWS_AT_ONCE = 512


def bought_at_all(frequency: Frequencies) -> sparse.csr_matrix:
    """X of S6.16: 1 where a customer bought a product, [customers, catalogue]."""
    return _matrix(frequency, np.ones(len(frequency.count)))


def log_counts(frequency: Frequencies) -> sparse.csr_matrix:
    """Z of S6.16: ln(1 + F)."""
    return _matrix(frequency, np.log1p(frequency.count))


def neighbours(bought: sparse.csr_matrix) -> sparse.csr_matrix:
    """Cosine of the columns of X with shrinkage: of each product its most similar others, and itself.

    Column j holds `x_i x_j / (|x_i| |x_j| + SHRINK)` for the columns x of X.
    """
    lengths = np.sqrt(np.asarray(bought.multiply(bought).sum(axis=0)).ravel())
    transposed = bought.T.tocsr()
    size = bought.shape[1]
    step = max(1, CELLS_AT_ONCE // size)
    columns = []
    for start in range(0, size, step):
        both = (transposed[start : start + step] @ bought).toarray()
        similarity = both / (np.outer(lengths[start : start + step], lengths) + SHRINK)
        own = np.arange(len(both)), start + np.arange(len(both))
        others = similarity.copy()
        others[own] = 0
        kept = first(others, NEIGHBOURS) & (others > 0)
        kept[own] = True
        columns.append(sparse.csr_matrix(np.where(kept, similarity, 0)))
    return sparse.vstack(columns).T.tocsr()


def gram(profiles: sparse.csr_matrix) -> np.ndarray:
    """Z^T Z, dense [catalogue, catalogue]."""
    return (profiles.T @ profiles).toarray()


def ease(products: np.ndarray, regularisation: float) -> np.ndarray:
    """W of EASE (Steck, WWW 2019) from Z^T Z: `I - P diag(1 / P_jj)` with `P = (Z^T Z + l I)^-1`."""
    system = np.array(products, order="F")
    system[np.diag_indices_from(system)] += regularisation
    factor, failed = lapack.dpotrf(system, lower=1, overwrite_a=1)
    inverse, failed = lapack.dpotri(factor, lower=1, overwrite_c=1) if not failed else (factor, failed)
    if failed:
        raise ArithmeticError(f"Z^T Z + {regularisation} I is not positive definite (LAPACK says {failed})")
    weights = inverse.T  # LAPACK fills one triangle, and its rows are numpy's columns
    diagonal = np.diag(weights).copy()
    _mirror(weights)
    weights /= -diagonal
    weights[np.diag_indices_from(weights)] = 0
    return weights


def _mirror(upper: np.ndarray) -> None:
    """Fill the lower triangle, block by block in place: many times faster than adding transposed copies."""
    for start in range(0, len(upper), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        block = np.triu(upper[rows, rows])
        upper[rows, rows] = block + np.triu(block, 1).T
        upper[start + ROWS_AT_ONCE :, rows] = upper[rows, start + ROWS_AT_ONCE :].T


def scores(
    frequency: Frequencies, profiles: sparse.csr_matrix, weights: np.ndarray | sparse.csr_matrix, customers: np.ndarray
) -> ScoreBlock:
    """Profile times weights; popularity for customers who bought nothing of the catalogue in train."""
    everybody = popularity(frequency)
    known = positions_in(frequency.customers, customers)
    bought_some = np.diff(frequency.starts)[known] > 0
    owner = np.where(bought_some, known, -1)

    def block(start: int, stop: int) -> np.ndarray:
        of_lists = owner[start:stop]
        found = np.tile(everybody.astype(np.float32), (stop - start, 1))
        rows = np.flatnonzero(of_lists >= 0)
        product = profiles[of_lists[rows]] @ weights
        found[rows] = product.toarray() if sparse.issparse(product) else product
        return found

    return block


def _matrix(frequency: Frequencies, values: np.ndarray) -> sparse.csr_matrix:
    shape = (len(frequency.customers), frequency.catalogue_size)
    return sparse.csr_matrix((values, frequency.position, frequency.starts), shape=shape)
