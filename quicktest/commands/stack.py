"""`up`, `down`, `reset`: the one-machine stack."""

from __future__ import annotations

from typing import Annotated

import typer

from quicktest.files import home
from quicktest.output import console


def register(app: typer.Typer) -> None:
    app.command("up")(up)
    app.command("down")(down)
    app.command("reset")(reset)


def up() -> None:
    """Start the one-machine stack; Ctrl-C stops it."""
    from local import stack

    raise typer.Exit(stack.up(home()))


def down() -> None:
    """Stop the stack; its data stays."""
    from local import stack

    raise typer.Exit(stack.down(home()))


def reset(yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Delete all data of the one-machine stack."""
    from local import stack

    if not yes and not typer.confirm(f"Delete everything in {home()}?"):
        console().print("Nothing was deleted.")
        raise typer.Exit(1)
    raise typer.Exit(stack.reset(home()))
