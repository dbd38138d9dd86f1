"""Lists of the model and of the baselines, measured alike (domain S6.7-S6.9, S6.16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.hashing import H
from shared.results import Protocol
from trainer_image import item_baselines
from trainer_image.baselines import RECENT_DAYS, Frequencies, frequencies, personal_scores, popularity_scores, recent
from trainer_image.inputs import Columns, Splits, select
from trainer_image.intervals import Measures
from trainer_image.measures import ceiling, coverage, row_tallies, tallies
from trainer_image.questions import (
    Catalogue,
    Embed,
    ListQuestion,
    Question,
    Standing,
    Standings,
    of_baseline,
    of_model,
    question,
)
from trainer_image.ranking import ScoreBlock

EVAL_CUSTOMERS = 2_000  # of the eval split: those who choose the parameters of a baseline, or the best epoch (S4.13)


@dataclass(frozen=True)
class ListBaseline:
    scores: ScoreBlock  # one list per customer of the question
    params: Mapping[str, Any]


@dataclass(frozen=True)
class ListFindings:
    """`measures` by population, then by "model" or baseline, then by metric."""

    measures: dict[str, dict[str, Measures]]
    params: dict[str, Mapping[str, Any]]
    ceiling: dict[str, float]


def measure_lists(
    splits: Splits, catalogue: Catalogue, embed: Embed, rows_of: Mapping[str, np.ndarray], protocol: Protocol, seed: int
) -> ListFindings:
    """`rows_of`: masks of the test rows by population; `seed` is the split seed."""
    asked = question(splits.test, catalogue.ids)
    frequency = frequencies(splits.train, catalogue.ids)
    baselines = list_baselines(splits, asked.customers, frequency, catalogue.ids, protocol, seed)
    by_who = {"model": of_model(asked, splits.test, embed, catalogue, frequency)}
    by_who |= {name: of_baseline(asked, baseline.scores, frequency) for name, baseline in baselines.items()}
    return ListFindings(
        measures={
            population: _of_population(asked, by_who, population, rows, protocol, len(catalogue.ids))
            for population, rows in rows_of.items()
        },
        params={name: baseline.params for name, baseline in baselines.items()},
        ceiling=ceiling(asked.purchases, asked.pair_position >= 0),
    )


def list_baselines(
    splits: Splits,
    customers: np.ndarray,
    frequency: Frequencies,
    catalogue: np.ndarray,
    protocol: Protocol,
    seed: int,
) -> dict[str, ListBaseline]:
    """Every baseline that the data allow: recent purchases need times, EASE a catalogue that fits its matrix."""
    bought = item_baselines.bought_at_all(frequency)
    found = {
        "popularity": ListBaseline(popularity_scores(frequency), {}),
        "personal_frequency": ListBaseline(personal_scores(frequency, customers), {}),
        "item_knn": ListBaseline(
            item_baselines.scores(frequency, bought, item_baselines.neighbours(bought), customers),
            {"neighbours": item_baselines.NEIGHBOURS, "shrink": item_baselines.SHRINK},
        ),
    }
    if "id_seconds" in splits.train:
        latest = frequencies(recent(splits.train), catalogue)
        found["recent_popularity"] = ListBaseline(popularity_scores(latest), {"days": RECENT_DAYS})
    if len(catalogue) <= item_baselines.EASE_LARGEST:
        chooser = eval_question(splits.eval, catalogue, frequency if protocol.exclude_purchased else None, seed)
        found["ease"] = _ease(frequency, chooser, customers)
    return found


def eval_question(split: Columns, catalogue: np.ndarray, bought: Frequencies | None, seed: int) -> ListQuestion:
    """At most 2,000 customers of the eval split, the lowest by `H("eval|" + split_seed, customer)` (S4.13)."""
    return ListQuestion(select(split, lowest_customers(split["id_customer"], seed)), catalogue, bought)


def lowest_customers(customers: np.ndarray, seed: int) -> np.ndarray:
    """Index of all rows of at most EVAL_CUSTOMERS customers."""
    known, customer = np.unique(customers, return_inverse=True)
    hashes = np.array([H(f"eval|{seed}", name.decode()) for name in known])
    chosen = np.zeros(len(known), dtype=bool)
    chosen[np.argsort(hashes, kind="stable")[:EVAL_CUSTOMERS]] = True
    return np.flatnonzero(chosen[customer])


def _ease(frequency: Frequencies, chooser: ListQuestion, customers: np.ndarray) -> ListBaseline:
    """The strength with the best recall@10 on eval, of equal ones the lowest; one matrix is in memory at a time."""
    profiles = item_baselines.log_counts(frequency)
    products = item_baselines.gram(profiles)
    best, best_recall, kept = item_baselines.EASE_L[0], -1.0, None
    for strength in item_baselines.EASE_L:
        weights = item_baselines.ease(products, strength)
        recall = chooser.figures_of(item_baselines.scores(frequency, profiles, weights, chooser.customers))
        if recall["recall_at_10"] > best_recall:
            best, best_recall, kept = strength, recall["recall_at_10"], weights
    return ListBaseline(item_baselines.scores(frequency, profiles, kept, customers), {"l": best})


def _of_population(
    asked: Question,
    by_who: Mapping[str, Standings],
    population: str,
    rows: np.ndarray,
    protocol: Protocol,
    catalogue_size: int,
) -> dict[str, Measures]:
    """S2.18: the lists of `new_pairs` are without what was bought in train; so are all when purchases are excluded."""
    pairs = np.zeros(len(asked.pair_position), dtype=bool)
    pairs[asked.purchases.row_pair[rows]] = True
    subset, kept_rows = asked.purchases.subset(pairs)
    customers = np.unique(asked.purchases.pair_customer[pairs])
    excluded = protocol.exclude_purchased or population == "new_pairs"

    def measures(standing: Standing) -> Measures:
        return {
            **tallies(subset, standing.pairs[pairs]),
            **row_tallies(subset, standing.rows[kept_rows]),
            "coverage_at_10": coverage(standing.listed[customers], catalogue_size),
        }

    return {who: measures(found.new if excluded else found.whole) for who, found in by_who.items()}
