"""What is asked before anything is paid: the funnel, the sizes and the fingerprints of splits (S1.29, S1.34, S2.11)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from shared.columns import Catalogue, output_columns
from shared.documents import Dataset
from shared.hashing import CHECKSUM_RANGE
from shared.splits import Bounds
from shared.sql.conditions import newest_days, row_conditions
from shared.sql.entities import REVENUE, entity_filters, figures, passes
from shared.sql.histories import length_steps
from shared.sql.parts import (
    DAY,
    ROW_KEY,
    SECONDS,
    SPLIT,
    all_,
    as_,
    coalesce,
    column,
    count_distinct,
    count_if,
    count_rows,
    day_literal,
    hash_of,
    if_,
    integer,
    is_null,
    print_query,
    string,
    subquery,
    table,
    text,
    window,
    with_steps,
)
from shared.sql.queries import PRODUCT, active_step, labelled_steps
from shared.sql.sources import source_step
from shared.sql.steps import by_name, in_split, rows_steps
from shared.sql.values import UNIT_SEPARATOR, event_day
from shared.tables import primary_alias

COUNTED = ("train", "eval", "test")
ROW_HASH, CUSTOMER_SEEN, PRODUCT_SEEN = "qt_row_hash", "qt_customer_seen", "qt_product_seen"


def reference_query(dataset: Dataset, catalogue: Catalogue, required: frozenset[str] = frozenset()) -> str:
    """One row for `shared.splits.Reference`: rows after each step of the funnel, and the days that others count from.

    Nothing is known yet, so relative days are looked up and the filters of products and customers see all rows.
    """
    outputs = by_name(output_columns(dataset, catalogue))
    steps = rows_steps(dataset, catalogue, upto="filtered", columns=(), required=required)
    conditions = row_conditions(dataset, outputs, required)
    flags = [as_(condition, f"qt_{name}") for name, condition in conditions]
    timed = dataset.roles.event_time is not None
    days = [as_(event_day(dataset), DAY)] if timed else []
    steps.append(("checked", exp.select(*flags, *days).from_(table("joined"))))
    counts = [as_(count_rows(), "joined_rows")]
    counts.append(as_(_count_of(source_step(primary_alias(dataset))), "source_rows"))
    for number, (name, _) in enumerate(conditions, 1):
        passed = all_([column(f"qt_{before}") for before, _ in conditions[:number]])
        counts.append(as_(count_if(passed), f"{name}_rows"))
    if dataset.filters.window is not None:
        kept_day = if_(all_([column(f"qt_{name}") for name, _ in conditions]), column(DAY))
        counts.append(as_(exp.Max(this=kept_day), "window_ref"))
        counts.append(as_(_count_of("base"), "window_rows"))
    for index, name in enumerate(newest_days(dataset)):
        counts.append(as_(newest_days(dataset)[name], f"newest_{index}"))
    entities = list(entity_filters(dataset))
    for number, entity in enumerate(entities, 1):
        counts.append(as_(_count_of("base", [passes(dataset, each) for each in entities[:number]]), f"{entity}_rows"))
        kept = subquery(exp.select(count_rows()).from_(table(f"keep_{entity}")))
        counts.append(as_(kept, f"{entity}_kept"))
        counts.append(as_(_distinct_of(dataset, entity), f"{entity}_before"))
        if getattr(dataset.filters, entity).top_revenue_percent is not None:
            earned = exp.select(exp.Sum(this=column(REVENUE))).from_(subquery(figures(dataset, entity, {"top"})))
            counts.append(as_(coalesce(subquery(earned), integer(0)), f"{entity}_revenue"))
    if timed:
        counts += [as_(_of_base(exp.Min), "first_day"), as_(_of_base(exp.Max), "last_day")]
    return print_query(with_steps(exp.select(*counts).from_(table("checked")), steps), dataset)


def count_query(
    dataset: Dataset,
    catalogue: Catalogue,
    bounds: Bounds,
    sample_percent: int,
    split_seed: int,
    presets: Iterable[int] = (),
    required: frozenset[str] = frozenset(),
) -> str:
    """One row for `shared.preflight.Counts`, of the rows that the run's own statements would select.

    `presets` adds the train rows at other percentages (S2.9).
    """
    steps = labelled_steps(dataset, catalogue, (), bounds, split_seed, required, with_catalogue=True)
    active = active_step(dataset)
    steps += [*active, ("marked", _marked(dataset, sample_percent, bool(active)))]
    counts = []
    for split in COUNTED:
        counts += _split_counts(dataset, split, in_split(split, sample_percent))
    counts += _catalogue_counts(dataset, bool(active))
    counts.append(as_(count_if(is_null(column(SPLIT))), "dropped_rows"))
    if entity_filters(dataset) and bounds.test_start is not None:
        tested = exp.GTE(this=column(DAY), expression=day_literal(bounds.test_start))
        counts.append(as_(_count_of("base", [tested]), "test_rows_before_filters"))
    counts += [as_(count_if(in_split("train", percent)), f"train_rows_{percent}") for percent in presets]
    return print_query(with_steps(exp.select(*counts).from_(table("marked")), steps), dataset)


def history_query(
    dataset: Dataset,
    catalogue: Catalogue,
    bounds: Bounds,
    sample_percent: int,
    split_seed: int,
    required: frozenset[str] = frozenset(),
) -> str:
    """One row: of each derived history and split the rows, those with an empty list, and all items (S1.24)."""
    histories = [output for output in output_columns(dataset, catalogue) if output.history is not None]
    steps = labelled_steps(dataset, catalogue, histories, bounds, split_seed, required)
    steps += length_steps(dataset, [output.history for output in histories if output.history], sample_percent)
    counts = [count for index in range(len(histories)) for count in _history_counts(index, sample_percent)]
    return print_query(with_steps(exp.select(*counts).from_(table("measured")), steps), dataset)


def _history_counts(index: int, sample_percent: int) -> list[exp.Expression]:
    length = column(f"qt_length_{index}")
    counts: list[exp.Expression] = []
    for split in COUNTED:
        chosen = in_split(split, sample_percent)
        empty = all_([chosen, exp.EQ(this=length.copy(), expression=integer(0))])
        counts.append(as_(count_if(chosen), f"{split}_{index}_rows"))
        counts.append(as_(count_if(empty), f"{split}_{index}_empty"))
        counts.append(as_(_sum_if(chosen, length.copy()), f"{split}_{index}_items"))
    return counts


# ------------------------------------------------------------------------------------------------------------- parts


def _marked(dataset: Dataset, sample_percent: int, has_table: bool) -> exp.Select:
    """Rows with their hash, and whether their customer and product are known to the model or the catalogue."""
    customer, product = text(column(dataset.roles.customer_id)), text(column(dataset.roles.product_id))
    seen = if_(in_split("train", sample_percent), integer(1), integer(0))
    in_catalogue: exp.Expression = window(exp.Max(this=if_(in_split("train", 100), integer(1), integer(0))), [product])
    if has_table:
        known = exp.In(this=product.copy(), query=subquery(exp.select(column(PRODUCT)).from_(table("active"))))
        in_catalogue = if_(known, integer(1), integer(0))
    marks = [
        as_(exp.Mod(this=hash_of("row", column(ROW_KEY)), expression=integer(CHECKSUM_RANGE)), ROW_HASH),
        as_(window(exp.Max(this=seen), [customer]), CUSTOMER_SEEN),
        as_(in_catalogue, PRODUCT_SEEN),
    ]
    return exp.select(exp.Star(), *marks).from_(table("labelled"))


def _split_counts(dataset: Dataset, split: str, chosen: exp.Expression) -> list[exp.Expression]:
    """Sizes and the fingerprint (S1.29) of one split."""
    customer, product = text(column(dataset.roles.customer_id)), text(column(dataset.roles.product_id))
    counts = [
        as_(count_if(chosen), f"{split}_rows"),
        as_(count_distinct(if_(chosen, customer)), f"{split}_customers"),
        as_(count_distinct(if_(chosen, product)), f"{split}_products"),
        as_(_sum_if(chosen, column(ROW_HASH)), f"{split}_checksum"),
    ]
    if dataset.roles.event_time is not None:
        counts.append(as_(count_distinct(if_(chosen, column(DAY))), f"{split}_days"))
        counts.append(as_(exp.Min(this=if_(chosen, column(SECONDS))), f"{split}_min_time"))
        counts.append(as_(exp.Max(this=if_(chosen, column(SECONDS))), f"{split}_max_time"))
    if split == "train":
        return counts
    for what, mark, identity in (("customer", CUSTOMER_SEEN, customer), ("product", PRODUCT_SEEN, product)):
        unseen = all_([chosen, exp.EQ(this=column(mark), expression=integer(0))])
        counts.append(as_(count_if(unseen), f"{split}_unseen_{what}_rows"))
        counts.append(as_(count_distinct(if_(unseen, identity.copy())), f"{split}_unseen_{what}s"))
    return counts


def _catalogue_counts(dataset: Dataset, has_table: bool) -> list[exp.Expression]:
    """Products, and the checksum over the keys of the catalogue's rows, in which all but the product is empty."""
    products = exp.select(as_(text(column(dataset.roles.product_id)), PRODUCT)).distinct().from_(table("labelled"))
    products = products.where(in_split("train", 100))
    source = table("active") if has_table else subquery(products)
    parts = [string(UNIT_SEPARATOR * 2), column(PRODUCT), string(UNIT_SEPARATOR)]
    hashed = hash_of("row", exp.func("CONCAT", *parts, dialect="bigquery"))
    total = coalesce(exp.Sum(this=exp.Mod(this=hashed, expression=integer(CHECKSUM_RANGE))), integer(0))
    return [
        as_(subquery(exp.select(count_rows()).from_(source.copy())), "catalogue_rows"),
        as_(subquery(exp.select(total).from_(source)), "catalogue_checksum"),
    ]


def _count_of(step: str, conditions: Iterable[exp.Expression] = ()) -> exp.Expression:
    query = exp.select(count_rows()).from_(table(step))
    conditions = list(conditions)
    return subquery(query.where(all_(conditions)) if conditions else query)


def _distinct_of(dataset: Dataset, entity: str) -> exp.Expression:
    role = {"products": dataset.roles.product_id, "customers": dataset.roles.customer_id}[entity]
    return subquery(exp.select(count_distinct(text(column(role)))).from_(table("base")))


def _of_base(function: type[exp.AggFunc]) -> exp.Expression:
    return subquery(exp.select(function(this=column(DAY))).from_(table("base")))


def _sum_if(condition: exp.Expression, value: exp.Expression) -> exp.Expression:
    return coalesce(exp.Sum(this=if_(condition, value)), integer(0))
