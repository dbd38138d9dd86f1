"""`import`: types decided on all values, errors with the line, and the old table kept until the new one is whole."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local.warehouse import connect
from tests.unit.user_side import Cli, Outcome, make_cli

Load = Callable[..., Outcome]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    return make_cli(monkeypatch, capsys)


@pytest.fixture
def load(cli: Cli, tmp_path: Path) -> Load:
    """Import a text or bytes as table `t`."""

    def call(content: str | bytes, *options: str, name: str = "rows.csv") -> Outcome:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return cli("import", path, "--name", "t", *options)

    return call


def table(tmp_path: Path) -> pa.Table:
    return pq.read_table(tmp_path / "home/warehouse/quicktest/t.parquet")


def column(values: list[str], tmp_path: Path, load: Load, *options: str) -> tuple[str, list[Any]]:
    """The type and the values that a column of texts becomes."""
    outcome = load("\n".join(["c,other", *(f'"{value}",x' for value in values)]), "--json", *options)
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)["columns"][0]["type"], table(tmp_path)["c"].to_pylist()


# --------------------------------------------------------------------------------------------------------- types


@pytest.mark.parametrize(
    ("values", "type_", "expected"),
    [
        (["1", "-2", ""], "INT64", [1, -2, None]),
        (["001", "2"], "STRING", ["001", "2"]),
        (["85123A", "7"], "STRING", ["85123A", "7"]),
        (["+49", "1"], "STRING", ["+49", "1"]),
        (["9223372036854775807"], "INT64", [2**63 - 1]),
        (["9223372036854775808"], "FLOAT64", [2.0**63]),
        (["1.5", "2", "-.5", "1e3"], "FLOAT64", [1.5, 2.0, -0.5, 1000.0]),
        (["1.5", "NULL", "nan"], "FLOAT64", [1.5, None, None]),
        (["00.5", "1"], "STRING", ["00.5", "1"]),
        (["true", "FALSE", ""], "BOOL", [True, False, None]),
        (["2025-02-28", "2024-02-29"], "DATE", [date(2025, 2, 28), date(2024, 2, 29)]),
        (["2025-02-30"], "STRING", ["2025-02-30"]),
        (["2025-01-02 03:04", "2025-01-02T03:04:05.5", "2025-01-02"], "DATETIME",
         [datetime(2025, 1, 2, 3, 4), datetime(2025, 1, 2, 3, 4, 5, 500_000), datetime(2025, 1, 2)]),
        (["31.12.2025"], "DATE", [date(2025, 12, 31)]),
        (["12/31/2010 8:26"], "DATETIME", [datetime(2010, 12, 31, 8, 26)]),
        (["31/12/2010"], "DATE", [date(2010, 12, 31)]),
        (["1/2/2010"], "STRING", ["1/2/2010"]),
        (["", ""], "STRING", [None, None]),
        ([" 7 ", "8"], "INT64", [7, 8]),
        ([" x ", "y"], "STRING", [" x ", "y"]),
    ],
)  # fmt: skip
def test_a_column_has_the_type_that_all_its_values_have(
    values: list[str], type_: str, expected: list[Any], tmp_path: Path, load: Load
) -> None:
    assert column(values, tmp_path, load) == (type_, expected)


@pytest.mark.parametrize(("option", "month"), [("--day-first", 2), ("--month-first", 1)])
def test_the_user_says_what_an_ambiguous_date_means(option: str, month: int, tmp_path: Path, load: Load) -> None:
    assert column(["1/2/2010"], tmp_path, load, option) == ("DATE", [date(2010, month, 3 - month)])


def test_times_with_a_zone_are_instants(tmp_path: Path, load: Load) -> None:
    kind, values = column(
        ["2025-01-02T03:04:05Z", "2025-01-02 03:04:05+02:00", "2025-01-02 03:04:05 UTC"], tmp_path, load
    )
    assert kind == "TIMESTAMP"
    assert [value.timestamp() % 86_400 for value in values] == [11_045.0, 3_845.0, 11_045.0]


def test_the_last_value_of_many_decides_too(tmp_path: Path, load: Load) -> None:
    values = [str(number) for number in range(20_000)] + ["0001"]
    assert column(values, tmp_path, load)[0] == "STRING"


@pytest.mark.parametrize("name", ["v", "V", "staged", "order", 'say ""v""'])
def test_a_column_may_have_any_name(name: str, tmp_path: Path, load: Load) -> None:
    outcome = load(f'"{name}",x\n1,a\n2,b\n')
    assert outcome.code == 0, outcome.err
    assert table(tmp_path).to_pydict() == {name.replace('""', '"'): [1, 2], "x": ["a", "b"]}


def test_why_a_column_stayed_text_is_said(load: Load) -> None:
    outcome = load("code,day\n007,1/2/2010\n008,3/4/2010\n")
    assert "leading zeros: kept as text" in outcome.out
    assert "--day-first or --month-first" in outcome.out


# ----------------------------------------------------------------------------------------------------- odd files


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("a;b\n1,5;x\n2,25;y\n", "rows.csv"),
        ("a\tb\n1.5\tx\n2.25\ty\n", "rows.tsv"),
        ("a|b\n1.5|x\n2.25|y\n", "rows.csv"),
        ("\ufeffa,b\r\n1.5,x\r\n\r\n2.25,y\r\n", "rows.csv"),
        ('"a" , b\n1.5,x\n"2.25",y', "rows.csv"),
        ("\n  \r\n\na,b\n1.5,x\n2.25,y\n", "rows.csv"),
        (gzip.compress(b"a,b\n1.5,x\n2.25,y\n", mtime=0), "rows.csv.gz"),
    ],
    ids=[
        "decimal comma",
        "tabs",
        "bars",
        "BOM, CRLF, empty line",
        "quotes, no last newline",
        "empty first lines",
        "gzip",
    ],
)
def test_csv_files_as_people_have_them(content: str | bytes, name: str, tmp_path: Path, load: Load) -> None:
    assert load(content, name=name).code == 0
    assert table(tmp_path).to_pydict() == {"a": [1.5, 2.25], "b": ["x", "y"]}


def test_a_quoted_last_value_may_span_lines(tmp_path: Path, load: Load) -> None:
    assert load('a,b\n1,x\n2,"two\nlines ""quoted"""\n').code == 0
    assert table(tmp_path)["b"].to_pylist() == ["x", 'two\nlines "quoted"']


