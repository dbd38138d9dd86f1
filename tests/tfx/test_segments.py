"""Whom a model serves: segments by hand, and their figures against figures of the rows that they hold (S6.14)."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tfx.test_evaluation import (
    KNOWN,
    RATINGS,
    TARGETS,
    TEST_ROWS,
    TRAIN_ROWS,
    brute_force,
    columns,
    evaluated,
    model_scores,
    of_population,
)
from trainer_image.segments import METRICS, purchases_by_customer, segments

DAY = 86_400
LISTS = tuple(name for name in METRICS if name not in ("rmse", "mae"))


def orders() -> dict[str, int]:
    bought = {(row[0], row[2]) for row in TRAIN_ROWS}
    return {customer: sum(customer == of for of, _ in bought) for customer in {row[0] for row in TRAIN_ROWS}}


def activity(row: tuple) -> str:
    count = orders().get(row[0], 0)
    return "0" if count == 0 else "1-2" if count <= 2 else "3-9" if count <= 9 else "10+"


def product_part() -> dict[str, str]:
    """The fewest products that hold half of all purchases, those up to 80%, and the rest."""
    purchases = {(row[0], row[1], row[2]) for row in TRAIN_ROWS}
    count = {product: sum(product == of for _, of, _ in purchases) for product in KNOWN}
    found, before = {}, 0
    for product in sorted(KNOWN, key=lambda product: (-count[product], product)):
        share = before / len(purchases)
        found[product] = "head" if share < 0.5 else "middle" if share < 0.8 else "tail"
        before += count[product]
    return found


PARTS = product_part()
SEGMENT_OF = {"activity": activity, "popularity": lambda row: PARTS.get(row[1], "tail")}


@pytest.mark.parametrize("kind", SEGMENT_OF)
def test_every_row_is_in_the_one_segment_it_belongs_to(kind: str) -> None:
    found = segments(columns(TRAIN_ROWS), columns(TEST_ROWS))[kind]
    of_rows = [[name for name, rows in found.items() if rows[number]] for number in range(len(TEST_ROWS))]
    assert of_rows == [[SEGMENT_OF[kind](row)] for row in TEST_ROWS]
    assert sum(rows.any() for rows in found.values()) >= 3


@pytest.mark.parametrize("kind", SEGMENT_OF)
@pytest.mark.parametrize("percent", [40, 100])
def test_figures_of_a_segment_are_those_of_its_rows(kind: str, percent: int) -> None:
    """On the headline population: of a sample, its customers alone."""
    rows = of_population("in_sample" if percent == 40 else "all")
    found = evaluated(percent).segments[kind]
    for name, figures in found.items():
        chosen = [row for row in rows if SEGMENT_OF[kind](row) == name]
        assert set(figures) == set(LISTS)
        if not chosen:
            assert {figure.reason for figure in figures.values()} == {"no customers"}
            continue
        expected = brute_force(model_scores, chosen)
        assert {metric: figures[metric].value for metric in LISTS} == pytest.approx(
            {metric: expected[metric] for metric in LISTS}
        )
        assert figures["recall_at_10"].n == len({row[0] for row in chosen})


def test_errors_of_a_segment_are_those_of_its_rows() -> None:
    found = evaluated(task="multitask").segments
    predicted = np.expm1(RATINGS.astype(float) * 0.8 + 1.5)
    for kind, segment_of in SEGMENT_OF.items():
        for name, figures in found[kind].items():
            rows = np.array([segment_of(row) == name for row in TEST_ROWS])
            error = (predicted - TARGETS)[rows]
            assert set(figures) == set(METRICS)
            if not rows.any():
                assert figures["mae"].reason == "no customers"
                continue
            assert (figures["mae"].value, figures["mae"].n) == (pytest.approx(np.abs(error).mean()), rows.sum())
            assert figures["rmse"].value == pytest.approx(np.sqrt((error**2).mean()))


def test_few_customers_get_no_interval() -> None:
    (figures,) = [of for name, of in evaluated().segments["activity"].items() if name == "0"]
    assert (figures["recall_at_10"].n, figures["recall_at_10"].reason) == (1, "too few customers (1)")
    tail = evaluated().segments["popularity"]["tail"]["recall_at_10"]
    assert tail.n >= 20
    assert tail.low < tail.value < tail.high


def test_purchases_are_orders_else_products_of_a_day_else_rows() -> None:
    rows = columns(
        [
            *[("u", "P1", "O1", 5, 0), ("u", "P2", "O1", DAY, 0), ("u", "P2", "O2", DAY, 0)],
            *[("u", "P2", "O3", DAY, 0), ("v", "P1", "O1", 5, 0)],
        ]
    )
    counts = [
        purchases_by_customer({name: column for name, column in rows.items() if name not in absent})[1].tolist()
        for absent in ([], ["id_order"], ["id_order", "id_seconds"])
    ]
    assert counts == [[3, 1], [2, 1], [4, 1]]
    rows["id_order"] = np.array([b"O1", b"", b"", b"O1", b""])
    assert purchases_by_customer(rows)[1].tolist() == [2, 1]
