"""Finished runs and baselines of one fidelity group, best first, and who shares the first place (domain S7.9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, Protocol

from shared.insights.charts.groups import Group, figure, sign_of
from shared.insights.charts.rounding import rounded
from shared.insights.lists.entries import Entry, EntryLift, Figure
from shared.metrics import METRICS

MOST_ROWS = 100
MOST_REPEATS = 20  # experiments that a row names
BEST, BELOW = "best", "below baseline"
UNKNOWN = "unknown"


class Verdictlike(Protocol):
    """A verdict of a run against the leader of its group: `better` says that the run is."""

    @property
    def verdict(self) -> str: ...


@dataclass(frozen=True)
class Place:
    """One row of runs: all that differ in nothing but seeds. `runs` by end; the first stands for them."""

    runs: tuple[Entry, ...]
    figure: Figure  # the means of value, low and high: other seeds do not make the customers more
    lift: EntryLift | None
    spread: float | None  # standard deviation over the seeds

    @property
    def run(self) -> Entry:
        return self.runs[0]


def places(group: Group) -> list[Place]:
    """Best first; ties by earlier end."""
    folded: dict[str, list[Entry]] = defaultdict(list)
    for entry in group.finished:
        folded[entry.repeat or entry.experiment].append(entry)
    found = [_place(group, runs) for runs in folded.values()]
    return sorted(found, key=lambda each: -group.sign * (each.figure.value or 0.0))  # as stable as `finished` is


def leaderboard(group: Group, verdicts: Mapping[str, Verdictlike]) -> dict[str, Any]:
    """{metric, direction, sample_percent, metrics: [name], rows, shared, left_out, finished}

    A row: {kind: "run" | "baseline", rank, overlap, mark, experiment, number, name, value, low, high, lift,
            model_type, feature_config, model_config, owner, ended_at, parameters, seconds, cost_usd,
            repeats: {n, spread, experiments: [...]} | None, metrics: [value as in `metrics`]}
    overlap: "leader", "not distinguishable", "worse", "unknown" (nobody compared them: it does not share rank 1).
    A baseline has no rank. A run that is not `better` than the best baseline is marked "below baseline"; "best" is the
    leader alone and only if it is (S6.17). `shared`: runs of rank 1.
    """
    ordered = places(group)
    metrics = sorted(
        {
            name
            for entry in group.finished
            for name in entry.metrics
            if name in METRICS and METRICS[name].family == group.family
        }
    )
    overlaps = ["leader", *(_overlap(verdicts.get(place.run.experiment)) for place in ordered[1:])]
    first = {"leader", "not distinguishable"}
    rows = [
        {
            **_of_run(place, metrics),
            "rank": 1 if overlap in first else rank,
            "overlap": overlap,
            "mark": mark(place, leads=rank == 1),
        }
        for rank, (place, overlap) in enumerate(zip(ordered, overlaps, strict=False), 1)
    ]
    kept = rows[:MOST_ROWS]
    both = sorted([*kept, *_baselines(group)], key=lambda row: -group.sign * row["value"])
    return {
        "metric": group.metric,
        "direction": METRICS[group.metric].direction,
        "sample_percent": group.sample_percent,
        "metrics": metrics,
        "rows": both,
        "shared": sum(row["rank"] == 1 for row in rows),
        "left_out": len(rows) - len(kept),
        "finished": len(group.finished),
    }


def mark(place: Place, leads: bool) -> str:
    if place.lift is None:
        return ""
    better = place.lift.verdict == "better"
    return (BEST if leads else "") if better else BELOW


def best_baseline(group: Group) -> tuple[str, Figure] | None:
    known = baselines(group)
    chosen = max(known, key=lambda name: (group.sign * (known[name].value or 0.0), name), default=None)
    return None if chosen is None else (chosen, known[chosen])


def baselines(group: Group) -> dict[str, Figure]:
    """The headline metric of each, as the newest run that has it found."""
    known: dict[str, Figure] = {}
    for entry in group.finished:
        for name, metrics in entry.baselines.items():
            found = metrics.get(group.metric)
            if found is not None and found.value is not None:
                known[name] = found
    return known


def figure_of(found: Figure) -> dict[str, Any]:
    return rounded({"value": found.value, "low": found.low, "high": found.high})  # type: ignore[no-any-return]


def lift_of(lift: EntryLift | None) -> dict[str, Any] | None:
    if lift is None:
        return None
    return {
        "baseline": lift.baseline,
        **rounded({"value": lift.value, "low": lift.low, "high": lift.high}),
        "verdict": lift.verdict,
    }


def _overlap(verdict: Verdictlike | None) -> str:
    if verdict is None:
        return UNKNOWN
    return "worse" if verdict.verdict == "worse" else "not distinguishable"


def _place(group: Group, runs: Sequence[Entry]) -> Place:
    values = [group.value(entry) for entry in runs]
    figures = [figure(entry, group.metric) for entry in runs]
    found = Figure(fmean(values), _mean(each.low for each in figures), _mean(each.high for each in figures))
    lifts = [lift for entry in runs if (lift := group.lift(entry)) is not None]
    return Place(tuple(runs), found, _mean_lift(lifts), stdev(values) if len(values) > 1 else None)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _mean_lift(lifts: Sequence[EntryLift]) -> EntryLift | None:
    """Of one run its own; of several the mean, and what its interval says (S6.17)."""
    if len(lifts) < 2:
        return lifts[0] if lifts else None
    low, high = _mean(lift.low for lift in lifts), _mean(lift.high for lift in lifts)
    verdict = "better" if low is not None and low > 0 else "worse" if high is not None and high < 0 else "cannot_tell"
    return EntryLift(lifts[-1].baseline, fmean(lift.value for lift in lifts), low, high, verdict)


def _of_run(place: Place, metrics: Sequence[str]) -> dict[str, Any]:
    run, runs = place.run, place.runs
    repeats = {"n": len(runs), "spread": rounded(place.spread), "experiments": [each.experiment for each in runs]}
    repeats["experiments"] = repeats["experiments"][:MOST_REPEATS]
    return {
        "kind": "run",
        "experiment": run.experiment,
        "number": run.number,
        "name": run.name,
        **figure_of(place.figure),
        "lift": lift_of(place.lift),
        "model_type": run.model_type,
        "feature_config": run.feature_config,
        "model_config": run.model_config,
        "owner": run.owner,
        "ended_at": run.ended_at.isoformat(),
        "parameters": run.parameter_count,
        "seconds": rounded(_mean(each.duration_seconds for each in runs)),
        "cost_usd": rounded(_mean(each.cost_usd for each in runs)),
        "repeats": repeats if len(runs) > 1 else None,
        "metrics": [rounded(_mean(figure(each, name).value for each in runs)) for name in metrics],
    }


def _baselines(group: Group) -> list[dict[str, Any]]:
    return [
        {"kind": "baseline", "rank": None, "overlap": None, "mark": "", "name": name, **figure_of(found)}
        for name, found in sorted(baselines(group).items())
    ]


def ranks(document: Mapping[str, Any], metric: str) -> list[int | None]:
    """The places of a board's rows by another of its metrics, without verdicts; None for a row that lacks it."""
    column = document["metrics"].index(metric)
    values = [row["metrics"][column] if row["kind"] == "run" else None for row in document["rows"]]
    signed = sorted(-sign_of(metric) * value for value in values if value is not None)
    return [None if value is None else signed.index(-sign_of(metric) * value) + 1 for value in values]
