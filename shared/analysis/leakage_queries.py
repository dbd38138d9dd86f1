"""The queries of the leakage pre-flight (domain S1.33), over the rows of a run as a model would get them.

What cannot be is not asked: a derived history excludes its row's item (S1.24), and rows with the same role values have
one row key and therefore one split (S2.1), so that train and test never share them (L_DUPLICATE_SPLIT).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from shared.analysis.cells import COLUMN, NUMBER, TEXT, comparable, taken_apart
from shared.analysis.dependence import variation_step, variation_steps
from shared.columns import Catalogue, OutputColumn, output_columns
from shared.documents import Dataset, FeatureConfig, HistoryFeature
from shared.features import TOWERS, Tower, features_of
from shared.splits import Bounds
from shared.sql.parts import (
    ROW_KEY,
    SECONDS,
    SPLIT,
    Step,
    all_,
    as_,
    cast,
    coalesce,
    column,
    count_distinct,
    count_if,
    count_rows,
    hash_of,
    if_,
    integer,
    not_null,
    print_query,
    string,
    table,
    text,
    window,
    with_steps,
)
from shared.sql.queries import converted_step, labelled_steps
from shared.sql.steps import in_split, roles
from shared.sql.values import ELEMENT, elements

MOST_ROWS = 200_000
BEFORE = "qt_before"
LEAST_EVIDENCE = 20  # one in so many rows must have a value that occurs twice, before L_QUERY_ITEM says anything
ITEM, VARIATION, HISTORY, TARGET = "item", "variation", "history", "target"


@dataclass(frozen=True)
class Used:
    """A column in a tower; `path` is that of the feature's column."""

    tower: Tower
    path: str
    output: OutputColumn
    is_history: bool

    @property
    def is_number(self) -> bool:
        """Whether the size of its values means anything."""
        return self.output.example_type != "bytes" and not self.output.repeated


def used_columns(dataset: Dataset, catalogue: Catalogue, features: FeatureConfig) -> list[Used]:
    """The column of every feature of both towers."""
    outputs = {output.name: output for output in output_columns(dataset, catalogue)}
    return [
        Used(tower, f"feature_config.{tower}_features.{index}.column", outputs[feature.column], _is_history(feature))
        for tower in TOWERS
        for index, feature in enumerate(features_of(features, tower))
    ]


def determining_columns(dataset: Dataset, used: Iterable[Used]) -> list[Used]:
    """What L_QUERY_ITEM looks at: neither who buys nor when, which a query always knows, and no lists."""
    known = {dataset.roles.customer_id, dataset.roles.event_time}
    return [
        each for each in used if each.tower == "query" and each.output.name not in known and not each.output.repeated
    ]


def varying_columns(dataset: Dataset, used: Iterable[Used]) -> list[Used]:
    """What L_CANDIDATE_CONTEXT looks at."""
    product = dataset.roles.product_id
    return [
        each
        for each in used
        if each.tower == "candidate" and each.output.name != product and each.output.history is None
    ]


def history_columns(used: Iterable[Used]) -> list[Used]:
    """What L_HISTORY looks at: lists of products that the tables hold."""
    return [each for each in used if each.is_history and each.output.history is None]


def target_columns(used: Iterable[Used], features: FeatureConfig) -> list[Used]:
    """What L_TARGET_FEATURE and L_TARGET_PROXY compare with the target: all but itself and lists."""
    target = features.target.column if features.target else None
    return [each for each in used if not each.output.repeated and each.output.name != target]


def leakage_queries(
    dataset: Dataset,
    catalogue: Catalogue,
    features: FeatureConfig,
    bounds: Bounds,
    split_seed: int,
    rows: int,
    with_target: bool,
) -> dict[str, str]:
    """By name; `rows`: how many the run's splits hold before sampling. Each query is of at most 200,000 rows, chosen by
    the hash of their keys."""
    used = used_columns(dataset, catalogue, features)
    target = features.target.column if with_target and features.target else None
    base = _Base(dataset, catalogue, bounds, split_seed, rows > MOST_ROWS, frozenset({target} if target else ()))
    queries = {}
    if found := determining_columns(dataset, used):
        queries[ITEM] = base.query(_item_query(), found, lambda source: _item_steps(dataset, source, found))
    if found := varying_columns(dataset, used):
        outputs = [each.output for each in found]
        query = exp.select(exp.Star()).from_(table(variation_step("product")))
        queries[VARIATION] = base.query(
            query, found, lambda source: variation_steps(dataset, source, outputs, ("product",))
        )
    if found := history_columns(used):
        queries[HISTORY] = base.query(_history_query(dataset, found), found, again=True)
    if target and (found := target_columns(used, features)):
        queries[TARGET] = base.query(
            _target_query(), found, lambda source: _target_steps(source, found, target), target
        )
    return queries


