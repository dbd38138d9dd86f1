"""The pieces that every statement is built of, and the check of what was built (domain S1.25).

Identifiers come from the warehouse's catalogue and are always quoted; values are typed literals; nothing is formatted
into text. What is printed is parsed again, and must be one SELECT with the same tree over the declared tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timezone

import sqlglot
from sqlglot import exp

from shared.columns import table_path, tables_needed
from shared.documents import Dataset
from shared.hashing import HASH_HEX_DIGITS

DIALECT = "bigquery"
# Columns of our own beside the outputs, whose names cannot begin with qt_ (S0.5).
SPLIT, DAY, SECONDS, ROW_KEY, CUSTOMER_HASH = "qt_split", "qt_day", "qt_seconds", "qt_row_key", "qt_customer_hash"

Step = tuple[str, exp.Query]


def identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def table(step: str) -> exp.Table:
    """A step of the same statement."""
    return exp.Table(this=identifier(step))


def source_table(name: str, as_of: datetime | None = None) -> exp.Table:
    """A table of the warehouse, as it was at a moment (S1.28)."""
    project, schema, last = table_path(name)
    found = exp.table_(identifier(last), identifier(schema), project and identifier(project))
    if as_of is not None:
        moment = cast(string(as_of.astimezone(timezone.utc).isoformat(" ", "microseconds")), "TIMESTAMP")
        found.set("version", exp.Version(this="TIMESTAMP", kind="AS OF", expression=moment))
    return found


def column(name: str, step: str | None = None) -> exp.Column:
    return exp.Column(this=identifier(name), table=identifier(step) if step else None)


def as_(value: exp.Expression, name: str) -> exp.Alias:
    return exp.Alias(this=value, alias=identifier(name))


def string(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def integer(value: int) -> exp.Literal:
    return exp.Literal.number(value)


def cast(value: exp.Expression, kind: str) -> exp.Cast:
    return exp.cast(value, kind, dialect=DIALECT)


def text(value: exp.Expression) -> exp.Cast:
    """An id as the roles hold it (S1.5)."""
    return cast(value, "STRING")


def day_literal(day: date) -> exp.Cast:
    return cast(string(day.isoformat()), "DATE")


def day_of(value: exp.Expression) -> exp.Date:
    """The wall-clock day of a time of `joined` (S1.2)."""
    return exp.Date(this=value)


def days_between(later: exp.Expression, earlier: exp.Expression) -> exp.DateDiff:
    """Whole days; `date_part_boundary` is how BigQuery's own function is read back."""
    return exp.DateDiff(this=later, expression=earlier, unit=exp.var("DAY"), date_part_boundary=True)


def all_(conditions: Sequence[exp.Expression]) -> exp.Expression:
    """`a AND b AND c`, without the brackets that would have to be read back as nodes."""
    flat = [part.copy() for each in conditions for part in (each.flatten() if isinstance(each, exp.And) else [each])]
    return exp.and_(*flat, wrap=False) if flat else exp.true()


def any_(conditions: Sequence[exp.Expression]) -> exp.Expression:
    return exp.Paren(this=exp.or_(*conditions, wrap=False))


def is_null(value: exp.Expression) -> exp.Expression:
    return value.is_(exp.null())


def not_null(value: exp.Expression) -> exp.Expression:
    return value.is_(exp.null()).not_()


def if_(condition: exp.Expression, true: exp.Expression, false: exp.Expression | None = None) -> exp.If:
    return exp.If(this=condition.copy(), true=true, false=false or exp.null())


def coalesce(value: exp.Expression, other: exp.Expression) -> exp.Expression:
    return exp.func("COALESCE", value, other, dialect=DIALECT)


def concat(*values: exp.Expression) -> exp.Expression:
    return exp.func("CONCAT", *values, dialect=DIALECT)


def count_rows() -> exp.Count:
    return exp.Count(this=exp.Star(), big_int=True)


def count_if(condition: exp.Expression) -> exp.Count:
    # not COUNTIF: it is 0 without rows in BigQuery, and NULL in DuckDB
    return exp.Count(this=if_(condition, integer(1)), big_int=True)


def count_distinct(value: exp.Expression) -> exp.Count:
    return exp.Count(this=exp.Distinct(expressions=[value]), big_int=True)


def window(
    function: exp.Expression, partition: Iterable[exp.Expression] = (), order: Iterable[exp.Expression] = ()
) -> exp.Window:
    """`function OVER (PARTITION BY … ORDER BY …)`, with the dialect's own frame."""
    ordered = list(order)
    return exp.Window(
        this=function,
        partition_by=list(partition),
        order=exp.Order(expressions=ordered) if ordered else None,
        over="OVER",
    )


def ascending(value: exp.Expression) -> exp.Ordered:
    return value.asc()


def descending(value: exp.Expression) -> exp.Ordered:
    return value.desc()


def subquery(query: exp.Query, alias: str | None = None) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=identifier(alias)) if alias else None)


def hash_of(salt: str, key: exp.Expression) -> exp.Expression:
    """`shared.hashing.H` as an expression (S0.6)."""
    salted = concat(string(salt), string("|"), key)
    digits = exp.Substring(this=exp.MD5(this=salted), start=integer(1), length=integer(HASH_HEX_DIGITS))
    return cast(concat(string("0x"), digits), "INT64")


def with_steps(query: exp.Select, steps: Iterable[Step]) -> exp.Select:
    """`WITH step AS (…), … query`."""
    query = query.copy()
    for name, step in steps:
        query.with_(exp.TableAlias(this=identifier(name)), as_=step.copy(), copy=False)
    return query


def print_query(query: exp.Select, dataset: Dataset) -> str:
    """The text of `query`, checked (S1.25): one SELECT, the same tree, no table but the dataset's and the steps."""
    printed = query.sql(dialect=DIALECT, pretty=True)
    statements = sqlglot.parse(printed, read=DIALECT)
    steps = {("", "", cte.alias) for cte in query.ctes}
    declared = {table_path(name) for name in tables_needed(dataset).values()}
    tables = {(found.catalog, found.db, found.name) for found in query.find_all(exp.Table)}
    foreign = tables - steps - {(project or "", schema, last) for project, schema, last in declared}
    if len(statements) != 1 or statements[0] != query or foreign:
        raise ValueError(f"the SQL of dataset {dataset.name!r} does not read back as it was built: {printed}")
    return printed
