"""Who a model works for (domain S2.18, S6.14), and what it cannot know of the data (S6.18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from quicktest.words import metric_label
from shared.metric_words import figure_words
from shared.metrics import HEADLINES

POPULATIONS = {
    "warm": "customers and products of train",
    "cold_customer": "customers not in train",
    "cold_product": "products not in train",
    "new_pairs": "products new to the customer",
}
ACTIVITY = {
    "0": "customers without a purchase in train",
    "1-2": "customers with 1-2 purchases",
    "3-9": "customers with 3-9 purchases",
    "10+": "customers with 10 or more purchases",
}
POPULARITY = {
    "head": "products that make half of the sales",
    "middle": "products from there to 80% of the sales",
    "tail": "all other products",
}

Evaluation = Mapping[str, Any]


def audience_view(evaluation: Evaluation | None) -> RenderableType | None:
    """Headline metrics by population and segment, then vocabularies that miss much; None when nothing is known."""
    if not evaluation:
        return None
    parts: list[RenderableType] = []
    rows = list(_rows(evaluation))
    metrics = [name for name in HEADLINES.values() if any(name in figures for _, figures in rows)]
    if metrics:
        parts.append(_table(rows, metrics))
    warnings = [each for each in evaluation.get("vocabularies") or [] if each.get("status") in ("fair", "poor")]
    if warnings:
        parts += [Text(), *map(_vocabulary, warnings)]
    return Group(*parts) if parts else None


def _rows(evaluation: Evaluation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Words and figures, of those that anybody belongs to."""
    segments = evaluation.get("segments") or {}
    for words, found in (
        (POPULATIONS, evaluation.get("metrics") or {}),
        (ACTIVITY, segments.get("activity") or {}),
        (POPULARITY, segments.get("popularity") or {}),
    ):
        for name, label in words.items():
            if any((figure or {}).get("n") for figure in (found.get(name) or {}).values()):
                yield label, found[name]


def _table(rows: list[tuple[str, Mapping[str, Any]]], metrics: list[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    table.add_column("who it works for")
    for metric in metrics:
        table.add_column(metric_label(metric), no_wrap=True)
        table.add_column("of", justify="right", no_wrap=True)
    for label, figures in rows:
        cells = []
        for metric in metrics:
            count = (figures.get(metric) or {}).get("n")
            cells += [figure_words(figures.get(metric), metric), "" if count is None else f"{count:,}"]
        table.add_row(label, *cells)
    return table


def _vocabulary(entry: Mapping[str, Any]) -> Text:
    """`country: 12% of the test rows are out of its vocabulary (2 of 3 values kept). Raise …`"""
    share = entry["out_of_vocabulary"]["test"]["share"]
    return Text.assemble(
        (f"{entry['column']}: ", "red" if entry["status"] == "poor" else "yellow"),
        f"{share:.0%} of the test rows are out of its vocabulary "
        f"({entry['kept']:,} of {entry['distinct']:,} values kept). {entry['remedy']}",
    )
