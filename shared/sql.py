"""The SQL of a run, as expression trees in BigQuery's dialect (domain S1.25-S1.28, S2).

Identifiers come from the warehouse's catalogue and are always quoted; values are typed literals; nothing is formatted
into text. What is printed is parsed again, and must be one SELECT with the same tree over the declared table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import sqlglot
from sqlglot import exp

from shared.columns import ID_ROLES, NUMBER_TYPES, OutputColumn, SourceColumn, output_columns, table_path
from shared.documents import Dataset, NumberFilter
from shared.hashing import HASH_HEX_DIGITS, share_threshold
from shared.names import as_output_name
from shared.splits import EVAL_PERCENT, SPLITS, TRAIN_PERCENT, Bounds

DIALECT = "bigquery"
SPLIT, DAY, SECONDS, ROW_KEY, CUSTOMER_HASH = "qt_split", "qt_day", "qt_seconds", "qt_row_key", "qt_customer_hash"
UNIT_SEPARATOR = "\x1f"  # joins the parts of keys (S2.1)
SAMPLED_SPLITS = ("train", "eval")  # S2.8
_COMPARISONS = {"lt": exp.LT, "le": exp.LTE, "gt": exp.GT, "ge": exp.GTE, "eq": exp.EQ, "ne": exp.NEQ}
_EXACT_INTEGERS = 2**53  # a float64 holds every integer up to here


def reference_query(dataset: Dataset, catalogue: Sequence[SourceColumn]) -> str:
    """One row for `shared.splits.Reference`: rows after each step of the funnel, first and last day."""
    outputs = _by_name(output_columns(dataset, catalogue))
    conditions = _roles_present(dataset)
    counts = [
        _as(exp.Count(this=exp.Star(), big_int=True), "source_rows"),
        _as(_count_if(_all(conditions)), "role_rows"),
    ]
    for index, rule in enumerate(dataset.filters.rows):
        conditions.append(_filter(rule, outputs))
        counts.append(_as(_count_if(_all(conditions)), f"filter_{index}_rows"))
    if dataset.roles.event_time:
        kept_day = exp.If(this=_all(conditions), true=_day(dataset), false=exp.null())
        counts += [_as(exp.Min(this=kept_day), "first_day"), _as(exp.Max(this=kept_day.copy()), "last_day")]
    query = exp.select(*counts).from_(_table("joined"))
    return _print(_with(query, _source_steps(dataset, outputs, set())), dataset)


def count_query(
    dataset: Dataset,
    catalogue: Sequence[SourceColumn],
    bounds: Bounds,
    sample_percent: int,
    split_seed: int,
    presets: Iterable[int] = (),
) -> str:
    """One row for `shared.preflight.Counts`: rows, customers and products of each split at `sample_percent`.

    `presets` adds the train rows at other percentages (S2.9).
    """
    outputs = _by_name(output_columns(dataset, catalogue))
    counts = []
    for split in ("train", "eval", "test"):
        chosen = _in_split(split, sample_percent)
        counts.append(_as(_count_if(chosen), f"{split}_rows"))
        counts.append(_as(_count_distinct(chosen, dataset.roles.customer_id), f"{split}_customers"))
        counts.append(_as(_count_distinct(chosen, dataset.roles.product_id), f"{split}_products"))
    counts.append(_as(_count_distinct(_in_split("train", 100), dataset.roles.product_id), "catalogue_rows"))
    counts.append(_as(_count_if(_column(SPLIT).is_(exp.null())), "dropped_rows"))
    counts += [_as(_count_if(_in_split("train", percent)), f"train_rows_{percent}") for percent in presets]
    steps = _source_steps(dataset, outputs, set()) + _labelling_steps(dataset, outputs, bounds, split_seed)
    return _print(_with(exp.select(*counts).from_(_table("labelled")), steps), dataset)


def split_queries(
    dataset: Dataset,
    catalogue: Sequence[SourceColumn],
    outputs: Sequence[OutputColumn],
    columns_needed: set[str],
    candidate_columns: set[str],
    bounds: Bounds,
    sample_percent: int,
    split_seed: int,
) -> dict[str, str]:
    """The query of each split (S2.2): the same columns in alphabetical order, typed by S1.12, roles always included.

    `catalogue` holds one row per product of the unsampled train split (S2.12), NULL in what is not of the product.
    """
    by_name = _by_name(outputs)
    columns = sorted(columns_needed | set(_roles(dataset).values()))
    steps = _source_steps(dataset, by_name, columns_needed)
    steps += _labelling_steps(dataset, by_name, bounds, split_seed)
    steps.append(("converted", _converted([by_name[name] for name in columns])))
    queries = {}
    for split in SPLITS[:-1]:
        query = exp.select(*map(_column, columns)).from_(_table("converted"))
        queries[split] = _with(query.where(_in_split(split, sample_percent)), steps)
    of_product = candidate_columns | {dataset.roles.product_id}
    shown = [_column(name) if name in of_product else _null_like(by_name[name]) for name in columns]
    ties = sorted(candidate_columns - {dataset.roles.product_id})
    latest = ("latest", _latest_per_product(dataset.roles.product_id, ties))
    queries["catalogue"] = _with(exp.select(*shown).from_(_table("latest")), [*steps, latest])
    return {split: _print(query, dataset) for split, query in queries.items()}


def hash_of(salt: str, key: exp.Expression) -> exp.Expression:
    """`shared.hashing.H` as an expression."""
    text = exp.func("CONCAT", _string(salt), _string("|"), key, dialect=DIALECT)
    digits = exp.Substring(this=exp.MD5(this=text), start=_integer(1), length=_integer(HASH_HEX_DIGITS))
    return _cast(exp.func("CONCAT", _string("0x"), digits, dialect=DIALECT), "INT64")


# ------------------------------------------------------------------------------------------------- steps (S1.26)

Step = tuple[str, exp.Select]


def _source_steps(dataset: Dataset, outputs: dict[str, OutputColumn], extra: set[str]) -> list[Step]:
    """`src_<alias>` and `joined`: the columns in use under their output names, TIMESTAMPs as wall clock (S1.2)."""
    names = sorted({*extra, *_roles(dataset).values(), *(rule.column for rule in dataset.filters.rows)})
    used = [outputs[name] for name in names]
    project, schema, table = table_path(dataset)
    source = f"src_{as_output_name(table)}"
    source_columns = [_column(name) for name in sorted({column.source for column in used})]
    joined = exp.select(*(_as(_wall_clock(column, dataset.timezone), column.name) for column in used))
    return [
        (source, exp.select(*source_columns).from_(exp.table_(table, schema, project, quoted=True))),
        ("joined", joined.from_(_table(source))),
    ]


def _labelling_steps(dataset: Dataset, outputs: dict[str, OutputColumn], bounds: Bounds, split_seed: int) -> list[Step]:
    """`base`, `keyed` and `labelled`: the rows of the run, their keys, and the split each of them belongs to."""
    conditions = _roles_present(dataset) + [_filter(rule, outputs) for rule in dataset.filters.rows]
    if bounds.ref is not None:
        conditions.append(exp.LTE(this=_day(dataset), expression=_date(bounds.ref)))
    base = exp.select(exp.Star()).from_(_table("joined")).where(_all(conditions))
    keys = [_as(_row_key(dataset), ROW_KEY), _as(_customer_hash(dataset, split_seed), CUSTOMER_HASH)]
    if dataset.roles.event_time:
        keys += [_as(_day(dataset), DAY), _as(_seconds(_column(dataset.roles.event_time)), SECONDS)]
    else:
        keys.append(_as(_integer(0), SECONDS))
    keyed = exp.select(exp.Star(), *keys).from_(_table("base"))
    label = _as(_split_of(bounds, split_seed, _unit_key(dataset)), SPLIT)
    labelled = exp.select(exp.Star(), label).from_(_table("keyed"))
    return [("base", base), ("keyed", keyed), ("labelled", labelled)]


def _converted(columns: Iterable[OutputColumn]) -> exp.Select:
    own = (SPLIT, CUSTOMER_HASH, SECONDS, ROW_KEY)
    return exp.select(*(_as(_typed(column), column.name) for column in columns), *map(_column, own)).from_(
        _table("labelled")
    )


def _latest_per_product(product_id: str, ties: Sequence[str]) -> exp.Select:
    """The latest train row of each product; ties by row key, then by the columns themselves, so that reruns agree."""
    order = [_column(SECONDS).desc(), *(_column(name).asc() for name in (ROW_KEY, *ties))]
    row_number = exp.Window(
        this=exp.RowNumber(), partition_by=[_column(product_id)], order=exp.Order(expressions=order), over="OVER"
    )
    query = exp.select(exp.Star()).from_(_table("converted")).where(_in_split("train", 100))
    query.set("qualify", exp.Qualify(this=exp.EQ(this=row_number, expression=_integer(1))))
    return query


# ------------------------------------------------------------------------------------------ conditions and keys


def _roles_present(dataset: Dataset) -> list[exp.Expression]:
    """Rows with a NULL customer, product or event time are dropped (S1.5)."""
    required = [name for role, name in _roles(dataset).items() if role != "order_id"]
    return [_column(name).is_(exp.null()).not_() for name in required]


def _filter(rule: NumberFilter, outputs: dict[str, OutputColumn]) -> exp.Expression:
    value: exp.Expression
    if outputs[rule.column].warehouse_type == "INT64" and rule.value.is_integer() and abs(rule.value) < _EXACT_INTEGERS:
        value = _cast(_string(str(int(rule.value))), "INT64")
    else:
        value = _cast(_string(repr(rule.value)), "FLOAT64")
    return _COMPARISONS[rule.op](this=_column(rule.column), expression=value)


def _in_split(split: str, sample_percent: int) -> exp.Expression:
    """Train and eval are thinned by whole customers, test and the catalogue never (S2.8)."""
    chosen = exp.EQ(this=_column(SPLIT), expression=_string(split))
    if split not in SAMPLED_SPLITS or sample_percent == 100:
        return chosen
    threshold = _integer(share_threshold(sample_percent))
    return _all([chosen, exp.LT(this=_column(CUSTOMER_HASH), expression=threshold)])


def _split_of(bounds: Bounds, split_seed: int, unit_key: exp.Expression) -> exp.Expression:
    """The name of a row's split, or NULL for rows older than the window (S2.4-S2.6)."""
    unit_hash = hash_of(f"split|{split_seed}", unit_key)
    in_train = exp.LT(this=unit_hash, expression=_integer(share_threshold(TRAIN_PERCENT)))
    case = exp.Case()
    if bounds.kind == "random":
        in_eval = exp.LT(this=unit_hash.copy(), expression=_integer(share_threshold(EVAL_PERCENT)))
        return case.when(in_train, _string("train")).when(in_eval, _string("eval")).else_(_string("test"))
    case = case.when(_from(bounds.test_start), _string("test"))
    if bounds.kind == "time_holdout":
        return case.when(in_train, _string("train")).else_(_string("eval"))
    case = case.when(_from(bounds.val_start), _string("eval"))
    if bounds.train_start is None:
        return case.else_(_string("train"))
    return case.when(_from(bounds.train_start), _string("train"))


