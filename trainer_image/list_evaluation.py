"""Lists of the model and of the baselines, measured alike (domain S6.7-S6.9, S6.16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.hashing import H
from shared.results import Protocol
from trainer_image import item_baselines
from trainer_image.baseline_cache import Answer, Answers, BaselineCache, Expected
from trainer_image.baselines import RECENT_DAYS, Frequencies, frequencies, personal_scores, popularity_scores, recent
from trainer_image.inputs import Columns, Splits, select
from trainer_image.intervals import Measures
from trainer_image.measures import (
    LISTED,
    bought,
    ceiling,
    coverage,
    customer_sums,
    gini,
    ideal,
    novelty,
    row_tallies,
    surprises,
    tallies,
)
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
from trainer_image.ranking import OUTSIDE, ScoreBlock
from trainer_image.segments import Segments, headline

EVAL_CUSTOMERS = 2_000  # of the eval split: those who choose the parameters of a baseline, or the best epoch (S4.13)


@dataclass(frozen=True)
class ListBaseline:
    scores: ScoreBlock  # one list per customer of the question
    params: Mapping[str, Any]


@dataclass(frozen=True)
class ListFindings:
    """`measures` by population, then by "model" or baseline, then by metric; `segments` of the model by kind and name;
    `columns` of the per-customer file."""

    measures: dict[str, dict[str, Measures]]
    params: dict[str, Mapping[str, Any]]
    ceiling: dict[str, float]
    segments: dict[str, dict[str, Measures]]
    columns: dict[str, np.ndarray]


@dataclass(frozen=True)
class _Lists:
    """All that figures of lists are computed from; `surprise` is of each product of the catalogue, in bits."""

    asked: Question
    by_who: Mapping[str, Standings]
    surprise: np.ndarray
    exclude_purchased: bool

    def standing(self, who: str, excluded: bool = False) -> Standing:
        found = self.by_who[who]
        return found.new if self.exclude_purchased or excluded else found.whole

    def measures(self, who: str, rows: np.ndarray, excluded: bool = False) -> Measures:
        """Of some test rows (a mask); `excluded`: by lists without what was bought in train, whatever the protocol."""
        purchases, standing = self.asked.purchases, self.standing(who, excluded)
        pairs = np.zeros(len(self.asked.pair_position), dtype=bool)
        pairs[purchases.row_pair[rows]] = True
        subset, kept_rows = purchases.subset(pairs)
        listed = standing.listed[np.unique(purchases.pair_customer[pairs])]
        return {
            **tallies(subset, standing.pairs[pairs]),
            **row_tallies(subset, standing.rows[kept_rows]),
            "coverage_at_10": coverage(listed, len(self.surprise)),
            "novelty_at_10": novelty(listed, self.surprise),
            "gini_at_10": gini(listed, len(self.surprise)),
        }

    def columns(self) -> dict[str, np.ndarray]:
        purchases = self.asked.purchases
        found = {"pairs": bought(purchases), "idcg": ideal(purchases)}
        for who in self.by_who:
            standing = self.standing(who)
            of_rows = row_tallies(purchases, standing.rows)
            surprise, listed = novelty(standing.listed, self.surprise).sums
            sums = {
                **customer_sums(purchases, standing.pairs),
                **{name.replace("recall", "hits"): tally.sums[0] for name, tally in of_rows.items()},
                **{"novelty": surprise, "listed": listed},
            }
            found |= {f"{who}/{name}": values for name, values in sums.items()}
        return found


def measure_lists(
    splits: Splits,
    catalogue: Catalogue,
    embed: Embed,
    rows_of: Mapping[str, np.ndarray],
    parts: Segments,
    protocol: Protocol,
    seed: int,
    cache: BaselineCache,
) -> ListFindings:
    """`rows_of`: masks of the test rows by population; `parts`: likewise by kind of segment and segment; `seed` is the
    split seed. The lists of `new_pairs` are without what was bought in train (S2.18)."""
    asked = question(splits.test, catalogue.ids)
    frequency = frequencies(splits.train, catalogue.ids)

    def compute() -> Answers:
        found = list_baselines(splits, asked.customers, frequency, catalogue.ids, protocol, seed)
        return {name: _answer(asked, baseline, frequency) for name, baseline in found.items()}

    answers = cache.answers("retrieval", {}, _expected(asked, len(catalogue.ids)), compute)
    by_who = {"model": of_model(asked, splits.test, embed, catalogue, frequency)}
    by_who |= {name: _standings(asked, answer) for name, answer in answers.items()}
    buyers = np.bincount(frequency.position, minlength=len(catalogue.ids))
    surprise = surprises(buyers, len(frequency.customers))
    lists = _Lists(asked, by_who, surprise, protocol.exclude_purchased)
    return ListFindings(
        measures={
            population: {who: lists.measures(who, rows, population == "new_pairs") for who in by_who}
            for population, rows in rows_of.items()
        },
        params={name: answer.params for name, answer in answers.items()},
        ceiling=ceiling(asked.purchases, asked.pair_position >= 0),
        segments={
            kind: {name: headline(lists.measures("model", rows)) for name, rows in of_kind.items()}
            for kind, of_kind in parts.items()
        },
        columns=lists.columns(),
    )


def _answer(asked: Question, baseline: ListBaseline, frequency: Frequencies) -> Answer:
    """Ranks of the pairs and listed positions, both in whole lists and in those without purchases; ranks of rows are
    those of their pairs."""
    found = of_baseline(asked, baseline.scores, frequency)
    both = found.whole, found.new
    arrays = {
        "ranks": np.stack([standing.pairs for standing in both]).astype(np.int32),
        "listed": np.stack([standing.listed for standing in both]).astype(np.int32),
    }
    return Answer(baseline.params, arrays)


def _standings(asked: Question, answer: Answer) -> Standings:
    ranks, listed = answer.arrays["ranks"].astype(np.int64), answer.arrays["listed"].astype(np.int64)
    rows = ranks[:, asked.purchases.row_pair]
    return Standings(*(Standing(*standing) for standing in zip(ranks, rows, listed, strict=True)))


def _expected(asked: Question, catalogue_size: int) -> dict[str, Expected]:
    return {
        "ranks": Expected((2, len(asked.pair_position)), np.int32, OUTSIDE, catalogue_size),
        "listed": Expected((2, len(asked.customers), LISTED), np.int32, -1, catalogue_size - 1),
    }


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
