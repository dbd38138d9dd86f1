"""`demo`: from nothing to a result, in one command."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack
from types import FrameType

import typer

from quicktest.deployment import running_stack
from quicktest.files import PROJECT_ROOT, home, warehouse
from quicktest.output import console

DATASET, TABLE = "quicktest", "demo_purchases"
EXPERIMENT = PROJECT_ROOT / "examples" / "demo" / "experiment.yaml"


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo() -> None:
    """Show a whole quick test, from nothing.

    Starts the stack unless it runs, loads demo data, runs examples/demo and shows the result. In a terminal it keeps serving the page until Ctrl-C; a stack that was already running is left running.
    """
    from quicktest.commands.watching import follow

    with ExitStack() as stack:
        ours = running_stack() is None
        if ours:
            from local.stack import Stack

            stack.enter_context(Stack(home()))
        _load_purchases()
        from quicktest.client import Client

        client = Client()
        code = follow(client.run(EXPERIMENT))
        if ours and code == 0 and sys.stdin.isatty() and sys.stdout.isatty():
            console().print(f"The page keeps serving at {client.deployment.page_url}. Ctrl-C stops the stack.")
            _wait_for_interrupt()
    raise typer.Exit(code)


def _load_purchases() -> None:
    """Demo purchases in the warehouse; those of an earlier demo are used again."""
    from local.warehouse import table_path

    if table_path(warehouse(), DATASET, TABLE).exists():
        return
    from quicktest.demo import generate
    from quicktest.importing import import_arrow

    imported = import_arrow(generate(), warehouse(), DATASET, TABLE, replace=False)
    console().print(f"Imported {imported.rows:,} demo purchases into {imported.table}")


def _wait_for_interrupt() -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        signal.pause()
    except KeyboardInterrupt:
        console().print("Stopping.")
