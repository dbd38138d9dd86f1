"""Values: literals of a column's type, columns as `joined` holds them, and as tf.Example holds them (S1.12, S1.14)."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from shared.columns import DAY_TYPES, NUMBER_TYPES, OutputColumn
from shared.documents import Dataset, Fill
from shared.sql.parts import (
    all_,
    as_,
    cast,
    coalesce,
    column,
    concat,
    day_of,
    identifier,
    if_,
    not_null,
    string,
    text,
)

UNIT_SEPARATOR = "\x1f"  # joins the parts of keys (S2.1)
ELEMENT, POSITION = "qt_element", "qt_position"
KEYED_ROLES = ("order_id", "customer_id", "product_id", "event_time")  # the parts of a row key, in order
_INT64 = range(-(2**63), 2**63)
_EXACT_INTEGERS = 2**53  # a float64 holds every integer up to here
_TIMES = {"DATE": date, "DATETIME": datetime, "TIMESTAMP": datetime, "TIME": time}


class NoLiteral(ValueError):
    """A value is none of the column's type; the message says what it should be."""


def literal(value: str | int | float | bool, kind: str) -> exp.Expression:
    """`value` as a typed literal; raises NoLiteral. A TIMESTAMP is wall clock, as `joined` holds it (S1.2)."""
    if kind == "STRING":
        return string(_text(value))
    if kind == "BOOL" and isinstance(value, bool):
        return exp.Boolean(this=value)
    if kind in NUMBER_TYPES and isinstance(value, (int, float)) and not isinstance(value, bool):
        return number(value, kind)
    if kind in _TIMES and isinstance(value, str):
        return _time(value, kind)
    raise NoLiteral(f"a value of the type {kind}")


def number(value: int | float, kind: str) -> exp.Cast:
    """A number that a column of this type is compared with; INT64 stays exact as far as the value is an integer."""
    whole = float(value).is_integer() and (isinstance(value, int) or abs(value) < _EXACT_INTEGERS)
    if kind == "INT64" and whole and int(value) in _INT64:
        return cast(string(str(int(value))), "INT64")
    return cast(string(repr(float(value))), "FLOAT64")


def fill_literal(value: str | int | float | bool, kind: str) -> exp.Expression:
    """What stands for NULL (S1.14): exactly of the column's type, so that the column keeps it; raises NoLiteral."""
    if kind in ("NUMERIC", "BIGNUMERIC") and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return cast(string(_decimal(value)), kind)
    if kind == "FLOAT64" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return cast(string(repr(float(value))), "FLOAT64")
    if kind == "INT64" and not (isinstance(value, int) and not isinstance(value, bool) and value in _INT64):
        raise NoLiteral("an integer")
    return literal(value, kind)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise NoLiteral("text")
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise NoLiteral("text without NUL and without halves of characters")
    return value


def _decimal(value: int | float | str) -> str:
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise NoLiteral("a decimal number") from error
    if not found.is_finite() or abs(found) >= Decimal(10) ** 29:
        raise NoLiteral("a decimal number of at most 29 digits before the point")
    return format(found, "f")


def _time(value: str, kind: str) -> exp.Cast:
    try:
        found = _TIMES[kind].fromisoformat(value)
    except ValueError as error:
        raise NoLiteral(f"a {kind} such as `{_example(kind)}`") from error
    if getattr(found, "tzinfo", None) is not None:
        raise NoLiteral("a local time, without a time zone")
    return cast(string(found.isoformat()), "DATETIME" if kind == "TIMESTAMP" else kind)


def _example(kind: str) -> str:
    return {"DATE": "2026-01-31", "TIME": "18:30:00"}.get(kind, "2026-01-31T18:30:00")


# ------------------------------------------------------------------------------------------------- columns of joined


def source_column(path: str, step: str) -> exp.Expression:
    """A column, or a field of a struct, of a source step; as the parser reads `a.b.c`, so that trees compare."""
    names = [identifier(part) for part in (step, *path.split("."))]
    value: exp.Expression = exp.Column(
        **dict(zip(("this", "table", "db", "catalog"), reversed(names[:4]), strict=False))
    )
    for name in names[4:]:
        value = exp.Dot(this=value, expression=name)
    return value


