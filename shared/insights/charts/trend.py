"""How the best of a fidelity group moved as runs finished (domain S7.10)."""

from __future__ import annotations

from typing import Any

from shared.insights.charts.groups import Group, figure
from shared.insights.charts.leaderboard import best_baseline, figure_of

MOST_POINTS = 300


def trend(group: Group) -> dict[str, Any]:
    """{metric, direction, rows: [{ended_at, experiment, number, value, low, high, best}], left_out,
    baseline: {name, value, low, high} | None}, by finish.

    `best`: this run was better than all before it; the step line joins these. Of many runs the best ones, the first and
    the newest stay.
    """
    rows, record = [], None
    for entry in group.finished:
        value = group.sign * group.value(entry)
        best = record is None or value > record
        record = value if best else record
        rows.append(
            {
                "ended_at": entry.ended_at.isoformat(),
                "experiment": entry.experiment,
                "number": entry.number,
                **figure_of(figure(entry, group.metric)),
                "best": best,
            }
        )
    kept = _thinned(rows)
    baseline = best_baseline(group)
    return {
        "metric": group.metric,
        "direction": "max" if group.sign > 0 else "min",
        "rows": kept,
        "left_out": len(rows) - len(kept),
        "baseline": None if baseline is None else {"name": baseline[0], **figure_of(baseline[1])},
    }


def _thinned(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(rows) <= MOST_POINTS:
        return rows
    steps = [place for place, row in enumerate(rows) if row["best"]][-MOST_POINTS // 2 :]
    newest = range(len(rows) - 1, -1, -1)
    chosen = set(steps) | {0}
    for place in newest:
        if len(chosen) == MOST_POINTS:
            break
        chosen.add(place)
    return [rows[place] for place in sorted(chosen)]
