"""What a column means for a model: category, number, time or history (domain S3.15)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.analysis.figures import ColumnStatistics
from shared.analysis.words import tokens
from shared.columns import NUMBER_TYPES, OutputColumn

Kind = Literal["category", "number", "time", "history"]

TIME_TYPES = frozenset({"TIMESTAMP", "DATETIME", "DATE", "TIME"})
ID_TOKENS = frozenset({"id", "key", "code", "sku", "no", "nr", "zip", "postal"})
FEW_VALUES = 20  # integral numbers with at most so many distinct values are categories
TIME_TEXT_PERCENT = 60
_TIME_TEXTS = {
    r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}": "%Y-%m-%d %H:%M",
    r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}": "%Y-%m-%d %H:%M:%S",
    r"\d{4}-\d{2}-\d{2}": "%Y-%m-%d",
    r"\d{4}/\d{2}/\d{2}": "%Y/%m/%d",
    r"\d{2}/\d{2}/\d{4}": "%d/%m/%Y",
    r"\d{2}-\d{2}-\d{4}": "%d-%m-%Y",
    r"\d{8}": "%Y%m%d",
}


@dataclass(frozen=True)
class Meaning:
    """`remedy` is what must be done first; None when the column can be used as it is."""

    kind: Kind
    reason: str
    remedy: str | None = None


def semantic_type(column: OutputColumn, statistics: ColumnStatistics | None = None) -> Meaning:
    """The kind that is proposed for a feature of `column`; the user's choice always wins. The 20 values that a text is
    judged by are its most frequent ones."""
    kind = column.warehouse_type
    if column.repeated:
        return Meaning("history", "it is a list")
    if kind in TIME_TYPES:
        return Meaning("time", f"its type is {kind}")
    if kind == "BOOL":
        return Meaning("category", "it is true or false")
    if kind == "STRING":
        return _of_text(column, statistics)
    return _of_number(column, statistics)


def is_time_text(text: str) -> bool:
    """Whether a text is a day, or a day and a time, in one of the spellings of S3.15."""
    for pattern, layout in _TIME_TEXTS.items():
        if re.fullmatch(pattern, text, re.ASCII):
            try:
                datetime.strptime(text.replace("T", " "), layout)
            except ValueError:  # 2025-02-30
                return False
            return True
    return False


def _of_text(column: OutputColumn, statistics: ColumnStatistics | None) -> Meaning:
    values = [str(value) for value, _ in statistics.top] if statistics else []
    times = sum(map(is_time_text, values))
    if not values or 100 * times < TIME_TEXT_PERCENT * len(values):
        return Meaning("category", "it is text")
    remedy = f"Cast `{column.source}` to DATE or DATETIME in a view of the table; as text it can only be a category."
    return Meaning("time", f"{times} of its {len(values)} most frequent values are written as times", remedy)


def _of_number(column: OutputColumn, statistics: ColumnStatistics | None) -> Meaning:
    if column.example_type == "bytes":  # the id roles (S1.5)
        return Meaning("category", "it is an id by its role")
    if found := [token for token in tokens(column.name) if token in ID_TOKENS]:
        return Meaning("category", f"its name says `{found[0]}`")
    few = statistics is not None and statistics.distinct <= FEW_VALUES and statistics.count > statistics.nulls
    integral = column.warehouse_type == "INT64" or (statistics is not None and bool(statistics.integral))
    if few and integral:
        return Meaning("category", f"it has {statistics.distinct} distinct whole numbers" if statistics else "")
    assert column.warehouse_type in NUMBER_TYPES
    return Meaning("number", "it is a number")
