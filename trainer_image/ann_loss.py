"""What the approximate index loses against exact search, and what it saves (domain S6.15)."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from shared.results import Ann, Latency
from trainer_image import intervals
from trainer_image.ann import ExactIndex, Index, ScannIndex, scann_options
from trainer_image.baselines import Frequencies, bought_by
from trainer_image.inputs import Columns, select
from trainer_image.list_evaluation import lowest_customers
from trainer_image.measures import Tally, mean
from trainer_image.questions import Catalogue, Embed, Question, question
from trainer_image.spec import Scann

SEARCHED_AT_ONCE = 256
TIMED = 200
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
    exact = ExactIndex(catalogue.embeddings, top_k)
    left_out = None if bought is None else _left_out(bought, asked.customers, len(catalogue.ids))
    lists = {name: _lists(found, queries, left_out) for name, found in (("exact", exact), ("scann", index))}
    tallies = _losses(asked, lists["exact"], lists["scann"])
    customers = len(asked.customers)
    enough = customers >= intervals.FEWEST
    draws = intervals.resample({"model": tallies}, customers, split_seed, "ann") if enough else {}
    return Ann(
        top_k=lists["exact"].shape[1],
        options=scann_options(scann, len(catalogue.ids), top_k),
        metrics=intervals.figures("model", tallies, draws),
        latency_ms={"scann": _latency(index, queries), "brute_force": _latency(exact, queries)},
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


def _lists(index: Index, queries: np.ndarray, left_out: np.ndarray | None) -> np.ndarray:
    """Positions [customers, top_k]; NOBODY where a list is shorter."""
    blocks = []
    for start in range(0, len(queries), SEARCHED_AT_ONCE):
        block = slice(start, start + SEARCHED_AT_ONCE)
        marks = None if left_out is None else tf.constant(left_out[block])
        positions, scores = index.search(tf.constant(queries[block]), marks)
        blocks.append(np.where(np.isfinite(scores), positions, NOBODY))
    return np.concatenate(blocks)


def _left_out(bought: Frequencies, customers: np.ndarray, catalogue_size: int) -> np.ndarray:
    marks = np.zeros((len(customers), catalogue_size), dtype=bool)
    marks[bought_by(bought, customers).cells(np.arange(len(customers)))] = True
    return marks


def _latency(index: Index, queries: np.ndarray) -> Latency:
    search = tf.function(lambda query: index.search(query, None), autograph=False)
    asked = [tf.constant(queries[number % len(queries)][np.newaxis]) for number in range(TIMED + 1)]
    search(asked[0])  # traces
    taken = []
    for query in asked[1:]:
        started = time.perf_counter()
        search(query)
        taken.append(1_000 * (time.perf_counter() - started))
    median, p95 = np.percentile(taken, (50, 95))
    return Latency(median=float(median), p95=float(p95))
