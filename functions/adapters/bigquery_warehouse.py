"""BigQuery: what its catalogue says of a table, and queries with few rows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import sqlglot
from google.api_core.exceptions import BadRequest, NotFound
from google.cloud import bigquery
from sqlglot import exp

from functions.adapters.failures import RETRY, translated
from functions.adapters.ports import MOST_ROWS, Offered, Refused
from shared.tables import SourceColumn, SourceTable

log = logging.getLogger(__name__)

TIMEOUT_S = 30
MOST_DATASETS = 50  # whose tables are listed, each by a call of its own
QUERY_TIMEOUT_S = 240
LEAST_BILLED = 10 * 2**20  # bytes, by BigQuery, for each table that a query names, however small it is


class BigQueryWarehouse:
    """`functions.adapters.ports.Warehouse`"""

    def __init__(self, client: bigquery.Client) -> None:
        self._client = client

    def table(self, project: str | None, dataset: str, table: str) -> SourceTable | None:
        name = bigquery.TableReference(bigquery.DatasetReference(project or self._client.project, dataset), table)
        with translated():
            try:
                found = self._client.get_table(name, timeout=TIMEOUT_S, retry=RETRY)
            except (NotFound, BadRequest):  # BadRequest: a name that no table can have
                return None
        return SourceTable(
            columns=tuple(_column(field) for field in found.schema),
            location=found.location,
            native=found.table_type == "TABLE",
            modified_at=found.modified,
            rows=found.num_rows,
            bytes=found.num_bytes,
        )

    def offered(self, most: int) -> list[Offered]:
        with translated():
            datasets = list(self._client.list_datasets(max_results=MOST_DATASETS, timeout=TIMEOUT_S, retry=RETRY))
        found: list[Offered] = []
        for dataset in datasets:
            if len(found) >= most:
                break
            found += self._tables_of(dataset.reference, most - len(found))
        return found

    def _tables_of(self, dataset: bigquery.DatasetReference, most: int) -> list[Offered]:
        """Nothing of a dataset whose tables may not be listed, or that was deleted a moment ago."""
        try:
            with translated():
                tables = self._client.list_tables(dataset, max_results=most, timeout=TIMEOUT_S, retry=RETRY)
                return [Offered(f"{table.dataset_id}.{table.table_id}", table.table_type) for table in tables]
        except Refused as error:
            log.info("the tables of %s are not offered: %s", dataset.dataset_id, error)
            return []

    def rows(self, sql: str, max_bytes_billed: int) -> list[Mapping[str, Any]]:
        most = max(max_bytes_billed, least_billed(sql))
        job_config = bigquery.QueryJobConfig(maximum_bytes_billed=most, use_legacy_sql=False)
        with translated():
            job = self._client.query(sql, job_config=job_config, timeout=TIMEOUT_S, retry=RETRY, job_retry=None)
            answer = job.result(timeout=QUERY_TIMEOUT_S, max_results=MOST_ROWS + 1, retry=RETRY, job_retry=None)
            rows = [dict(row.items()) for row in answer]
        if len(rows) > MOST_ROWS:
            raise Refused(f"OUT_OF_RANGE: the query gave more than {MOST_ROWS} rows")
        return rows

    def row(self, sql: str, max_bytes_billed: int) -> Mapping[str, Any]:
        rows = self.rows(sql, max_bytes_billed)
        if len(rows) != 1:
            raise Refused(f"OUT_OF_RANGE: the query gave {len(rows)} rows instead of one")
        return rows[0]

    def bytes_of(self, sql: str) -> int:
        job_config = bigquery.QueryJobConfig(dry_run=True, use_legacy_sql=False, use_query_cache=False)
        with translated():
            job = self._client.query(sql, job_config=job_config, timeout=TIMEOUT_S, retry=RETRY, job_retry=None)
            return int(job.total_bytes_processed or 0)


def least_billed(sql: str) -> int:
    """What BigQuery bills for a query however little it reads. A limit below this, which a dataset may have (S1.1),
    would refuse every query and save nothing; tables behind a view are not known here."""
    tables = sqlglot.parse_one(sql, read="bigquery").find_all(exp.Table)
    return LEAST_BILLED * len({(table.catalog, table.db, table.name) for table in tables if table.db})


def _column(field: bigquery.SchemaField) -> SourceColumn:
    """With the fields of a struct, however deep."""
    return SourceColumn(field.name, field.field_type, field.mode, tuple(_column(inner) for inner in field.fields))
