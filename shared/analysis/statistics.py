"""Statistics of every column of `filtered` (domain S1.30), from the answer to one query."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from shared.analysis.cells import COLUMN, stored_outputs
from shared.analysis.figures import ColumnStatistics, Value
from shared.analysis.histogram import COVERAGE_SIZES, QUANTILES, RARE_BELOW, TOP, statistics_query
from shared.columns import NUMBER_TYPES, Catalogue, OutputColumn
from shared.documents import Dataset

__all__ = ["column_statistics", "statistics_query"]

_MIDNIGHT_1970 = datetime(1970, 1, 1)


def column_statistics(
    dataset: Dataset, catalogue: Catalogue, rows: Iterable[Mapping[str, Any]]
) -> dict[str, ColumnStatistics]:
    """By output name; every column of the dataset but derived histories, also when there are no rows."""
    outputs = stored_outputs(dataset, catalogue)
    by_number = {int(row[COLUMN]): row for row in rows}
    return {
        output.name: _of_list(output, by_number.get(number), by_number.get(len(outputs) + number))
        if output.repeated
        else _of_values(output, by_number.get(number))
        for number, output in enumerate(outputs)
    }


def _of_list(
    output: OutputColumn, lengths: Mapping[str, Any] | None, elements: Mapping[str, Any] | None
) -> ColumnStatistics:
    """Counts and lengths are of the lists; distinct and frequent values of their elements."""
    found = _of_values(output, elements)
    if lengths is None:
        return found
    of_lengths = _Row(lengths)
    nulls = of_lengths.count - of_lengths.present
    shortest = 0 if nulls else int(of_lengths.min)
    total = (of_lengths.mean or 0.0) * of_lengths.present
    return ColumnStatistics(
        name=output.name,
        type=output.warehouse_type,
        repeated=True,
        count=of_lengths.count,
        nulls=nulls,
        distinct=found.distinct,
        approximate=of_lengths.sampled,
        min=found.min,
        max=found.max,
        list_min=shortest,
        list_mean=total / of_lengths.count,
        list_max=int(of_lengths.max or 0),
        top=found.top,
        coverage=found.coverage,
        rare=found.rare,
    )


def _of_values(output: OutputColumn, row: Mapping[str, Any] | None) -> ColumnStatistics:
    kind = output.warehouse_type
    if row is None:
        return ColumnStatistics(output.name, kind, 0, 0, 0, output.repeated)
    found = _Row(row)
    numeric, some = kind in NUMBER_TYPES, found.present > 0
    shown = _SHOWN.get(kind)
    return ColumnStatistics(
        name=output.name,
        type=kind,
        repeated=output.repeated,
        count=found.count,
        nulls=found.count - found.present,
        distinct=found.distinct,
        approximate=found.sampled,
        min=shown(found.min) if shown and some else None,
        max=shown(found.max) if shown and some else None,
        mean=found.mean if numeric else None,
        std=found.std if numeric else None,
        skewness=found.skewness if numeric else None,
        quantiles=found.quantiles if numeric else (),
        integral=found.fractional == 0 if numeric and some else None,
        negative_share=found.negative / found.present if numeric and some else None,
        mean_length=found.mean_length if kind == "STRING" else None,
        hours=found.hours if kind in _WITH_HOURS else None,
        top=found.top(kind),
        coverage=found.shares("coverage", COVERAGE_SIZES),
        rare=found.shares("rare", RARE_BELOW),
    )


class _Row:
    """A row of the query; of a sampled one, what `totals` knows of all rows comes first."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = row
        self.sampled = "total_column" in row
        self._seen = int(row["present"])  # values in the histogram
        self.count, self.present, self.hours = map(self._rows, ("count", "present", "hours"))
        self.fractional, self.negative = map(self._rows, ("fractional", "negative"))
        self.distinct = min(self._rows("distinct"), self.present)
        self.min, self.max = self._total("min"), self._total("max")
        self._spread = float(row["squares"] or 0) / self._seen if self._seen else 0.0  # of places from 0 to 1

    def _total(self, name: str) -> Any:
        return self._row[f"total_{name}" if self.sampled else name]

    def _rows(self, name: str) -> int:
        return int(self._total(name))

    @property
    def mean(self) -> float | None:
        if self.sampled:
            return self._row["total_mean"]
        if self.min is None or self._row["mean"] is None:
            return self.min  # the only value, if any
        share = float(self._row["mean"])
        return float(self.min) * (1 - share) + float(self.max) * share

    @property
    def std(self) -> float | None:
        if self.sampled:
            return self._row["total_std"]
        if self.min is None:
            return None
        return (float(self.max) / 2 - float(self.min) / 2) * math.sqrt(self._spread) * 2

    @property
    def skewness(self) -> float | None:
        if self.distinct < 2 or self._spread <= 0:
            return None
        return float(self._row["cubes"]) / self._seen / self._spread**1.5

    @property
    def mean_length(self) -> float | None:
        if self.sampled:
            return self._row["total_length"]
        return float(self._row["characters"]) / self._seen if self._seen else None

    @property
    def quantiles(self) -> tuple[float, ...]:
        found = [self._row[f"quantile_{step}"] for step in range(QUANTILES + 1)]
        return tuple(float(value) for value in found if value is not None)

    def top(self, kind: str) -> tuple[tuple[Value, int], ...]:
        found = []
        for rank in range(1, TOP + 1):
            if (rows := self._row[f"top_{rank}_rows"]) is not None:
                value = _value(kind, self._row[f"top_{rank}_text"], self._row[f"top_{rank}_number"])
                found.append((value, round(int(rows) * self.present / self._seen)))
        return tuple(found)

    def shares(self, name: str, sizes: Iterable[int]) -> tuple[tuple[int, float], ...]:
        """Up to the first size that covers everything."""
        found: list[tuple[int, float]] = []
        for size in sizes if self._seen else ():
            found.append((size, int(self._row[f"{name}_{size}"]) / self._seen))
            if found[-1][1] == 1.0:
                break
        return tuple(found)


def _value(kind: str, as_text: str | None, number: float | None) -> Value:
    """A frequent value as people read it."""
    if kind == "BOOL":
        return as_text == "true"
    if kind == "INT64" and as_text is not None:
        return int(as_text)  # exact, where a float is not
    shown = _SHOWN.get(kind)
    return as_text or "" if shown is None or number is None else shown(number)


def _moment_text(seconds: float) -> str:
    return (_MIDNIGHT_1970 + timedelta(seconds=int(seconds))).isoformat()


def _day_text(seconds: float) -> str:
    return date.isoformat((_MIDNIGHT_1970 + timedelta(seconds=int(seconds))).date())


def _time_text(seconds: float) -> str:
    return time.isoformat((_MIDNIGHT_1970 + timedelta(seconds=int(seconds))).time())


_SHOWN: Mapping[str, Callable[[float], Value]] = {
    "INT64": int,
    "FLOAT64": float,
    "NUMERIC": float,
    "BIGNUMERIC": float,
    "TIMESTAMP": _moment_text,
    "DATETIME": _moment_text,
    "DATE": _day_text,
    "TIME": _time_text,
}
_WITH_HOURS = frozenset({"TIMESTAMP", "DATETIME", "TIME"})
