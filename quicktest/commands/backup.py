"""`export` and `restore`: all documents in one file; and `export --csv`: experiments as a table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from quicktest.errors import QuicktestError
from quicktest.files import require_folder
from quicktest.output import Json, console, errors, print_json
from quicktest.words import size

Report = Callable[[int], None]


def register(app: typer.Typer) -> None:
    app.command("export")(export)
    app.command("restore")(restore)


def export(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUERY] FILE", help="The file to write; before it, of a table, a query."),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table of experiments, for spreadsheets.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A table of experiments, as JSON.")] = False,
    endpoint: Annotated[str | None, typer.Option(help="Of a table: only this model endpoint.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file when it exists.")] = False,
) -> None:
    """Back up all documents into one file; or write experiments as a table.

    `quicktest export FILE.jsonl.gz` is the backup: configurations, experiments, results, curves, history, reports and
    counters, as of one moment and while everything goes on. Models, logs and other objects of the bucket are not in it.
    `quicktest restore` reads it.

    `quicktest export --csv [QUERY] [FILE.csv]` and `quicktest export --json [QUERY] [FILE.json]` are tables: one row
    for each experiment that the query finds (`quicktest history --help` tells of queries), newest first, with every
    metric and parameter. Without a file they go to standard output.
    """
    if as_csv and as_json:
        raise QuicktestError("Choose one of --csv and --json.")
    if as_csv or as_json:
        query, file = _query_and_file(arguments or [], ".csv" if as_csv else ".json")
        _export_table(query, file, as_csv, endpoint, replace)
    elif endpoint is not None or len(arguments or []) != 1:
        raise QuicktestError(
            "A backup needs one file, such as quicktest.jsonl.gz. For a table of experiments add --csv or --json."
        )
    else:
        _export_backup(Path((arguments or [""])[0]), replace)


def _query_and_file(arguments: Sequence[str], ending: str) -> tuple[str, Path | None]:
    """One argument is the file when it is called like one."""
    if len(arguments) > 2:
        raise QuicktestError('A table takes a query, in quotes when it has spaces, and a file: "state = failed" a.csv.')
    if len(arguments) == 1 and arguments[0].lower().endswith(ending):
        return "", Path(arguments[0])
    query, file = [*arguments, "", ""][:2]
    return query, Path(file) if file else None


def _export_table(query: str, file: Path | None, as_csv: bool, endpoint: str | None, replace: bool) -> None:
    from quicktest import table_file
    from quicktest.client import Client
    from quicktest.history import History

    if file is not None:
        _refuse_existing(file, replace)
    found = History(Client().store, endpoint).listed(query, datetime.now(UTC))
    text = table_file.as_csv(found.entries) if as_csv else table_file.as_json(found.entries)
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8", newline="")
        console().print(f"Wrote {_experiments(len(found.entries))} to {file}.", markup=False, soft_wrap=True)
    if found.damaged:
        errors().print(f"{_experiments(found.damaged)} cannot be read and are left out.", style="yellow", markup=False)


def _refuse_existing(file: Path, replace: bool) -> None:
    if file.exists() and not replace:
        raise QuicktestError(f"{file} exists already. Name another file, or replace it with --replace.")
    require_folder(file)


def _export_backup(file: Path, replace: bool) -> None:
    from quicktest import backup
    from quicktest.deployment import find_deployment
    from quicktest.rest_documents import RestDocuments

    _refuse_existing(file, replace)
    deployment = find_deployment()
    with _counting("Reading documents") as report:
        database = RestDocuments(deployment.project)
        done = backup.export(database, deployment.project, file, datetime.now(UTC), report)
    console().print(
        f"Wrote {_documents(done.documents)} ({_experiments(done.experiments)}) to {file}, {size(done.size_bytes)}.",
        markup=False,
        soft_wrap=True,
    )


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `quicktest export` wrote.")],
    merge: Annotated[
        bool, typer.Option("--merge", help="Into a database that is not empty: add only what it does not have.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the documents of a backup into an empty database.

    The whole file is checked before anything is written. Experiments that had ended are shown as they were, and
    nothing of them starts again. Those that had not ended go on: one whose build or job still exists takes it up again,
    another fails or begins a new attempt, and one that was waiting starts in its turn.

    With --merge, documents and experiments that the database has stay as they are, and those that were deleted stay
    deleted.
    """
    from quicktest import backup
    from quicktest.deployment import find_deployment
    from quicktest.rest_documents import RestDocuments

    deployment = find_deployment()
    with _counting("Writing documents") as report:
        done = backup.restore(RestDocuments(deployment.project), file, merge, report)
    if as_json:
        print_json({"file": str(file), **vars(done)})
        return
    left = f" {_documents(done.left_out)} were there already and stay as they are." if done.left_out else ""
    live = f" Not ended when it was written: {_experiments(done.live)}." if done.live else ""
    console().print(
        f"Wrote {_documents(done.documents)} of {file}, which holds {_experiments(done.experiments)}.{left}{live}",
        markup=False,
        soft_wrap=True,
    )


@contextmanager
def _counting(what: str) -> Iterator[Report]:
    """How many documents so far, in a terminal and only while it lasts."""
    shown = errors()
    if not shown.is_terminal:
        yield lambda count: None
        return
    with shown.status(what) as status:
        yield lambda count: status.update(f"{what}: {count:,}")


def _documents(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'}"


def _experiments(count: int) -> str:
    return f"{count:,} experiment{'' if count == 1 else 's'}"
