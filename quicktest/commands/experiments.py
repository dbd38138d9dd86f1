"""`list`, `show`, `cancel`: experiments that exist."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from quicktest.commands.watching import EXIT_CODES, follow
from quicktest.errors import QuicktestError
from quicktest.output import Json, console, print_json
from quicktest.views.runs import runs_table
from quicktest.words import STATE_ICONS, title

Reference = Annotated[str, typer.Argument(help="`12`, `#12` or an id.", metavar="EXPERIMENT")]


def register(app: typer.Typer) -> None:
    app.command("list")(list_runs)
    app.command("show")(show)
    app.command("cancel")(cancel)


def list_runs(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")] = 20,
    state: Annotated[str | None, typer.Option(help="Only those in this state, such as running or failed.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only those of this model endpoint.")] = None,
    as_json: Json = False,
) -> None:
    """List experiments, newest first."""
    from quicktest.client import Client

    if state is not None and state not in STATE_ICONS:
        raise QuicktestError(f"There is no state `{state}`. Use one of {', '.join(STATE_ICONS)}.")
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
    """Show one experiment: stages, epochs, result or error."""
    from quicktest.client import Client
    from quicktest.views.run import run_view

    found = Client().experiment(experiment)
    run = found.run()
    if as_json:
        print_json({**run, "epochs": found.history()})
        return
    shown = console()
    shown.print(run_view(run, found.history(), datetime.now(UTC)))
    shown.print(_facts(run, found.page_url), markup=False, soft_wrap=True)


def cancel(
    experiment: Reference,
    wait: Annotated[bool, typer.Option("--wait", help="Return once it has ended.")] = False,
    as_json: Json = False,
) -> None:
    """Stop an experiment. With --wait the exit code is 0 when it was cancelled, else as of `run --watch`."""
    from quicktest.client import Client

    found = Client().experiment(experiment)
    new = found.cancel()
    if as_json:
        print_json({"experiment": found.id, "requested": True, "new": new}, indent=None if wait else 2)
    else:
        words = "Asked to cancel" if new else "A cancel was asked for before of"
        console().print(f"{words} {title(found.run())}.", markup=False)
    if wait:
        code = follow(found, as_json)
        raise typer.Exit(0 if code == EXIT_CODES["cancelled"] else code)


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
