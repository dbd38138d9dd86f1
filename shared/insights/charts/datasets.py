"""Datasets beside each other, and what was built on them (domain S7.14, S7.18)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Any

from shared.insights.charts.groups import NOTHING, figure, sign_of
from shared.insights.charts.leaderboard import figure_of, lift_of
from shared.insights.charts.rounding import rounded
from shared.insights.lists.entries import Entry
from shared.metrics import FAMILIES, HEADLINES, METRICS, Family

WHY = (
    "Ordered by the lift over each dataset's own best baseline, never by the metric itself: other test customers and "
    "another catalogue make the same model score otherwise."
)
MOST_DATASETS = 60
MOST_CONFIGS = 100  # of each kind
MOST_LINKS = 200
KINDS = {"dataset": "dataset", "feature_config": "features", "model_config": "model"}  # by what complexity calls them


def dataset_comparison(entries: Sequence[Entry], qualities: Mapping[str, float] | None = None) -> dict[str, Any]:
    """{sentence, rows, left_out}; a row for each dataset and family of metrics, families apart, greatest lift first:
    {dataset, name, family, metric, runs, finished, sample_percent, protocol_name,
     best: {experiment, number, value, low, high} | None,
     lift: {baseline, value, relative, low, high, verdict} | None, customers, products, rows, density, quality}

    `best` has the greatest lift among the runs of the dataset's largest sample. Errors in the target's unit are ordered
    by the relative lift, because units differ. `density`: train rows for each pair of customer and product. `quality`:
    None where nobody says.
    """
    by_type: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.dataset:  # a run that was refused before it was prepared has none
            by_type[entry.model_type, entry.dataset].append(entry)
    by_dataset: dict[tuple[Family, str], list[Entry]] = defaultdict(list)
    for (model_type, dataset), runs in by_type.items():
        for family in FAMILIES.get(model_type, ()):  # type: ignore[call-overload]
            by_dataset[family, dataset] += runs
    rows = [_dataset(family, runs, qualities or {}) for (family, _), runs in by_dataset.items()]
    rows.sort(key=_by_lift)
    return {"sentence": WHY, "rows": rows[:MOST_DATASETS], "left_out": max(0, len(rows) - MOST_DATASETS)}


def configs(entries: Sequence[Entry]) -> dict[str, Any]:
    """`entries` by end. {rows: [{kind, id, name, complexity, runs, finished, failed, last_ended_at}],
     links: [{from_kind, from, to, runs}], left_out, links_left_out}: dataset -> feature config -> model config.

    Complexity is that of the newest run (S7.2, S7.18). Latest used first; a link is there while both its ends are.
    """
    rows: list[dict[str, Any]] = []
    dropped = 0
    read = attrgetter(*KINDS, "state")  # all at once: going through 10,000 runs costs more than counting them
    *of_kinds, states = zip(*map(read, entries), strict=True) if entries else [()] * (len(KINDS) + 1)
    of_kind = dict(zip(KINDS, of_kinds, strict=True))
    for kind, ids in of_kind.items():
        found = _configs(entries, ids, states, kind)
        rows += found[:MOST_CONFIGS]
        dropped += max(0, len(found) - MOST_CONFIGS)
    shown = {(row["kind"], row["id"]) for row in rows}
    links: Counter[tuple[str, str, str]] = Counter()
    for kind, next_kind in pairwise(KINDS):
        used = Counter(zip(of_kind[kind], of_kind[next_kind], strict=True))
        links.update({(kind, *ends): runs for ends, runs in used.items()})
    following = dict(pairwise(KINDS))
    kept = sorted(
        (each for each in links if (each[0], each[1]) in shown and (following[each[0]], each[2]) in shown),
        key=lambda each: (-links[each], each),
    )[:MOST_LINKS]
    return {
        "rows": rows,
        "links": [
            {"from_kind": kind, "from": one, "to": other, "runs": links[kind, one, other]} for kind, one, other in kept
        ],
        "left_out": dropped,
        "links_left_out": len(links) - len(kept),
    }


def _configs(entries: Sequence[Entry], ids: Sequence[str], ended: Sequence[str], kind: str) -> list[dict[str, Any]]:
    """`ids`: the config of this kind of each entry, `ended`: how each ended."""
    latest = dict(zip(ids, entries, strict=True))
    states = Counter(zip(ids, ended, strict=True))
    runs = Counter(ids)
    ordered = sorted((name for name in latest if name), key=lambda name: (latest[name].ended_at, name), reverse=True)
    return [
        {
            "kind": kind,
            "id": name,
            "name": latest[name].names.get(kind, name),
            "complexity": latest[name].complexity.get(KINDS[kind]),
            "runs": runs[name],
            "finished": states[name, "completed"],
            "failed": states[name, "failed"],
            "last_ended_at": latest[name].ended_at.isoformat(),
        }
        for name in ordered
    ]


def _dataset(family: Family, runs: Sequence[Entry], qualities: Mapping[str, float]) -> dict[str, Any]:
    metric = HEADLINES[family]
    finished = [entry for entry in runs if entry.completed and entry.metrics.get(metric, NOTHING).value is not None]
    largest = max((entry.sample_percent for entry in finished), default=None)
    candidates = [entry for entry in finished if entry.sample_percent == largest]
    share = METRICS[metric].unit != "ratio"
    best = max(candidates, key=lambda entry: _lift(entry, metric, share), default=None)
    latest = max(candidates or runs, key=lambda entry: (entry.ended_at, entry.number))
    return {
        "dataset": latest.dataset,
        "name": latest.names.get("dataset", latest.dataset),
        "family": family,
        "metric": metric,
        "runs": len(runs),
        "finished": len(finished),
        "sample_percent": largest,
        "protocol_name": latest.protocol_name if best is None else best.protocol_name,
        "best": best and _best(best, metric),
        "lift": best and _lift_with_share(best, metric),
        "customers": latest.customers,
        "products": latest.products,
        "rows": latest.rows,
        "density": _density(latest),
        "quality": qualities.get(latest.dataset),
    }


def _best(entry: Entry, metric: str) -> dict[str, Any]:
    return {"experiment": entry.experiment, "number": entry.number, **figure_of(figure(entry, metric))}


def _lift(entry: Entry, metric: str, share: bool) -> tuple[bool, float, int]:
    """What a lift is ordered by, `share`: relative, where units differ; none is the last, the earlier of two first."""
    lift = entry.lifts.get(metric)
    value = _relative(entry, metric) if share else lift.value if lift is not None else None
    return value is not None, value or 0.0, -entry.number


def _relative(entry: Entry, metric: str) -> float | None:
    """The lift as a share of the baseline's value; None where that is not known or 0."""
    lift, value = entry.lifts.get(metric), figure(entry, metric).value
    if lift is None or value is None:
        return None
    baseline = value - sign_of(metric) * lift.value
    return lift.value / abs(baseline) if baseline else None


def _lift_with_share(entry: Entry, metric: str) -> dict[str, Any] | None:
    lift = lift_of(entry.lifts.get(metric))
    return None if lift is None else {**lift, "relative": rounded(_relative(entry, metric))}


def _by_lift(row: Mapping[str, Any]) -> tuple[str, bool, float, str]:
    lift = row["lift"] or {}
    value = lift.get("value" if METRICS[row["metric"]].unit == "ratio" else "relative")
    return row["family"], value is None, -(value or 0.0), row["dataset"]


def _density(entry: Entry) -> float | None:
    cells = (entry.customers or 0) * (entry.products or 0)
    return rounded(entry.rows / cells) if cells and entry.rows is not None else None
