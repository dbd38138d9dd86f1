"""Where output goes: people get rich text, `--json` gets documents, a pipe gets plain lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

PLAIN_WIDTH = 160  # of tables in a pipe or a file, where nobody folds lines

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]


def console() -> Console:
    """Standard output; without colour, folding or movement when it is not a terminal."""
    found = Console(highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(highlight=False, width=max(PLAIN_WIDTH, found.width), no_color=True)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Says what is waited for, in a terminal and only while it is."""
    shown = errors()
    if not shown.is_terminal:
        yield
        return
    with shown.status(what):
        yield


def errors() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any, indent: int | None = 2) -> None:
    """One JSON document; times are ISO 8601 in UTC."""
    print(json.dumps(value, indent=indent, default=_plain, ensure_ascii=False, allow_nan=False), flush=True)


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