@pytest.mark.parametrize("encoding", ["base64", "nonsense", "rot13"])
def test_what_is_no_encoding_of_text_is_refused(encoding: str, load: Load) -> None:
    outcome = load("a\n1\n", "--encoding", encoding)
    assert outcome.code == 1 and outcome.err.startswith(f"There is no text encoding `{encoding}`.")


def test_utf_16_needs_its_byte_order_mark(tmp_path: Path, load: Load) -> None:
    outcome = load("a,b\n1,x\n".encode("utf-16-le"), "--encoding", "utf-16")
    assert outcome.code == 1 and "line 1: this is not utf-16 text" in outcome.err and outcome.err.count("\n") == 1
    assert load("\na,b\n1,ä\n".encode("utf-16"), "--encoding", "utf-16").code == 0
    assert table(tmp_path).to_pydict() == {"a": [1], "b": ["ä"]}


def test_another_encoding_can_be_named(tmp_path: Path, load: Load) -> None:
    content = "name,n\nMüller,1\n".encode("cp1252")
    refused = load(content)
    assert refused.code == 1 and "line 2: this is not utf-8 text" in refused.err and "--encoding cp1252" in refused.err
    assert load(content, "--encoding", "cp1252").code == 0
    assert table(tmp_path)["name"].to_pylist() == ["Müller"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "has column names but no rows"),
        ("a,A,b\n1,2,3\n", "line 1: more than one column is named `A`, `a`"),
        ("a,,b\n1,2,3\n", "line 1: column 2 has no name"),
        ("a,b\n1,2\n1,2,3\n", "line 3: 3 values, but the header names 2 columns"),
        ('a,b\n"x\ny",2\n\n7\n', "line 5: 1 value, but the header names 2 columns"),
        ("\n\na,A\n1,2\n", "line 3: more than one column is named `A`, `a`"),
        (" \na,b\n1,2\n7\n", "line 4: 1 value, but the header names 2 columns"),
        ('a,b\n1,"open\n2,3\n', "line 2: a quote opens here and is not closed"),
        ('\na,b\n1,"two\nlines"\n2,"open\n3,4\n\n', "line 5: a quote opens here and is not closed"),
        ('a\n1\n"open\r\n2\r\n', "line 3: a quote opens here and is not closed"),
        ('a,b\n1,2\n"open,3\n4,5\n', "line 3: 1 value, but the header names 2 columns"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_the_line(
    content: str, expected: str, tmp_path: Path, load: Load
) -> None:
    outcome = load(content)
    assert outcome.code == 1 and expected in outcome.err and outcome.err.count("\n") == 1
    assert list((tmp_path / "home/warehouse").rglob("*.*")) == []


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("rows.csv.gz", b"a,b\n1,2\n", "is not a readable gzip file"),
        ("rows.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 9_000, mtime=0)[:-20], "is not a readable gzip file"),
        ("rows.parquet", b"PAR1 nothing", "is not a readable Parquet file"),
        ("rows.xlsx", b"PK", "is neither CSV nor Parquet"),
    ],
)
def test_broken_and_foreign_files(name: str, content: bytes, expected: str, load: Load) -> None:
    outcome = load(content, name=name)
    assert outcome.code == 1 and expected in outcome.err and outcome.err.count("\n") == 1


