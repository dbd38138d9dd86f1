"""Leaderboards: one table for each protocol and sample size, runs and baselines in one order (domain S7.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group as Lines
from rich.console import RenderableType
from rich.text import Text

from quicktest.read_models import Group
from quicktest.views.fitting import Column, FittingTable
from quicktest.words import baseline_label, duration, metric_label, money
from shared.insights.charts.leaderboard import ranks
from shared.metric_words import figure_words, metric_number
from shared.metrics import METRICS

Board = Mapping[str, Any]
MARKS = {"best": ("★ best", "green"), "below baseline": ("below baseline", "red")}
UNPROVEN = "unproven"  # below baseline, as far as anybody can tell: the interval of the lift holds 0
LONGEST_NAME = 18
SCALES = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))  # of counts of parameters


def boards_view(group: Group, boards: Sequence[Board], limit: int, metric: str | None) -> RenderableType:
    """Every sample size of a protocol, under its readable name."""
    parts: list[RenderableType] = [Text.assemble((group.name, "bold"), (f"   protocol {group.protocol}", "dim"))]
    for board in boards:
        parts += [Text(), *_board(board, limit, metric if metric != board["metric"] else None)]
    return Lines(*parts)


def _board(board: Board, limit: int, metric: str | None) -> list[RenderableType]:
    sample, finished = board["sample_percent"], board["finished"]
    badge = "all customers" if sample == 100 else f"quick ({sample}% of the customers)"
    parts: list[RenderableType] = [
        Text(f"{badge}, {finished} finished run{'' if finished == 1 else 's'}", style="bold")
    ]
    if not finished:
        return [*parts, Text("No run has finished under this protocol yet: a leaderboard begins with the first one.")]
    rows = _ordered(board, metric)
    places = [place for place, (row, _) in enumerate(rows) if row["kind"] == "run"]
    last = places[limit - 1] if len(places) > limit else len(rows)
    parts.append(_table(board, rows[: last + 1], metric))
    parts += [Text(sentence, style="dim") for sentence in _sentences(board, min(limit, len(places)), metric)]
    return parts


def _ordered(board: Board, metric: str | None) -> list[tuple[Mapping[str, Any], int | None]]:
    """Rows with their ranks; by another metric than the board's, only runs, and those that have it."""
    if metric is None:
        return [(row, row["rank"]) for row in board["rows"]]
    known = [(row, rank) for row, rank in zip(board["rows"], ranks(board, metric), strict=True) if rank is not None]
    return sorted(known, key=lambda each: each[1] or 0)


def _table(board: Board, rows: Sequence[tuple[Mapping[str, Any], int | None]], metric: str | None) -> FittingTable:
    shown = metric or board["metric"]
    lower = " (less is better)" if METRICS[shown].direction == "min" else ""
    judged = [Column("lift", justify="right"), Column("", 14)] if metric is None else []
    facts = [Column(name, spare=3 - place, justify="right") for place, name in enumerate(("params", "took", "cost"))]
    columns = [Column("rank", justify="right"), Column("run"), Column(f"{metric_label(shown)}{lower}")]
    table = FittingTable([*columns, *judged, *facts])
    for row, rank in rows:
        cells = _of_run(row, board, metric) if row["kind"] == "run" else _of_baseline(row, board)
        table.add_row("–" if rank is None else str(rank), *cells, style="" if row["kind"] == "run" else "dim")
    return table


def _of_run(row: Mapping[str, Any], board: Board, metric: str | None) -> list[str | Text]:
    name = row["name"] if len(row["name"]) <= LONGEST_NAME else f"{row['name'][: LONGEST_NAME - 1]}…"
    cost = "" if row["cost_usd"] is None else money(row["cost_usd"])
    facts = [_count(row["parameters"]), _minutes(row["seconds"]), cost]
    named = f"#{row['number']} {name}".rstrip()
    if metric is not None:
        return [named, metric_number(metric, row["metrics"][board["metrics"].index(metric)]), *facts]
    figure = figure_words(row, board["metric"])
    return [named, figure, _lift(row, board["metric"]), _words(row, board["metric"]), *facts]


def _count(number: int | None) -> str:
    """`812`, `10k`, `3.4M`"""
    if number is None:
        return ""
    scale, letter = next(((scale, letter) for scale, letter in SCALES if number >= scale), (1, ""))
    value = number / scale
    return f"{value:.1f}{letter}" if letter and value < 9.95 else f"{value:.0f}{letter}"


def _minutes(seconds: float | None) -> str:
    """Without seconds from ten minutes on."""
    return duration(seconds if seconds is None or seconds < 600 else 60 * round(seconds / 60)).removesuffix(" 00 s")


def _of_baseline(row: Mapping[str, Any], board: Board) -> list[str]:
    return [baseline_label(row["name"]), figure_words(row, board["metric"]), "", "baseline", "", "", ""]


def _lift(row: Mapping[str, Any], metric: str) -> str:
    """Above 0 the run is better, whatever the direction (S6.17)."""
    if row["lift"] is None or row["lift"]["value"] is None:
        return "no baseline"
    value = row["lift"]["value"]
    return f"{'+' if value >= 0 else '-'}{metric_number(metric, abs(value))}"


def _words(row: Mapping[str, Any], metric: str) -> Text:
    """`★ best`, `unproven`, `3 runs ±0.012`; a run that leads and has not beaten the baselines is not best."""
    told, style = (UNPROVEN, "yellow") if _is_unproven(row) else MARKS.get(row["mark"], ("", ""))
    words = [told, "not compared" if row["overlap"] == "unknown" else ""]
    if again := row["repeats"]:
        words.append(
            f"{again['n']} runs" + ("" if again["spread"] is None else f" ±{metric_number(metric, again['spread'])}")
        )
    return Text(", ".join(word for word in words if word), style=style)


def _is_unproven(row: Mapping[str, Any]) -> bool:
    return row["mark"] == "below baseline" and (row["lift"] or {}).get("verdict") == "cannot_tell"


def _sentences(board: Board, shown: int, metric: str | None) -> list[str]:
    told: list[str] = []
    runs = sum(row["kind"] == "run" for row in board["rows"]) + board["left_out"]
    if metric is not None:
        told.append(f"By {metric_label(metric)}: nobody has tested whether these differences are more than chance.")
    elif board["shared"] > 1:
        told.append(f"{board['shared']} share rank 1: the test customers cannot tell them from the best run.")
    if metric is None and any(row["kind"] == "run" and _is_unproven(row) for row in board["rows"]):
        told.append(f"{UNPROVEN.capitalize()}: not shown to be above the best baseline, nor below it.")
    if metric is None and any(row["overlap"] == "unknown" for row in board["rows"]):
        told.append(
            "Not compared: beyond the first 20, or without results of single customers; their rank is by the figure."
        )
    if any(row["kind"] == "run" and row["repeats"] for row in board["rows"]):
        told.append("n runs: equal but for their seeds, as mean and standard deviation.")
    if shown < runs:
        told.append(f"{shown} of {runs} are shown; see --limit.")
    return told
