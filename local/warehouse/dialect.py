"""BigQuery SQL to DuckDB SQL: sqlglot's translation, corrected where it gives another value than BigQuery."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlglot
from sqlglot import exp

from local.warehouse.catalogue import DATABASE
from local.warehouse.lists import aggregated, selected

_MICROSECONDS = 1_000_000
_DECIMALS = {exp.DType.DECIMAL: (38, 9), exp.DType.BIGDECIMAL: (38, 18)}  # NUMERIC; as much of BIGNUMERIC as there is


class UnsupportedQuery(ValueError):
    """The local warehouse cannot run this query; the message is sqlglot's or says what is not a query."""


def parse(sql: str) -> exp.Query:
    """The only query of a text in BigQuery's dialect; raises UnsupportedQuery."""
    try:
        statements = sqlglot.parse(sql, read="bigquery")
    except sqlglot.errors.SqlglotError as error:
        raise UnsupportedQuery(f"Syntax error: {error}") from error
    query = statements[0] if len(statements) == 1 else None
    if not isinstance(query, exp.Query):
        raise UnsupportedQuery("The local warehouse runs exactly one SELECT statement, and nothing that writes.")
    return query


def to_duckdb(sql: str) -> str:
    """Translate one BigQuery query; raises UnsupportedQuery rather than translating to something else."""
    query = parse(sql)
    try:
        for node in reversed(list(query.walk())):  # children first, so that a replaced parent holds replaced children
            corrected = _CORRECTIONS.get(type(node), _unchanged)(node)
            if corrected is not node:
                node.replace(corrected)
        return query.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError as error:
        raise UnsupportedQuery(str(error)) from error


def _unchanged(node: exp.Expr) -> exp.Expr:
    return node


def _table(node: exp.Table) -> exp.Expr:
    """With its database; the past of a file that does not change is the file (S1.28)."""
    if node.db and not node.catalog:
        node.set("catalog", exp.to_identifier(DATABASE, quoted=True))
    node.set("version", None)
    return node


def _count_if(node: exp.CountIf) -> exp.Expr:
    """DuckDB's is NULL over no rows."""
    return exp.Count(this=exp.Case().when(node.this.copy(), exp.Literal.number(1)))


def _float_literal(node: exp.Literal) -> exp.Expr:
    """DuckDB reads `1.5` as DECIMAL, BigQuery as FLOAT64; with an exponent both read a float."""
    if node.is_string or "." not in node.this or isinstance(node.parent, exp.Cast):
        return node
    return exp.cast(node.copy(), exp.DType.DOUBLE)


def _floor_seconds(node: exp.UnixSeconds) -> exp.Expr:
    """sqlglot's `CAST(EPOCH(x) AS BIGINT)` rounds; whole seconds divide exactly, also before 1970."""
    second = exp.Anonymous(this="DATE_TRUNC", expressions=[exp.Literal.string("second"), node.this.copy()])
    microseconds = exp.Anonymous(this="EPOCH_US", expressions=[second])
    return exp.Paren(this=exp.IntDiv(this=microseconds, expression=exp.Literal.number(_MICROSECONDS)))


def _decimal(node: exp.DataType) -> exp.Expr:
    """NUMERIC has 9 digits after the point, DuckDB's DECIMAL has 3 unless it is told."""
    if node.this not in _DECIMALS or node.expressions:
        return node
    digits = [exp.DataTypeParam(this=exp.Literal.number(count)) for count in _DECIMALS[node.this]]
    return exp.DataType(this=exp.DType.DECIMAL, expressions=digits)


_CORRECTIONS: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Table: _table,
    exp.CountIf: _count_if,
    exp.UnixSeconds: _floor_seconds,
    exp.Literal: _float_literal,
    exp.DataType: _decimal,
    exp.Array: selected,
    exp.ArrayAgg: aggregated,
}
