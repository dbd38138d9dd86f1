"""The service's side of configs, run by the tests themselves: what the page writes into the emulator, be it a draft, a
config or a command, is answered by the functions' own code, which is given the emulator's events."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore

from functions.adapters.firestore_store import FirestoreStore
from functions.adapters.ports import Transient
from functions.config_commands import obey
from functions.config_reports import report_on
from functions.drafts import report_on_draft
from functions.events import path_in_document_event
from functions.saves import change_of
from functions.services import Services
from shared.reports import CONFIGS, DRAFTS
from shared.tables import SourceColumn
from shared.versions import Change
from tests.fakes.cloud import FakeWarehouse
from tests.fakes.world import COLUMNS, World, answer, table
from tests.web.events import Bodies, listening

COMMANDS = "commands"
END = b""  # of the bodies of events
WATCHED = (DRAFTS, COMMANDS, *sorted(CONFIGS))
DEMO = "reports/datasets__demo-purchases"
PRODUCTS = (SourceColumn("product", "STRING"), SourceColumn("brand", "STRING"), SourceColumn("active", "BOOLEAN"))
ROW = {"maker": "Falk", "customer": "C-1", "product": "P-1", "sold_at": 1_735_689_600, "price": None, "brand": "Falk"}


def over_the_demo(client: firestore.Client) -> Services:
    """With the table of the recorded dataset."""
    schema = (client.document(DEMO).get().to_dict() or {})["schema"]["demo_purchases"]
    columns = (SourceColumn(each["name"], each["type"]) for each in schema)
    return _services(client, {"quicktest.demo_purchases": table(*columns)})


def over_a_shop(client: firestore.Client) -> Services:
    """With two tables that are made up, and rows to look at."""
    return _services(client, {"shop.sales": table(*COLUMNS), "shop.products": table(*PRODUCTS, rows=300, bytes=9_000)})


def _services(client: firestore.Client, tables: dict[str, Any]) -> Services:
    warehouse = FakeWarehouse(_answered)
    warehouse.tables |= tables
    store = FirestoreStore(client)
    return replace(World().services, store=store, warehouse=warehouse, now=lambda: datetime.now(UTC))


class _Figures(dict[str, Any]):
    """Of a query that nobody foresaw, every row stays."""

    def __missing__(self, name: str) -> int:
        return 20_000


def _answered(sql: str) -> Any:
    """As the world of the unit tests, with a row to look at and a join that fits."""
    if "LIMIT 50" in sql:
        return [ROW]
    if "AS `matched_rows`" in sql:
        return {"left_rows": 20_000, "right_rows": 300, "right_keys": 300, "matched_rows": 19_000, "rows_after": 20_000}
    found = answer(sql)
    return _Figures(found) if isinstance(found, dict) else found


@contextmanager
def answering(client: firestore.Client, services: Services) -> Iterator[Services]:
    """Until the end of the block, whatever is written from now on is answered, in the order in which it was written."""
    with listening(client.project) as bodies:
        known = {f"{each}/{item.id}": item.update_time for each in WATCHED for item in client.collection(each).stream()}
        worker = threading.Thread(target=_answer_all, args=(bodies, known, services), daemon=True)
        worker.start()
        try:
            yield services
        finally:
            bodies.put(END)
            worker.join(timeout=30)


def _answer_all(bodies: Bodies, known: Mapping[str, datetime], services: Services) -> None:
    while (body := bodies.get()) != END:
        path, change = path_in_document_event(body), change_of(body)
        is_old = change is not None and path in known and change.after.at <= known[path]
        if path.partition("/")[0] not in WATCHED or is_old:
            continue
        try:
            _answer(path, change, services)
        except Transient:
            bodies.put(body)  # delivered again


def _answer(path: str, change: Change | None, services: Services) -> None:
    collection, document = path.split("/")
    if collection == DRAFTS:
        report_on_draft(document, services)
    elif collection == COMMANDS:
        obey(document, services)
    else:
        report_on(collection, document, services, change)
