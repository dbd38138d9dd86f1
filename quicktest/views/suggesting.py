"""Suggestions as a table: what to change, why, what may come of it, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from quicktest.read_models import freshness
from quicktest.suggesting import Suggested, Suggestion, total
from quicktest.words import metric_label, metric_number
from shared.insights.suggesting.suggestion_documents import WORDS, text


def suggestions_view(found: Suggested, now: datetime) -> RenderableType:
    """One table for each sample size."""
    return Group(*_parts(found, now))


def _parts(found: Suggested, now: datetime) -> Iterator[RenderableType]:
    yield Text(found.group.name, style="bold")
    yield Text(freshness(found.group.head, now), style="dim")
    for sample, sentence in found.sentences.items():
        several = f"{sample}% of the customers. " if len(found.sentences) > 1 or sample < 100 else ""
        yield Text(f"\n{several}{sentence}")
        items = [item for item in found.items if item.sample_percent == sample]
        if items:
            yield suggestions_table(items)
    if not found.sentences:
        yield Text("\nNothing has been suggested yet. It is as soon as a run of this protocol has ended.")
    if found.budget_left_usd is not None:
        yield Text(f"\nLeft of this month's budget: {found.budget_left_usd:.2f} USD.", style="dim")


def suggestions_table(items: Sequence[Suggestion]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("", justify="right", no_wrap=True)
    for column in ("what", "change", "why", "expected"):
        table.add_column(column)
    table.add_column("USD", justify="right", no_wrap=True)
    table.add_column("minutes", justify="right", no_wrap=True)
    for item in items:
        table.add_row(str(item.number), *_cells(item))
    return table


def _cells(item: Suggestion) -> list[str | Text]:
    content = item.content
    cost, minutes = content["cost_usd"], content["minutes"]
    label = Text(content["label"])
    if item.started:
        label.append("\nstarted already", style="dim")
    return [
        label,
        f"{change_words(content)}\nof Exp #{content['base_number']}",
        content["reason"],
        expected_words(content["expected"]),
        "?" if cost is None else f"{cost:.2f}",
        "?" if minutes is None else f"{minutes:.0f}",
    ]


def change_words(content: Mapping[str, Any]) -> str:
    """`rate 0.001 → 0.003, output 32 → 64`."""
    return ", ".join(_change(each) for each in content["difference"])


def _change(each: Mapping[str, Any]) -> str:
    name, after = WORDS.get(each["name"], each["name"]), text(each["to"])
    return f"{name} {after}" if each["from"] is None else f"{name} {text(each['from'])} → {after}"


def expected_words(expected: Mapping[str, Any] | None) -> str:
    """Of the nearest runs."""
    if expected is None:
        return "unknown"
    metric = expected["metric"]
    low, high = (metric_number(metric, expected[name]) for name in ("low", "high"))
    return f"{metric_label(metric)} {low} to {high}\n(the {expected['n']} nearest runs)"


def total_words(items: Sequence[Suggestion]) -> str:
    """`2 experiments, about 0.24 USD and 31 minutes of machines`."""
    cost, minutes = total(items, "cost_usd"), total(items, "minutes")
    told = "1 experiment" if len(items) == 1 else f"{len(items)} experiments"
    if cost is None or minutes is None:
        return f"{told}; nobody knows what all of it costs"
    return f"{told}, about {cost:.2f} USD and {minutes:.0f} minutes"
