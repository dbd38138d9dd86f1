"""Small tables on the local warehouse, for the queries of `shared.analysis`."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from local.warehouse import connect, table_path, to_duckdb
from shared.columns import SourceColumn, SourceTable
from shared.documents import Dataset
from shared.parsing import parse
from tests.unit.samples import DATASET

PROJECT = "demo-quicktest"
_ARROW = {
    "STRING": pa.string(),
    "INT64": pa.int64(),
    "FLOAT64": pa.float64(),
    "NUMERIC": pa.decimal128(38, 9),
    "BOOL": pa.bool_(),
    "DATE": pa.date32(),
    "DATETIME": pa.timestamp("us"),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
    "TIME": pa.time64("us"),
}
Types = Mapping[str, str]  # column name to warehouse type, with `[]` behind that of a list's elements


class Shop:
    """A dataset over tables in a folder; the first table is the primary one."""

    def __init__(self, folder: Path, tables: Mapping[str, tuple[Types, Sequence[Mapping[str, Any]]]], **fields: Any):
        self._folder = folder
        self.catalogue = {name: _source_table(types) for name, (types, _) in tables.items()}
        for name, (types, rows) in tables.items():
            self._write(name, types, rows)
        raw = copy.deepcopy(DATASET)
        defaults = {
            "tables": [{"table": f"sales.{name}"} for name in tables],
            "primary": next(iter(tables)),
            "roles": {"customer_id": "customer", "product_id": "product"},
            "timezone": "UTC",
            "filters": {},
        }
        self.dataset: Dataset = parse("datasets", "shop", {**raw, **defaults, **fields})

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What the warehouse answers to one query in BigQuery's dialect."""
        with connect(self._folder, PROJECT) as connection:
            return connection.sql(to_duckdb(sql)).to_arrow_table().to_pylist()

    def row(self, sql: str) -> dict[str, Any]:
        (row,) = self.rows(sql)
        return row

    def _write(self, name: str, types: Types, rows: Sequence[Mapping[str, Any]]) -> None:
        schema = pa.schema([(column, _arrow(kind)) for column, kind in types.items()])
        path = table_path(self._folder, "sales", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=schema), path)


def _source_table(types: Types) -> SourceTable:
    columns = [
        SourceColumn(name, kind.removesuffix("[]"), "REPEATED" if kind.endswith("[]") else "NULLABLE")
        for name, kind in types.items()
    ]
    return SourceTable(tuple(columns))


def _arrow(kind: str) -> pa.DataType:
    element = _ARROW[kind.removesuffix("[]")]
    return pa.list_(element) if kind.endswith("[]") else element
