"""Order lines of the demo wholesaler: a seeded draw, the same rows for the same seed and size.

Every customer orders in a rhythm of its own. A quarter of its lines repeat a personal list of products, whose window
moves through the year (tastes drift); the others are drawn from what its kind of customer buys (segment, region, and a
style that no column shows). So personal history is a strong baseline, and a model that joins it with what similar
customers buy can be better still.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa

from quicktest.demo.demand import DAYS, FIRST_DAY, day_shares, group_of, group_weights, season_of
from quicktest.demo.entities import Customers, Products, draw_customers, draw_products
from quicktest.demo.words import BRANDS, CATEGORIES, REGIONS, SEGMENTS

DEFAULT_ROWS = 20_000
DEFAULT_SEED = 17
MINIMUM_ROWS = 1_000
SURPLUS = 1.25  # lines drawn for each line kept, more when it must be: in an order, no product appears twice
LIST_LENGTH = 40  # personal products over the year
LIST_WINDOW = 12  # of which this many are in use at a time
REPEAT_SHARE = 0.25


def generate(rows: int = DEFAULT_ROWS, seed: int = DEFAULT_SEED) -> pa.Table:
    """`rows` order lines in order of time; raises ValueError below `MINIMUM_ROWS`."""
    if rows < MINIMUM_ROWS:
        raise ValueError(f"Demo data has at least {MINIMUM_ROWS:,} rows, not {rows:,}: a split would be empty.")
    rng = np.random.default_rng(seed)
    customers, products = draw_customers(rng, rows), draw_products(rng, rows, DAYS)
    wanted, keep = rows, np.empty(0, dtype=np.int64)
    while len(keep) < rows:
        wanted = int(wanted * SURPLUS)
        customer, minute, order = _draw_orders(rng, customers, wanted)
        product = _draw_products_of_lines(rng, customers, products, customer, minute)
        keep = _distinct_lines(rng, order, product)[:rows]
    keep = keep[np.lexsort((product[keep], order[keep], minute[keep]))]
    return _table(rng, customers, products, customer[keep], minute[keep], order[keep], product[keep])


def _draw_orders(
    rng: np.random.Generator, customers: Customers, wanted: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customer, minute of the period and order of each of about `wanted` lines."""
    weight = customers.orders * (1 - customers.joined)
    mean_lines = float(np.sum(weight * (1 + customers.lines)) / weight.sum())
    counts = rng.multinomial(int(wanted / mean_lines) + 50, weight / weight.sum())
    customer = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(customer)) - np.repeat(np.cumsum(counts) - counts, counts)
    rhythm = (place + rng.random(len(customer))) / counts[customer]  # even steps, with some jitter
    joined = customers.joined[customer]
    day = np.searchsorted(np.cumsum(day_shares()), joined + rhythm * (1 - joined) * 0.999999)
    minute = day * 1440 + 6 * 60 + (rng.beta(2.0, 3.0, len(customer)) * 12 * 60).astype(np.int64)
    lines = 1 + rng.poisson(customers.lines[customer])
    order = np.repeat(np.arange(len(customer)), lines)
    return customer[order], minute[order], order


def _draw_products_of_lines(
    rng: np.random.Generator, customers: Customers, products: Products, customer: np.ndarray, minute: np.ndarray
) -> np.ndarray:
    weights = group_weights(rng, products)
    group = group_of(customers)
    day = minute // 1440
    product = _draw_from_groups(rng, weights, products, group[customer], day)
    own = _personal_lists(rng, weights, group)
    repeats = rng.random(len(customer)) < REPEAT_SHARE
    slot = _draw_slots(rng, len(customer), day / DAYS)
    listed = own[customer, slot]
    usable = repeats & (products.launched[listed] <= day)
    return np.where(usable, listed, product)


