"""What of a completed run is written to MLflow (domain S6.21)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from functions.adapters.ports import MirrorRecord, Store
from shared.protocol import badges
from shared.runs import Run

MetricPoint = tuple[str, float, int, datetime]


def experiment_of(run: Run) -> str:
    """MLflow's experiment that a run belongs to."""
    return f"{run.model_endpoint}/{run.names.get('dataset') or 'dataset'}"


def record_of(run: Run, store: Store) -> MirrorRecord:
    """The run with its details, as MLflow shows it."""
    evaluation = store.detail(run.experiment, "evaluation") or {}
    code = store.detail(run.experiment, "code") or {}
    history = (store.detail(run.experiment, "history") or {}).get("epochs", [])
    snapshot = store.detail(run.experiment, "snapshot") or {}
    ended_at = run.ended_at or run.updated_at
    return MirrorRecord(
        experiment_id=run.experiment,
        experiment_name=experiment_of(run),
        run_name=f"Exp #{run.number} {run.names.get('experiment', '')}".strip(),
        started_at=run.started_at or run.created_at,
        ended_at=ended_at,
        params=_params(run, snapshot),
        tags=_tags(run, store.config("experiments", run.experiment) or {}),
        metrics=[*_final(run, ended_at), *(point for epoch in history for point in _of_epoch(epoch))],
        artifacts={
            "results.json": json.dumps(evaluation, indent=1, sort_keys=True),
            "code/transform_module.py": code.get("transform", ""),
            "code/trainer_module.py": code.get("trainer", ""),
        },
    )


def _params(run: Run, snapshot: Mapping[str, Any]) -> dict[str, str]:
    """Leaves of what was resolved and of the configurations, flattened."""
    kept = {name: config for name, config in (snapshot.get("configs") or {}).items() if name != "experiment"}
    return dict(_leaves({**(run.parameters or {}), **kept}))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, part in sorted(value.items()):
            yield from _leaves(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for number, part in enumerate(value):
            yield from _leaves(part, f"{path}.{number}")
    elif value is not None:
        yield path, str(value)


def _tags(run: Run, request: Mapping[str, Any]) -> dict[str, str]:
    """What runs are searched and grouped by; what does not apply to a run has no tag."""
    parameters, grouping = run.parameters or {}, run.grouping or {}
    images = (run.spec or {}).get("images", {})
    found = {
        "number": run.number,
        "attempt": run.attempt,
        "endpoint": run.model_endpoint,
        "owner": run.owner,
        "model_type": run.model_type,
        "parent": run.parent,
        "sample_percent": parameters.get("sample_percent"),
        "badges": ", ".join(badges((parameters.get("split") or {}).get("kind"), parameters.get("sample_percent", 100))),
        "labels": ", ".join(request.get("tags", ())),
        "compile_key": (run.spec or {}).get("key"),
        **{f"protocol.{family}": key for family, key in grouping.get("protocols", {}).items()},
        **{f"digest.{config}": digest for config, digest in grouping.get("digests", {}).items()},
        **{f"image.{name}": image for name, image in images.items()},
    }
    return {f"quicktest.{name}": str(value) for name, value in found.items() if value not in (None, "")}


def _final(run: Run, at: datetime) -> Iterator[MetricPoint]:
    for name, figure in (run.metrics or {}).items():
        if figure.get("value") is not None:
            yield name, float(figure["value"]), 0, at
    for baseline, metrics in (run.baselines or {}).items():
        for name, figure in metrics.items():
            if figure.get("value") is not None:
                yield f"baseline/{baseline}/{name}", float(figure["value"]), 0, at


def _of_epoch(epoch: Mapping[str, Any]) -> Iterator[MetricPoint]:
    at = datetime.fromisoformat(str(epoch["time"]))
    for split in ("train", "eval"):
        for name, value in epoch[split].items():
            if value is not None:  # a metric of another type of model, or of an epoch that was not evaluated
                yield f"epoch/{split}/{name}", float(value), int(epoch["epoch"]) + 1, at
