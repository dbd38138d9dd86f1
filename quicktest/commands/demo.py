"""`demo`: from nothing to a result, in one command."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import typer

from quicktest.deployment import running_stack
from quicktest.files import PROJECT_ROOT, home, warehouse
from quicktest.output import console

if TYPE_CHECKING:
    from local.stack import Stack

DATASET, TABLE = "quicktest", "demo_purchases"
EXPERIMENT = PROJECT_ROOT / "examples" / "demo" / "experiment.yaml"


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo() -> None:
    """Show a whole quick test, from nothing.

    Starts the stack unless it runs, loads demo data, runs examples/demo and shows the result. In a terminal it then
    keeps serving the page until Ctrl-C. A stack that was running before is left running.
    """
    from quicktest.client import Client
    from quicktest.commands.watching import follow, terminated_like_interrupted

    with terminated_like_interrupted(), ExitStack() as cleanup:
        stack = None if running_stack() else cleanup.enter_context(own_stack())
        load_purchases()
        client = Client()
        code = follow(client.run(EXPERIMENT))
        if stack is not None and code == 0 and sys.stdin.isatty() and sys.stdout.isatty():
            console().print(f"The page keeps serving at {client.deployment.page_url}. Ctrl-C stops the stack.")
            _serve_until_interrupted(stack)
    raise typer.Exit(code)


@contextmanager
def own_stack() -> Iterator[Stack]:
    """A stack that ends with the command, shown while it starts."""
    from local.display import Display
    from local.stack import Stack

    with ExitStack() as cleanup:
        with Display(console()) as display:
            stack = cleanup.enter_context(Stack(home(), tell=display))
        yield stack


def load_purchases() -> None:
    """Demo purchases in the warehouse; those of an earlier demo are used again."""
    from local.warehouse import table_path

    if table_path(warehouse(), DATASET, TABLE).exists():
        return
    from quicktest.demo import generate
    from quicktest.importing import import_arrow

    imported = import_arrow(generate(), warehouse(), DATASET, TABLE, replace=False)
    console().print(f"Imported {imported.rows:,} demo purchases into {imported.table}")


def _serve_until_interrupted(stack: Stack) -> None:
    try:
        while True:
            stack.check()
            time.sleep(1)
    except KeyboardInterrupt:
        console().print("Stopping.")
