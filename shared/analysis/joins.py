"""What a join does to the rows (domain S1.9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlglot import exp

from shared.columns import ID_TYPES, Catalogue
from shared.documents import Dataset, Join
from shared.names import listed
from shared.problems import Problem
from shared.sql.parts import (
    Step,
    all_,
    as_,
    coalesce,
    column,
    count_rows,
    if_,
    integer,
    is_null,
    not_null,
    print_query,
    subquery,
    table,
    text,
    with_steps,
)
from shared.sql.sources import source_step
from shared.sql.steps import rows_steps
from shared.sql.values import source_column

MOST_MULTIPLIED = 10
LEAST_MATCHED = 0.5
_ROWS = "qt_rows"


@dataclass(frozen=True)
class JoinCheck:
    """Figures of one join: of its two tables alone, before filters and other joins."""

    left: str
    right: str
    index: int  # in the document
    left_rows: int
    right_rows: int  # with a key
    right_keys: int  # distinct
    matched_rows: int  # rows of the left table that find a partner
    rows_after: int

    @property
    def matched_share(self) -> float:
        return self.matched_rows / self.left_rows if self.left_rows else 1.0

    @property
    def factor(self) -> float:
        """Rows after / rows before."""
        return self.rows_after / self.left_rows if self.left_rows else 1.0

    @property
    def rows_per_key(self) -> float:
        return self.right_rows / self.right_keys if self.right_keys else 0.0

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "matched_share": self.matched_share, "factor": self.factor}


def join_check_queries(dataset: Dataset, catalogue: Catalogue) -> dict[int, str]:
    """One query with one row for each join, by its index in the document."""
    return {index: _query(dataset, catalogue, join) for index, join in enumerate(dataset.joins)}


def join_check(dataset: Dataset, index: int, row: Mapping[str, Any]) -> JoinCheck:
    join = dataset.joins[index]
    names = ("left_rows", "right_rows", "right_keys", "matched_rows", "rows_after")
    return JoinCheck(join.left, join.right, index, **{name: int(row[name] or 0) for name in names})


def join_problems(dataset: Dataset, checks: Iterable[JoinCheck]) -> list[Problem]:
    """Rows that repeat, and rows that find no partner; empty tables are another matter."""
    problems = []
    for check in checks:
        path = f"joins.{check.index}.keys"
        keys = listed(key.right for key in dataset.joins[check.index].keys)
        if check.factor > 1:
            problem = f"`{check.right}` has {_digits(check.rows_per_key)} rows per {keys}; {_repeated(check)}."
            remedy = "Join on a unique key or filter the table."
            severity = "error" if check.factor > MOST_MULTIPLIED else "warning"
            problems.append(Problem("W_JOIN_MULTIPLIES", path, problem, remedy, severity))
        if check.left_rows and check.matched_share < LEAST_MATCHED:
            share = f"only {100 * check.matched_share:.3g}%" if check.matched_share else "none"
            problem = f"{share} of the rows of `{check.left}` find a row of `{check.right}`."
            remedy = "Check that the keys mean the same and are written alike."
            problems.append(Problem("W_JOIN_UNMATCHED", path, problem, remedy, "warning"))
    return problems


def _repeated(check: JoinCheck) -> str:
    if check.factor > MOST_MULTIPLIED:
        return f"there would be {_digits(check.factor)} times as many rows (at most {MOST_MULTIPLIED} times)"
    return "each interaction would be repeated"


def _digits(value: float) -> str:
    """Enough of them to see that it is more than one."""
    return f"{value:.1f}" if value >= 1.05 else f"{value:.4g}" if value >= 1.0001 else "more than 1"


def _query(dataset: Dataset, catalogue: Catalogue, join: Join) -> str:
    wanted = {source_step(join.left), source_step(join.right)}
    sources = [step for step in rows_steps(dataset, catalogue, upto="joined", columns=()) if step[0] in wanted]
    steps: list[Step] = [
        *sources,
        ("left_keys", _keys(join.left, [key.left for key in join.keys], _casts(catalogue, join, 0))),
        ("right_keys", _keys(join.right, [key.right for key in join.keys], _casts(catalogue, join, 1))),
    ]
    partners = column(_ROWS, "right_keys")
    left = column(_ROWS, "left_keys")
    alone = integer(1) if join.type == "left" else integer(0)
    known = all_([not_null(column(_name(number))) for number in range(len(join.keys))])
    figures = {
        "left_rows": exp.Sum(this=left),
        "matched_rows": exp.Sum(this=if_(is_null(partners.copy()), integer(0), left.copy())),
        "rows_after": exp.Sum(this=exp.Mul(this=left.copy(), expression=coalesce(partners, alone))),
        "right_rows": subquery(exp.select(exp.Sum(this=column(_ROWS))).from_(table("right_keys")).where(known)),
        "right_keys": subquery(exp.select(count_rows()).from_(table("right_keys")).where(known.copy())),
    }
    same = [
        exp.EQ(this=column(_name(number), "left_keys"), expression=column(_name(number), "right_keys"))
        for number in range(len(join.keys))
    ]
    query = exp.select(*(as_(figure, name) for name, figure in figures.items())).from_(table("left_keys"))
    query = query.join(table("right_keys"), on=all_(same), join_type="LEFT")
    return print_query(with_steps(query, steps), dataset)


def _keys(alias: str, paths: list[str], as_text: list[bool]) -> exp.Select:
    """Each combination of keys with its rows."""
    step = source_step(alias)
    keys = [source_column(path, step) for path in paths]
    keys = [text(key) if cast_it else key for key, cast_it in zip(keys, as_text, strict=True)]
    shown = [as_(key, _name(number)) for number, key in enumerate(keys)]
    query = exp.select(*shown, as_(count_rows(), _ROWS)).from_(table(step))
    return query.group_by(*(key.copy() for key in keys))


def _casts(catalogue: Catalogue, join: Join, side: int) -> list[bool]:
    """Which keys of one side are compared as text: an id that is a number, against one that is text (S1.5)."""
    found = []
    for key in join.keys:
        columns = catalogue[join.left].find(key.left), catalogue[join.right].find(key.right)
        kinds = [known.warehouse_type for known in columns if known is not None]
        found.append(len(set(kinds)) == 2 and ID_TYPES.issuperset(kinds) and kinds[side] == "INT64")
    return found


def _name(number: int) -> str:
    return f"qt_key_{number}"
