"""What an endpoint's ended runs say together (domain S7.10-S7.17): figures, what matters, what was tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group as Lines
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from quicktest.read_models import Group
from quicktest.words import baseline_label, metric_label, money
from shared.metric_words import figure_words, lift_words, metric_number

Part = Mapping[str, Any]
MOST_PARAMETERS, MOST_VALUES, MOST_MODELS, MOST_FEATURES, MOST_STEPS, MOST_REASONS = 8, 4, 5, 12, 5, 3
VERDICTS = {"better": "better for certain", "worse": "worse", "cannot_tell": "cannot tell"}


def overview_view(endpoint: str, head: Part, datasets: Part | None, now: datetime) -> RenderableType:
    """KPIs of each type of model, then the datasets."""
    other = head["runs"] - head["finished"] - head["failed"]
    counts = f"{_runs(head['runs'])} ended: {head['finished']} finished, {head['failed']} failed, {other} cancelled"
    parts: list[RenderableType] = [Text.assemble((endpoint, "bold"), f"   {counts}")]
    for kpi in head["kpis"]:
        parts += [Text(), *_kpi(kpi, now)]
    if datasets is not None and len(datasets["rows"]) > 1:
        parts += [Text(), Text("Datasets", style="bold"), _datasets(datasets), Text(datasets["sentence"], style="dim")]
    return Lines(*parts)


def group_view(group: Group, parts: Mapping[str, Part | None]) -> RenderableType:
    """One protocol: for each sample size the trend, what matters and what was tried; then what small samples tell."""
    shown: list[RenderableType] = [Text.assemble((group.name, "bold"), (f"   protocol {group.protocol}", "dim"))]
    for sample in group.head.get("samples", ()):
        size = sample["sample_percent"]
        badge = "all customers" if size == 100 else f"quick ({size}% of the customers)"
        shown += [Text(), Text(f"{badge}: {sample['finished']} of {_runs(sample['runs'])} finished", style="bold")]
        trend, matters, tried = (parts.get(f"{name}-{size}") for name in ("trend", "parameters", "coverage"))
        shown += [*_trend(trend), *_matters(matters), *_coverage(tried, sample)]
    shown += _fidelity(group.head.get("fidelity", ()))
    return Lines(*shown)


# --------------------------------------------------------------------------------------------------------------- KPIs


def _kpi(kpi: Part, now: datetime) -> Iterator[RenderableType]:
    median = "" if kpi["median_minutes"] is None else f", {kpi['median_minutes']:.1f} min each (median)"
    share = f" ({kpi['failed_share']:.0%})" if kpi["failed"] else ""
    counts = f"{kpi['finished']} of {_runs(kpi['runs'])} finished{median}, {kpi['failed']} failed{share}"
    yield Text.assemble((kpi["model_type"], "bold"), f"   {counts}; {_spend(kpi['spend'], now)}")
    if not kpi["best"]:
        yield Text("  No figure yet: none of them has finished.")
    for best in kpi["best"]:
        size = "" if best["sample_percent"] == 100 else f", quick ({best['sample_percent']}%)"
        lift = best["lift"]
        over = "no baseline to compare with"
        if lift is not None and lift["value"] is not None:
            over = f"{lift_words(lift, best['metric'], lift['baseline'])}: {VERDICTS.get(lift['verdict'], '')}"
        figure = f"{metric_label(best['metric'])} {figure_words(best, best['metric'])}"
        yield Text.assemble("  best: ", (f"#{best['number']} {best['name']}".rstrip(), "bold"), f"   {figure}")
        yield Text(f"        {over}")
        yield Text(f"        {best['protocol_name'] or best['protocol']}{size}", style="dim")


def _spend(spend: Part, now: datetime) -> str:
    """Of this month: what was computed in an earlier one says nothing about it."""
    if spend["month"] != f"{now:%Y-%m}":
        return "nothing spent this month"
    if spend["usd"] is None:
        return "what was spent this month is not known"
    unpriced = f" and {_runs(spend['unpriced'])} of unknown price" if spend["unpriced"] else ""
    return f"{money(spend['usd'])} spent this month{unpriced}" if spend["runs"] else "nothing spent this month"


def _datasets(datasets: Part) -> Table:
    table = _new_table("dataset", "runs", "best", "over its best baseline", "customers", "density", "quality")
    for row in datasets["rows"]:
        best, lift = row["best"], row["lift"]
        density = row["density"]
        table.add_row(
            row["name"],
            f"{row['finished']} of {row['runs']}",
            "none finished"
            if best is None
            else f"{metric_label(row['metric'])} {metric_number(row['metric'], best['value'])}",
            "" if lift is None else f"{lift['value']:+.3f} ({VERDICTS.get(lift['verdict'], '')})",
            "" if row["customers"] is None else f"{row['customers']:,}",
            "" if density is None else f"{density:.2%}",
            "" if row["quality"] is None else f"{row['quality']:.0f} of 100",
        )
    return table


# -------------------------------------------------------------------------------------------------------------- trend


def _trend(trend: Part | None) -> Iterator[RenderableType]:
    """`Best so far: 0.200 (#1) → 0.250 (#4) → 0.310 (#7); 5 runs since`, `best baseline: popularity 0.150`"""
    if trend is None or not trend["rows"]:
        yield Text("No run has finished yet: the trend begins with the first one.")
        return
    metric, rows = trend["metric"], trend["rows"]
    steps = [place for place, row in enumerate(rows) if row["best"]]
    told = " → ".join(
        f"{metric_number(metric, rows[each]['value'])} (#{rows[each]['number']})" for each in steps[-MOST_STEPS:]
    )
    earlier = "… → " if len(steps) > MOST_STEPS else ""
    since = len(rows) - 1 - steps[-1]
    after = f"; {_runs(since)} since" if since else "; the newest run"
    yield Text(f"best {metric_label(metric)} so far: {earlier}{told}{after}")
    baseline = trend["baseline"]
    if baseline is not None:
        name = baseline_label(baseline["name"])
        yield Text(f"best baseline: {name} {metric_number(metric, baseline['value'])}")


# ------------------------------------------------------------------------------------------------------- what matters


def _matters(matters: Part | None) -> Iterator[RenderableType]:
    if matters is None:
        return
    yield Text()
    rows, metric = matters["rows"], matters["metric"]
    yield Text.assemble(("What matters", "bold"), f" for {metric_label(metric)}: {matters['sentence']}")
    if not rows:
        yield Text(
            "Nothing to tell apart yet: all finished runs have the same parameters. Vary one with `quicktest suggest`."
        )
    elif matters["n"] < matters["needed"]:
        yield from _means(rows, metric)
    else:
        yield from _importance(rows, metric, matters)


def _means(rows: Sequence[Part], metric: str) -> Iterator[RenderableType]:
    """Too few runs to explain anything by: what each value had, and of how many."""
    table = _new_table("parameter", f"mean {metric_label(metric)} by value (runs)")
    for row in rows[:MOST_PARAMETERS]:
        table.add_row(
            row["name"],
            _values(row, lambda value: f"{value['value']}: {_number(metric, value['mean'])} ({value['n']})"),
        )
    yield table
    yield Text(
        "Until then these are means and no evidence: whatever else differs between the runs is in them.", style="dim"
    )
    if len(rows) > MOST_PARAMETERS:
        yield Text(f"{MOST_PARAMETERS} of {len(rows)} parameters that vary are shown; --json has all.", style="dim")


def _importance(rows: Sequence[Part], metric: str, matters: Part) -> Iterator[RenderableType]:
    table = _new_table("rank", "parameter", "importance", "best value", "runs", "effect", "good runs have it")
    for row in rows[:MOST_PARAMETERS]:
        told = row["importance"] or {}
        value = _best(row["values"])
        rank = "" if told.get("rank") is None else str(told["rank"])
        share = "" if told.get("share") is None else f"{told['share']:.0%}"
        table.add_row(rank, row["name"], share, *_of_value(value, metric))
    yield table
    evident = [row["name"] for row in rows if any(value["evidence"] for value in row["values"])]
    if evident:
        others = " The others could be chance." if len(evident) < len(rows) else ""
        yield Text(f"Evidence: {', '.join(evident[:MOST_PARAMETERS])}.{others}")
    else:
        yield Text("No parameter stands out: all of these differences could be chance.")
    yield from _together(rows[:MOST_PARAMETERS])
    note = "Equal ranks cannot be told apart. Effect: mean with the value - mean without (95% interval)."
    yield Text(f"{note} Last column: times as often as the others (90%).", style="dim")
    left = len(rows) + matters["left_out"] - MOST_PARAMETERS
    if left > 0:
        yield Text(f"{left} more parameters: --json.", style="dim")


def _best(values: Sequence[Part]) -> Part:
    """The value that good runs have more often than others."""
    return max(values, key=lambda value: value["ratio"])


def _of_value(value: Part, metric: str) -> list[str]:
    effect = "" if value["effect"] is None else f"{value['effect']:+.3f}"
    if value["effect_low"] is not None:
        effect += f" ({value['effect_low']:+.3f} to {value['effect_high']:+.3f})"
    mark = "" if value["evidence"] else " ?"
    ratio = f"×{value['ratio']:.1f} ({value['ratio_low']:.1f}-{value['ratio_high']:.1f}){mark}"
    return [str(value["value"]), f"{value['n']} of {value['n'] + value['n_without']}", effect, ratio]


def _together(rows: Iterable[Part]) -> Iterator[Text]:
    """Where an effect may be another parameter's."""
    for row in rows:
        value = _best(row["values"])
        if value["evidence"] and value["together"]:
            other = value["together"][0]
            with_it = f"{other['parameter']} = {other['value']} in {other['share']:.0%} of its runs"
            yield Text(
                f"{row['name']} = {value['value']} is seen together with {with_it}: the effect may be that one's."
            )