def as_joined(output: OutputColumn, step: str, timezone: str) -> exp.Expression:
    """A source column as `joined` holds it: wall clock (S1.2), odd floats as NULL, NULL filled (S1.14)."""
    value = source_column(output.source, step)
    if not output.repeated:
        value = wall_clock(value, output.warehouse_type, timezone)
    if isinstance(output.nulls, Fill):
        return coalesce(value, fill_literal(output.nulls.fill, output.warehouse_type))
    return value


def wall_clock(value: exp.Expression, kind: str, timezone: str) -> exp.Expression:
    """TIMESTAMP in local time (S1.2); floats that are no numbers are missing (S3.6)."""
    if kind == "TIMESTAMP":
        return exp.Datetime(this=value, expression=string(timezone))
    if kind == "FLOAT64":
        # One NaN makes a mean NaN; warehouses do not agree on how it compares.
        odd = exp.or_(exp.IsNan(this=value), exp.IsInf(this=value.copy()))
        return if_(odd, exp.null(), value.copy())
    return value


# -------------------------------------------------------------------------------------------------------- tf.Example


def typed(value: exp.Expression, kind: str, example_type: str) -> exp.Expression:
    """A value of `joined` as tf.Example holds it (S1.12)."""
    if example_type == "bytes":
        return value if kind == "STRING" else text(value)
    if kind in DAY_TYPES:
        return seconds(value)
    if kind == "TIME":
        midnight = cast(string("00:00:00"), "TIME")
        return exp.TimeDiff(this=value, expression=midnight, unit=exp.var("SECOND"))
    if kind == "BOOL":
        return cast(value, "INT64")
    if kind in ("NUMERIC", "BIGNUMERIC"):
        return cast(value, "FLOAT64")
    return value


def converted(output: OutputColumn, timezone: str) -> exp.Expression:
    """A column of `labelled` as tf.Example holds it; of a list each element, in order, without NULL."""
    value = column(output.name)
    if not output.repeated:
        return typed(value, output.warehouse_type, output.example_type)
    element = wall_clock(column(ELEMENT), output.warehouse_type, timezone)
    return elements(value, typed(element, output.warehouse_type, output.example_type), [not_null(element.copy())])


def elements(
    value: exp.Expression, made: exp.Expression, conditions: list[exp.Expression], limit: int | None = None
) -> exp.Expression:
    """`ARRAY(SELECT made FROM UNNEST(value) … WHERE … ORDER BY position LIMIT …)`; of NULL the empty list.

    `made` and the conditions speak of `qt_element`.
    """
    unnested = exp.Unnest(
        expressions=[value], alias=exp.TableAlias(columns=[identifier(ELEMENT)]), offset=identifier(POSITION)
    )
    query = exp.select(made).from_(unnested).where(all_(conditions)).order_by(column(POSITION).asc())
    chosen = query.limit(limit) if limit is not None else query
    return exp.Array(expressions=[chosen], struct_name_inheritance=True)  # as the parser reads it (S1.25)


def null_like(output: OutputColumn) -> exp.Expression:
    """A column without a value."""
    kind = {"bytes": "STRING", "int64": "INT64", "float": "FLOAT64"}[output.example_type]
    return as_(cast(exp.null(), f"ARRAY<{kind}>" if output.repeated else kind), output.name)


def seconds(value: exp.Expression) -> exp.Expression:
    """Wall-clock seconds since 1970 as INT64 (S1.13); midnight for a DATE."""
    return exp.UnixSeconds(this=exp.Timestamp(this=value, with_tz=True))


# --------------------------------------------------------------------------------------------------------------- keys


def event_day(dataset: Dataset) -> exp.Expression:
    return day_of(column(dataset.roles.event_time))


def row_key(dataset: Dataset) -> exp.Expression:
    """Order, customer, product, seconds, joined by U+001F; missing parts are empty (S2.1)."""
    parts: list[exp.Expression] = []
    for role in KEYED_ROLES:
        if parts:
            parts.append(string(UNIT_SEPARATOR))
        parts.append(_key_part(role, getattr(dataset.roles, role)))
    return concat(*parts)


def _key_part(role: str, name: str | None) -> exp.Expression:
    if name is None:
        return string("")
    part = text(seconds(column(name)) if role == "event_time" else column(name))
    return coalesce(part, string("")) if role == "order_id" else part


def unit_key(dataset: Dataset, key: str) -> exp.Expression:
    """What stays together in a random split, and counts as one purchase: the order, or else the row (S2.1, S1.6)."""
    if dataset.roles.order_id is None:
        return column(key)
    return coalesce(text(column(dataset.roles.order_id)), column(key))
