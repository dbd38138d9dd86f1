"""Query jobs: each runs once, at once, and its rows are kept for paging until newer jobs push it out."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from local.warehouse.catalogue import table_path
from local.warehouse.connection import connect
from local.warehouse.dialect import UnsupportedQuery, parse, to_duckdb
from local.warehouse.failures import QueryFailed, failure
from local.warehouse.types import cell
from local.warehouse.types import field as schema_field

KEPT_JOBS = 200
MIB = 2**20
LEAST_BILLED_MIB = 10  # for each table that a query names


@dataclass(frozen=True)
class Job:
    """A finished query; `error` is set instead of rows when it failed."""

    id: str
    sql: str
    started_ms: int
    ended_ms: int
    fields: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: QueryFailed | None = None
    bytes_processed: int = 0


class Jobs:
    """The jobs by id; safe to use from many threads."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, job: Job) -> None:
        with self._lock:
            if job.id in self._jobs:
                raise QueryFailed(409, "duplicate", f"Already Exists: Job {job.id}")
            self._jobs[job.id] = job
            while len(self._jobs) > KEPT_JOBS:
                self._jobs.popitem(last=False)

    def get(self, job_id: str) -> Job:
        with self._lock:
            if job_id not in self._jobs:
                raise QueryFailed(404, "notFound", f"Not found: Job {job_id}")
            return self._jobs[job_id]


def bytes_read(folder: Path, sql: str) -> list[int]:
    """The sizes of the tables that a query names, each once: what BigQuery would read at most; raises QueryFailed."""
    try:
        query = parse(sql)
    except UnsupportedQuery as error:
        raise failure(error) from error
    files = {table_path(folder, table.db, table.name) for table in query.find_all(exp.Table) if table.db}
    return [path.stat().st_size for path in files if path.is_file()]


def check_bytes(processed: list[int], most: int | None) -> None:
    """Refuse a query that would be billed more than its caller allows, in BigQuery's words: whole MiB of each table,
    and never less than ten."""
    billed = sum(max(LEAST_BILLED_MIB, math.ceil(each / MIB)) * MIB for each in processed)
    if most is not None and billed > most:
        message = f"Query exceeded limit for bytes billed: {most}. {billed} or higher required."
        raise QueryFailed(400, "bytesBilledLimitExceeded", message)


def execute(
    folder: Path, project: str, sql: str, *, dry_run: bool = False
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Run BigQuery SQL; returns the schema's fields and the rows (none for a dry run), or raises QueryFailed."""
    try:
        with connect(folder, project) as connection:
            relation = connection.sql(to_duckdb(sql))
            fields = [schema_field(name, kind) for name, kind in zip(relation.columns, relation.types, strict=True)]
            return fields, [] if dry_run else _rows(relation, fields)
    except (UnsupportedQuery, duckdb.Error) as error:
        raise failure(error) from error


def _rows(relation: duckdb.DuckDBPyRelation, fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # By Arrow, because DuckDB's own conversion of a TIMESTAMP needs pytz; by column, because names may repeat.
    columns = [column.to_pylist() for column in relation.to_arrow_table().columns]
    return [
        {"f": [cell(value, schema) for value, schema in zip(row, fields, strict=True)]}
        for row in zip(*columns, strict=True)
    ]
