"""Customers and products of the demo wholesaler, drawn as columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quicktest.demo.words import BRANDS, CATEGORIES, GRADES, REGIONS, SEGMENTS

ROWS_PER_CUSTOMER = 22
PRODUCTS_AT_20K_ROWS = 480
STYLES = (
    4  # what the columns do not show: within a segment, four ways of cooking; only the customer's own history tells
)
TASTE_DIM = 6
LATE_CUSTOMERS = 0.15
LATE_PRODUCTS = 0.15


@dataclass(frozen=True)
class Customers:
    """Arrays over customers. `joined` is a share of the period (0: from the first day)."""

    segment: np.ndarray
    region: np.ndarray
    style: np.ndarray
    joined: np.ndarray
    orders: np.ndarray  # relative number of orders
    lines: np.ndarray  # mean lines of an order, beyond the first
    scale: np.ndarray  # quantity multiplier


@dataclass(frozen=True)
class Products:
    """Arrays over products. `launched` is a day of the period (negative: before it)."""

    name: np.ndarray
    category: np.ndarray
    brand: np.ndarray
    price: np.ndarray
    launched: np.ndarray
    popularity: np.ndarray
    taste: np.ndarray  # [products, TASTE_DIM]


def draw_customers(rng: np.random.Generator, rows: int) -> Customers:
    count = max(30, rows // ROWS_PER_CUSTOMER)
    late = rng.random(count) < LATE_CUSTOMERS
    return Customers(
        segment=rng.choice(len(SEGMENTS), count, p=[0.14, 0.24, 0.12, 0.13, 0.15, 0.22]),
        region=rng.choice(len(REGIONS), count, p=[0.26, 0.12, 0.14, 0.16, 0.18, 0.14]),
        style=rng.integers(STYLES, size=count),
        joined=np.where(late, rng.uniform(0.1, 0.85, count), 0.0),
        orders=rng.gamma(2.0, 1.0, count) + 0.4,
        lines=rng.gamma(3.0, 0.9, count) + 0.6,
        scale=rng.lognormal(0.0, 0.5, count),
    )


def draw_products(rng: np.random.Generator, rows: int, days: int) -> Products:
    count = max(60, round(PRODUCTS_AT_20K_ROWS * (rows / 20_000) ** 0.5))
    names = list(CATEGORIES)
    category = rng.integers(len(names), size=count)
    brand = (category * 3 + rng.integers(6, size=count)) % len(BRANDS)  # each brand is at home in a few categories
    median = np.array([CATEGORIES[name].price for name in names])[category]
    late = rng.random(count) < LATE_PRODUCTS
    rank = rng.permutation(count) + 1
    return Products(
        name=_names(rng, category, brand),
        category=category,
        brand=brand,
        price=np.round(median * rng.lognormal(0.0, 0.45, count), 2),
        launched=np.where(late, rng.integers(10, days - 20, count), -rng.integers(30, 2_000, count)),
        popularity=rank**-0.6,
        taste=rng.normal(0.0, 1.0, (count, TASTE_DIM)),
    )


def _names(rng: np.random.Generator, category: np.ndarray, brand: np.ndarray) -> np.ndarray:
    """`Falk organic rye flour 25 kg`."""
    names = list(CATEGORIES)
    pick = rng.random((len(category), 3))
    texts = []
    for place, (c, b) in enumerate(zip(category, brand, strict=True)):
        kind = CATEGORIES[names[c]]
        choices = (GRADES, kind.nouns.split("|"), kind.packs.split("|"))
        words = (BRANDS[b], *(_at(choice, share) for choice, share in zip(choices, pick[place], strict=True)))
        texts.append(" ".join(word for word in words if word))
    return np.array(texts, dtype=object)


def _at(choices: Sequence[str], share: float) -> str:
    return choices[int(share * len(choices))]
