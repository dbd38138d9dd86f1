"""How revenue is spread over products, or over customers (domain S1.19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from shared.columns import Catalogue
from shared.documents import Dataset
from shared.sql.entities import ID, REVENUE, Entity, figures, in_top
from shared.sql.parts import (
    Step,
    any_,
    as_,
    ascending,
    cast,
    column,
    count_if,
    count_rows,
    descending,
    integer,
    print_query,
    table,
    window,
    with_steps,
)
from shared.sql.steps import rows_steps

MARKERS = (70, 80, 90, 95)
MOST_POINTS = 500
_RANK, _SUM, _TOTAL, _ENTITIES = "rank", "sum", "total", "entities"


@dataclass(frozen=True)
class Pareto:
    """`points`: (the n best, their share of the revenue); `kept`: the number that a filter of p percent keeps."""

    entities: int
    total: float
    points: Sequence[tuple[int, float]]
    kept: Mapping[int, int]

    def to_dict(self) -> dict[str, Any]:
        return {
            "entities": self.entities,
            "total": self.total,
            "points": [{"count": count, "share": share} for count, share in self.points],
            "markers": [{"percent": percent, "kept": kept} for percent, kept in self.kept.items()],
        }


def pareto_query(dataset: Dataset, catalogue: Catalogue, entity: Entity) -> str:
    """At most 500 points of the curve, the best first, each beside the figures of the whole; needs a revenue role.

    Of the rows that pass the row filters and the window (S1.16), which is what the filter itself is fitted on.
    """
    if dataset.roles.revenue is None:
        raise ValueError("the curve needs `roles.revenue`; ask for it only when the role is mapped")
    steps: list[Step] = rows_steps(dataset, catalogue, upto="base", columns=())
    steps += [
        ("earned", figures(dataset, entity, {"top"}).from_(table("base"))),
        ("ranked", _ranked()),
        ("marked", _marked()),
    ]
    names = (_RANK, _SUM, _TOTAL, _ENTITIES, *map(_kept, MARKERS))
    query = exp.select(*map(column, names)).from_(table("marked")).where(_is_shown())
    return print_query(with_steps(query.order_by(column(_RANK).asc()), steps), dataset)


def pareto(rows: Iterable[Mapping[str, Any]]) -> Pareto:
    """Empty without rows; the shares are 0 when there is no revenue at all."""
    rows = list(rows)
    if not rows:
        return Pareto(0, 0.0, (), {percent: 0 for percent in MARKERS})
    total = float(rows[0][_TOTAL])
    points = [(int(row[_RANK]), float(row[_SUM]) / total if total > 0 else 0.0) for row in rows]
    kept = {percent: int(rows[0][_kept(percent)]) for percent in MARKERS}
    return Pareto(int(rows[0][_ENTITIES]), total, points, kept)


def _ranked() -> exp.Select:
    order = [descending(column(REVENUE)), ascending(column(ID))]
    windows = {
        _RANK: window(exp.RowNumber(), order=order),
        _SUM: window(exp.Sum(this=column(REVENUE)), order=[each.copy() for each in order]),
        _TOTAL: window(exp.Sum(this=column(REVENUE))),
        _ENTITIES: window(count_rows()),
    }
    inside = [as_(in_top(percent), _inside(percent)) for percent in MARKERS]
    return exp.select(*(as_(value, name) for name, value in windows.items()), *inside).from_(table("earned"))


def _marked() -> exp.Select:
    kept = [as_(window(count_if(column(_inside(percent)))), _kept(percent)) for percent in MARKERS]
    return exp.select(exp.Star(), *kept).from_(table("ranked"))


def _is_shown() -> exp.Expression:
    """The first, the last, the markers, and equal steps between them."""
    steps = MOST_POINTS - len(MARKERS) - 2
    apart = exp.Div(this=column(_ENTITIES), expression=cast(integer(steps), "FLOAT64"))
    step = cast(exp.Ceil(this=apart), "INT64")
    corners = [exp.EQ(this=column(_RANK), expression=integer(1))]
    corners += [exp.EQ(this=column(_RANK), expression=column(name)) for name in (_ENTITIES, *map(_kept, MARKERS))]
    even = exp.EQ(this=exp.Mod(this=column(_RANK), expression=step), expression=integer(0))
    return any_([*corners, even])


def _inside(percent: int) -> str:
    return f"inside_{percent}"


def _kept(percent: int) -> str:
    return f"kept_{percent}"
