"""The functions' side of configs, on the page's emulator: reports on drafts and on what was saved, and commands."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore

from functions.adapters.firestore_store import FirestoreStore
from functions.adapters.ports import Transient
from functions.config_commands import obey
from functions.config_reports import report_on
from functions.drafts import report_on_draft
from shared.tables import SourceColumn
from tests.fakes.world import World, table

DEMO = "reports/datasets__demo-purchases"


class ConfigService:
    """Does what the events of documents would have the functions do, a moment later."""

    def __init__(self, db: firestore.Client) -> None:
        self._db = db
        world = World()
        schema = (db.document(DEMO).get().to_dict() or {})["schema"]["demo_purchases"]
        columns = [SourceColumn(each["name"], each["type"]) for each in schema]
        world.warehouse.tables["quicktest.demo_purchases"] = table(*columns)
        self._services = replace(world.services, store=FirestoreStore(db), now=lambda: datetime.now(UTC))
        self._seen: set[tuple[str, Any]] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> ConfigService:
        for kind in ("feature_configs", "model_configs"):  # what was recorded has its reports
            self._seen |= {(item.reference.path, item.update_time) for item in self._db.collection(kind).stream()}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            for kind in ("drafts", "commands", "feature_configs", "model_configs"):
                for item in self._db.collection(kind).stream():
                    self._look(kind, item)

    def _look(self, kind: str, item: firestore.DocumentSnapshot) -> None:
        if (item.reference.path, item.update_time) in self._seen:
            return
        try:
            self._answer(kind, item)
        except Transient:
            return  # delivered again, as an event would be
        self._seen.add((item.reference.path, item.update_time))

    def _answer(self, kind: str, item: firestore.DocumentSnapshot) -> None:
        if kind == "drafts":
            report_on_draft(item.id, self._services)
        elif kind == "commands":
            obey(item.id, self._services)
        else:
            report_on(kind, item.id, self._services)
