"""`apply`: documents from YAML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quicktest.errors import NothingRunning
from quicktest.output import Json, console, print_json

if TYPE_CHECKING:
    from quicktest.client import Applied

File = Annotated[Path, typer.Option("--file", "-f", help="YAML; one file may hold several documents, parted by ---.")]
DONE = {"created": "created", "updated": "updated", "unchanged": "unchanged"}
WOULD = {"created": "would be created", "updated": "would be updated", "unchanged": "unchanged", "valid": "valid"}


def register(app: typer.Typer) -> None:
    app.command("apply")(apply)


def apply(
    file: File,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Write the documents of a YAML file.

    Datasets, feature configs, model configs and experiments; all of them are written, or none.

    Every experiment without `id` in the file is a new one and starts at once.
    """
    from quicktest.client import Applied, Client, drafts_from

    drafts = drafts_from(file)
    try:
        client = Client()
    except NothingRunning:
        if not dry_run:
            raise
        show_applied([Applied(draft.kind, draft.id or "", "valid") for draft in drafts], dry_run, as_json)
        if not as_json:
            console().print("Columns, and configs that other documents name, are checked when a stack runs.")
        return
    show_applied(client.apply_drafts(drafts, dry_run), dry_run, as_json)


def show_applied(applied: list[Applied], dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json({"dry_run": dry_run, "documents": [vars(document) for document in applied]})
        return
    for document in applied:
        label = "(new)" if dry_run and document.kind == "experiment" and document.action == "created" else document.id
        words = (WOULD if dry_run else DONE)[document.action]
        console().print(f"{document.kind:<14} {label:<32} {words}", markup=False)
