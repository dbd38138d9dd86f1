"""What is asked once about the rows as a whole, for their quality (domain S1.31, S1.32)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlglot import exp

from shared.analysis.cells import comparable, stored_outputs
from shared.columns import Catalogue, OutputColumn
from shared.documents import Dataset
from shared.splits import Bounds
from shared.sql.entities import figures
from shared.sql.parts import (
    DAY,
    Step,
    all_,
    as_,
    ascending,
    cast,
    coalesce,
    column,
    count_if,
    count_rows,
    days_between,
    if_,
    integer,
    print_query,
    string,
    subquery,
    table,
    text,
    window,
    with_steps,
)
from shared.sql.queries import labelled_steps
from shared.sql.steps import in_split

REGULAR_PURCHASES = 3
_PURCHASES, _ROWS, _GAP, _CUSTOMER_SEEN, _PRODUCT_SEEN = (
    "qt_transactions",  # as `shared.sql.entities.figures` names it
    "qt_rows",
    "qt_gap",
    "qt_customer_seen",
    "qt_product_seen",
)


@dataclass(frozen=True)
class Facts:
    """The one row of `facts_query`; `days` is None without event times, `longest_gap` counts days without events."""

    rows: int
    customers: int
    products: int
    pairs: int  # distinct pairs of a customer and a product
    regular_customers: int  # with at least 3 purchases (S1.6)
    one_time_customers: int
    largest_customer_rows: int
    duplicates: int  # rows that repeat another one in every selected column
    negative_revenue: int
    negative_quantity: int
    test_rows: int
    warm_test_rows: int  # whose customer and product are in train
    days: int | None = None
    longest_gap: int = 0

    @property
    def density(self) -> float:
        """Of all pairs that could occur, those that do."""
        return self.pairs / (self.customers * self.products) if self.pairs else 0.0

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Facts:
        own = {name: int(row[name] or 0) for name in cls.__dataclass_fields__ if name in row}
        first, last = (_as_date(row.get(name)) for name in ("first_day", "last_day"))
        return cls(
            **own,
            duplicates=own["rows"] - int(row["distinct_rows"]),
            days=(last - first).days + 1 if first and last else None,
        )


def facts_query(dataset: Dataset, catalogue: Catalogue, bounds: Bounds, split_seed: int) -> str:
    """One row, of the rows that a run with this split would start from; `bounds` are those of S2.13."""
    outputs = stored_outputs(dataset, catalogue)
    steps = labelled_steps(dataset, catalogue, outputs, bounds, split_seed)
    steps += _figure_steps(dataset, outputs)
    counts = {
        "rows": _of("marked", count_rows()),
        "customers": _of("customer_figures", count_rows()),
        "products": _of("products", count_rows()),
        "pairs": _of("pairs", count_rows()),
        "regular_customers": _of("customer_figures", count_if(_purchased(exp.GTE, REGULAR_PURCHASES))),
        "one_time_customers": _of("customer_figures", count_if(_purchased(exp.EQ, 1))),
        "largest_customer_rows": _of("customer_figures", exp.Max(this=column(_ROWS))),
        "distinct_rows": _of("distinct_rows", count_rows()),
        "negative_revenue": _of("marked", _negative(dataset.roles.revenue)),
        "negative_quantity": _of("marked", _negative(dataset.roles.quantity)),
        "test_rows": _of("marked", count_if(in_split("test", 100))),
        "warm_test_rows": _of("marked", count_if(_is_warm())),
    }
    if dataset.roles.event_time is not None:
        steps.append(("gaps", _gaps()))
        counts["first_day"] = _of("gaps", exp.Min(this=column(DAY)))
        counts["last_day"] = _of("gaps", exp.Max(this=column(DAY)))
        counts["longest_gap"] = _of("gaps", coalesce(exp.Max(this=column(_GAP)), integer(0)))
    query = exp.select(*(as_(count, name) for name, count in counts.items()))
    return print_query(with_steps(query, steps), dataset)


def _figure_steps(dataset: Dataset, outputs: list[OutputColumn]) -> list[Step]:
    customer, product = text(column(dataset.roles.customer_id)), text(column(dataset.roles.product_id))
    of_customers = figures(dataset, "customers", {"transactions"}).from_(table("labelled"))
    pairs = exp.select(as_(customer, "qt_customer"), as_(product, "qt_product")).distinct().from_(table("labelled"))
    values = [as_(comparable(output), output.name) for output in outputs]
    in_train = if_(in_split("train", 100), integer(1), integer(0))
    marks = [
        as_(window(exp.Max(this=in_train), [customer.copy()]), _CUSTOMER_SEEN),
        as_(window(exp.Max(this=in_train.copy()), [product.copy()]), _PRODUCT_SEEN),
    ]
    return [
        ("customer_figures", of_customers.select(as_(count_rows(), _ROWS))),
        ("pairs", pairs),
        ("products", exp.select(column("qt_product")).distinct().from_(table("pairs"))),
        ("distinct_rows", exp.select(*values).distinct().from_(table("labelled"))),
        ("marked", exp.select(exp.Star(), *marks).from_(table("labelled"))),
    ]


def _gaps() -> exp.Select:
    """Each day with events, and the days without any before it."""
    before = window(exp.Lag(this=column(DAY)), order=[ascending(column(DAY))])
    apart = days_between(column(DAY), before)
    days = exp.select(column(DAY)).distinct().from_(table("labelled"))
    return exp.select(column(DAY), as_(exp.Sub(this=apart, expression=integer(1)), _GAP)).from_(subquery(days))


def _purchased(comparison: type[exp.Binary], times: int) -> exp.Expression:
    return comparison(this=column(_PURCHASES), expression=integer(times))


def _negative(role: str | None) -> exp.Expression:
    if role is None:
        return count_if(exp.false())
    return count_if(exp.LT(this=cast(column(role), "FLOAT64"), expression=cast(string("0"), "FLOAT64")))


def _is_warm() -> exp.Expression:
    seen = [exp.EQ(this=column(name), expression=integer(1)) for name in (_CUSTOMER_SEEN, _PRODUCT_SEEN)]
    return all_([in_split("test", 100), *seen])


def _of(step: str, value: exp.Expression) -> exp.Expression:
    return subquery(exp.select(value).from_(table(step)))


def _as_date(value: Any) -> date | None:
    """A warehouse's client gives a date, JSON gives its text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
