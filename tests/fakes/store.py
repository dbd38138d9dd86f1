"""The store in memory. Documents are kept in their stored form: what does not survive storing fails here too."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.adapters.firestore_store import audit_event
from functions.adapters.ports import Conflict, Loaded
from shared.lifecycle import Decision
from shared.runs import LIVE, Run, from_document, to_document


class FakeStore:
    """`functions.adapters.ports.Store`"""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.commanded_at: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def put(self, path: str, document: Mapping[str, Any], now: datetime | None = None) -> None:
        """What a client writes."""
        self.documents[path] = copy.deepcopy(dict(document))
        if now is not None:
            self.commanded_at[path] = now

    def load(self, experiment_id: str) -> Loaded:
        with self._lock:
            stored = self._get(f"runs/{experiment_id}")
            return Loaded(
                request=self._get(f"experiments/{experiment_id}"),
                run=from_document(stored) if stored else None,
                cancel_requested_at=self.commanded_at.get(f"commands/{experiment_id}--cancel"),
                version=stored["revision"] if stored else 0,
            )

    def save(self, loaded: Loaded, before: Run, decision: Decision, now: datetime) -> Run:
        with self._lock:
            path = f"runs/{before.experiment}"
            if self.documents.get(path, {"revision": 0})["revision"] != loaded.version:
                raise Conflict(before.experiment)
            cancelled = f"commands/{before.experiment}--cancel" in self.documents
            if decision.pays and cancelled and loaded.cancel_requested_at is None:
                raise Conflict(before.experiment)
            run = replace(decision.run, revision=before.revision + 1, updated_at=now)
            if run.number is None:
                counter = self.documents.setdefault(f"counters/{before.model_endpoint}", {"next": 1})
                run = replace(run, number=counter["next"])
                counter["next"] += 1
            self.documents[path] = copy.deepcopy(to_document(run))
            self._write_beside(path, before, run, decision, now)
            return run

    def _write_beside(self, path: str, before: Run, run: Run, decision: Decision, now: datetime) -> None:
        if decision.why:
            self.documents[f"{path}/events/{run.revision:06d}"] = audit_event(before, run, decision, now)
        for part, content in decision.details.items():
            self.documents[f"{path}/details/{part}"] = copy.deepcopy(dict(content))
        if decision.epochs:
            history = self.documents.setdefault(f"{path}/details/history", {"epochs": []})
            history["epochs"] += [dict(epoch) for epoch in decision.epochs if dict(epoch) not in history["epochs"]]

    def config(self, collection: str, document_id: str) -> Mapping[str, Any] | None:
        return self._get(f"{collection}/{document_id}")

    def detail(self, experiment_id: str, part: str) -> Mapping[str, Any] | None:
        return self._get(f"runs/{experiment_id}/details/{part}")

    def live_runs(self) -> list[str]:
        live = {state.value for state in LIVE}
        return [name for name, run in self._collection("runs") if run["state"] in live]

    def pending_mirrors(self) -> list[str]:
        return [name for name, run in self._collection("runs") if (run["mlflow"] or {}).get("state") == "pending"]

    def requests_without_run(self, first_id: str) -> list[str]:
        requests = [name for name, _ in self._collection("experiments") if name >= first_id]
        return [name for name in requests if f"runs/{name}" not in self.documents]

    def bury(self, source: str, reason: str, payload: str, now: datetime) -> None:
        letter = {"source": source, "reason": reason, "payload": payload, "created_at": now}
        self.documents[f"dead_letters/{hash((source, payload))}"] = letter

    def _get(self, path: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.documents.get(path))

    def _collection(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        found = [(path.split("/"), document) for path, document in sorted(self.documents.items())]
        return [(parts[1], document) for parts, document in found if parts[0] == name and len(parts) == 2]
