"""A list of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from quicktest.views.fitting import Column, FittingTable
from quicktest.words import (
    STATE_ICONS,
    STATE_STYLES,
    duration,
    lift_words,
    metric_label,
    metric_number,
    shown_state,
    state_words,
)

COLUMNS = (
    Column("exp", justify="right"),
    Column("name", 24),
    Column("state", 18),
    Column("headline", 24, spare=1),
    Column("features / model", 24, spare=5),
    Column("started", spare=2),
    Column("took", spare=3, justify="right"),
    Column("id", spare=4),
)


def runs_table(runs: Sequence[Mapping[str, Any]], now: datetime) -> FittingTable:
    """One row for each run: number, name, state, headline, configs, age and id."""
    table = FittingTable(COLUMNS)
    several = len({run.get("model_endpoint") for run in runs}) > 1  # each counts from 1
    for run in runs:
        table.add_row(_number(run, several), *_cells(run, now))
    return table


def _number(run: Mapping[str, Any], several: bool) -> str:
    """`#12`, or as a command takes it where several model endpoints have numbers: `wholesale#12`."""
    if run.get("number") is None:
        return ""
    return f"{run['model_endpoint']}#{run['number']}" if several else f"#{run['number']}"


def _cells(run: Mapping[str, Any], now: datetime) -> list[str | Text]:
    names, state = run.get("names") or {}, shown_state(run)
    return [
        names.get("experiment") or "",
        Text(f"{STATE_ICONS.get(state, '')} {state_words(run)}", style=STATE_STYLES.get(state, "cyan")),
        _headline(run),
        " / ".join(name for name in (names.get("feature_config"), names.get("model_config")) if name),
        _age(run, now),
        duration(run.get("duration_seconds")),
        run["experiment"],
    ]


def _headline(run: Mapping[str, Any]) -> str:
    found = run.get("headline") or {}
    if found.get("value") is None:
        return ""
    metric, lift, baseline = found["metric"], found.get("lift"), found.get("baseline")
    text = f"{metric_label(metric)} {metric_number(metric, found['value'])}"
    if not lift or not baseline:
        return text
    return f"{text}, {lift_words({'value': lift['value']}, metric, baseline['name'])}"


def _age(run: Mapping[str, Any], now: datetime) -> str:
    created = run.get("created_at")
    if created is None:
        return ""
    seconds = max(0, int((now - created).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"
