"""What the functions would say about documents that nobody has submitted: their own code, over the documents of a file
and with the user's own right to read the warehouse. Nothing is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NoReturn

from functions.adapters.ports import Loaded, Refused, StoredReport, Transient, Warehouse
from functions.adapters.records import ledger_name
from functions.config import REQUIRED, Config, Endpoints, from_environment
from functions.services import Services
from quicktest.deployment import Deployment
from quicktest.documents import Documents, key_of
from quicktest.drafts import complete
from quicktest.errors import QuicktestError
from shared.documents import SCHEMA_VERSION, Dataset, FeatureConfig
from shared.problems import Problem
from shared.reports import Content
from shared.runs import from_document
from shared.snapshot import Snapshot
from shared.tables import SourceTable

RUNS_LOOKED_AT = 200
_ANYTIME = datetime(2000, 1, 1, tzinfo=UTC)  # documents that are not written have no times yet


class Answers:
    """Questions about the documents; outages and refusals of the warehouse are raised as QuicktestError."""

    def __init__(self, documents: Documents, deployment: Deployment, warehouse: Warehouse | None = None) -> None:
        config = _config(deployment)
        self._services = Services(
            config=config,
            store=_Overlay(documents),
            blobs=_blobs(config),
            builds=_Nothing(),
            pipelines=_Nothing(),
            logs=_Nothing(),
            warehouse=_Once(warehouse or _warehouse(config)),
            mirror=None,
            now=lambda: datetime.now(UTC),
        )

    def dataset_problems(self, dataset: Dataset) -> list[Problem]:
        """Over its tables as they are now; their rows are not read."""
        from functions.checking import offer_of

        return list(self._ask(lambda: offer_of(dataset, self._services).problems))

    def dataset(self, document_id: str, dataset: Dataset) -> Content:
        """The whole report, rows included."""
        from functions.dataset_report import dataset_content

        return self._ask(lambda: dataset_content(document_id, dataset, self._services))

    def features(self, document_id: str, features: FeatureConfig) -> Content:
        from functions.feature_report import feature_content_of

        return self._ask(lambda: feature_content_of(document_id, features, self._services))

    def experiment(self, document_id: str) -> Snapshot:
        """What submitting would freeze, splits counted; raises InvalidDocument with every problem."""
        from functions.prepare import make_snapshot

        return self._ask(lambda: make_snapshot(document_id, self._services))

    @staticmethod
    def _ask(question: Any) -> Any:
        try:
            return question()
        except Transient as error:
            raise QuicktestError(f"The warehouse does not answer: {error} Try again in a while.") from error
        except Refused as error:
            raise QuicktestError(f"The warehouse refused: {error}") from error


class _Overlay:
    """`functions.adapters.ports.Store`, as much of it as looking needs."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._written = {
            (draft.collection, key_of(draft)): complete(draft, "nobody", _ANYTIME, _ANYTIME)
            for draft in documents.drafts
        }

    def config(self, collection: str, document_id: str) -> Mapping[str, Any] | None:
        if (collection, document_id) in self._written:
            return self._written[collection, document_id]
        store = self._documents.store
        return store.get(f"{collection}/{document_id}") if store else None

    def load(self, experiment_id: str) -> Loaded:
        """The parent of a rerun."""
        store = self._documents.store
        request, run = (store.get(f"{place}/{experiment_id}") if store else None for place in ("experiments", "runs"))
        return Loaded(request, from_document(run) if run else None, None)

    def spent_usd(self, endpoint: str, month: str) -> float:
        store = self._documents.store
        ledger = store.get(f"ledgers/{ledger_name(endpoint, month)}") if store else None
        return float((ledger or {}).get("spent_usd", 0.0))

    def reuse_generation(self) -> int:
        store = self._documents.store
        return int(((store.get("counters/reuse") if store else None) or {}).get("generation", 0))

    def names(self, collection: str) -> dict[str, Mapping[str, Any]]:
        """Documents of the file that are new are younger than all that are stored."""
        store = self._documents.store
        stored = store.with_ids(collection, "schema_version", SCHEMA_VERSION) if store else {}
        known: dict[str, Mapping[str, Any]] = {**stored}
        for (kind, document_id), body in self._written.items():
            if kind == collection:
                since = stored.get(document_id, {}).get("created_at", datetime.now(UTC))
                known[document_id] = {**body, "created_at": since}
        return known

    def report(self, collection: str, document_id: str) -> StoredReport:
        """Without a document for what the file replaces: a report on what is stored says nothing about it."""
        return StoredReport(collection, document_id, self._reported(collection, document_id, ""))

    def report_part(self, collection: str, document_id: str, part: str) -> Mapping[str, Any] | None:
        return self._reported(collection, document_id, f"/parts/{part}")

    def past_runs(self, tier: str, most: int) -> list[Mapping[str, Any]]:
        """The latest completed runs on a tier, by which estimates are corrected (S5.8), oldest first."""
        store = self._documents.store
        newest = islice(store.newest("runs"), RUNS_LOOKED_AT) if store else ()
        on_tier = (run for run in newest if (run.get("hardware") or {}).get("tier") == tier)
        return list(islice((run for run in on_tier if run["state"] == "completed"), most))[::-1]

    def _reported(self, collection: str, document_id: str, rest: str) -> Mapping[str, Any] | None:
        store = self._documents.store
        if store is None or (collection, document_id) in self._written:
            return None
        return store.get(f"reports/{collection}__{document_id}{rest}")

    def report_heads(self, collection: str) -> dict[str, Mapping[str, Any]]:
        """Of documents that the file does not replace."""
        store = self._documents.store
        stored = store.where("reports", "collection", collection) if store else []
        return {head["id"]: head for head in stored if (collection, head["id"]) not in self._written}


