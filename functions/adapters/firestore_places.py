"""Who runs and who waits, on Firestore: `quotas/running` and queries over runs (domain S10.18).

All places are one document, so that taking one is one compare-and-swap. Giving one back is a blind write of the run's
own key: it never fails, and it works when the document is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, NotFound
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from functions.adapters import records
from functions.adapters.failures import BOUNDED, translated
from functions.adapters.ports import GROUPED
from shared.orphans import Head
from shared.quota import Queue, Waiting
from shared.runs import LIVE, SEATED, Run, State
from shared.stuck import PULSE_FIELDS, Pulse

OF_A_HEAD = ("state", "attempt", "build.id")


class FirestorePlaces:
    """The part of `functions.adapters.ports.Store` that looks over all runs."""

    _client: firestore.Client

    def queue(self, now: datetime) -> Queue:
        """The holders last: the shorter the time until a place is taken, the fewer takers conflict. Who has moved from
        the line to a place in between is in both, and counts as a holder."""
        line = self._line(now)
        with translated():
            places = self._places().get(**BOUNDED)
        return Queue(records.holders_of(places.to_dict()), line, places.update_time)

    def _line(self, now: datetime) -> tuple[Waiting, ...]:
        found = self._runs_in({State.REQUESTED}, "model_endpoint", "created_at", "retry_at")
        line = (records.waiting(experiment, run, now) for experiment, run in found.items())
        return tuple(waiting for waiting in line if waiting is not None)

    def repair_places(self, holders: Mapping[str, str], queue: Queue, now: datetime) -> bool:
        missing = records.places_to_write(holders, queue, now)
        gone = {each: firestore.DELETE_FIELD for each in queue.holders if each not in holders}
        batch = self._client.batch()
        self._change_places(batch, {**missing, **gone}, queue)
        with translated():
            try:
                batch.commit(**BOUNDED)
            except (FailedPrecondition, AlreadyExists, NotFound, Aborted):
                return False
        return True

    def seated_runs(self) -> dict[str, str]:
        found = self._runs_in(SEATED, "model_endpoint")
        return {experiment: run.get("model_endpoint", "") for experiment, run in found.items()}

    def seated_in(self, endpoint: str) -> dict[str, Mapping[str, Any]]:
        query = self._in_states(SEATED).where(filter=FieldFilter("model_endpoint", "==", endpoint))
        with translated():
            found = {run.id: run.to_dict() for run in query.select(GROUPED).stream(**BOUNDED)}
        return dict(sorted(found.items()))

    def heads(self, experiment_ids: Collection[str]) -> dict[str, Head]:
        references = [self._client.collection("runs").document(each) for each in experiment_ids]
        with translated():
            found = self._client.get_all(references, field_paths=OF_A_HEAD, **BOUNDED) if references else []
            return {run.id: records.head(run.to_dict()) for run in found if run.exists}

    def live_runs(self) -> dict[str, Pulse]:
        found = self._runs_in(LIVE, *PULSE_FIELDS)
        return {experiment: Pulse.of(run) for experiment, run in found.items()}

    def readers_since(self, at: datetime) -> int:
        query = self._in_states(SEATED).where(filter=FieldFilter("created_at", "<", at))
        with translated():
            [[counted]] = query.count(alias="readers").get(**BOUNDED)
        return int(counted.value)

    def _take_place(self, batch: firestore.WriteBatch, run: Run, seat: Queue, now: datetime) -> None:
        self._change_places(batch, {run.experiment: records.place(run, now)}, seat)

    def _give_place_back(self, batch: firestore.WriteBatch, run: Run) -> None:
        batch.set(self._places(), {"holders": {run.experiment: firestore.DELETE_FIELD}}, merge=True)

    def _change_places(self, batch: firestore.WriteBatch, changes: Mapping[str, Any], queue: Queue) -> None:
        """If the holders are still those of `queue`."""
        if queue.mark is None:
            batch.create(self._places(), {"holders": dict(changes)})
            return
        fields = {self._client.field_path("holders", experiment): value for experiment, value in changes.items()}
        batch.update(self._places(), fields, self._client.write_option(last_update_time=queue.mark))

    def _runs_in(self, states: Collection[State], *fields: str) -> dict[str, Any]:
        """These fields of the runs in some states, by id."""
        with translated():
            found = self._in_states(states).select(fields).stream(**BOUNDED)
            return {run.id: run.to_dict() for run in found}

    def _in_states(self, states: Collection[State]) -> firestore.Query:
        wanted = FieldFilter("state", "in", sorted(state.value for state in states))
        return self._client.collection("runs").where(filter=wanted)

    def _places(self) -> firestore.DocumentReference:
        return self._client.collection("quotas").document("running")
