"""A dataset's report and a submission over real rows: the warehouse's stand-in answers, Firestore stores."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from functions.adapters.bigquery_warehouse import BigQueryWarehouse
from functions.adapters.ports import Refused, Warehouse
from functions.config_reports import report_on
from functions.drafts import report_on_draft
from functions.prepare import make_snapshot
from shared.problems import InvalidDocument
from tests.contract.conftest import PROJECT, REGION, Documents, clients, config, free_port, running, sys
from tests.fakes.world import EXPERIMENT, WRITTEN, World, category

pytestmark = pytest.mark.parametrize("documents", ["real"], indirect=True)

PURCHASES = """
SELECT 'c' || (i * 7919 % 260) AS customer, i * 104729 % 90 AS sku,
       TIMESTAMPTZ '2025-01-01 08:00:00+00' + INTERVAL (i % 300) DAY + INTERVAL (i % 9) HOUR AS sold_at,
       'o' || (i // 2) AS invoice, round(1 + (i * 31 % 90) / 7.0, 2) AS amount, 1 + i % 4 AS units,
       {'city': 'town ' || (i % 12), 'zip': '1000' || (i % 5)} AS place
FROM range(12000) t(i)
"""
PRODUCTS = """
SELECT i AS sku, 'category ' || (i % 9) AS category, 'brand ' || (i % 20) AS brand, i % 10 <> 0 AS active,
       round(2 + i / 3.0, 2) AS list_price, ['tag ' || (i % 3), 'tag ' || (i % 4)] AS tags
FROM range(90) t(i)
"""
LARGE = "SELECT random() AS x FROM range(1500000)"  # 12 MB: more than is billed for a small table


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("rows"), free_port()
    (folder / "data/shop").mkdir(parents=True)
    for name, rows in (("sales", PURCHASES), ("products", PRODUCTS), ("large", LARGE)):
        write(folder / f"data/shop/{name}.parquet", rows)
    command = [sys.executable, "-m", "local.warehouse", "--port", str(port), "--folder", str(folder / "data")]
    with running([*command, "--project", PROJECT, "--location", REGION], port, folder / "log"):
        yield f"http://127.0.0.1:{port}"


def write(path: Path, rows: str) -> None:
    duckdb.sql(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")


@pytest.fixture
def warehouse(host: str, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", host)
    return BigQueryWarehouse(clients.bigquery_client(config(bigquery=host)))


OF_PRODUCTS = ("category", "brand", "list_price", "tags")
DATASET: dict[str, Any] = {
    **WRITTEN, "name": "Sales", "primary": "sales",
    "tables": [
        {"table": "shop.sales"},
        {"table": "shop.products", "columns": [{"column": column} for column in OF_PRODUCTS]},
    ],
    "joins": [{"left": "sales", "right": "products", "keys": [{"left": "sku", "right": "sku"}]}],
    "roles": {"customer_id": "customer", "product_id": "sku", "event_time": "sold_at", "order_id": "invoice",
              "revenue": "amount", "quantity": "units"},
    "filters": {"rows": [{"kind": "number", "column": "units", "op": "gt", "value": 0.0}],
                "products": {"top_revenue_percent": 99.0}, "customers": {"min_transactions": 2}},
    "history": [{"name": "recent", "item": "sku", "length": 10}],
    "timezone": "Europe/Berlin",
}  # fmt: skip
FEATURES: dict[str, Any] = {
    **WRITTEN, "name": "All", "dataset": "sales",
    "query_features": [
        category("customer", is_primary_id=True),
        {"kind": "time", "column": "sold_at", "cycles": ["month"]},
        {"kind": "history", "column": "recent", "shared_with": "sku"},
    ],
    "candidate_features": [category("sku", is_primary_id=True), category("category"),
                           {"kind": "number", "column": "list_price", "scale": {}}],
    "target": {"column": "amount", "log": True},
}  # fmt: skip


def world(documents: Documents, warehouse: Warehouse) -> World:
    """The store of the fixture, the real warehouse's protocol, fakes for what is not asked."""
    made = World()
    made.services = replace(made.services, store=documents.store, warehouse=warehouse)
    experiment = {**made.store.documents[f"experiments/{EXPERIMENT}"], "feature_config": "all", "model_config": "both"}
    documents.put("datasets/sales", DATASET)
    documents.put("feature_configs/all", FEATURES)
    documents.put("model_configs/both", {**WRITTEN, "name": "Both", "model_type": "multitask"})
    documents.put(f"experiments/{EXPERIMENT}", experiment)
    return made


PARTS = ("sql", "statistics", "facts", "preview", "join_checks", "pareto_products", "pareto_customers", "dependence",
         "smart_defaults")  # fmt: skip


def test_a_dataset_is_reported_on_in_full_and_no_document_is_large(documents: Documents, warehouse: Warehouse):
    services = world(documents, warehouse).services
    report_on("datasets", "sales", services)
    report = documents.get("reports/datasets__sales")
    assert report["valid"], report["problems"]
    assert not [problem for problem in report["problems"] if problem["code"] == "E_REPORT"]
    assert report["funnel"][0]["rows"] == 12_000
    assert report["split"]["kind"] == "strict_time"
    assert 0 < report["quality"]["score"] <= 100
    assert report["filters"][0] == "Filter 1: `units` > 0 (12,000 of 12,000)"
    assert report["histories"][0]["name"] == "recent"
    assert report["roles_suggested"]["customer_id"][0]["column"] == "customer"
    assert report["joins_suggested"][0]["left_column"] == "sku"
    parts = {part: documents.get(f"reports/datasets__sales/parts/{part}") for part in PARTS}
    assert None not in parts.values(), [part for part, found in parts.items() if found is None]
    for part, content in [*parts.items(), ("report", report)]:
        assert len(json.dumps(content, default=str)) < 100_000, part
    assert len(parts["preview"]["rows"]) == 50
    assert {column["name"] for column in parts["statistics"]["columns"]} >= {"customer", "brand", "tags", "amount"}
    assert parts["sql"]["queries"]["train"].startswith("WITH")
    assert parts["join_checks"]["joins"][0]["factor"] == 1.0
    proposed = parts["smart_defaults"]["document"]
    assert "category" in {feature["column"] for feature in proposed["candidate_features"]}


def test_smart_defaults_are_a_valid_feature_config(documents: Documents, warehouse: Warehouse):
    services = world(documents, warehouse).services
    report_on("datasets", "sales", services)
    proposed = documents.get("reports/datasets__sales/parts/smart_defaults")["document"]
    documents.put("feature_configs/proposed", {**WRITTEN, "dataset": "sales", **proposed})
    report_on("feature_configs", "proposed", services)
    report = documents.get("reports/feature_configs__proposed")
    assert report["valid"], report["problems"]


def test_what_has_not_changed_is_not_asked_again(documents: Documents, warehouse: Warehouse):
    services = world(documents, warehouse).services
    report_on("datasets", "sales", services)
    asked: list[str] = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(warehouse, name)

        def rows(self, sql: str, max_bytes_billed: int) -> list[Any]:
            asked.append(sql)
            return warehouse.rows(sql, max_bytes_billed)

    documents.put("datasets/sales", {**DATASET, "description": "better words"})
    report_on("datasets", "sales", replace(services, warehouse=Counting()))
    assert asked == []
    documents.put("datasets/sales", {**DATASET, "timezone": "UTC"})
    report_on("datasets", "sales", replace(services, warehouse=Counting()))
    assert asked


def test_a_submission_of_everything_is_frozen(documents: Documents, warehouse: Warehouse):
    services = world(documents, warehouse).services
    for path in ("datasets/sales", "feature_configs/all", "model_configs/both"):
        report_on(*path.split("/"), services)
        assert documents.get(f"reports/{path.replace('/', '__')}")["valid"]
    snapshot = make_snapshot(EXPERIMENT, services)
    assert set(snapshot.protocol["keys"]) == {"retrieval", "rating"}
    assert all(snapshot.protocol["keys"].values())
    assert snapshot.protocol["fingerprints"]["test"]["rows"] == snapshot.counts["rows"]["test"]
    assert set(snapshot.schema) == {"sales", "products"}
    assert (snapshot.hardware["tier"], snapshot.parameters["data_processing"]) == ("small", "in_process")
    assert snapshot.estimate["total_usd"] > 0
    for sql in snapshot.sql.values():
        assert isinstance(warehouse.rows(sql, 2**34), list)


def test_a_submission_is_refused_with_the_words_of_the_reports(documents: Documents, warehouse: Warehouse):
    services = world(documents, warehouse).services
    roles = {**DATASET["roles"], "revenue": "brand", "order_id": "nothing"}
    documents.put("datasets/sales", {**DATASET, "roles": roles, "timezone": "Mars/Olympus"})
    documents.put("model_configs/both", {**WRITTEN, "name": "Both", "model_type": "multitask", "momentum": 0.5})
    told = []
    for kind, path in (("dataset", "datasets/sales"), ("model_config", "model_configs/both")):
        report_on(*path.split("/"), services)
        report = documents.get(f"reports/{path.replace('/', '__')}")
        told += [{**problem, "path": f"{kind}.{problem['path']}"} for problem in report["problems"]]
    with pytest.raises(InvalidDocument) as caught:
        make_snapshot(EXPERIMENT, services)
    refused = [vars(problem) for problem in caught.value.problems]
    assert {"E_TIMEZONE", "E_ROLE_TYPE", "E_UNKNOWN_FIELD"} <= {problem["code"] for problem in refused}
    for problem in told:
        assert problem in refused


def test_more_bytes_than_the_cap_are_refused_and_are_no_outage(documents: Documents, warehouse: Warehouse):
    with pytest.raises(Refused, match="exceeded limit for bytes billed"):
        warehouse.row("SELECT MAX(x) AS m FROM `shop.large`", 2**20)
    assert warehouse.row("SELECT MAX(x) AS m FROM `shop.large`", 2**24)["m"] < 1


def test_a_limit_below_what_is_billed_for_any_table_refuses_no_small_one(documents: Documents, warehouse: Warehouse):
    """S1.1 allows 1 MiB, and BigQuery bills ten for each table."""
    sql = "SELECT COUNT(*) AS n FROM `shop.sales` AS s JOIN `shop.products` AS p ON s.sku = p.sku"
    assert warehouse.row(sql, 2**20) == {"n": 12_000}


DRAFT = "draft-01jd4qz0000000000000000000"


def drafted(documents: Documents, services: Any, kind: str, stored: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """The report on a draft with the content of a stored document."""
    content = {name: value for name, value in stored.items() if name not in WRITTEN}
    edit = (documents.get(f"drafts/{DRAFT}") or {"edit": 0})["edit"] + 1
    documents.put(f"drafts/{DRAFT}", {**WRITTEN, "kind": kind, "edit": edit, "content": content, **fields})
    report_on_draft(DRAFT, services)
    report = documents.get(f"reports/drafts__{DRAFT}")
    assert not [problem for problem in report["problems"] if problem["code"] == "E_REPORT"], report["problems"]
    assert len(json.dumps(report, default=str)) < 100_000
    return report


def test_drafts_of_everything_say_what_a_submission_would_freeze(documents: Documents, warehouse: Warehouse):
    services = world(documents, warehouse).services
    for path in ("datasets/sales", "feature_configs/all", "model_configs/both"):
        report_on(*path.split("/"), services)
    found = drafted(documents, services, "dataset", DATASET, document="sales", look=True)
    saved = documents.get("reports/datasets__sales")
    for field in ("columns", "funnel", "counts", "split", "filters", "histories", "joins_suggested"):
        assert found[field] == saved[field], field
    parts = f"reports/drafts__{DRAFT}/parts"
    assert documents.get(f"{parts}/preview")["rows"] == documents.get("reports/datasets__sales/parts/preview")["rows"]
    assert {each["table"] for each in documents.get(f"{parts}/catalogue")["offered"]} >= {"shop.sales"}
    assert found["look_bytes"] > 0
    found = drafted(documents, services, "feature_config", FEATURES, document="all")
    assert found["aids"]["category"]["distinct"] > 0
    assert {aid["tower"] for aid in found["aids"].values()} >= {"query", "candidate"}
    request = documents.get(f"experiments/{EXPERIMENT}")
    found = drafted(documents, services, "experiment", request)
    snapshot = make_snapshot(EXPERIMENT, services)
    assert found["valid"], found["problems"]
    assert (found["counts"], found["shape"]) == (snapshot.counts, snapshot.shape)
    assert found["estimate"] == snapshot.estimate
    model = {"name": "Both", "model_type": "multitask"}
    found = drafted(documents, services, "model_config", model, document="both", feature_config="all")
    known = snapshot.shape["parameters"]["total"]  # by the customers and products of the train split
    assert found["parameters"]["total"] == pytest.approx(known, rel=0.01)
