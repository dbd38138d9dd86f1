"""Derived purchase histories (domain S1.24): what a customer bought in the train split before a row, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from shared.columns import OutputColumn
from shared.documents import Dataset, History
from shared.sql.parts import (
    CUSTOMER_HASH,
    SECONDS,
    SPLIT,
    Step,
    all_,
    any_,
    as_,
    ascending,
    column,
    descending,
    if_,
    integer,
    is_null,
    not_null,
    string,
    subquery,
    table,
    text,
    window,
)
from shared.sql.steps import in_split
from shared.sql.values import ELEMENT, elements

CUSTOMER, ITEM, BOUGHT, AGAIN, AT, ITEMS, FIRST = (
    "qt_customer",
    "qt_item",
    "qt_bought",
    "qt_bought_again",
    "qt_at",
    "qt_items",
    "qt_first",
)
END = 2**63 - 1  # the moment after all of train, which eval and test rows look back from


def profile_steps(dataset: Dataset, histories: Iterable[OutputColumn], sample_percent: int) -> list[Step]:
    """One step for each history over `labelled`; only sampled train rows are looked at (S2.8)."""
    make = {"point_in_time": _before_each_moment, "profile": _at_the_end}
    return [
        (profile_step(output.history), make[output.history.mode](dataset, output.history, sample_percent))
        for output in histories
        if output.history is not None
    ]


def profile_step(history: History) -> str:
    return f"profile_{history.name}"


def join_profile(query: exp.Select, dataset: Dataset, history: History) -> exp.Select:
    """The list that belongs to each row of `labelled`; no two rows of a profile have one customer and moment."""
    profile = profile_step(history)
    customer = text(column(dataset.roles.customer_id, "labelled"))
    conditions: list[exp.Expression] = [exp.EQ(this=customer, expression=column(CUSTOMER, profile))]
    if history.mode == "point_in_time":
        moment = if_(_in_train("labelled"), column(SECONDS, "labelled"), integer(END))
        conditions.append(exp.EQ(this=moment, expression=column(AT, profile)))
    return query.join(table(profile), on=all_(conditions), join_type="LEFT")


def history_value(history: History) -> exp.Expression:
    """The list of a row; without the row's own item when it is one of the train rows the profile was made of."""
    items = column(ITEMS, profile_step(history))
    if history.mode == "point_in_time":
        return items
    own = text(column(history.item, "labelled"))
    element = column(ELEMENT)
    other = any_([_in_train("labelled").not_(), is_null(own), exp.NEQ(this=element, expression=own.copy())])
    return elements(items, element.copy(), [other], limit=history.length)


def length_steps(dataset: Dataset, histories: Sequence[History], sample_percent: int) -> list[Step]:
    """`measured`: rows of `labelled` with the length of each list as `qt_length_<number>`.

    Lists are counted and not made: of n distinct items that a row may see, the first `length` are in its list. An item
    counts at the first purchase of it, and a row sees what was counted strictly before its moment.
    """
    customer = text(column(dataset.roles.customer_id))
    timed = dataset.roles.event_time is not None
    train = in_split("train", sample_percent)
    moment = if_(_in_train(), column(SECONDS) if timed else integer(0), integer(END))
    firsts: list[exp.Expression] = [exp.Star(), as_(moment, AT)]
    for number, history in enumerate(histories):
        item = column(history.item)
        same = [customer.copy(), text(item), if_(all_([train, not_null(item)]), integer(1), integer(0))]
        place = window(exp.RowNumber(), same, [ascending(column(SECONDS))] if timed else [])
        is_first = all_([train, not_null(item), exp.EQ(this=place, expression=integer(1))])
        firsts.append(as_(if_(is_first, integer(1), integer(0)), f"{FIRST}_{number}"))
    lengths = [column(SPLIT), column(CUSTOMER_HASH)]
    for number, history in enumerate(histories):
        seen = _seen_by_profile if history.mode == "profile" else _seen_before
        found = exp.Least(this=seen(history, number, customer), expressions=[integer(history.length)])
        lengths.append(as_(found, f"qt_length_{number}"))
    return [
        ("firsts", exp.select(*firsts).from_(table("labelled"))),
        ("measured", exp.select(*lengths).from_(table("firsts"))),
    ]


