"""The local warehouse tells of a query that cannot run as BigQuery does, so that the failure is classified alike."""

from __future__ import annotations

import duckdb
import pytest

from local.warehouse import failure
from shared.errors import Evidence, classify


@pytest.mark.parametrize(
    ("sql", "code", "status"),
    [
        ("SELECT * FROM shop.sale", "E_BQ_NOT_FOUND", 404),
        ("SELECT * FROM other.sales", "E_BQ_NOT_FOUND", 404),
        ("SELECT price FROM shop.sales", "E_BQ_COLUMN", 400),
        ("SELECT sales.price FROM shop.sales", "E_BQ_COLUMN", 400),
        ("SELECT CAST(name AS BIGINT) FROM shop.sales", "E_BQ_QUERY", 400),
        ("SELECT CAST(name AS DOUBLE) FROM shop.sales", "E_BQ_QUERY", 400),
        ("SELECT CAST(name AS BOOLEAN) FROM shop.sales", "E_BQ_QUERY", 400),
        ("SELECT CAST(name AS TIMESTAMP) FROM shop.sales", "E_BQ_QUERY", 400),
        ("SELECT CAST(name AS DATE) FROM shop.sales", "E_BQ_QUERY", 400),
        ("SELECT sum(name) FROM shop.sales", "E_BQ_QUERY", 400),
    ],
)
def test_duckdbs_words_become_bigquerys(sql: str, code: str, status: int):
    warehouse = duckdb.connect()
    warehouse.execute("CREATE SCHEMA shop; CREATE TABLE shop.sales AS SELECT 'x' AS name")
    with pytest.raises(duckdb.Error) as raised:
        warehouse.execute(sql).fetchall()
    found = failure(raised.value)
    assert (found.status, classify(Evidence("Examples", str(found))).code) == (status, code)
