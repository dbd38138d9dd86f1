"""Filters as people read them (domain S1.23). Imports documents only, so that every module may use the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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

OPERATORS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=", "ne": "!="}
SHOWN_VALUES = 5
LONGEST_VALUE = 60  # characters of one of them
_MEASURES = {
    "transactions": "purchases",
    "revenue": "revenue",
    "average_revenue": "average revenue",
    "distinct_counterparts": {"products": "distinct customers", "customers": "distinct products"},
    "last_seen_days": "days since last seen",
}


def filter_sentences(dataset: Dataset, counts: Mapping[str, tuple[int, int]] | None = None) -> list[str]:
    """ "Filter 2: products with the top 80% of revenue (412 of 3,684)", in the order in which they apply (S1.16).

    `counts` holds (kept, of) by the field's path: `filters.rows.0`, `filters.window`, `filters.products`,
    `filters.customers`; the last two are of products and customers, the others of rows.
    """
    counts = counts or {}
    return [
        f"Filter {number}: {words}{_counted(counts.get(path))}"
        for number, (path, words) in enumerate(_filters(dataset), start=1)
    ]


def rule_words(rule: RowFilter) -> str:
    """A row filter: "`quantity` > 0"."""
    words = {
        CategoryFilter: _category_words,
        NumberFilter: _number_words,
        DateFilter: _date_words,
        NullFilter: _null_words,
    }
    return words[type(rule)](rule)


def window_words(window: Window) -> str:
    """The date window (S1.18): "the last 90 days"."""
    return _period(window.last_days, window.from_day, window.to)


def entity_words(entity: str, rule: EntityFilter) -> str:
    """What `products` or `customers` must add up to: "products with the top 80% of revenue and purchases >= 2"."""
    conditions = []
    if rule.top_revenue_percent is not None:
        conditions.append(f"the top {rule.top_revenue_percent:g}% of revenue")
    if rule.min_transactions is not None:
        conditions.append(f"purchases >= {rule.min_transactions:,}")
    conditions += [_aggregate_words(entity, aggregate) for aggregate in rule.aggregates]
    return f"{entity} with {' and '.join(conditions)}" if conditions else f"all {entity}"


def _filters(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """(path, words) of every filter that is set."""
    filters = dataset.filters
    for index, rule in enumerate(filters.rows):
        yield f"filters.rows.{index}", rule_words(rule)
    if filters.window is not None:
        yield "filters.window", window_words(filters.window)
    if filters.products is not None:
        yield "filters.products", entity_words("products", filters.products)
    if filters.customers is not None:
        yield "filters.customers", entity_words("customers", filters.customers)


def _counted(count: tuple[int, int] | None) -> str:
    return f" ({count[0]:,} of {count[1]:,})" if count else ""


def _category_words(rule: CategoryFilter) -> str:
    values = ", ".join(_quoted(value) for value in rule.values[:SHOWN_VALUES])
    if len(rule.values) > SHOWN_VALUES:
        values += f" and {len(rule.values) - SHOWN_VALUES:,} more"
    excludes = rule.mode == "exclude"
    words = f"`{rule.column}` is {'none' if excludes else 'one'} of {values}"
    # include drops nulls and exclude keeps them unless the document says otherwise (S1.17)
    if excludes and rule.nulls == "drop":
        return f"{words}, and not null"
    return f"{words}, or null" if not excludes and rule.nulls == "keep" else words


def _number_words(rule: NumberFilter) -> str:
    words = f"`{rule.column}` {_comparison(rule)}"
    return f"{words}, or null" if rule.nulls == "keep" else words


def _date_words(rule: DateFilter) -> str:
    return f"`{rule.column}` in {_period(rule.last_days, rule.from_day, rule.to)}"


def _null_words(rule: NullFilter) -> str:
    return f"`{rule.column}` is {'null' if rule.keep == 'null' else 'not null'}"


def _aggregate_words(entity: str, rule: Aggregate) -> str:
    measure = _MEASURES[rule.measure]
    return f"{measure if isinstance(measure, str) else measure[entity]} {_comparison(rule)}"


def _comparison(rule: NumberFilter | Aggregate) -> str:
    if rule.op == "between":
        return f"between {_number(rule.min)} and {_number(rule.max)}"
    return f"{OPERATORS[rule.op]} {_number(rule.value)}"


def _period(last_days: int | None, from_day: object, to: object) -> str:
    """Days, ends included."""
    if last_days is not None:
        return "the last day" if last_days == 1 else f"the last {last_days:,} days"
    if from_day is None:
        return f"the days up to {to}"
    return f"the days from {from_day}" if to is None else f"the days from {from_day} to {to}"


def _number(value: float | None) -> str:
    """All of its digits, and no `.0`."""
    if value is None:
        return "?"  # a rule that validation refuses (E_REQUIRED) is still read aloud in its report
    return f"{int(value):,}" if value.is_integer() and abs(value) < 2**53 else repr(value)


def _quoted(value: str | int | bool) -> str:
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        value = f"{value[:LONGEST_VALUE]}…"
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
