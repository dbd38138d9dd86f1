"""The headline metric on the eval split, epoch by epoch, of a fidelity group's best runs (domain S7.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.insights.charts.groups import Group, figure
from shared.insights.charts.leaderboard import figure_of, places
from shared.insights.charts.rounding import rounded

MOST_RUNS = 20
MOST_EPOCHS = 120  # drawn of one run

Curves = Mapping[str, Sequence[tuple[int, float]]]  # by experiment: (epoch, headline metric on eval)


def drawn_runs(group: Group) -> list[str]:
    """The experiments whose curves are wanted, best first; of repeated ones the first."""
    return [place.run.experiment for place in places(group)[:MOST_RUNS]]


def training_heatmap(group: Group, curves: Curves) -> dict[str, Any]:
    """{metric, direction, rows, missing: [experiment]}; `missing`: their curves are not known.

    A row: {experiment, number, name, group, best_epoch, epochs: [n], values: [n], final: {value, low, high}}
    Real values, unscaled; of many epochs an even choice with the first, the best and the last. `group`: the model
    config, for a colour. `final` is on the test split.
    """
    chosen = [place.run for place in places(group)[:MOST_RUNS]]
    rows = []
    for run in chosen:
        curve = [point for point in curves.get(run.experiment, ()) if point[1] is not None]
        if not curve:
            continue
        best = max(curve, key=lambda point: group.sign * point[1])[0]
        kept = _thinned(curve, best)
        rows.append(
            {
                "experiment": run.experiment,
                "number": run.number,
                "name": run.name,
                "group": run.names.get("model_config", run.model_config),
                "best_epoch": best,
                "epochs": [epoch for epoch, _ in kept],
                "values": [rounded(float(value)) for _, value in kept],
                "final": figure_of(figure(run, group.metric)),
            }
        )
    drawn = {row["experiment"] for row in rows}
    return {
        "metric": group.metric,
        "direction": "max" if group.sign > 0 else "min",
        "rows": rows,
        "missing": [run.experiment for run in chosen if run.experiment not in drawn],
    }


def _thinned(curve: Sequence[tuple[int, float]], best: int) -> list[tuple[int, float]]:
    if len(curve) <= MOST_EPOCHS:
        return list(curve)
    step = (len(curve) - 1) / (MOST_EPOCHS - 2)
    wanted = {curve[round(place * step)][0] for place in range(MOST_EPOCHS - 1)} | {best}
    return [point for point in curve if point[0] in wanted]
