"""Ended runs of an endpoint that never was: many parameters, a few of which matter, as index entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import numpy as np

from shared.insights.lists.entries import Entry, EntryLift, Figure
from shared.metrics import HEADLINES, METRICS

BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
METRICS_SHOWN = [name for name, kind in METRICS.items() if kind.family == "retrieval" and kind.unit == "ratio"]
STRUCTURES = ("64→32", "128→64", "256→128→64", "128→d0.2→64", "64")


def synthetic_runs(count: int, groups: int, seed: int = 0, endpoint: str = "shop") -> list[Entry]:
    """`count` runs spread evenly over `groups` protocols: two sample sizes, 12 features, one run in ten failed."""
    generator = np.random.default_rng(seed)
    return [_run(number, f"protocol{number % groups:02d}", endpoint, generator) for number in range(1, count + 1)]


def synthetic_curves(entries: Sequence[Entry], epochs: int = 30) -> dict[str, list[tuple[int, float]]]:
    return {
        entry.experiment: [(epoch, 0.2 - 0.1 / (epoch + 1)) for epoch in range(epochs)]
        for entry in entries
        if entry.completed
    }


def _run(number: int, protocol: str, endpoint: str, generator: np.random.Generator) -> Entry:
    rate = float(10 ** generator.uniform(-4, -1))
    structure = STRUCTURES[int(generator.integers(len(STRUCTURES)))]
    widths = {f"query.feature_{place}": int(generator.choice([8, 16, 32])) for place in range(6)}
    widths |= {f"candidate.feature_{place}": int(generator.choice([8, 16, 32])) for place in range(6)}
    parameters = {
        "epochs": int(generator.choice([5, 10, 20])),
        "batch_size": int(generator.choice([256, 512, 1024, 2048])),
        "learning_rate": rate,
        "model_type": "retrieval",
        "optimizer": str(generator.choice(["adam", "adagrad", "sgd"])),
        "output_embedding_dim": int(generator.choice([16, 32, 64])),
        "normalise_embeddings": bool(generator.integers(2)),
        "temperature": round(float(generator.uniform(0.05, 1)), 3),
        "logq_correction": bool(generator.integers(2)),
        "label_smoothing": round(float(generator.uniform(0, 0.2)), 3),
        "l2": str(generator.choice(["none", "light", "medium"])),
        "dropout": float(generator.choice([0.0, 0.1, 0.2, 0.3])),
        "activation": str(generator.choice(["relu", "gelu"])),
        "query.layers": structure,
        "candidate.layers": STRUCTURES[int(generator.integers(len(STRUCTURES)))],
        "parameters": int(generator.integers(10_000, 2_000_000)),
        "query.width": sum(width for name, width in widths.items() if name.startswith("query.")),
        "candidate.width": sum(width for name, width in widths.items() if name.startswith("candidate.")),
        **{name: width for name, width in widths.items() if generator.random() < 0.9},
    }
    effect = -0.02 * (np.log10(rate) + 2.5) ** 2 + 0.01 * bool(parameters["logq_correction"])
    value = float(0.15 + effect + generator.normal(0, 0.01))
    completed = bool(generator.random() < 0.9)
    features, model = f"features-{generator.integers(20)}", f"model-{generator.integers(40)}"
    ended = BEGIN + timedelta(minutes=17 * number)
    return Entry(
        experiment=f"exp-{number:026d}",
        number=number,
        model_endpoint=endpoint,
        name=f"Rate {rate:.2g}, {structure}",
        state="completed" if completed else "failed",
        model_type="retrieval",
        owner="ada@example.org",
        created_at=ended - timedelta(minutes=12),
        ended_at=ended,
        duration_seconds=float(generator.uniform(200, 900)),
        dataset=f"dataset-{int(protocol[-2:]) % 5}",
        feature_config=features,
        model_config=model,
        names={"dataset": "Shop", "feature_config": features.title(), "model_config": model.title()},
        digests={"dataset": protocol, "feature_config": features, "model_config": model},
        repeat=f"repeat-{number if generator.random() < 0.9 else max(1, number - len(protocol))}",
        split="strict_time",
        sample_percent=100 if generator.random() < 0.8 else 10,
        protocols={"retrieval": protocol},
        protocol_name="strict 14 days to 9 Dec 2025, 812 customers, 3,684 products",
        complexity={"dataset": "simple", "features": "medium", "model": "simple"},
        cost_usd=float(generator.uniform(0.1, 0.9)),
        parameter_count=parameters["parameters"],
        customers=812,
        products=3684,
        rows=340_000,
        epochs_run=10,
        best_epoch=7,
        parameters=parameters,
        metrics={name: _figure(name, value) for name in METRICS_SHOWN} if completed else {},
        lifts={"recall_at_10": EntryLift("personal_frequency", value - 0.14, value - 0.15, value - 0.13, "cannot_tell")}
        if completed
        else {},
        baselines={
            name: {"recall_at_10": Figure(0.14 - 0.02 * place, 0.13 - 0.02 * place, 0.15 - 0.02 * place)}
            for place, name in enumerate(("personal_frequency", "ease", "item_knn", "recent_popularity", "popularity"))
        }
        if completed
        else {},
    )


def _figure(metric: str, value: float) -> Figure:
    """As `entry_of` keeps it."""
    return Figure(value, value - 0.01, value + 0.01) if metric in HEADLINES.values() else Figure(value)
