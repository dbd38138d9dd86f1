"""BigQuery: the catalogue of a table, and queries that answer with one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.api_core.exceptions import BadRequest, NotFound
from google.cloud import bigquery

from functions.adapters.failures import RETRY, translated
from functions.adapters.ports import Refused
from shared.columns import SourceColumn

TIMEOUT_S = 30
QUERY_TIMEOUT_S = 240
MAX_BYTES_BILLED = 10 * 1024**3  # S1.1, the default of `max_bytes_billed`


class BigQueryWarehouse:
    """`functions.adapters.ports.Warehouse`"""

    def __init__(self, client: bigquery.Client) -> None:
        self._client = client

    def columns(self, project: str | None, dataset: str, table: str) -> list[SourceColumn] | None:
        name = bigquery.TableReference(bigquery.DatasetReference(project or self._client.project, dataset), table)
        with translated():
            try:
                fields = self._client.get_table(name, timeout=TIMEOUT_S, retry=RETRY).schema
            except (NotFound, BadRequest):  # BadRequest: a name that no table can have
                return None
        return [SourceColumn(field.name, field.field_type, field.mode) for field in fields]

    def row(self, sql: str) -> Mapping[str, Any]:
        job_config = bigquery.QueryJobConfig(maximum_bytes_billed=MAX_BYTES_BILLED, use_legacy_sql=False)
        with translated():
            job = self._client.query(sql, job_config=job_config, timeout=TIMEOUT_S, retry=RETRY, job_retry=None)
            rows = list(job.result(timeout=QUERY_TIMEOUT_S, max_results=2, retry=RETRY, job_retry=None))
        if len(rows) != 1:
            raise Refused(f"OUT_OF_RANGE: the query gave {len(rows)} rows instead of one")
        return dict(rows[0].items())
