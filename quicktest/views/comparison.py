"""Experiments beside each other: verdicts in sentences, results, and what differs."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from quicktest.comparisons import Compared
from quicktest.words import metric_label
from shared.side_by_side import DIFFERS, SAME

TITLES = {
    "results": "Results",
    "training": "Training",
    "split": "Sampling and split",
    "dataset": "Dataset",
    "features": "Features",
    "model": "Model",
    "cost": "Cost and time",
}
STYLES = {"cannot_tell": "bold yellow", "not_comparable": "bold red"}  # of a verdict on the only pair
STAR = "★"
UNPROVEN = "unproven"
SHORT = {"not shown to be above the best baseline": UNPROVEN}  # beside a star, where columns are narrow

Row = Mapping[str, Any]


def comparison_view(compared: Compared, everything: bool) -> RenderableType:
    """`everything`: also what is equal, and figures of other populations than the headline's."""
    report = compared.report
    labels = [run["label"] for run in report["experiments"]]
    decisive = {verdict["metric"] for verdict in report["verdicts"]}
    parts = [*_verdicts(report), Text(), _runs(report["experiments"])]
    for section in report["sections"]:
        rows = compared.rows[section["name"]]
        unknown = [] if section["name"] == "results" else _unknown(labels, rows)
        shown = [row for row in rows if everything or _is_telling(section["name"], row, decisive, len(unknown))]
        several = len(labels) - len(unknown) > 1  # to be equal or to differ
        same = sum(_same(row, len(unknown)) for row in rows)
        told = (
            [f"{same} of {len(rows)} are equal"] if section["name"] != "results" and not everything and several else []
        )
        told += [f"{', '.join(unknown)}: not known"] if unknown else []
        parts += [Text(), Text.assemble((TITLES[section["name"]], "bold"), (f"  {', '.join(told)}", "dim"))]
        if shown or several:
            parts.append(_table(labels, shown) if shown else Text(_nothing(section["name"], rows), style="dim"))
        parts += [Text(sentence, style="dim") for sentence in _legend(shown)]
    if report["losses"]["reason"]:
        parts += [Text(), Text(report["losses"]["reason"], style="dim")]
    return Group(*parts)


def _unknown(labels: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Runs of which nothing of a section is known: that ended before they were prepared, or have not been yet."""
    return [label for place, label in enumerate(labels) if all(row["values"][place] is None for row in rows)]


def _same(row: Row, unknown: int) -> bool:
    """Among the runs of which something is known."""
    values = list(row["values"])
    for _ in range(unknown):
        values.remove(None)
    return len(set(values)) <= 1


def _is_telling(section: str, row: Row, decisive: Container[str], unknown: int) -> bool:
    """Of the results every figure of the headline population is, and the lift by what decides."""
    if section != "results":
        return not _same(row, unknown)
    return row["metric"] in decisive if "lifts" in row else row.get("population", "headline") == "headline"


def _nothing(section: str, rows: Sequence[Row]) -> str:
    return "none yet" if section == "results" and not rows else f"{SAME}  no difference"


def _legend(rows: Sequence[Row]) -> Iterator[str]:
    """What the stars among the rows mean."""
    marks = {SHORT.get(row["doubts"][place], row["doubts"][place]) for row in rows for place in row.get("stars", [])}
    if marks:
        yield f"{STAR}  better than every other run of its sample size by this metric"
    if UNPROVEN in marks:
        yield f"{UNPROVEN}: not shown to be above the best baseline"


def _verdicts(report: Mapping[str, Any]) -> Iterator[RenderableType]:
    """For each family of metrics: the verdict, each pair of more than two, and the best baseline."""
    for verdict in report["verdicts"]:
        pairs = verdict["pairs"]
        style = (
            "bold green" if verdict["success"] else STYLES.get(pairs[0]["verdict"] if len(pairs) == 1 else "", "bold")
        )
        yield Text(verdict["sentence"], style=style)
        if len(pairs) > 1:
            yield from (Text(f"  {pair['sentence']}") for pair in pairs)
        yield from (Text(f"  {each['sentence']}", style="dim") for each in verdict["baselines"])
    for run in report["experiments"]:
        if run["badges"]:
            yield Text(f"  {run['label']}: {', '.join(run['badges'])}", style="yellow")


def _runs(runs: Sequence[Mapping[str, Any]]) -> Table:
    table = _grid(["", "name", "state", "type"])
    for run in runs:
        table.add_row(run["label"], run["name"], run["state"] or "deleted", run["model_type"] or "-")
    return table


def _table(labels: Sequence[str], rows: Sequence[Row]) -> Table:
    table = _grid(["", "", *labels])
    for row in rows:
        cells = [_cell(value, *_star(row, place)) for place, value in enumerate(row["values"])]
        name = metric_label(row["name"]) if "metric" in row else row["name"]
        table.add_row(SAME if row["same"] else DIFFERS, name, *cells, style="dim" if row["same"] else "")
    return table


def _grid(columns: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _star(row: Row, place: int) -> tuple[str, str]:
    """The mark of a run that is better than the others, and how it looks; one that is no success says so (S6.17)."""
    if place not in row.get("stars", []):
        return "", ""
    doubt = row["doubts"][place]
    return (f" {STAR} {SHORT.get(doubt, doubt)}", "yellow") if doubt else (f" {STAR}", "bold green")


def _cell(value: str | None, mark: str, style: str) -> Text:
    return Text("–") if value is None else Text(f"{value or chr(34) * 2}{mark}", style=style)