@dataclass(frozen=True)
class _Base:
    """What all queries have in common: the rows of the run, converted, and few enough of them."""

    dataset: Dataset
    catalogue: Catalogue
    bounds: Bounds
    split_seed: int
    sampled: bool
    required: frozenset[str]

    def query(
        self,
        query: exp.Select,
        used: Iterable[Used],
        steps: Callable[[str], list[Step]] = lambda source: [],
        target: str | None = None,
        again: bool = False,
    ) -> str:
        """`query` reads the step `looked_at`, or those that `steps` makes of it."""
        dataset = self.dataset
        known = {output.name: output for output in output_columns(dataset, self.catalogue)}
        names = {each.output.name for each in used} | set(roles(dataset).values()) | ({target} if target else set())
        columns = [known[name] for name in sorted(names)]
        made = labelled_steps(dataset, self.catalogue, columns, self.bounds, self.split_seed, self.required)
        made.append(("converted", converted_step(dataset, columns)))
        if again:
            made.append(("seen", _seen(dataset)))
        made.append(("looked_at", self._few_rows(made[-1][0])))
        return print_query(with_steps(query, [*made, *steps("looked_at")]), dataset)

    def _few_rows(self, source: str) -> exp.Select:
        rows = exp.select(exp.Star()).from_(table(source)).where(not_null(column(SPLIT)))
        if not self.sampled:
            return rows
        order = [hash_of(f"leakage|{self.split_seed}", column(ROW_KEY)).asc(), column(ROW_KEY).asc()]
        return rows.order_by(*order).limit(MOST_ROWS)


# --------------------------------------------------------------------------------------------------- query determines


def _item_steps(dataset: Dataset, source: str, used: Sequence[Used]) -> list[Step]:
    """Each value with its rows, and whether all of them have one product."""
    cells = [{COLUMN: integer(number), TEXT: text(comparable(each.output))} for number, each in enumerate(used)]
    product = column(dataset.roles.product_id)
    one = exp.EQ(this=exp.Min(this=product), expression=exp.Max(this=product.copy()))
    values = exp.select(column(COLUMN), as_(count_rows(), "qt_rows"), as_(one, "qt_one")).from_(table("apart"))
    values = values.where(not_null(column(TEXT))).group_by(column(COLUMN), column(TEXT))
    return [("apart", taken_apart(source, cells, keep=[dataset.roles.product_id])), ("values", values)]


def _item_query() -> exp.Select:
    """Columns whose repeated values are more than a few: two equal lines of one order are no evidence."""
    repeated = exp.GTE(this=column("qt_rows"), expression=integer(2))
    rows = exp.Sum(this=if_(repeated, column("qt_rows"), integer(0)))
    shown = [
        as_(count_if(repeated), "repeated_values"),
        as_(count_if(all_([repeated, column("qt_one")])), "of_one_product"),
    ]
    query = exp.select(column(COLUMN), *shown).from_(table("values")).group_by(column(COLUMN))
    enough = exp.GTE(
        this=exp.Mul(this=rows, expression=integer(LEAST_EVIDENCE)), expression=exp.Sum(this=column("qt_rows"))
    )
    return query.having(enough)


# ------------------------------------------------------------------------------------------------------------ history


def _seen(dataset: Dataset) -> exp.Select:
    """All rows, before any are left out, with whether their customer had bought their product before, in train; for
    data without times, whether some other row of train says so."""
    partition = [column(dataset.roles.customer_id), column(dataset.roles.product_id)]
    if dataset.roles.event_time:
        first = window(exp.Min(this=if_(in_split("train", 100), column(SECONDS))), partition)
        before: exp.Expression = exp.LT(this=first, expression=column(SECONDS))
    else:
        before = exp.GT(this=window(count_if(in_split("train", 100)), partition), expression=integer(1))
    return exp.select(exp.Star(), as_(before, BEFORE)).from_(table("converted"))


