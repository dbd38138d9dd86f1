"""The store in memory. Documents are kept in their stored form: what does not survive storing fails here too."""

from __future__ import annotations

import copy
import itertools
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.adapters import indexing, records
from functions.adapters.ports import (
    GROUPED,
    NAMED_BY,
    REPORT_HEAD,
    Conflict,
    Letter,
    Loaded,
    ReportWrite,
    StoredReport,
    Unseen,
)
from shared.epochs import documents
from shared.facts import Wish
from shared.lifecycle import Decision
from shared.orphans import Head
from shared.quota import Queue
from shared.runs import LIVE, SEATED, Run, State, from_document, to_document
from shared.stuck import Pulse
from shared.versions import Saved, Version
from tests.fakes.index import FakeIndex
from tests.fakes.insights import FakeInsights
from tests.fakes.storable import storable

PLACES = "quotas/running"
REUSE = "counters/reuse"


class FakeStore(FakeIndex, FakeInsights):
    """`functions.adapters.ports.Store`"""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.commanded_at: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._marks: dict[str, int] = {}  # of reports, and of the places
        self._ticks = itertools.count(1)

    def put(self, path: str, document: Mapping[str, Any], now: datetime | None = None) -> None:
        """What a client writes."""
        self.documents[path] = copy.deepcopy(dict(document))
        if now is not None:
            self.commanded_at[path] = now

    def load(self, experiment_id: str) -> Loaded:
        with self._lock:
            stored = self._get(f"runs/{experiment_id}")
            cancel = self._wish(f"{experiment_id}--cancel")
            return Loaded(
                request=self._get(f"experiments/{experiment_id}"),
                run=from_document(stored) if stored else None,
                cancel_requested_at=cancel.at if cancel else None,
                delete=self._wish(f"{experiment_id}--delete"),
                version=stored["revision"] if stored else 0,
            )

    def _wish(self, name: str) -> Wish | None:
        path = f"commands/{name}"
        return records.wish(name, self.documents.get(path), self.commanded_at.get(path))

    def save(self, loaded: Loaded, before: Run, decision: Decision, now: datetime) -> Run:
        with self._lock:
            self._check(loaded, before, decision)
            run = replace(decision.run, revision=before.revision + 1, updated_at=now)
            if run.number is None:
                run = replace(run, number=self._draw_number(run.model_endpoint))
            if decision.forgets:
                self._forget(run, now)
            else:
                self.documents[f"runs/{run.experiment}"] = copy.deepcopy(to_document(run))
                self._write_beside(before, run, decision, now)
                request = self.documents.get(f"experiments/{run.experiment}")
                if indexing.shows_anew(before, run, request):
                    self._index([indexing.written(run, request)])
            self._account(before, run, decision, now)
            return run

    def _check(self, loaded: Loaded, before: Run, decision: Decision) -> None:
        path = f"runs/{before.experiment}"
        if self.documents.get(path, {"revision": 0})["revision"] != loaded.version:
            raise Conflict(before.experiment)
        if decision.pays and loaded.cancel_requested_at is None and self._wish(f"{before.experiment}--cancel"):
            raise Conflict(f"{before.experiment}: a cancel arrived")
        gone = f"experiments/{before.experiment}" not in self.documents
        if loaded.run is None and loaded.request is not None and gone:
            raise Conflict(f"{before.experiment}: its request is gone")
        if decision.seat is not None and self._marks.get(PLACES) != decision.seat.mark:
            raise Conflict(f"{before.experiment}: the places have changed")

    def _draw_number(self, endpoint: str) -> int:
        counter = self.documents.setdefault(f"counters/{endpoint}", {})
        number = counter.get("next", 1)
        counter["next"] = number + 1
        return number

    def _write_beside(self, before: Run, run: Run, decision: Decision, now: datetime) -> None:
        path = f"runs/{run.experiment}"
        if records.is_audited(before, decision):
            self.documents[f"{path}/events/{run.revision:06d}"] = records.audit_event(before, run, decision, now)
        for part, content in decision.details.items():
            self.documents[f"{path}/details/{part}"] = copy.deepcopy(dict(content))
        for part, content in documents(decision.epochs).items():
            known = self.documents.setdefault(f"{path}/details/{part}", {}).get("epochs", [])
            epochs = known + [epoch for epoch in content["epochs"] if epoch not in known]
            self.documents[f"{path}/details/{part}"].update(storable({**content, "epochs": epochs}))

    def _forget(self, run: Run, now: datetime) -> None:
        kinds = ("cancel", "delete", *records.fetches())
        commands = [f"commands/{run.experiment}--{kind}" for kind in kinds]
        for path in (f"runs/{run.experiment}", f"experiments/{run.experiment}", *commands):
            self.documents.pop(path, None)
            self.commanded_at.pop(path, None)
        self.documents[f"tombstones/{run.experiment}"] = records.tombstone(run, now)
        if (removed := indexing.removed(run)) is not None:
            self._index([removed])

    def _account(self, before: Run, run: Run, decision: Decision, now: datetime) -> None:
        if decision.seat is not None:
            self._holders()[run.experiment] = records.place(run, now)
        elif records.gives_back(before, run):
            self._holders().pop(run.experiment, None)
        if decision.charges:
            ledger = self._ledger(run.model_endpoint, f"{now:%Y-%m}")
            ledger["spent_usd"] += decision.charges
            ledger["attempts"] += 1
        if records.begins_deletion(before, run):
            reuse = self.documents.setdefault(REUSE, {})
            reuse["generation"] = reuse.get("generation", 0) + 1

    def _holders(self) -> dict[str, Any]:
        """The stored holders, about to be changed."""
        self._marks[PLACES] = next(self._ticks)
        return self.documents.setdefault(PLACES, {"holders": {}})["holders"]

    def _ledger(self, endpoint: str, month: str) -> dict[str, Any]:
        path = f"ledgers/{records.ledger_name(endpoint, month)}"
        return self.documents.setdefault(path, {"spent_usd": 0.0, "attempts": 0})

    def queue(self, now: datetime) -> Queue:
        with self._lock:
            requested = self._runs_in({State.REQUESTED})
            line = (records.waiting(name, run, now) for name, run in requested)
            return Queue(
                records.holders_of(self.documents.get(PLACES)),
                tuple(waiting for waiting in line if waiting is not None),
                self._marks.get(PLACES),
            )

    def repair_places(self, holders: Mapping[str, str], queue: Queue, now: datetime) -> bool:
        with self._lock:
            if self._marks.get(PLACES) != queue.mark:
                return False
            stored = self._holders()
            known = {experiment: place for experiment, place in stored.items() if experiment in holders}
            missing = records.places_to_write(holders, queue, now)
            self.documents[PLACES] = {"holders": {**known, **missing}}
            return True

    def seated_runs(self) -> dict[str, str]:
        with self._lock:
            return {name: run.get("model_endpoint", "") for name, run in self._runs_in(SEATED)}

    def seated_in(self, endpoint: str) -> dict[str, Mapping[str, Any]]:
        with self._lock:
            found = copy.deepcopy(self._runs_in(SEATED))
            own = [(name, run) for name, run in found if run["model_endpoint"] == endpoint]
            return {name: {field: run[field] for field in GROUPED} for name, run in own}

    def heads(self, experiment_ids: Collection[str]) -> dict[str, Head]:
        with self._lock:
            found = {name: self.documents.get(f"runs/{name}") for name in experiment_ids}
            return {name: records.head(run) for name, run in found.items() if run is not None}

    def spent_usd(self, endpoint: str, month: str) -> float:
        return float(self.documents.get(f"ledgers/{records.ledger_name(endpoint, month)}", {}).get("spent_usd", 0.0))

    def reuse_generation(self) -> int:
        return int(self.documents.get(REUSE, {}).get("generation", 0))

    def readers_since(self, at: datetime) -> int:
        with self._lock:
            return sum(run["created_at"] < at for _, run in self._runs_in(SEATED))

    def delete_details(self, experiment_id: str) -> None:
        with self._lock:
            for path in [path for path in self.documents if path.startswith(f"runs/{experiment_id}/")]:
                del self.documents[path]

    def config(self, collection: str, document_id: str) -> Mapping[str, Any] | None:
        return self._get(f"{collection}/{document_id}")

    def detail(self, experiment_id: str, part: str) -> Mapping[str, Any] | None:
        return self._get(f"runs/{experiment_id}/details/{part}")

    def live_runs(self) -> dict[str, Pulse]:
        return {name: Pulse.of(run) for name, run in self._runs_in(LIVE)}

    def pending_mirrors(self) -> list[str]:
        return [name for name, run in self._collection("runs") if (run["mlflow"] or {}).get("state") == "pending"]

    def pending_logs(self) -> list[str]:
        return [name for name, run in self._collection("runs") if run.get("logs_pending")]

    def commands_of(self, kind: str) -> list[str]:
        return [name for name, command in self._collection("commands") if command.get("kind") == kind]

    def delete_command(self, document_id: str) -> None:
        self.documents.pop(f"commands/{document_id}", None)

    def to_delete(self) -> list[str]:
        wanted = [
            name.removesuffix("--delete") for name, _ in self._collection("commands") if name.endswith("--delete")
        ]
        begun = [name for name, run in self._collection("runs") if run["deletion"]]
        return sorted({*begun, *(name for name in wanted if self._wish(f"{name}--delete") is not None)})

    def past_runs(self, tier: str, most: int) -> list[Mapping[str, Any]]:
        runs = [run for _, run in self._collection("runs") if run["state"] == "completed"]
        of_tier = [run for run in runs if (run["hardware"] or {}).get("tier") == tier]
        best = [{"best_epoch": (run["progress"] or {}).get("best_epoch")} for run in of_tier]
        return [
            {"stages": run["stages"], "estimate": run["estimate"], "progress": progress}
            for run, progress in zip(of_tier, best, strict=True)
        ][-most:]

    def requests_without_run(self, first_id: str, most: int) -> Unseen:
        requests = sorted(name for name, _ in self._collection("experiments") if name >= first_id)
        unseen = [name for name in requests[:most] if f"runs/{name}" not in self.documents]
        return Unseen(unseen, requests[most] if len(requests) > most else None)

    def configs(
        self, collection: str, since: datetime | None, fields: Sequence[str] | None = None
    ) -> dict[str, Mapping[str, Any]]:
        return {
            name: {each: document[each] for each in document if fields is None or each in fields}
            for name, document in self._copies(collection).items()
            if since is None or _is_since(document, since)
        }

    def names(self, collection: str) -> dict[str, Mapping[str, Any]]:
        return {
            name: {field: document[field] for field in NAMED_BY if field in document}
            for name, document in self._collection(collection)
        }

    def some_of(self, collection: str, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
        return {name: document for name, document in self._copies(collection).items() if name in ids}

    def latest(self, collection: str, most: int) -> dict[str, Mapping[str, Any]]:
        times = [(document.get("updated_at"), name) for name, document in self._collection(collection)]
        written = sorted((each for each in times if each[0] is not None), reverse=True)
        return self.some_of(collection, [name for _, name in written[:most]])

    def feature_configs_of(self, dataset: str) -> dict[str, Mapping[str, Any]]:
        found = self._copies("feature_configs")
        return {name: document for name, document in found.items() if document.get("dataset") == dataset}

    def experiments_naming(self, field: str, document_id: str) -> list[str]:
        return [name for name, request in self._collection("experiments") if request.get(field) == document_id]

    def runs_over(self, dataset: str) -> list[str]:
        runs = self._collection("runs")
        return [name for name, run in runs if (run.get("grouping") or {}).get("dataset") == dataset]

    def delete_document(self, collection: str, document_id: str) -> None:
        self.documents.pop(f"{collection}/{document_id}", None)

    def report(self, collection: str, document_id: str) -> StoredReport:
        with self._lock:
            path = f"reports/{collection}__{document_id}"
            return StoredReport(collection, document_id, self._get(path), self._marks.get(path))

    def report_part(self, collection: str, document_id: str, part: str) -> Mapping[str, Any] | None:
        return self._get(f"reports/{collection}__{document_id}/parts/{part}")

    def report_heads(self, collection: str) -> dict[str, Mapping[str, Any]]:
        reports = [report for _, report in self._collection("reports") if report.get("collection") == collection]
        return {report["id"]: {name: report[name] for name in REPORT_HEAD if name in report} for report in reports}

    def saved(self, collection: str, document_id: str) -> Saved | None:
        """The times of the database are those that the document itself says."""
        document = self._get(f"{collection}/{document_id}")
        if document is None:
            return None
        times = (document.get(name) for name in ("updated_at", "created_at"))
        return Saved(document, *(time if isinstance(time, datetime) else records.LONG_AGO for time in times))

    def versions(self, collection: str, document_id: str, most: int) -> list[Version]:
        kept = f"reports/{collection}__{document_id}/versions/"
        with self._lock:
            found = [version for path, version in self.documents.items() if path.startswith(kept)]
        read = [records.version_of(version, _version_mark(version)) for version in found]
        return sorted(read, key=lambda version: version.saved_at, reverse=True)[:most]

    def save_report(self, before: StoredReport, write: ReportWrite) -> StoredReport:
        with self._lock:
            path = self._as_loaded(before)
            versions = {f"{path}/versions/{version.number}": version for version in write.versions}
            for name, version in versions.items():
                if _version_mark(self.documents.get(name)) != version.mark:
                    raise Conflict(name)
            if self.documents.get(path) != write.document:
                self._marks[path] = next(self._ticks)
            self.documents[path] = storable(write.document)
            for part, content in write.parts.items():
                if content is None:
                    self.documents.pop(f"{path}/parts/{part}", None)
                else:
                    self.documents[f"{path}/parts/{part}"] = storable(content)
            for name, version in versions.items():
                document = records.version_document(version) if version.mark is None else self.documents[name]
                self.documents[name] = storable(document | records.version_times(version))
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

    def bury(self, letter: Letter, now: datetime) -> None:
        with self._lock:
            path = f"dead_letters/{records.letter_name(letter)}"
            if (known := self.documents.get(path)) is None:
                self.documents[path] = records.letter_document(letter, now)
            else:
                known["count"] += 1
                known |= {"last_at": now, "expires_at": records.letter_expiry(now)}

    def undrained(self) -> dict[str, str]:
        with self._lock:
            letters = self._collection("dead_letters")
            wanted = [(name, letter) for name, letter in letters if letter["drained_at"] is None]
            return {name: letter["experiment"] for name, letter in wanted if letter["experiment"]}

    def drained(self, name: str, now: datetime) -> None:
        with self._lock:
            if (letter := self.documents.get(f"dead_letters/{name}")) is not None:
                letter["drained_at"] = now

    def _runs_in(self, states: Collection[State]) -> list[tuple[str, dict[str, Any]]]:
        values = {state.value for state in states}
        return [(name, run) for name, run in self._collection("runs") if run["state"] in values]

    def _get(self, path: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.documents.get(path))

    def _copies(self, collection: str) -> dict[str, dict[str, Any]]:
        return copy.deepcopy(dict(self._collection(collection)))

    def _collection(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        found = [(path.split("/"), document) for path, document in sorted(self.documents.items())]
        return [(parts[1], document) for parts, document in found if parts[0] == name and len(parts) == 2]


def _is_since(document: Mapping[str, Any], since: datetime) -> bool:
    """As Firestore compares: a field of another type, or none, never matches."""
    updated_at = document.get("updated_at")
    return isinstance(updated_at, datetime) and updated_at >= since


def _version_mark(version: Mapping[str, Any] | None) -> Any:
    return None if version is None else (version["saved_at"], version.get("is_change"))