class _Once:
    """A warehouse that is asked each question once: a file's documents share their tables and most of their queries."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._known: dict[tuple[object, ...], Any] = {}

    def table(self, project: str | None, dataset: str, table: str) -> SourceTable | None:
        return self._once("table", project, dataset, table)

    def rows(self, sql: str, max_bytes_billed: int) -> list[Mapping[str, Any]]:
        return self._once("rows", sql, max_bytes_billed)

    def row(self, sql: str, max_bytes_billed: int) -> Mapping[str, Any]:
        return self._once("row", sql, max_bytes_billed)

    def bytes_of(self, sql: str) -> int:
        return self._once("bytes_of", sql)

    def _once(self, question: str, *arguments: object) -> Any:
        key = (question, *arguments)
        if key not in self._known:
            self._known[key] = getattr(self._warehouse, question)(*arguments)
        return self._known[key]


class _NothingKept:
    """Where nobody can look: the estimate then counts the compiling, and there is no snapshot to repeat."""

    def exists(self, name: str) -> bool:
        return False

    def read(self, name: str, longest: int) -> bytes | None:
        return None


class _Nothing:
    """Stands where a service is that looking must not touch."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"looking at documents must not need `{name}`")


def _config(deployment: Deployment) -> Config:
    """As the functions have it: a stack on this machine tells it all, elsewhere what only they need is left out."""
    if deployment.local and all(os.environ.get(name) for name in REQUIRED):
        return from_environment()
    return Config(
        project=deployment.project,
        region=deployment.region,
        bucket="",
        compiler_image="",
        trainer_image="",
        endpoints=Endpoints(bigquery=os.environ.get("BIGQUERY_EMULATOR_HOST")),
    )


def _blobs(config: Config) -> Any:
    if not config.bucket:
        return _NothingKept()
    from functions.adapters.clients import storage_client
    from functions.adapters.storage_blobs import StorageBlobs

    return StorageBlobs(storage_client(config), config.bucket)


def _warehouse(config: Config) -> Warehouse:
    from functions.adapters.bigquery_warehouse import BigQueryWarehouse
    from functions.adapters.clients import bigquery_client

    return BigQueryWarehouse(bigquery_client(config))
