"""`apply`: documents from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding

from quicktest.errors import NothingRunning
from quicktest.output import Json, console, print_json, waiting
from quicktest.views.run import problem_line

if TYPE_CHECKING:
    from quicktest.client import Applied, Client

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

    Datasets, feature configs, model configs, model endpoints (how many of their experiments run at once, and budgets)
    and experiments; all of them are written, or none. What the reports on them
    say is shown when it is there within a few seconds.

    Every experiment without `id` in the file is a new one and starts at once.
    """
    from quicktest.client import Applied, Client, drafts_from

    drafts = drafts_from(file)
    try:
        client = Client()
    except NothingRunning:
        if not dry_run:
            raise
        show_applied([Applied(draft.kind, draft.id or "", "valid") for draft in drafts], {}, dry_run, as_json)
        if not as_json:
            console().print("Columns, and configs that other documents name, are checked when a stack runs.")
        return
    applied = client.apply_drafts(drafts, dry_run)
    show_applied(applied, {} if dry_run else _reports(client, applied), dry_run, as_json)


def _reports(client: Client, applied: list[Applied]) -> dict[str, Any]:
    """What the functions say about each document, as far as they say it within a few seconds."""
    from quicktest.verdicts import verdicts

    with waiting("Waiting for the reports"):
        return verdicts(client.store, applied)


def show_applied(
    applied: list[Applied], reports: Mapping[str, Mapping[str, Any] | None], dry_run: bool, as_json: bool
) -> None:
    """One line for each document, below it what its report says is wrong."""
    if as_json:
        documents = [{**vars(each), **_verdict(reports.get(f"{each.kind}/{each.id}"))} for each in applied]
        print_json({"dry_run": dry_run, "documents": documents})
        return
    for each in applied:
        label = "(new)" if dry_run and each.kind == "experiment" and each.action == "created" else each.id
        words = (WOULD if dry_run else DONE)[each.action]
        name = f"{each.kind}/{each.id}"
        report = reports.get(name)
        verdict = "" if report is None else ", valid" if report["valid"] else ", not valid"
        console().print(f"{each.kind:<14} {label:<32} {words}{verdict}", markup=False)
        for problem in (report or {}).get("problems") or []:
            console().print(Padding(problem_line(problem), (0, 0, 0, 15)), soft_wrap=True)
        if name in reports and report is None:
            note = f"its report takes longer: `quicktest describe {name}` shows it"
            console().print(f"{'':<15}{note}", style="dim", markup=False)


def _verdict(report: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if report is None else {"valid": report["valid"], "problems": report["problems"]}
