"""The query of the statistics (domain S1.30): a histogram of all values in one scan, and its summary."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from shared.analysis.cells import (
    COLUMN,
    HOUR,
    NUMBER,
    TEXT,
    cell,
    elements_apart,
    length_cell,
    stored_outputs,
    taken_apart,
)
from shared.columns import Catalogue, OutputColumn
from shared.documents import Dataset
from shared.hashing import HASH_RANGE
from shared.sql.parts import (
    ROW_KEY,
    Step,
    all_,
    any_,
    as_,
    ascending,
    cast,
    coalesce,
    column,
    count_distinct,
    count_if,
    count_rows,
    descending,
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
from shared.sql.steps import rows_steps

EXACT_ROWS = 10_000_000  # above, distinct values are counted approximately, and the histogram is of a sample
QUANTILES = 20
TOP = 20
LONGEST_SHOWN = 200  # characters of a frequent text
COVERAGE_SIZES = tuple(digit * 10**power for power in range(7) for digit in (1, 2, 5))
RARE_BELOW = (2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000)

_ROWS, _PRESENT, _RANK, _UP_TO, _TOTAL = "qt_rows", "qt_present", "qt_rank", "qt_up_to", "qt_total"
_LEAST, _MOST, _SHARE, _MEAN = "qt_least", "qt_most", "qt_share", "qt_mean"


def statistics_query(dataset: Dataset, catalogue: Catalogue, rows: int, exact_rows: int = EXACT_ROWS) -> str:
    """One row for each column, none without rows. `rows`: how many `filtered` holds, as far as is known."""
    outputs = stored_outputs(dataset, catalogue)
    steps: list[Step] = rows_steps(dataset, catalogue, upto="filtered")
    source = steps[-1][0]
    steps.append(("cells", _cells(dataset, source, outputs)))
    sampled = rows > exact_rows
    if sampled:
        share = integer(HASH_RANGE * exact_rows // rows)
        chosen = exp.LT(this=hash_of("statistics", column(ROW_KEY)), expression=share)
        steps.append(("sampled_rows", exp.select(exp.Star()).from_(table(source)).where(chosen)))
        steps.append(("sampled_cells", _cells(dataset, "sampled_rows", outputs)))
    steps += [
        ("histogram", _histogram("sampled_cells" if sampled else "cells")),
        ("placed", _placed()),
        ("centred", _centred()),
        ("summary", _summary()),
    ]
    if not sampled:
        return print_query(with_steps(exp.select(exp.Star()).from_(table("summary")), steps), dataset)
    steps.append(("totals", _totals()))
    same = exp.EQ(this=column(COLUMN, "summary"), expression=column("total_column", "totals"))
    joined = exp.select(exp.Star()).from_(table("summary")).join(table("totals"), on=same, join_type="INNER")
    return print_query(with_steps(joined, steps), dataset)


# --------------------------------------------------------------------------------------------------------------- steps


def _cells(dataset: Dataset, source: str, outputs: Sequence[OutputColumn]) -> exp.Query:
    """Every value of every row; of a list its length, and its elements as a column of their own."""
    cells = [
        length_cell(number, column(output.name))
        if output.repeated
        else cell(number, column(output.name), output.warehouse_type)
        for number, output in enumerate(outputs)
    ]
    query: exp.Query = taken_apart(source, cells)
    for number, output in enumerate(outputs):
        if output.repeated:
            elements = elements_apart(source, len(outputs) + number, output, dataset.timezone)
            query = query.union(elements, distinct=False, copy=False)
    return query


def _histogram(cells: str) -> exp.Select:
    """Every distinct value with its rows."""
    value = [COLUMN, TEXT, NUMBER]
    present = as_(any_([not_null(column(TEXT)), not_null(column(NUMBER))]), _PRESENT)
    shown = [*map(column, value), present, as_(exp.Max(this=column(HOUR)), HOUR), as_(count_rows(), _ROWS)]
    return exp.select(*shown).from_(table(cells)).group_by(*map(column, value))


def _placed() -> exp.Select:
    """Each value's place among those of its column: by frequency, and by size."""
    own = [COLUMN, _PRESENT]
    by_frequency = [descending(column(_ROWS)), ascending(column(NUMBER)), ascending(column(TEXT))]
    by_size = [ascending(column(NUMBER)), ascending(column(TEXT))]
    windows = {
        _RANK: window(exp.RowNumber(), map(column, own), by_frequency),
        _UP_TO: window(exp.Sum(this=column(_ROWS)), map(column, own), by_size),
        _TOTAL: window(exp.Sum(this=column(_ROWS)), map(column, own)),
        _LEAST: window(exp.Min(this=column(NUMBER)), map(column, own)),
        _MOST: window(exp.Max(this=column(NUMBER)), map(column, own)),
    }
    placed = [as_(value, name) for name, value in windows.items()]
    return exp.select(exp.Star(), *placed).from_(table("histogram"))


