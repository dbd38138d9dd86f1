"""`describe`: a document in full, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from quicktest.commands.comparing import Kind, known_kind, running_client
from quicktest.output import Json, console, print_json

if TYPE_CHECKING:
    from quicktest.described import Described


def register(app: typer.Typer) -> None:
    app.command("describe")(describe)


def describe(
    subject: Annotated[
        str,
        typer.Argument(metavar="FILE|KIND/ID|EXPERIMENT", help="A YAML file, such as dataset/shop, or such as 12."),
    ],
    kind: Kind = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask neither the stack nor the warehouse.")] = False,
    as_json: Json = False,
) -> None:
    """Show what documents mean, in full.

    Of a dataset: tables, joins, filters, columns, quality and the split by default. Of a feature config: each tower's
    features, what becomes of them, and widths. Of a model config: towers, parameters, settings and advice. Of an
    experiment: everything resolved, with the estimate of time and cost before anything is paid. Of a model endpoint:
    how many of its experiments run at once, and budgets.

    What needs the tables is there when a stack runs.
    """
    from quicktest.described import described
    from quicktest.subjects import find, is_file, subjects_of_file
    from quicktest.views.describing import description_view

    client = None if offline else running_client()
    chosen = known_kind(kind)
    if is_file(subject):
        subjects = [each for each in subjects_of_file(subject, client) if chosen in (None, each.kind)]
    else:
        subjects = [find(subject, chosen, client)]
    found = [described(each, client) for each in subjects]
    if as_json:
        print_json([vars_of(each) for each in found])
        return
    shown = console()
    for place, each in enumerate(found):
        if place:
            shown.print()
        shown.print(description_view(each.label, each.name, each.sections, each.problems))
    if client is None:
        shown.print(Text("\nColumns, rows, splits and estimates are there when a stack runs.", style="dim"))


def vars_of(described: Described) -> dict[str, Any]:
    """As `--json` prints it: the document with its defaults, and what was found out about it."""
    return {
        "kind": described.kind,
        "id": described.id,
        "document": described.document,
        "found": described.found,
        "problems": described.problems,
    }
