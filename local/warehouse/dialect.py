"""BigQuery SQL to DuckDB SQL: sqlglot's translation, corrected where it gives another value than BigQuery."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from local.warehouse.catalogue import DATABASE

_MICROSECONDS = 1_000_000


class UnsupportedQuery(ValueError):
    """The local warehouse cannot run this query; the message is sqlglot's or says what is not a query."""


def to_duckdb(sql: str) -> str:
    """Translate one BigQuery query; raises UnsupportedQuery rather than translating to something else."""
    try:
        statements = sqlglot.parse(sql, read="bigquery")
    except sqlglot.errors.SqlglotError as error:
        raise UnsupportedQuery(f"Syntax error: {error}") from error
    query = statements[0] if len(statements) == 1 else None
    if not isinstance(query, exp.Query):
        raise UnsupportedQuery("The local warehouse runs exactly one SELECT statement, and nothing that writes.")
    try:
        return query.transform(_correct).sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError as error:
        raise UnsupportedQuery(str(error)) from error


def _correct(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Table) and node.db and not node.catalog:
        node = node.copy()
        node.set("catalog", exp.to_identifier(DATABASE, quoted=True))
        return node
    if isinstance(node, exp.CountIf):
        return exp.Count(this=exp.Case().when(node.this.copy(), exp.Literal.number(1)))  # DuckDB's is NULL over no rows
    if isinstance(node, exp.UnixSeconds):
        return _floor_seconds(node.this)
    if _is_float_literal(node) and not isinstance(node.parent, exp.Cast):
        return exp.cast(node.copy(), exp.DType.DOUBLE)
    return node


def _is_float_literal(node: exp.Expr) -> bool:
    """DuckDB reads `1.5` as DECIMAL, BigQuery as FLOAT64; with an exponent both read a float."""
    return isinstance(node, exp.Literal) and not node.is_string and "." in node.this


def _floor_seconds(timestamp: exp.Expr) -> exp.Expr:
    """sqlglot's `CAST(EPOCH(x) AS BIGINT)` rounds; whole seconds divide exactly, also before 1970."""
    second = exp.Anonymous(this="DATE_TRUNC", expressions=[exp.Literal.string("second"), timestamp.copy()])
    microseconds = exp.Anonymous(this="EPOCH_US", expressions=[second])
    return exp.Paren(this=exp.IntDiv(this=microseconds, expression=exp.Literal.number(_MICROSECONDS)))
