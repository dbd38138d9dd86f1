"""tf.Examples out of the local warehouse: the features and the refusals of BigQueryExampleGen's own executor."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
import tensorflow as tf
from tfx.extensions.google_cloud_big_query import utils as bigquery_utils

from local.worker.arrow_examples import UnsupportedColumnType, serialized_examples

QUERY = """
SELECT i AS number, i % 2 = 0 AS flag, CASE WHEN i = 1 THEN NULL ELSE i / 2.0 END::DOUBLE AS share, 'ü' || i AS word,
       [i, i + 1] AS list, NULL::VARCHAR AS nothing, CASE WHEN i = 0 THEN NULL ELSE ['a', 'b'] END AS words
FROM range(3) AS t(i)
"""
BIGQUERY_TYPES = {
    "number": "INTEGER",
    "flag": "BOOLEAN",
    "share": "FLOAT",
    "word": "STRING",
    "list": "INTEGER",
    "nothing": "STRING",
    "words": "STRING",
}


def examples(query: str) -> list[tf.train.Example]:
    batches = serialized_examples(duckdb.connect().execute(query))
    return [tf.train.Example.FromString(bytes_) for batch in batches for bytes_ in batch]


def _without_null(column: str) -> str:
    return f"COALESCE({column}, []) AS {column}"


def test_examples_equal_those_of_bigquerys_executor():
    """BigQuery's client gives an empty list where a repeated column has no value."""
    columns = [name for name in BIGQUERY_TYPES if name in ("list", "words")]
    rows = (
        duckdb.connect()
        .execute(f"SELECT * REPLACE ({', '.join(map(_without_null, columns))}) FROM ({QUERY})")
        .fetchall()
    )
    expected = [
        bigquery_utils.row_to_example(BIGQUERY_TYPES, dict(zip(BIGQUERY_TYPES, row, strict=True))) for row in rows
    ]
    assert examples(QUERY) == expected
    assert expected[1].features.feature["share"].WhichOneof("kind") is None


def test_every_row_comes_in_order_also_over_several_batches():
    numbers = [e.features.feature["i"].int64_list.value[0] for e in examples("SELECT i FROM range(25000) AS t(i)")]
    assert numbers == list(range(25000))


def test_no_rows_are_no_examples():
    assert examples("SELECT i FROM range(0) AS t(i)") == []


def test_floats_become_float32():
    (example,) = examples("SELECT 0.1::DOUBLE AS x")
    assert example.features.feature["x"].float_list.value[0] == np.float32(0.1)


@pytest.mark.parametrize(
    "value", ["TIMESTAMP '2026-01-01'", "DATE '2026-01-01'", "1.5::DECIMAL(9, 2)", "{'a': 1}", "'x'::BLOB"]
)
def test_a_type_that_bigquerys_executor_refuses_is_refused(value):
    with pytest.raises(UnsupportedColumnType, match='BigQuery column "x" has non-supported type'):
        examples(f"SELECT {value} AS x")
