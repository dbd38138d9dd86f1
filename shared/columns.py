"""Which columns a dataset offers, under which names, and what they become in tf.Example (domain S1.10, S1.12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.documents import Column, Dataset, Fill, History, Table
from shared.names import as_output_name, is_output_name, is_quotable, is_reserved, listed, suggest
from shared.problems import InvalidDocument, Problem
from shared.tables import (
    CATALOGUE_TABLE,
    Catalogue,
    SourceColumn,
    SourceTable,
    primary_alias,
    table_alias,
    table_path,
    tables_needed,
)

__all__ = [
    "CATALOGUE_TABLE",
    "Catalogue",
    "OutputColumn",
    "SourceColumn",
    "SourceTable",
    "missing_column",
    "output_columns",
    "resolve_columns",
    "table_alias",
    "table_path",
    "tables_needed",
]

MOST_COLUMNS = 300
ExampleType = Literal["bytes", "int64", "float"]

EXAMPLE_TYPES: dict[str, ExampleType] = {
    "STRING": "bytes",
    "INT64": "int64",
    "BOOL": "int64",
    "FLOAT64": "float",
    "NUMERIC": "float",
    "BIGNUMERIC": "float",
    "TIMESTAMP": "int64",
    "DATETIME": "int64",
    "DATE": "int64",
    "TIME": "int64",
}
NUMBER_TYPES = frozenset({"INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC"})
DAY_TYPES = frozenset({"TIMESTAMP", "DATETIME", "DATE"})  # hold a calendar day
ID_TYPES = frozenset({"STRING", "INT64"})  # what the id roles accept (S1.5)
ID_ROLES = ("customer_id", "product_id", "order_id")


@dataclass(frozen=True)
class OutputColumn:
    """A column that features, roles and filters may name. The id roles are `bytes`, whatever their type (S1.5).

    `table` is an alias and `source` a column or `struct.field` path of that table; a derived history has the table ""
    and its item's output name as source. `warehouse_type` is the type of the elements of a `repeated` column.
    """

    name: str
    table: str
    source: str
    warehouse_type: str
    example_type: ExampleType
    repeated: bool = False
    label: str | None = None
    nulls: Literal["keep", "drop_row"] | Fill = "keep"
    history: History | None = None


def output_columns(dataset: Dataset, catalogue: Catalogue) -> list[OutputColumn]:
    """The columns of `dataset` by name; raises InvalidDocument with everything that is wrong with their selection."""
    outputs, problems = resolve_columns(dataset, catalogue)
    if problems:
        raise InvalidDocument(f"dataset `{dataset.name}`", problems)
    return outputs


def resolve_columns(dataset: Dataset, catalogue: Catalogue) -> tuple[list[OutputColumn], list[Problem]]:
    """The columns that can be used, derived histories included, and the problems of the others."""
    selected, problems = _select(dataset, catalogue)
    ids = {getattr(dataset.roles, role) for role in ID_ROLES}
    outputs = []
    for column, name in _named(selected, primary_alias(dataset)):
        if is_output_name(name):
            outputs.append(_output(column, name, ids))
        elif column.wanted is not None:
            problems.append(_bad_name(f"{column.path}.name", name))
    histories = [_history(history) for history in dataset.history]
    problems += _clashes(outputs)
    problems += _too_many(dataset, outputs)
    problems += _history_names(dataset, outputs)
    return sorted([*outputs, *histories], key=lambda output: output.name), problems


def missing_column(
    path: str,
    name: str,
    dataset: Dataset,
    outputs: Iterable[OutputColumn],
    catalogue: Catalogue | None,
    code: str,
) -> Problem:
    """Why a document that names `name` does not find it: of an unusable type, not selected, or not there at all."""
    for index, table in enumerate(dataset.tables):
        known = (catalogue or {}).get(table_alias(table))
        source = next((c for c in known.columns if as_output_name(c.name) == name), None) if known else None
        if source is not None and not is_convertible(source):
            return type_problem(path, source)
        if source is not None and _needs_selection(dataset, table):
            problem = f"column `{name}` is in the table but not selected."
            return Problem(code, path, problem, f"Add it to `tables.{index}.columns`.")
    suggestion = suggest(name, (output.name for output in outputs))
    return Problem(code, path, f"the dataset has no column `{name}`.", suggestion)


def type_problem(path: str, column: SourceColumn) -> Problem:
    """E_TYPE (S1.12): examples hold text, numbers and times, and lists of them."""
    if not is_quotable(column.name):
        problem = "the column's name holds a dot or a control character."
        return Problem("E_NAME", path, problem, "Rename it in a view of the table.")
    remedies = {
        "STRUCT": f"Select a field of it, e.g. `{column.name}.{column.fields[0].name if column.fields else 'city'}`.",
        "ARRAY": "Give its elements rows or columns of their own in a view, or leave the column out.",
        "JSON": "Extract a value of it in a view, or leave the column out.",
    }
    remedy = remedies.get(
        column.warehouse_type, "Cast it in a view to text, a number or a time, or leave the column out."
    )
    held = f"{'lists of ' if column.repeated else ''}the type {column.warehouse_type}"
    if column.repeated:
        remedy = "Give its elements columns of their own in a view, or leave the column out."
    return Problem("E_TYPE", path, f"column `{column.name}` holds {held}, which training examples cannot hold.", remedy)


def is_convertible(column: SourceColumn) -> bool:
    """Whether tf.Example can hold the column, or each of its elements (S1.12)."""
    return column.warehouse_type in EXAMPLE_TYPES and is_quotable(column.name)


# --------------------------------------------------------------------------------------------------------- selection


@dataclass(frozen=True)
class _Selected:
    """A usable column of the catalogue; `wanted` is None when the table offers all of its columns."""

    table: str
    source: str
    column: SourceColumn
    path: str
    wanted: Column | None

    @property
    def own_name(self) -> str:
        return as_output_name(self.source.replace(".", "_"))


def _select(dataset: Dataset, catalogue: Catalogue) -> tuple[list[_Selected], list[Problem]]:
    selected: list[_Selected] = []
    problems: list[Problem] = []
    for index, table in enumerate(dataset.tables):
        alias = table_alias(table)
        known = catalogue.get(alias)
        if known is None:
            continue  # E_TABLE_NOT_FOUND is the business of validation
        if table.columns is not None:
            selected += _listed(table.columns, known, alias, f"tables.{index}.columns", problems)
        elif alias == primary_alias(dataset):
            offered = (column for column in known.columns if is_convertible(column))
            selected += [_Selected(alias, column.name, column, f"tables.{index}.table", None) for column in offered]
    return selected, problems


def _listed(
    columns: Iterable[Column], known: SourceTable, alias: str, path: str, problems: list[Problem]
) -> Iterator[_Selected]:
    """The columns that the document lists; only spellings of the catalogue are accepted (S0.5)."""
    for index, wanted in enumerate(columns):
        column = known.find(wanted.column) or next((c for c in known.columns if c.name == wanted.column), None)
        where = f"{path}.{index}"
        if column is None:
            problem = f"the table has no column `{wanted.column}`."
            remedy = suggest(wanted.column, column_paths(known.columns))
            problems.append(Problem("E_COLUMN_NOT_FOUND", f"{where}.column", problem, remedy))
        elif not is_convertible(column):
            problems.append(type_problem(f"{where}.column", column))
        else:
            yield _Selected(alias, wanted.column, column, where, wanted)


def column_paths(columns: Iterable[SourceColumn], before: str = "") -> Iterator[str]:
    """Every path that a document may name: columns, and fields of structs that are not repeated."""
    for column in columns:
        yield before + column.name
        if not column.repeated:
            yield from column_paths(column.fields, f"{before}{column.name}.")


def _named(selected: Iterable[_Selected], primary: str) -> Iterator[tuple[_Selected, str]]:
    """Each column with its output name, whatever the order of anything (S1.10)."""
    selected = list(selected)
    first = {id(column): (column.wanted and column.wanted.name) or column.own_name for column in selected}
    holders = Counter(name.lower() for name in first.values())
    for column in selected:
        name = first[id(column)]
        given = column.wanted is not None and column.wanted.name is not None
        if not given and column.table != primary and holders[name.lower()] > 1:
            name = f"{column.table}_{name}"
        yield column, name


def _output(selected: _Selected, name: str, ids: set[str | None]) -> OutputColumn:
    kind = selected.column.warehouse_type
    wanted = selected.wanted
    return OutputColumn(
        name=name,
        table=selected.table,
        source=selected.source,
        warehouse_type=kind,
        example_type="bytes" if name in ids else EXAMPLE_TYPES[kind],
        repeated=selected.column.repeated,
        label=wanted.label if wanted else None,
        nulls=wanted.nulls if wanted else "keep",
    )


def _history(history: History) -> OutputColumn:
    """S1.24: ids as the roles hold them, whatever the type of the item."""
    return OutputColumn(history.name, "", history.item, "STRING", "bytes", repeated=True, history=history)


# ---------------------------------------------------------------------------------------------------------- problems


def _needs_selection(dataset: Dataset, table: Table) -> bool:
    """Whether a table offers only what it lists."""
    is_primary = table_alias(table) == primary_alias(dataset)
    return table.columns is not None or not is_primary


def _bad_name(path: str, name: str) -> Problem:
    reason = "names that start with `qt_` are reserved" if is_reserved(name) else "a name has at most 64 characters"
    return Problem("E_NAME", path, f"`{name}` cannot be an output name: {reason}.", "Give the column another `name`.")


def _clashes(outputs: Iterable[OutputColumn]) -> Iterator[Problem]:
    """E_NAME_CLASH (S1.10): names are equal when they differ in case only."""
    outputs = list(outputs)
    for name, same in _by_lower_name(outputs).items():
        if len(same) > 1:
            several = len({output.table for output in outputs}) > 1
            sources = listed(f"{output.table}.{output.source}" if several else output.source for output in same)
            problem = f"columns {sources} would share the name `{name}`."
            yield Problem("E_NAME_CLASH", "tables", problem, "Give one a `name`.")


def _too_many(dataset: Dataset, outputs: Sequence[OutputColumn]) -> Iterator[Problem]:
    """E_COLUMN_COUNT: what is said about each column has to fit into documents, and into one query."""
    if len(outputs) > MOST_COLUMNS:
        index = next(i for i, table in enumerate(dataset.tables) if table_alias(table) == primary_alias(dataset))
        problem = f"the dataset offers {len(outputs):,} columns, and at most {MOST_COLUMNS} can be looked at."
        yield Problem("E_COLUMN_COUNT", f"tables.{index}.columns", problem, "List those that may matter in `columns`.")


def _by_lower_name(outputs: Iterable[OutputColumn]) -> Mapping[str, list[OutputColumn]]:
    found: dict[str, list[OutputColumn]] = {}
    for output in outputs:
        found.setdefault(output.name.lower(), []).append(output)
    return found


def _history_names(dataset: Dataset, outputs: Iterable[OutputColumn]) -> Iterator[Problem]:
    taken = {output.name.lower() for output in outputs}
    for index, history in enumerate(dataset.history):
        path = f"history.{index}.name"
        if is_reserved(history.name):
            yield _bad_name(path, history.name)
        elif history.name.lower() in taken:
            problem = f"another column has the name `{history.name}` too."
            yield Problem("E_NAME_CLASH", path, problem, "Give the history another `name`.")
        taken.add(history.name.lower())
