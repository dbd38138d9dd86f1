"""The warehouse library: names, types, and values that DuckDB alone would give differently from BigQuery."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from local.warehouse import UnsupportedQuery, connect, table_path, to_duckdb

ODD_NAMES = [
    "plain",
    "with space",
    "a*b[c]?",
    'it\'s "quoted"',
    "umläut-ß",
    "50%25",
    "a/b",
    "temp",
    "system",
    "memory",
    "main",
    "demo-x",
]

BEFORE_1970 = "TIMESTAMP '1969-12-31 23:59:58.7+00'"
THREE_ROWS = "SELECT 'b' AS x, 1 AS y UNION ALL SELECT 'c', 2 UNION ALL SELECT 'a', 1"


def write(folder: Path, dataset: str, table: str, select: str) -> None:
    path = table_path(folder, dataset, table)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.sql(select).write_parquet(str(path))


def run(folder: Path, sql: str) -> list[tuple]:
    with connect(folder, "demo-x") as connection:
        return connection.execute(to_duckdb(sql)).fetchall()


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_of_dataset_table_and_column_resolves(tmp_path: Path, name: str) -> None:
    quoted = name.replace('"', '""')
    write(tmp_path, name, name, f'SELECT 7 AS "{quoted}"')
    quoted = name.replace("\\", "\\\\").replace("`", "\\`")
    for table in (f"`{quoted}`.`{quoted}`", f"`demo-x`.`{quoted}`.`{quoted}`"):
        assert run(tmp_path, f"SELECT `{quoted}` FROM {table}") == [(7,)]


def test_a_pattern_in_a_name_reads_one_file_only(tmp_path: Path) -> None:
    write(tmp_path, "d", "a*", "SELECT 1 AS x")
    write(tmp_path, "d", "ab", "SELECT 2 AS x")
    assert run(tmp_path, "SELECT x FROM `d`.`a*`") == [(1,)]


def test_a_file_that_is_being_written_is_no_table(tmp_path: Path) -> None:
    write(tmp_path, "d", "t", "SELECT 1 AS x")
    (tmp_path / "d" / ".t.parquet").write_bytes(b"half a file")
    assert run(tmp_path, "SELECT x FROM d.t") == [(1,)]


def test_columns_have_bigquerys_types(tmp_path: Path) -> None:
    columns = (
        "1::TINYINT AS a, 2::INTEGER AS b, 1.5::FLOAT AS c, TIMESTAMP_NS '2020-01-01' AS d, "
        "TIMESTAMPTZ '2020-01-01 00:00:00+00' AS e, 'x' AS f, true AS g, 1.5::DECIMAL(9, 2) AS h, 3 AS \"i\"\"*\""
    )
    write(tmp_path, "d", "t", f"SELECT {columns}")
    with connect(tmp_path, "demo-x") as connection:
        kinds = [row[1] for row in connection.execute("DESCRIBE d.t").fetchall()]
    zoned = "TIMESTAMP WITH TIME ZONE"
    assert kinds == ["BIGINT", "BIGINT", "DOUBLE", "TIMESTAMP", zoned, "VARCHAR", "BOOLEAN", "DECIMAL(9,2)", "BIGINT"]


def test_types_inside_lists_and_structs_are_bigquerys_too(tmp_path: Path) -> None:
    write(tmp_path, "d", "t", "SELECT [1::INTEGER] AS a, {'x y': 2::SMALLINT, 'z': [1.5::FLOAT]} AS b")
    with connect(tmp_path, "demo-x") as connection:
        kinds = [row[1] for row in connection.execute("DESCRIBE d.t").fetchall()]
    assert kinds == ["BIGINT[]", 'STRUCT("x y" BIGINT, z DOUBLE[])']


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("UNIX_SECONDS(TIMESTAMP '2020-01-01 00:00:00.7+00')", 1577836800),
        ("UNIX_SECONDS(TIMESTAMP '1969-12-31 23:59:58.7+00')", -2),
        ("UNIX_SECONDS(TIMESTAMP(DATE '1970-01-02'))", 86400),
        ("UNIX_SECONDS(TIMESTAMP(DATETIME(TIMESTAMP '2020-07-01 00:00:00.999+00', 'Europe/Berlin')))", 1593568800),
        ("MOD(UNIX_SECONDS(TIMESTAMP '1970-01-01 00:01:40+00'), 60) * 2", 80),
        ("TIME_DIFF(TIME '10:00:01.9', TIME '00:00:00', SECOND)", 36001),
        ("CONCAT('a', NULL)", None),
        ("(SELECT COUNTIF(x > 1) FROM UNNEST([1, 2, 3]) AS x)", 2),
        ("(SELECT COUNTIF(x > 1) FROM (SELECT 1 AS x) WHERE x > 1)", 0),
        ("5 / 2", 2.5),
        ("CAST('0.123456789' AS NUMERIC) * 1000000000 = 123456789", True),
        ("SAFE_CAST(1e300 AS NUMERIC) IS NULL", True),
        ("SUM(CAST('0.1' AS NUMERIC)) = CAST('0.1' AS NUMERIC)", True),
        ("DATE_DIFF(DATE '2024-03-01', DATE '2024-02-28', DAY)", 2),
        ("ARRAY_LENGTH(ARRAY(SELECT x FROM UNNEST([1, NULL, 3]) AS x WITH OFFSET AS o WHERE x > 1 ORDER BY o))", 1),
        ("ARRAY(SELECT x * 2 FROM UNNEST([3, 1, 2]) AS x WITH OFFSET AS o ORDER BY o LIMIT 2)", [6, 2]),
        ("ARRAY(SELECT x FROM UNNEST(CAST(NULL AS ARRAY<STRING>)) AS x WITH OFFSET AS o ORDER BY o)", []),
        (f"ARRAY(SELECT UNIX_SECONDS(x) FROM UNNEST([{BEFORE_1970}]) AS x WITH OFFSET AS o ORDER BY o)", [-2]),
        (f"(SELECT ARRAY_AGG(x ORDER BY y DESC, x LIMIT 2) FROM ({THREE_ROWS}))", ["c", "a"]),
        ("(SELECT COUNTIF(UNIX_SECONDS(x) > 0.5) FROM UNNEST([TIMESTAMP '1970-01-01 00:00:00.9+00']) AS x)", 0),
    ],
)
def test_values_are_bigquerys(tmp_path: Path, expression: str, value: object) -> None:
    assert run(tmp_path, f"SELECT {expression}") == [(value,)]


def test_a_running_sum_over_strictly_earlier_rows(tmp_path: Path) -> None:
    """A RANGE frame keeps rows of one instant from seeing each other."""
    write(tmp_path, "d", "t", "SELECT * FROM (VALUES (1, 10), (1, 20), (2, 40), (5, 80)) AS v(moment, x)")
    frame = "ORDER BY moment RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    sql = f"SELECT SUM(x) OVER ({frame}) AS s FROM d.t ORDER BY moment, x"
    assert [row[0] for row in run(tmp_path, sql)] == [None, None, 30, 70]


def test_the_past_of_a_table_is_the_table(tmp_path: Path) -> None:
    """S1.28: a warehouse whose tables do not change may ignore it."""
    write(tmp_path, "d", "t", "SELECT 7 AS x")
    assert run(tmp_path, "SELECT x FROM d.t FOR SYSTEM_TIME AS OF CAST('2020-01-01 00:00:00+00' AS TIMESTAMP)") == [
        (7,)
    ]


def test_fields_of_structs_are_read_through_their_table(tmp_path: Path) -> None:
    write(tmp_path, "d", "t", "SELECT {'in cm': {'a': 1.5::DOUBLE}} AS size")
    assert run(tmp_path, "WITH `s` AS (SELECT `size` FROM d.t) SELECT `s`.`size`.`in cm`.`a` FROM `s`") == [(1.5,)]


@pytest.mark.parametrize("key", ["abc", "", "ß|ü", "a'b"])
def test_the_hash_is_the_one_of_the_domain(tmp_path: Path, key: str) -> None:
    literal = key.replace("'", "\\'")
    sql = f"SELECT CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5(CONCAT('sample|17', '|', '{literal}'))), 1, 13)) AS INT64)"
    assert run(tmp_path, sql) == [(int(hashlib.md5(f"sample|17|{key}".encode()).hexdigest()[:13], 16),)]


def test_a_float_literal_is_a_float(tmp_path: Path) -> None:
    with connect(tmp_path, "demo-x") as connection:
        assert str(connection.execute(to_duckdb("SELECT 1.5")).description[0][1]) == "DOUBLE"


@pytest.mark.parametrize(
    "sql", ["DROP TABLE d.t", "SELECT 1; SELECT 2", "", "SELECT FROM WHERE", "SELECT APPROX_TOP_COUNT(x, 3) FROM d.t"]
)
def test_what_cannot_run_is_refused(sql: str) -> None:
    with pytest.raises(UnsupportedQuery):
        to_duckdb(sql)


def test_nothing_outside_the_folder_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    write(tmp_path / "warehouse", "d", "t", "SELECT 1 AS x")
    with connect(tmp_path / "warehouse", "demo-x") as connection:
        assert connection.execute("SELECT x FROM d.t").fetchall() == [(1,)]
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"SELECT * FROM read_csv('{tmp_path}/secret.csv')")
