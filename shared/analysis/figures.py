"""Figures of one column (domain S1.30)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from shared.hashing import canonical_json

Value = str | int | float | bool
FITTING_BYTES = 90_000  # of JSON; a document may have 100,000 (design section 4)
_DETAIL = ((20, True), (10, True), (5, True), (3, True), (5, False), (1, False), (0, False))  # frequent values, lists


@dataclass(frozen=True)
class ColumnStatistics:
    """What the rows of a dataset hold in one output column; None where a figure makes no sense for the type.

    `count` is of rows, `nulls` among them; a list counts as null when it is empty. `distinct` of a list is of its
    elements, as are `top`, `coverage` and `rare`; without `approximate` it is exact.
    """

    name: str
    type: str  # of the warehouse; of the elements of a list
    count: int
    nulls: int
    distinct: int
    repeated: bool = False
    approximate: bool = False
    min: Value | None = None  # times: ISO text
    max: Value | None = None
    mean: float | None = None
    std: float | None = None  # of the population
    skewness: float | None = None  # None without spread
    quantiles: tuple[float, ...] = ()  # the 0th, 5th, ... 100th percentile; each is a value of the column
    integral: bool | None = None  # numbers: none has a fraction
    negative_share: float | None = None  # of the rows with a value
    mean_length: float | None = None  # characters of texts
    hours: int | None = None  # distinct hours of the day of times
    list_min: int | None = None
    list_mean: float | None = None
    list_max: int | None = None
    top: tuple[tuple[Value, int], ...] = ()  # the 20 most frequent values, with their rows
    coverage: tuple[tuple[int, float], ...] = ()  # (k, share of values that are among the k most frequent)
    rare: tuple[tuple[int, float], ...] = ()  # (f, share of values that occur fewer than f times)

    @property
    def null_share(self) -> float:
        return self.nulls / self.count if self.count else 0.0

    def to_dict(self) -> dict[str, Any]:
        """As JSON and Firestore hold it: no list directly inside a list."""
        return {
            **asdict(self),
            "quantiles": list(self.quantiles),
            "top": [{"value": value, "count": count} for value, count in self.top],
            "coverage": [{"size": size, "share": round(share, 6)} for size, share in self.coverage],
            "rare": [{"below": below, "share": round(share, 6)} for below, share in self.rare],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> ColumnStatistics:
        """The inverse of `to_dict`."""
        return cls(
            **{
                **stored,
                "quantiles": tuple(stored["quantiles"]),
                "top": tuple((each["value"], each["count"]) for each in stored["top"]),
                "coverage": tuple((each["size"], each["share"]) for each in stored["coverage"]),
                "rare": tuple((each["below"], each["share"]) for each in stored["rare"]),
            }
        )

    def shortened(self, top: int, with_lists: bool) -> ColumnStatistics:
        """With fewer frequent values, and perhaps without the other lists."""
        if with_lists:
            return replace(self, top=self.top[:top])
        return replace(self, top=self.top[:top], quantiles=(), coverage=(), rare=())


def fitting(columns: Collection[ColumnStatistics], limit: int = FITTING_BYTES) -> list[dict[str, Any]]:
    """All columns as they are stored, each with the same detail: as much as fits. Without any there is room for more
    than 200 columns; what is left over is the caller's to cut."""
    stored: list[dict[str, Any]] = []
    for top, with_lists in _DETAIL:
        stored = [column.shortened(top, with_lists).to_dict() for column in columns]
        if len(canonical_json(stored).encode()) <= limit:
            break
    return stored
