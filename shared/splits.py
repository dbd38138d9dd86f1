"""Which day begins which split, and what a dataset must hold before that can be said (domain S2.3-S2.6, S2.13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

from shared.analysis.sentences import entity_words, rule_words, window_words
from shared.documents import Dataset, DateFilter, RandomSplit, Split, StrictTimeSplit, TimeHoldoutSplit
from shared.problems import InvalidDocument, Problem
from shared.tables import primary_alias, table_alias

SPLITS = ("train", "eval", "test", "catalogue")  # S2.2; names of ExampleGen's input splits
SplitKind = Literal["strict_time", "time_holdout", "random"]
TRAIN_PERCENT, EVAL_PERCENT = 80, 95  # S2.4: thresholds of the hash, not sizes


@dataclass(frozen=True)
class Stage:
    """How many rows are left after one step of the funnel; `path` is the field of the dataset that asks for it."""

    path: str
    words: str
    rows: int


@dataclass(frozen=True)
class Reference:
    """The one row of `shared.sql.reference_query`: the funnel, and the days that splits and filters count from."""

    funnel: tuple[Stage, ...]
    first_day: date | None
    last_day: date | None
    window_ref: date | None = None
    newest: Mapping[str, date] = field(default_factory=dict)  # by column of a relative date filter
    kept: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # products, customers: kept, of
    without_revenue: frozenset[str] = frozenset()  # products, customers: filtered by revenue, and there is none

    @classmethod
    def from_row(cls, row: Mapping[str, Any], dataset: Dataset) -> Reference:
        entities = [entity for entity in ("products", "customers") if getattr(dataset.filters, entity) is not None]
        newest = {column: _as_date(row[f"newest_{index}"]) for index, column in enumerate(relative_columns(dataset))}
        return cls(
            funnel=tuple(Stage(path, words, row[name]) for path, words, name in _stages(dataset, row)),
            first_day=_as_date(row.get("first_day")),
            last_day=_as_date(row.get("last_day")),
            window_ref=_as_date(row.get("window_ref")),
            newest={column: day for column, day in newest.items() if day is not None},
            kept={entity: (row[f"{entity}_kept"], row[f"{entity}_before"]) for entity in entities},
            without_revenue=frozenset(entity for entity in entities if row.get(f"{entity}_revenue") == 0),
        )

    @property
    def rows(self) -> int:
        """Rows that are left at the end of the funnel."""
        return self.funnel[-1].rows

    def counts(self) -> dict[str, tuple[int, int]]:
        """(kept, of) by the path of a filter, as `shared.analysis.sentences.filter_sentences` shows it (S1.23)."""
        rows = {
            stage.path: (stage.rows, before.rows) for before, stage in zip(self.funnel, self.funnel[1:], strict=False)
        }
        entities = {f"filters.{entity}": count for entity, count in self.kept.items()}
        return {path: count for path, count in {**rows, **entities}.items() if path.startswith("filters.")}

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


def relative_columns(dataset: Dataset) -> list[str]:
    """The columns of date filters that count back from the column's newest day (S1.17)."""
    return [rule.column for rule in dataset.filters.rows if isinstance(rule, DateFilter) and rule.last_days is not None]


def resolve_split(split: Split | None, reference: Reference) -> Bounds:
    """The days of a split; None is the first choice of S2.13 (`shared.preflight` tries the others).

    Raises InvalidDocument: E_EMPTY when no row is left, E_ROLE_MISSING for a time split without event times.
    """
    check_not_empty(reference)
    return replace(_bounds(split, reference.last_day), window_ref=reference.window_ref, newest=reference.newest)


def _bounds(split: Split | None, ref: date | None) -> Bounds:
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
    """Raise E_EMPTY, naming the first step of the funnel that left no row (S1.35), or E_REVENUE (S1.19)."""
    before = None
    for stage in reference.funnel:
        entity = stage.path.removeprefix("filters.")
        if stage.rows == 0:
            missed = _no_revenue(entity) if entity in reference.without_revenue else _empty(stage, before)
            raise InvalidDocument("dataset", [missed])
        before = stage


def _stages(dataset: Dataset, row: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Path, words and column of each step of the funnel (S1.34)."""
    aliases = [table_alias(table) for table in dataset.tables]
    primary = aliases.index(primary_alias(dataset))
    yield f"tables.{primary}.table", f"table `{dataset.tables[primary].table}`", "source_rows"
    if dataset.joins:
        yield "joins", "the joins together", "joined_rows"
    yield "roles", "the rule that every role but `order_id` has a value", "role_rows"
    if "null_rows" in row:
        yield "tables", "the rule `nulls: drop_row` of columns", "null_rows"
    if "required_rows" in row:
        yield "target", "the rule that the target has a value", "required_rows"
    filters = dataset.filters
    for index, rule in enumerate(filters.rows):
        yield f"filters.rows.{index}", f"the filter {rule_words(rule)}", f"filter_{index}_rows"
    if filters.window is not None:
        yield "filters.window", f"the date window, {window_words(filters.window)},", "window_rows"
    if filters.products is not None:
        yield "filters.products", f"the filter {entity_words('products', filters.products)}", "products_rows"
    if filters.customers is not None:
        yield "filters.customers", f"the filter {entity_words('customers', filters.customers)}", "customers_rows"


def _empty(stage: Stage, before: Stage | None) -> Problem:
    if before is None:
        return Problem(
            "E_EMPTY", stage.path, f"{stage.words} has no rows.", "Load data into it, or name another table."
        )
    remedies = {
        "joins": "Join on keys that match, or use `type: left`.",
        "roles": "Map the roles to columns that are filled.",
        "tables": "Keep or fill the missing values instead.",
        "target": "Choose a target that is filled.",
    }
    remedy = remedies.get(stage.path, "Loosen the filter or remove it.")
    return Problem("E_EMPTY", stage.path, f"{stage.words} keeps none of {before.rows} rows.", remedy)


def _no_revenue(entity: str) -> Problem:
    path = f"filters.{entity}.top_revenue_percent"
    problem = f"the {entity} have no revenue: no sum of it is above 0."
    return Problem("E_REVENUE", path, problem, "Map `roles.revenue` to a column with amounts, or remove the filter.")


def _needs_event_time(kind: str) -> Problem:
    problem = f"a {kind} split needs to know when each purchase was made."
    return Problem("E_ROLE_MISSING", "split.kind", problem, "Map `roles.event_time` in the dataset, or use `random`.")


def _days_before(day: date, days: int) -> date:
    """`day - days`, or the first day there is: data may begin in the year 1."""
    return day - timedelta(days=min(days, (day - date.min).days))


def _as_date(value: Any) -> date | None:
    """A warehouse's client gives a date, JSON gives its text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
