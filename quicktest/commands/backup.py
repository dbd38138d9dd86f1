"""`export` and `restore`: all documents in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write, such as quicktest.jsonl.gz.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file when it exists.")] = False,
    as_json: Json = False,
) -> None:
    """Back up all documents into one file.

    Configurations, experiments, results, curves, history, reports and counters, as of one moment and while everything
    goes on. Models, logs and other objects of the bucket are not in it. `quicktest restore` reads it.
    """
    from quicktest import backup
    from quicktest.deployment import find_deployment
    from quicktest.rest_documents import RestDocuments

    if file.exists() and not replace:
        raise QuicktestError(f"{file} exists already. Name another file, or replace it with --replace.")
    require_folder(file)
    deployment = find_deployment()
    with _counting("Reading documents") as report:
        database = RestDocuments(deployment.project)
        done = backup.export(database, deployment.project, file, datetime.now(UTC), report)
    if as_json:
        print_json({"file": str(file), **vars(done)})
        return
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
