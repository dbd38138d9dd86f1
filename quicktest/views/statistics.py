"""Statistics of an experiment's examples in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from quicktest.statistics_words import (
    alarm,
    drift_cell,
    drift_sentence,
    is_told,
    percent,
    rows_of_figures,
    schema_sentences,
    summary,
    times_of,
)
from quicktest.views.fitting import Column, FittingTable

Fields = Mapping[str, Any]
STYLES = {"strong": "red", "noticeable": "yellow"}
CHECKED = "Checked by Quicktest from statistics and schema; the pipeline has no ExampleValidator."


def statistics_view(found: Fields) -> Iterator[RenderableType]:
    """All features, then what has drifted, then what contradicts the schema of train."""
    yield from _head(found)
    yield _features(found)
    told = [row for row in found["drift"] if is_told(row)]
    yield Text("\nDrift from train", style="bold")
    for row in told:
        yield Text(f"  {drift_sentence(row)}", style=STYLES.get(alarm(row), ""))
    if not told:
        yield Text("  Nothing noticeable.")
    yield from _anomalies(found)


def feature_view(found: Fields) -> Iterator[RenderableType]:
    """One feature with everything of it."""
    yield from _head(found)
    feature = found["features"][0]
    yield Text.assemble("\n", (feature["name"], "bold"), f"  {feature['type']}{', a list' if feature['list'] else ''}")
    table = _table("", *feature["splits"])
    for heading, cells in rows_of_figures(feature, feature["name"] in times_of(found)):
        table.add_row(Text(heading, style="dim"), *map(Text, cells))
    yield table
    yield from _top(feature)
    yield Text("\nDrift from train", style="bold")
    for row in found["drift"]:
        words = drift_sentence(row) if row["flag"] or row["js"] is not None else f"{row['split']}: nothing to compare"
        yield Text(f"  {words}", style=STYLES.get(alarm(row), ""))
    for row in found["schema"]:
        yield Text("\nSchema", style="bold")
        lines = Table.grid(padding=(0, 3, 0, 0))
        for heading, words in schema_sentences(row):
            lines.add_row(Text(f"  {heading}", style="dim"), Text(words, overflow="fold"))
        yield lines
    yield from _anomalies(found)


def _head(found: Fields) -> Iterator[RenderableType]:
    rows = ", ".join(f"{split['name']} {split['rows']:,}" for split in found["splits"])
    yield Text.assemble((found["title"], "bold"), f"  rows: {rows}")
    for problem in found["problems"]:
        yield Text(problem, style="yellow")


def _features(found: Fields) -> FittingTable:
    splits, times = [split["name"] for split in found["splits"]], times_of(found)
    drift = {(row["feature"], row["split"]): row for row in found["drift"]}
    others = [name for name in splits if name != "train"]
    spare = len(splits)  # in a narrow terminal, train and the drift from it are the last to go
    table = FittingTable(
        [
            Column("\nfeature", 24),
            Column("\ntype", 9),
            *(Column(f"missing\n{name}", 8, spare=spare + place) for place, name in enumerate(splits)),
            *(Column(f"\n{name}", 14, spare=place) for place, name in enumerate(splits)),
            *(Column(f"drift\n{name}", 15) for name in others),
        ]
    )
    for feature in found["features"]:
        name, figures = feature["name"], feature["splits"]
        rows = [drift.get((name, other)) for other in others]
        table.add_row(
            Text(name),
            Text(("list of " if feature["list"] else "") + feature["type"]),
            *(Text(percent(figures[split]["missing"])) for split in splits),
            *(Text(summary(figures[split], name in times)) for split in splits),
            *(Text(drift_cell(row), style=STYLES.get(alarm(row), "")) for row in rows),
        )
    return table


def _top(feature: Fields) -> Iterator[RenderableType]:
    """The most frequent texts, splits side by side."""
    tops = {name: (figures.get("texts") or {}).get("top", []) for name, figures in feature["splits"].items()}
    if not any(tops.values()):
        return
    yield Text("\nMost frequent", style="bold")
    headings = [heading for name in tops for heading in (name, "share")]
    table = _table(*headings)
    for place in range(max(map(len, tops.values()))):
        row = [top[place] if place < len(top) else None for top in tops.values()]
        cells = ((each["value"], percent(each["share"])) if each else ("", "") for each in row)
        table.add_row(*(Text(cell) for pair in cells for cell in pair))
    yield table


def _anomalies(found: Fields) -> Iterator[RenderableType]:
    if found["checked_by"] is None:  # there is no schema (yet)
        return
    yield Text("\nAgainst the schema of train", style="bold")
    for anomaly in found["anomalies"]:
        yield Text(f"  {anomaly['split']}: {anomaly['words']}" if anomaly["split"] else f"  {anomaly['words']}")
    if not found["anomalies"]:
        yield Text("  Nothing contradicts it.")
    yield Text(f"  {CHECKED}", style="dim")


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
