"""The demo's purchases in BigQuery, of the same types as on one machine."""

from __future__ import annotations

import hashlib
import io
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq
from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from quicktest.errors import QuicktestError

# As local/warehouse/types.py shows the same rows: a time without a zone is a DATETIME, not BigQuery's TIMESTAMP.
TYPES = {
    pa.string(): "STRING",
    pa.int64(): "INTEGER",
    pa.float64(): "FLOAT",
    pa.date32(): "DATE",
    pa.timestamp("us"): "DATETIME",
}


class Warehouse(Protocol):
    def load(self, rows: pa.Table, dataset: str, table: str) -> bool:
        """Have a table hold exactly these rows; False when it did. Raises QuicktestError when it holds others."""
        ...


class BigQuery:
    """The warehouse of a project. The table's description holds a hash of its rows, so that they are sent once."""

    def __init__(self, client: bigquery.Client, location: str) -> None:
        self._client = client
        self._location = location

    def load(self, rows: pa.Table, dataset: str, table: str) -> bool:
        name = f"{self._client.project}.{dataset}.{table}"
        description = f"Demo purchases of Quicktest, rows sha256:{fingerprint(rows)}"
        if (found := self._table(name)) is not None:
            if found.description == description and found.num_rows == rows.num_rows:
                return False
            raise QuicktestError(
                f"The table {name} holds other rows than the demo's. Remove it with `bq rm --table "
                f"{self._client.project}:{dataset}.{table}` when nobody needs it, and run this again."
            )
        place = bigquery.Dataset(f"{self._client.project}.{dataset}")
        place.location = self._location
        self._client.create_dataset(place, exists_ok=True)
        self._client.load_table_from_file(
            _parquet(rows), name, size=None, location=self._location, job_config=_settings(rows, description)
        ).result()
        return True

    def _table(self, name: str) -> bigquery.Table | None:
        try:
            return self._client.get_table(name)
        except NotFound:
            return None


def fingerprint(rows: pa.Table) -> str:
    """Of names, types and values, however the rows are cut into chunks."""
    sink = hashlib.sha256(str(rows.schema.remove_metadata()).encode())
    for column in rows.combine_chunks().columns:
        sink.update(repr(column.to_pylist()).encode())
    return sink.hexdigest()


def _settings(rows: pa.Table, description: str) -> bigquery.LoadJobConfig:
    """Only into an empty table: two demos at once do not double the rows."""
    settings = bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.PARQUET,
        schema=[bigquery.SchemaField(field.name, TYPES[field.type]) for field in rows.schema],
        write_disposition=bigquery.WriteDisposition.WRITE_EMPTY,
    )
    settings.destination_table_description = description
    return settings


def _parquet(rows: pa.Table) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(rows, file, compression="zstd")
    file.seek(0)
    return file
