"""What the demo's comparison calls equal, and that BigQuery is sent the rows that one machine has."""

from __future__ import annotations

import copy
import json
import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from sqlglot import exp

from local.warehouse.types import field
from quicktest.cloud import demo
from quicktest.cloud.demo_comparison import compare, verdict
from quicktest.cloud.demo_rows import TYPES, BigQuery, fingerprint
from quicktest.demo import generate
from quicktest.errors import QuicktestError
from shared.sql.parts import source_table
from tests.unit.cloud_side import at_a_terminal
from tests.unit.user_side import completed_run


def result() -> dict[str, Any]:
    rows = {"train": 900, "test": 100}
    prints = {split: {"rows": count, "sum": count * 7} for split, count in rows.items()}
    dataset = {"id": "demo", "owner": "ann", "created_at": "2026-01-01", "tables": ["quicktest.demo_purchases"]}
    run = json.loads(
        json.dumps(completed_run(counts={"rows": rows}, cost={"computed": 0.1}), default=str)
    )  # as it is kept
    return {
        "run": run,
        "snapshot": {
            "configs": {"dataset": dataset},
            "images": {"trainer": "here"},
            "sql": {"train": read_at("2026-01-01 22:08:53.284000+00:00")},
            "parameters": {"epochs": 4, "region": "europe-west4", "data_version": "ed40867194e08f2c-g0-1"},
        },
        "evaluation": {"fingerprints": prints},
    }


def read_at(moment: str) -> str:
    """A query as it is kept, of a table at a moment."""
    table = source_table("quicktest.demo_purchases", datetime.fromisoformat(moment))
    return exp.select("a").from_(table).sql("bigquery", pretty=True)


def differing(there: dict[str, Any]) -> list[str]:
    return [line.what for line in compare(result(), there) if line.same is False]


def test_equal_results_are_equal() -> None:
    lines = compare(result(), result())
    assert differing(result()) == []
    assert verdict(lines).startswith("The project gives what this machine gives")


def test_what_says_where_a_run_took_place_may_differ() -> None:
    there = result()
    there["snapshot"]["images"] = {"trainer": "there"}
    there["snapshot"]["configs"]["dataset"].update(owner="bob", created_at="2026-02-02")
    there["snapshot"]["parameters"].update(region="us-central1", data_version="0123456789abcdef-g3-7")
    there["snapshot"]["sql"] = {"train": read_at("2026-02-02 01:02:03+00:00")}
    there["run"].update(cost={"computed": 0.9}, duration_seconds=900)
    assert differing(there) == []
    costs = next(line for line in compare(result(), there) if line.what == "cost")
    assert (costs.here, costs.there) == ("$0.10", "$0.90")


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("run.counts.rows.train", 901, "rows train"),
        ("evaluation.fingerprints.test", {"rows": 100, "sum": 701}, "fingerprint test"),
        ("snapshot.sql.train", "SELECT 2", "what was asked"),
        ("snapshot.parameters.epochs", 5, "what was asked"),
        ("snapshot.configs.dataset.tables", [], "what was asked"),
        ("run.metrics.recall_at_10.value", 0.555, "recall@10"),
        ("run.metrics.recall_at_10.value", 0.453, "recall@10"),
        ("run.metrics.recall_at_10.value", None, "recall@10"),
    ],
)
def test_whatever_else_differs_is_named(path: str, value: Any, what: str) -> None:
    there = copy.deepcopy(result())
    *steps, last = path.split(".")
    place = there
    for step in steps:
        place = place[step]
    place[last] = value
    assert differing(there) == [what]
    assert what in verdict(compare(result(), there))


def test_a_figure_within_the_local_interval_is_the_same() -> None:
    there = result()
    there["run"]["metrics"]["recall_at_10"]["value"] = 0.5539  # of 0.504 (0.454-0.554)
    assert differing(there) == []


def test_results_without_figures_or_fingerprints_are_no_agreement() -> None:
    empty = {**result(), "evaluation": {}, "run": {**result()["run"], "metrics": None}}
    assert [line.what for line in compare(empty, empty) if line.same is False] == ["fingerprints", "figures"]


def test_a_process_gets_nothing_that_leads_to_a_deployment() -> None:
    ours = {"PATH": "/bin", "HTTPS_PROXY": "p", "GOOGLE_APPLICATION_CREDENTIALS": "key"}
    leading = {
        "GOOGLE_CLOUD_PROJECT": "x",
        "FIRESTORE_EMULATOR_HOST": "x",
        "QUICKTEST_BUCKET": "x",
        "QUICKTEST_HOME": "x",
    }
    assert demo.clean({**ours, **leading}) == ours


