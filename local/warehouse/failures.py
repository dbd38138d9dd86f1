"""What DuckDB says of a query that cannot run, in BigQuery's words: failures are classified by those (domain S8.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import duckdb

from local.warehouse.dialect import UnsupportedQuery


class QueryFailed(Exception):
    """A query cannot run; carries what BigQuery's error has."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(message)


_TABLE = re.compile(r'Table with name "?([^\s"]+)"? does not exist')
_COLUMN = re.compile(r'(?:Referenced column "([^"]+)" not found|does not have a column named "([^"]+)")')
_VALUE = re.compile(r"Could not convert string '(.*?)' to (\w+)", re.DOTALL)
_TIME = re.compile(r'invalid (timestamp|date)[^"]*"([^"]*)"', re.IGNORECASE)
_TYPES: Mapping[str, str] = {"DOUBLE": "double", "BOOL": "bool", "INT64": "int64", "INT32": "int64"}
_SIGNATURE = "No function matches the given name and argument types"


def failure(error: UnsupportedQuery | duckdb.Error) -> QueryFailed:
    """DuckDB's own words follow BigQuery's: they hold the line of the query and names that may have been meant."""
    message = str(error)
    if match := _TABLE.search(message):
        return QueryFailed(404, "notFound", f"Not found: Table {match[1]}; {message}")
    if match := _COLUMN.search(message):
        return QueryFailed(400, "invalidQuery", f"Unrecognized name: {match[1] or match[2]}; {message}")
    if match := _VALUE.search(message):
        kind = _TYPES.get(match[2], match[2].lower())
        return QueryFailed(400, "invalidQuery", f"Bad {kind} value: {match[1]}; {message}")
    if match := _TIME.search(message):
        return QueryFailed(400, "invalidQuery", f"Invalid {match[1].lower()}: '{match[2]}'; {message}")
    return QueryFailed(400, "invalidQuery", message.replace(_SIGNATURE, "No matching signature for"))
