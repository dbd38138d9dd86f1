"""Who wants what, and when: the structure that a recommender can learn from the demo data."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from quicktest.demo.entities import STYLES, TASTE_DIM, Customers, Products
from quicktest.demo.words import BRANDS, CATEGORIES, REGIONS, SEGMENTS

FIRST_DAY = date(2024, 10, 1)
DAYS = 365
STYLE_STRENGTH = 0.9
WEEKDAY_WEIGHTS = (1.3, 1.15, 1.0, 1.05, 1.2, 0.35, 0.0)  # Monday first; closed on Sundays


def day_shares() -> np.ndarray:
    """Share of the year's orders per day: weekdays, a peak before Christmas, a quiet turn of the year, slow growth."""
    days = [FIRST_DAY + timedelta(days=day) for day in range(DAYS)]
    weekday = np.array([WEEKDAY_WEIGHTS[day.weekday()] for day in days])
    of_year = np.array([day.timetuple().tm_yday for day in days])
    season = 1 + 0.25 * np.exp(-(((of_year - 345) / 18) ** 2)) + 0.12 * np.exp(-(((of_year - 190) / 40) ** 2))
    closed = np.array([(day.month, day.day) in {(12, 25), (12, 26), (1, 1)} for day in days])
    weights = weekday * season * np.linspace(0.9, 1.1, DAYS) * ~closed
    return weights / weights.sum()


def group_of(customers: Customers) -> np.ndarray:
    """Customers of one segment, style and region share an assortment; this is its number."""
    return (customers.segment * STYLES + customers.style) * len(REGIONS) + customers.region


def group_weights(rng: np.random.Generator, products: Products) -> np.ndarray:
    """Weight of each product for each group, `[groups, products]`, without season."""
    affinity = np.array([kind.appetite for kind in CATEGORIES.values()]).T  # [segments, categories]
    style = rng.normal(0.0, STYLE_STRENGTH, (len(SEGMENTS), STYLES, TASTE_DIM))
    regional = rng.lognormal(0.0, 0.6, (len(REGIONS), len(BRANDS)))
    weights = (
        affinity[:, None, None, products.category]
        * np.exp(style @ products.taste.T)[:, :, None, :]
        * regional[None, None, :, products.brand]
        * products.popularity
    )
    return weights.reshape(-1, len(products.price)) ** 1.15


def season_of(products: Products, month: int) -> np.ndarray:
    """Factor on each product's weight in a month (1-12), by the peak of its category."""
    peaks = np.array([kind.peak_month for kind in CATEGORIES.values()])[products.category]
    strengths = np.array([kind.peak_strength for kind in CATEGORIES.values()])[products.category]
    return np.exp(strengths * np.cos(2 * np.pi * (month - peaks) / 12))
