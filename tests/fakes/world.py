"""A whole world of fakes with a valid request in it, and the moves that the outside makes."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

from functions.config import Config
from functions.reconcile import reconcile
from functions.services import Services
from shared import paths
from shared.facts import Task
from shared.runs import Run, State
from shared.tables import SourceColumn, SourceTable
from tests.fakes.cloud import FakeBlobs, FakeBuilds, FakeLogs, FakeMirror, FakePipelines, FakeWarehouse
from tests.fakes.store import FakeStore

EXPERIMENT = "exp-01jd4qz0000000000000000000"
ATTEMPT = f"{EXPERIMENT}-a1"
START = datetime(2026, 11, 21, 12, 30, tzinfo=timezone.utc)
TASKS = ("BigQueryExampleGen", "StatisticsGen", "SchemaGen", "Transform", "Trainer")

COLUMNS = [
    SourceColumn("customer", "STRING"),
    SourceColumn("product", "STRING"),
    SourceColumn("sold_at", "TIMESTAMP"),
    SourceColumn("price", "FLOAT"),
]


def table(*columns: SourceColumn, **more: Any) -> SourceTable:
    facts = {"location": "europe-west4", "modified_at": START, "rows": 20_000, "bytes": 2_000_000}
    return SourceTable(tuple(columns), **{**facts, **more})


COUNTS = {"source_rows": 20_000, "role_rows": 20_000, "first_day": date(2025, 1, 1), "last_day": date(2025, 12, 31)}
COUNTS |= {f"{split}_rows": 12_000 for split in ("train", "eval", "test", "catalogue")}
COUNTS |= {f"{split}_{what}": 500 for split in ("train", "eval", "test") for what in ("customers", "products")}
COUNTS |= {f"train_rows_{percent}": 120 * percent for percent in (5, 10, 25, 50, 100)} | {"dropped_rows": 0}
FACTS = {"rows": 20_000, "customers": 500, "products": 500, "pairs": 9_000, "regular_customers": 400}
FACTS |= {"one_time_customers": 10, "largest_customer_rows": 90, "distinct_rows": 20_000, "negative_revenue": 0}
FACTS |= {"negative_quantity": 0, "test_rows": 1_000, "warm_test_rows": 990, "longest_gap": 1}
FACTS |= {"first_day": date(2025, 1, 1), "last_day": date(2025, 12, 31)}

WRITTEN = {"schema_version": 1, "owner": "ada@example.org", "created_at": START, "updated_at": START}


def category(column: str, **more: Any) -> dict[str, Any]:
    return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 16}, **more}


def documents() -> dict[str, dict[str, Any]]:
    """A request and what it names."""
    return {
        f"experiments/{EXPERIMENT}": {
            **WRITTEN, "feature_config": "base", "model_config": "minimal", "name": "first", "epochs": 2,
            "model_endpoint": "wholesale",
        },
        "feature_configs/base": {
            **WRITTEN, "name": "Base", "dataset": "sales",
            "query_features": [category("customer", is_primary_id=True)],
            "candidate_features": [category("product", is_primary_id=True)],
        },
        "model_configs/minimal": {**WRITTEN, "name": "Minimal"},
        "datasets/sales": {
            **WRITTEN, "name": "Sales", "tables": [{"table": "shop.sales"}],
            "roles": {"customer_id": "customer", "product_id": "product", "event_time": "sold_at"},
        },
    }  # fmt: skip


def answer(sql: str) -> dict[str, Any] | list[dict[str, Any]]:
    """Sizes for whoever asks for them; nobody here has rows to show."""
    if "AS `regular_customers`" in sql:
        return FACTS
    sizes = ("source_rows", "dropped_rows")
    return COUNTS if any(f"AS `{name}`" in sql for name in sizes) else []


class World:
    """Fakes, a clock that only moves when told to, and the outside's moves."""

    def __init__(self, **settings: Any) -> None:
        """`settings` of `Config` beside the required ones."""
        self.time = START
        self.store, self.blobs, self.logs, self.mirror = FakeStore(), FakeBlobs(), FakeLogs(), FakeMirror()
        self.builds, self.pipelines = FakeBuilds(self.now), FakePipelines()
        self.warehouse = FakeWarehouse(answer)
        self.warehouse.tables["shop.sales"] = table(*COLUMNS)
        for path, document in documents().items():
            self.store.put(path, document)
        config = Config("demo-p", "europe-west4", "bucket", "compiler@sha256:1", "trainer@sha256:2", **settings)
        self.services = Services(
            config,
            self.store,
            self.blobs,
            self.builds,
            self.pipelines,
            self.logs,
            self.warehouse,
            self.mirror,
            self.now,
        )

    def now(self) -> datetime:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def reconcile(self, experiment_id: str = EXPERIMENT) -> Run:
        run = reconcile(experiment_id, self.services)
        assert run is not None
        return run

    def run(self) -> Run:
        return self.run_of(EXPERIMENT)

    def run_of(self, experiment_id: str) -> Run:
        run = self.store.load(experiment_id).run
        assert run is not None
        return run

    def name(self) -> str:
        """Of the current attempt."""
        return paths.attempt_name(EXPERIMENT, self.run().attempt)

    def detail(self, part: str) -> dict[str, Any]:
        return self.store.documents[f"runs/{EXPERIMENT}/details/{part}"]

    def states(self) -> list[str]:
        """Where the run has been, by its audit events."""
        events = [doc for path, doc in sorted(self.store.documents.items()) if f"{EXPERIMENT}/events/" in path]
        return [event["to"] for event in events if event["from"] != event["to"]]

    def cancel(self) -> None:
        self.wish("cancel")

    def delete(self, experiment_id: str = EXPERIMENT) -> None:
        self.wish("delete", experiment_id)

    def wish(self, kind: str, experiment_id: str = EXPERIMENT) -> None:
        command = {**WRITTEN, "kind": kind, "experiment": experiment_id}
        self.store.put(f"commands/{experiment_id}--{kind}", command, self.time)

    def request(self, number: int, **changes: Any) -> str:
        """Another experiment like the first; their ids sort by number."""
        experiment_id = f"exp-01jd4qz{number:019d}"
        self.store.put(f"experiments/{experiment_id}", {**documents()[f"experiments/{EXPERIMENT}"], **changes})
        return experiment_id

    def spec_path(self) -> str:
        return paths.compiled_spec((self.run().spec or {})["key"])

    def finish_build(self) -> None:
        """The build ends well: its spec is stored."""
        self.blobs.objects[self.spec_path()] = b'{"pipelineInfo": {}}'
        for build in list(self.builds.builds.values()):
            if build.live:
                self.builds.end(build.id, "SUCCESS")

    def task(self, name: str, state: str, **more: Any) -> Task:
        return Task(name, state, started_at=self.time - timedelta(seconds=10), ended_at=None, **more)

    def run_job(self, state: str = "RUNNING", **task_states: str) -> None:
        tasks = [self.task(name, task_states.get(name, "PENDING")) for name in TASKS]
        self.pipelines.move(self.name(), state, *tasks)

    def succeed_job(self) -> None:
        tasks = [self.task(name, "SUCCEEDED") for name in TASKS]
        self.pipelines.move(self.name(), "SUCCEEDED", *tasks, model_uri="gs://bucket/model")

    def fail_job(self, message: str) -> None:
        self.pipelines.move(self.name(), "FAILED", self.task("Trainer", "FAILED", error=message))

    def write_epoch(self, number: int) -> None:
        name = f"{paths.progress_folder(EXPERIMENT, self.run().attempt)}/epoch-{number:04d}.json"
        self.blobs.objects[name] = json.dumps(epoch_record(number)).encode()

    def write_results(self) -> None:
        attempt = self.run().attempt
        self.blobs.objects[paths.results(EXPERIMENT, attempt)] = json.dumps(results(attempt=attempt)).encode()

    def bring_to(self, state: str) -> Run:
        """As far as the outside has to help for the run to rest in `state`."""
        self.reconcile()
        if state == "compiling":
            return self.run()
        if self.run().state is State.COMPILING:
            self.finish_build()
            self.reconcile()
        if state == "running":
            return self.run()
        self.write_epoch(0)
        self.write_epoch(1)
        self.write_results()
        self.succeed_job()
        return self.reconcile()