@pytest.mark.parametrize("table_name", ["a-b", "1a", "../t", "", "a b"])
def test_a_table_name_is_an_identifier(table_name: str, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n")
    outcome = cli("import", tmp_path / "rows.csv", "--name", table_name)
    assert outcome.code == 1 and "cannot name a table" in outcome.err


def test_missing_files_and_folders(cli: Cli, tmp_path: Path) -> None:
    assert "There is no file" in cli("import", tmp_path / "nothing.csv", "--name", "t").err
    assert "is a folder" in cli("import", tmp_path, "--name", "t").err


@pytest.mark.parametrize("inner", ["", "warehouse", "warehouse/quicktest"])
def test_a_home_that_cannot_be_written_is_one_sentence(inner: str, tmp_path: Path, load: Load) -> None:
    place = tmp_path / "home" / inner
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file where a folder should be")
    outcome = load("a\n1\n")
    assert outcome.code == 1 and str(place) in outcome.err and outcome.err.count("\n") == 1
    assert "Check the path, its permissions" in outcome.err


# ------------------------------------------------------------------------------------------------------- tables


def test_a_table_is_replaced_only_when_asked_and_only_by_a_whole_one(tmp_path: Path, load: Load) -> None:
    assert load("a\n1\n").code == 0
    refused = load("a\n2\n")
    assert refused.code == 1 and "exists already. Add --replace" in refused.err
    assert load("a,b\n2\n", "--replace").code == 1
    assert table(tmp_path)["a"].to_pylist() == [1]
    assert load("a\n2\n", "--replace").code == 0
    assert table(tmp_path)["a"].to_pylist() == [2]
    assert [path.name for path in (tmp_path / "home/warehouse/quicktest").iterdir()] == ["t.parquet"]


def test_parquet_keeps_its_types_and_the_warehouse_shows_it(tmp_path: Path, cli: Cli) -> None:
    rows = pa.table(
        {
            "id": pa.array([1, None], pa.int32()),
            "code": pa.array(["007", "x"]).dictionary_encode(),
            "at": pa.array([datetime(2025, 1, 1), None], pa.timestamp("ms")),
            "price": pa.array([1, 2], pa.decimal128(9, 2)),
        }
    )
    pq.write_table(rows, tmp_path / "rows.parquet")
    outcome = cli("import", tmp_path / "rows.parquet", "--name", "t", "--dataset", "shop", "--json")
    found = {one["name"]: (one["type"], one["nulls"]) for one in json.loads(outcome.out)["columns"]}
    assert found == {"id": ("INT64", 1), "code": ("STRING", 0), "at": ("DATETIME", 1), "price": ("NUMERIC", 0)}
    with connect(tmp_path / "home/warehouse", "demo") as warehouse:
        assert warehouse.sql("SELECT count(*), min(code) FROM shop.t").fetchall() == [(2, "007")]


def test_parquet_with_equal_names_is_refused(tmp_path: Path, cli: Cli) -> None:
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "A"]), tmp_path / "rows.parquet")
    assert "more than one column is named `A`, `a`" in cli("import", tmp_path / "rows.parquet", "--name", "t").err


def test_row_order_is_kept_over_many_batches(tmp_path: Path, load: Load) -> None:
    assert load("n,text\n" + "".join(f"{number},some text {number}\n" for number in range(300_000))).code == 0
    assert table(tmp_path)["n"].to_pylist() == list(range(300_000))
