"""The store on Firestore. A save is one commit that fails when the run has changed since it was loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, NotFound
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from functions.adapters import indexing, records
from functions.adapters.failures import BOUNDED, translated
from functions.adapters.firestore_index import FirestoreIndex
from functions.adapters.firestore_insights import FirestoreInsights
from functions.adapters.firestore_ledger import FirestoreLedger
from functions.adapters.firestore_letters import FirestoreLetters
from functions.adapters.firestore_places import FirestorePlaces
from functions.adapters.firestore_reports import FirestoreReports
from functions.adapters.ports import Conflict, Loaded, Unseen
from shared.epochs import documents
from shared.facts import Wish
from shared.lifecycle import Decision
from shared.runs import Run, State, from_document, to_document

COMMANDS = ("cancel", "delete")
EARLIEST = datetime(1970, 1, 1, tzinfo=timezone.utc)


class FirestoreStore(
    FirestorePlaces, FirestoreLedger, FirestoreLetters, FirestoreIndex, FirestoreInsights, FirestoreReports
):
    """`functions.adapters.ports.Store`: single runs here, the rest in the parents."""

    def load(self, experiment_id: str) -> Loaded:
        request, run = self._request(experiment_id), self._run(experiment_id)
        cancel, delete = (self._command(experiment_id, kind) for kind in COMMANDS)
        with translated():
            found = self._get_all([request, run, cancel, delete])
        stored, wished = found[run.path].to_dict(), _wish(found[cancel.path])
        return Loaded(
            request=found[request.path].to_dict(),
            run=from_document(stored) if stored is not None else None,
            cancel_requested_at=wished.at if wished is not None else None,
            delete=_wish(found[delete.path]),
            version=found[run.path].update_time if stored is not None else None,
        )

    def save(self, loaded: Loaded, before: Run, decision: Decision, now: datetime) -> Run:
        """Preconditions instead of a transaction: handlers of one run meet often, and a lock that all of them read
        under makes them wait for each other (measured on the emulator: 11 s for 8 handlers)."""
        run = replace(decision.run, revision=before.revision + 1, updated_at=now)
        with translated():
            try:
                pays_unasked = decision.pays and loaded.cancel_requested_at is None
                if pays_unasked or _creates(loaded) or _shows_anew(loaded, before, decision):
                    return self._save_guarded(loaded, before, run, decision, now)
                batch = self._client.batch()
                saved = self._write(batch, loaded, before, run, decision, now)
                batch.commit(**BOUNDED)
                return saved
            except (FailedPrecondition, AlreadyExists, NotFound, Aborted) as error:
                raise Conflict(f"{run.experiment}: {error.message}") from error

    def _save_guarded(self, loaded: Loaded, before: Run, run: Run, decision: Decision, now: datetime) -> Run:
        """A transaction over what only clients write: what comes in between waits for it, or makes it fail. A run is
        not created for a request that is gone: a slow handler would bring a deleted experiment back. An entry of the
        index has the labels of this moment: who edits them later finds the run ended, and makes the entry anew."""

        @firestore.transactional
        def in_transaction(transaction: firestore.Transaction) -> Run:
            request, cancel = self._request(run.experiment), self._command(run.experiment, "cancel")
            seen = loaded
            if _creates(loaded) or _shows_anew(loaded, before, decision):
                seen = replace(loaded, request=request.get(transaction=transaction, **BOUNDED).to_dict())
            if _creates(loaded) and seen.request is None:
                raise Conflict(f"{run.experiment}: its request is gone")
            if decision.pays and _wish(cancel.get(transaction=transaction, **BOUNDED)) is not None:
                raise Conflict(f"{run.experiment}: a cancel arrived")
            return self._write(transaction, seen, before, run, decision, now)

        try:
            return in_transaction(self._client.transaction())
        except ValueError as error:  # how the library says that every attempt was aborted
            raise Conflict(f"{run.experiment}: {error}") from error

    def _write(
        self, batch: firestore.WriteBatch, loaded: Loaded, before: Run, run: Run, decision: Decision, now: datetime
    ) -> Run:
        """All writes of one save; the run must still be as it was loaded."""
        if run.number is None:
            run = replace(run, number=self._draw_number(batch, run.model_endpoint))
        if decision.forgets:
            self._forget(batch, loaded, run, now)
        else:
            self._write_run(batch, loaded, run)
            self._write_beside(batch, before, run, decision, now)
            if indexing.shows_anew(before, run, loaded.request):
                self._index(batch, [indexing.written(run, loaded.request)])
        self._account(batch, before, run, decision, now)
        return run

    def _write_run(self, batch: firestore.WriteBatch, loaded: Loaded, run: Run) -> None:
        if loaded.version is None:
            batch.create(self._run(run.experiment), to_document(run))
        else:
            unchanged = self._client.write_option(last_update_time=loaded.version)
            batch.update(self._run(run.experiment), to_document(run), unchanged)

    def _write_beside(
        self, batch: firestore.WriteBatch, before: Run, run: Run, decision: Decision, now: datetime
    ) -> None:
        """`set` everywhere: the run's own precondition says that nobody else saves this revision, and what an earlier
        life of this id left behind must not make every save of it a conflict."""
        reference = self._run(run.experiment)
        if records.is_audited(before, decision):
            event = reference.collection("events").document(f"{run.revision:06d}")
            batch.set(event, records.audit_event(before, run, decision, now))
        details = reference.collection("details")
        for part, content in decision.details.items():
            batch.set(details.document(part), dict(content))
        for part, content in documents(decision.epochs).items():
            appended = {**content, "epochs": firestore.ArrayUnion(content["epochs"])}
            batch.set(details.document(part), appended, merge=True)

    def _account(self, batch: firestore.WriteBatch, before: Run, run: Run, decision: Decision, now: datetime) -> None:
        """What the whole deployment counts: places, money, deletions."""
        if decision.seat is not None:
            self._take_place(batch, run, decision.seat, now)
        elif records.gives_back(before, run):
            self._give_place_back(batch, run)
        if decision.charges:
            self._charge(batch, run, decision.charges, now)
        if records.begins_deletion(before, run):
            self._end_reuse(batch)

    def _forget(self, batch: firestore.WriteBatch, loaded: Loaded, run: Run, now: datetime) -> None:
        """The tombstone is `set`: an experiment that was restored from a backup can be deleted again."""
        batch.delete(self._run(run.experiment), self._client.write_option(last_update_time=loaded.version))
        batch.delete(self._request(run.experiment))
        for kind in (*COMMANDS, *records.fetches()):
            batch.delete(self._command(run.experiment, kind))
        batch.set(self._client.collection("tombstones").document(run.experiment), records.tombstone(run, now))
        if (removed := indexing.removed(run)) is not None:
            self._index(batch, [removed])

    def delete_details(self, experiment_id: str) -> None:
        for below in ("details", "events"):
            self._delete_all(self._run(experiment_id).collection(below))

    def _draw_number(self, batch: firestore.WriteBatch, endpoint: str) -> int:
        """The endpoint's next number (S5.4); who draws the same one at the same time conflicts and draws again."""
        counter = self._client.collection("counters").document(endpoint)
        known = counter.get(**BOUNDED)
        number = (known.to_dict() or {}).get("next", 1)
        if known.exists:
            batch.update(counter, {"next": number + 1}, self._client.write_option(last_update_time=known.update_time))
        else:
            batch.create(counter, {"next": number + 1})
        return number

    def config(self, collection: str, document_id: str) -> Mapping[str, Any] | None:
        with translated():
            return self._client.collection(collection).document(document_id).get(**BOUNDED).to_dict()

    def detail(self, experiment_id: str, part: str) -> Mapping[str, Any] | None:
        with translated():
            reference = self._run(experiment_id).collection("details").document(part)
            return reference.get(**BOUNDED).to_dict()

    def pending_mirrors(self) -> list[str]:
        query = self._client.collection("runs").where(filter=FieldFilter("mlflow.state", "==", "pending"))
        with translated():
            return [snapshot.id for snapshot in query.select([]).stream(**BOUNDED)]

    def pending_logs(self) -> list[str]:
        query = self._client.collection("runs").where(filter=FieldFilter("logs_pending", "==", True))
        with translated():
            return sorted(snapshot.id for snapshot in query.select([]).stream(**BOUNDED))

    def commands_of(self, kind: str) -> list[str]:
        query = self._client.collection("commands").where(filter=FieldFilter("kind", "==", kind))
        with translated():
            return sorted(snapshot.id for snapshot in query.select([]).stream(**BOUNDED))

    def delete_command(self, document_id: str) -> None:
        with translated():
            self._client.collection("commands").document(document_id).delete(**BOUNDED)

    def to_delete(self) -> list[str]:
        wanted = self._client.collection("commands").where(filter=FieldFilter("kind", "==", "delete"))
        begun = self._client.collection("runs").where(filter=FieldFilter("deletion.marked_at", ">", EARLIEST))
        with translated():
            commands = [snapshot for snapshot in wanted.stream(**BOUNDED) if _wish(snapshot) is not None]
            runs = [snapshot.id for snapshot in begun.select([]).stream(**BOUNDED)]
        return sorted({command.id.removesuffix("--delete") for command in commands} | set(runs))

    def past_runs(self, tier: str, most: int) -> list[Mapping[str, Any]]:
        query = self._client.collection("runs").where(filter=FieldFilter("state", "==", State.COMPLETED.value))
        query = query.where(filter=FieldFilter("hardware.tier", "==", tier))  # ids sort by time
        latest = query.order_by("__name__", direction=firestore.Query.DESCENDING).limit(most)
        with translated():
            found = latest.select(["stages", "estimate", "progress.best_epoch"]).stream(**BOUNDED)
            return [snapshot.to_dict() for snapshot in found][::-1]

    def requests_without_run(self, first_id: str, most: int) -> Unseen:
        experiments = self._client.collection("experiments")
        query = experiments.where(filter=FieldFilter("__name__", ">=", experiments.document(first_id)))
        with translated():
            ids = [snapshot.id for snapshot in query.select([]).limit(most + 1).stream(**BOUNDED)]
            runs = [self._run(experiment_id) for experiment_id in ids[:most]]
            looked_at = self._client.get_all(runs, field_paths=["revision"], **BOUNDED)
            known = {snapshot.id for snapshot in looked_at if snapshot.exists}
        unseen = [experiment_id for experiment_id in ids[:most] if experiment_id not in known]
        return Unseen(unseen, ids[most] if len(ids) > most else None)

    def _get_all(self, references: list[firestore.DocumentReference]) -> dict[str, firestore.DocumentSnapshot]:
        snapshots = self._client.get_all(references, **BOUNDED)
        return {snapshot.reference.path: snapshot for snapshot in snapshots}

    def _request(self, experiment_id: str) -> firestore.DocumentReference:
        return self._client.collection("experiments").document(experiment_id)

    def _run(self, experiment_id: str) -> firestore.DocumentReference:
        return self._client.collection("runs").document(experiment_id)

    def _command(self, experiment_id: str, kind: str) -> firestore.DocumentReference:
        return self._client.collection("commands").document(f"{experiment_id}--{kind}")


def _creates(loaded: Loaded) -> bool:
    return loaded.run is None and loaded.request is not None


def _shows_anew(loaded: Loaded, before: Run, decision: Decision) -> bool:
    return not decision.forgets and indexing.shows_anew(before, decision.run, loaded.request)


def _wish(command: firestore.DocumentSnapshot) -> Wish | None:
    return records.wish(command.id, command.to_dict(), command.create_time)