# ------------------------------------------------------------------------------------------------------ what was tried


def _coverage(tried: Part | None, sample: Part) -> Iterator[RenderableType]:
    """A grid of feature configs by model configs."""
    if tried is None or not tried["rows"]:
        return
    metric = _metric_of(sample, tried)
    cells = {(row["feature_config"], row["model_config"]): row for row in tried["rows"]}
    models, features = tried["models"][:MOST_MODELS], tried["features"][:MOST_FEATURES]
    yield Text()
    untested = f", {tried['untested']} untested" if tried["untested"] else ""
    run = sum(row["runs"] > 0 for row in tried["rows"])
    yield Text.assemble(("What was tried", "bold"), f": {run} pair{'' if run == 1 else 's'} of configs{untested}")
    table = _new_table("features \\ model", *(model["name"] for model in models))
    for feature in features:
        table.add_row(feature["name"], *(_cell(cells.get((feature["id"], model["id"])), metric) for model in models))
    yield table
    more = len(tried["models"]) + len(tried["features"]) + tried["left_out"] - len(models) - len(features)
    unsure = "" if tried["known"] else "; what is untested may also not fit together"
    rest = f" {more} more configs: --json." if more > 0 else ""
    yield Text(f"Best result and runs of each pair{unsure}.{rest}", style="dim")
    yield from _reasons(tried)


