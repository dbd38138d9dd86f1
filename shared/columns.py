"""Which columns a dataset offers, under which names, and what they become in tf.Example (domain S1.10, S1.12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.documents import Column, Dataset
from shared.names import as_output_name, is_output_name, is_quotable, is_reserved, listed, suggest
from shared.problems import InvalidDocument, Problem

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
_ALIASES = {
    "INTEGER": "INT64",
    "FLOAT": "FLOAT64",
    "BOOLEAN": "BOOL",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
    "RECORD": "STRUCT",
}


@dataclass(frozen=True)
class SourceColumn:
    """A column as the warehouse's catalogue lists it; `type` in BigQuery's REST or standard spelling."""

    name: str
    type: str
    mode: str = "NULLABLE"

    @property
    def warehouse_type(self) -> str:
        """The standard type without parameters (`NUMERIC(10, 2)` is NUMERIC); ARRAY for a repeated column."""
        if self.mode.upper() == "REPEATED":
            return "ARRAY"
        name = re.split(r"[(<]", self.type.upper(), maxsplit=1)[0].strip()
        return _ALIASES.get(name, name)


@dataclass(frozen=True)
class OutputColumn:
    """A column that features, roles and filters may name. The id roles are `bytes`, whatever their type (S1.5)."""

    name: str
    source: str
    warehouse_type: str
    example_type: ExampleType


def table_path(dataset: Dataset) -> tuple[str | None, str, str]:
    """Project (None: the deployment's), dataset and table; raises InvalidDocument."""
    parts = dataset.tables[0].table.rsplit(".", 2)
    if len(parts) < 2 or not all(parts) or not all(map(is_quotable, parts)):
        raise InvalidDocument(document_name(dataset), [_not_a_table(dataset.tables[0].table)])
    project, name, table = [None, *parts] if len(parts) == 2 else parts
    return project, name, table


def output_columns(dataset: Dataset, catalogue: Sequence[SourceColumn]) -> list[OutputColumn]:
    """The columns of `dataset` by name; raises InvalidDocument with everything that is wrong with their selection."""
    outputs, problems = resolve_columns(dataset, catalogue)
    if problems:
        raise InvalidDocument(document_name(dataset), problems)
    return outputs


def resolve_columns(dataset: Dataset, catalogue: Sequence[SourceColumn]) -> tuple[list[OutputColumn], list[Problem]]:
    """The columns that can be used, and the problems of the others."""
    selection = dataset.tables[0].columns
    if selection is None:
        found, problems = _convertible(catalogue), []
        path = "tables.0.table"
    else:
        found, problems = _selected(selection, catalogue)
        path = "tables.0.columns"
    problems += _clashes(found, path)
    id_columns = {getattr(dataset.roles, role) for role in ID_ROLES}
    outputs = [_output(name, source, id_columns) for name, source in found]
    return sorted(outputs, key=lambda output: output.name), problems


def document_name(dataset: Dataset) -> str:
    return f"dataset `{dataset.name}`"


def missing_column(
    path: str,
    name: str,
    dataset: Dataset,
    outputs: Iterable[OutputColumn],
    catalogue: Sequence[SourceColumn],
    code: str,
) -> Problem:
    """Why a document that names `name` does not find it: of an unusable type, not selected, or not there at all."""
    source = next((column for column in catalogue if as_output_name(column.name) == name), None)
    if source is not None and not _is_convertible(source):
        return type_problem(path, source)
    if source is not None and dataset.tables[0].columns is not None:
        return Problem(
            code, path, f"column `{name}` is in the table but not selected.", "Add it to `tables.0.columns`."
        )
    suggestion = suggest(name, (output.name for output in outputs))
    return Problem(code, path, f"the dataset has no column `{name}`.", suggestion)


def type_problem(path: str, column: SourceColumn) -> Problem:
    """E_TYPE (S1.12): examples hold text, numbers and times only."""
    if not is_quotable(column.name):
        problem = "the column's name holds a dot or a control character."
        return Problem("E_NAME", path, problem, "Rename it in a view of the table.")
    remedies = {
        "STRUCT": "Select a field of it through a view that gives the field a column of its own.",
        "ARRAY": "Give its elements rows or columns of their own in a view, or leave the column out.",
        "JSON": "Extract a value of it in a view, or leave the column out.",
    }
    remedy = remedies.get(
        column.warehouse_type, "Cast it in a view to text, a number or a time, or leave the column out."
    )
    held = "lists" if column.warehouse_type == "ARRAY" else f"the type {column.warehouse_type}"
    return Problem("E_TYPE", path, f"column `{column.name}` holds {held}, which training examples cannot hold.", remedy)


def _not_a_table(table: str) -> Problem:
    remedy = "Write `dataset.table` or `project.dataset.table`."
    return Problem("E_TABLE_NAME", "tables.0.table", f"`{table}` is not the name of a table.", remedy)


def _is_convertible(column: SourceColumn) -> bool:
    return column.warehouse_type in EXAMPLE_TYPES and is_quotable(column.name)


def _convertible(catalogue: Iterable[SourceColumn]) -> list[tuple[str, SourceColumn]]:
    """Every column that can be used under its own name; the others are simply not on offer."""
    named = [(as_output_name(column.name), column) for column in catalogue if _is_convertible(column)]
    return [(name, column) for name, column in named if is_output_name(name)]


def _selected(
    selection: Iterable[Column], catalogue: Sequence[SourceColumn]
) -> tuple[list[tuple[str, SourceColumn]], list[Problem]]:
    """The columns that the document lists; only spellings of the catalogue are accepted (S0.5)."""
    by_name = {column.name: column for column in catalogue}
    found, problems = [], []
    for index, wanted in enumerate(selection):
        path = f"tables.0.columns.{index}"
        column = by_name.get(wanted.column)
        name = wanted.name or as_output_name(wanted.column)
        if column is None:
            problem = f"the table has no column `{wanted.column}`."
            problems.append(Problem("E_COLUMN_NOT_FOUND", f"{path}.column", problem, suggest(wanted.column, by_name)))
        elif not _is_convertible(column):
            problems.append(type_problem(f"{path}.column", column))
        elif not is_output_name(name):
            problems.append(_bad_name(f"{path}.name", name))
        else:
            found.append((name, column))
    return found, problems


def _bad_name(path: str, name: str) -> Problem:
    reason = "names that start with `qt_` are reserved" if is_reserved(name) else "a name has at most 64 characters"
    return Problem("E_NAME", path, f"`{name}` cannot be an output name: {reason}.", "Give the column another `name`.")


def _clashes(found: Iterable[tuple[str, SourceColumn]], path: str) -> list[Problem]:
    """E_NAME_CLASH (S1.10): names are equal when they differ in case only."""
    sources: dict[str, list[str]] = {}
    for name, column in found:
        sources.setdefault(name.lower(), []).append(column.name)
    return [
        Problem("E_NAME_CLASH", path, f"columns {listed(same)} would share the name `{name}`.", "Give one a `name`.")
        for name, same in sources.items()
        if len(same) > 1
    ]


def _output(name: str, column: SourceColumn, id_columns: set[str | None]) -> OutputColumn:
    example_type = "bytes" if name in id_columns else EXAMPLE_TYPES[column.warehouse_type]
    return OutputColumn(name, column.name, column.warehouse_type, example_type)
