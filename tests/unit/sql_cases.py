"""Random datasets with random small tables: every field of the document, names and values of the abuse list (S1.25)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl

from local.warehouse import to_duckdb
from local.warehouse.catalogue import DATABASE
from shared.columns import SourceColumn, SourceTable
from shared.documents import Dataset
from tests.unit import samples

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
LAST = date(2024, 3, 2)  # most cases end just after a leap day
INSTANTS = [  # leap days, ends of months and years, changes of the clock, before 1970
    datetime(2024, 2, 28, 23, 30),
    datetime(2024, 2, 29, 0, 0),
    datetime(2023, 12, 31, 23, 59, 59, 999_999),
    datetime(2024, 1, 31, 22, 59, 59),
    datetime(2023, 10, 29, 1, 30),
    datetime(1969, 12, 31, 23, 59, 59, 500_000),
]
FLOATS = [0.0, -0.0, 0.25, 1.5, -2.0, 3.0, 1e300, 1e-320, float("nan"), float("inf")]
ZONED, LOCAL = pl.Datetime("us", "UTC"), pl.Datetime("us")
# Output name, the warehouse's own name, type; `bought_at` and `customer` vary from case to case.
PURCHASES: list[tuple[str, str, str]] = [
    ("customer", 'cust`omer\'s "id"', "STRING"),
    ("product", "größe 商品; DROP TABLE x; --", "STRING"),
    ("bought_at", "it's \\ a time", "TIMESTAMP"),
    ("basket", "select", "INTEGER"),
    ("quantity", "*/ quantity /*", "INTEGER"),
    ("price", "price) AS x, (1", "FLOAT"),
    ("margin", "{margin}", "NUMERIC"),
    ("clock", "clock\\", "TIME"),
    ("gift", "gift\\'", "BOOLEAN"),
    ("label", "%s label", "STRING"),
    ("day", "day?", "DATE"),
    ("tags", "`tags`", "STRING"),
    ("seen", "seen at", "TIMESTAMP"),
    ("scores", "scores;", "FLOAT"),
    ("city", 'address`.in "city"', "STRING"),
]
LISTS = {"tags", "seen", "scores"}
POLARS = {
    "STRING": pl.String,
    "INTEGER": pl.Int64,
    "FLOAT": pl.Float64,
    "NUMERIC": pl.Decimal(20, 2),
    "TIMESTAMP": ZONED,
    "DATETIME": LOCAL,
    "DATE": pl.Date,
    "TIME": pl.Time,
    "BOOLEAN": pl.Boolean,
}


@dataclass(frozen=True)
class Case:
    """A dataset as a user writes it, what the warehouse says of its tables, and a split with its days."""

    document: dict[str, Any]
    types: dict[str, str]
    catalogue: dict[str, SourceTable]
    bounds: dict[str, Any]
    needed: set[str]
    candidate: set[str]
    required: frozenset[str]
    seed: int
    percent: int
    make: Callable[[random.Random], dict[str, pl.DataFrame]] = field(repr=False)

    @property
    def dataset(self) -> Dataset:
        return samples.dataset(**self.document)


def random_case(rng: random.Random) -> Case:
    kinds = {name: kind for name, _, kind in PURCHASES}
    kinds["bought_at"] = rng.choice(["TIMESTAMP", "TIMESTAMP", "DATETIME", "DATE"])
    kinds["customer"] = rng.choice(["STRING", "INTEGER"])
    roles = {"customer_id": "customer", "product_id": "product"}
    timed = rng.random() < 0.8
    for role, name, share in [
        ("event_time", "bought_at", timed),
        ("order_id", "basket", 0.5),
        ("revenue", "price", 0.7),
        ("quantity", "quantity", 0.5),
    ]:
        if rng.random() < share:
            roles[role] = rng.choice(["price", "margin"]) if role == "revenue" else name
    tables, joins = random_joins(rng, kinds)
    known = {c["name"] for t in tables for c in t["columns"]}
    history = random_history(rng, timed)
    document = {
        "tables": tables,
        "primary": "purchases",
        "joins": joins,
        "roles": roles,
        "timezone": rng.choice(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
        "filters": random_filters(rng, roles, known),
        "history": history,
        "catalogue": rng.choice(["train", "train", CATALOGUE_TABLE]),
    }
    features = rng.sample(sorted(known - set(roles.values())), 4)
    return Case(
        document=document,
        types=kinds,
        catalogue=source_tables(kinds, tables, document["catalogue"]),
        bounds=random_bounds(rng, timed),
        needed={*features, "customer", *(each["name"] for each in history)},
        candidate={*features[:2], "product"},
        required=frozenset(rng.sample(["label", "margin"], rng.choice([0, 0, 1]))),
        seed=rng.choice([17, 99]),
        percent=rng.choice([5, 25, 50]),
        make=lambda more: random_tables(more, kinds),
    )


CATALOGUE_TABLE = {"table": "my-shop.cat`alogue.all products", "product_id": "sku", "where_active": "info.active?"}
BRAND_COLUMNS = [{"column": "country", "name": "brand_country"}]
PRODUCT_COLUMNS = [{"column": "info.group name", "name": "category"}, {"column": "weight", "name": "weight"}]


def random_joins(rng: random.Random, kinds: dict[str, str]) -> tuple[list[dict], list[dict]]:
    columns = [
        {"column": source if name != "city" else 'address`.in "city"', "name": name} for name, source, _ in PURCHASES
    ]
    fills = {"quantity": 7, "label": "it's `n/a`\n", "day": "2024-02-29", "margin": 0.25, "gift": True}
    for name in rng.sample(sorted(fills), rng.choice([0, 1, 2])):
        column = next(column for column in columns if column["name"] == name)
        column["nulls"] = rng.choice(["drop_row", {"fill": fills[name]}])
    rng.shuffle(columns)
    tables = [{"table": "shop.pur`chases", "alias": "purchases", "columns": columns}]
    joins = []
    if rng.random() < 0.6:
        tables.append({"table": "my-shop.cat`alogue.all products", "alias": "products", "columns": PRODUCT_COLUMNS})
        keys = [{"left": dict((n, s) for n, s, _ in PURCHASES)["product"], "right": "sku"}]
        joins.append({"left": "purchases", "right": "products", "keys": keys, "type": rng.choice(["left", "inner"])})
        if rng.random() < 0.6:
            tables.append({"table": "shop.brands", "alias": "a_brands", "columns": BRAND_COLUMNS})
            keys = [{"left": "brand", "right": "id"}]
            joins.append({"left": "products", "right": "a_brands", "keys": keys, "type": rng.choice(["left", "inner"])})
    rng.shuffle(joins)
    return tables, joins


def source_tables(kinds: dict[str, str], tables: list[dict], catalogue: Any) -> dict[str, SourceTable]:
    own = [
        SourceColumn(source, kinds[name], "REPEATED" if name in LISTS else "NULLABLE")
        for name, source, _ in PURCHASES
        if name != "city"
    ]
    own.append(SourceColumn("address`", "RECORD", fields=(SourceColumn('in "city"', "STRING"),)))
    info = (SourceColumn("group name", "STRING"), SourceColumn("active?", "BOOLEAN"))
    products = SourceTable(
        (
            SourceColumn("sku", "STRING"),
            SourceColumn("brand", "INTEGER"),
            SourceColumn("info", "RECORD", fields=info),
            SourceColumn("weight", "FLOAT"),
        )
    )
    brands = SourceTable((SourceColumn("id", "STRING"), SourceColumn("country", "STRING")))
    known = {"purchases": SourceTable(tuple(own)), "products": products, "a_brands": brands}
    found = {table["alias"]: known[table["alias"]] for table in tables}
    return found if catalogue == "train" else {**found, "qt_catalogue": products}


# ----------------------------------------------------------------------------------------------------------- documents


def random_filters(rng: random.Random, roles: dict[str, str], known: set[str]) -> dict[str, Any]:
    number = lambda: rng.choice([0.0, -1.5, 0.25, 1.0, -(2.0**60)])  # noqa: E731
    nulls = lambda: rng.choice([{}, {"nulls": "keep"}, {"nulls": "drop"}])  # noqa: E731
    compared = [
        {
            "kind": "number",
            "column": column,
            "op": rng.choice(["lt", "ge", "ne", "gt", "le"]),
            "value": number(),
            **nulls(),
        }
        for column in ("quantity", "price", "margin")
    ]
    between = {
        "kind": "number",
        "column": "quantity",
        "op": "between",
        "min": -1.0,
        "max": rng.choice([1.0, 2.5]),
        **nulls(),
    }
    words = {
        "kind": "category",
        "column": "label",
        "mode": rng.choice(["include", "exclude"]),
        "values": rng.sample(NASTY, 6),
    }
    gifts = {"kind": "category", "column": "gift", "values": [rng.random() < 0.5], **nulls()}
    orders = {"kind": "category", "column": "basket", "mode": "exclude", "values": [1, 2, -3], **nulls()}
    days = {
        "kind": "date",
        "column": "day",
        **rng.choice([{"last_days": 40}, {"from": "2023-12-31"}, {"to": "2024-02-29"}]),
    }
    empty = {
        "kind": "null",
        "column": rng.choice(sorted(known & {"city", "category", "clock"})),
        "keep": rng.choice(["null", "not_null"]),
    }
    rules = [rng.choice([compared[0], between]), *compared[1:], {**words, **nulls()}, gifts, orders, days, empty]
    filters: dict[str, Any] = {"rows": rng.sample(rules, rng.choice([0, 0, 1, 1, 2]))}
    if "event_time" in roles and rng.random() < 0.4:
        filters["window"] = rng.choice(
            [{"last_days": 45}, {"from": "2023-12-01", "to": "2024-02-29"}, {"from": "2024-01-31"}]
        )
    for entity in ("products", "customers"):
        if rng.random() < 0.4:
            filters[entity] = random_entity_filter(rng, roles)
    return filters


def random_entity_filter(rng: random.Random, roles: dict[str, str]) -> dict[str, Any]:
    measures = ["transactions", "distinct_counterparts"]
    measures += ["revenue", "average_revenue"] if "revenue" in roles else []
    measures += ["last_seen_days"] if "event_time" in roles else []
    rule: dict[str, Any] = {
        "aggregates": [
            rng.choice(
                [
                    {
                        "measure": measure,
                        "op": rng.choice(["ge", "le", "gt", "ne"]),
                        "value": rng.choice([0.0, 1.0, 2.0]),
                    },
                    {"measure": measure, "op": "between", "min": 0.0, "max": rng.choice([2.0, 20.0])},
                ]
            )
            for measure in rng.sample(measures, rng.choice([0, 1, 1, 2]))
        ]
    }
    if "revenue" in roles and rng.random() < 0.5:
        rule["top_revenue_percent"] = rng.choice([20.0, 80.0, 99.5, 100.0])
    if rng.random() < 0.3 or len(rule) == 1 and not rule["aggregates"]:
        rule["min_transactions"] = rng.choice([1, 2])
    return rule


def random_history(rng: random.Random, timed: bool) -> list[dict[str, Any]]:
    modes = ["point_in_time", "profile"] if timed else ["profile"]
    return [
        {
            "name": name,
            "item": rng.choice(["product", "label", "basket"]),
            "length": rng.choice([1, 3, 50]),
            "mode": rng.choice(modes),
        }
        for name in rng.sample(["recent", "joined"], rng.choice([0, 1, 1, 2]))
    ]


def random_bounds(rng: random.Random, timed: bool) -> dict[str, Any]:
    """The days of a split, as they might have been resolved for some table."""
    ref = LAST - timedelta(days=rng.choice([0, 0, 1, 30])) if timed else None
    found = {"kind": "random", "ref": ref, "test_start": None, "val_start": None, "train_start": None}
    kind = rng.choice(["strict_time", "strict_time", "time_holdout", "random"]) if timed else "random"
    if kind == "random":
        return found
    found |= {"kind": kind, "test_start": ref - timedelta(days=rng.choice([0, 1, 13]))}
    if kind == "strict_time":
        found["val_start"] = found["test_start"] - timedelta(days=rng.choice([1, 7]))
        found["train_start"] = rng.choice([None, found["val_start"] - timedelta(days=20)])
    return found


# --------------------------------------------------------------------------------------------------------------- tables


def random_tables(rng: random.Random, kinds: dict[str, str]) -> dict[str, pl.DataFrame]:
    count = rng.choice([0, 1, 5, 40, 60, 90])
    nulls = rng.choice([0.0, 0.1])
    start = rng.choice(INSTANTS)

    def instant() -> datetime:
        if rng.random() < 0.3:
            return start
        seconds = rng.randrange(60 * 86_400)
        return datetime(2024, 1, 3) + timedelta(seconds=seconds, microseconds=rng.choice([0, 1, 999_999]))

    def happened() -> Any:
        if kinds["bought_at"] == "DATE":
            return instant().date()
        # zone histories before 1970 differ between databases
        return (
            max(instant(), datetime(1970, 1, 2)).replace(tzinfo=UTC) if kinds["bought_at"] == "TIMESTAMP" else instant()
        )

    words = rng.sample(NASTY, 6)
    make: dict[str, Callable[[], Any]] = {
        "customer": (lambda: rng.choice(words)) if kinds["customer"] == "STRING" else (lambda: rng.randrange(-2, 5)),
        "product": lambda: rng.choice(NASTY[:10]),
        "bought_at": happened,
        "basket": lambda: rng.randrange(-3, 20),
        "quantity": lambda: rng.choice([-1, 0, 1, 3, 2**53 + 1]),
        "price": lambda: rng.choice(FLOATS),
        "margin": lambda: Decimal(rng.randrange(-300, 300)) / 100,
        "clock": lambda: time(rng.randrange(24), 59, rng.randrange(60)),
        "gift": lambda: rng.random() < 0.5,
        "label": lambda: rng.choice(NASTY),
        "day": lambda: rng.choice(INSTANTS).date(),
        "tags": lambda: [rng.choice([*NASTY, None]) for _ in range(rng.randrange(4))],
        "seen": lambda: [max(instant(), datetime(1970, 1, 2)).replace(tzinfo=UTC) for _ in range(rng.randrange(3))],
        "scores": lambda: [rng.choice([*FLOATS, None]) for _ in range(rng.randrange(4))],
        "city": lambda: rng.choice(NASTY),
    }
    shares = {"basket": 0.1, "quantity": 0.1, "price": 0.1, "label": 0.2, "city": 0.2}
    columns = {
        name: [None if rng.random() < shares.get(name, nulls) else make[name]() for _ in range(count)] for name in make
    }
    series = {
        source: pl.Series(columns[name], dtype=pl.List(POLARS[kinds[name]]) if name in LISTS else POLARS[kinds[name]])
        for name, source, _ in PURCHASES
        if name != "city"
    }
    city = [None if value is None and rng.random() < 0.5 else {'in "city"': value} for value in columns["city"]]
    series["address`"] = pl.Series(city, dtype=pl.Struct({'in "city"': pl.String}))
    return {"purchases": pl.DataFrame(series), "products": _products(rng), "a_brands": _brands(rng)}


def _products(rng: random.Random) -> pl.DataFrame:
    skus = [*rng.sample(NASTY, 7), None, "never sold"] + rng.sample(NASTY, rng.choice([0, 2]))
    info = [
        {"group name": rng.choice(["g`1", "g'2", None]), "active?": rng.choice([True, True, False, None])} for _ in skus
    ]
    return pl.DataFrame(
        {
            "sku": pl.Series(skus, dtype=pl.String),
            "brand": pl.Series([rng.choice([0, 1, -2, None]) for _ in skus], dtype=pl.Int64),
            "info": pl.Series(info, dtype=pl.Struct({"group name": pl.String, "active?": pl.Boolean})),
            "weight": pl.Series([rng.choice(FLOATS) for _ in skus], dtype=pl.Float64),
        }
    )


def _brands(rng: random.Random) -> pl.DataFrame:
    return pl.DataFrame({"id": ["0", "1", "x"], "country": [rng.choice(["DE", "F`R", None]) for _ in range(3)]})


# ------------------------------------------------------------------------------------------------------------ warehouse

PLACES = {
    "purchases": [(DATABASE, "shop", "pur`chases")],
    "products": [("my-shop", "cat`alogue", "all products")],
    "a_brands": [(DATABASE, "shop", "brands")],
}


class Warehouse:
    """DuckDB with the tables of one case at a time; statements are translated once."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        self._translated: dict[str, str] = {}
        for database in (DATABASE, "my-shop"):
            self.connection.execute(f"ATTACH ':memory:' AS {quoted(database)}")
        for database, schema in ((DATABASE, "shop"), ("my-shop", "cat`alogue")):
            self.connection.execute(f"CREATE SCHEMA {quoted(database)}.{quoted(schema)}")

    def load(self, tables: dict[str, pl.DataFrame]) -> None:
        for alias, frame in tables.items():
            self.connection.register("frame", frame.to_arrow())
            for place in PLACES[alias]:
                name = ".".join(map(quoted, place))
                self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM frame")

    def rows(self, text: str) -> list[dict[str, Any]]:
        """The rows as BigQuery's client gives them: a missing list is an empty one."""
        if text not in self._translated:
            self._translated = {text: to_duckdb(text), **dict(list(self._translated.items())[:40])}
        result = self.connection.execute(self._translated[text])
        columns = [(column[0], str(column[1]).endswith("[]")) for column in result.description]
        return [
            {
                name: [] if is_list and value is None else value
                for (name, is_list), value in zip(columns, row, strict=True)
            }
            for row in result.fetchall()
        ]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
