"""What the approximate index loses against exact search, and what it saves (domain S6.15)."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from shared.results import Ann, Latency
from shared.scann import resolved
from trainer_image import intervals
from trainer_image.ann import ExactIndex, Index, ScannIndex
from trainer_image.baselines import Frequencies, bought_by
from trainer_image.inputs import Columns, select
from trainer_image.list_evaluation import lowest_customers
from trainer_image.measures import Tally, mean
from trainer_image.questions import Catalogue, Embed, Question, question
from trainer_image.ranking import Bought
from trainer_image.spec import Scann

NOBODY = -2  # a position that no product has, neither one outside the catalogue (-1)


def measure_ann(
    index: ScannIndex,
    scann: Scann,
    top_k: int,
    test: Columns,
    catalogue: Catalogue,
    embed: Embed,
    bought: Frequencies | None,
    split_seed: int,
) -> Ann:
    """On at most 2,000 customers of the test split; `bought`: what the served lists leave out."""
    split = select(test, lowest_customers(test["id_customer"], split_seed))
    asked = question(split, catalogue.ids)
    queries = embed(select(split, asked.first_row))
    left_out = bought_by(bought, asked.customers) if bought else None
    exact, exact_latency = _lists(ExactIndex(catalogue.embeddings, top_k), queries, left_out, len(catalogue.ids))
    found, latency = _lists(index, queries, left_out, len(catalogue.ids))
    tallies = _losses(asked, exact, found)
    customers = len(asked.customers)
    enough = customers >= intervals.FEWEST
    draws = intervals.resample({"model": tallies}, customers, split_seed, "ann") if enough else {}
    return Ann(
        top_k=exact.shape[1],
        options=resolved(scann, top_k, len(catalogue.ids)),
        metrics=intervals.figures("model", tallies, draws),
        latency_ms={"scann": latency, "brute_force": exact_latency},
    )


def _losses(asked: Question, exact: np.ndarray, found: np.ndarray) -> Mapping[str, Tally]:
    tallies = {}
    for name, k in (("10", min(10, exact.shape[1])), ("top_k", exact.shape[1])):
        tallies[f"ann_overlap_at_{name}"] = mean(_shared(exact[:, :k], found[:, :k]))
        lost = _recall(asked, exact[:, :k]) - _recall(asked, found[:, :k])
        tallies[f"ann_recall_loss_at_{name}"] = mean(lost)
    return tallies


def _shared(exact: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Share of each exact list that the other list holds."""
    both = [np.intersect1d(a[a >= 0], b[b >= 0]).size for a, b in zip(exact, found, strict=True)]
    return np.array(both) / np.maximum(1, np.count_nonzero(exact >= 0, axis=1))


def _recall(asked: Question, listed: np.ndarray) -> np.ndarray:
    purchases = asked.purchases
    hits = (listed[purchases.pair_customer] == asked.pair_position[:, np.newaxis]).any(axis=1)
    bought = np.bincount(purchases.pair_customer, minlength=purchases.customers)
    return np.bincount(purchases.pair_customer, weights=hits, minlength=purchases.customers) / bought


def _lists(index: Index, queries: np.ndarray, bought: Bought | None, catalogue_size: int) -> tuple[np.ndarray, Latency]:
    """Positions [customers, top_k], NOBODY where a list is shorter, searched one at a time as when serving.

    (ScaNN finds other products for a batch than for each of its queries alone.)
    """
    search = tf.function(index.search, autograph=False)
    lists, taken = [], []
    for number in (0, *range(len(queries))):  # the first one is asked twice, because it is traced
        query, marks = tf.constant(queries[[number]]), _marks(bought, number, catalogue_size)
        started = time.perf_counter()
        positions, scores = search(query, marks)
        taken.append(1_000 * (time.perf_counter() - started))
        lists.append(np.where(np.isfinite(scores), positions, NOBODY))
    median, p95 = np.percentile(taken[1:], (50, 95))
    return np.concatenate(lists[1:]), Latency(median=float(median), p95=float(p95))


def _marks(bought: Bought | None, number: int, catalogue_size: int) -> tf.Tensor | None:
    """[1, catalogue], true for what a customer bought; None when lists leave nothing out."""
    if bought is None:
        return None
    marks = np.zeros((1, catalogue_size), dtype=bool)
    marks[bought.cells(np.array([number]))] = True
    return tf.constant(marks)
