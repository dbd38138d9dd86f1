"""The list of S7.1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from quicktest.views.fitting import Column, FittingTable
from quicktest.words import (
    STATE_ICONS,
    STATE_STYLES,
    STATE_WORDS,
    duration,
    lift_words,
    metric_label,
    money,
)
from shared.insights.lists.entries import Entry
from shared.insights.lists.query_fields import headline_lift
from shared.metric_words import figure_words
from shared.metrics import FAMILIES, HEADLINES
from shared.protocol import badges


def history_table(entries: Sequence[Entry], metric: str | None) -> FittingTable:
    """One row for each run; `metric` is shown instead of each model's headline."""
    table = FittingTable(
        (
            Column("exp", justify="right"),
            Column("name", 24),
            Column("state", 14),
            Column("model", spare=5),
            Column("dataset", 14, spare=6),
            Column("features / model config", 26, spare=2),
            Column("split", 11, spare=7),
            Column(metric_label(metric) if metric else "headline", 24),
            Column("took", spare=4, justify="right"),
            Column("cost", spare=3, justify="right"),
            Column("started", spare=1, justify="right"),
        )
    )
    several = len({entry.model_endpoint for entry in entries}) > 1  # each counts from 1
    for entry in entries:
        table.add_row(_number(entry, several), *_cells(entry, metric))
    return table


def _number(entry: Entry, several: bool) -> str:
    return f"{entry.model_endpoint}#{entry.number}" if several else f"#{entry.number}"


def _cells(entry: Entry, metric: str | None) -> list[str | Text]:
    state = f"{STATE_ICONS.get(entry.state, '')} {STATE_WORDS.get(entry.state, entry.state)}"
    state = f"{state}: {entry.error_title}" if entry.error_title else state
    tags = " ".join(f"#{tag}" for tag in entry.tags)
    return [
        f"{'★ ' if entry.starred else ''}{entry.name}{f'  {tags}' if tags else ''}",
        Text(state, style=STATE_STYLES.get(entry.state, "cyan")),
        entry.model_type,
        _config(entry, "dataset"),
        " / ".join(name for name in (_config(entry, "feature_config"), _config(entry, "model_config")) if name),
        entry.split,
        ", ".join([*filter(None, [_figure(entry, metric)]), *badges(entry.split, entry.sample_percent)]),
        duration(entry.duration_seconds or None),
        money(entry.cost_usd) if entry.cost_usd is not None else "",
        _minute(entry.created_at),
    ]


def _config(entry: Entry, kind: str) -> str:
    return entry.names.get(kind) or getattr(entry, kind)


def _figure(entry: Entry, metric: str | None) -> str:
    families = FAMILIES.get(entry.model_type)  # type: ignore[call-overload]
    shown = metric or (HEADLINES[families[0]] if families else "")
    figure = entry.metrics.get(shown)
    if figure is None or figure.value is None:
        return ""
    words = figure_words({"value": figure.value, "low": figure.low, "high": figure.high}, shown)
    words = words if metric else f"{metric_label(shown)} {words}"
    lift = headline_lift(entry)
    if lift is None or shown not in entry.lifts:
        return words
    return f"{words}, {lift_words({'value': lift.value}, shown, lift.baseline)}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
