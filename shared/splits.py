"""Which day begins which split, and what a dataset must hold before that can be said (domain S2.3-S2.6, S2.13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from shared.documents import Dataset, NumberFilter, RandomSplit, Split, StrictTimeSplit, TimeHoldoutSplit
from shared.problems import InvalidDocument, Problem

SPLITS = ("train", "eval", "test", "catalogue")  # S2.2; names of ExampleGen's input splits
SplitKind = Literal["strict_time", "time_holdout", "random"]
TRAIN_PERCENT, EVAL_PERCENT = 80, 95  # S2.4: thresholds of the hash, not sizes
_OPERATORS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=", "ne": "!="}


@dataclass(frozen=True)
class Stage:
    """How many rows are left after one step of the funnel; `path` is the field of the dataset that asks for it."""

    path: str
    words: str
    rows: int


@dataclass(frozen=True)
class Reference:
    """The one row of `shared.sql.reference_query`: the funnel, and the first and last day of the rows that are left."""

    funnel: tuple[Stage, ...]
    first_day: date | None
    last_day: date | None

    @classmethod
    def from_row(cls, row: Mapping[str, Any], dataset: Dataset) -> Reference:
        stages = [
            Stage("tables.0.table", f"table `{dataset.tables[0].table}`", row["source_rows"]),
            Stage("roles", "the rule that every role but `order_id` has a value", row["role_rows"]),
        ]
        for index, rule in enumerate(dataset.filters.rows):
            stages.append(Stage(f"filters.rows.{index}", f"the filter {sentence(rule)}", row[f"filter_{index}_rows"]))
        return cls(tuple(stages), _as_date(row.get("first_day")), _as_date(row.get("last_day")))

    @property
    def rows(self) -> int:
        """Rows of `base` (S1.26)."""
        return self.funnel[-1].rows

    @property
    def days(self) -> int:
        """Calendar days from the first to the last; 0 without event times."""
        return (self.last_day - self.first_day).days + 1 if self.first_day and self.last_day else 0


@dataclass(frozen=True)
class Bounds:
    """A split with its days resolved; they enter the SQL as literals, so a retry selects the same window (S1.28).

    `ref` is None when there is no event time. `train_start` is None when train holds everything older.
    """

    kind: SplitKind
    ref: date | None = None
    test_start: date | None = None
    val_start: date | None = None
    train_start: date | None = None
    window_ref: date | None = None  # what `filters.window.last_days` counts back from (S1.18)
    newest: Mapping[str, date] = field(default_factory=dict)  # by column, what a date filter counts back from (S1.17)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it: days as `YYYY-MM-DD`."""
        days = {name: day.isoformat() if isinstance(day, date) else day for name, day in asdict(self).items()}
        return {**days, "newest": {column: day.isoformat() for column, day in self.newest.items()}}


def sentence(rule: NumberFilter) -> str:
    """A row filter as people read it: "`Quantity` > 0"."""
    return f"`{rule.column}` {_OPERATORS[rule.op]} {rule.value:g}"


def resolve_split(split: Split | None, reference: Reference) -> Bounds:
    """The days of a split; None is the first choice of S2.13 (`shared.preflight` tries the others).

    Raises InvalidDocument: E_EMPTY when no row is left, E_ROLE_MISSING for a time split without event times.
    """
    check_not_empty(reference)
    ref = reference.last_day
    if split is None:
        split = RandomSplit(kind="random") if ref is None else StrictTimeSplit(kind="strict_time")
    if isinstance(split, RandomSplit):
        return Bounds("random", ref)
    if ref is None:
        raise InvalidDocument("experiment", [_needs_event_time(split.kind)])
    if isinstance(split, TimeHoldoutSplit):
        return Bounds("time_holdout", ref, test_start=_days_before(ref, split.holdout_days - 1))
    test_start = _days_before(ref, split.test_days - 1)
    val_start = _days_before(test_start, split.val_days)
    train_start = None if split.train_days is None else _days_before(val_start, split.train_days)
    return Bounds("strict_time", ref, test_start, val_start, train_start)


def check_not_empty(reference: Reference) -> None:
    """Raise E_EMPTY, naming the first step of the funnel that left no row (S1.35)."""
    before = None
    for stage in reference.funnel:
        if stage.rows == 0:
            raise InvalidDocument("dataset", [_empty(stage, before)])
        before = stage


def _empty(stage: Stage, before: Stage | None) -> Problem:
    if before is None:
        return Problem(
            "E_EMPTY", stage.path, f"{stage.words} has no rows.", "Load data into it, or name another table."
        )
    of_roles = stage.path == "roles"
    remedy = "Map the roles to columns that are filled." if of_roles else "Loosen the filter or remove it."
    return Problem("E_EMPTY", stage.path, f"{stage.words} keeps none of {before.rows} rows.", remedy)


def _needs_event_time(kind: str) -> Problem:
    problem = f"a {kind} split needs to know when each purchase was made."
    return Problem("E_ROLE_MISSING", "split.kind", problem, "Map `roles.event_time` in the dataset, or use `random`.")


def _days_before(day: date, days: int) -> date:
    """`day - days`, or the first day there is: data may begin in the year 1."""
    return day - timedelta(days=min(days, (day - date.min).days))


def _as_date(value: Any) -> date | None:
    """A warehouse's client gives a date, JSON gives its text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
