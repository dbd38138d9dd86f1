"""`list`, `show`: experiments that exist."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from quicktest.commands.watching import tell_reproduction
from quicktest.errors import Deleted
from quicktest.output import Json, console, print_json
from quicktest.selecting import known_state
from quicktest.views.runs import runs_table

Reference = Annotated[str, typer.Argument(help="`12`, `#12` or an id.", metavar="EXPERIMENT")]


def register(app: typer.Typer) -> None:
    app.command("list")(list_runs)
    app.command("show")(show)


def list_runs(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")] = 20,
    state: Annotated[str | None, typer.Option(help="Only those in this state, such as running or failed.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only those of this model endpoint.")] = None,
    as_json: Json = False,
) -> None:
    """List experiments, newest first."""
    from quicktest.client import Client

    known_state(state)
    runs = Client().experiments(limit, state, endpoint)
    if as_json:
        print_json(runs)
    elif runs:
        console().print(runs_table(runs, datetime.now(UTC)))
    else:
        console().print(
            "No experiments" + (" like that." if state or endpoint else " yet. Start one with `quicktest run -f`.")
        )


def show(experiment: Reference, as_json: Json = False) -> None:
    """Show one experiment: stages, epochs, attempts, result or error; of a deleted one, when it was and by whom."""
    from quicktest.client import Client
    from quicktest.views.audience import audience_view
    from quicktest.views.run import run_view

    found = Client().experiment(experiment)
    shown = console()
    try:
        run = found.run()
    except Deleted as deleted:
        print_json(deleted.tombstone) if as_json else shown.print(str(deleted), markup=False, soft_wrap=True)
        return
    if as_json:
        again = found.reproduction()
        compared = {"reproduction": {"same": again.same, **vars(again)}} if again else {}
        print_json({**run, "epochs": found.history(), **compared})
        return
    shown.print(run_view(run, found.history(), datetime.now(UTC), found.source()))
    if run.get("metrics") and (audience := audience_view(found.detail("evaluation"))) is not None:
        shown.print()
        shown.print(audience)
    tell_reproduction(found)
    shown.print(_facts(run, found.page_url), markup=False, soft_wrap=True)


def _facts(run: dict[str, Any], page_url: str | None) -> str:
    names = run.get("names") or {}
    facts = {
        "id": run["experiment"],
        "dataset": names.get("dataset"),
        "features": names.get("feature_config"),
        "model": names.get("model_config"),
        "rows": _rows(run),
        "page": page_url,
    }
    return "\n" + "\n".join(f"{name:<9} {value}" for name, value in facts.items() if value)


def _rows(run: dict[str, Any]) -> str:
    rows = (run.get("counts") or {}).get("rows") or {}
    return ", ".join(f"{rows[split]:,} {split}" for split in ("train", "eval", "test", "catalogue") if split in rows)