def _from(day: date) -> exp.Expression:
    return exp.GTE(this=_column(DAY), expression=_date(day))


def _row_key(dataset: Dataset) -> exp.Expression:
    """Order, customer, product, seconds, joined by U+001F; missing parts are empty (S2.1)."""
    roles = _roles(dataset)
    parts: list[exp.Expression] = []
    for role in ("order_id", "customer_id", "product_id", "event_time"):
        if parts:
            parts.append(_string(UNIT_SEPARATOR))
        parts.append(_key_part(role, roles.get(role)))
    return exp.func("CONCAT", *parts, dialect=DIALECT)


def _key_part(role: str, name: str | None) -> exp.Expression:
    if name is None:
        return _string("")
    value = _seconds(_column(name)) if role == "event_time" else _column(name)
    text = _cast(value, "STRING")
    return exp.func("COALESCE", text, _string("")) if role == "order_id" else text


def _unit_key(dataset: Dataset) -> exp.Expression:
    """What stays together in a random split: the order, or else the row (S2.1)."""
    if dataset.roles.order_id is None:
        return _column(ROW_KEY)
    return exp.func("COALESCE", _cast(_column(dataset.roles.order_id), "STRING"), _column(ROW_KEY))


def _customer_hash(dataset: Dataset, split_seed: int) -> exp.Expression:
    return hash_of(f"sample|{split_seed}", _cast(_column(dataset.roles.customer_id), "STRING"))


