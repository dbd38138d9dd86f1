"""Which feature config was tried with which model config, in one fidelity group (domain S7.11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from shared.insights.charts.groups import Group, figure
from shared.insights.charts.leaderboard import figure_of
from shared.insights.lists.entries import Entry

MOST_CONFIGS = 30  # on each axis
Incompatible = Mapping[tuple[str, str], str]


def coverage(group: Group, incompatible: Incompatible | None = None) -> dict[str, Any]:
    """{features: [{id, name}], models: [{id, name}], rows, untested, known, left_out}

    A row: {feature_config, model_config, state: "tested" | "failed" | "incompatible", runs, finished,
            best: {experiment, value, low, high} | None, reason}
    A pair without a row is untested. `known`: whether anybody looked which pairs are compatible; if not, an untested
    one may turn out not to be. Of many configs the latest used stay; `left_out` counts the others.
    """
    runs = sorted([*group.finished, *group.others], key=lambda entry: (entry.ended_at, entry.number))
    pairs: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in runs:
        pairs[entry.feature_config, entry.model_config].append(entry)
    features = _latest(runs, "feature_config")
    models = _latest(runs, "model_config")
    rows = [
        row
        for feature in features
        for model in models
        if (row := _row(group, feature, model, pairs.get((feature, model), []), incompatible or {})) is not None
    ]
    distinct = len({feature for feature, _ in pairs}) + len({model for _, model in pairs})
    return {
        "features": [{"id": each, "name": name} for each, name in features.items()],
        "models": [{"id": each, "name": name} for each, name in models.items()],
        "rows": rows,
        "untested": len(features) * len(models) - len(rows),
        "known": incompatible is not None,
        "left_out": distinct - len(features) - len(models),
    }


def _latest(runs: list[Entry], kind: str) -> dict[str, str]:
    """Configs by id, with the name that the newest run knows; the latest used first."""
    found: dict[str, str] = {}
    for entry in reversed(runs):
        found.setdefault(getattr(entry, kind), entry.names.get(kind, getattr(entry, kind)))
    return dict(list(found.items())[:MOST_CONFIGS])


def _row(
    group: Group, feature: str, model: str, runs: list[Entry], incompatible: Incompatible
) -> dict[str, Any] | None:
    reason = incompatible.get((feature, model))
    if not runs and reason is None:
        return None
    finished = [entry for entry in runs if entry.completed and figure(entry, group.metric).value is not None]
    best = max(finished, key=lambda entry: group.sign * group.value(entry), default=None)
    state = "tested" if finished else "incompatible" if reason is not None else "failed"
    return {
        "feature_config": feature,
        "model_config": model,
        "state": state,
        "runs": len(runs),
        "finished": len(finished),
        "best": best and {"experiment": best.experiment, **figure_of(figure(best, group.metric))},
        "reason": reason,
    }
