"""`doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    pass
