"""What an evaluation of lists asks: whose lists, drawn from which rows, and where the bought products stand in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trainer_image.baselines import Frequencies, bought_by
from trainer_image.inputs import Columns, select
from trainer_image.measures import LISTED, Purchases, tallies
from trainer_image.ranking import ScoreBlock, dot_products, nothing_bought, positions_in, ranks, remembered, top

Embed = Callable[[Columns], np.ndarray]  # features -> query embeddings [rows, embedding_dim]


@dataclass(frozen=True)
class Catalogue:
    """Candidates in tie order: ids (bytes) and embeddings [catalogue, embedding_dim], aligned."""

    ids: np.ndarray
    embeddings: np.ndarray


@dataclass(frozen=True)
class Question:
    """`pair_position` and `row_position` are in the catalogue, -1 outside; `first_row` is that of each customer, whose
    features make the list."""

    customers: np.ndarray  # ids, [customers]
    row_customer: np.ndarray
    first_row: np.ndarray
    purchases: Purchases
    pair_position: np.ndarray
    row_position: np.ndarray


@dataclass(frozen=True)
class Pairs:
    """Each customer and product that are together in a row, once: ordered by both, whatever the order of the rows."""

    customers: np.ndarray  # ids, [customers]
    products: np.ndarray  # ids, [products]
    row_customer: np.ndarray
    row_product: np.ndarray
    customer: np.ndarray  # of each pair
    product: np.ndarray
    first_row: np.ndarray  # a row of each pair
    row_pair: np.ndarray


@dataclass(frozen=True)
class Standing:
    """Ranks of the bought products, and the first ten positions of each customer's list."""

    pairs: np.ndarray
    rows: np.ndarray
    listed: np.ndarray


@dataclass(frozen=True)
class Standings:
    """In the whole lists, and in those without what the customer bought in train."""

    whole: Standing
    new: Standing


def question(split: Columns, catalogue: np.ndarray) -> Question:
    """One list per customer from the features of their first row: earliest time, ties by row key (S6.7)."""
    pairs = pairs_of(split)
    position = positions_in(catalogue, pairs.products)
    order = _row_order(split)
    _, first = np.unique(pairs.row_customer[order], return_index=True)
    return Question(
        customers=pairs.customers,
        row_customer=pairs.row_customer,
        first_row=order[first],
        purchases=Purchases(len(pairs.customers), pairs.customer, pairs.row_pair),
        pair_position=position[pairs.product],
        row_position=position[pairs.row_product],
    )


def pairs_of(split: Columns) -> Pairs:
    customers, customer = np.unique(split["id_customer"], return_inverse=True)
    products, product = np.unique(split["id_product"], return_inverse=True)
    codes = customer * len(products) + product
    pairs, first_row, row_pair = np.unique(codes, return_index=True, return_inverse=True)
    of_pair = pairs // len(products), pairs % len(products)
    return Pairs(customers, products, customer, product, *of_pair, first_row, row_pair)


def of_model(asked: Question, split: Columns, embed: Embed, catalogue: Catalogue, frequency: Frequencies) -> Standings:
    """Each row's product is looked for in the list of that row's own features (S6.8)."""
    lists = dot_products(embed(select(split, asked.first_row)), catalogue.embeddings)
    pairs, listed = _of_customers(asked, lists, frequency)
    own_lists = dot_products(embed(split), catalogue.embeddings)
    bought = bought_by(frequency, split["id_customer"])
    rows = ranks(own_lists, np.arange(len(asked.row_position)), asked.row_position, len(catalogue.ids), bought)
    return Standings(*(Standing(*standing) for standing in zip(pairs, rows, listed, strict=True)))


def of_baseline(asked: Question, lists: ScoreBlock, frequency: Frequencies) -> Standings:
    """A baseline knows only the customer, so all rows of a customer share one list."""
    pairs, listed = _of_customers(asked, lists, frequency)
    rows = [of_pairs[asked.purchases.row_pair] for of_pairs in pairs]
    return Standings(*(Standing(*standing) for standing in zip(pairs, rows, listed, strict=True)))


def _of_customers(
    asked: Question, lists: ScoreBlock, frequency: Frequencies
) -> tuple[Sequence[np.ndarray], Sequence[np.ndarray]]:
    """Ranks of the pairs and the first ten positions, both in the whole lists and in those without purchases."""
    customers, size = len(asked.customers), frequency.catalogue_size
    bought = bought_by(frequency, asked.customers)
    lists = remembered(lists, customers, size)
    pairs = ranks(lists, asked.purchases.pair_customer, asked.pair_position, size, bought)
    return pairs, [top(lists, customers, size, LISTED, without) for without in (None, bought)]


class ListQuestion:
    """A split asked again and again, for figures without intervals; everything that stays the same is done once.

    Given what customers bought in train, the lists are without it (S5.1).
    """

    def __init__(self, split: Columns, catalogue: np.ndarray, bought: Frequencies | None) -> None:
        self._asked = question(split, catalogue)
        self._first_rows = select(split, self._asked.first_row)
        self._catalogue_size = len(catalogue)
        self._bought = bought_by(bought, self.customers) if bought else nothing_bought(len(self.customers))

    @property
    def customers(self) -> np.ndarray:
        return self._asked.customers

    def figures(self, embed: Embed, catalogue: Catalogue) -> dict[str, float]:
        """Every metric per customer (S6.7) of a two-tower model."""
        return self.figures_of(dot_products(embed(self._first_rows), catalogue.embeddings))

    def figures_of(self, lists: ScoreBlock) -> dict[str, float]:
        """The same of any scores, one list per customer."""
        purchases = self._asked.purchases
        _, left = ranks(lists, purchases.pair_customer, self._asked.pair_position, self._catalogue_size, self._bought)
        return {name: tally.value() for name, tally in tallies(purchases, left).items()}


def _row_order(split: Columns) -> np.ndarray:
    """Rows by time, then by row key: order, customer, product, seconds (S2.1)."""
    keys = [split["id_customer"], split["id_product"]]
    if "id_order" in split:
        keys.insert(0, split["id_order"])
    seconds = [split["id_seconds"]] if "id_seconds" in split else []
    return np.lexsort([*reversed(keys), *seconds])  # the last key sorts first
