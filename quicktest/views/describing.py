"""A description: a title, its sections, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from quicktest.describing import Section
from quicktest.views.run import problem_line
from shared.problems import Problem

RIGHT = frozenset({"width", "share", "nulls", "distinct", "train", "eval", "test", "catalogue"})


def description_view(
    label: str, name: str, sections: Sequence[Section], problems: Sequence[Problem | Mapping[str, Any]]
) -> RenderableType:
    parts: list[RenderableType] = [Text.assemble((label, "bold"), ("  " + name) if name else "")]
    for section in sections:
        parts += [Text(), Text(section.title, style="bold"), Padding(_table(section), (0, 0, 0, 2), expand=False)]
    if problems:
        told = [problem if isinstance(problem, Mapping) else asdict(problem) for problem in problems]
        parts += [Text(), Group(*map(problem_line, told))]
    return Group(*parts)


def _table(section: Section) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0), show_header=bool(section.columns))
    columns = section.columns or [""] * max(map(len, section.rows))
    filled = [place for place in range(len(columns)) if any(row[place] for row in section.rows)]
    for place in filled:
        right = columns[place] in RIGHT
        table.add_column(columns[place], justify="right" if right else "left", overflow="fold")
    for row in section.rows:
        table.add_row(*(row[place] for place in filled))
    return table