# ------------------------------------------------------------------------------------------------- types (S1.12)


def _wall_clock(column: OutputColumn, timezone: str) -> exp.Expression:
    """A source column as `joined` holds it: TIMESTAMP in local time, floats that are no numbers as missing (S3.6)."""
    value = _column(column.source)
    if column.warehouse_type == "TIMESTAMP":
        return exp.Datetime(this=value, expression=_string(timezone))
    if column.warehouse_type == "FLOAT64":
        # One NaN makes a mean NaN; warehouses do not agree on how it compares.
        odd = exp.or_(exp.IsNan(this=value), exp.IsInf(this=value.copy()))
        return exp.If(this=odd, true=exp.null(), false=value.copy())
    return value


def _typed(column: OutputColumn) -> exp.Expression:
    """A column of `joined` as tf.Example holds it."""
    value = _column(column.name)
    if column.warehouse_type in ("TIMESTAMP", "DATETIME", "DATE"):
        return _seconds(value)
    if column.warehouse_type == "TIME":
        midnight = _cast(_string("00:00:00"), "TIME")
        return exp.TimeDiff(this=value, expression=midnight, unit=exp.var("SECOND"))
    if column.example_type == "bytes" and column.warehouse_type != "STRING":
        return _cast(value, "STRING")
    if column.warehouse_type == "BOOL":
        return _cast(value, "INT64")
    if column.warehouse_type in NUMBER_TYPES - {"INT64", "FLOAT64"}:
        return _cast(value, "FLOAT64")
    return value


