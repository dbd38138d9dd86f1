"""The service's side of drafts and of reports on configs, run by the tests themselves: what the page writes into the
emulator is answered by the functions' own code, over tables that are made up."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore

from functions import config_commands
from functions.adapters.firestore_store import FirestoreStore
from functions.config_reports import report_on
from functions.drafts import report_on_draft
from functions.services import Services
from shared.reports import CONFIGS, DRAFTS
from shared.tables import SourceColumn
from tests.fakes.cloud import FakeWarehouse
from tests.fakes.world import COLUMNS, World, answer, table

PRODUCTS = (SourceColumn("product", "STRING"), SourceColumn("brand", "STRING"), SourceColumn("active", "BOOLEAN"))
ROW = {"maker": "Falk", "customer": "C-1", "product": "P-1", "sold_at": 1_735_689_600, "price": None, "brand": "Falk"}
COMMANDS = "commands"


class Figures(dict[str, Any]):
    """Of a query that nobody foresaw, every row stays."""

    def __missing__(self, name: str) -> int:
        return 20_000


def answered(sql: str) -> Any:
    """As the world of the unit tests, with a row to look at and a join that fits."""
    if "LIMIT 50" in sql:
        return [ROW]
    if "AS `matched_rows`" in sql:
        return {"left_rows": 20_000, "right_rows": 300, "right_keys": 300, "matched_rows": 19_000, "rows_after": 20_000}
    found = answer(sql)
    return Figures(found) if isinstance(found, dict) else found


def services(client: firestore.Client) -> Services:
    warehouse = FakeWarehouse(answered)
    warehouse.tables |= {"shop.sales": table(*COLUMNS), "shop.products": table(*PRODUCTS, rows=300, bytes=9_000)}
    made = World().services
    return replace(made, store=FirestoreStore(client), warehouse=warehouse, now=lambda: datetime.now(UTC))


@contextmanager
def answering(client: firestore.Client) -> Iterator[Services]:
    """Until the end of the block, whatever is written is reported on, in the order in which it arrives."""
    service, work = services(client), queue.Queue[tuple[str, str] | None]()

    def look(collection: str) -> Any:
        def changed(_: Any, changes: Any, __: Any) -> None:
            for change in changes:
                work.put((collection, change.document.id))

        return changed

    def run() -> None:
        while (item := work.get()) is not None:
            collection, document_id = item
            if collection == DRAFTS:
                report_on_draft(document_id, service)
            elif collection == COMMANDS:
                config_commands.obey(document_id, service)
            else:
                report_on(collection, document_id, service)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    watches = [client.collection(each).on_snapshot(look(each)) for each in (DRAFTS, COMMANDS, *sorted(CONFIGS))]
    try:
        yield service
    finally:
        for watch in watches:
            watch.unsubscribe()
        work.put(None)
        worker.join(timeout=30)
