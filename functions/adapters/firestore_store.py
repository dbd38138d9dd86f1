"""The store on Firestore. A save is one transaction: compare the revision, look for a cancel, draw a number, write."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from functions.adapters.failures import translated
from functions.adapters.ports import Conflict, Loaded
from shared.lifecycle import Decision
from shared.runs import LIVE, Run, from_document, to_document

TIMEOUT_S = 20
LONGEST_PAYLOAD = 4_000


class FirestoreStore:
    """`functions.adapters.ports.Store`"""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client

    def load(self, experiment_id: str) -> Loaded:
        request, run, cancel = self._request(experiment_id), self._run(experiment_id), self._cancel(experiment_id)
        with translated():
            found = {snapshot.reference.path: snapshot for snapshot in self._get_all([request, run, cancel])}
        stored = found[run.path].to_dict()
        return Loaded(
            request=found[request.path].to_dict(),
            run=from_document(stored) if stored is not None else None,
            cancel_requested_at=found[cancel.path].create_time if found[cancel.path].exists else None,
        )

    def save(self, before: Run, decision: Decision, cancel_seen: bool, now: datetime) -> Run:
        with translated():
            return self._save(self._client.transaction(), before, decision, cancel_seen, now)

    def _save(self, transaction: firestore.Transaction, *arguments: Any) -> Run:
        @firestore.transactional
        def in_transaction(transaction: firestore.Transaction) -> Run:
            return self._save_once(transaction, *arguments)

        return in_transaction(transaction)

    def _save_once(
        self, transaction: firestore.Transaction, before: Run, decision: Decision, cancel_seen: bool, now: datetime
    ) -> Run:
        reference, cancel = self._run(before.experiment), self._cancel(before.experiment)
        counter = self._client.collection("counters").document(before.model_endpoint)
        wanted = [reference, cancel] if before.number is not None else [reference, cancel, counter]
        found = {snapshot.reference.path: snapshot for snapshot in self._get_all(wanted, transaction)}
        stored = found[reference.path].to_dict() or {"revision": 0}
        if stored["revision"] != before.revision:
            raise Conflict(f"{before.experiment}: revision {stored['revision']}, not {before.revision}")
        if found[cancel.path].exists and not cancel_seen:
            raise Conflict(f"{before.experiment}: a cancel arrived")
        run = replace(decision.run, revision=before.revision + 1, updated_at=now)
        if run.number is None:
            number = (found[counter.path].to_dict() or {}).get("next", 1)
            transaction.set(counter, {"next": number + 1})
            run = replace(run, number=number)
        transaction.set(reference, to_document(run))
        self._write_beside(transaction, reference, before, run, decision, now)
        return run

    def _write_beside(
        self, transaction: firestore.Transaction, reference: firestore.DocumentReference, before: Run, run: Run,
        decision: Decision, now: datetime,
    ) -> None:  # fmt: skip
        """The audit event and the details of one save."""
        if decision.why:
            event = reference.collection("events").document(f"{run.revision:06d}")
            transaction.create(event, audit_event(before, run, decision, now))
        details = reference.collection("details")
        for part, content in decision.details.items():
            transaction.set(details.document(part), dict(content))
        if decision.epochs:
            appended = {"epochs": firestore.ArrayUnion([dict(epoch) for epoch in decision.epochs])}
            transaction.set(details.document("history"), appended, merge=True)

    def config(self, collection: str, document_id: str) -> Mapping[str, Any] | None:
        with translated():
            return self._client.collection(collection).document(document_id).get(timeout=TIMEOUT_S).to_dict()

    def detail(self, experiment_id: str, part: str) -> Mapping[str, Any] | None:
        with translated():
            reference = self._run(experiment_id).collection("details").document(part)
            return reference.get(timeout=TIMEOUT_S).to_dict()

    def live_runs(self) -> list[str]:
        return self._runs_where("state", "in", sorted(state.value for state in LIVE))

    def pending_mirrors(self) -> list[str]:
        return self._runs_where("mlflow.state", "==", "pending")

    def requests_without_run(self, first_id: str) -> list[str]:
        experiments = self._client.collection("experiments")
        query = experiments.where(filter=FieldFilter("__name__", ">=", experiments.document(first_id)))
        with translated():
            ids = [snapshot.id for snapshot in query.select([]).stream(timeout=TIMEOUT_S)]
            references = [self._run(experiment_id) for experiment_id in ids]
            looked_at = self._client.get_all(references, field_paths=["revision"], timeout=TIMEOUT_S) if ids else []
            known = {snapshot.id for snapshot in looked_at if snapshot.exists}
        return [experiment_id for experiment_id in ids if experiment_id not in known]

    def bury(self, source: str, reason: str, payload: str, now: datetime) -> None:
        name = hashlib.sha256(f"{source}|{payload}".encode()).hexdigest()[:32]
        letter = {"source": source, "reason": reason, "payload": payload[:LONGEST_PAYLOAD], "created_at": now}
        with translated():
            self._client.collection("dead_letters").document(name).set(letter, timeout=TIMEOUT_S)

    def _runs_where(self, field: str, operator: str, value: Any) -> list[str]:
        query = self._client.collection("runs").where(filter=FieldFilter(field, operator, value)).select([])
        with translated():
            return [snapshot.id for snapshot in query.stream(timeout=TIMEOUT_S)]

    def _get_all(
        self, references: Iterable[firestore.DocumentReference], transaction: firestore.Transaction | None = None
    ) -> Iterable[firestore.DocumentSnapshot]:
        return self._client.get_all(list(references), transaction=transaction, timeout=TIMEOUT_S)

    def _request(self, experiment_id: str) -> firestore.DocumentReference:
        return self._client.collection("experiments").document(experiment_id)

    def _run(self, experiment_id: str) -> firestore.DocumentReference:
        return self._client.collection("runs").document(experiment_id)

    def _cancel(self, experiment_id: str) -> firestore.DocumentReference:
        return self._client.collection("commands").document(f"{experiment_id}--cancel")


def audit_event(before: Run, run: Run, decision: Decision, now: datetime) -> dict[str, Any]:
    """`runs/{id}/events/{revision}`: from where to where, and why."""
    return {
        "from": before.state.value,
        "to": run.state.value,
        "at": now,
        "why": decision.why,
        "attempt": run.attempt,
    }
