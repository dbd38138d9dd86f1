"""A file becomes a table of the local warehouse: streamed, and put in place in one step."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from local.warehouse import table_path
from quicktest.errors import QuicktestError
from quicktest.importing.csv_file import BLOCK_ROWS, stage_csv
from quicktest.importing.types import STAGED, DayOrder, Typed, infer, quoted

NAME_PATTERN = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")
CSV_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz")

Report = Callable[[str, float], None]  # called with a phase ("Reading", "Writing") and the share that is done


@dataclass(frozen=True)
class Column:
    name: str
    type: str  # as the warehouse names it
    nulls: int
    note: str = ""


@dataclass(frozen=True)
class Imported:
    """What is in the warehouse now."""

    table: str  # dataset.table
    path: Path
    rows: int
    columns: list[Column]


@dataclass(frozen=True)
class Options:
    """How to read a CSV file where the file itself does not say."""

    encoding: str = "utf-8"
    delimiter: str | None = None
    day_order: DayOrder | None = None


def import_file(
    source: Path, folder: Path, dataset: str, table: str, *, replace: bool, options: Options, report: Report
) -> Imported:
    """Read `source` into `<folder>/<dataset>/<table>.parquet`; raises QuicktestError and leaves the old table alone."""
    if not source.exists():
        raise QuicktestError(f"There is no file {source}. Check the path.")
    if source.is_dir():
        raise QuicktestError(f"{source} is a folder. Name one CSV or Parquet file.")
    with _destination(folder, dataset, table, replace) as (target, draft):
        if source.name.lower().endswith(CSV_ENDINGS):
            columns = _import_csv(source, draft, options, report)
        elif source.suffix.lower() == ".parquet":
            columns = _import_parquet(source, draft, report)
        else:
            raise QuicktestError(
                f"{source} is neither CSV nor Parquet. It must end in .csv, .csv.gz, .tsv or .parquet."
            )
        rows = pq.ParquetFile(draft).metadata.num_rows
        if rows == 0:
            raise QuicktestError(f"{source} has column names but no rows. Nothing was imported.")
    return Imported(f"{dataset}.{table}", target, rows, columns)


def import_arrow(data: pa.Table, folder: Path, dataset: str, table: str, *, replace: bool) -> Imported:
    """Put rows that are in memory into the warehouse."""
    with _destination(folder, dataset, table, replace) as (target, draft):
        pq.write_table(data, draft, compression="zstd", row_group_size=BLOCK_ROWS)
        columns = _columns_of(draft)
    return Imported(f"{dataset}.{table}", target, data.num_rows, columns)


def find_same(data: pa.Table, folder: Path, dataset: str, table: str) -> Imported | None:
    """The table of that name when it holds exactly these rows."""
    path = table_path(folder, dataset, table)
    if not path.exists() or pq.read_metadata(path).num_rows != data.num_rows or not pq.read_table(path).equals(data):
        return None
    return Imported(f"{dataset}.{table}", path, data.num_rows, _columns_of(path))


@contextmanager
def _destination(folder: Path, dataset: str, table: str, replace: bool) -> Iterator[tuple[Path, Path]]:
    """The table's file and a draft beside it, which takes its place when the block succeeds."""
    for what, name in (("dataset", dataset), ("table", table)):
        if not NAME_PATTERN.match(name):
            raise QuicktestError(f"`{name}` cannot name a {what}: use letters, digits and _, beginning with a letter.")
    target = table_path(folder, dataset, table)
    if target.exists() and not replace:
        raise QuicktestError(
            f"Table {dataset}.{table} exists already. Add --replace to replace it, or choose another --name."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{table}.{os.getpid()}.draft")
    try:
        yield target, draft
        os.replace(draft, target)  # noqa: PTH105  (atomic: a reader sees the old table or the new one)
    finally:
        draft.unlink(missing_ok=True)


def _import_csv(source: Path, draft: Path, options: Options, report: Report) -> list[Column]:
    staged = draft.with_suffix(".staged")
    delimiter = "\t" if ".tsv" in source.suffixes and options.delimiter is None else options.delimiter
    try:
        delimiter = stage_csv(source, staged, options.encoding, delimiter, lambda share: report("Reading", share))
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET threads = 1")  # with more, a result that is streamed loses the order of its rows
            names = pq.read_schema(staged).names
            typed = infer(connection, staged, names, delimiter, options.day_order)
            _write_typed(connection, staged, draft, typed, report)
    finally:
        staged.unlink(missing_ok=True)
    return [Column(column.name, column.type, column.nulls, column.note) for column in typed]


def _write_typed(
    connection: duckdb.DuckDBPyConnection, staged: Path, draft: Path, typed: Iterable[Typed], report: Report
) -> None:
    total = max(pq.ParquetFile(staged).metadata.num_rows, 1)
    values = ", ".join(f"{column.value} AS {quoted(column.name)}" for column in typed)
    query = f"SELECT {values} FROM read_parquet(?) AS {STAGED}"
    reader = connection.execute(query, [str(staged)]).to_arrow_reader(BLOCK_ROWS)
    _write_batches(reader, reader.schema, draft, total, report)


def _import_parquet(source: Path, draft: Path, report: Report) -> list[Column]:
    try:
        with pq.ParquetFile(source) as file:
            names = file.schema_arrow.names
            twice = {name for name in names if [other.casefold() for other in names].count(name.casefold()) > 1}
            if twice:
                listed = ", ".join(f"`{name}`" for name in sorted(twice))
                raise QuicktestError(f"{source}: more than one column is named {listed}. Rename all but one.")
            _write_batches(file.iter_batches(BLOCK_ROWS), file.schema_arrow, draft, file.metadata.num_rows, report)
    except (pa.ArrowException, OSError) as error:
        raise QuicktestError(f"{source} is not a readable Parquet file: {_first_line(error)}.") from error
    return _columns_of(draft)


def _write_batches(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, draft: Path, total: int, report: Report
) -> None:
    done = 0
    with pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            done += batch.num_rows
            report("Writing", min(done / max(total, 1), 1.0))


def _columns_of(path: Path) -> list[Column]:
    """Columns as the warehouse will show them, with their nulls."""
    from local.warehouse.types import field

    with duckdb.connect() as connection:
        relation = connection.read_parquet(str(path))
        nulls = relation.aggregate(
            ", ".join(f"count(*) - count({quoted(name)})" for name in relation.columns)
        ).fetchone()
        fields = [field(name, kind) for name, kind in zip(relation.columns, relation.types, strict=True)]
    return [Column(f["name"], _type_name(f), count) for f, count in zip(fields, nulls or (), strict=True)]


def _type_name(field: dict) -> str:
    name = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "RECORD": "STRUCT"}.get(
        field["type"], field["type"]
    )
    return f"ARRAY<{name}>" if field["mode"] == "REPEATED" else name


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
