"""A DuckDB connection that shows the Parquet files as `project.dataset.table`, in BigQuery's types."""

from __future__ import annotations

import glob
from pathlib import Path

import duckdb
from duckdb.sqltypes import DuckDBPyType

from local.warehouse.catalogue import DATABASE, tables

# BigQuery has one integer and one float type, and microseconds. Arithmetic must overflow and round as it does there.
_WIDENED = {
    "TINYINT": "BIGINT",
    "SMALLINT": "BIGINT",
    "INTEGER": "BIGINT",
    "UTINYINT": "BIGINT",
    "USMALLINT": "BIGINT",
    "UINTEGER": "BIGINT",
    "UBIGINT": "BIGINT",
    "FLOAT": "DOUBLE",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
}


def connect(folder: Path | str, project: str) -> duckdb.DuckDBPyConnection:
    """Open the tables under `folder`, read-only; `dataset.table` and `project.dataset.table` both resolve.

    A connection sees the tables that exist when it is made. It reads nothing outside `folder` and never the network.
    """
    folder = Path(folder).resolve()
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    databases = [_quoted(name) for name in (DATABASE, project)]
    for database in databases:
        connection.execute(f"ATTACH ':memory:' AS {database}")
    connection.execute(f"USE {databases[0]}")
    for dataset, table, path in tables(folder):
        source = _parquet(connection, path)
        for schema in (f"{database}.{_quoted(dataset)}" for database in databases):
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            connection.execute(f"CREATE VIEW {schema}.{_quoted(table)} AS {source}")
    connection.execute(f"SET allowed_directories = [{_string(str(folder))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """A SELECT over one file with its columns widened to BigQuery's types."""
    # DuckDB takes the name for a pattern, so `*`, `?` and `[` are escaped.
    source = f"SELECT * FROM read_parquet({_string(glob.escape(str(path)))}, hive_partitioning = false)"
    relation = connection.sql(source)
    wide = {name: (kind, _widened(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)}
    casts = [
        f"CAST({_quoted(name)} AS {type_}) AS {_quoted(name)}"
        for name, (kind, type_) in wide.items()
        if type_ != str(kind)
    ]
    return source.replace("*", f"* REPLACE ({', '.join(casts)})", 1) if casts else source


def _widened(kind: DuckDBPyType) -> str:
    """A type as BigQuery has it, inside lists and structs too."""
    if kind.id in ("list", "array"):
        return f"{_widened(dict(kind.children)['child'])}[]"
    if kind.id == "struct":
        return f"STRUCT({', '.join(f'{_quoted(name)} {_widened(child)}' for name, child in kind.children)})"
    return _WIDENED.get(str(kind), str(kind))


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _string(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