def _reasons(tried: Part) -> Iterator[RenderableType]:
    """Why pairs do not fit, each reason once."""
    pairs: dict[str, Part] = {}
    for row in tried["rows"]:
        if row["state"] == "incompatible":
            pairs.setdefault(row["reason"], row)
    for reason, row in list(pairs.items())[:MOST_REASONS]:
        yield Text(f"{row['feature_config']} and {row['model_config']} do not fit: {reason}", style="dim")


def _cell(row: Part | None, metric: str) -> Text:
    if row is None:
        return Text("untested", style="dim")
    if row["state"] == "incompatible":
        return Text("do not fit", style="dim")
    if row["best"] is None:
        return Text(f"failed ×{row['runs']}", style="red")
    return Text(f"{_number(metric, row['best']['value'])} ×{row['runs']}")


def _metric_of(sample: Part, tried: Part) -> str:
    return str(sample.get("metric") or tried.get("metric") or "")


# ----------------------------------------------------------------------------------------------------------- fidelity


def _fidelity(pairs: Sequence[Part]) -> list[RenderableType]:
    if not pairs:
        return []
    told = [Text(f"{pair['small']}% for {pair['large']}%: {_agreement(pair)}") for pair in pairs]
    return [Text(), Text("What quick runs tell about larger ones", style="bold"), *told]


def _agreement(pair: Part) -> str:
    if pair["tau"] is None:
        return str(pair["sentence"])
    interval = "" if pair["low"] is None else f" ({pair['low']:.2f} to {pair['high']:.2f})"
    return f"{pair['sentence']}; Kendall's tau {pair['tau']:.2f}{interval}"


# -------------------------------------------------------------------------------------------------------------- words


def _new_table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _values(row: Part, words: Any) -> str:
    shown = [words(value) for value in row["values"][:MOST_VALUES]]
    left = len(row["values"]) - len(shown)
    return "   ".join(shown) + (f"   and {left} more" if left > 0 else "")


def _number(metric: str, value: float | None) -> str:
    return "-" if value is None else metric_number(metric, value)


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"
