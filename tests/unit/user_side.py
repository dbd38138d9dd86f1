"""What tests of the command line and the client stand on: a database in memory, a run as functions write it."""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quicktest import __main__ as command_line
from shared.stages import KINDS

EXPERIMENT_ID = "exp-01j8zq4m3v7k2n5p6r8s9t0abc"
START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
Document = dict[str, Any]


class MemoryStore:
    """`quicktest.store.Store` in a dictionary. Listeners hear of every write, also of those of another thread."""

    def __init__(self, documents: dict[str, Document] | None = None) -> None:
        self.documents = documents or {}
        self.listeners: dict[str, list[Callable[[Document | None], None]]] = {}
        self._lock = threading.Lock()

    def get(self, path: str) -> Document | None:
        return copy.deepcopy(self.documents.get(path))

    def create(self, path: str, body: Document) -> bool:
        if path in self.documents:
            return False
        self.set(path, body)
        return True

    def write_all(self, created: dict[str, Document], updated: dict[str, Document]) -> bool:
        if created.keys() & self.documents.keys():
            return False
        for path, body in {**created, **updated}.items():
            self.set(path, body)
        return True

    def set(self, path: str, body: Document) -> None:
        with self._lock:
            self.documents[path] = copy.deepcopy(body)
            for listener in self.listeners.get(path, []):
                listener(copy.deepcopy(body))

    def ids(self, collection: str) -> list[str]:
        return [path.split("/")[1] for path in self.documents if path.split("/")[0] == collection]

    def newest(self, collection: str) -> Iterator[Document]:
        yield from sorted(self._in(collection), key=lambda document: document["created_at"], reverse=True)

    def where(self, collection: str, field: str, value: Any) -> list[Document]:
        return [document for document in self._in(collection) if document.get(field) == value]

    def with_ids(self, collection: str, field: str, value: Any) -> dict[str, Document]:
        return {
            name: body
            for name in self.ids(collection)
            if (body := self.documents[f"{collection}/{name}"]).get(field) == value
        }

    def between(self, collection: str, field: str, first: Any, last: Any) -> list[Document]:
        return [body for body in self._in(collection) if (at := _at(body, field)) is not None and first <= at <= last]

    def listen(self, path: str, on_change: Callable[[Document | None], None]) -> Callable[[], None]:
        with self._lock:
            self.listeners.setdefault(path, []).append(on_change)
            on_change(self.get(path))
        return lambda: self.listeners[path].remove(on_change)

    def _in(self, collection: str) -> list[Document]:
        return [
            body for path, body in self.documents.items() if path.startswith(f"{collection}/") and path.count("/") == 1
        ]


def _at(body: Document, path: str) -> Any:
    for step in path.split("."):
        body = (body or {}).get(step)  # type: ignore[assignment]
    return body


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Cli = Callable[..., Outcome]


def make_cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Calls the command line as a shell would, but in this process."""

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["quicktest", *map(str, arguments)])
        try:
            command_line.main()
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def run_document(state: str = "running", **changes: Any) -> Document:
    """`runs/{id}` after Prepare to Transform took 4 s each; the rest is pending."""
    stages = [
        {
            "name": kind.name,
            "state": "done" if place < 6 else "pending",
            "started_at": START + timedelta(seconds=4 * place) if place < 6 else None,
            "ended_at": START + timedelta(seconds=4 * place + 4) if place < 6 else None,
            "note": None,
        }
        for place, kind in enumerate(KINDS)
    ]
    run = {
        "schema_version": 1, "experiment": EXPERIMENT_ID, "number": 12, "model_endpoint": "default", "state": state,
        "attempt": 1, "revision": 5, "created_at": START, "updated_at": START, "started_at": START, "ended_at": None,
        "duration_seconds": None, "owner": "ada", "model_type": "retrieval", "reason": None, "percent": 55,
        "names": {"experiment": "first try", "dataset": "Shop", "feature_config": "base", "model_config": "small"},
        "stages": stages, "progress": None, "problems": [], "error": None, "headline": None, "metrics": None,
        "baselines": None, "counts": None,
    }  # fmt: skip
    return {**run, **changes}


def completed_run(verdict: str = "better", **changes: Any) -> Document:
    run = run_document("completed", percent=100, duration_seconds=31.2, revision=9)
    for stage in run["stages"]:
        stage["state"] = "done"
    run["metrics"] = _metrics(0.504)
    run["baselines"] = {"popularity": _metrics(0.184), "personal_frequency": _metrics(0.48)}
    run["headline"] = {
        "metric": "recall_at_10", "population": "all", **_metrics(0.504)["recall_at_10"],
        "baseline": {"name": "personal_frequency", "value": 0.48},
        "lift": {"value": 0.024, "low": 0.011, "high": 0.037, "verdict": verdict},
    }  # fmt: skip
    return {**run, **changes}


def multitask_run() -> Document:
    """Both families of metrics (S6.11): lists by recall, predictions by rmse, where less is better."""
    run = completed_run(model_type="multitask")

    def rmse(value: float) -> dict[str, Any]:
        return {"value": value, "low": value - 0.55, "high": value + 0.55, "n": 1906, "reason": None}

    recalls = ("recall_at_10",)
    run["metrics"] = {**{name: run["metrics"][name] for name in recalls}, "rmse": rmse(12.35)}
    run["baselines"] = {
        "personal_frequency": {name: run["baselines"]["personal_frequency"][name] for name in recalls},
        "global_mean": {"rmse": rmse(14.95)},
        "bias": {"rmse": rmse(12.77)},
    }
    lift = {"value": 0.42, "low": 0.1, "high": 0.74, "verdict": "better"}
    card = {"metric": "rmse", "direction": "min", "population": "all", **rmse(12.35)}
    rated = {**card, "baseline": {"name": "bias", "value": 12.77}, "lift": lift}
    return {**run, "headlines": [run["headline"], rated]}


def failed_run() -> Document:
    run = run_document("failed", percent=61, duration_seconds=24.0, revision=9)
    run["stages"][6]["state"], run["stages"][7]["state"] = "failed", "skipped"
    run["error"] = {
        "code": "E_DIVERGED", "title": "Training diverged", "explanation": "The loss is not a number from epoch 2 on.",
        "suggestion": "Lower the learning rate.", "severity": "error", "component": "Trainer", "raw": "loss is nan",
    }  # fmt: skip
    return run


def epoch(number: int, epochs: int = 3) -> dict[str, Any]:
    return {
        "epoch": number, "epochs": epochs,
        "train": {"loss": 6.0 - number, "regularization_loss": 0.0, "total_loss": 6.0 - number},
        "eval": {"loss": 5.5, "recall_at_5": 0.1, "recall_at_10": 0.2, "recall_at_50": 0.5, "recall_at_100": 0.7},
        "learning_rate": 0.01, "examples_per_second": 9000.0, "epoch_seconds": 1.25, "time": "2026-01-31T12:00:40Z",
    }  # fmt: skip


def _metrics(recall_at_10: float) -> dict[str, Any]:
    names = ("recall_at_5", "recall_at_10", "recall_at_50", "recall_at_100", "row_recall_at_10")
    return {
        name: {"value": recall_at_10, "low": recall_at_10 - 0.05, "high": recall_at_10 + 0.05, "n": 253, "reason": None}
        for name in names
    }
