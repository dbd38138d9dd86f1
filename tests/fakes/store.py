"""The store in memory. Documents are kept in their stored form: what does not survive storing fails here too."""

from __future__ import annotations

import copy
import itertools
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.adapters.firestore_store import audit_event
from functions.adapters.ports import NAMED_BY, REPORT_HEAD, Conflict, Loaded, ReportWrite, StoredReport
from shared.lifecycle import Decision
from shared.runs import LIVE, Run, from_document, to_document


class FakeStore:
    """`functions.adapters.ports.Store`"""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.commanded_at: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._marks: dict[str, int] = {}  # of reports
        self._ticks = itertools.count(1)

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

    def past_runs(self, tier: str, most: int) -> list[Mapping[str, Any]]:
        runs = [run for _, run in self._collection("runs") if run["state"] == "completed"]
        of_tier = [run for run in runs if (run["hardware"] or {}).get("tier") == tier]
        best = [{"best_epoch": (run["progress"] or {}).get("best_epoch")} for run in of_tier]
        return [
            {"stages": run["stages"], "estimate": run["estimate"], "progress": progress}
            for run, progress in zip(of_tier, best, strict=True)
        ][-most:]

    def requests_without_run(self, first_id: str) -> list[str]:
        requests = [name for name, _ in self._collection("experiments") if name >= first_id]
        return [name for name in requests if f"runs/{name}" not in self.documents]

    def configs(self, collection: str, since: datetime | None) -> dict[str, Mapping[str, Any]]:
        found = copy.deepcopy(dict(self._collection(collection)))
        return {name: document for name, document in found.items() if since is None or _is_since(document, since)}

    def names(self, collection: str) -> dict[str, Mapping[str, Any]]:
        return {
            name: {field: document[field] for field in NAMED_BY if field in document}
            for name, document in self._collection(collection)
        }

    def feature_configs_of(self, dataset: str) -> list[str]:
        return [name for name, document in self._collection("feature_configs") if document.get("dataset") == dataset]

    def report(self, collection: str, document_id: str) -> StoredReport:
        with self._lock:
            path = f"reports/{collection}__{document_id}"
            return StoredReport(collection, document_id, self._get(path), self._marks.get(path))

    def report_part(self, collection: str, document_id: str, part: str) -> Mapping[str, Any] | None:
        return self._get(f"reports/{collection}__{document_id}/parts/{part}")

    def report_heads(self, collection: str) -> dict[str, Mapping[str, Any]]:
        reports = [report for _, report in self._collection("reports") if report.get("collection") == collection]
        return {report["id"]: {name: report[name] for name in REPORT_HEAD if name in report} for report in reports}

    def save_report(self, before: StoredReport, write: ReportWrite) -> StoredReport:
        with self._lock:
            path = self._as_loaded(before)
            self._marks[path] = next(self._ticks)
            self.documents[path] = storable(write.document)
            for part, content in write.parts.items():
                if content is None:
                    self.documents.pop(f"{path}/parts/{part}", None)
                else:
                    self.documents[f"{path}/parts/{part}"] = storable(content)
            if write.version is not None:
                self.documents[f"{path}/versions/{write.version['version']}"] = storable(write.version)
            return replace(before, document=write.document, mark=self._marks[path])

    def delete_report(self, before: StoredReport) -> None:
        with self._lock:
            path = self._as_loaded(before)
            for name in [name for name in self.documents if name == path or name.startswith(f"{path}/")]:
                del self.documents[name]
            del self._marks[path]

    def _as_loaded(self, before: StoredReport) -> str:
        path = f"reports/{before.collection}__{before.id}"
        if self._marks.get(path) != before.mark:
            raise Conflict(path)
        return path

    def bury(self, source: str, reason: str, payload: str, now: datetime) -> None:
        letter = {"source": source, "reason": reason, "payload": payload, "created_at": now}
        self.documents[f"dead_letters/{hash((source, payload))}"] = letter

    def _get(self, path: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.documents.get(path))

    def _collection(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        found = [(path.split("/"), document) for path, document in sorted(self.documents.items())]
        return [(parts[1], document) for parts, document in found if parts[0] == name and len(parts) == 2]


def _is_since(document: Mapping[str, Any], since: datetime) -> bool:
    """As Firestore compares: a field of another type, or none, never matches."""
    updated_at = document.get("updated_at")
    return isinstance(updated_at, datetime) and updated_at >= since


def storable(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy, if Firestore could hold it: it has no lists inside lists, and names are text."""
    copied = copy.deepcopy(dict(document))
    _check_storable(copied, in_list=False)
    return copied


def _check_storable(value: Any, in_list: bool) -> None:
    if isinstance(value, Mapping):
        assert all(isinstance(name, str) for name in value), f"names that are no text: {list(value)}"
        for part in value.values():
            _check_storable(part, in_list=False)
    elif isinstance(value, (list, tuple)):
        assert not in_list, f"a list inside a list: {value}"
        for part in value:
            _check_storable(part, in_list=True)
    else:
        assert value is None or isinstance(value, (str, int, float, bool, bytes, datetime)), type(value)