def _personal_lists(rng: np.random.Generator, weights: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The products that each customer comes back to, `[customers, LIST_LENGTH]`, drawn from its group's assortment."""
    lists = np.empty((len(group), LIST_LENGTH), dtype=np.int64)
    for number in np.unique(group):
        members = np.flatnonzero(group == number)
        lists[members] = _draw(rng, weights[number] ** 0.7, (len(members), LIST_LENGTH))
    return lists


def _draw_slots(rng: np.random.Generator, count: int, progress: np.ndarray) -> np.ndarray:
    """A place on the personal list, within a window that moves along it; some places far more often than others."""
    within = np.floor(LIST_WINDOW * rng.random(count) ** 1.6).astype(np.int64)
    first = np.floor(progress * (LIST_LENGTH - LIST_WINDOW + 1)).astype(np.int64)
    slot = first + (within - first) % LIST_WINDOW  # a product keeps its weight while it is inside the window
    return np.minimum(slot, LIST_LENGTH - 1)


def _draw_from_groups(
    rng: np.random.Generator, weights: np.ndarray, products: Products, group: np.ndarray, day: np.ndarray
) -> np.ndarray:
    """A product for each line from the assortment of its group in its month, launched products only."""
    months = np.array([(FIRST_DAY + timedelta(days=d)).month for d in range(DAYS)])[day]
    cell = group * 12 + months - 1
    order = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(cell[order]) != 0])
    product = np.empty(len(group), dtype=np.int64)
    for lines in np.split(order, starts[1:]):
        known = products.launched <= day[lines].min()
        season = season_of(products, int(months[lines[0]]))
        product[lines] = _draw(rng, weights[group[lines[0]]] * season * known, (len(lines),))
    return product


def _draw(rng: np.random.Generator, weights: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    cumulative = np.cumsum(weights)
    return np.searchsorted(cumulative, rng.random(shape) * cumulative[-1], side="right")


def _distinct_lines(rng: np.random.Generator, order: np.ndarray, product: np.ndarray) -> np.ndarray:
    """Places of lines, in random order, such that no product is twice in an order."""
    _, first = np.unique(order * (product.max() + 1) + product, return_index=True)
    return rng.permutation(first)


def _table(
    rng: np.random.Generator,
    customers: Customers,
    products: Products,
    customer: np.ndarray,
    minute: np.ndarray,
    order: np.ndarray,
    product: np.ndarray,
) -> pa.Table:
    quantity = 1 + rng.poisson(3.0 * customers.scale[customer])
    discount = np.minimum(0.02 * np.log2(quantity + 1), 0.12)
    inflation = 1 + 0.03 * minute / (DAYS * 1440)
    number = np.cumsum(np.r_[True, np.diff(order) != 0])  # lines come in order of time, those of one order together
    ordered_at = np.datetime64(FIRST_DAY, "us") + minute * np.timedelta64(60_000_000, "us")
    return pa.table(
        {
            "order_id": _numbered("SO-{:07d}", number),
            "ordered_at": pa.array(ordered_at, pa.timestamp("us")),
            "customer_id": _numbered("C-{:05d}", customer + 1),
            "customer_segment": _labels(SEGMENTS, customers.segment[customer]),
            "customer_region": _labels(REGIONS, customers.region[customer]),
            "product_id": _numbered("P-{:05d}", product + 1),
            "product_name": _labels(products.name, product),
            "category": _labels(tuple(CATEGORIES), products.category[product]),
            "brand": _labels(BRANDS, products.brand[product]),
            "launched_on": pa.array((np.datetime64(FIRST_DAY, "D") + products.launched)[product], pa.date32()),
            "quantity": pa.array(quantity, pa.int64()),
            "unit_price": pa.array(np.round(products.price[product] * inflation * (1 - discount), 2), pa.float64()),
        }
    )


def _labels(texts: tuple[str, ...] | np.ndarray, index: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(index, pa.int32()), pa.array(list(texts))).dictionary_decode()


def _numbered(template: str, numbers: np.ndarray) -> pa.Array:
    values, index = np.unique(numbers, return_inverse=True)
    return _labels(tuple(template.format(value) for value in values), index)
