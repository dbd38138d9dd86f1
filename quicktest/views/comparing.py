"""Two configurations side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from quicktest.comparing import Row

TITLES = {
    "model_endpoint": "Model endpoint",
    "experiment": "Training, sampling and split",
    "dataset": "Dataset",
    "feature_config": "Features",
    "model_config": "Model",
}
STYLES = {"same": "dim", "changed": "", "added": "green", "removed": "red"}


def comparison_view(left: str, right: str, sections: Mapping[str, Sequence[Row]], everything: bool) -> RenderableType:
    """One table for each part; parts without a difference are one line."""
    parts: list[RenderableType] = []
    for kind, rows in sections.items():
        shown = [row for row in rows if everything or row.change != "same"]
        same = sum(row.change == "same" for row in rows)
        equal = f"{same} of {len(rows)} settings are equal" if shown and not everything else ""
        parts.append(Text.assemble((TITLES[kind], "bold"), (f"  {equal}", "dim")))
        parts.append(_table(left, right, shown) if shown else Text("≡  no difference", style="dim"))
        parts.append(Text())
    return Group(*parts[:-1])


def _table(left: str, right: str, rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("")
    table.add_column(left, overflow="fold")
    table.add_column(right, overflow="fold")
    for row in rows:
        style = STYLES[row.change]
        table.add_row(row.marker, row.name, _cell(row.left), _cell(row.right), style=style)
    return table


def _cell(text: str | None) -> str:
    return "–" if text is None else text or '""'