ENDING = "trap 'sleep 0.6; echo stopped > stack; exit 3' INT TERM; touch begun; while :; do sleep 0.1; done"
CALLER = f"""import os, sys
from quicktest.cloud.demo import ended
sys.exit(ended(("sh", "-c", {ENDING!r}), os.environ))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_who_is_interrupted_has_stopped_what_it_started(tmp_path: Path, how: signal.Signals) -> None:
    caller = at_a_terminal(CALLER, tmp_path)
    if how is signal.SIGINT:
        os.killpg(caller.pid, how)  # as a terminal does
    else:
        caller.send_signal(how)
    assert caller.wait(timeout=20) == 3
    assert (tmp_path / "stack").read_text() == "stopped\n"


@pytest.mark.parametrize("text", ["", "{}", '{"run": {"state": "failed"}}'])
def test_only_a_completed_demo_can_be_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "local.json"
    file.write_text(text)
    with pytest.raises(QuicktestError, match="Leave out --local"):
        demo.read(file)


# ------------------------------------------------------------------------------------------------------- BigQuery


class Service(BaseHTTPRequestHandler):
    """BigQuery's REST API as far as a load goes: a table that is there or not, a dataset, a resumable upload, a job."""

    server: Any

    def do_GET(self) -> None:
        if "/jobs/" in self.path:
            return self._answer(200, self.server.job)
        table = self.server.table
        return self._answer(200, table) if table else self._answer(404, {"error": {"message": "Not found: Table"}})

    def do_POST(self) -> None:
        body = self._body()
        if "/upload/" not in self.path:
            self.server.dataset = json.loads(body)
            return self._answer(200, self.server.dataset)
        self.server.job = {**json.loads(body), "status": {"state": "DONE"}}
        host, port = self.server.server_address
        return self._answer(200, {}, Location=f"http://{host}:{port}/upload/1")

    def do_PUT(self) -> None:
        self.server.sent = self._body()
        self._answer(200, self.server.job)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.table = server.dataset = server.job = server.sent = None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def warehouse(service: Any) -> BigQuery:
    host, port = service.server_address
    options = ClientOptions(api_endpoint=f"http://{host}:{port}")
    client = bigquery.Client("shop", AnonymousCredentials(), client_options=options)
    return BigQuery(client, "europe-west4")


PURCHASES = generate(1_000)


def table(rows: pa.Table, description: str) -> dict[str, Any]:
    reference = {"projectId": "shop", "datasetId": "quicktest", "tableId": "demo_purchases"}
    return {"tableReference": reference, "description": description, "numRows": str(len(rows))}


def test_the_rows_are_sent_as_parquet_into_an_empty_table_of_the_region(warehouse: BigQuery, service: Any) -> None:
    assert warehouse.load(PURCHASES, "quicktest", "demo_purchases") is True
    assert service.dataset["location"] == "europe-west4"
    assert pq.read_table(pa.BufferReader(service.sent)).equals(PURCHASES)
    load = service.job["configuration"]["load"]
    assert load["writeDisposition"] == "WRITE_EMPTY"
    assert load["sourceFormat"] == "PARQUET"
    assert load["destinationTable"] == table(PURCHASES, "")["tableReference"]
    assert fingerprint(PURCHASES) in load["destinationTableProperties"]["description"]
    assert {"name": "ordered_at", "type": "DATETIME"}.items() <= load["schema"]["fields"][1].items()


def test_the_same_rows_are_sent_once(warehouse: BigQuery, service: Any) -> None:
    warehouse.load(PURCHASES, "quicktest", "demo_purchases")
    description = service.job["configuration"]["load"]["destinationTableProperties"]["description"]
    service.table, service.sent = table(PURCHASES, description), None
    assert warehouse.load(PURCHASES, "quicktest", "demo_purchases") is False
    assert service.sent is None


def test_somebody_elses_table_is_left_alone(warehouse: BigQuery, service: Any) -> None:
    service.table = table(PURCHASES, "Ann's own")
    with pytest.raises(QuicktestError, match="holds other rows than the demo's. Remove it with `bq rm --table shop:"):
        warehouse.load(PURCHASES, "quicktest", "demo_purchases")
    assert service.sent is None


def test_bigquery_gets_the_types_that_one_machine_shows(tmp_path: Path) -> None:
    pq.write_table(PURCHASES, tmp_path / "rows.parquet")
    relation = duckdb.read_parquet(str(tmp_path / "rows.parquet"))
    local = {name: field(name, kind)["type"] for name, kind in zip(relation.columns, relation.types, strict=True)}
    assert {each.name: TYPES[each.type] for each in PURCHASES.schema} == local


def test_a_fingerprint_is_of_the_rows_alone() -> None:
    cut = pa.concat_tables([PURCHASES.slice(0, 100), PURCHASES.slice(100)])
    assert fingerprint(cut) == fingerprint(PURCHASES)
    assert fingerprint(PURCHASES.slice(1)) != fingerprint(PURCHASES)
    assert fingerprint(PURCHASES.rename_columns([*PURCHASES.column_names[:-1], "price"])) != fingerprint(PURCHASES)
