"""One experiment that was started: watch it, wait for it, read its results, repeat it, stop it, delete it."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import DeadlineExceeded, RetryError, ServiceUnavailable

from quicktest.deployment import Deployment
from quicktest.errors import Deleted, NotFound, QuicktestError
from quicktest.store import Document, Store
from quicktest.words import TERMINAL_STATES, deleted_words, state_word, title
from shared.documents import SCHEMA_VERSION

if TYPE_CHECKING:
    from quicktest.client import Client
    from quicktest.reproducing import Reproduction

LOOK_AGAIN_S = 5.0  # a listener whose connection broke says nothing, so the document is read this often as well
LOOK_FOR_TOMBSTONE_S = 0.5
OUTAGE_S = 120.0  # a database that is out of reach for less, as while it starts again, does not end a watch


class Experiment:
    """A handle; nothing is read before it is asked for."""

    def __init__(self, experiment_id: str, store: Store, deployment: Deployment, owner: str) -> None:
        self.id = experiment_id
        self.deployment = deployment
        self._store = store
        self._owner = owner

    def __repr__(self) -> str:
        return f"<Experiment {self.id}>"

    @property
    def page_url(self) -> str | None:
        """Where the page shows it."""
        return f"{self.deployment.page_url}/experiments/{self.id}" if self.deployment.page_url else None

    def run(self) -> Document:
        """The live status as it is now; `state: requested` while no function has seen the experiment."""
        return self._store.get(f"runs/{self.id}") or self._requested()

    def watch(self, timeout_s: float | None = None) -> Iterator[Document]:
        """Every version of the live status, the present one first, until it ends; TimeoutError after `timeout_s`."""
        versions: queue.SimpleQueue[Document | None] = queue.SimpleQueue()
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        unsubscribe = self._store.listen(f"runs/{self.id}", versions.put)
        try:
            last: Document | None = None
            while last is None or last["state"] not in TERMINAL_STATES:
                run = self._next(versions, deadline)
                if run is not None and run != last and not _older(run, last):
                    last = run
                    yield run
        finally:
            unsubscribe()

    def wait(self, timeout_s: float | None = None) -> Document:
        """The status once it is completed, failed or cancelled."""
        *_, last = self.watch(timeout_s)
        return last

    def history(self) -> list[dict[str, Any]]:
        """The epoch records so far."""
        return (self._store.get(f"runs/{self.id}/details/history") or {}).get("epochs", [])

    def results(self) -> dict[str, Any]:
        """The whole result document; raises QuicktestError when there is none (yet)."""
        found = self._store.get(f"runs/{self.id}/details/evaluation")
        if found is not None:
            return found
        run = self.run()
        if run.get("error"):
            raise QuicktestError(f"{title(run)} failed: {run['error']['explanation']} {run['error']['suggestion']}")
        if run["state"] in TERMINAL_STATES:
            raise QuicktestError(f"{title(run)} has no results: it is {run['state']}.")
        raise QuicktestError(f"{title(run)} has no results yet: it is {state_word(run)}. Wait for it with `wait()`.")

    def request(self) -> dict[str, Any]:
        """The document that started it, as it is now; raises NotFound when it is gone."""
        found = self._store.get(f"experiments/{self.id}")
        if found is None:
            raise NotFound("request", self.id, [], "It was deleted; `quicktest show` has what is left.")
        return found

    def snapshot(self) -> dict[str, Any] | None:
        """What it was prepared with, frozen: `configs`, `sql`, `parameters`, …; None before that."""
        return self._store.get(f"runs/{self.id}/details/snapshot")

    def detail(self, part: str) -> Document | None:
        """One of the documents beside the run, such as `evaluation` or `schema`; None while it is not there."""
        return self._store.get(f"runs/{self.id}/details/{part}")

    def statistics(self) -> dict[str, Any]:
        """What is known of its examples: `splits`, `features`, `drift`, `schema`, `anomalies` (S7.3-S7.6). Raises
        QuicktestError when there is nothing (yet)."""
        from quicktest.statistics import read_statistics

        return read_statistics(self)

    def source(self) -> str | None:
        """`rerun of Exp #12 · first try`; None for one that stands for itself."""
        run = self.run()
        parent = run.get("parent")
        if not parent:
            return None
        found = self._store.get(f"runs/{parent}") or self._store.get(f"tombstones/{parent}")
        return f"{run['origin']} of {title(found or {'experiment': parent})}"

    def reproduction(self) -> Reproduction | None:
        """How a completed rerun compares with its parent (S10.21); None for anything else, or without the parent."""
        from quicktest.reproducing import reproduction

        run = self.run()
        parent = self._store.get(f"runs/{run.get('parent')}") if run.get("origin") == "rerun" else None
        if parent is None or not run["state"] == parent["state"] == "completed":
            return None
        of_parent, own = (
            self._store.get(f"runs/{each['experiment']}/details/evaluation") or {} for each in (parent, run)
        )
        return reproduction(parent, of_parent, run, own)

    def rerun(self, name: str | None = None) -> Experiment:
        """Start a new experiment with everything that this one was prepared with, byte for byte (S5.12). Raises
        QuicktestError while this one is live or being deleted, and when it was never prepared."""
        from quicktest.repeating import rerun

        return rerun(self, self._client(), name)

    def clone(self, **changes: Any) -> Experiment:
        """Start a new experiment with this one's request but for the changes: `clone(epochs=50, name="longer")`. The
        configs that it names are taken as they are now."""
        from quicktest.repeating import clone

        return clone(self, self._client(), changes)

    def cancel(self) -> bool:
        """Ask for it to be stopped; False when that was asked before. Raises QuicktestError when it has ended."""
        run = self.run()
        if run["state"] in TERMINAL_STATES:
            raise QuicktestError(f"{title(run)} is {run['state']} already. There is nothing to cancel.")
        return self._wish("cancel")

    def delete(self) -> bool:
        """Ask for everything of it to be deleted; False when that was asked before. Raises QuicktestError while it is
        live."""
        self.deletable()
        return self._wish("delete")

    def deletable(self) -> Document:
        """The run; raises QuicktestError, with what to do, when it cannot be deleted now."""
        run = self.run()
        if run["state"] not in TERMINAL_STATES:
            raise QuicktestError(
                f"{title(run)} is {state_word(run)}, and only an experiment that has ended can be deleted. "
                f"Cancel it first: `quicktest cancel {run.get('number') or self.id}`."
            )
        return run

    def tombstone(self) -> Document | None:
        """What is left of it once it is deleted: when, by whom, how many bytes; None before that."""
        return self._store.get(f"tombstones/{self.id}")

    def wait_deleted(self, timeout_s: float | None = None) -> Document:
        """The tombstone, once everything of it is gone; TimeoutError after `timeout_s`."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while (found := self.tombstone()) is None or self._store.get(f"runs/{self.id}") is not None:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"{self.id} is not deleted yet; that goes on.")
            time.sleep(LOOK_FOR_TOMBSTONE_S)
        return found

    def _wish(self, kind: str) -> bool:
        """The id makes a second wish of a kind the same one."""
        now = datetime.now(UTC)
        command = {
            "schema_version": SCHEMA_VERSION,
            "owner": self._owner,
            "created_at": now,
            "updated_at": now,
            "experiment": self.id,
            "kind": kind,
        }
        return self._store.create(f"commands/{self.id}--{kind}", command)

    def _client(self) -> Client:
        from quicktest.client import Client

        return Client(self._store, self.deployment, self._owner)

    def _next(self, versions: queue.SimpleQueue[Document | None], deadline: float | None) -> Document | None:
        """The next version that the listener tells, or the stored one after a while of silence. A short outage is sat
        out."""
        patience = time.monotonic() + OUTAGE_S
        while True:
            left = LOOK_AGAIN_S if deadline is None else min(LOOK_AGAIN_S, deadline - time.monotonic())
            if left <= 0:
                raise TimeoutError(f"{self.id} has not ended in time; it goes on.")
            try:
                return versions.get(timeout=left)
            except queue.Empty:
                pass
            try:
                return self._store.get(f"runs/{self.id}")
            except (ServiceUnavailable, RetryError, DeadlineExceeded):
                if time.monotonic() > patience:
                    raise

    def _requested(self) -> Document:
        request = self._store.get(f"experiments/{self.id}")
        if request is None:
            if (tombstone := self.tombstone()) is not None:
                raise Deleted(deleted_words(tombstone), tombstone)
            raise NotFound("experiment", self.id, [], "`quicktest list` shows those that exist.")
        return {
            "experiment": self.id,
            "number": None,
            "model_endpoint": request.get("model_endpoint", "default"),
            "state": "requested",
            "names": {"experiment": request.get("name", "")},
            "parent": request.get("parent"),
            "origin": request.get("origin"),
            "created_at": request.get("created_at"),
            "reason": "no function has seen it yet",
        }


def _older(run: Document, last: Document | None) -> bool:
    return last is not None and run.get("revision", 0) < last.get("revision", 0)
