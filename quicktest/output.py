"""Where output goes: people get rich text, `--json` gets documents, a pipe gets plain lines."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.segment import Segment

PLAIN_WIDTH = 160  # of tables in a pipe or a file, where nobody folds lines
# What commands a terminal (C0 and C1 but for the end of a line and the tab) or turns the direction of text.
_COMMANDING = {*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)} - {0x09, 0x0A}
_REMOVED = dict.fromkeys(_COMMANDING)
_ESCAPED = {code: f"\\u{code:04x}" for code in _COMMANDING if code >= 0x7F}  # JSON escapes the others by itself
# Text is what it says, in tables too: `[/]` and `:tick:` in somebody's name are no markup. Styles are given as `style`.
_LITERAL: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]


def console() -> Console:
    """Standard output; without colour, folding or movement when it is not a terminal."""
    found = Console(**_LITERAL, soft_wrap=False)
    if not found.is_terminal:
        found = Console(**_LITERAL, width=max(PLAIN_WIDTH, found.width), no_color=True)
    found.push_render_hook(_Disarming())
    return found


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
    found = Console(**_LITERAL, stderr=True, soft_wrap=True)
    found.push_render_hook(_Disarming())
    return found


class _Disarming(RenderHook):
    """Names and notes are other people's text: nothing in them reaches the terminal as a command. Rich's own movements
    and colours are no text."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [Disarmed(renderable) for renderable in renderables]


class Disarmed:
    """A picture without what its texts could command. What is printed is one; a moving picture must be made one."""

    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self._renderable, options):
            yield Segment(text if control else disarmed(text), style, control)


def disarmed(text: str) -> str:
    """Without what commands a terminal."""
    return text.translate(_REMOVED)


def print_json(value: Any, indent: int | None = 2) -> None:
    """One JSON document; times are ISO 8601 in UTC."""
    text = json.dumps(value, indent=indent, default=_plain, ensure_ascii=False, allow_nan=False)
    print(text.translate(_ESCAPED), flush=True)


def print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """A table with a heading; columns are in the order in which they first appear, and None is an empty cell."""
    from quicktest.table_file import csv_cell

    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([csv_cell(row.get(name)) for name in columns] for row in rows)
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