def _null_like(column: OutputColumn) -> exp.Expression:
    kind = {"bytes": "STRING", "int64": "INT64", "float": "FLOAT64"}[column.example_type]
    return _as(_cast(exp.null(), kind), column.name)


def _seconds(value: exp.Expression) -> exp.Expression:
    """Wall-clock seconds since 1970 as INT64 (S1.13); midnight for a DATE."""
    return exp.UnixSeconds(this=exp.Timestamp(this=value, with_tz=True))


def _day(dataset: Dataset) -> exp.Expression:
    return exp.Date(this=_column(dataset.roles.event_time))


# ------------------------------------------------------------------------------------------------- small parts


def _roles(dataset: Dataset) -> dict[str, str]:
    """Role to output name, without the roles that are not mapped."""
    return {role: name for role in (*ID_ROLES, "event_time") if (name := getattr(dataset.roles, role)) is not None}


def _by_name(outputs: Iterable[OutputColumn]) -> dict[str, OutputColumn]:
    return {column.name: column for column in outputs}


def _identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _table(step: str) -> exp.Table:
    return exp.Table(this=_identifier(step))


def _column(name: str) -> exp.Column:
    return exp.Column(this=_identifier(name))


def _as(value: exp.Expression, name: str) -> exp.Expression:
    return exp.Alias(this=value, alias=_identifier(name))


def _string(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def _integer(value: int) -> exp.Literal:
    return exp.Literal.number(value)


def _cast(value: exp.Expression, kind: str) -> exp.Cast:
    return exp.cast(value, kind, dialect=DIALECT)


def _date(day: date) -> exp.Cast:
    return _cast(_string(day.isoformat()), "DATE")


def _all(conditions: Sequence[exp.Expression]) -> exp.Expression:
    """`a AND b AND c`, without the brackets that would have to be read back as nodes."""
    return exp.and_(*conditions, wrap=False)


def _count_if(condition: exp.Expression) -> exp.Expression:
    # not COUNTIF: it is 0 without rows in BigQuery, and NULL in DuckDB
    return exp.Count(this=exp.If(this=condition, true=_integer(1), false=exp.null()), big_int=True)


def _count_distinct(condition: exp.Expression, name: str) -> exp.Expression:
    value = exp.If(this=condition.copy(), true=_column(name), false=exp.null())
    return exp.Count(this=exp.Distinct(expressions=[value]), big_int=True)


def _with(query: exp.Select, steps: Iterable[Step]) -> exp.Select:
    for name, step in steps:
        query = query.with_(exp.TableAlias(this=_identifier(name)), as_=step)
    return query


def _print(query: exp.Select, dataset: Dataset) -> str:
    """The text of `query`, checked (S1.25): one SELECT, the same tree, no table but the declared one and the steps."""
    text = query.sql(dialect=DIALECT, pretty=True)
    statements = sqlglot.parse(text, read=DIALECT)
    project, schema, table = table_path(dataset)
    steps = {cte.alias for cte in query.ctes}
    tables = {(found.catalog, found.db, found.name) for found in query.find_all(exp.Table)}
    foreign = tables - {("", "", step) for step in steps} - {(project or "", schema, table)}
    if len(statements) != 1 or statements[0] != query or foreign:
        raise ValueError(f"the SQL of table {dataset.tables[0].table!r} does not read back as it was built: {text}")
    return text
