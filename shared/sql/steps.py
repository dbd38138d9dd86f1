"""The named steps of a statement, in the order of the rule (domain S1.26)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from sqlglot import exp

from shared.columns import ID_ROLES, Catalogue, OutputColumn, output_columns
from shared.documents import Dataset
from shared.hashing import share_threshold
from shared.splits import EVAL_PERCENT, TRAIN_PERCENT, Bounds
from shared.sql.conditions import names_in_conditions, row_conditions, window_conditions
from shared.sql.entities import entity_steps
from shared.sql.parts import (
    CUSTOMER_HASH,
    DAY,
    ROW_KEY,
    SECONDS,
    SPLIT,
    Step,
    all_,
    as_,
    column,
    day_literal,
    hash_of,
    integer,
    string,
    table,
    text,
)
from shared.sql.sources import Outputs, source_steps
from shared.sql.values import event_day, row_key, seconds, unit_key

Upto = Literal["joined", "base", "filtered"]
SAMPLED_SPLITS = ("train", "eval")  # S2.8


def rows_steps(
    dataset: Dataset,
    catalogue: Catalogue,
    *,
    upto: Upto,
    columns: Iterable[str] | None = None,
    bounds: Bounds | None = None,
    required: frozenset[str] = frozenset(),
    as_of: datetime | None = None,
    with_catalogue: bool = False,
) -> list[Step]:
    """The steps up to the rows asked for; the last of them holds those rows (`filtered` is `base` without filters).

    `columns`: output names beside the roles and what the filters read; None: all but derived histories. From `base`
    on there are also `qt_row_key` and, with an event time, `qt_day` and `qt_seconds`. Without `bounds` what is relative
    to the newest day is looked up in the statement itself, and filters are fitted on all rows (S1.21).
    """
    outputs = by_name(output_columns(dataset, catalogue))
    stored = {name for name, output in outputs.items() if output.history is None}
    needed = stored if columns is None else {*columns, *roles(dataset).values()} & stored
    needed |= names_in_conditions(dataset, outputs, required)
    steps = source_steps(dataset, catalogue, outputs, needed, as_of, with_catalogue)
    if upto == "joined":
        return steps
    steps.append(("base", base_step(dataset, outputs, required, bounds)))
    return steps if upto == "base" else [*steps, *entity_steps(dataset, bounds)]


def base_step(dataset: Dataset, outputs: Outputs, required: frozenset[str], bounds: Bounds | None) -> exp.Select:
    """The rows that pass roles, row filters and window, with their day, second and key (S1.5, S1.17, S1.18, S2.1)."""
    conditions = [condition for _, condition in row_conditions(dataset, outputs, required, bounds)]
    keys = [as_(row_key(dataset), ROW_KEY)]
    if dataset.roles.event_time:
        keys += [as_(event_day(dataset), DAY), as_(seconds(column(dataset.roles.event_time)), SECONDS)]
    rows = exp.select(exp.Star(), *keys).from_(table("joined"))
    return rows.where(all_([*conditions, *window_conditions(dataset, conditions, bounds)]))


def labelled_step(dataset: Dataset, before: str, bounds: Bounds, split_seed: int) -> Step:
    """Each row with the split it belongs to, NULL for rows older than train, and its customer's hash (S2.4-S2.8)."""
    hashed = hash_of(f"sample|{split_seed}", text(column(dataset.roles.customer_id)))
    labels = [as_(_split_of(dataset, bounds, split_seed), SPLIT), as_(hashed, CUSTOMER_HASH)]
    return "labelled", exp.select(exp.Star(), *labels).from_(table(before))


def in_split(split: str, sample_percent: int) -> exp.Expression:
    """Train and eval are thinned by whole customers, test and the catalogue never (S2.8)."""
    chosen = exp.EQ(this=column(SPLIT), expression=string(split))
    if split not in SAMPLED_SPLITS or sample_percent == 100:
        return chosen
    threshold = integer(share_threshold(sample_percent))
    return all_([chosen, exp.LT(this=column(CUSTOMER_HASH), expression=threshold)])


def roles(dataset: Dataset) -> dict[str, str]:
    """Role to output name, without the roles that are not mapped."""
    found = {role: getattr(dataset.roles, role) for role in (*ID_ROLES, "event_time", "revenue", "quantity")}
    return {role: name for role, name in found.items() if name is not None}


def by_name(outputs: Iterable[OutputColumn]) -> dict[str, OutputColumn]:
    return {output.name: output for output in outputs}


def _split_of(dataset: Dataset, bounds: Bounds, split_seed: int) -> exp.Expression:
    unit_hash = hash_of(f"split|{split_seed}", unit_key(dataset, ROW_KEY))
    in_train = exp.LT(this=unit_hash, expression=integer(share_threshold(TRAIN_PERCENT)))
    case = exp.Case()
    if bounds.kind == "random":
        in_eval = exp.LT(this=unit_hash.copy(), expression=integer(share_threshold(EVAL_PERCENT)))
        return case.when(in_train, string("train")).when(in_eval, string("eval")).else_(string("test"))
    case = case.when(_from(bounds.test_start), string("test"))
    if bounds.kind == "time_holdout":
        return case.when(in_train, string("train")).else_(string("eval"))
    case = case.when(_from(bounds.val_start), string("eval"))
    if bounds.train_start is None:
        return case.else_(string("train"))
    return case.when(_from(bounds.train_start), string("train"))


def _from(day: date | None) -> exp.Expression:
    if day is None:
        raise ValueError("a split by time has days; resolve it with shared.splits.resolve_split")
    return exp.GTE(this=column(DAY), expression=day_literal(day))
