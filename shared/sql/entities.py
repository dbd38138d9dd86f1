"""Which products and customers stay, and the rows of both (domain S1.16, S1.19-S1.21)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlglot import exp

from shared.documents import Aggregate, Dataset, EntityFilter
from shared.splits import Bounds
from shared.sql.conditions import compared
from shared.sql.parts import (
    DAY,
    Step,
    all_,
    as_,
    ascending,
    cast,
    coalesce,
    column,
    concat,
    count_distinct,
    count_rows,
    day_literal,
    days_between,
    descending,
    string,
    subquery,
    table,
    text,
    window,
)
from shared.sql.values import UNIT_SEPARATOR, unit_key

Entity = Literal["products", "customers"]
ROLE_OF: Mapping[Entity, str] = {"products": "product_id", "customers": "customer_id"}
ID, REVENUE = "qt_id", "qt_revenue"
MONEY = "NUMERIC"  # sums of floats depend on the order of the rows; a rerun must keep the same products (S1.28)


def entity_steps(dataset: Dataset, bounds: Bounds | None) -> list[Step]:
    """`fit`, `keep_products`, `keep_customers` and `filtered`, or nothing without such filters.

    With a split by time the filters are fitted on the days before the test window (S1.21).
    """
    rules = entity_filters(dataset)
    if not rules:
        return []
    fit = exp.select(exp.Star()).from_(table("base"))
    if bounds is not None and bounds.test_start is not None:
        fit = fit.where(exp.LT(this=column(DAY), expression=day_literal(bounds.test_start)))
    kept = [(f"keep_{entity}", kept_ids(dataset, entity, rule)) for entity, rule in rules.items()]
    filtered = exp.select(exp.Star()).from_(table("base")).where(all_([passes(dataset, entity) for entity in rules]))
    return [("fit", fit), *kept, ("filtered", filtered)]


def entity_filters(dataset: Dataset) -> dict[Entity, EntityFilter]:
    found = {"products": dataset.filters.products, "customers": dataset.filters.customers}
    return {entity: rule for entity, rule in found.items() if rule is not None}


def passes(dataset: Dataset, entity: Entity) -> exp.Expression:
    """Whether a row's product, or its customer, is kept."""
    kept = exp.select(column(ID)).from_(table(f"keep_{entity}"))
    return exp.In(this=text(column(getattr(dataset.roles, ROLE_OF[entity]))), query=subquery(kept))


def kept_ids(dataset: Dataset, entity: Entity, rule: EntityFilter) -> exp.Select:
    """The ids that stay: one row of figures for each, then all conditions at once, so that each sees all ids."""
    conditions = [_aggregate(aggregate) for aggregate in aggregates(rule)]
    measures = {aggregate.measure for aggregate in aggregates(rule)}
    if rule.top_revenue_percent is not None:
        conditions.append(in_top(rule.top_revenue_percent))
        measures.add("top")
    query = exp.select(column(ID)).from_(subquery(figures(dataset, entity, measures)))
    if measures & {"top", "last_seen_days"}:
        query.set("qualify", exp.Qualify(this=all_(conditions)))
        return query
    return query.where(all_(conditions))


def aggregates(rule: EntityFilter) -> list[Aggregate]:
    """With the shorthand written out (S1.20)."""
    if rule.min_transactions is None:
        return list(rule.aggregates)
    return [Aggregate(measure="transactions", op="ge", value=float(rule.min_transactions)), *rule.aggregates]


def figures(dataset: Dataset, entity: Entity, measures: set[str]) -> exp.Select:
    """For each id of `fit` what the conditions are about."""
    identity = text(column(getattr(dataset.roles, ROLE_OF[entity])))
    shown = [as_(identity, ID)]
    if measures & {"transactions", "average_revenue"}:
        shown.append(as_(_transactions(dataset), "qt_transactions"))
    if measures & {"revenue", "average_revenue"}:
        shown.append(as_(_revenue(dataset), "qt_sum"))
    if "top" in measures:
        shown.append(as_(exp.Greatest(this=_revenue(dataset), expressions=[cast(string("0"), MONEY)]), REVENUE))
    if "distinct_counterparts" in measures:
        other = "customer_id" if entity == "products" else "product_id"
        shown.append(as_(count_distinct(text(column(getattr(dataset.roles, other)))), "qt_counterparts"))
    if "last_seen_days" in measures:
        shown.append(as_(exp.Max(this=column(DAY)), "qt_last_day"))
    return exp.select(*shown).from_(table("fit")).group_by(identity.copy())


def _transactions(dataset: Dataset) -> exp.Expression:
    """Purchases (S1.6): orders, or days of a customer and a product, or rows."""
    roles = dataset.roles
    if roles.order_id is not None:
        return count_distinct(unit_key(dataset, "qt_row_key"))
    if roles.event_time is None:
        return count_rows()
    parts = [text(column(roles.customer_id)), text(column(roles.product_id)), text(column(DAY))]
    return count_distinct(concat(parts[0], string(UNIT_SEPARATOR), parts[1], string(UNIT_SEPARATOR), parts[2]))


def _revenue(dataset: Dataset) -> exp.Expression:
    """An exact sum; what is no money (beyond 29 digits) counts as nothing."""
    money = exp.TryCast(this=column(dataset.roles.revenue), to=exp.DataType.build(MONEY, dialect="bigquery"), safe=True)
    return coalesce(exp.Sum(this=money), cast(string("0"), MONEY))


def _aggregate(rule: Aggregate) -> exp.Expression:
    if rule.measure == "transactions":
        return compared(column("qt_transactions"), rule, "INT64")
    if rule.measure == "distinct_counterparts":
        return compared(column("qt_counterparts"), rule, "INT64")
    if rule.measure == "last_seen_days":
        last = window(exp.Max(this=column("qt_last_day")))
        days = days_between(last, column("qt_last_day"))
        return compared(days, rule, "INT64")
    revenue = cast(column("qt_sum"), "FLOAT64")
    if rule.measure == "revenue":
        return compared(revenue, rule, "FLOAT64")
    return compared(exp.Div(this=revenue, expression=column("qt_transactions")), rule, "FLOAT64")


def in_top(percent: float) -> exp.Expression:
    """`cum - own < p/100 * total`: the entity that crosses the line stays (S1.19)."""
    order = [descending(column(REVENUE)), ascending(column(ID))]
    before = exp.Sub(this=window(exp.Sum(this=column(REVENUE)), order=order), expression=column(REVENUE))
    total = cast(window(exp.Sum(this=column(REVENUE))), "FLOAT64")
    share = cast(string(repr(percent / 100)), "FLOAT64")
    return exp.LT(this=cast(before, "FLOAT64"), expression=exp.Mul(this=share, expression=total))
