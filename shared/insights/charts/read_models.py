"""What pages and the command line show of an endpoint's ended runs, computed from their entries alone (domain S7).

A read model is a small `head` and `parts` by name, all JSON-able, each below `LONGEST_PART` bytes as canonical JSON.
Only the head knows when it was computed: the same entries, verdicts and curves give the same parts, byte for byte.
Times are ISO texts, shares and metrics numbers; None is "not known" and never 0. `*` is a group's `sample_percent`.

Head of a group (one endpoint, one protocol key, its family):
    {kind: "group", endpoint, protocol, family, name, metric, direction, computed_at, inputs: {count, revision},
     samples: [{sample_percent, runs, finished, failed, best: BEST | None, baseline: FIGURE with `name` | None}],
     fidelity: as `samples` of the part, parts: [name]}
    BEST: {experiment, number, name, value, low, high, lift: LIFT | None, mark, shared_with}
    FIGURE: {value, low, high}; LIFT: {baseline, value, low, high, verdict}; mark: "best", "below baseline" or ""
Parts of a group:
    leaderboard-*   shared.insights.charts.leaderboard.leaderboard
    trend-*         shared.insights.charts.trend.trend
    parameters-*    shared.insights.charts.parameters.parameter_insight (`-2`, `-3`, ... go on with its rows)
    heatmaps-*      shared.insights.charts.heatmap.heatmaps
    coverage-*      shared.insights.charts.coverage.coverage
    training-*      shared.insights.charts.training.training_heatmap
    fidelity        shared.insights.charts.fidelity.fidelity

Head of an overview: {kind: "overview", endpoint, computed_at, inputs, runs, finished, failed, kpis: [...], parts}
    kpis: shared.insights.charts.kpis.kpis, one for each model type that has a run
Parts of an overview:
    protocols       shared.insights.charts.kpis.protocols
    datasets        shared.insights.charts.datasets.dataset_comparison
    configs         shared.insights.charts.datasets.configs
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.insights.charts.coverage import Incompatible, coverage
from shared.insights.charts.datasets import configs, dataset_comparison
from shared.insights.charts.fidelity import fidelity
from shared.insights.charts.groups import Group, fidelity_groups
from shared.insights.charts.heatmap import heatmaps
from shared.insights.charts.kpis import kpis, protocols
from shared.insights.charts.leaderboard import (
    Verdictlike,
    best_baseline,
    figure_of,
    leaderboard,
    lift_of,
    mark,
    places,
)
from shared.insights.charts.parameters import parameter_insight
from shared.insights.charts.training import Curves, drawn_runs, training_heatmap
from shared.insights.charts.trend import trend
from shared.insights.lists.entries import Entry
from shared.metrics import METRICS

LONGEST_PART = 100_000  # bytes

Document = dict[str, Any]
Cell = str | int | float | bool | None


@dataclass(frozen=True)
class ReadModel:
    head: Document
    parts: Mapping[str, Document] = field(default_factory=dict)


def leaders(entries: Sequence[Entry], protocol: str, most: int = 20) -> list[tuple[Entry, list[Entry]]]:
    """For each fidelity group: the run that leads it and those next, one for each row of its leaderboard: the pairs
    that `group_model` wants verdicts on."""
    boards = [[place.run for place in places(group)] for group in fidelity_groups(entries, protocol)]
    return [(board[0], board[1 : most + 1]) for board in boards if board]


def wanted_curves(entries: Sequence[Entry], protocol: str) -> list[str]:
    """The experiments whose curves `group_model` draws, at most 20 for each fidelity group."""
    return [experiment for group in fidelity_groups(entries, protocol) for experiment in drawn_runs(group)]


def group_model(
    entries: Sequence[Entry],
    protocol: str,
    verdicts: Mapping[str, Verdictlike],
    curves: Curves,
    now: datetime,
    incompatible: Incompatible | None = None,
) -> ReadModel:
    """Entries of other protocols are left out. `verdicts` by experiment, each against its fidelity group's leader.

    `incompatible`: why a (feature config, model config) cannot be combined; None: nobody has looked. Raises ValueError
    for a protocol that none of the entries is of.
    """
    groups = fidelity_groups(entries, protocol)
    if not groups:
        raise ValueError(f"no ended run is of protocol {protocol!r}")
    parts: dict[str, Document] = {}
    samples = []
    for group in groups:
        board = leaderboard(group, verdicts)
        samples.append(_sample(group, board))
        parts |= _parts_of(group, board, curves, incompatible)
    parts["fidelity"] = agreement = fidelity(groups)
    ended = [entry for group in groups for entry in (*group.finished, *group.others)]
    newest = max(ended, key=lambda entry: (entry.ended_at, entry.number))
    head = {
        "kind": "group",
        "endpoint": newest.model_endpoint,
        "protocol": protocol,
        "family": groups[0].family,
        "name": newest.protocol_name,
        "metric": groups[0].metric,
        "direction": METRICS[groups[0].metric].direction,
        "computed_at": now.isoformat(),
        "inputs": _inputs(ended),
        "samples": samples,
        "fidelity": agreement["samples"],
        "parts": sorted(parts),
    }
    return ReadModel(head, {name: _within(document) for name, document in sorted(parts.items())})


def overview(entries: Sequence[Entry], now: datetime, qualities: Mapping[str, float] | None = None) -> ReadModel:
    """Of one endpoint; every type of model and every protocol, none pooled with another. `qualities` by dataset."""
    entries = sorted(entries, key=lambda entry: (entry.ended_at, entry.number))
    parts = {
        "protocols": protocols(entries),
        "datasets": dataset_comparison(entries, qualities),
        "configs": configs(entries),
    }
    head = {
        "kind": "overview",
        "endpoint": entries[0].model_endpoint if entries else None,
        "computed_at": now.isoformat(),
        "inputs": _inputs(entries),
        "runs": len(entries),
        "finished": sum(entry.completed for entry in entries),
        "failed": sum(entry.state == "failed" for entry in entries),
        "kpis": kpis(entries, now),
        "parts": sorted(parts),
    }
    return ReadModel(head, {name: _within(document) for name, document in sorted(parts.items())})


def rows_of(part: str, document: Mapping[str, Any]) -> list[dict[str, Cell]]:
    """A part as a flat table, one value a cell, for CSV: of nested parts their values, of lists their texts."""
    kind = part.split("-")[0]
    rows: Iterable[Mapping[str, Any]] = document["maps"] if kind == "heatmaps" else document["rows"]
    if kind == "heatmaps":
        rows = (_cell(each, cell) for each in rows for cell in each["cells"])
    elif kind == "parameters":
        rows = ({"parameter": row["name"], **row, **value} for row in rows for value in row["values"])
        rows = ({key: value for key, value in row.items() if key not in ("name", "values", "curve")} for row in rows)
    elif kind == "leaderboard":
        names = document["metrics"]
        rows = ({**row, "metrics": dict(zip(names, row.get("metrics", ()), strict=False))} for row in rows)
    return [dict(_flat(row)) for row in rows]


def _parts_of(group: Group, board: Document, curves: Curves, incompatible: Incompatible | None) -> dict[str, Document]:
    insight = parameter_insight(group)
    names = [row["name"] for row in insight["rows"]]
    parts = {
        "leaderboard": board,
        "trend": trend(group),
        "heatmaps": heatmaps(group, names),
        "coverage": coverage(group, incompatible),
        "training": training_heatmap(group, curves),
    }
    named = {f"{name}-{group.sample_percent}": document for name, document in parts.items()}
    for page, document in enumerate(_pages(insight), 1):
        named[f"parameters-{group.sample_percent}" + (f"-{page}" if page > 1 else "")] = document
    return named


def _sample(group: Group, board: Document) -> Document:
    ordered, baseline = places(group), best_baseline(group)
    return {
        "sample_percent": group.sample_percent,
        "runs": len(group.finished) + len(group.others),
        "finished": len(group.finished),
        "failed": sum(entry.state == "failed" for entry in group.others),
        "best": _best(ordered[0], board["shared"]) if ordered else None,
        "baseline": None if baseline is None else {"name": baseline[0], **figure_of(baseline[1])},
    }


def _best(place: Any, shared: int) -> Document:
    return {
        "experiment": place.run.experiment,
        "number": place.run.number,
        "name": place.run.name,
        **figure_of(place.figure),
        "lift": lift_of(place.lift),
        "mark": mark(place, leads=True),
        "shared_with": shared - 1,
    }


# --------------------------------------------------------------------------------------------------------------- size


def size(document: Any) -> int:
    """Bytes of it as canonical JSON (its keys' order does not change them)."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def _within(document: Document) -> Document:
    """With as many of its rows (of heatmaps: maps) as fit; what is gone counts in `left_out`."""
    key = "maps" if "maps" in document else "rows"
    rows, whole = list(document[key]), size(document)
    while whole > LONGEST_PART and rows:
        kept = min(len(rows) - 1, int(len(rows) * LONGEST_PART / whole * 0.95))
        left_out = document.get("left_out", 0) + len(rows) - kept
        rows = rows[:kept]
        document = {**document, key: rows, "left_out": left_out}
        whole = size(document)
    return document


def _pages(document: Document) -> Iterator[Document]:
    """The same document with some of the rows each; at least one."""
    room = int(0.95 * LONGEST_PART) - size({**document, "rows": []})
    page: list[Document] = []
    used = 0
    for row in document["rows"]:
        needed = size(row) + 1
        if page and used + needed > room:
            yield {**document, "rows": page}
            page, used = [], 0
        page.append(row)
        used += needed
    yield {**document, "rows": page}


def _inputs(entries: Iterable[Entry]) -> Document:
    """How many runs it was made of, and a digest of who they are and of what of an ended run may still change."""
    known = sorted(f"{entry.experiment} {entry.cost_usd} {entry.starred} {entry.name}" for entry in entries)
    return {"count": len(known), "revision": hashlib.sha256("\n".join(known).encode()).hexdigest()[:16]}


# --------------------------------------------------------------------------------------------------------------- rows


def _cell(of: Mapping[str, Any], cell: Mapping[str, Any]) -> Document:
    axes = {"x_parameter": of["x"]["name"], "x": of["x"]["labels"][cell["x"]]}
    axes |= {"y_parameter": of["y"]["name"], "y": of["y"]["labels"][cell["y"]]}
    return {"metric": of["metric"], **axes, **{key: value for key, value in cell.items() if key not in ("x", "y")}}


def _flat(row: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Cell]]:
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        elif isinstance(value, list):
            yield f"{before}{key}", json.dumps(value, ensure_ascii=False)
        else:
            yield f"{before}{key}", value