def _history_query(dataset: Dataset, used: Sequence[Used]) -> exp.Select:
    """Train rows, those whose own product is in each list, and those whose customer had bought the product before."""
    train = in_split("train", 100)
    figures = [as_(count_if(train), "rows"), as_(count_if(all_([train, column(BEFORE)])), "again")]
    for number, each in enumerate(used):
        own = [exp.EQ(this=text(column(ELEMENT)), expression=column(dataset.roles.product_id))]
        found = exp.ArraySize(this=elements(column(each.output.name), text(column(ELEMENT)), own))
        holds_own = exp.GT(this=found, expression=integer(0))
        figures.append(as_(count_if(all_([train, holds_own])), f"own_{number}"))
    return exp.select(*figures).from_(table("looked_at"))


# ------------------------------------------------------------------------------------------------------------- target


def _target_steps(source: str, used: Sequence[Used], target: str) -> list[Step]:
    """Each column's values as numbers beside the target, with the ranks of both; equal values share a mean rank."""
    cells = [{COLUMN: integer(number), NUMBER: _as_number(each.output)} for number, each in enumerate(used)]
    present = as_(not_null(column(NUMBER)), "qt_present")
    beside = exp.select(column(COLUMN), column(NUMBER), as_(cast(column(target), "FLOAT64"), "qt_target"), present)
    own = [column(COLUMN), column("qt_present")]
    ranks = [as_(_mean_rank(own, name), f"{name}_rank") for name in (NUMBER, "qt_target")]
    highest = as_(window(exp.Max(this=column("qt_target")), own), "qt_highest")
    return [
        ("apart", taken_apart(source, cells, keep=[target])),
        ("beside", beside.from_(table("apart"))),
        ("ranked", exp.select(exp.Star(), *ranks, highest).from_(table("beside"))),
    ]


def _target_query() -> exp.Select:
    """For each column: rows, those equal to the target, correlations, and the ranks of the target's higher value."""
    present, target, number = column("qt_present"), column("qt_target"), column(NUMBER)
    positive = all_([present, exp.EQ(this=target, expression=column("qt_highest"))])
    number_rank, target_rank = column(f"{NUMBER}_rank"), column("qt_target_rank")
    figures = {
        "target_rows": count_rows(),
        "equal_rows": count_if(exp.EQ(this=number, expression=target.copy())),
        "pairs": count_if(present),
        "pearson": exp.Corr(this=number.copy(), expression=target.copy()),
        "spearman": exp.Corr(this=if_(present, number_rank), expression=if_(present, target_rank)),
        "target_values": count_distinct(if_(present, target.copy())),
        "positives": count_if(positive),
        "positive_ranks": coalesce(exp.Sum(this=if_(positive, number_rank.copy())), cast(string("0"), "FLOAT64")),
    }
    shown = [as_(figure, name) for name, figure in figures.items()]
    return exp.select(column(COLUMN), *shown).from_(table("ranked")).group_by(column(COLUMN))


def _mean_rank(own: Sequence[exp.Column], name: str) -> exp.Expression:
    """The mean of the first and the last rank that equal values share. (BigQuery has no partitions by FLOAT64, so ties
    cannot be counted directly.)"""
    first, from_end, rows = (
        window(function, [each.copy() for each in own], order)
        for function, order in (
            (exp.Rank(), [column(name).asc()]),
            (exp.Rank(), [column(name).desc()]),
            (count_rows(), []),
        )
    )
    last = exp.Sub(this=exp.Add(this=rows, expression=integer(1)), expression=from_end)
    both = exp.Paren(this=exp.Add(this=first, expression=exp.Paren(this=last)))
    return exp.Div(this=both, expression=cast(string("2"), "FLOAT64"))


def _as_number(output: OutputColumn) -> exp.Expression:
    """Text counts where it is written as a number, so that a copy of the target is found whatever its type."""
    kind = exp.DataType.build("FLOAT64", dialect="bigquery")
    if output.example_type == "bytes":
        return exp.TryCast(this=column(output.name), to=kind, safe=True)
    return cast(column(output.name), "FLOAT64")


def _is_history(feature: object) -> bool:
    return isinstance(feature, HistoryFeature)
