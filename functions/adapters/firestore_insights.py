"""Read models on Firestore: `insights/{endpoint}` and `insights/{endpoint}__{protocol}`, with `parts` below them.

Whoever changes an index entry marks, in the same commit, the read models that were made of it. A mark is a number that
grows: writing `stale` once more would change nothing, and a computation under way would not hear of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, NotFound
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from functions.adapters import records
from functions.adapters.failures import BOUNDED, translated
from functions.adapters.ports import Conflict, InsightWrite, StoredInsight
from shared.documents import REBUILD

MOST_WRITES = 400  # of one commit, which takes 500


class FirestoreInsights:
    """The part of `functions.adapters.ports.Store` that is about read models."""

    _client: firestore.Client

    def stale_insights(self) -> list[str]:
        query = self._insights().where(filter=FieldFilter("stale", "==", True))
        with translated():
            return sorted(snapshot.id for snapshot in query.select([]).stream(**BOUNDED))

    def insight(self, name: str) -> StoredInsight:
        with translated():
            found = self._insights().document(name).get(**BOUNDED)
        return StoredInsight(name, found.to_dict(), found.update_time)

    def insight_part(self, name: str, part: str) -> Any:
        with translated():
            found = self._parts(name).document(part).get(**BOUNDED).to_dict()
        return None if found is None else json.loads(found["json"])

    def save_insight(self, before: StoredInsight, write: InsightWrite) -> None:
        reference, batch = self._insights().document(before.name), self._client.batch()
        document = records.insight_document(before, write)
        if before.document is None:
            batch.create(reference, document)
        else:  # an update leaves alone the fields that it does not name
            gone = {field: firestore.DELETE_FIELD for field in before.document if field not in document}
            batch.update(reference, {**document, **gone}, self._as_loaded_insight(before))
        parts = self._parts(before.name)
        for part, content in write.parts.items():
            batch.set(parts.document(part), records.insight_part(content))
        for part in records.parts_gone(before, write):
            batch.delete(parts.document(part))
        self._commit_insight(batch, before)

    def delete_insight(self, before: StoredInsight) -> None:
        """In one commit: parts that are removed later could be those of a model that was made meanwhile."""
        batch = self._client.batch()
        batch.delete(self._insights().document(before.name), self._as_loaded_insight(before))
        for part in (before.document or {}).get("stored_parts", ()):
            batch.delete(self._parts(before.name).document(part))
        self._commit_insight(batch, before)

    def begin_rebuild(self, endpoint: str, protocols: Iterable[str], progress: Mapping[str, Any]) -> None:
        stored = self._insights().where(filter=FieldFilter("endpoint", "==", endpoint))
        with translated():
            known = {snapshot.id for snapshot in stored.select([]).stream(**BOUNDED)}
            names = sorted(known | {records.insight_name(endpoint, each) for each in (None, *protocols)})
            for first in range(0, len(names), MOST_WRITES):
                batch = self._client.batch()
                for name in names[first : first + MOST_WRITES]:
                    self._mark(batch, name, {"from_scratch": True})
                batch.commit(**BOUNDED)
            self._rebuild(endpoint).set(dict(progress), **BOUNDED)

    def rebuild_progress(self, endpoint: str) -> Mapping[str, Any] | None:
        with translated():
            return self._rebuild(endpoint).get(**BOUNDED).to_dict()

    def end_rebuild(self, endpoint: str, progress: Mapping[str, Any]) -> None:
        batch = self._client.batch()
        batch.set(self._rebuild(endpoint), dict(progress))
        batch.delete(self._client.collection("commands").document(records.rebuild_name(endpoint)))
        with translated():
            batch.commit(**BOUNDED)

    def rebuilds(self) -> list[str]:
        query = self._client.collection("commands").where(filter=FieldFilter("kind", "==", REBUILD))
        with translated():
            found = [(snapshot.id, snapshot.to_dict()) for snapshot in query.stream(**BOUNDED)]
        return records.rebuilds_of(found)

    def _mark_stale(self, batch: firestore.WriteBatch, endpoint: str, protocols: Iterable[str]) -> None:
        """In a commit that changes what read models are made of: the endpoint's overview and these protocols'."""
        for protocol in (None, *sorted(set(protocols))):
            self._mark(batch, records.insight_name(endpoint, protocol), {})

    def _mark(self, batch: firestore.WriteBatch, name: str, also: Mapping[str, Any]) -> None:
        marked = {**records.stale_mark(name), "marks": firestore.Increment(1), **also}
        batch.set(self._insights().document(name), marked, merge=True)

    def _as_loaded_insight(self, before: StoredInsight) -> firestore.WriteOption:
        return self._client.write_option(last_update_time=before.mark)

    def _commit_insight(self, batch: firestore.WriteBatch, before: StoredInsight) -> None:
        with translated():
            try:
                batch.commit(**BOUNDED)
            except (FailedPrecondition, AlreadyExists, NotFound, Aborted) as error:
                raise Conflict(f"insights/{before.name}: {error.message}") from error

    def _insights(self) -> firestore.CollectionReference:
        return self._client.collection("insights")

    def _parts(self, name: str) -> firestore.CollectionReference:
        return self._insights().document(name).collection("parts")

    def _rebuild(self, endpoint: str) -> firestore.DocumentReference:
        return self._client.collection("rebuilds").document(endpoint)