def _seen_before(history: History, number: int, customer: exp.Expression) -> exp.Expression:
    """What was counted up to a row's moment, less what was counted in that moment."""
    first = column(f"{FIRST}_{number}")
    so_far = window(exp.Sum(this=first), [customer.copy()], [ascending(column(AT))])
    now = window(exp.Sum(this=first.copy()), [customer.copy(), column(AT)])
    return exp.Sub(this=so_far, expression=now)


def _seen_by_profile(history: History, number: int, customer: exp.Expression) -> exp.Expression:
    """All that was counted, less a train row's own item."""
    own = if_(all_([_in_train(), not_null(column(history.item))]), integer(1), integer(0))
    counted = window(exp.Sum(this=column(f"{FIRST}_{number}")), [customer.copy()])
    return exp.Sub(this=counted, expression=own)


def _in_train(step: str | None = None) -> exp.Expression:
    """False for rows that are in no split."""
    return exp.EQ(
        this=exp.func("COALESCE", column(SPLIT, step), string(""), dialect="bigquery"), expression=string("train")
    )


def _before_each_moment(dataset: Dataset, history: History, sample_percent: int) -> exp.Select:
    """The last distinct items before each second in which a customer bought, and at the end of train.

    An item stands at the moments after one purchase of it up to and including the next: strictly before, so that lines
    of one second never see each other.
    """
    customer = text(column(dataset.roles.customer_id))
    train = in_split("train", sample_percent)
    own = exp.select(as_(customer, CUSTOMER), as_(column(SECONDS), AT)).distinct().from_(table("labelled")).where(train)
    end = exp.select(as_(customer.copy(), CUSTOMER), as_(integer(END), AT)).distinct()
    moments = exp.Union(this=own, expression=end.from_(table("labelled")).where(train.copy()), distinct=False)
    partition = [column(CUSTOMER), column(ITEM)]
    again = window(exp.Lead(this=column(BOUGHT)), partition, [ascending(column(BOUGHT))])
    bought = exp.select(column(CUSTOMER), column(ITEM), column(BOUGHT), as_(again, AGAIN)).from_(
        subquery(_purchases(dataset, history, train, column(SECONDS)).distinct())
    )
    stands = [
        exp.EQ(this=column(CUSTOMER, "moments"), expression=column(CUSTOMER, "bought")),
        exp.LT(this=column(BOUGHT, "bought"), expression=column(AT, "moments")),
        any_(
            [
                is_null(column(AGAIN, "bought")),
                exp.GTE(this=column(AGAIN, "bought"), expression=column(AT, "moments")),
            ]
        ),
    ]
    items = _newest(column(ITEM, "bought"), [descending(column(BOUGHT, "bought"))], history.length)
    keys = [column(CUSTOMER, "moments"), column(AT, "moments")]
    joined = exp.select(*keys, as_(items, ITEMS)).from_(subquery(moments, "moments"))
    joined = joined.join(subquery(bought, "bought"), on=all_(stands), join_type="INNER")
    return joined.group_by(*(key.copy() for key in keys))


def _at_the_end(dataset: Dataset, history: History, sample_percent: int) -> exp.Select:
    """Everything a customer bought in train, one more than asked for, since a row's own item will be taken out."""
    timed = dataset.roles.event_time is not None
    last = exp.Max(this=column(SECONDS)) if timed else integer(0)
    purchases = _purchases(dataset, history, in_split("train", sample_percent), last)
    purchases = purchases.group_by(text(column(dataset.roles.customer_id)), text(column(history.item)))
    order = [descending(column(BOUGHT))] if timed else []
    items = _newest(column(ITEM), order, history.length + 1)
    query = exp.select(column(CUSTOMER), as_(items, ITEMS)).from_(subquery(purchases))
    return query.group_by(column(CUSTOMER))


def _purchases(dataset: Dataset, history: History, train: exp.Expression, bought: exp.Expression) -> exp.Select:
    shown = [
        as_(text(column(dataset.roles.customer_id)), CUSTOMER),
        as_(text(column(history.item)), ITEM),
        as_(bought, BOUGHT),
    ]
    return exp.select(*shown).from_(table("labelled")).where(all_([train, not_null(column(history.item))]))


def _newest(item: exp.Column, order: list[exp.Ordered], length: int) -> exp.Expression:
    """`ARRAY_AGG(item ORDER BY …, item LIMIT length)`"""
    ordered = exp.Order(this=item, expressions=[*order, ascending(item.copy())])
    return exp.ArrayAgg(this=exp.Limit(this=ordered, expression=integer(length)))
