"""An endpoint's runs by type of model and by protocol, in numbers (domain S7.17).

Zero, missing and failed are three things: a count is 0 where nothing happened, a figure is None where nobody knows it,
and failures have a count of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from shared.insights.charts.groups import figure, sign_of
from shared.insights.charts.leaderboard import figure_of, lift_of
from shared.insights.charts.rounding import rounded
from shared.insights.lists.entries import Entry
from shared.metrics import FAMILIES, HEADLINES

MOST_BESTS = 12  # fidelity groups that one type of model tells of, the latest
MOST_PROTOCOLS = 200


def kpis(entries: Sequence[Entry], now: datetime) -> list[dict[str, Any]]:
    """Of `entries` by end, for each type of model that has a run:
    {model_type, runs, finished, failed, cancelled, failed_share, median_minutes,
     spend: {month, usd, runs, unpriced}, best: [{protocol, protocol_name, sample_percent, metric, experiment, number,
     name, value, low, high, lift}]}

    `failed_share`: of all ended runs. `median_minutes`: of finished runs. `usd`: of the month's runs whose price is
    known; None when there are runs and none has a price. `best`: of each fidelity group, latest used first.
    """
    by_type: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_type[entry.model_type].append(entry)
    known = [model_type for model_type in FAMILIES if model_type in by_type]
    return [_kpi(model_type, by_type[model_type], now) for model_type in known]


def protocols(entries: Iterable[Entry]) -> dict[str, Any]:
    """{rows: [{protocol, family, name, metric, runs, finished, samples: [{sample_percent, runs, finished}],
    last_ended_at}], left_out} of `entries` by end, latest used first; `name` as people read it (S2.16)."""
    found: dict[tuple[str, str], dict[int, list[int]]] = {}
    latest: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        for family, key in entry.protocols.items():
            counts = found.setdefault((key, family), {}).setdefault(entry.sample_percent, [0, 0])
            counts[0] += 1
            counts[1] += entry.completed
            latest[key, family] = entry
    ordered = sorted(found, key=lambda each: (latest[each].ended_at, each), reverse=True)
    rows = [_protocol(*each, found[each], latest[each]) for each in ordered[:MOST_PROTOCOLS]]
    return {"rows": rows, "left_out": len(ordered) - len(rows)}


def _protocol(key: str, family: str, samples: dict[int, list[int]], latest: Entry) -> dict[str, Any]:
    rows = [
        {"sample_percent": size, "runs": n, "finished": ok} for size, (n, ok) in sorted(samples.items(), reverse=True)
    ]
    return {
        "protocol": key,
        "family": family,
        "name": latest.protocol_name,
        "metric": HEADLINES[family],  # type: ignore[index]
        "runs": sum(row["runs"] for row in rows),
        "finished": sum(row["finished"] for row in rows),
        "samples": rows,
        "last_ended_at": latest.ended_at.isoformat(),
    }


def _kpi(model_type: str, runs: Sequence[Entry], now: datetime) -> dict[str, Any]:
    finished = [entry for entry in runs if entry.completed]
    failed = sum(entry.state == "failed" for entry in runs)
    minutes = median(entry.duration_seconds for entry in finished) / 60 if finished else None
    return {
        "model_type": model_type,
        "runs": len(runs),
        "finished": len(finished),
        "failed": failed,
        "cancelled": len(runs) - len(finished) - failed,
        "failed_share": rounded(failed / len(runs)),
        "median_minutes": rounded(minutes),
        "spend": _spend(runs, now),
        "best": _bests(model_type, finished),
    }


def _spend(runs: Iterable[Entry], now: datetime) -> dict[str, Any]:
    """Of the month of `now`, by its calendar, of runs that ended in it."""
    begin = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    costs = [entry.cost_usd for entry in runs if begin <= entry.ended_at <= now]
    priced = [cost for cost in costs if cost is not None]
    usd = rounded(float(sum(priced))) if priced or not costs else None
    return {"month": f"{now:%Y-%m}", "usd": usd, "runs": len(costs), "unpriced": len(costs) - len(priced)}


def _bests(model_type: str, finished: Iterable[Entry]) -> list[dict[str, Any]]:
    family = FAMILIES[model_type][0]  # type: ignore[index]
    metric = HEADLINES[family]
    sign = sign_of(metric)
    best: dict[tuple[str, int], tuple[float, Entry]] = {}
    latest: dict[tuple[str, int], datetime] = {}
    for entry in finished:
        found, protocol = entry.metrics.get(metric), entry.protocols.get(family)
        if found is None or found.value is None or protocol is None:
            continue
        group = protocol, entry.sample_percent
        if group not in best or sign * found.value > best[group][0]:
            best[group] = sign * found.value, entry
        latest[group] = entry.ended_at
    ordered = sorted(best, key=lambda group: (latest[group], group), reverse=True)[:MOST_BESTS]
    return [_best(protocol, metric, best[protocol, sample][1]) for protocol, sample in ordered]


def _best(protocol: str, metric: str, entry: Entry) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "protocol_name": entry.protocol_name,
        "sample_percent": entry.sample_percent,
        "metric": metric,
        "experiment": entry.experiment,
        "number": entry.number,
        "name": entry.name,
        **figure_of(figure(entry, metric)),
        "lift": lift_of(entry.lifts.get(metric)),
    }
