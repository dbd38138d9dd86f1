"""Experiments as a table for other programs: one row each, every column there is (domain S7).

Names and notes are other people's text. A spreadsheet takes one that begins with `=`, `+`, `-`, `@`, a tab or a return
for a formula and computes it, so such a text gets an apostrophe before it (OWASP, "CSV Injection"); numbers stay
numbers. What commands a terminal is left out, for tables are printed, too.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from quicktest.output import disarmed
from shared.insights.lists.entries import Entry
from shared.insights.lists.query_fields import headline_lift
from shared.metrics import FAMILIES, HEADLINES, METRICS
from shared.protocol import badges

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN = (
    "number", "experiment", "model_endpoint", "name", "state", "model_type", "dataset", "feature_config",
    "model_config", "split", "sample_percent", "seed", "protocol_name", "owner", "starred", "created_at", "ended_at",
    "duration_seconds", "cost_usd", "parameter_count", "customers", "products", "rows", "epochs_run", "best_epoch",
    "tier", "parent", "origin", "repeat", "error", "error_title", "description",
)  # fmt: skip


def rows(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """One for each entry, all with the same columns; None where there is nothing."""
    flat = [dict(_cells(entry)) for entry in entries]
    names = {name for row in flat for name in row}
    columns = sorted(names, key=_place)
    return [{name: row.get(name) for name in columns} for row in flat]


def as_csv(entries: Sequence[Entry]) -> str:
    """With a header; lines end as RFC 4180 says."""
    table = rows(entries)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table[0] if table else _PLAIN)
    writer.writerows([csv_cell(value) for value in row.values()] for row in table)
    return text.getvalue()


def as_json(entries: Sequence[Entry]) -> str:
    table = [{name: _plain(value) for name, value in row.items()} for row in rows(entries)]
    return json.dumps(table, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _cells(entry: Entry) -> Iterator[tuple[str, Any]]:
    for name in _PLAIN:
        yield name, getattr(entry, name)
    yield "tags", " ".join(entry.tags)
    yield "badges", ", ".join(badges(entry.split, entry.sample_percent))
    for prefix, texts in (("name", entry.names), ("protocol", entry.protocols), ("complexity", entry.complexity)):
        yield from ((f"{prefix}.{name}", text) for name, text in texts.items())
    yield from _headline(entry)
    for metric, figure in entry.metrics.items():
        yield metric, figure.value
        if figure.low is not None or figure.high is not None:
            yield from ((f"{metric}.low", figure.low), (f"{metric}.high", figure.high))
    for baseline, figures in entry.baselines.items():
        yield from ((f"baseline.{baseline}.{metric}", figure.value) for metric, figure in figures.items())
    yield from ((f"parameter.{name}", value) for name, value in entry.parameters.items())


def _headline(entry: Entry) -> Iterator[tuple[str, Any]]:
    families = FAMILIES.get(entry.model_type)  # type: ignore[call-overload]
    yield "headline", HEADLINES[families[0]] if families and entry.completed else None
    lift = headline_lift(entry)
    parts = asdict(lift) if lift is not None else {}
    for name in ("baseline", "value", "low", "high", "verdict"):
        yield f"lift.{name}", parts.get(name)


def _place(column: str) -> tuple[int, int, str]:
    """Facts, headline and lift, metrics in the order of their registry, baselines, parameters."""
    if column in _PLAIN:
        return 0, _PLAIN.index(column), column
    metric = column.partition(".")[0]
    if metric in METRICS:
        return 3, list(METRICS).index(metric), {"": "0", ".low": "1", ".high": "2"}[column.removeprefix(metric)]
    order = ("tags", "badges", "name", "protocol", "complexity", "headline", "lift", "baseline", "parameter")
    of = column.partition(".")[0]
    group = {"baseline": 4, "parameter": 5}.get(of, 1)
    return group, order.index(of) if of in order else len(order), column


def csv_cell(value: Any) -> Any:
    """A value as a cell that no program computes."""
    value = _plain(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return disarmed(f"'{value}" if value.startswith(FORMULAS) else value)
    return value


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
