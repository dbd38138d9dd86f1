"""Which rows of `joined` stay: roles, nulls, row filters and the date window (domain S1.5, S1.14, S1.17, S1.18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlglot import exp

from shared.columns import OutputColumn
from shared.documents import (
    CategoryFilter,
    Comparison,
    Dataset,
    DateFilter,
    NullFilter,
    NumberFilter,
    RowFilter,
    Window,
)
from shared.splits import Bounds
from shared.sql.parts import (
    all_,
    any_,
    column,
    day_literal,
    day_of,
    days_between,
    integer,
    is_null,
    not_null,
    subquery,
    table,
)
from shared.sql.values import event_day, literal, number

COMPARISONS: Mapping[Comparison, type[exp.Binary]] = {
    "lt": exp.LT,
    "le": exp.LTE,
    "gt": exp.GT,
    "ge": exp.GTE,
    "eq": exp.EQ,
    "ne": exp.NEQ,
}
REQUIRED_ROLES = ("customer_id", "product_id", "event_time")


def required_roles(dataset: Dataset) -> list[str]:
    """Output names of the roles without which a row is dropped (S1.5)."""
    return [name for role in REQUIRED_ROLES if (name := getattr(dataset.roles, role)) is not None]


def names_in_conditions(dataset: Dataset, outputs: Mapping[str, OutputColumn], required: frozenset[str]) -> set[str]:
    """The columns that decide which rows stay."""
    dropped = {name for name, output in outputs.items() if output.nulls == "drop_row"}
    return {*required_roles(dataset), *dropped, *required, *(rule.column for rule in dataset.filters.rows)}


def row_conditions(
    dataset: Dataset,
    outputs: Mapping[str, OutputColumn],
    required: frozenset[str] = frozenset(),
    bounds: Bounds | None = None,
) -> list[tuple[str, exp.Expression]]:
    """The funnel's steps before the window, by their names there; without `bounds` relative days are asked for."""
    roles = required_roles(dataset)
    steps = [("role", all_([not_null(column(name)) for name in roles]))]
    dropped = sorted(name for name, output in outputs.items() if output.nulls == "drop_row" and name not in roles)
    if dropped:
        steps.append(("null", all_([not_null(column(name)) for name in dropped])))
    if required:
        steps.append(("required", all_([not_null(column(name)) for name in sorted(required)])))
    for index, rule in enumerate(dataset.filters.rows):
        steps.append((f"filter_{index}", row_filter(rule, outputs[rule.column].warehouse_type, bounds)))
    return steps


def row_filter(rule: RowFilter, kind: str, bounds: Bounds | None = None) -> exp.Expression:
    """One row filter over a column of this warehouse type (S1.17)."""
    value = column(rule.column)
    if isinstance(rule, NullFilter):
        return is_null(value) if rule.keep == "null" else not_null(value)
    if isinstance(rule, DateFilter):
        newest = None if bounds is None else bounds.newest.get(rule.column)
        return _days(day_of(value), rule, _last_days(day_of(value), rule.last_days, newest or _newest(rule.column)))
    if isinstance(rule, CategoryFilter):
        chosen: exp.Expression = exp.In(this=value, expressions=[literal(each, kind) for each in rule.values])
        chosen = chosen if rule.mode == "include" else chosen.not_()
        nulls = rule.nulls or ("drop" if rule.mode == "include" else "keep")
    else:
        chosen, nulls = compared(value, rule, kind), rule.nulls
    return any_([chosen, is_null(value.copy())]) if nulls == "keep" else chosen


def compared(value: exp.Expression, rule: NumberFilter | Any, kind: str) -> exp.Expression:
    """`value op …`; `rule` is a number filter or an aggregate (S1.17, S1.20)."""
    if rule.op == "between":
        return exp.Between(this=value, low=number(rule.min, kind), high=number(rule.max, kind))
    return COMPARISONS[rule.op](this=value, expression=number(rule.value, kind))


def newest_days(dataset: Dataset) -> dict[str, exp.Expression]:
    """The newest day of each column that a filter is relative to, by column (S1.17)."""
    rules = (rule for rule in dataset.filters.rows if isinstance(rule, DateFilter) and rule.last_days is not None)
    return {rule.column: _newest(rule.column) for rule in rules}


def _newest(name: str) -> exp.Expression:
    return subquery(exp.select(exp.Max(this=day_of(column(name)))).from_(table("joined")))


# -------------------------------------------------------------------------------------------------------- the window


def window_conditions(
    dataset: Dataset, before: Sequence[exp.Expression], bounds: Bounds | None
) -> list[exp.Expression]:
    """The date window (S1.18), and no row after the frozen last day (S1.28); `before`: the conditions of the rows."""
    conditions = []
    rule = dataset.filters.window
    if rule is not None:
        newest = bounds and bounds.window_ref
        reference = newest or subquery(
            exp.select(exp.Max(this=event_day(dataset))).from_(table("joined")).where(all_(before))
        )
        conditions.append(_days(event_day(dataset), rule, _last_days(event_day(dataset), rule.last_days, reference)))
    if bounds is not None and bounds.ref is not None:
        conditions.append(exp.LTE(this=event_day(dataset), expression=day_literal(bounds.ref)))
    return conditions


def _days(day: exp.Expression, rule: DateFilter | Window, last_days: exp.Expression | None) -> exp.Expression:
    """Fixed days, both ends inclusive, or the last ones."""
    conditions = [] if last_days is None else [last_days]
    if rule.from_day is not None:
        conditions.append(exp.GTE(this=day.copy(), expression=day_literal(rule.from_day)))
    if rule.to is not None:
        conditions.append(exp.LTE(this=day.copy(), expression=day_literal(rule.to)))
    return all_(conditions)


def _last_days(day: exp.Expression, count: int | None, newest: date | exp.Expression) -> exp.Expression | None:
    """`day >= newest - (count - 1)` (S1.18); a difference, because day arithmetic ends at the year 1."""
    if count is None:
        return None
    if isinstance(newest, date):
        first = newest - timedelta(days=min(count - 1, (newest - date.min).days))
        return exp.GTE(this=day, expression=day_literal(first))
    return exp.LTE(this=days_between(newest, day), expression=integer(count - 1))
