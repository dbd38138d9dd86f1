"""Which type a column of texts has, decided on all of its values and never on a sample.

A value that a number would change stays text: `00123` (leading zero), `+49`, `85123A`. Dates that fit both day-first
and month-first stay text too, until the user says which it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

DayOrder = Literal["day-first", "month-first"]
SAMPLE_ROWS = 5_000
STAGED = "staged"  # the rows of texts in SQL; a column is always qualified, as one may be named `v` like the text
_TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f")
_INTEGER = "-?(0|[1-9][0-9]*)"
_DECIMAL = r"-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
_DECIMAL_COMMA = "-?(0|[1-9][0-9]*)(,[0-9]+)?"
_ZONED = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)? ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_PADDED = "-?0[0-9]+"


@dataclass(frozen=True)
class Candidate:
    """A type a column may have; `value` is SQL over the text `v`, NULL where the text is not of this type."""

    type: str
    value: str
    order: DayOrder | None = None


@dataclass(frozen=True)
class Typed:
    """The decision for one column; `value` is SQL over the row that `STAGED` names."""

    name: str
    type: str
    value: str
    nulls: int
    note: str


def _matching(pattern: str, value: str) -> str:
    return f"CASE WHEN regexp_full_match(v, '{pattern}') THEN {value} END"


def _dates(formats: Sequence[str], order: DayOrder | None) -> list[Candidate]:
    days = ", ".join(f"'{day}'" for day in formats)
    times = ", ".join(f"'{day}{gap}{time}'" for day in formats for gap in " T" for time in _TIMES)
    return [
        Candidate("DATE", f"CAST(try_strptime(v, [{days}]) AS DATE)", order),
        Candidate("DATETIME", f"try_strptime(v, [{days}, {times}])", order),
    ]


def candidates(delimiter: str) -> list[Candidate]:
    """In order of preference; a decimal comma only where commas do not part the columns."""
    found = [
        Candidate("INT64", _matching(_INTEGER, "TRY_CAST(v AS BIGINT)")),
        Candidate("FLOAT64", _matching(_DECIMAL, "TRY_CAST(v AS DOUBLE)")),
        Candidate("BOOL", "CASE lower(v) WHEN 'true' THEN true WHEN 'false' THEN false END"),
        *_dates(["%Y-%m-%d", "%Y/%m/%d"], None),
        *_dates(["%d.%m.%Y"], None),
        *_dates(["%d/%m/%Y", "%d-%m-%Y"], "day-first"),
        *_dates(["%m/%d/%Y", "%m-%d-%Y"], "month-first"),
        Candidate("TIMESTAMP", _matching(_ZONED, "TRY_CAST(replace(v, ' UTC', 'Z') AS TIMESTAMPTZ)")),
    ]
    if delimiter != ",":
        found.append(Candidate("FLOAT64", _matching(_DECIMAL_COMMA, "TRY_CAST(replace(v, ',', '.') AS DOUBLE)")))
    return found


def infer(
    connection: duckdb.DuckDBPyConnection, staged: Path, names: Sequence[str], delimiter: str, order: DayOrder | None
) -> list[Typed]:
    """The type of every column of `staged`, a Parquet file of texts."""
    return [_infer_column(connection, staged, name, candidates(delimiter), order) for name in names]


def _infer_column(
    connection: duckdb.DuckDBPyConnection, staged: Path, name: str, choices: list[Candidate], order: DayOrder | None
) -> Typed:
    """Ask the first rows which types are out of the question, then all rows about the others."""
    _, _, _, likely = _fitting(connection, staged, name, choices, SAMPLE_ROWS)
    rows, filled, padded, fitting = _fitting(connection, staged, name, likely, None)
    orders = {choice.order for choice in fitting if choice.order}
    if len(orders) == 2 and order:
        fitting = [choice for choice in fitting if choice.order in (None, order)]
    if not filled or not fitting or len(orders) == 2 and not order:
        return Typed(name, "STRING", f"{STAGED}.{quoted(name)}", rows - filled, _why_text(filled, padded, len(orders)))
    value = f"(SELECT {fitting[0].value} FROM (SELECT trim({STAGED}.{quoted(name)}) AS v))"
    return Typed(name, fitting[0].type, value, rows - filled, "")


def _fitting(
    connection: duckdb.DuckDBPyConnection, staged: Path, name: str, choices: list[Candidate], limit: int | None
) -> tuple[int, int, int, list[Candidate]]:
    """Rows, rows with a value, values with a leading zero, and the candidates that all values fit."""
    counts = "".join(f", count({choice.value})" for choice in choices)
    query = f"""
        SELECT count(*), count(v), count({_matching(_PADDED, "1")}){counts}
        FROM (SELECT trim({STAGED}.{quoted(name)}) AS v
              FROM read_parquet(?) AS {STAGED} {f"LIMIT {limit}" if limit else ""})"""
    rows, filled, padded, *matches = connection.execute(query, [str(staged)]).fetchone()  # type: ignore[misc]
    return rows, filled, padded, [choice for choice, count in zip(choices, matches, strict=True) if count == filled]


def _why_text(filled: int, padded: int, orders: int) -> str:
    if orders == 2:
        return "fits day-first and month-first: kept as text; say --day-first or --month-first"
    if not filled:
        return "no values"
    return "leading zeros: kept as text" if padded else ""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
