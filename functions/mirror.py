"""What of a completed run is written to MLflow (domain S6.21)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from functions.adapters.ports import MirrorRecord, Store
from shared.epochs import IN_HISTORY, WEIGHT_BLOCK, block_name
from shared.protocol import badges
from shared.runs import Run

MetricPoint = tuple[str, float, int, datetime]
LONGEST_WEIGHTS = 2_000_000  # bytes of weights.json; all groups of 500 epochs are 4.5 MB
OF_EPOCH = (
    "learning_rate", "examples_per_second", "epoch_seconds", "step_ms_p50", "step_ms_p95", "input_wait_share",
    "device_memory_peak_bytes",
)  # fmt: skip


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
            **_weights(run.experiment, len(history), store),
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
    """What is a number; not there are metrics of another type of model or of an epoch that was not evaluated, and what
    trainers of before did not write."""
    at, step = datetime.fromisoformat(str(epoch["time"])), int(epoch["epoch"]) + 1
    for name, value in _figures(epoch):
        if isinstance(value, (int, float)) and math.isfinite(value):
            yield f"epoch/{name}", float(value), step, at


def _figures(epoch: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for split in ("train", "eval"):
        yield from ((f"{split}/{name}", value) for name, value in epoch[split].items())
    yield from ((name, epoch.get(name)) for name in OF_EPOCH)
    for kind, names in IN_HISTORY.items():
        total = (epoch.get(kind) or {}).get("total") or {}
        yield from ((f"{kind}/{name}", total.get(name)) for name in names)


def _weights(experiment: str, epochs: int, store: Store) -> dict[str, str]:
    """The distributions of weights and gradients (S6.3) as one file; of many epochs every n-th, and the last."""
    blocks = [store.detail(experiment, block_name(first)) or {} for first in range(0, epochs, WEIGHT_BLOCK)]
    found = [epoch for block in blocks for epoch in block.get("epochs", ())]
    if not found:
        return {}
    every = math.ceil(len(json.dumps(found)) / LONGEST_WEIGHTS)
    kept = found[::-1][::every][::-1]
    return {"weights.json": json.dumps({"edges": blocks[0].get("edges"), "every": every, "epochs": kept})}
