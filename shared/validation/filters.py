"""Filters of a dataset: over columns they can be about, complete, and without fields that do nothing (S1.17-S1.22)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.columns import DAY_TYPES, NUMBER_TYPES, OutputColumn, missing_column
from shared.documents import (
    Aggregate,
    CategoryFilter,
    Dataset,
    DateFilter,
    EntityFilter,
    NullFilter,
    NumberFilter,
    RowFilter,
    Window,
)
from shared.names import listed
from shared.problems import Problem
from shared.sql.values import NoLiteral, literal
from shared.tables import Catalogue

CATEGORY_TYPES = frozenset({"STRING", "INT64", "BOOL"})
_TYPES = {CategoryFilter: CATEGORY_TYPES, NumberFilter: NUMBER_TYPES, DateFilter: DAY_TYPES}
_KINDS = {
    CategoryFilter: "text, integers or booleans",
    NumberFilter: "numbers",
    DateFilter: "times that hold a day",
}
_NEEDS = {"revenue": "revenue", "average_revenue": "revenue", "last_seen_days": "event_time"}


def filter_problems(dataset: Dataset, outputs: Mapping[str, OutputColumn], catalogue: Catalogue) -> Iterator[Problem]:
    """Row filters, the window, and what products and customers must add up to."""
    seen: set[str] = set()
    for index, rule in enumerate(dataset.filters.rows):
        path = f"filters.rows.{index}"
        if rule.column not in outputs:
            where = f"{path}.column"
            yield missing_column(where, rule.column, dataset, outputs.values(), catalogue, "E_COLUMN_NOT_FOUND")
        else:
            yield from _column_problems(path, rule, outputs[rule.column])
        yield from _rule_problems(path, rule)
        if rule.column in seen:
            problem = f"column `{rule.column}` is filtered twice."
            yield Problem("E_FILTER_TWICE", f"{path}.column", problem, "Keep one filter for a column.")
        seen.add(rule.column)
    if dataset.filters.window is not None:
        yield from _window_problems(dataset.filters.window, dataset)
    for entity, rule in (("products", dataset.filters.products), ("customers", dataset.filters.customers)):
        if rule is not None:
            yield from _entity_problems(f"filters.{entity}", rule, dataset)


def _column_problems(path: str, rule: RowFilter, output: OutputColumn) -> Iterator[Problem]:
    """E_FILTER_TYPE, E_FILTER_VALUE."""
    if output.repeated:
        problem = f"column `{output.name}` holds lists, which cannot be filtered."
        yield Problem("E_FILTER_TYPE", f"{path}.column", problem, "Filter another column.")
    elif not isinstance(rule, NullFilter) and output.warehouse_type not in _TYPES[type(rule)]:
        problem = (
            f"column `{output.name}` is {output.warehouse_type}, and a {rule.kind} filter needs {_KINDS[type(rule)]}."
        )
        yield Problem("E_FILTER_TYPE", f"{path}.column", problem, "Use a filter of another kind, or another column.")
    elif isinstance(rule, CategoryFilter):
        wrong = [value for value in rule.values if not _is_of_type(value, output.warehouse_type)]
        if wrong:
            shown = listed((str(value)[:80] for value in wrong), limit=3)
            problem = f"column `{output.name}` is {output.warehouse_type} and never holds {shown}."
            yield Problem(
                "E_FILTER_VALUE", f"{path}.values", problem, f"Give values of the type {output.warehouse_type}."
            )


def _is_of_type(value: str | int | bool, kind: str) -> bool:
    if kind == "INT64":
        return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    try:
        literal(value, kind)
    except NoLiteral:
        return False
    return True


def _rule_problems(path: str, rule: RowFilter) -> Iterator[Problem]:
    """What is missing in a rule, what does nothing in it, and ranges the wrong way round."""
    if isinstance(rule, NumberFilter):
        yield from comparison_problems(path, rule)
    elif isinstance(rule, DateFilter):
        yield from period_problems(path, rule)


def comparison_problems(path: str, rule: NumberFilter | Aggregate) -> Iterator[Problem]:
    """`between` has `min` and `max`, every other operator `value` (S1.17)."""
    wanted, useless = (("min", "max"), ("value",)) if rule.op == "between" else (("value",), ("min", "max"))
    for name in wanted:
        if getattr(rule, name) is None:
            problem = f"`op: {rule.op}` needs a `{name}`."
            yield Problem("E_REQUIRED", f"{path}.{name}", problem, f"Give `{name}` a number.")
    yield from _without_effect(path, rule, useless, f"`op: {rule.op}`")
    if rule.op == "between" and rule.min is not None and rule.max is not None and rule.min > rule.max:
        problem = f"no number lies between {rule.min:g} and {rule.max:g}."
        yield Problem("E_RANGE", f"{path}.min", problem, "Use a `min` of at most `max`.")


def period_problems(path: str, rule: DateFilter | Window) -> Iterator[Problem]:
    """Exactly one way to give days (S1.17, S1.18)."""
    fixed = rule.from_day is not None or rule.to is not None
    if rule.last_days is None and not fixed:
        problem = "it is not said which days are kept."
        yield Problem("E_REQUIRED", path, problem, "Give `last_days`, or `from` and `to`.")
    elif rule.last_days is not None:
        names = {"from": rule.from_day, "to": rule.to}
        for name in (name for name, day in names.items() if day is not None):
            problem = f"`{name}` does nothing beside `last_days`."
            yield Problem("E_UNKNOWN_FIELD", f"{path}.{name}", problem, "Give `last_days`, or `from` and `to`.")
    elif rule.from_day is not None and rule.to is not None and rule.from_day > rule.to:
        problem = f"no day lies between {rule.from_day} and {rule.to}."
        yield Problem("E_RANGE", f"{path}.from", problem, "Use a `from` of at most `to`.")


def _window_problems(rule: Window, dataset: Dataset) -> Iterator[Problem]:
    yield from period_problems("filters.window", rule)
    if dataset.roles.event_time is None:
        yield _role_missing("filters.window", "a date window", "event_time")


def _entity_problems(path: str, rule: EntityFilter, dataset: Dataset) -> Iterator[Problem]:
    if rule.top_revenue_percent is None and rule.min_transactions is None and not rule.aggregates:
        problem = "the filter holds no condition."
        yield Problem(
            "E_UNKNOWN_FIELD", path, problem, "Give `top_revenue_percent`, `min_transactions` or `aggregates`."
        )
    if rule.top_revenue_percent is not None and dataset.roles.revenue is None:
        yield _role_missing(f"{path}.top_revenue_percent", "the share of revenue", "revenue")
    for index, aggregate in enumerate(rule.aggregates):
        where = f"{path}.aggregates.{index}"
        yield from comparison_problems(where, aggregate)
        role = _NEEDS.get(aggregate.measure)
        if role is not None and getattr(dataset.roles, role) is None:
            yield _role_missing(f"{where}.measure", f"`{aggregate.measure}`", role)


def _without_effect(path: str, rule: Any, names: tuple[str, ...], beside: str) -> Iterator[Problem]:
    """E_UNKNOWN_FIELD (S0.2)."""
    for name in names:
        if getattr(rule, name) is not None:
            problem = f"`{name}` does nothing beside {beside}."
            yield Problem("E_UNKNOWN_FIELD", f"{path}.{name}", problem, f"Remove `{name}`.")


def _role_missing(path: str, what: str, role: str) -> Problem:
    return Problem("E_ROLE_MISSING", path, f"{what} needs the role `{role}`.", f"Map `roles.{role}` to a column.")
