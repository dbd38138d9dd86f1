"""Index entries that tests change one field of, and runs with a planted effect."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from shared.insights.charts.groups import Group, fidelity_groups
from shared.insights.lists.entries import Entry, EntryLift, Figure

BEGIN = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
PROTOCOL = "p1"


def entry(number: int, value: float | None = 0.2, **changes: Any) -> Entry:
    """A finished retrieval run; without `value` a failed one."""
    completed = value is not None
    fields: dict[str, Any] = {
        "experiment": f"exp-{number:03d}",
        "number": number,
        "model_endpoint": "shop",
        "name": f"Run {number}",
        "state": "completed" if completed else "failed",
        "model_type": "retrieval",
        "owner": "ada",
        "created_at": BEGIN + timedelta(hours=number - 1),
        "ended_at": BEGIN + timedelta(hours=number),
        "duration_seconds": 600.0,
        "dataset": "sales",
        "feature_config": "base",
        "model_config": "tower",
        "repeat": f"repeat-{number}",
        "protocols": {"retrieval": PROTOCOL},
        "protocol_name": "strict 14 days",
        "cost_usd": 0.5,
        "parameters": {"learning_rate": 0.1 / number},
        "metrics": {"recall_at_10": figure(value)} if completed else {},
        "lifts": {"recall_at_10": lift(value - 0.15)} if completed else {},
        "baselines": {"ease": {"recall_at_10": figure(0.15)}} if completed else {},
    }
    return Entry(**(fields | changes))


def figure(value: float) -> Figure:
    return Figure(value, value - 0.01, value + 0.01)


def lift(value: float, baseline: str = "ease") -> EntryLift:
    verdict = "better" if value > 0.01 else "worse" if value < -0.01 else "cannot_tell"
    return EntryLift(baseline, value, value - 0.01, value + 0.01, verdict)


def group(*entries: Entry) -> Group:
    """The largest sample's."""
    return fidelity_groups(entries, PROTOCOL)[0]


# Ten parameters as experiments have them; each draws n values.
PARAMETERS = {
    "logq_correction": lambda draw, n: draw.integers(2, size=n).astype(bool),
    "optimizer": lambda draw, n: draw.choice(["adam", "adagrad", "sgd"], n),
    "activation": lambda draw, n: draw.choice(["relu", "gelu", "tanh"], n),
    "query.layers": lambda draw, n: draw.choice(["64", "128", "128→64", "256→64", "256→128→64"], n),
    "batch_size": lambda draw, n: draw.choice([256, 512, 1024, 2048], n),
    "output_embedding_dim": lambda draw, n: draw.choice([16, 32, 64, 128], n),
    "query.city": lambda draw, n: draw.choice([8, 16, 32], n),
    "learning_rate": lambda draw, n: 10 ** draw.uniform(-4, -1, n),
    "temperature": lambda draw, n: draw.uniform(0.05, 1, n),
    "label_smoothing": lambda draw, n: draw.uniform(0, 0.2, n),
}


def planted(seed: int, n: int, parameter: str | None, effect: float) -> Group:
    """`n` runs of ten parameters, of which one moves the result: the standard deviation of what it does is `effect`
    times that of the noise. None: nothing does."""
    draw = np.random.default_rng([seed, n])
    columns = {name: values(draw, n) for name, values in PARAMETERS.items()}
    metric = draw.normal(size=n)
    if parameter is not None:
        metric += effect * _shape(parameter, columns[parameter])
    return group(
        *(
            entry(number, float(0.2 + 0.01 * metric[place]), parameters=_row(columns, place))
            for place, number in enumerate(range(1, n + 1))
        )
    )


def _row(columns: dict[str, Any], place: int) -> dict[str, Any]:
    return {name: values[place].item() for name, values in columns.items()}


def _shape(parameter: str, values: Any) -> Any:
    """What a parameter does: of a standard deviation of 1 over all its values."""
    if parameter == "learning_rate":  # best in the middle
        return -((np.log10(values) + 2.5) ** 2) / (1.5**2 * np.sqrt(4 / 45))
    if parameter == "temperature":  # the lower the better
        return -(values - 0.525) / (0.95 / np.sqrt(12))
    if parameter == "batch_size":
        return np.log2(values / 256) / np.sqrt(1.25)
    if parameter == "logq_correction":
        return 2 * values.astype(float)
    return (values == "adam") / np.sqrt(2 / 9)  # one of three is better
