"""DuckDB's types and values as BigQuery's REST API writes them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

from duckdb.sqltypes import DuckDBPyType

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TYPE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "bigint": "INTEGER",
        "integer": "INTEGER",
        "smallint": "INTEGER",
        "tinyint": "INTEGER",
        "hugeint": "INTEGER",  # what DuckDB's SUM of integers gives; BigQuery's gives INT64
        "uhugeint": "INTEGER",
        "ubigint": "INTEGER",
        "uinteger": "INTEGER",
        "usmallint": "INTEGER",
        "utinyint": "INTEGER",
        "double": "FLOAT",
        "float": "FLOAT",
        "varchar": "STRING",
        "enum": "STRING",
        "uuid": "STRING",
        "boolean": "BOOLEAN",
        "decimal": "NUMERIC",
        "blob": "BYTES",
        "date": "DATE",
        "time": "TIME",
        "timestamp": "DATETIME",
        "timestamp_ns": "DATETIME",
        "timestamp_ms": "DATETIME",
        "timestamp_s": "DATETIME",
        "timestamp with time zone": "TIMESTAMP",
        "interval": "INTERVAL",
        "struct": "RECORD",
    }
)


def field(name: str, kind: DuckDBPyType) -> dict[str, Any]:
    """A column as a TableFieldSchema."""
    mode = "NULLABLE"
    if kind.id in ("list", "array"):
        mode, kind = "REPEATED", dict(kind.children)["child"]
    schema: dict[str, Any] = {"name": name, "type": _TYPE_NAMES.get(kind.id, kind.id.upper()), "mode": mode}
    if kind.id == "struct":
        schema["fields"] = [field(child, child_kind) for child, child_kind in kind.children]
    return schema


def cell(value: Any, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A value as the `{"v": …}` of a row; NULL is null, everything else text."""
    if schema["mode"] == "REPEATED":
        element = {**schema, "mode": "NULLABLE"}
        return {"v": [cell(item, element) for item in value or []]}
    if value is None:
        return {"v": None}
    if schema["type"] == "RECORD":
        return {"v": {"f": [cell(value[child["name"]], child) for child in schema["fields"]]}}
    return {"v": _TEXT.get(schema["type"], str)(value)}


def _microseconds(value: datetime) -> str:
    return str((value - _EPOCH) // timedelta(microseconds=1))


_TEXT: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "BOOLEAN": lambda value: "true" if value else "false",
        "FLOAT": repr,
        "BYTES": lambda value: base64.b64encode(value).decode(),
        "TIMESTAMP": _microseconds,
        "DATETIME": lambda value: value.isoformat(),
        "TIME": lambda value: value.isoformat(),
        "DATE": lambda value: value.isoformat(),
    }
)
