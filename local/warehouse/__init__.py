"""The local warehouse: Parquet files that DuckDB shows as BigQuery tables. Runs in both Python environments."""

from local.warehouse.catalogue import table_path
from local.warehouse.connection import connect
from local.warehouse.dialect import UnsupportedQuery, to_duckdb
from local.warehouse.failures import QueryFailed, failure

__all__ = ["QueryFailed", "UnsupportedQuery", "connect", "failure", "table_path", "to_duckdb"]
