"""`stats`: what the examples of an experiment are like, and how eval and test differ from train."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from quicktest.commands.experiments import Reference
from quicktest.output import Json, console, print_json


def register(app: typer.Typer) -> None:
    app.command("stats")(stats)


def stats(
    experiment: Reference,
    feature: Annotated[str | None, typer.Option(help="Only this feature, with everything of it.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the whole report as one page that needs no network.")] = None,
    as_json: Json = False,
) -> None:
    """Show the statistics of an experiment's examples for each split, their drift, and what contradicts the schema."""
    from quicktest.client import Client
    from quicktest.statistics import only

    handle = Client().experiment(experiment)
    found = handle.statistics()
    if feature is not None:
        found = only(found, feature)
    if html is not None:
        from quicktest.files import require_folder
        from quicktest.views.statistics_page import statistics_page

        require_folder(html)
        html.write_text(statistics_page(found, datetime.now(UTC)), encoding="utf-8")
    if as_json:
        print_json(found)
        return
    from quicktest.views.statistics import feature_view, statistics_view

    shown = console()
    for part in feature_view(found) if feature is not None else statistics_view(found):
        shown.print(part)
    if html is not None:
        shown.print(f"\nThe whole report is in {html}.", markup=False)
