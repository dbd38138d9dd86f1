"""Reports on Firestore: `reports/{collection}__{id}` with `parts` and `versions` below it.

A save is one commit that fails when the report has changed since it was loaded, so that a computation that began with
older documents never replaces one that began with newer ones.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, NotFound
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.types import WriteResult

from functions.adapters import records
from functions.adapters.failures import BOUNDED, translated
from functions.adapters.ports import NAMED_BY, REPORT_HEAD, Conflict, ReportWrite, StoredReport
from shared.versions import Saved, Version

MOST_WRITES = 400  # of one commit, which takes 500


class FirestoreReports:
    """The part of `functions.adapters.ports.Store` that is about configurations and their reports."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client

    def configs(
        self, collection: str, since: datetime | None, fields: Sequence[str] | None = None
    ) -> dict[str, Mapping[str, Any]]:
        query: Any = self._client.collection(collection)
        if fields is not None:
            query = query.select(fields)
        if since is not None:
            query = query.where(filter=FieldFilter("updated_at", ">=", since))
        with translated():
            return {snapshot.id: snapshot.to_dict() for snapshot in query.stream(**BOUNDED)}

    def names(self, collection: str) -> dict[str, Mapping[str, Any]]:
        with translated():
            found = self._client.collection(collection).select(NAMED_BY).stream(**BOUNDED)
            return {snapshot.id: snapshot.to_dict() for snapshot in found}

    def some_of(self, collection: str, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
        references = [self._client.collection(collection).document(each) for each in ids]
        with translated():
            found = self._client.get_all(references, **BOUNDED) if references else ()
            return {snapshot.id: snapshot.to_dict() for snapshot in found if snapshot.exists}

    def latest(self, collection: str, most: int) -> dict[str, Mapping[str, Any]]:
        query = self._client.collection(collection).order_by("updated_at", direction=firestore.Query.DESCENDING)
        with translated():
            return {snapshot.id: snapshot.to_dict() for snapshot in query.limit(most).stream(**BOUNDED)}

    def feature_configs_of(self, dataset: str) -> dict[str, Mapping[str, Any]]:
        query = self._client.collection("feature_configs").where(filter=FieldFilter("dataset", "==", dataset))
        with translated():
            found = {snapshot.id: snapshot.to_dict() for snapshot in query.stream(**BOUNDED)}
        return dict(sorted(found.items()))

    def experiments_naming(self, field: str, document_id: str) -> list[str]:
        return self._ids_where("experiments", field, document_id)

    def runs_over(self, dataset: str) -> list[str]:
        return self._ids_where("runs", "grouping.dataset", dataset)

    def _ids_where(self, collection: str, field: str, value: str) -> list[str]:
        query = self._client.collection(collection).where(filter=FieldFilter(field, "==", value))
        with translated():
            return sorted(snapshot.id for snapshot in query.select([]).stream(**BOUNDED))

    def delete_document(self, collection: str, document_id: str) -> None:
        with translated():
            self._client.collection(collection).document(document_id).delete(**BOUNDED)

    def report(self, collection: str, document_id: str) -> StoredReport:
        with translated():
            found = self._report(collection, document_id).get(**BOUNDED)
        return StoredReport(collection, document_id, found.to_dict(), found.update_time)

    def report_part(self, collection: str, document_id: str, part: str) -> Mapping[str, Any] | None:
        with translated():
            reference = self._report(collection, document_id).collection("parts").document(part)
            return reference.get(**BOUNDED).to_dict()

    def report_heads(self, collection: str) -> dict[str, Mapping[str, Any]]:
        query = self._client.collection("reports").where(filter=FieldFilter("collection", "==", collection))
        with translated():
            found = query.select(["id", *REPORT_HEAD]).stream(**BOUNDED)
            documents = [snapshot.to_dict() for snapshot in found]
        return {document.pop("id"): document for document in documents}

    def saved(self, collection: str, document_id: str) -> Saved | None:
        with translated():
            found = self._client.collection(collection).document(document_id).get(**BOUNDED)
        return Saved(found.to_dict(), found.update_time, found.create_time) if found.exists else None

    def versions(self, collection: str, document_id: str, most: int) -> list[Version]:
        kept = self._report(collection, document_id).collection("versions").select(records.OF_A_VERSION)
        newest = kept.order_by("saved_at", direction=firestore.Query.DESCENDING).limit(most)
        with translated():
            found = list(newest.stream(**BOUNDED))
        return [records.version_of(snapshot.to_dict(), snapshot.update_time) for snapshot in found]

    def save_report(self, before: StoredReport, write: ReportWrite) -> StoredReport:
        reference, batch = self._report(before.collection, before.id), self._client.batch()
        if before.document is None:
            batch.create(reference, dict(write.document))
        else:
            # An update leaves alone the fields that it does not name.
            gone = {name: firestore.DELETE_FIELD for name in before.document if name not in write.document}
            batch.update(reference, {**write.document, **gone}, self._unchanged(before))
        for part, content in write.parts.items():
            self._write_part(batch, reference.collection("parts").document(part), content)
        for version in write.versions:
            self._write_version(batch, reference.collection("versions").document(str(version.number)), version)
        [saved, *_] = self._commit(batch, before)
        return StoredReport(before.collection, before.id, write.document, saved.update_time)

    def delete_report(self, before: StoredReport) -> None:
        """In one commit with all below it: what was left of it would be taken for the next one's of this id. Only the
        versions that are too many for it go before."""
        reference, batch = self._report(before.collection, before.id), self._client.batch()
        with translated():
            below = [
                snapshot.reference
                for name in ("versions", "parts")
                for snapshot in reference.collection(name).select([]).stream(**BOUNDED)
            ]
            while len(below) > MOST_WRITES:
                self._delete(below[:MOST_WRITES])
                below = below[MOST_WRITES:]
        batch.delete(reference, self._unchanged(before))
        for each in below:
            batch.delete(each)
        self._commit(batch, before)

    def _delete_all(self, collection: firestore.CollectionReference) -> None:
        with translated():
            while snapshots := list(collection.select([]).limit(MOST_WRITES).stream(**BOUNDED)):
                self._delete([snapshot.reference for snapshot in snapshots])

    def _delete(self, references: Sequence[firestore.DocumentReference]) -> None:
        batch = self._client.batch()
        for each in references:
            batch.delete(each)
        batch.commit(**BOUNDED)

    def _write_part(self, batch: firestore.WriteBatch, part: firestore.DocumentReference, content: Any) -> None:
        if content is None:
            batch.delete(part)
        else:
            batch.set(part, dict(content))

    def _write_version(
        self, batch: firestore.WriteBatch, reference: firestore.DocumentReference, version: Version
    ) -> None:
        if version.mark is None:
            batch.create(reference, records.version_document(version))
        else:
            changed = records.version_times(version)
            batch.update(reference, changed, self._client.write_option(last_update_time=version.mark))

    def _unchanged(self, before: StoredReport) -> firestore.WriteOption:
        return self._client.write_option(last_update_time=before.mark)

    def _commit(self, batch: firestore.WriteBatch, before: StoredReport) -> list[WriteResult]:
        with translated():
            try:
                return list(batch.commit(**BOUNDED))
            except (FailedPrecondition, AlreadyExists, NotFound, Aborted) as error:
                raise Conflict(f"report of {before.collection}/{before.id}: {error.message}") from error

    def _report(self, collection: str, document_id: str) -> firestore.DocumentReference:
        return self._client.collection("reports").document(f"{collection}__{document_id}")
