"""Read models in memory."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from functions.adapters import records
from functions.adapters.ports import Conflict, InsightWrite, StoredInsight
from tests.fakes.storable import storable


class FakeInsights:
    """The part of `FakeStore` that is about read models."""

    documents: dict[str, dict[str, Any]]
    _lock: threading.Lock
    _marks: dict[str, int]
    _ticks: itertools.count[int]

    def stale_insights(self) -> list[str]:
        with self._lock:
            heads = [(path.split("/"), document) for path, document in self.documents.items()]
        return sorted(parts[1] for parts, head in heads if _is_head(parts) and head.get("stale") is True)

    def insight(self, name: str) -> StoredInsight:
        with self._lock:
            found = self.documents.get(f"insights/{name}")
            return StoredInsight(name, None if found is None else storable(found), self._marks.get(f"insights/{name}"))

    def insight_part(self, name: str, part: str) -> Any:
        found = self.documents.get(f"insights/{name}/parts/{part}")
        return None if found is None else json.loads(found["json"])

    def save_insight(self, before: StoredInsight, write: InsightWrite) -> None:
        with self._lock:
            path = self._as_loaded_insight(before)
            self._marks[path] = next(self._ticks)
            self.documents[path] = storable(records.insight_document(before, write))
            for part, content in write.parts.items():
                self.documents[f"{path}/parts/{part}"] = records.insight_part(content)
            for part in records.parts_gone(before, write):
                self.documents.pop(f"{path}/parts/{part}", None)

    def delete_insight(self, before: StoredInsight) -> None:
        with self._lock:
            path = self._as_loaded_insight(before)
            for part in self.documents.pop(path).get("stored_parts", ()):
                self.documents.pop(f"{path}/parts/{part}", None)
            self._marks.pop(path, None)

    def begin_rebuild(self, endpoint: str, protocols: Iterable[str], progress: Mapping[str, Any]) -> None:
        with self._lock:
            heads = [(path.split("/"), document) for path, document in self.documents.items()]
            known = {parts[1] for parts, head in heads if _is_head(parts) and head.get("endpoint") == endpoint}
            for name in known | {records.insight_name(endpoint, each) for each in (None, *protocols)}:
                self._mark(name, {"from_scratch": True})
            self.documents[f"rebuilds/{endpoint}"] = storable(progress)

    def rebuild_progress(self, endpoint: str) -> Mapping[str, Any] | None:
        found = self.documents.get(f"rebuilds/{endpoint}")
        return None if found is None else storable(found)

    def end_rebuild(self, endpoint: str, progress: Mapping[str, Any]) -> None:
        with self._lock:
            self.documents[f"rebuilds/{endpoint}"] = storable(progress)
            self.documents.pop(f"commands/{records.rebuild_name(endpoint)}", None)

    def rebuilds(self) -> list[str]:
        with self._lock:
            found = [(path.split("/"), document) for path, document in self.documents.items()]
            commands = [(parts[1], document) for parts, document in found if parts[0] == "commands"]
        return records.rebuilds_of([each for each in commands if each[1].get("kind") == "rebuild"])

    def _mark_stale(self, endpoint: str, protocols: Iterable[str]) -> None:
        for protocol in (None, *sorted(set(protocols))):
            self._mark(records.insight_name(endpoint, protocol), {})

    def _mark(self, name: str, also: Mapping[str, Any]) -> None:
        path = f"insights/{name}"
        head = self.documents.setdefault(path, {})
        head.update(records.stale_mark(name), marks=head.get("marks", 0) + 1, **also)
        self._marks[path] = next(self._ticks)

    def _as_loaded_insight(self, before: StoredInsight) -> str:
        path = f"insights/{before.name}"
        if self._marks.get(path) != before.mark:
            raise Conflict(path)
        return path


def _is_head(parts: list[str]) -> bool:
    return parts[0] == "insights" and len(parts) == 2