def epoch_record(number: int) -> dict[str, Any]:
    recalls = {f"recall_at_{k}": 0.1 for k in (5, 10, 50, 100)}
    return {
        "epoch": number, "epochs": 2, "train": {"loss": 3.0, "regularization_loss": 0.0, "total_loss": 3.0},
        "eval": {"loss": 3.1, "regularization_loss": 0.0, "total_loss": 3.1, **recalls}, "best": True,
        "examples": 24_000, "learning_rate": 0.001, "examples_per_second": 1000.0, "epoch_seconds": 1.5,
        "time": "2026-11-21T12:31:00Z",
    }  # fmt: skip


def results(**changes: Any) -> dict[str, Any]:
    """A valid results.json."""
    figures = {name: {"value": 0.2, "low": 0.1, "high": 0.3, "n": 500} for name in METRIC_NAMES}
    three = {"train": 12_000, "eval": 12_000, "test": 12_000}
    return {
        "experiment": EXPERIMENT, "attempt": 1, "model_type": "retrieval", "seed": 17, "split_seed": 17,
        "protocol": {"split": "strict_time"}, "versions": {},
        "counts": {"rows": {**three, "catalogue": 12_000}, "customers": three, "products": three, "misses": 3},
        "training": {
            "epochs_run": 2, "best_epoch": 1, "evaluated_epoch": 1, "metric": "recall_at_10", "stop_reason": "epochs",
            "steps": 20, "seconds": 3.0,
            "parameters": {"query": 10, "candidate": 10, "total": 20, "trainable": 20},
        },
        "metrics": {"all": figures}, "ceiling": {},
        "baselines": {"popularity": {"metrics": {"all": figures}}},
        "lift": {"recall_at_10": {"baseline": "popularity", "value": 0.0, "relative": 0.0, "low": -0.1, "high": 0.1,
                                  "verdict": "cannot_tell"}},
        "files": {}, **changes,
    }  # fmt: skip


METRIC_NAMES = ("recall_at_5", "recall_at_10", "recall_at_50", "recall_at_100", "ndcg_at_10", "mrr", "hit_rate_at_10")
