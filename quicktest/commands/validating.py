"""`validate`: every problem of documents at once, before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quicktest.commands.comparing import running_client
from quicktest.errors import QuicktestError
from quicktest.output import Json, console, print_json

if TYPE_CHECKING:
    from quicktest.client import Client
    from quicktest.findings import Finding

FileOption = Annotated[Path | None, typer.Option("--file", "-f", help="YAML; all of its documents are validated.")]


def register(app: typer.Typer) -> None:
    app.command("validate")(validate)


def validate(
    document: Annotated[
        str | None, typer.Argument(metavar="[KIND/ID]", help="A stored document, such as dataset/shop; or a file.")
    ] = None,
    file: FileOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask neither the stack nor the warehouse.")] = False,
    as_json: Json = False,
) -> None:
    """Tell everything that is wrong with documents, with line, value and remedy; nothing is written.

    Without a stack: fields, ranges, and whether the documents of a file go together. With one also tables, columns,
    joins, stored documents and, for an experiment, its splits and what a submission would be refused for.

    Exit code 1 when there are errors; warnings never block.
    """
    from quicktest.views.findings import findings_view

    client = None if offline else running_client()
    found, names = findings_of(document, file, client)
    errors = sum(finding.is_error for finding in found)
    if as_json:
        listed = [finding.to_dict() for finding in found]
        print_json({"valid": not errors, "offline": client is None, "documents": names, "problems": listed})
    else:
        console().print(findings_view(found, names, offline=client is None), soft_wrap=True)
    raise typer.Exit(1 if errors else 0)


def findings_of(reference: str | None, file: Path | None, client: Client | None) -> tuple[list[Finding], list[str]]:
    """The problems, and what was looked at."""
    from quicktest.answers import Answers
    from quicktest.client import load
    from quicktest.documents import Documents
    from quicktest.subjects import is_file
    from quicktest.validating import ordered, validate

    if (reference is None) == (file is None):
        raise QuicktestError("Name what to validate: `-f FILE`, or KIND/ID of a stored document.")
    path = file if file is not None else Path(reference) if reference and is_file(reference) else None
    if path is None:
        return _of_stored(str(reference), client)
    drafts, unreadable = load(path)
    documents = Documents(drafts, client.store if client else None)
    answers = Answers(documents, client.deployment) if client else None
    return ordered([*unreadable, *validate(documents, answers)]), [draft.label for draft in drafts]


def _of_stored(reference: str, client: Client | None) -> tuple[list[Finding], list[str]]:
    from quicktest.answers import Answers
    from quicktest.subjects import stored
    from quicktest.validating import asked, ordered, unreadable

    if client is None:
        raise QuicktestError(
            f"`{reference}` is no YAML file, and no stack runs to look it up in. Start `quicktest up`."
        )
    documents, known = stored(reference, None, client)
    if known.document is None:
        return unreadable(documents, known), [known.label]
    return ordered(asked(documents, known, Answers(documents, client.deployment))), [known.label]
