"""What the SQL of a run must select, in plain Python: slow, obvious, and written from the rules alone (S1, S2)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

COMPARE = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
Row = Mapping[str, Any]  # output name to the warehouse's value


def hash_of(salt: str, key: str) -> int:
    """S0.6, spelled out again."""
    return int(hashlib.md5((salt + "|" + key).encode("utf-8")).hexdigest()[:13], 16)


@dataclass(frozen=True)
class Rules:
    """A dataset and a split, without any of the product's classes."""

    roles: Mapping[str, str]
    timezone: str
    filters: Sequence[tuple[str, str, float]]  # column, operator, value
    split: Mapping[str, Any]
    seed: int


@dataclass(frozen=True)
class Labelled:
    """A row of `base` with everything that was derived from it."""

    converted: Mapping[str, Any]
    split: str | None
    customer: str
    product: str
    row_key: str
    seconds: int


def labelled_rows(rows: Sequence[Row], rules: Rules) -> list[Labelled]:
    base = [row for row in (wall_clock_row(row, rules.timezone) for row in rows) if kept(row, rules)]
    ref = last_day(base, rules)
    return [label(row, rules, ref) for row in base]


def funnel(rows: Sequence[Row], rules: Rules) -> list[int]:
    """Rows of the source, with all roles, and after each filter."""
    local = [wall_clock_row(row, rules.timezone) for row in rows]
    counts = [len(local)]
    for filters in range(len(rules.filters) + 1):
        some = Rules(rules.roles, rules.timezone, rules.filters[:filters], rules.split, rules.seed)
        counts.append(sum(kept(row, some) for row in local))
    return counts


def wall_clock_row(row: Row, timezone: str) -> dict[str, Any]:
    return {name: wall_clock(value, timezone) for name, value in row.items()}


def wall_clock(value: Any, timezone: str) -> Any:
    """S1.2, and floats that are no numbers are missing."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def kept(row: Row, rules: Rules) -> bool:
    """S1.5, S1.17."""
    required = [name for role, name in rules.roles.items() if role != "order_id"]
    if any(row[name] is None for name in required):
        return False
    return all(row[name] is not None and COMPARE[op](number(row[name]), value) for name, op, value in rules.filters)


def number(value: Any) -> Any:
    """As a filter compares it: NUMERIC 0.10 equals 0.1, integers are exact."""
    return float(value) if isinstance(value, Decimal) else value


def last_day(base: Sequence[Row], rules: Rules) -> date | None:
    """S2.3."""
    time_column = rules.roles.get("event_time")
    return max((day_of(row[time_column]) for row in base), default=None) if time_column else None


def label(row: Row, rules: Rules, ref: date | None) -> Labelled:
    roles = rules.roles
    happened = row[roles["event_time"]] if "event_time" in roles else None
    order = row[roles["order_id"]] if "order_id" in roles else None
    customer, product = str(row[roles["customer_id"]]), str(row[roles["product_id"]])
    seconds = "" if happened is None else str(seconds_of(happened))
    row_key = "\x1f".join(["" if order is None else str(order), customer, product, seconds])  # S2.1
    unit_key = row_key if order is None else str(order)
    split = split_of(rules, ref, None if happened is None else day_of(happened), unit_key)
    ids = {roles[role] for role in ("customer_id", "product_id", "order_id") if role in roles}
    converted = {name: str(v) if name in ids and v is not None else typed(v) for name, v in row.items()}
    return Labelled(converted, split, customer, product, row_key, 0 if happened is None else seconds_of(happened))


def split_of(rules: Rules, ref: date | None, day: date | None, unit_key: str) -> str | None:
    """S2.4, S2.5, S2.6."""
    share = hash_of(f"split|{rules.seed}", unit_key)
    split = rules.split
    if split["kind"] == "random":
        return "train" if share < 80 * 2**52 // 100 else "eval" if share < 95 * 2**52 // 100 else "test"
    assert ref is not None and day is not None
    if split["kind"] == "time_holdout":
        if day >= ref - timedelta(days=split["holdout_days"] - 1):
            return "test"
        return "eval" if share >= 80 * 2**52 // 100 else "train"
    test_start = ref - timedelta(days=split["test_days"] - 1)
    val_start = test_start - timedelta(days=split["val_days"])
    if day >= test_start:
        return "test"
    if day >= val_start:
        return "eval"
    if split.get("train_days") is not None and day < val_start - timedelta(days=split["train_days"]):
        return None
    return "train"


def in_sample(row: Labelled, percent: int, seed: int) -> bool:
    """S2.8."""
    return hash_of(f"sample|{seed}", row.customer) < percent * 2**52 // 100


def split_rows(rows: Sequence[Labelled], split: str, percent: int, seed: int) -> list[Labelled]:
    thinned = split in ("train", "eval")
    return [row for row in rows if row.split == split and (not thinned or in_sample(row, percent, seed))]


def catalogue(rows: Sequence[Labelled], candidate_columns: Sequence[str]) -> dict[str, Labelled]:
    """S2.12: the latest train row of each product; ties by row key, then by the candidate columns, NULL first."""
    latest: dict[str, Labelled] = {}
    order = lambda row: (-row.seconds, row.row_key, [nulls_first(row.converted[name]) for name in candidate_columns])  # noqa: E731
    for row in sorted((row for row in rows if row.split == "train"), key=order):
        latest.setdefault(row.product, row)
    return latest


def nulls_first(value: Any) -> tuple:
    return (0,) if value is None else (1, value)


def typed(value: Any) -> Any:
    """S1.12."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (date, datetime)):
        return seconds_of(value)
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second
    return float(value) if isinstance(value, Decimal) else value


def seconds_of(value: date | datetime) -> int:
    """Whole seconds since 1970 of a local time, rounded down."""
    local = value if isinstance(value, datetime) else datetime.combine(value, time())
    return math.floor((local.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1))


def day_of(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