def _centred() -> exp.Select:
    """Numbers as their place from the least (0) to the greatest (1), and the mean of that: neither squares of large
    values nor differences of close ones lose anything. Halves, because the range of FLOAT64 is twice its greatest."""
    share = exp.Div(this=_half_of_difference(NUMBER), expression=_nullif_zero(_half_of_difference(_MOST)))
    weighted = exp.Mul(this=column(_ROWS), expression=exp.Paren(this=share))
    mean = exp.Div(this=window(exp.Sum(this=weighted), [column(COLUMN), column(_PRESENT)]), expression=column(_TOTAL))
    return exp.select(exp.Star(), as_(share.copy(), _SHARE), as_(mean, _MEAN)).from_(table("placed"))


def _summary() -> exp.Select:
    present = column(_PRESENT)
    figures = {
        "count": exp.Sum(this=column(_ROWS)),
        "present": _rows_if(present),
        "distinct": count_if(present),
        "min": exp.Min(this=column(NUMBER)),
        "max": exp.Max(this=column(NUMBER)),
        "mean": exp.Max(this=column(_MEAN)),
        "squares": _moment(2),
        "cubes": _moment(3),
        "fractional": _rows_if(_has_fraction()),
        "negative": _rows_if(_is_negative()),
        "characters": exp.Sum(this=exp.Mul(this=column(_ROWS), expression=_length())),
        "hours": count_distinct(column(HOUR)),
    }
    figures |= {f"quantile_{step}": _quantile(step) for step in range(QUANTILES + 1)}
    for rank in range(1, TOP + 1):
        at = exp.EQ(this=column(_RANK), expression=integer(rank))
        here = all_([present, at])
        shown = exp.Substring(this=column(TEXT), start=integer(1), length=integer(LONGEST_SHOWN))
        figures[f"top_{rank}_text"] = exp.Max(this=if_(here, shown))
        figures[f"top_{rank}_number"] = exp.Max(this=if_(here, column(NUMBER)))
        figures[f"top_{rank}_rows"] = exp.Max(this=if_(here, column(_ROWS)))
    for size in COVERAGE_SIZES:
        among = exp.LTE(this=column(_RANK), expression=integer(size))
        figures[f"coverage_{size}"] = _rows_if(all_([present, among]))
    for below in RARE_BELOW:
        seldom = exp.LT(this=column(_ROWS), expression=integer(below))
        figures[f"rare_{below}"] = _rows_if(all_([present, seldom]))
    shown = [as_(figure, name) for name, figure in figures.items()]
    return exp.select(column(COLUMN), *shown).from_(table("centred")).group_by(column(COLUMN))


def _totals() -> exp.Select:
    """What stays a matter of all rows when the histogram is of a sample."""
    value = coalesce(column(TEXT), text(column(NUMBER)))
    figures = {
        "total_count": count_rows(),
        "total_present": count_if(any_([not_null(column(TEXT)), not_null(column(NUMBER))])),
        "total_distinct": exp.ApproxDistinct(this=value),
        "total_min": exp.Min(this=column(NUMBER)),
        "total_max": exp.Max(this=column(NUMBER)),
        "total_mean": exp.Avg(this=column(NUMBER)),
        "total_std": exp.StddevPop(this=column(NUMBER)),
        "total_fractional": count_if(_has_fraction()),
        "total_negative": count_if(_is_negative()),
        "total_length": exp.Avg(this=_length()),
        "total_hours": count_distinct(column(HOUR)),
    }
    shown = [as_(column(COLUMN), "total_column"), *(as_(figure, name) for name, figure in figures.items())]
    return exp.select(*shown).from_(table("cells")).group_by(column(COLUMN))


def _quantile(step: int) -> exp.Expression:
    """The smallest value that at least `step` twentieths of the values do not exceed."""
    reached = exp.GTE(
        this=exp.Mul(this=integer(QUANTILES), expression=column(_UP_TO)),
        expression=exp.Mul(this=integer(step), expression=column(_TOTAL)),
    )
    return exp.Min(this=if_(all_([column(_PRESENT), reached]), column(NUMBER)))


def _moment(power: int) -> exp.Expression:
    from_mean = exp.Paren(this=exp.Sub(this=column(_SHARE), expression=column(_MEAN)))
    product: exp.Expression = column(_ROWS)
    for _ in range(power):
        product = exp.Mul(this=product, expression=from_mean.copy())
    return exp.Sum(this=product)


def _rows_if(condition: exp.Expression) -> exp.Expression:
    return exp.Sum(this=if_(condition, column(_ROWS), integer(0)))


def _has_fraction() -> exp.Expression:
    return exp.NEQ(this=column(NUMBER), expression=exp.Floor(this=column(NUMBER)))


def _is_negative() -> exp.Expression:
    return exp.LT(this=column(NUMBER), expression=cast(string("0"), "FLOAT64"))


def _length() -> exp.Expression:
    return exp.Length(this=column(TEXT), binary=True)  # `LENGTH`: of text its characters


def _half_of_difference(name: str) -> exp.Expression:
    """Half of what a number is above the least."""
    half = cast(string("0.5"), "FLOAT64")
    above = (exp.Mul(this=column(each), expression=half.copy()) for each in (name, _LEAST))
    return exp.Paren(this=exp.Sub(this=next(above), expression=next(above)))


def _nullif_zero(value: exp.Expression) -> exp.Expression:
    return exp.Nullif(this=value, expression=cast(string("0"), "FLOAT64"))
