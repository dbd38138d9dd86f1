"""What is settled before anything is paid: the split, the sample, the batch size (domain S2.9, S2.10, S2.13, S5.3).

No I/O: the caller passes a function that runs a query and returns its only row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from shared.columns import Catalogue
from shared.documents import Dataset, Experiment, RandomSplit, Split, StrictTimeSplit, TimeHoldoutSplit
from shared.problems import InvalidDocument, Problem
from shared.splits import Bounds, Reference, resolve_split
from shared.sql import count_query, history_query, reference_query

Query = Callable[[str], Mapping[str, Any]]

SAMPLE_PRESETS = (5, 10, 25, 50, 100)
ENOUGH_TRAIN_ROWS = 50_000  # S2.9
MINIMUM = {  # S2.10
    "train": {"rows": 200, "customers": 10, "products": 5},
    "eval": {"rows": 20},
    "test": {"rows": 20, "customers": 5},
}
UNSEEN = ("customers", "customer_rows", "products", "product_rows")
FEW_TRAIN_ROWS, FEW_TEST_CUSTOMERS = 10_000, 200
FALLBACK_DAYS = (14, 7, 3, 1)  # S2.13
AUTO_BATCH = (256, 4_096)  # S5.3


COUNTED = ("train", "eval", "test")


@dataclass(frozen=True)
class Counts:
    """The one row of `shared.sql.count_query`; `catalogue` and `train_rows_by_percent` are of the unsampled rows."""

    rows: Mapping[str, int]  # train, eval, test, catalogue
    customers: Mapping[str, int]  # train, eval, test
    products: Mapping[str, int]  # train, eval, test
    dropped: int  # rows older than the window
    days: Mapping[str, int] = field(default_factory=dict)  # train, eval, test; none without event times
    unseen: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # eval, test: what train does not know
    fingerprints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # S1.29; of the catalogue too
    removed_test_rows: int = 0  # by filters fitted on the days before (S1.21)
    train_rows_by_percent: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Counts:
        by_percent = {percent: row.get(f"train_rows_{percent}") for percent in SAMPLE_PRESETS}
        return cls(
            rows={split: row[f"{split}_rows"] for split in (*COUNTED, "catalogue")},
            customers={split: row[f"{split}_customers"] for split in COUNTED},
            products={split: row[f"{split}_products"] for split in COUNTED},
            dropped=row["dropped_rows"],
            days={split: row[f"{split}_days"] for split in COUNTED if f"{split}_days" in row},
            unseen={split: {what: row.get(f"{split}_unseen_{what}", 0) for what in UNSEEN} for split in COUNTED[1:]},
            fingerprints=_fingerprints(row),
            removed_test_rows=row.get("test_rows_before_filters", row["test_rows"]) - row["test_rows"],
            train_rows_by_percent={percent: rows for percent, rows in by_percent.items() if rows is not None},
        )

    def to_dict(self) -> dict[str, Any]:
        """What a run shows of it."""
        shown = asdict(self)
        del shown["train_rows_by_percent"]
        return shown


def _fingerprints(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """S1.29: what two runs over the same rows have in common."""
    found: dict[str, dict[str, Any]] = {}
    for split in COUNTED:
        sizes = {what: row[f"{split}_{what}"] for what in ("rows", "customers", "products")}
        derived = {what: row.get(f"{split}_{what}") for what in ("min_time", "max_time", "checksum")}
        found[split] = {**sizes, **derived}
    found["catalogue"] = {"rows": row["catalogue_rows"], "checksum": row.get("catalogue_checksum")}
    return found


@dataclass(frozen=True)
class HistoryReport:
    """How a derived history differs between what is learned from and what is tested (S1.24)."""

    name: str
    empty_share: Mapping[str, float]  # by split
    mean_length: Mapping[str, float]

    @property
    def difference(self) -> float:
        """Mean length in test less that in train."""
        return self.mean_length["test"] - self.mean_length["train"]

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "difference": self.difference}


@dataclass(frozen=True)
class Preflight:
    """Everything about the rows of a run that the warehouse had to be asked for."""

    reference: Reference
    bounds: Bounds
    sample_percent: int
    counts: Counts
    warnings: tuple[Problem, ...]
    histories: tuple[HistoryReport, ...] = ()


def preflight(
    dataset: Dataset,
    catalogue: Catalogue,
    experiment: Experiment,
    query: Query,
    required: frozenset[str] = frozenset(),
) -> Preflight:
    """Settle the rows of a run; raises InvalidDocument (E_EMPTY, E_ROLE_MISSING, E_SPLIT_TOO_SMALL).

    `required`: columns that must have a value, as a target must (S3.11). Asks two queries, one more when a sample is
    taken, one more for histories, and some more when the split is too small, to find one that is not.
    """
    reference = Reference.from_row(query(reference_query(dataset, catalogue, required)), dataset)
    seed = experiment.split_seed

    def count(bounds: Bounds, percent: int) -> Counts:
        text = count_query(dataset, catalogue, bounds, percent, seed, SAMPLE_PRESETS, required)
        return Counts.from_row(query(text))

    percent = 100 if experiment.sample_percent == "auto" else experiment.sample_percent
    bounds, counts, warnings = _choose_split(experiment.split, percent, reference, count)
    if experiment.sample_percent == "auto" and (sampled := resolve_sample("auto", counts)) != 100:
        sampled_counts = count(bounds, sampled)
        if not check_counts(sampled_counts, bounds, reference):  # a thin eval split keeps the whole data
            percent, counts = sampled, sampled_counts
    histories: tuple[HistoryReport, ...] = ()
    if dataset.history:
        row = query(history_query(dataset, catalogue, bounds, percent, seed, required))
        histories = tuple(history_reports(dataset, row))
    return Preflight(reference, bounds, percent, counts, (*warnings, *count_warnings(counts)), histories)


def history_reports(dataset: Dataset, row: Mapping[str, Any]) -> Iterator[HistoryReport]:
    """From the one row of `shared.sql.history_query`, whose histories are in the order of their names."""
    for index, history in enumerate(sorted(dataset.history, key=lambda history: history.name)):
        cells = {
            split: {what: row[f"{split}_{index}_{what}"] for what in ("rows", "empty", "items")} for split in COUNTED
        }
        yield HistoryReport(
            history.name,
            {split: cell["empty"] / max(1, cell["rows"]) for split, cell in cells.items()},
            {split: cell["items"] / max(1, cell["rows"]) for split, cell in cells.items()},
        )


def resolve_sample(sample_percent: int | Literal["auto"], counts: Counts) -> int:
    """`auto`: the smallest preset that leaves at least 50,000 train rows, else 100 (S2.9)."""
    if sample_percent != "auto":
        return sample_percent
    enough = (p for p in SAMPLE_PRESETS if counts.train_rows_by_percent[p] >= ENOUGH_TRAIN_ROWS)
    return next(enough, 100)


def resolve_batch_size(batch_size: int | Literal["auto"], train_rows: int, path: str) -> int:
    """`auto`: the largest power of two up to a 20th of the train rows, within 256-4,096 and the rows (S5.3).

    Raises InvalidDocument, which names `path`, when a batch would be larger than the train split.
    """
    if batch_size == "auto":
        low, high = AUTO_BATCH
        return _power_of_two(min(max(train_rows // 20, low), high, train_rows))
    if batch_size > train_rows:
        problem = f"a batch of {batch_size} is larger than the train split, which holds {train_rows} rows."
        remedy = f"Use at most {_power_of_two(train_rows)}, or `auto`."
        raise InvalidDocument("experiment", [Problem("E_BATCH_SIZE", path, problem, remedy)])
    return batch_size


def check_counts(counts: Counts, bounds: Bounds, reference: Reference) -> list[Problem]:
    """E_SPLIT_TOO_SMALL for what a split lacks (S2.10), all of it in one problem and without a proposal; when the days
    are too few, the first lack with that reason, because the others follow from it."""
    lacks = list(_lacks(counts))
    if not lacks:
        return []
    reason = _days_needed(bounds, reference)
    problem = f"{lacks[0]}: {reason}" if reason else f"{'; '.join(lacks)}."
    remedy = "Load more data, or loosen the dataset's filters."
    return [Problem("E_SPLIT_TOO_SMALL", "split", problem, remedy)]


def count_warnings(counts: Counts) -> list[Problem]:
    """What makes a result less certain without forbidding it (S2.10)."""
    warnings = []
    rows, customers = counts.rows["train"], counts.customers["test"]
    if rows < FEW_TRAIN_ROWS:
        problem = f"the train split holds {rows:,} rows; below {FEW_TRAIN_ROWS:,} results vary from seed to seed."
        warnings.append(_warning("W_FEW_TRAIN_ROWS", "split", problem, "Load more history, or compare several seeds."))
    if customers < FEW_TEST_CUSTOMERS:
        points = 196 * math.sqrt(0.1 * 0.9 / customers)
        problem = (
            f"the test split holds {customers} customers; differences under about {points:.0f} points of recall "
            "cannot be told."
        )
        warnings.append(_warning("W_FEW_TEST_CUSTOMERS", "split", problem, "Use more test days, or load more data."))
    return warnings


# ------------------------------------------------------------------------------------------- choice of the split

Count = Callable[[Bounds, int], Counts]


def _choose_split(
    split: Split | None, percent: int, reference: Reference, count: Count
) -> tuple[Bounds, Counts, list[Problem]]:
    """The split asked for, or the first of S2.13 that is large enough; raises E_SPLIT_TOO_SMALL with proposals."""
    first_failure = None
    for candidate in [split] if split is not None else _default_splits(reference):
        bounds = resolve_split(candidate, reference)
        counts = count(bounds, percent)
        problems = check_counts(counts, bounds, reference)
        if not problems:
            notice = [_random_notice(reference)] if split is None and bounds.kind == "random" else []
            return bounds, counts, notice
        first_failure = first_failure or problems[0]
    proposal = _proposal(split, percent, reference, count)
    raise InvalidDocument("experiment", [replace(first_failure, remedy=proposal or first_failure.remedy)])


def _default_splits(reference: Reference) -> list[Split]:
    """S2.13, in the order in which they are tried."""
    timed = [] if reference.last_day is None else _strict_splits()
    return [*timed, RandomSplit(kind="random")]


def _proposal(split: Split | None, percent: int, reference: Reference, count: Count) -> str | None:
    """Settings that were checked to satisfy S2.10, in words; None when there are none."""

    def fits(candidate: Split, with_percent: int) -> bool:
        bounds = resolve_split(candidate, reference)
        return not check_counts(count(bounds, with_percent), bounds, reference)

    if percent < 100 and any(fits(each, 100) for each in ([split] if split else _default_splits(reference))):
        return "Use `sample_percent: 100`."
    if split is None:
        return None
    same_kind = (_setting(each) for each in _of_same_kind(split) if each != split and fits(each, percent))
    proposals = [setting for setting in (next(same_kind, None),) if setting]
    if split.kind != "random" and fits(RandomSplit(kind="random"), percent):
        proposals.append("`random`")
    return f"Use {', or '.join(proposals)}." if proposals else None


def _of_same_kind(split: Split) -> list[Split]:
    if isinstance(split, StrictTimeSplit):
        return _strict_splits()
    if isinstance(split, TimeHoldoutSplit):
        return [TimeHoldoutSplit(kind="time_holdout", holdout_days=days) for days in FALLBACK_DAYS]
    return []


def _strict_splits() -> list[Split]:
    return [StrictTimeSplit(kind="strict_time", test_days=days, val_days=days) for days in FALLBACK_DAYS]


def _setting(split: Split) -> str:
    """A split as it is written in an experiment: "`test_days: 3, val_days: 3`"."""
    if isinstance(split, TimeHoldoutSplit):
        return f"`holdout_days: {split.holdout_days}`"
    return f"`test_days: {split.test_days}, val_days: {split.val_days}` with all older days as train"


# ------------------------------------------------------------------------------------------------------ sentences


def _lacks(counts: Counts) -> Iterator[str]:
    """ "eval would hold 3 rows (minimum 20)", for each minimum that is missed."""
    held = {"rows": counts.rows, "customers": counts.customers, "products": counts.products}
    for split, minima in MINIMUM.items():
        for what, minimum in minima.items():
            if held[what][split] < minimum:
                yield f"{split} would hold {held[what][split]} {what} (minimum {minimum})"


def _days_needed(bounds: Bounds, reference: Reference) -> str:
    """The reason in days, when the data are shorter than the split."""
    if bounds.test_start is None or bounds.ref is None:
        return ""
    needed = (bounds.ref - (bounds.val_start or bounds.test_start)).days + 2  # one day of train
    if reference.days >= needed:
        return ""
    return f"your data has {_days(reference.days)}, the split needs at least {needed}."


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _random_notice(reference: Reference) -> Problem:
    if reference.last_day is None:
        problem, remedy = "the dataset has no event time, so the split is random", "Map `roles.event_time`"
    else:
        problem, remedy = "the data are too few for a split by time, so the split is random", "Load more history"
    problem += ": the model sees purchases made after those it must predict, and its figures are optimistic."
    return _warning("W_RANDOM_SPLIT", "split", problem, f"{remedy} to measure a forecast.")


def _warning(code: str, path: str, problem: str, remedy: str) -> Problem:
    return Problem(code, path, problem, remedy, "warning")


def _power_of_two(limit: int) -> int:
    """The largest power of two up to `limit`, which is at least 1."""
    return 1 << (limit.bit_length() - 1)
