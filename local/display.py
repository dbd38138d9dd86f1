"""One line per part, with port and state: a table that changes in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time

from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.supervisor import Part

_COLOURS = {"ready": "green", "starting": "yellow", "warming up": "yellow", "died": "red", "stopped": "dim"}


class Display:
    """Shows the states of parts as they change; a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._states: dict[str, tuple[Part, str]] = {}
        self._began = time.monotonic()
        self._died: dict[str, float] = {}  # part -> when, until it is ready again
        self._live = (
            Live(console=console, get_renderable=self._table, refresh_per_second=8) if console.is_terminal else None
        )

    def __enter__(self) -> Display:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, part: Part, state: str) -> None:
        """Note a part's new state."""
        now = time.monotonic()
        text = state
        if state == "ready":
            text = f"ready after {now - self._died.pop(part.name, self._began):.1f} s"
        elif state == "died":
            self._died[part.name] = now
        self._states[part.name] = part, text
        if self._live is None and state not in ("waiting", "starting"):
            self._console.print(f"{part.name:<10} {part.port or '':>6}  {text}", highlight=False)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for part, state in list(self._states.values()):
            colour = next((colour for name, colour in _COLOURS.items() if state.startswith(name)), "dim")
            table.add_row(part.name, str(part.port or ""), f"[{colour}]{state}[/]")
        return table
