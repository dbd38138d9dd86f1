"""The index of ended runs, in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from functions.adapters import indexing
from functions.adapters.indexing import Change, Place
from shared.insights.lists.entries import Entry


class FakeIndex:
    """The part of `functions.adapters.ports.Store` that is about the index."""

    documents: dict[str, dict[str, Any]]
    _lock: threading.Lock
    _mark_stale: Callable[[str, Iterable[str]], None]  # of FakeInsights
    _collection: Callable[[str], list[tuple[str, dict[str, Any]]]]

    def index(self, endpoint: str) -> list[Entry]:
        with self._lock:
            found = [indexing.read_entries(texts, name) for name, texts in self._blocks_of(endpoint).items()]
        return indexing.in_order(entry for block in found for entry in block)

    def endpoints(self) -> list[str]:
        with self._lock:
            return sorted(name for name, counter in self._collection("counters") if counter.get("next", 0) >= 1)

    def reindex(self, experiment_id: str) -> bool:
        with self._lock:
            place = indexing.stored_place(experiment_id, self.documents.get(f"runs/{experiment_id}"))
            return place is not None and self._mend([place]) == 1

    def rebuild_index(self, endpoint: str) -> int:
        with self._lock:
            blocks = self._blocks_of(endpoint)
            held = [Place(block, experiment) for block, texts in blocks.items() for experiment in texts]
            runs = [(name, run) for name, run in self._collection("runs") if run["model_endpoint"] == endpoint]
            wanted = [indexing.stored_place(name, run) for name, run in runs]
            return self._mend([*dict.fromkeys([*held, *(place for place in wanted if place is not None)])])

    def edited_since(self, at: datetime) -> list[str]:
        with self._lock:
            requests = self._collection("experiments")
            return sorted(name for name, request in requests if _is_since(request, at) and indexing.is_edited(request))

    def _index(self, changes: Iterable[Change]) -> None:
        for change in changes:
            entries = self.documents.setdefault(f"indexes/{change.place.block}", {"entries": {}})["entries"]
            if change.text is None:
                entries.pop(change.place.experiment, None)
            else:
                entries[change.place.experiment] = change.text
            self._mark_stale(change.endpoint, change.protocols)

    def _mend(self, places: Iterable[Place]) -> int:
        changes = [self._mended(place) for place in places]
        wanted = [change for change in changes if change is not None]
        self._index(wanted)
        return len(wanted)

    def _mended(self, place: Place) -> Change | None:
        text = self.documents.get(f"indexes/{place.block}", {"entries": {}})["entries"].get(place.experiment)
        run, request = (self.documents.get(f"{part}/{place.experiment}") for part in ("runs", "experiments"))
        return indexing.mended(place, text, run, request)

    def _blocks_of(self, endpoint: str) -> dict[str, Mapping[str, Any]]:
        blocks = self._collection("indexes")
        return {name: indexing.texts_of(block) for name, block in blocks if name.rpartition("__")[0] == endpoint}


def _is_since(request: Mapping[str, Any], at: datetime) -> bool:
    updated_at = request.get("updated_at")
    return isinstance(updated_at, datetime) and updated_at >= at
