"""S2.3-S2.6, S2.13, S1.35: the days of a split, on a calendar with leap days and ends of months."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.documents import Split
from shared.problems import InvalidDocument
from shared.splits import Bounds, Reference, Stage, resolve_split
from tests.unit import samples

DAYS = st.dates(date(2019, 12, 1), date(2024, 12, 31))
LEAP_DAY = date(2024, 2, 29)


def split(**fields) -> Split:
    return samples.experiment(split=fields).split


def reference(last_day: date | None, first_day: date | None = None, rows: int = 1_000) -> Reference:
    return Reference((Stage("tables.0.table", "table `sales.purchases`", rows),), first_day or last_day, last_day)


def split_of(bounds: Bounds, day: date) -> str | None:
    """S2.5, S2.6 for one day, from the bounds alone."""
    if day >= bounds.test_start:
        return "test"
    if bounds.kind == "time_holdout":
        return "train or eval"
    if day >= bounds.val_start:
        return "eval"
    return None if bounds.train_start is not None and day < bounds.train_start else "train"


def days_until(ref: date, count: int) -> list[date]:
    return [ref - timedelta(days=back) for back in range(count - 1, -1, -1)]


@given(DAYS, st.integers(1, 90), st.integers(1, 90), st.integers(7, 200))
@example(LEAP_DAY, 1, 1, 7)
@example(date(2024, 3, 1), 1, 1, 7)
@example(date(2023, 3, 1), 1, 1, 7)
@example(date(2024, 1, 31), 31, 31, 7)
@example(date(2024, 12, 31), 90, 90, 200)
def test_strict_time_gives_each_split_its_number_of_days_in_order(ref, test_days, val_days, train_days):
    """S2.6."""
    asked = split(kind="strict_time", test_days=test_days, val_days=val_days, train_days=train_days)
    bounds = resolve_split(asked, reference(ref))
    names = [split_of(bounds, day) for day in days_until(ref, test_days + val_days + train_days + 30)]
    assert names == [None] * 30 + ["train"] * train_days + ["eval"] * val_days + ["test"] * test_days


@given(DAYS, st.integers(1, 90), st.integers(1, 90))
def test_without_train_days_everything_older_is_train(ref, test_days, val_days):
    bounds = resolve_split(split(kind="strict_time", test_days=test_days, val_days=val_days), reference(ref))
    older = days_until(bounds.val_start - timedelta(days=1), 500)
    assert bounds.train_start is None
    assert {split_of(bounds, day) for day in older} == {"train"}


@given(DAYS, st.integers(1, 90))
@example(LEAP_DAY, 1)
def test_time_holdout_tests_its_last_days(ref, holdout_days):
    """S2.5."""
    bounds = resolve_split(split(kind="time_holdout", holdout_days=holdout_days), reference(ref))
    names = [split_of(bounds, day) for day in days_until(ref, holdout_days + 50)]
    assert names == ["train or eval"] * 50 + ["test"] * holdout_days


@pytest.mark.parametrize("ref", [LEAP_DAY, date(2023, 2, 28), None])
def test_random_needs_no_days(ref):
    """S2.4; `ref` still bounds a rerun (S1.28)."""
    assert resolve_split(split(kind="random"), reference(ref)) == Bounds("random", ref)


def test_the_published_example():
    """BASELINES.md: 14 and 14 days up to 2011-12-09."""
    bounds = resolve_split(None, reference(date(2011, 12, 9)))
    assert bounds == Bounds("strict_time", date(2011, 12, 9), date(2011, 11, 26), date(2011, 11, 12))


def test_the_default_is_strict_time_when_there_is_a_time():
    """S2.13, S2.7."""
    assert resolve_split(None, reference(LEAP_DAY)).kind == "strict_time"
    assert resolve_split(None, reference(None)).kind == "random"


def test_data_of_one_day():
    bounds = resolve_split(split(kind="strict_time", test_days=1, val_days=1), reference(LEAP_DAY))
    assert split_of(bounds, LEAP_DAY) == "test"
    assert reference(LEAP_DAY).days == 1


@pytest.mark.parametrize("ref", [date.min, date(1, 1, 5)])
def test_the_first_day_there_is_ends_the_arithmetic(ref):
    asked = split(kind="strict_time", test_days=90, val_days=90, train_days=3_650)
    bounds = resolve_split(asked, reference(ref))
    assert bounds == Bounds("strict_time", ref, date.min, date.min, date.min)


@pytest.mark.parametrize("kind", ["strict_time", "time_holdout"])
def test_a_time_split_needs_a_time(kind):
    """S1.6."""
    with pytest.raises(InvalidDocument) as caught:
        resolve_split(split(kind=kind), reference(None))
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("E_ROLE_MISSING", "split.kind")
    assert "Map `roles.event_time` in the dataset, or use `random`." in str(problem)


def test_bounds_are_stored_as_text():
    assert Bounds("time_holdout", LEAP_DAY, test_start=date(2024, 2, 23)).to_dict() == {
        "kind": "time_holdout",
        "ref": "2024-02-29",
        "test_start": "2024-02-23",
        "val_start": None,
        "train_start": None,
        "window_ref": None,
        "newest": {},
    }
    assert Bounds("random", newest={"launched": LEAP_DAY}).to_dict()["newest"] == {"launched": "2024-02-29"}


# ----------------------------------------------------------------------------------------------------- the funnel

FILTERS = {
    "rows": [
        {"kind": "number", "column": "quantity", "op": "gt", "value": 0},
        {"kind": "number", "column": "price", "op": "le", "value": 0.5},
    ]
}


EVERYTHING = {
    "tables": [{"table": "sales.goods"}, {"table": "sales.purchases", "columns": [{"column": "x"}]}],
    "primary": "purchases",
    "joins": [{"left": "purchases", "right": "goods", "keys": [{"left": "x", "right": "x"}]}],
    "filters": {
        "rows": [{"kind": "date", "column": "launched", "last_days": 30}],
        "window": {"last_days": 90},
        "products": {"top_revenue_percent": 80.0},
        "customers": {"min_transactions": 2},
    },
}
STEPS = {
    "source_rows": ("tables.1.table", "table `sales.purchases` has no rows."),
    "joined_rows": ("joins", "the joins together keeps none of"),
    "role_rows": ("roles", "the rule that every role but `order_id` has a value keeps none of"),
    "null_rows": ("tables", "the rule `nulls: drop_row` of columns keeps none of"),
    "required_rows": ("target", "the rule that the target has a value keeps none of"),
    "filter_0_rows": ("filters.rows.0", "the filter `launched` in the last 30 days keeps none of"),
    "window_rows": ("filters.window", "the date window, the last 90 days, keeps none of"),
    "products_rows": ("filters.products", "the filter products with the top 80% of revenue keeps none of"),
    "customers_rows": ("filters.customers", "the filter customers with purchases >= 2 keeps none of"),
}
LEFT = {name: 100 - index for index, name in enumerate(STEPS)}
ALL_COUNTED = {
    **LEFT,
    "newest_0": "2024-01-31",
    "window_ref": LEAP_DAY,
    "first_day": date(2024, 2, 1),
    "last_day": LEAP_DAY,
    **{"products_kept": 4, "products_before": 9, "customers_kept": 5, "customers_before": 6},
}


@pytest.mark.parametrize("name", STEPS)
def test_every_step_of_the_funnel_is_named_when_it_is_the_first_to_leave_nothing(name):
    """S1.34, S1.35."""
    emptied = {step: 0 if LEFT[step] <= LEFT[name] else rows for step, rows in LEFT.items()}
    found = Reference.from_row({**ALL_COUNTED, **emptied}, samples.dataset(**EVERYTHING))
    with pytest.raises(InvalidDocument) as caught:
        resolve_split(split(kind="random"), found)
    (problem,) = caught.value.problems
    path, words = STEPS[name]
    assert (problem.code, problem.path) == ("E_EMPTY", path)
    assert problem.problem.startswith(words)


def test_what_filters_count_back_from_is_frozen_with_the_split():
    """S1.28."""
    found = Reference.from_row(ALL_COUNTED, samples.dataset(**EVERYTHING))
    bounds = resolve_split(split(kind="random"), found)
    assert (bounds.window_ref, bounds.newest) == (LEAP_DAY, {"launched": date(2024, 1, 31)})


def test_what_each_filter_kept():
    """S1.23: rows of rows, products of products."""
    found = Reference.from_row(ALL_COUNTED, samples.dataset(**EVERYTHING))
    assert found.counts() == {
        "filters.rows.0": (95, 96),
        "filters.window": (94, 95),
        "filters.products": (4, 9),
        "filters.customers": (5, 6),
    }


def funnel(source: int, roles: int, first: int, second: int) -> Reference:
    row = {
        "source_rows": source,
        "role_rows": roles,
        "filter_0_rows": first,
        "filter_1_rows": second,
        "first_day": "2024-02-01" if second else None,
        "last_day": "2024-02-29" if second else None,
    }
    return Reference.from_row(row, samples.dataset(filters=FILTERS))


def test_a_reference_is_read_from_dates_and_from_their_text():
    found = funnel(10, 9, 8, 7)
    assert (found.rows, found.first_day, found.last_day, found.days) == (7, date(2024, 2, 1), LEAP_DAY, 29)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            (0, 0, 0, 0),
            "`tables.0.table`: table `sales.purchases` has no rows. Load data into it, or name another table.",
        ),
        (
            (10, 0, 0, 0),
            "`roles`: the rule that every role but `order_id` has a value keeps none of 10 rows. "
            "Map the roles to columns that are filled.",
        ),
        (
            (10, 9, 0, 0),
            "`filters.rows.0`: the filter `quantity` > 0 keeps none of 9 rows. Loosen the filter or remove it.",
        ),
        (
            (10, 9, 8, 0),
            "`filters.rows.1`: the filter `price` <= 0.5 keeps none of 8 rows. Loosen the filter or remove it.",
        ),
    ],
)
def test_no_rows_names_the_first_step_that_left_none(rows, sentence):
    """S1.35 E_EMPTY."""
    with pytest.raises(InvalidDocument) as caught:
        resolve_split(split(kind="random"), funnel(*rows))
    (problem,) = caught.value.problems
    assert (problem.code, str(problem)) == ("E_EMPTY", sentence)
