"""The statements of a run and of a preview (domain S1.25-S1.28, S1.34, S2.12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlglot import exp

from shared.columns import Catalogue, OutputColumn, output_columns
from shared.documents import CatalogueTable, Dataset
from shared.splits import SPLITS, Bounds
from shared.sql.histories import history_value, join_profile, profile_steps
from shared.sql.parts import (
    CUSTOMER_HASH,
    ROW_KEY,
    SECONDS,
    SPLIT,
    Step,
    all_,
    as_,
    column,
    hash_of,
    integer,
    not_null,
    print_query,
    table,
    text,
    window,
    with_steps,
)
from shared.sql.sources import source_step
from shared.sql.steps import by_name, in_split, labelled_step, roles, rows_steps
from shared.sql.values import converted, null_like, source_column
from shared.tables import CATALOGUE_TABLE

PRODUCT = "qt_product"


def split_queries(
    dataset: Dataset,
    catalogue: Catalogue,
    outputs: Sequence[OutputColumn],
    columns_needed: Iterable[str],
    candidate_columns: Iterable[str],
    bounds: Bounds,
    sample_percent: int,
    split_seed: int,
    required: frozenset[str] = frozenset(),
    as_of: datetime | None = None,
) -> dict[str, str]:
    """The query of each split (S2.2): the same columns in alphabetical order, typed by S1.12, roles always included.

    `required`: columns that must have a value, as a target must (S3.11). `as_of` reads the tables as they were (S1.28);
    give it when `shared.sql.frozen_at` says so.
    """
    known = by_name(outputs)
    columns = [known[name] for name in sorted({*columns_needed, *roles(dataset).values()})]
    steps = labelled_steps(dataset, catalogue, columns, bounds, split_seed, required, as_of, with_catalogue=True)
    split_steps = [
        *_without_catalogue(steps),
        *profile_steps(dataset, columns, sample_percent),
        ("converted", converted_step(dataset, columns)),
    ]
    queries = {}
    for split in SPLITS[:-1]:
        query = exp.select(*(column(output.name) for output in columns)).from_(table("converted"))
        queries[split] = with_steps(query.where(in_split(split, sample_percent)), split_steps)
    queries["catalogue"] = _catalogue_query(dataset, columns, set(candidate_columns), steps)
    return {split: print_query(query, dataset) for split, query in queries.items()}


def labelled_steps(
    dataset: Dataset,
    catalogue: Catalogue,
    columns: Iterable[OutputColumn],
    bounds: Bounds,
    split_seed: int,
    required: frozenset[str] = frozenset(),
    as_of: datetime | None = None,
    with_catalogue: bool = False,
) -> list[Step]:
    """The steps up to `labelled`, with what derived histories among `columns` are made of."""
    names = {output.source if output.history else output.name for output in columns}
    steps = rows_steps(
        dataset,
        catalogue,
        upto="filtered",
        columns=names,
        bounds=bounds,
        required=required,
        as_of=as_of,
        with_catalogue=with_catalogue,
    )
    return [*steps, labelled_step(dataset, steps[-1][0], bounds, split_seed)]


def converted_step(dataset: Dataset, columns: Iterable[OutputColumn]) -> exp.Select:
    """Every row of `labelled` as tf.Example holds it, beside our own columns."""
    columns = list(columns)
    own = [ROW_KEY, SPLIT, CUSTOMER_HASH, *([SECONDS] if dataset.roles.event_time else [])]
    values = [history_value(c.history) if c.history else converted(c, dataset.timezone) for c in columns]
    shown = [as_(value, output.name) for value, output in zip(values, columns, strict=True)]
    query = exp.select(*shown, *map(column, own)).from_(table("labelled"))
    for output in columns:
        if output.history:
            query = join_profile(query, dataset, output.history)
    return query


def preview_query(dataset: Dataset, catalogue: Catalogue, split_seed: int, rows: int = 50) -> str:
    """Rows of `base` as tf.Example would hold them, in an order of their own, so that a reload shows the same (S1.34).

    Derived histories are not among them: they need a split.
    """
    columns = [output for output in output_columns(dataset, catalogue) if output.history is None]
    steps = rows_steps(dataset, catalogue, upto="base")
    shown = [as_(converted(output, dataset.timezone), output.name) for output in columns]
    order = [hash_of(f"preview|{split_seed}", column(ROW_KEY)).asc(), column(ROW_KEY).asc()]
    query = exp.select(*shown).from_(table("base")).order_by(*order).limit(rows)
    return print_query(with_steps(query, steps), dataset)


# --------------------------------------------------------------------------------------------- the catalogue (S2.12)


def active_step(dataset: Dataset) -> list[Step]:
    """The products of the catalogue's table that may be recommended; nothing when the catalogue is train."""
    rule = dataset.catalogue
    if not isinstance(rule, CatalogueTable):
        return []
    source = source_step(CATALOGUE_TABLE)
    product = source_column(rule.product_id, source)
    conditions = [not_null(product.copy())]
    if rule.where_active is not None:
        conditions.append(source_column(rule.where_active, source))
    query = exp.select(as_(text(product), PRODUCT)).distinct().from_(table(source)).where(all_(conditions))
    return [("active", query)]


def _catalogue_query(
    dataset: Dataset, columns: Sequence[OutputColumn], candidate: set[str], steps: Sequence[Step]
) -> exp.Select:
    """One row per product of the unsampled train split, or of a table, NULL in what is not of the product."""
    product = dataset.roles.product_id
    stored = [output for output in columns if output.history is None]
    ties = [output.name for output in stored if output.name in candidate - {product} and not output.repeated]
    latest: Step = ("latest", _latest_per_product(dataset, ties))
    active = active_step(dataset)
    shown: list[exp.Expression] = []
    for output in columns:
        if output.name == product:
            shown.append(as_(column(PRODUCT, "active"), product) if active else column(product))
        else:
            shown.append(column(output.name) if output.name in candidate else null_like(output))
    query = exp.select(*shown).from_(table("active" if active else "latest"))
    if active:
        same = exp.EQ(this=column(PRODUCT, "active"), expression=column(product, "latest"))
        query = query.join(table("latest"), on=same, join_type="LEFT")
    steps = steps if active else _without_catalogue(steps)
    return with_steps(query, [*steps, ("converted", converted_step(dataset, stored)), latest, *active])


def _latest_per_product(dataset: Dataset, ties: Sequence[str]) -> exp.Select:
    """The latest train row of each product; ties by row key, then by the columns themselves, so that reruns agree."""
    newest = [column(SECONDS).desc()] if dataset.roles.event_time else []
    order = [*newest, *(column(name).asc() for name in (ROW_KEY, *ties))]
    number = window(exp.RowNumber(), [column(dataset.roles.product_id)], order)
    query = exp.select(exp.Star()).from_(table("converted")).where(in_split("train", 100))
    query.set("qualify", exp.Qualify(this=exp.EQ(this=number, expression=integer(1))))
    return query


def _without_catalogue(steps: Iterable[Step]) -> list[Step]:
    return [(name, step) for name, step in steps if name != source_step(CATALOGUE_TABLE)]


# -------------------------------------------------------------------------------------------------- frozen time (S1.28)


def frozen_at(catalogue: Catalogue, preflight_at: datetime, now: datetime) -> datetime | None:
    """The moment to read the tables at, or None: all must be native, and the past is kept for 7 days."""
    kept = (now - preflight_at).total_seconds() < 7 * 86_400
    return preflight_at if kept and all(found.native for found in catalogue.values()) else None
