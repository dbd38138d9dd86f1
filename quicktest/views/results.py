"""The result of an experiment beside its baselines (domain S6.7, S6.10, S6.12, S6.17), generic over the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from quicktest.views.fitting import Column, FittingTable
from quicktest.words import VERDICTS, baseline_label, lift_words, metric_label
from shared.metric_words import figure_words as figure
from shared.metrics import HEADLINES, METRICS, MetricKind

SECTIONS = (  # family, what is averaged over, and its words (S6.8)
    ("retrieval", "customer", "average customer"),
    ("retrieval", "row", "average order line"),
    ("rating", "row", "predicted value, average order line"),
)
SHOWN = (
    *("recall_at_5", "recall_at_10", "recall_at_50", "recall_at_100", "hit_rate_at_10", "ndcg_at_10", "mrr"),
    *("row_recall_at_5", "row_recall_at_10", "row_recall_at_50", "row_recall_at_100"),
    *("rmse", "mae", "r2", "auc", "log_loss", "rmse_warm", "rmse_transformed", "mae_transformed"),
)

Figures = Mapping[str, Any]


def result_view(run: Figures) -> RenderableType:
    """A headline for each family of metrics, then tables with the model and its baselines."""
    tables = [table for section in SECTIONS if (table := metrics_table(run, *section)) is not None]
    return Group(*(headline(card) for card in cards(run)), *(part for table in tables for part in (Text(), table)))


def cards(run: Figures) -> list[Figures | None]:
    """One for each family that the model has (S6.11)."""
    return run.get("headlines") or [run.get("headline")]


def headline(card: Figures | None) -> Text:
    """`recall@10 0.214, +0.031 (+0.012 to +0.049) over personal frequency: better than the best baseline`."""
    if not card or card.get("value") is None:
        return Text("No headline figure: too few test customers.", style="yellow")
    metric = card["metric"]
    text = Text.assemble((metric_label(metric), "bold"), " ", (figure(card, metric), "bold"))
    lift, baseline = card.get("lift"), card.get("baseline")
    if lift and baseline:
        style = {"better": "green", "worse": "red"}.get(lift["verdict"], "yellow")
        text.append(f", {lift_words(lift, metric, baseline['name'])}: ")
        text.append(VERDICTS[lift["verdict"]], style=style)
    return text


def metrics_table(run: Figures, family: str, per: str, title: str) -> FittingTable | None:
    """A row for each metric; a column for the model and for each baseline that was measured, the strongest first. A
    narrow terminal gets the strongest only."""
    metrics = run.get("metrics") or {}
    kinds = [METRICS[name] for name in SHOWN if name in metrics]
    kinds = [kind for kind in kinds if (kind.family, kind.per) == (family, per)]
    if not kinds:
        return None
    baselines = _measured(run.get("baselines") or {}, kinds)
    names = [Column(baseline_label(name), spare=place) for place, (name, _) in enumerate(baselines, start=1)]
    table = FittingTable(
        [Column(title, 24), Column("this model", style="bold"), *names], 3, "bold", caption=_caption(run, kinds)
    )
    columns = [metrics, *(figures for _, figures in baselines)]
    for kind in kinds:
        lower = " (lower is better)" if kind.direction == "min" else ""
        label = f"{metric_label(kind.name.removeprefix('row_'))}{lower}"
        table.add_row(label, *(figure(column.get(kind.name), kind.name) for column in columns))
    return table


def _caption(run: Figures, kinds: Sequence[MetricKind]) -> str | None:
    """Says whose figures they are: of a sampled run they count only the customers in the sample (S2.18)."""
    count = (run["metrics"][kinds[0].name] or {}).get("n")
    sampled = (run.get("headline") or {}).get("population") == "in_sample"
    whose = " of the sample" if sampled else ""
    what = "test customers" if kinds[0].per == "customer" else "test order lines"
    return None if count is None else f"95% intervals over {count:,} {what}{whose}"


def _measured(baselines: Mapping[str, Figures], kinds: Sequence[MetricKind]) -> list[tuple[str, Figures]]:
    """Baselines that have a figure for any of the metrics, the strongest by the family's headline first."""
    found = [(name, of) for name, of in baselines.items() if any(kind.name in of for kind in kinds)]
    leading = HEADLINES[kinds[0].family]
    sign = 1 if METRICS[leading].direction == "max" else -1
    return sorted(found, key=lambda baseline: sign * _strength(baseline[1].get(leading), sign), reverse=True)


def _strength(metric: Figures | None, sign: int) -> float:
    value = (metric or {}).get("value")
    return -sign * float("inf") if value is None else value
