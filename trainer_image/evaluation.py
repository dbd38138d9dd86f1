"""The final evaluation (domain S6.5-S6.9): whole test split, whole catalogue, model and baselines alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shared.hashing import H, share_threshold
from shared.results import Baseline, Lift, Metric, headline_population
from trainer_image import intervals
from trainer_image.baselines import frequencies, personal_scores, popularity_scores
from trainer_image.inputs import Columns, select
from trainer_image.intervals import Tallies
from trainer_image.measures import Purchases, ceiling, tallies
from trainer_image.ranking import ScoreBlock, dot_products, positions_in, ranks

Embed = Callable[[Columns], np.ndarray]  # features -> query embeddings [rows, embedding_dim]


@dataclass(frozen=True)
class Catalogue:
    """Candidates in tie order: ids (bytes) and embeddings [catalogue, embedding_dim], aligned."""

    ids: np.ndarray
    embeddings: np.ndarray


@dataclass(frozen=True)
class Question:
    """A split as an evaluation asks it: whose lists, drawn from which rows, and which products are looked for."""

    customers: np.ndarray  # ids, [customers]
    first_row: np.ndarray  # of each customer: the row whose features make the list
    purchases: Purchases
    pair_position: np.ndarray  # in the catalogue, -1 outside
    row_position: np.ndarray


@dataclass(frozen=True)
class Evaluation:
    metrics: dict[str, dict[str, Metric]]
    ceiling: dict[str, float]
    baselines: dict[str, Baseline]
    lift: dict[str, Lift]
    misses: int


def question(split: Columns, catalogue: np.ndarray) -> Question:
    """One list per customer from the features of their first row: earliest time, ties by row key (S6.7)."""
    customers, customer = np.unique(split["id_customer"], return_inverse=True)
    products, product = np.unique(split["id_product"], return_inverse=True)
    pairs, row_pair = np.unique(customer * len(products) + product, return_inverse=True)
    position = positions_in(catalogue, products)
    order = _row_order(split)
    _, first = np.unique(customer[order], return_index=True)
    return Question(
        customers=customers,
        first_row=order[first],
        purchases=Purchases(len(customers), pairs // len(products), row_pair),
        pair_position=position[pairs % len(products)],
        row_position=position[product],
    )


def model_ranks(asked: Question, split: Columns, embed: Embed, catalogue: Catalogue) -> np.ndarray:
    """Rank of each pair's product in its customer's list."""
    lists = dot_products(embed(select(split, asked.first_row)), catalogue.embeddings)
    return ranks(lists, asked.purchases.pair_customer, asked.pair_position, len(catalogue.ids))


def model_row_ranks(asked: Question, split: Columns, embed: Embed, catalogue: Catalogue) -> np.ndarray:
    """Rank of each row's product in the list of that row's own features (S6.8)."""
    lists = dot_products(embed(split), catalogue.embeddings)
    return ranks(lists, np.arange(len(asked.row_position)), asked.row_position, len(catalogue.ids))


def evaluate(
    train: Columns,
    test: Columns,
    catalogue: Catalogue,
    embed: Embed,
    warm_rows: np.ndarray,
    sample_percent: int,
    split_seed: int,
) -> Evaluation:
    """`warm_rows` marks the test rows whose customer and product are both in the train vocabulary."""
    asked = question(test, catalogue.ids)
    by_who = {"model": (model_ranks(asked, test, embed, catalogue), model_row_ranks(asked, test, embed, catalogue))}
    frequency = frequencies(train, catalogue.ids)
    lists = {
        "popularity": popularity_scores(frequency),
        "personal_frequency": personal_scores(frequency, asked.customers),
    }
    for name, scores in lists.items():
        by_who[name] = _baseline_ranks(asked, scores, len(catalogue.ids))

    headline = headline_population(sample_percent)
    metrics: dict[str, dict[str, dict[str, Metric]]] = {who: {} for who in by_who}
    lifts: dict[str, Lift] = {}
    for population, pairs in _populations(asked, warm_rows, sample_percent, split_seed).items():
        counted = _tallies(asked.purchases, by_who, pairs)
        customers = len(counted["model"]["mrr"].numerators)
        draws = intervals.resample(counted, split_seed, population) if customers >= intervals.FEWEST else {}
        for who, of_who in counted.items():
            metrics[who][population] = intervals.figures(who, of_who, draws)
        if population == headline and customers:
            lifts = _lifts(counted, draws)
    return Evaluation(
        metrics=metrics.pop("model"),
        ceiling=ceiling(asked.purchases, asked.pair_position >= 0),
        baselines={name: Baseline(metrics=of_baseline) for name, of_baseline in metrics.items()},
        lift=lifts,
        misses=int(np.count_nonzero(asked.row_position < 0)),
    )


def _baseline_ranks(asked: Question, scores: ScoreBlock, catalogue_size: int) -> tuple[np.ndarray, np.ndarray]:
    """A baseline knows only the customer, so all rows of a customer share one list."""
    of_pairs = ranks(scores, asked.purchases.pair_customer, asked.pair_position, catalogue_size)
    return of_pairs, of_pairs[asked.purchases.row_pair]


def _populations(asked: Question, warm_rows: np.ndarray, sample_percent: int, split_seed: int) -> dict[str, np.ndarray]:
    """S2.18, each as a mask of pairs."""
    pairs = len(asked.purchases.pair_customer)
    warm = np.zeros(pairs, dtype=bool)
    warm[asked.purchases.row_pair[warm_rows]] = True
    populations = {"all": np.ones(pairs, dtype=bool), "warm": warm}
    if sample_percent < 100:
        limit, salt = share_threshold(sample_percent), f"sample|{split_seed}"
        sampled = np.array([H(salt, customer.decode()) < limit for customer in asked.customers])
        populations["in_sample"] = sampled[asked.purchases.pair_customer]
    return populations


def _tallies(
    purchases: Purchases, by_who: dict[str, tuple[np.ndarray, np.ndarray]], pairs: np.ndarray
) -> dict[str, Tallies]:
    subset, rows = purchases.subset(pairs)
    return {who: tallies(subset, of_pairs[pairs], of_rows[rows]) for who, (of_pairs, of_rows) in by_who.items()}


def _lifts(counted: dict[str, Tallies], draws: intervals.Draws) -> dict[str, Lift]:
    of_model = counted["model"]
    baselines = {who: of_who for who, of_who in counted.items() if who != "model"}
    return {
        metric: intervals.lift(metric, tally, {name: of[metric] for name, of in baselines.items()}, draws)
        for metric, tally in of_model.items()
    }


def _row_order(split: Columns) -> np.ndarray:
    """Rows by time, then by row key: order, customer, product, seconds (S2.1)."""
    keys = [split["id_customer"], split["id_product"]]
    if "id_order" in split:
        keys.insert(0, split["id_order"])
    seconds = [split["id_seconds"]] if "id_seconds" in split else []
    return np.lexsort([*reversed(keys), *seconds])  # the last key sorts first
