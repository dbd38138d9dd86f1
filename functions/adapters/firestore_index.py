"""The index of ended runs on Firestore: `indexes/{endpoint}__{block}` (`functions.adapters.indexing`).

Entries are merged into their block blindly, so that runs which end at the same time do not wait for each other.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.field_path import FieldPath

from functions.adapters import indexing
from functions.adapters.failures import BOUNDED, translated
from functions.adapters.indexing import Change, Place
from functions.adapters.ports import Transient
from shared.insights.lists.entries import Entry

Blocks = dict[str, tuple[datetime, list[Entry]]]  # by name, each with the time of its last change
MOST_KEPT = 30_000  # entries in a process, of endpoints besides the one that is asked for: 9 KB each


class FirestoreIndex:
    """The part of `functions.adapters.ports.Store` that is about the index."""

    _client: firestore.Client
    _mark_stale: Callable[[firestore.WriteBatch, str, Iterable[str]], None]  # of FirestoreInsights

    def index(self, endpoint: str) -> list[Entry]:
        with translated():
            blocks = self._refreshed(endpoint)
        return indexing.in_order(entry for _, block in blocks.values() for entry in block)

    def endpoints(self) -> list[str]:
        query = self._client.collection("counters").where(filter=FieldFilter("next", ">=", 1))
        with translated():
            return sorted(snapshot.id for snapshot in query.select([]).stream(**BOUNDED))

    def reindex(self, experiment_id: str) -> bool:
        with translated():
            run = self._stored_run(experiment_id).get(field_paths=["model_endpoint", "number"], **BOUNDED)
            if (place := indexing.stored_place(experiment_id, run.to_dict())) is None:
                return False
            path = FieldPath("entries", experiment_id).to_api_repr()
            block = self._block(place.block).get(field_paths=[path], **BOUNDED).to_dict() or {}
            return self._mend({place: indexing.texts_of(block).get(experiment_id)}) == 1

    def rebuild_index(self, endpoint: str) -> int:
        with translated():
            texts = self._all_texts(endpoint)
            places = [*dict.fromkeys([*texts, *self._places_of_runs(endpoint)])]
            return sum(
                self._mend({place: texts.get(place) for place in places[first : first + indexing.LARGEST_STEP]})
                for first in range(0, len(places), indexing.LARGEST_STEP)
            )

    def edited_since(self, at: datetime) -> list[str]:
        query = self._client.collection("experiments").where(filter=FieldFilter("updated_at", ">=", at))
        with translated():
            found = query.select(["created_at", "updated_at", "starred"]).stream(**BOUNDED)
            return sorted(snapshot.id for snapshot in found if indexing.is_edited(snapshot.to_dict()))

    def _index(self, batch: firestore.WriteBatch, changes: Sequence[Change]) -> None:
        """In a commit that ends a run, forgets one, or mends entries."""
        blocks: dict[str, dict[str, Any]] = {}
        stale: dict[str, set[str]] = {}
        for change in changes:
            text = change.text if change.text is not None else firestore.DELETE_FIELD
            blocks.setdefault(change.place.block, {})[change.place.experiment] = text
            stale.setdefault(change.endpoint, set()).update(change.protocols)
        for name, texts in blocks.items():
            batch.set(self._block(name), {"entries": texts}, merge=True)
        for endpoint, protocols in stale.items():
            self._mark_stale(batch, endpoint, protocols)

    def _mend(self, texts: Mapping[Place, str | None]) -> int:
        """One transaction over runs and requests. What the blocks hold was read before it: whoever writes an entry
        afterwards has seen what is seen here, or something newer."""

        @firestore.transactional
        def in_transaction(transaction: firestore.Transaction) -> int:
            runs = {place: self._stored_run(place.experiment) for place in texts}
            requests = {place: self._client.collection("experiments").document(place.experiment) for place in texts}
            wanted = {*runs.values(), *requests.values()}
            snapshots = self._client.get_all(wanted, transaction=transaction, **BOUNDED)
            found = {snapshot.reference.path: snapshot.to_dict() for snapshot in snapshots}
            changes = [
                indexing.mended(place, text, found[runs[place].path], found[requests[place].path])
                for place, text in texts.items()
            ]
            needed = [change for change in changes if change is not None]
            self._index(transaction, needed)
            return len(needed)

        try:
            return in_transaction(self._client.transaction())
        except ValueError as error:  # how the library says that every attempt was aborted
            raise Transient(f"ABORTED: entries of the index: {error}") from error

    # ---------------------------------------------------------------------------------------------------- blocks

    _keeping = threading.Lock()

    @cached_property
    def _kept(self) -> OrderedDict[str, Blocks]:
        """What was read, by endpoint; the one that was asked for last stands last."""
        return OrderedDict()

    def _refreshed(self, endpoint: str) -> Blocks:
        """The first time all blocks are read at once; later the times of their changes, and then what has changed."""
        mine = self._kept.get(endpoint)
        if not mine:
            return self._keep(endpoint, _read(self._blocks_of(endpoint).stream(**BOUNDED)))
        times = {head.id: head.update_time for head in self._blocks_of(endpoint).select([]).stream(**BOUNDED)}
        same = {name: block for name, block in mine.items() if times.get(name) == block[0]}
        changed = [self._block(name) for name in times.keys() - same.keys()]
        return self._keep(endpoint, same | _read(self._client.get_all(changed, **BOUNDED) if changed else ()))

    def _keep(self, endpoint: str, blocks: Blocks) -> Blocks:
        """Other threads read as well: of each block the newest stays, and what nobody asked for goes first."""
        with self._keeping:
            known = self._kept.pop(endpoint, {})
            newest = {
                name: known[name] if name in known and known[name][0] > block[0] else block
                for name, block in blocks.items()
            }
            self._kept[endpoint] = newest
            while len(self._kept) > 1 and sum(map(_entries, self._kept.values())) > MOST_KEPT:
                self._kept.popitem(last=False)
            return newest

    def _blocks_of(self, endpoint: str) -> Any:
        """A query; what follows the two lines is a number."""
        by_name = [(">=", f"{endpoint}__0"), ("<", f"{endpoint}__:")]
        query: Any = self._client.collection("indexes")
        for operator, name in by_name:
            query = query.where(filter=FieldFilter("__name__", operator, self._block(name)))
        return query

    def _all_texts(self, endpoint: str) -> dict[Place, Any]:
        blocks = ((found.id, found.to_dict()) for found in self._blocks_of(endpoint).stream(**BOUNDED))
        return {
            Place(name, experiment): text
            for name, block in blocks
            for experiment, text in indexing.texts_of(block).items()
        }

    def _places_of_runs(self, endpoint: str) -> list[Place]:
        query = self._client.collection("runs").where(filter=FieldFilter("model_endpoint", "==", endpoint))
        found = query.select(["model_endpoint", "number"]).stream(**BOUNDED)
        places = (indexing.stored_place(snapshot.id, snapshot.to_dict()) for snapshot in found)
        return [place for place in places if place is not None]

    def _block(self, name: str) -> firestore.DocumentReference:
        return self._client.collection("indexes").document(name)

    def _stored_run(self, experiment_id: str) -> firestore.DocumentReference:
        return self._client.collection("runs").document(experiment_id)


def _read(snapshots: Iterable[firestore.DocumentSnapshot]) -> Blocks:
    return {
        found.id: (found.update_time, indexing.read_entries(indexing.texts_of(found.to_dict()), found.id))
        for found in snapshots
    }


def _entries(blocks: Blocks) -> int:
    return sum(len(entries) for _, entries in blocks.values())
