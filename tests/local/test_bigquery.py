"""The BigQuery stand-in, seen by Google's own client."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from google.api_core.exceptions import BadRequest, InternalServerError, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from local.warehouse import server
from tests.local.test_warehouse import write

ALL_TYPES = """
    SELECT 'é' AS s, 7 AS i, 1.5::DOUBLE AS f, true AS b, TIMESTAMPTZ '2020-01-01 00:00:00.5+00' AS ts,
    TIMESTAMP '2020-01-01 12:00:00' AS dt, DATE '2020-01-02' AS d, TIME '10:11:12' AS t, 1.25::DECIMAL(9, 2) AS n,
    'xy'::BLOB AS by, [1, 2] AS li, {'a': 1, 'b': 'x'} AS st
"""


@pytest.fixture
def client(tmp_path: Path, serve: Callable, monkeypatch: pytest.MonkeyPatch) -> bigquery.Client:
    write(tmp_path, "shop", "all types", ALL_TYPES)
    write(tmp_path, "shop", "many", "SELECT range AS x FROM range(45000)")
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", serve(server.create_app(tmp_path, "demo-x", "europe-west4")))
    return bigquery.Client(project="demo-x", credentials=AnonymousCredentials())


def test_a_table_has_rows_and_typed_columns(client: bigquery.Client) -> None:
    table = client.get_table("demo-x.shop.all types")
    assert table.num_rows == 1
    assert {field.name: field.field_type for field in table.schema} == {
        "s": "STRING",
        "i": "INTEGER",
        "f": "FLOAT",
        "b": "BOOLEAN",
        "ts": "TIMESTAMP",
        "dt": "DATETIME",
        "d": "DATE",
        "t": "TIME",
        "n": "NUMERIC",
        "by": "BYTES",
        "li": "INTEGER",
        "st": "RECORD",
    }
    assert {field.name for field in table.schema if field.mode == "REPEATED"} == {"li"}


def test_tables_are_listed_by_dataset(client: bigquery.Client, tmp_path: Path) -> None:
    write(tmp_path, "another one", "sales", "SELECT 1 AS x")
    assert [dataset.dataset_id for dataset in client.list_datasets()] == ["another one", "shop"]
    tables = {table.table_id: (table.table_type, table.project) for table in client.list_tables("demo-x.shop")}
    assert tables == {"all types": ("TABLE", "demo-x"), "many": ("TABLE", "demo-x")}
    with pytest.raises(NotFound):
        list(client.list_tables("demo-x.nothing"))
    with pytest.raises(NotFound):
        list(client.list_datasets(project="another"))


def test_lists_come_in_pages_and_end_where_they_are_asked_to(client: bigquery.Client, tmp_path: Path) -> None:
    for number in range(120):
        write(tmp_path, "wide", f"table_{number:03d}", "SELECT 1 AS x")
    assert len(list(client.list_tables("demo-x.wide"))) == 120
    assert [table.table_id for table in client.list_tables("demo-x.wide", max_results=2)] == ["table_000", "table_001"]


@pytest.mark.parametrize("method", ["query", "query_and_wait"])
def test_rows_arrive_typed(client: bigquery.Client, method: str) -> None:
    sql = "SELECT *, CAST(NULL AS STRING) AS nothing FROM `demo-x`.`shop`.`all types`"
    rows = client.query(sql).result() if method == "query" else client.query_and_wait(sql)
    [row] = [dict(row) for row in rows]
    assert row == {
        "s": "é",
        "i": 7,
        "f": 1.5,
        "b": True,
        "ts": datetime.datetime(2020, 1, 1, 0, 0, 0, 500_000, tzinfo=datetime.timezone.utc),
        "dt": datetime.datetime(2020, 1, 1, 12),
        "d": datetime.date(2020, 1, 2),
        "t": datetime.time(10, 11, 12),
        "n": Decimal("1.25"),
        "by": b"xy",
        "li": [1, 2],
        "st": {"a": 1, "b": "x"},
        "nothing": None,
    }


@pytest.mark.parametrize("method", ["query", "query_and_wait"])
def test_many_rows_come_in_pages_and_in_order(client: bigquery.Client, method: str) -> None:
    sql = "SELECT x FROM shop.many ORDER BY x"
    rows = client.query(sql).result() if method == "query" else client.query_and_wait(sql)
    assert [row.x for row in rows] == list(range(45_000))


def test_special_floats_survive(client: bigquery.Client) -> None:
    [row] = client.query_and_wait(
        "SELECT CAST('inf' AS FLOAT64) AS a, CAST('nan' AS FLOAT64) AS b, SUM(x) AS c FROM shop.many"
    )
    assert row.a == float("inf")
    assert row.b != row.b
    assert row.c == 45_000 * 44_999 // 2


def test_a_missing_table_is_not_found(client: bigquery.Client) -> None:
    with pytest.raises(NotFound, match=r"Not found: Table demo-x:shop.none was not found"):
        client.get_table("demo-x.shop.none")
    with pytest.raises(NotFound, match="Not found: Table demo-y:shop.many"):
        client.get_table("demo-y.shop.many")
    with pytest.raises(NotFound, match="none"):
        client.query_and_wait("SELECT * FROM shop.none")


@pytest.mark.parametrize("sql", ["SELECT missing FROM shop.many", "SELECT FROM", "DELETE FROM shop.many WHERE true"])
def test_a_wrong_query_is_a_bad_request(client: bigquery.Client, sql: str) -> None:
    with pytest.raises(BadRequest) as raised:
        client.query_and_wait(sql)
    assert raised.value.errors[0]["reason"] == "invalidQuery"
    with pytest.raises(BadRequest):
        client.query(sql).result()


def test_parameters_are_refused_rather_than_ignored(client: bigquery.Client) -> None:
    config = bigquery.QueryJobConfig(query_parameters=[bigquery.ScalarQueryParameter("x", "INT64", 1)])
    with pytest.raises(BadRequest, match="no query parameters"):
        client.query_and_wait("SELECT x FROM shop.many WHERE x = @x", job_config=config)


def test_a_dry_run_checks_without_running(client: bigquery.Client) -> None:
    job = client.query("SELECT x FROM shop.many", job_config=bigquery.QueryJobConfig(dry_run=True))
    assert [field.name for field in job.schema] == ["x"]
    with pytest.raises(BadRequest):
        client.query("SELECT y FROM shop.many", job_config=bigquery.QueryJobConfig(dry_run=True))


def test_a_dry_run_tells_the_bytes_of_the_tables_and_runs_nothing(client: bigquery.Client, tmp_path: Path) -> None:
    job = client.query(
        "SELECT COUNT(*) FROM `shop`.`many` AS a JOIN `shop`.`many` AS b ON a.x = b.x",
        job_config=bigquery.QueryJobConfig(dry_run=True),
    )
    assert job.total_bytes_processed == (tmp_path / "shop" / "many.parquet").stat().st_size
    assert client.query("SELECT 1").total_bytes_processed == 0


JOINED = """
    SELECT COUNT(*) AS n
    FROM `shop`.`many` AS a JOIN `shop`.`all types` AS b ON a.x = b.i JOIN `shop`.`many` AS c ON c.x = a.x
"""


@pytest.mark.parametrize(
    ("sql", "least"),
    [("SELECT MAX(x) AS m FROM `shop`.`many`", 10 * 2**20), (JOINED, 20 * 2**20), ("SELECT 1 AS one", 0)],
    ids=["one table", "two tables, one of them twice", "no table"],
)
def test_a_query_over_its_limit_of_bytes_is_refused(client: bigquery.Client, sql: str, least: int) -> None:
    """In the words of the error catalogue's E_BQ_BYTES; Google's client makes a 500 of this reason. Ten MiB are billed
    for each table, as BigQuery's page of prices says."""
    enough = bigquery.QueryJobConfig(maximum_bytes_billed=max(least, 1))
    assert client.query(sql, job_config=enough).result().total_rows == 1
    if least:
        little = bigquery.QueryJobConfig(maximum_bytes_billed=least - 1)
        message = f"Query exceeded limit for bytes billed: {least - 1}. {least} or higher required."
        with pytest.raises(InternalServerError, match=message):
            client.query(sql, job_config=little).result()
