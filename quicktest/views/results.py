"""The result of an experiment beside its baselines (domain S6.7, S6.12, S6.17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from quicktest.words import VERDICTS, baseline_label, metric_label

PER_CUSTOMER = ("recall_at_5", "recall_at_10", "recall_at_50", "recall_at_100", "ndcg_at_10", "mrr", "hit_rate_at_10")
PER_ROW = ("row_recall_at_5", "row_recall_at_10", "row_recall_at_50", "row_recall_at_100")


def result_view(run: Mapping[str, Any]) -> RenderableType:
    """Headline sentence, then one row for the model and one for each baseline."""
    return Group(headline(run), Text(), metrics_table(run))


def headline(run: Mapping[str, Any]) -> Text:
    """`recall@10 0.214, +0.031 (+0.012 to +0.049) over personal frequency: better than the best baseline`."""
    found = run.get("headline")
    if not found or found.get("value") is None:
        return Text("No headline figure: too few test customers.", style="yellow")
    text = Text.assemble((metric_label(found["metric"]), "bold"), " ", (figure(found), "bold"))
    lift, baseline = found.get("lift"), found.get("baseline")
    if lift and baseline:
        verdict = VERDICTS[lift["verdict"]]
        style = {"better": "green", "worse": "red"}.get(lift["verdict"], "yellow")
        text.append(f", {lift['value']:+.3f}{_lift_interval(lift)} over {baseline_label(baseline['name'])}: ")
        text.append(verdict, style=style)
    return text


def metrics_table(run: Mapping[str, Any]) -> Table:
    """A row for each metric; a column for the model and for each baseline, the strongest first."""
    metrics = run.get("metrics") or {}
    baselines = sorted((run.get("baselines") or {}).items(), key=_strength, reverse=True)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    table.add_column("average customer")
    table.add_column("this model", style="bold", no_wrap=True)
    for name, _ in baselines:
        table.add_column(baseline_label(name), no_wrap=True)
    columns = [metrics, *(figures for _, figures in baselines)]
    for name in (name for name in PER_CUSTOMER if name in metrics):
        table.add_row(metric_label(name), *(figure(column.get(name)) for column in columns))
    per_row = [name for name in PER_ROW if name in metrics]
    if per_row:
        table.add_row(Text("average order line", style="bold not dim"))
    for name in per_row:
        table.add_row(metric_label(name.removeprefix("row_")), *(figure(column.get(name)) for column in columns))
    table.caption = _caption(run)
    table.caption_justify = "left"
    return table


def figure(metric: Mapping[str, Any] | None) -> str:
    """`0.214 (0.190-0.239)`, or why there is none."""
    if not metric or metric.get("value") is None:
        return (metric or {}).get("reason") or "-"
    interval = "" if metric.get("low") is None else f" ({metric['low']:.3f}-{metric['high']:.3f})"
    return f"{metric['value']:.3f}{interval}"


def _caption(run: Mapping[str, Any]) -> str | None:
    """Says whose figures they are: of a sampled run they count only the customers in the sample (S2.18)."""
    count = ((run.get("metrics") or {}).get("recall_at_10") or {}).get("n")
    sampled = (run.get("headline") or {}).get("population") == "in_sample"
    whose = " of the sample" if sampled else ""
    return None if count is None else f"95% intervals over {count:,} test customers{whose}"


def _strength(baseline: tuple[str, Mapping[str, Any]]) -> float:
    return (baseline[1].get("recall_at_10") or {}).get("value") or 0.0


def _lift_interval(lift: Mapping[str, Any]) -> str:
    return "" if lift.get("low") is None else f" ({lift['low']:+.3f} to {lift['high']:+.3f})"
