"""Tables of many columns in terminals of any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Column:
    """`room`: characters to read it in comfortably; 0: its cells are never folded. Where columns lack room, those with
    the highest `spare` are left out first; 0: never."""

    name: str
    room: int = 0
    spare: int = 0
    justify: Literal["left", "right"] = "left"
    style: str = ""


class FittingTable:
    """A table without the columns that a narrow terminal has no room for: a few that can be read tell more than all
    in slices of five letters."""

    def __init__(
        self, columns: Sequence[Column], gap: int = 2, header_style: str = "dim", caption: str | None = None
    ) -> None:
        self._columns, self._gap, self._header_style, self._caption = columns, gap, header_style, caption
        self._rows: list[tuple[str | Text, ...]] = []
        self._styles: list[str] = []

    def add_row(self, *cells: str | Text, style: str = "") -> None:
        self._rows.append(cells)
        self._styles.append(style)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = self._fitting(options.max_width)
        table = Table(box=None, pad_edge=False, header_style=self._header_style, padding=(0, self._gap, 0, 0))
        table.caption, table.caption_justify = self._caption, "left"
        for place in shown:
            column = self._columns[place]
            table.add_column(
                column.name, justify=column.justify, style=column.style, no_wrap=not column.room, overflow="fold"
            )
        for row, style in zip(self._rows, self._styles, strict=True):
            table.add_row(*(row[place] for place in shown), style=style or None)
        yield table

    def _fitting(self, width: int) -> list[int]:
        """Places of the columns that have room beside each other; one without any cell is not missed."""
        shown = [place for place in range(len(self._columns)) if self._needed(place) or not self._columns[place].spare]
        for place in sorted(shown, key=lambda place: -self._columns[place].spare):
            if sum(self._needed(each) + self._gap for each in shown) <= width or not self._columns[place].spare:
                break
            shown.remove(place)
        return shown

    def _needed(self, place: int) -> int:
        column = self._columns[place]
        longest = max((cell_len(str(row[place])) for row in self._rows), default=0)
        heading = max(map(cell_len, column.name.split("\n")))
        return 0 if not longest else max(heading, min(longest, column.room or longest))
