"""S11.2: the SQL of a run, executed on the local warehouse against a plain Python reference, and as golden text."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from sqlglot import exp

from local.warehouse import connect, to_duckdb
from shared.columns import SourceColumn, output_columns
from shared.documents import Dataset
from shared.hashing import H, share_threshold
from shared.preflight import SAMPLE_PRESETS, Counts
from shared.problems import InvalidDocument
from shared.splits import Bounds, Reference, resolve_split
from shared.sql import count_query, hash_of, reference_query, split_queries
from tests.unit import samples
from tests.unit import warehouse_reference as reference

TABLES = 40
SEEDS = (17, 99)
PERCENTS = (5, 25, 50, 100)
GOLDEN = Path(__file__).parent / "golden" / "sql"
ONLINE_RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail" / "transactions.parquet"

# Names as a warehouse may hold them; the abuse list of S1.25.
SOURCES = {
    "customer": 'cust`omer\'s "id"',
    "product": "größe 商品; DROP TABLE x; --",
    "bought_at": "it's \\ a time",
    "basket": "select",
    "quantity": "*/ quantity /*",
    "price": "price) AS x, (1",
    "margin": "{margin}",
    "clock": "clock\\",
    "gift": "gift\\'",
    "label": "%s label",
    "day": "day?",
}
NASTY = [
    "",
    "a",
    "A",
    "a'b",
    'a"b',
    "a`b",
    "a\\b",
    "ü",
    "商",
    "a\nb",
    "0",
    "NULL",
    "x|y",
    "x\x1fy",
    "'; --",
    "🙂",
    " a ",
]


@dataclass(frozen=True)
class Case:
    """A random table with a dataset and a split over it."""

    table: str
    catalogue: list[SourceColumn]
    rows: list[dict[str, Any]]
    document: dict[str, Any]
    split: dict[str, Any]
    needed: set[str]
    candidate: set[str]

    @property
    def dataset(self) -> Dataset:
        return samples.dataset(**self.document)

    def rules(self, seed: int) -> reference.Rules:
        filters = [(rule["column"], rule["op"], rule["value"]) for rule in self.document["filters"]["rows"]]
        return reference.Rules(self.document["roles"], self.document["timezone"], filters, self.split, seed)


# ---------------------------------------------------------------------------------------------------- random tables

INSTANTS = [  # leap days, ends of months and years, changes of the clock, before 1970
    datetime(2024, 2, 28, 23, 30),
    datetime(2024, 2, 29, 0, 0),
    datetime(2023, 12, 31, 23, 59, 59, 999_999),
    datetime(2024, 3, 31, 0, 59, 59),
    datetime(2024, 10, 27, 1, 30),
    datetime(1969, 12, 31, 23, 59, 59, 500_000),
]


def instant(rng: random.Random, base: datetime) -> datetime:
    shift = timedelta(
        days=rng.randrange(-3, 60), seconds=rng.randrange(86_400), microseconds=rng.choice([0, 1, 999_999])
    )
    return rng.choice([base, base + shift])


def values(rng: random.Random, rows: int, make: Callable[[], Any], nulls: float) -> list[Any]:
    return [None if rng.random() < nulls else make() for _ in range(rows)]


def random_columns(rng: random.Random, count: int) -> dict[str, pa.Array]:
    base = rng.choice(INSTANTS)
    time_type = rng.choice([pa.timestamp("us", tz="UTC"), pa.timestamp("us"), pa.timestamp("ms"), pa.date32()])
    ids = rng.choice([pa.string(), pa.int64(), pa.int32()])

    def happened() -> Any:
        at = instant(rng, base)
        if time_type == pa.date32():
            return at.date()
        at = at.replace(microsecond=at.microsecond // 1000 * 1000) if time_type == pa.timestamp("ms") else at
        # zone histories before 1970 differ between databases
        return max(at, datetime(1970, 1, 2)).replace(tzinfo=UTC) if time_type == pa.timestamp("us", tz="UTC") else at

    def some_id() -> Any:
        return rng.choice(NASTY) if ids == pa.string() else rng.randrange(-2, 12)

    nulls = rng.choice([0.0, 0.1])
    floats = [0.0, -0.0, 0.1, 1.5, -2.0, 3.0, 1e300, 1e-320, float("nan"), float("inf")]
    return {
        "customer": pa.array(values(rng, count, some_id, nulls), ids),
        "product": pa.array(values(rng, count, lambda: rng.choice(NASTY), nulls), pa.string()),
        "bought_at": pa.array(values(rng, count, happened, nulls), time_type),
        "basket": pa.array(values(rng, count, lambda: rng.randrange(20), 0.1), pa.int64()),
        "quantity": pa.array(values(rng, count, lambda: rng.choice([-1, 0, 1, 3, 2**53 + 1]), 0.1), pa.int64()),
        "price": pa.array(values(rng, count, lambda: rng.choice(floats), 0.1), pa.float64()),
        "margin": pa.array(
            values(rng, count, lambda: Decimal(rng.randrange(-300, 300)) / 100, 0.1), pa.decimal128(9, 2)
        ),
        "clock": pa.array(
            values(rng, count, lambda: time(rng.randrange(24), 59, rng.randrange(60)), 0.1), pa.time64("us")
        ),
        "gift": pa.array(values(rng, count, lambda: rng.random() < 0.5, 0.1), pa.bool_()),
        "label": pa.array(values(rng, count, lambda: rng.choice(NASTY), 0.2), pa.string()),
        "day": pa.array(values(rng, count, lambda: rng.choice(INSTANTS).date(), 0.1), pa.date32()),
    }


def warehouse_type(kind: pa.DataType) -> str:
    """As the local catalogue names it."""
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz else "DATETIME"
    for test, name in [
        (pa.types.is_string, "STRING"),
        (pa.types.is_integer, "INTEGER"),
        (pa.types.is_floating, "FLOAT"),
        (pa.types.is_decimal, "NUMERIC"),
        (pa.types.is_date, "DATE"),
        (pa.types.is_time, "TIME"),
    ]:
        if test(kind):
            return name
    return "BOOLEAN"


def random_filters(rng: random.Random) -> list[dict[str, Any]]:
    columns = rng.sample(["quantity", "price", "margin"], rng.choice([0, 0, 0, 1, 2]))
    value = lambda: rng.choice([0.0, -1.5, 0.1, 1.0, -(2.0**60)])  # noqa: E731
    operators = ["lt", "le", "gt", "ge", "eq", "ne", "ge", "gt", "ne"]
    return [{"kind": "number", "column": c, "op": rng.choice(operators), "value": value()} for c in columns]


def random_split(rng: random.Random, timed: bool) -> dict[str, Any]:
    kind = rng.choice(["strict_time", "time_holdout", "random"]) if timed else "random"
    if kind == "strict_time":
        days = {"test_days": rng.choice([1, 2, 14]), "val_days": rng.choice([1, 7])}
        return {"kind": kind, **days, "train_days": rng.choice([None, 7, 30])}
    return {"kind": kind, "holdout_days": rng.choice([1, 7])} if kind == "time_holdout" else {"kind": kind}


def random_case(number: int, folder: Path) -> Case:
    rng = random.Random(number)
    columns = random_columns(rng, rng.choice([0, 1, 5, 40, 60, 120]))
    table = f"t{number}"
    pq.write_table(pa.table({SOURCES[name]: column for name, column in columns.items()}), folder / f"{table}.parquet")
    timed, ordered = rng.random() < 0.8, rng.random() < 0.5
    roles = {"customer_id": "customer", "product_id": "product"}
    roles |= {"event_time": "bought_at"} if timed else {}
    roles |= {"order_id": "basket"} if ordered else {}
    features = rng.sample([name for name in columns if name not in roles.values()], 5)
    selection = [{"column": SOURCES[name], "name": name} for name in columns]
    rng.shuffle(selection)
    names = list(columns)
    return Case(
        table=table,
        catalogue=[SourceColumn(SOURCES[name], warehouse_type(column.type)) for name, column in columns.items()],
        rows=[
            dict(zip(names, row, strict=True)) for row in zip(*(c.to_pylist() for c in columns.values()), strict=True)
        ],
        document={
            "tables": [{"table": f"shop.{table}", "columns": selection}],
            "roles": roles,
            "timezone": rng.choice(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
            "filters": {"rows": random_filters(rng)},
        },
        split=random_split(rng, timed),
        needed={*features, "customer"},
        candidate={*features[:2], "product"},
    )


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> tuple[duckdb.DuckDBPyConnection, list[Case]]:
    folder = tmp_path_factory.mktemp("warehouse")
    (folder / "shop").mkdir()
    cases = [random_case(number, folder / "shop") for number in range(TABLES)]
    return connect(folder, "demo"), cases


def run(connection: duckdb.DuckDBPyConnection, text: str) -> list[dict[str, Any]]:
    result = connection.execute(to_duckdb(text))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def same_rows(found: list[Mapping[str, Any]], expected: list[Mapping[str, Any]], columns: list[str]) -> None:
    as_counter = lambda rows: Counter(tuple(row[name] for name in columns) for row in rows)  # noqa: E731
    assert as_counter(found) == as_counter(expected)


def bounds_of(case: Case, connection: duckdb.DuckDBPyConnection) -> Bounds | None:
    """The resolved split, or None when no row is left."""
    (row,) = run(connection, reference_query(case.dataset, case.catalogue))
    found = Reference.from_row(row, case.dataset)
    if found.rows == 0:
        with pytest.raises(InvalidDocument, match="E_EMPTY|keeps none of|has no rows"):
            resolve_split(None, found)
        return None
    return resolve_split(samples.experiment(split=case.split).split, found)


def queries(case: Case, bounds: Bounds, percent: int, seed: int) -> dict[str, str]:
    outputs = output_columns(case.dataset, case.catalogue)
    return split_queries(case.dataset, case.catalogue, outputs, case.needed, case.candidate, bounds, percent, seed)


# ---------------------------------------------------------------------------------------- against the reference


@pytest.mark.parametrize("number", range(TABLES))
def test_the_funnel_counts_what_each_step_leaves(warehouse, number):
    """S1.5, S1.17, S1.35, S2.3."""
    connection, cases = warehouse
    case = cases[number]
    (row,) = run(connection, reference_query(case.dataset, case.catalogue))
    found = Reference.from_row(row, case.dataset)
    rules = case.rules(17)
    assert [stage.rows for stage in found.funnel] == reference.funnel(case.rows, rules)
    base = [
        row for row in (reference.wall_clock_row(r, rules.timezone) for r in case.rows) if reference.kept(row, rules)
    ]
    assert found.last_day == reference.last_day(base, rules)


@pytest.mark.parametrize("number", range(TABLES))
def test_splits_hold_the_rows_of_the_reference(warehouse, number):
    """S2.1-S2.8, S1.12: also disjoint, complete, nested; test rows equal for all sample sizes."""
    connection, cases = warehouse
    case = cases[number]
    bounds = bounds_of(case, connection)
    if bounds is None:
        return
    seed = SEEDS[number % len(SEEDS)]
    expected = reference.labelled_rows(case.rows, case.rules(seed))
    columns = sorted(case.needed | set(case.document["roles"].values()))
    smaller: dict[str, Counter] = {}
    for percent in PERCENTS:
        texts = queries(case, bounds, percent, seed)
        for split in ("train", "eval", "test"):
            found = run(connection, texts[split])
            same_rows(found, [r.converted for r in reference.split_rows(expected, split, percent, seed)], columns)
            counted = Counter(tuple(row.values()) for row in found)
            assert smaller.get(split, Counter()) <= counted  # nested (S2.8)
            assert split != "test" or smaller.get(split, counted) == counted
            smaller[split] = counted
            assert all(list(row) == columns for row in found)  # alphabetical (S1.26), nothing that begins with qt_
    dropped = sum(row.split is None for row in expected)
    assert sum(count.total() for count in smaller.values()) + dropped == len(expected)


@pytest.mark.parametrize("number", range(TABLES))
def test_the_catalogue_holds_each_product_once(warehouse, number):
    """S2.12: the latest train row, candidate columns only, whatever the sample."""
    connection, cases = warehouse
    case = cases[number]
    bounds = bounds_of(case, connection)
    if bounds is None:
        return
    expected = reference.catalogue(
        reference.labelled_rows(case.rows, case.rules(17)), sorted(case.candidate - {"product"})
    )
    text = queries(case, bounds, 5, 17)["catalogue"]
    assert text == queries(case, bounds, 100, 17)["catalogue"]
    found = {row["product"]: row for row in run(connection, text)}
    assert found.keys() == expected.keys()
    for product, row in found.items():
        of_product = {name: expected[product].converted[name] for name in case.candidate}
        assert row == {name: of_product.get(name) for name in row}


@pytest.mark.parametrize("labels", [["b", None, "a"], ["a", "b", None], [None, "a", "b"]])
def test_the_catalogue_does_not_depend_on_the_order_of_rows_with_one_key(tmp_path, labels):
    """S2.1, S2.12: rows of one order, customer, product and second may still differ; NULL comes first."""
    (tmp_path / "shop").mkdir()
    rows = {"customer": ["c"] * 3, "product": ["p"] * 3, "label": labels}
    pq.write_table(pa.table(rows), tmp_path / "shop" / "t.parquet")
    roles = {"customer_id": "customer", "product_id": "product"}
    dataset = samples.dataset(tables=[{"table": "shop.t"}], roles=roles, filters={})
    catalogue = [SourceColumn(name, "STRING") for name in rows]
    outputs = output_columns(dataset, catalogue)
    in_train = next(seed for seed in range(99) if H(f"split|{seed}", "\x1fc\x1fp\x1f") < share_threshold(80))
    made = split_queries(dataset, catalogue, outputs, {"label"}, {"label"}, Bounds("random"), 100, in_train)
    assert run(connect(tmp_path, "demo"), made["catalogue"]) == [{"customer": None, "label": None, "product": "p"}]


@pytest.mark.parametrize("number", range(0, TABLES, 3))
def test_counts_are_those_of_the_splits(warehouse, number):
    """S2.9-S2.11."""
    connection, cases = warehouse
    case = cases[number]
    bounds = bounds_of(case, connection)
    if bounds is None:
        return
    expected = reference.labelled_rows(case.rows, case.rules(17))
    (row,) = run(connection, count_query(case.dataset, case.catalogue, bounds, 25, 17, SAMPLE_PRESETS))
    counts = Counts.from_row(row)
    for split in ("train", "eval", "test"):
        rows = reference.split_rows(expected, split, 25, 17)
        assert counts.rows[split] == len(rows)
        assert counts.customers[split] == len({row.customer for row in rows})
        assert counts.products[split] == len({row.product for row in rows})
    assert counts.rows["catalogue"] == len({row.product for row in expected if row.split == "train"})
    assert counts.dropped == sum(row.split is None for row in expected)
    assert counts.train_rows_by_percent == {
        percent: len(reference.split_rows(expected, "train", percent, 17)) for percent in SAMPLE_PRESETS
    }


def test_rows_that_arrive_later_change_nothing(tmp_path):
    """S1.28: a rerun of the snapshot selects the same window although the table has grown."""
    (tmp_path / "shop").mkdir()
    case = next(
        c
        for c in (random_case(n, tmp_path / "shop") for n in range(50))
        if c.split["kind"] == "strict_time" and len(c.rows) > 30
    )
    connection = connect(tmp_path, "demo")
    bounds = bounds_of(case, connection)
    texts = queries(case, bounds, 100, 17)
    before = {split: run(connection, text) for split, text in texts.items()}
    path = tmp_path / "shop" / f"{case.table}.parquet"
    table = pq.read_table(path)
    times = table.column(SOURCES["bought_at"])
    later = pa.array([None if t is None else t + timedelta(days=400) for t in times.to_pylist()], times.type)
    grown = table.set_column(table.column_names.index(SOURCES["bought_at"]), SOURCES["bought_at"], later)
    pq.write_table(pa.concat_tables([table, grown]), path)
    connection = connect(tmp_path, "demo")
    for split, text in texts.items():
        assert Counter(map(str, run(connection, text))) == Counter(map(str, before[split]))


# ------------------------------------------------------------------------------------------------------- the text


@pytest.mark.parametrize("key", [*NASTY, "abc", "a" * 1000])
def test_the_hash_in_sql_is_the_hash_in_python(key):
    """S0.6."""
    query = exp.select(hash_of("sample|17", exp.Literal.string(key)))
    assert duckdb.sql(to_duckdb(query.sql("bigquery"))).fetchone() == (H("sample|17", key),)


def test_every_query_is_one_select_over_the_declared_table(warehouse):
    """S1.25: names of the abuse list are carried literally."""
    _, cases = warehouse
    for case in cases[:15]:
        bounds = (
            Bounds("time_holdout", date(2024, 3, 1), date(2024, 2, 29))
            if "event_time" in case.document["roles"]
            else Bounds("random")
        )
        for text in queries(case, bounds, 5, 17).values():
            (statement,) = sqlglot.parse(text, read="bigquery")
            assert isinstance(statement, exp.Select)
            steps = {cte.alias for cte in statement.ctes}
            tables = {(t.db, t.name) for t in statement.find_all(exp.Table) if t.name not in steps}
            assert tables == {("shop", case.table)}
            assert statement.find(exp.Insert, exp.Update, exp.Delete, exp.Drop, exp.Create, exp.Command) is None
            assert all(identifier.quoted for identifier in statement.find_all(exp.Identifier))


def test_the_same_documents_make_the_same_bytes():
    """S1.27: shuffling keys, columns and the catalogue changes nothing."""
    bounds = Bounds("random")
    columns = [{"column": column.name} for column in samples.CATALOGUE]
    texts = set()
    for order in (columns, columns[::-1]):
        dataset = samples.dataset(tables=[{"columns": order, "table": "sales.purchases"}])
        for catalogue in (samples.CATALOGUE, samples.CATALOGUE[::-1]):
            outputs = output_columns(dataset, catalogue)
            made = split_queries(dataset, catalogue, outputs, {"price", "country"}, {"country"}, bounds, 10, 17)
            texts.add(tuple(made.values()))
    assert len(texts) == 1


def golden_cases() -> dict[str, dict[str, str]]:
    """Datasets whose SQL is kept as text: everything, the least there can be, and names from the abuse list."""
    dates = {"ref": date(2026, 1, 31), "test_start": date(2026, 1, 18), "val_start": date(2026, 1, 4)}
    least = [SourceColumn("customer", "STRING"), SourceColumn("product", "INT64")]
    abused = [
        SourceColumn('cust`omer\'s "id"', "INT64"),
        SourceColumn("größe 商品; --", "STRING"),
        SourceColumn("it's \\ a date", "DATE"),
        SourceColumn("sum", "NUMERIC"),
        SourceColumn("at", "TIME"),
        SourceColumn("gift", "BOOL"),
    ]
    abused_names = ["customer", "product", "day", "sum", "at", "gift"]
    return {
        "strict_time": statements(
            samples.dataset(),
            samples.CATALOGUE,
            {"price", "country"},
            {"country"},
            Bounds("strict_time", **dates, train_start=date(2025, 1, 4)),
            25,
        ),
        "random_without_time": statements(
            samples.dataset(
                tables=[{"table": "my-project.sales.purchases"}],
                roles={"customer_id": "customer", "product_id": "product"},
                filters={},
                timezone="UTC",
            ),
            least,
            set(),
            set(),
            Bounds("random"),
            100,
        ),
        "time_holdout_odd_names": statements(
            samples.dataset(
                tables=[
                    {
                        "table": "sales.pur`chases",
                        "columns": [{"column": c.name, "name": n} for c, n in zip(abused, abused_names, strict=True)],
                    }
                ],
                roles={"customer_id": "customer", "product_id": "product", "event_time": "day"},
                filters={"rows": [{"kind": "number", "column": "sum", "op": "ge", "value": 0.1}]},
            ),
            abused,
            {"sum", "at", "gift"},
            {"gift"},
            Bounds("time_holdout", date(2026, 1, 31), test_start=date(2026, 1, 25)),
            5,
        ),
    }


def statements(dataset, catalogue, needed, candidate, bounds, percent) -> dict[str, str]:
    outputs = output_columns(dataset, catalogue)
    return {
        "reference": reference_query(dataset, catalogue),
        "counts": count_query(dataset, catalogue, bounds, percent, 17, SAMPLE_PRESETS),
        **split_queries(dataset, catalogue, outputs, needed, candidate, bounds, percent, 17),
    }


@pytest.mark.parametrize("name", golden_cases())
def test_golden_text(name):
    """S11.2. After a change that is meant: `UPDATE_GOLDEN=1 pytest tests/unit/test_sql.py`, and read the difference."""
    text = "\n\n".join(f"-- {query}\n{sql}" for query, sql in golden_cases()[name].items()) + "\n"
    path = GOLDEN / f"{name}.sql"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------------------------- public data


@pytest.mark.skipif(not ONLINE_RETAIL.exists(), reason="../shared/data/online_retail is not on this machine")
def test_online_retail_splits_as_published(tmp_path):
    """BASELINES.md: strict_time 14/14 on rows with a customer and a positive quantity."""
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "retail.parquet").write_bytes(ONLINE_RETAIL.read_bytes())
    connection = connect(tmp_path, "demo")
    kinds = {"Quantity": "INTEGER", "InvoiceDate": "DATETIME", "UnitPrice": "FLOAT", "CustomerID": "INTEGER"}
    names = ("InvoiceNo", "StockCode", "Description", "Country", *kinds)
    catalogue = [SourceColumn(name, kinds.get(name, "STRING")) for name in names]
    dataset = samples.dataset(
        tables=[{"table": "public.retail"}],
        roles={
            "customer_id": "CustomerID",
            "product_id": "StockCode",
            "event_time": "InvoiceDate",
            "order_id": "InvoiceNo",
        },
        filters={"rows": [{"kind": "number", "column": "Quantity", "op": "gt", "value": 0}]},
        timezone="Europe/London",
    )
    (row,) = run(connection, reference_query(dataset, catalogue))
    found = Reference.from_row(row, dataset)
    assert (found.rows, found.first_day, found.last_day) == (397_924, date(2010, 12, 1), date(2011, 12, 9))
    bounds = resolve_split(None, found)
    (row,) = run(connection, count_query(dataset, catalogue, bounds, 100, 17))
    counts = Counts.from_row(row)
    assert counts.rows == {"train": 339_193, "eval": 31_363, "test": 27_368, "catalogue": 3_631}
    assert (counts.customers["eval"], counts.customers["test"], counts.dropped) == (985, 868, 0)
    outputs = output_columns(dataset, catalogue)
    needed = {"Country", "Description", "UnitPrice", "CustomerID", "StockCode", "InvoiceDate"}
    made = split_queries(dataset, catalogue, outputs, needed, {"StockCode", "Description"}, bounds, 100, 17)
    for split, text in made.items():
        (total,) = connection.execute(f"SELECT COUNT(*) FROM ({to_duckdb(text)})").fetchone()
        assert total == counts.rows[split]
