"""What the SQL of a run must select, with polars and plain Python: written from the rules alone (S1, S2).

It knows nothing of the product's classes: a case is a document as a user writes it, in which every column has a `name`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

Document = Mapping[str, Any]
Tables = Mapping[str, pl.DataFrame]
COMPARE = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}


def hash_of(salt: str, key: str) -> int:
    """S0.6, spelled out again."""
    return int(hashlib.md5((salt + "|" + key).encode("utf-8")).hexdigest()[:13], 16)


# ------------------------------------------------------------------------------------------------------ joined, base


def joined(tables: Tables, document: Document) -> pl.DataFrame:
    """S1.2, S1.4, S1.14: one column for each output; the order of joins has no meaning, so any will do."""
    frames = {
        alias: frame.rename({name: f"{alias}/{name}" for name in frame.columns}) for alias, frame in tables.items()
    }
    rows, left_to_join = frames[document["primary"]], list(document["joins"])
    done = {document["primary"]}
    while left_to_join:
        join = next(each for each in left_to_join if each["left"] in done)
        left_to_join.remove(join)
        done.add(join["right"])
        rows = _join(rows, frames[join["right"]], join)
    outputs = [
        _output(pl.col(f"{table['alias']}/{column['column'].split('.')[0]}"), column, rows, table["alias"], document)
        for table in document["tables"]
        for column in table["columns"]
    ]
    return rows.select(outputs)


def _join(rows: pl.DataFrame, right: pl.DataFrame, join: Mapping[str, Any]) -> pl.DataFrame:
    left_on = [_key(rows, f"{join['left']}/{key['left']}") for key in join["keys"]]
    right_on = [_key(right, f"{join['right']}/{key['right']}") for key in join["keys"]]
    return rows.join(right, left_on=left_on, right_on=right_on, how=join["type"], coalesce=False, nulls_equal=False)


def _key(frame: pl.DataFrame, name: str) -> pl.Expr:
    """S1.5: an id that is a number equals its text."""
    return pl.col(name).cast(pl.String) if frame.schema[name] == pl.Int64 else pl.col(name)


def _output(value: pl.Expr, column: Mapping[str, Any], rows: pl.DataFrame, alias: str, document: Document) -> pl.Expr:
    for part in column["column"].split(".")[1:]:
        value = value.struct.field(part)
    kind = rows.select(value).schema.dtypes()[0]
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        value = value.dt.convert_time_zone(document["timezone"]).dt.replace_time_zone(None)
    if kind == pl.Float64:
        value = pl.when(value.is_finite()).then(value)
    if isinstance(column.get("nulls"), Mapping):
        value = value.fill_null(
            pl.lit(_of_type(column["nulls"]["fill"], kind), dtype=rows.select(value).schema.dtypes()[0])
        )
    return value.alias(column["name"])


def _of_type(value: Any, kind: Any) -> Any:
    if kind == pl.Date:
        return date.fromisoformat(value)
    return Decimal(str(value)) if isinstance(kind, pl.Decimal) else value


def conditions(rows: pl.DataFrame, document: Document, required: Sequence[str]) -> list[pl.Expr]:
    """S1.5, S1.14, S1.17: what each step of the funnel keeps, in order."""
    roles = document["roles"]
    must = [roles[role] for role in ("customer_id", "product_id", "event_time") if role in roles]
    dropped = [c["name"] for t in document["tables"] for c in t["columns"] if c.get("nulls") == "drop_row"]
    steps = [present(must)]
    if set(dropped) - set(must):
        steps.append(present(dropped))
    if required:
        steps.append(present(required))
    return steps + [row_filter(rows, rule) for rule in document["filters"].get("rows", [])]


def present(names: Sequence[str]) -> pl.Expr:
    return pl.all_horizontal([pl.col(name).is_not_null() for name in names])


def row_filter(rows: pl.DataFrame, rule: Mapping[str, Any]) -> pl.Expr:
    value = pl.col(rule["column"])
    if rule["kind"] == "null":
        return value.is_null() if rule["keep"] == "null" else value.is_not_null()
    if rule["kind"] == "date":
        return in_period(value.dt.date(), rule, newest=rows.select(value.dt.date().max()).item())
    if rule["kind"] == "category":
        found = value.is_in(rule["values"])
        found = found if rule.get("mode", "include") == "include" else ~found
        nulls = rule.get("nulls") or ("drop" if rule.get("mode", "include") == "include" else "keep")
        return found.fill_null(nulls == "keep")
    return compared(value, rule, rows.schema[rule["column"]]).fill_null(rule.get("nulls") == "keep")


def compared(value: pl.Expr, rule: Mapping[str, Any], kind: Any) -> pl.Expr:
    """Integers are compared exactly with whole numbers, everything else as float64."""
    if rule["op"] == "between":
        return compared(value, {"op": "ge", "value": rule["min"]}, kind) & compared(
            value, {"op": "le", "value": rule["max"]}, kind
        )
    whole = kind == pl.Int64 and float(rule["value"]).is_integer() and abs(rule["value"]) < 2**53
    number = pl.lit(int(rule["value"]), dtype=pl.Int64) if whole else pl.lit(float(rule["value"]))
    return COMPARE[rule["op"]](value if whole else value.cast(pl.Float64), number)


def in_period(day: pl.Expr, rule: Mapping[str, Any], newest: date | None) -> pl.Expr:
    """S1.17, S1.18."""
    if "last_days" in rule:
        if newest is None:
            return pl.lit(False)
        return (day > newest - timedelta(days=rule["last_days"])).fill_null(False)
    kept = pl.lit(True)
    if "from" in rule:
        kept = kept & (day >= date.fromisoformat(rule["from"]))
    if "to" in rule:
        kept = kept & (day <= date.fromisoformat(rule["to"]))
    return kept.fill_null(False) & day.is_not_null()


def keyed(rows: pl.DataFrame, document: Document) -> pl.DataFrame:
    """With day, whole second and row key (S2.1)."""
    roles = document["roles"]
    if "event_time" in roles:
        rows = rows.with_columns(
            _day=pl.col(roles["event_time"]).dt.date(), _second=seconds(pl.col(roles["event_time"]))
        )
    else:
        rows = rows.with_columns(_day=pl.lit(None, dtype=pl.Date), _second=pl.lit(None, dtype=pl.Int64))
    parts = [
        pl.col(roles[role]).cast(pl.String) if role in roles else pl.lit("")
        for role in ("order_id", "customer_id", "product_id")
    ]
    parts = [part.fill_null("") for part in [*parts, pl.col("_second").cast(pl.String)]]
    return rows.with_columns(_key=pl.concat_str(parts, separator="\x1f"))


def seconds(value: pl.Expr) -> pl.Expr:
    """Whole seconds since 1970 of a local time, rounded down."""
    return value.cast(pl.Datetime("us")).dt.epoch("us").floordiv(1_000_000)


def base(tables: Tables, document: Document, required: Sequence[str]) -> tuple[pl.DataFrame, list[int]]:
    """The rows after filters and window, and how many each step left: joined, roles, …, window (S1.34)."""
    rows = joined(tables, document)
    counts = [rows.height]
    kept = rows
    for condition in conditions(rows, document, required):
        kept = kept.filter(condition)
        counts.append(kept.height)
    kept = keyed(kept, document)
    if "window" in document["filters"]:
        kept = kept.filter(in_period(pl.col("_day"), document["filters"]["window"], kept["_day"].max()))
        counts.append(kept.height)
    return kept, counts


# -------------------------------------------------------------------------------------------- products and customers


def kept_ids(fit: pl.DataFrame, document: Document, entity: str) -> set[str]:
    """S1.19, S1.20."""
    rule = document["filters"][entity]
    roles = document["roles"]
    mine, other = ("product_id", "customer_id") if entity == "products" else ("customer_id", "product_id")
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in fit.rows(named=True):
        groups.setdefault(str(row[roles[mine]]), []).append(row)
    figures = {key: entity_figures(rows, document, roles[other], fit["_day"].max()) for key, rows in groups.items()}
    wanted = list(rule.get("aggregates", []))
    if "min_transactions" in rule:
        wanted.append({"measure": "transactions", "op": "ge", "value": rule["min_transactions"]})
    kept = {key for key, found in figures.items() if all(holds(found[w["measure"]], w) for w in wanted)}
    return kept & top(figures, rule["top_revenue_percent"]) if "top_revenue_percent" in rule else kept


def entity_figures(rows: list[dict[str, Any]], document: Document, other: str, last: date | None) -> dict[str, Any]:
    roles = document["roles"]
    money = (
        sum((cents(row[roles["revenue"]]) for row in rows if row[roles["revenue"]] is not None), Decimal(0))
        if "revenue" in roles
        else Decimal(0)
    )
    if "order_id" in roles:
        purchases = {row["_key"] if row[roles["order_id"]] is None else str(row[roles["order_id"]]) for row in rows}
    elif "event_time" in roles:
        purchases = {(str(row[roles["customer_id"]]), str(row[roles["product_id"]]), row["_day"]) for row in rows}
    else:
        purchases = range(len(rows))
    return {
        "transactions": len(purchases),
        "revenue": float(money),
        "average_revenue": float(money) / len(purchases),
        "distinct_counterparts": len({str(row[other]) for row in rows}),
        "last_seen_days": (last - max(row["_day"] for row in rows)).days if last else None,
        "top": max(money, Decimal(0)),
    }


def cents(value: Any) -> Decimal:
    """Money as NUMERIC: 9 digits after the point; what does not fit counts as nothing."""
    found = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return found.quantize(Decimal("1e-9"), ROUND_HALF_UP) if abs(found) < Decimal(10) ** 29 else Decimal(0)


def holds(value: float, rule: Mapping[str, Any]) -> bool:
    if rule["op"] == "between":
        return rule["min"] <= value <= rule["max"]
    return COMPARE[rule["op"]](value, rule["value"])


def top(figures: Mapping[str, Mapping[str, Any]], percent: float) -> set[str]:
    total = float(sum((found["top"] for found in figures.values()), Decimal(0)))
    kept, before = set(), Decimal(0)
    for key in sorted(figures, key=lambda key: (-figures[key]["top"], key.encode())):
        if float(before) < percent / 100 * total:
            kept.add(key)
        before += figures[key]["top"]
    return kept


def filtered(rows: pl.DataFrame, document: Document, test_start: date | None) -> tuple[pl.DataFrame, list[int]]:
    """S1.16, S1.21; also how many rows are left after products, and after customers."""
    fit = rows if test_start is None else rows.filter(pl.col("_day") < test_start)
    counts = []
    for entity, role in (("products", "product_id"), ("customers", "customer_id")):
        if entity in document["filters"]:
            ids = kept_ids(fit, document, entity)
            rows = rows.filter(pl.col(document["roles"][role]).cast(pl.String).is_in(list(ids)))
            counts.append(rows.height)
    return rows, counts


# ------------------------------------------------------------------------------------------------------------- splits


def labelled(rows: pl.DataFrame, document: Document, bounds: Mapping[str, Any], seed: int) -> pl.DataFrame:
    """S2.4-S2.6, and the hash of the customer (S2.8)."""
    roles = document["roles"]
    if bounds["ref"] is not None:
        rows = rows.filter(pl.col("_day") <= bounds["ref"])
    unit = pl.col("_key")
    if "order_id" in roles:
        unit = pl.coalesce(pl.col(roles["order_id"]).cast(pl.String), unit)
    found = [
        split_of(bounds, day, hash_of(f"split|{seed}", key))
        for day, key in rows.select(pl.col("_day"), unit.alias("unit")).iter_rows()
    ]
    sample = [hash_of(f"sample|{seed}", str(each)) for each in rows[roles["customer_id"]]]
    return rows.with_columns(_split=pl.Series(found, dtype=pl.String), _sample=pl.Series(sample, dtype=pl.Int64))


def split_of(bounds: Mapping[str, Any], day: date | None, share: int) -> str | None:
    if bounds["kind"] == "random":
        return "train" if share < 80 * 2**52 // 100 else "eval" if share < 95 * 2**52 // 100 else "test"
    assert day is not None
    if day >= bounds["test_start"]:
        return "test"
    if bounds["kind"] == "time_holdout":
        return "eval" if share >= 80 * 2**52 // 100 else "train"
    if day >= bounds["val_start"]:
        return "eval"
    return None if bounds["train_start"] is not None and day < bounds["train_start"] else "train"


def split_rows(rows: pl.DataFrame, split: str, percent: int) -> pl.DataFrame:
    rows = rows.filter(pl.col("_split") == split)
    return rows.filter(pl.col("_sample") < percent * 2**52 // 100) if split in ("train", "eval") else rows


def fingerprint(rows: pl.DataFrame, document: Document) -> dict[str, Any]:
    """S1.29."""
    roles = document["roles"]
    return {
        "rows": rows.height,
        "customers": rows[roles["customer_id"]].n_unique(),
        "products": rows[roles["product_id"]].n_unique(),
        "min_time": rows["_second"].min(),
        "max_time": rows["_second"].max(),
        "checksum": sum(hash_of("row", key) % 2**31 for key in rows["_key"]),
    }


# ---------------------------------------------------------------------------------------------------------- histories


def histories(rows: pl.DataFrame, document: Document, percent: int) -> dict[str, list[list[str]]]:
    """For each derived history the list of each row, in the order of `rows` (S1.24)."""
    if not document.get("history"):
        return {}
    customer = document["roles"]["customer_id"]
    bought: dict[str, list[dict[str, Any]]] = {}
    for row in split_rows(rows, "train", percent).rows(named=True):
        bought.setdefault(str(row[customer]), []).append(row)
    return {
        history["name"]: [history_of(row, bought.get(str(row[customer]), []), history) for row in rows.rows(named=True)]
        for history in document["history"]
    }


def history_of(row: Mapping[str, Any], bought: list[dict[str, Any]], history: Mapping[str, Any]) -> list[str]:
    in_train = row["_split"] == "train"
    own = None if row[history["item"]] is None else str(row[history["item"]])
    last: dict[str, int] = {}
    for purchase in bought:
        if purchase[history["item"]] is None:
            continue
        second = purchase["_second"] if purchase["_second"] is not None else 0
        item = str(purchase[history["item"]])
        if history["mode"] == "point_in_time" and in_train and second >= row["_second"]:
            continue
        if history["mode"] == "profile" and in_train and item == own:
            continue
        last[item] = max(second, last.get(item, second))
    return sorted(last, key=lambda item: (-last[item], item.encode()))[: history["length"]]


# ------------------------------------------------------------------------------------------------ tf.Example, catalogue


def converted(rows: pl.DataFrame, document: Document, names: Sequence[str], percent: int) -> list[dict[str, Any]]:
    """Rows as tf.Example holds them (S1.12), in alphabetical order of columns (S1.26)."""
    ids = {document["roles"].get(role) for role in ("customer_id", "product_id", "order_id")}
    derived = histories(rows, document, percent)
    columns = {
        name: derived[name]
        if name in derived
        else rows.select(_typed(rows, name, name in ids, document)).to_series().to_list()
        for name in sorted(names)
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _typed(rows: pl.DataFrame, name: str, is_id: bool, document: Document) -> pl.Expr:
    kind = rows.schema[name]
    if isinstance(kind, pl.List):
        made = pl.element().drop_nulls()
        if isinstance(kind.inner, pl.Datetime):
            made = pl.element().dt.convert_time_zone(document["timezone"]).dt.replace_time_zone(None).drop_nulls()
            return pl.col(name).list.eval(seconds(made)).fill_null([])
        if kind.inner == pl.Float64:
            made = pl.element().filter(pl.element().is_finite())
        return pl.col(name).list.eval(made).fill_null([])
    value = pl.col(name)
    if is_id:
        return value.cast(pl.String)
    if kind in (pl.Date, pl.Datetime):
        return seconds(value)
    if kind == pl.Time:
        return value.cast(pl.Int64).floordiv(1_000_000_000)
    if kind == pl.Boolean:
        return value.cast(pl.Int64)
    return value.cast(pl.Float64) if isinstance(kind, pl.Decimal) else value


def catalogue(
    rows: pl.DataFrame, document: Document, candidate: Sequence[str], active: set[str] | None
) -> dict[str, dict[str, Any]]:
    """S2.12: the latest train row of each product; ties by row key, then by the candidate columns, NULL first."""
    train = split_rows(rows, "train", 100)
    product = document["roles"]["product_id"]
    values = converted(train, {**document, "history": []}, sorted({*candidate, product}), 100)
    order = sorted(
        range(train.height),
        key=lambda i: (
            -(train["_second"][i] or 0),
            train["_key"][i].encode(),
            [_nulls_first(values[i][name]) for name in sorted(candidate) if not isinstance(values[i][name], list)],
        ),
    )
    latest: dict[str, dict[str, Any]] = {}
    for index in order:
        latest.setdefault(values[index][product], values[index])
    if active is None:
        return latest
    nothing = dict.fromkeys(candidate)
    return {key: {**nothing, **latest.get(key, {}), product: key} for key in active}


def _nulls_first(value: Any) -> tuple:
    return (0,) if value is None else (1, value.encode() if isinstance(value, str) else value)
