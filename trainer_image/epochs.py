"""The figures of one epoch, on the eval split (domain S6.1)."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from shared.hashing import H
from shared.metrics import RECALL_AT
from shared.results import EvalFigures
from trainer_image.evaluation import model_ranks, question
from trainer_image.inputs import Columns, rows, select
from trainer_image.intervals import value
from trainer_image.measures import tallies
from trainer_image.retrieval import in_batch_softmax
from trainer_image.scoring import Scorer

CUSTOMERS = 2_000  # measured after each epoch, the same ones each time (S4.13)


class EpochEvaluation:
    """Loss over the whole eval split, recall over at most CUSTOMERS of its customers; everything fixed is done once.

    The loss is the training loss, logQ included, over batches of the same size, so that the two curves compare. Rows
    are shuffled once, because the rows of one customer lie together and would be each other's negatives.
    """

    def __init__(
        self,
        split: Columns,
        catalogue: Columns,
        scorer: Scorer,
        *,
        batch_size: int,
        temperature: float,
        log_q: np.ndarray | None,
        split_seed: int,
    ) -> None:
        order = np.random.default_rng(H(f"eval-order|{split_seed}", "rows")).permutation(rows(split))
        self._split = select(split, order)
        self._log_q = None if log_q is None else tf.constant(log_q[order])
        self._measured = select(split, _lowest_customers(split["id_customer"], split_seed))
        self._question = question(self._measured, catalogue["id_product"])
        self._catalogue = catalogue
        self._scorer = scorer
        self._batch_size = batch_size
        self._temperature = temperature

    def __call__(self) -> EvalFigures:
        catalogue = self._scorer.catalogue(self._catalogue)
        ranks = model_ranks(self._question, self._measured, self._scorer.queries, catalogue)
        counted = tallies(self._question.purchases, ranks, ranks[self._question.purchases.row_pair])
        recalls = {f"recall_at_{k}": value(counted[f"recall_at_{k}"]) for k in RECALL_AT}
        return EvalFigures.model_construct(loss=self._loss(), **recalls)  # a loss of nan is the caller's to report

    def _loss(self) -> float:
        queries, candidates = self._scorer.queries(self._split), self._scorer.candidates(self._split)
        total = 0.0
        for start in range(0, len(queries), self._batch_size):
            batch = slice(start, start + self._batch_size)
            log_q = None if self._log_q is None else self._log_q[batch]
            valid = tf.ones(len(queries[batch]))
            loss = in_batch_softmax(queries[batch], candidates[batch], log_q, valid, self._temperature)
            total += float(loss) * len(queries[batch])
        return total / len(queries)


def _lowest_customers(customers: np.ndarray, split_seed: int) -> np.ndarray:
    """Index of all rows of the CUSTOMERS customers with the lowest `H("eval|" + split_seed, customer)`."""
    known, customer = np.unique(customers, return_inverse=True)
    hashes = np.array([H(f"eval|{split_seed}", name.decode()) for name in known])
    chosen = np.zeros(len(known), dtype=bool)
    chosen[np.argsort(hashes, kind="stable")[:CUSTOMERS]] = True
    return np.flatnonzero(chosen[customer])
