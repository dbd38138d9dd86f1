"""`import` and `demo-data`: rows into the local warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from quicktest.errors import QuicktestError
from quicktest.files import warehouse
from quicktest.output import Json, console, print_json

if TYPE_CHECKING:
    from quicktest.importing import Imported
    from quicktest.importing.table import Report

DatasetName = Annotated[str, typer.Option("--dataset", help="Dataset of the warehouse that holds the table.")]
Replace = Annotated[bool, typer.Option("--replace", help="Replace the table when it exists.")]


def register(app: typer.Typer) -> None:
    app.command("import")(import_file)
    app.command("demo-data")(demo_data)


def import_file(
    file: Annotated[Path, typer.Argument(help="A .csv, .csv.gz, .tsv or .parquet file.")],
    name: Annotated[str, typer.Option("--name", help="Name of the table.")],
    dataset: DatasetName = "quicktest",
    replace: Replace = False,
    encoding: Annotated[str, typer.Option(help="Encoding of a CSV file.")] = "utf-8",
    delimiter: Annotated[str | None, typer.Option(help="One character; found out when not given.")] = None,
    day_first: Annotated[bool, typer.Option("--day-first", help="Read 03/04/2025 as the 3rd of April.")] = False,
    month_first: Annotated[bool, typer.Option("--month-first", help="Read 03/04/2025 as the 4th of March.")] = False,
    as_json: Json = False,
) -> None:
    """Bring a CSV or Parquet file into the local warehouse.

    Numbers, dates and times get their types when every value fits; ids with leading zeros or letters stay text.
    """
    from quicktest.importing import import_file as load
    from quicktest.importing.table import Options

    if day_first and month_first:
        raise QuicktestError("--day-first and --month-first exclude each other. Give one of them.")
    order = "day-first" if day_first else "month-first" if month_first else None
    options = Options(_known_encoding(encoding), _one_character(delimiter), order)
    with _progress(file, quiet=as_json) as report:
        imported = load(file, warehouse(), dataset, name, replace=replace, options=options, report=report)
    _show(imported, as_json)


def demo_data(
    rows: Annotated[int, typer.Option(min=1_000, help="Order lines to make.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")] = 17,
    out: Annotated[Path | None, typer.Option(help="Write a .csv or .parquet file, not the warehouse.")] = None,
    name: Annotated[str, typer.Option("--name", help="Name of the table.")] = "demo_purchases",
    dataset: DatasetName = "quicktest",
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Make believable purchases to try things out with.

    They go into the local warehouse, or with --out into a file; the seller is a made-up catering wholesaler.
    """
    from quicktest.demo import generate
    from quicktest.demo.files import write
    from quicktest.importing import find_same, import_arrow

    if out is None:
        data = generate(rows, seed)
        same = None if replace else find_same(data, warehouse(), dataset, name)
        if same:
            _show(same, as_json, "These {rows:,} rows are in {table} already")
        else:
            _show(import_arrow(data, warehouse(), dataset, name, replace=replace), as_json)
        return
    write(lambda: generate(rows, seed), out, replace)
    if as_json:
        print_json({"file": str(out), "rows": rows})
    else:
        console().print(f"Wrote {rows:,} rows to {out}.")


@contextmanager
def _progress(file: Path, quiet: bool) -> Iterator[Report]:
    """A bar for each phase; nothing when the output is for a program or a file."""
    shown = console()
    if quiet or not shown.is_terminal:
        yield lambda phase, share: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=shown, transient=True) as progress:
        tasks: dict[str, int] = {}

        def report(phase: str, share: float) -> None:
            if phase not in tasks:
                tasks[phase] = progress.add_task(f"{phase} {file.name}", total=1.0)
            progress.update(tasks[phase], completed=share)  # type: ignore[arg-type]

        yield report


def _show(imported: Imported, as_json: bool, title: str = "Imported {rows:,} rows into {table}") -> None:
    if as_json:
        columns = [vars(column) for column in imported.columns]
        print_json({"table": imported.table, "rows": imported.rows, "columns": columns})
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for heading in ("column", "type", "empty", ""):
        table.add_column(heading, justify="right" if heading == "empty" else "left")
    for column in imported.columns:
        table.add_row(column.name, column.type, f"{column.nulls:,}" if column.nulls else "", column.note)
    shown = console()
    shown.print(f"{title.format(rows=imported.rows, table=imported.table)}\n")
    shown.print(table)
    shown.print(f"\nUse it in a dataset as `table: {imported.table}`.")


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)  # not codecs.lookup, which knows `base64` as well
    except (LookupError, ValueError) as error:
        raise QuicktestError(f"There is no text encoding `{name}`. Try utf-8, cp1252 or utf-16.") from error
    return name


def _one_character(delimiter: str | None) -> str | None:
    delimiter = {"\\t": "\t", "tab": "\t"}.get(delimiter or "", delimiter)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise QuicktestError(f"--delimiter `{delimiter}` is not one character. Use for example `;` or `tab`.")
    return delimiter
