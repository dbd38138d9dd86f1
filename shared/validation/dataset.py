"""Rules of a dataset over the warehouse's catalogue (domain S1.1-S1.5, S1.14, S1.15, S1.22, S1.24, S1.35)."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from shared.columns import (
    DAY_TYPES,
    ID_ROLES,
    ID_TYPES,
    NUMBER_TYPES,
    OutputColumn,
    is_convertible,
    missing_column,
    resolve_columns,
    type_problem,
)
from shared.documents import CatalogueTable, Dataset, Fill
from shared.names import is_output_name, listed, suggest
from shared.problems import InvalidDocument, Problem, by_path
from shared.sql.values import NoLiteral, fill_literal
from shared.tables import CATALOGUE_TABLE, Catalogue, SourceTable, table_alias, table_path, tables_needed
from shared.validation.filters import filter_problems
from shared.validation.joins import join_problems

ROLE_TYPES = {
    **dict.fromkeys(ID_ROLES, ID_TYPES),
    "event_time": DAY_TYPES,
    "revenue": NUMBER_TYPES,
    "quantity": NUMBER_TYPES,
}

MOST_DIFFERENCES = 50  # that one sentence lists

Outputs = Mapping[str, OutputColumn]


def validate_dataset(dataset: Dataset, catalogue: Catalogue) -> list[Problem]:
    """Everything that is wrong with a dataset over tables with these columns, ordered by path.

    A table that the warehouse does not have is not in `catalogue`.
    """
    outputs, problems = resolve_columns(dataset, catalogue)
    by_name = {output.name: output for output in outputs}
    problems += _table_problems(dataset, catalogue)
    problems += _location_problems(dataset, catalogue)
    problems += join_problems(dataset, catalogue)
    problems += _timezone_problems(dataset)
    problems += _null_problems(dataset, outputs)
    problems += _role_problems(dataset, by_name, catalogue)
    problems += filter_problems(dataset, by_name, catalogue)
    problems += _history_problems(dataset, by_name, catalogue)
    problems += _catalogue_problems(dataset, catalogue)
    return by_path(problems)


# ------------------------------------------------------------------------------------------------------------ tables


def _table_problems(dataset: Dataset, catalogue: Catalogue) -> Iterator[Problem]:
    taken: set[str] = set()
    for index, table in enumerate(dataset.tables):
        alias = table_alias(table)
        yield from _no_table(f"tables.{index}.table", table.table, alias, catalogue)
        if not is_output_name(alias):
            problem = f"`{alias}` cannot stand for a table in joins and names."
            remedy = "Give the table an `alias` of letters, digits and `_`, at most 64, that does not begin with `qt_`."
            yield Problem("E_NAME", f"tables.{index}.alias", problem, remedy)
        elif alias.lower() in taken:
            problem = f"another table is called `{alias}` too."
            yield Problem("E_NAME_CLASH", f"tables.{index}.alias", problem, "Give each table an `alias` of its own.")
        taken.add(alias.lower())


def _no_table(path: str, name: str, key: str, catalogue: Catalogue) -> Iterator[Problem]:
    """E_TABLE_NAME, or E_TABLE_NOT_FOUND."""
    try:
        table_path(name)
    except InvalidDocument as error:
        yield from (Problem(found.code, path, found.problem, found.remedy) for found in error.problems)
        return
    if key not in catalogue:
        problem = f"the warehouse has no table `{name}`."
        remedy = "Load it first, e.g. `quicktest import FILE`, or name another table."
        yield Problem("E_TABLE_NOT_FOUND", path, problem, remedy)


def _location_problems(dataset: Dataset, catalogue: Catalogue) -> Iterator[Problem]:
    """One query reads tables of one location only (S1.1)."""
    names = {key: name for key, name in tables_needed(dataset).items() if key in catalogue}
    located = {names[key]: place for key in names if (place := catalogue[key].location) is not None}
    if len({place.lower() for place in located.values()}) > 1:
        places = "; ".join(f"`{name}` in {place}" for name, place in located.items())
        yield Problem("E_LOCATION_MIX", "tables", f"the tables lie apart: {places}.", "Copy them to one location.")
        return
    for name, place in located.items():
        if dataset.location is not None and dataset.location.lower() != place.lower():
            problem = f"table `{name}` lies in {place}, not in {dataset.location}."
            remedy = f"Write `location: {place}`, or leave it out."
            yield Problem("E_LOCATION_MIX", "location", problem, remedy)
            return


def _catalogue_problems(dataset: Dataset, catalogue: Catalogue) -> Iterator[Problem]:
    """The table of candidates (S2.12)."""
    rule = dataset.catalogue
    if not isinstance(rule, CatalogueTable):
        return
    yield from _no_table("catalogue.table", rule.table, CATALOGUE_TABLE, catalogue)
    known = catalogue.get(CATALOGUE_TABLE)
    if known is None:
        return
    yield from _of_type("catalogue.product_id", rule.product_id, known, ID_TYPES)
    if rule.where_active is not None:
        yield from _of_type("catalogue.where_active", rule.where_active, known, frozenset({"BOOL"}))


def _of_type(path: str, name: str, known: SourceTable, allowed: frozenset[str]) -> Iterator[Problem]:
    column = known.find(name)
    if column is None:
        remedy = suggest(name, (each.name for each in known.columns))
        yield Problem("E_COLUMN_NOT_FOUND", path, f"the table has no column `{name}`.", remedy)
    elif not is_convertible(column):
        yield type_problem(path, column)
    elif column.repeated or column.warehouse_type not in allowed:
        kind = "a list" if column.repeated else column.warehouse_type
        problem = f"column `{name}` is {kind}, and must be {' or '.join(sorted(allowed))}."
        yield Problem("E_ROLE_TYPE", path, problem, "Choose another column, or cast it in a view of the table.")


# ----------------------------------------------------------------------------------------------------------- columns


def _timezone_problems(dataset: Dataset) -> list[Problem]:
    if dataset.timezone in _timezones():
        return []
    problem = f"`{dataset.timezone}` is not a time zone."
    known = suggest(dataset.timezone, _timezones())
    remedy = known if known.startswith("Did you mean") else "Use an IANA name such as `Europe/Berlin` or `UTC`."
    return [Problem("E_TIMEZONE", "timezone", problem, remedy)]


@cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _null_problems(dataset: Dataset, outputs: Iterable[OutputColumn]) -> Iterator[Problem]:
    """`nulls` must mean something for the column, and a fill must be of its type (S1.14)."""
    by_source = {(output.table, output.source): output for output in outputs}
    for number, table in enumerate(dataset.tables):
        for index, column in enumerate(table.columns or ()):
            output = by_source.get((table_alias(table), column.column))
            if output is None or column.nulls == "keep":
                continue
            path = f"tables.{number}.columns.{index}.nulls"
            if output.repeated:
                problem = f"column `{output.name}` is a list, which is never missing, only empty."
                yield Problem("E_NULLS", path, problem, "Leave `nulls` out.")
            elif isinstance(column.nulls, Fill):
                yield from _fill_problems(path, column.nulls, output)


def _fill_problems(path: str, nulls: Fill, output: OutputColumn) -> Iterator[Problem]:
    try:
        fill_literal(nulls.fill, output.warehouse_type)
    except NoLiteral as error:
        problem = f"{nulls.fill!r} cannot fill column `{output.name}`, which is {output.warehouse_type}."
        yield Problem("E_NULLS", f"{path}.fill", problem, f"Give {error}.")


def _role_problems(dataset: Dataset, outputs: Outputs, catalogue: Catalogue) -> Iterator[Problem]:
    roles = {role: name for role in ROLE_TYPES if (name := getattr(dataset.roles, role)) is not None}
    for role, name in roles.items():
        path = f"roles.{role}"
        if name not in outputs:
            yield missing_column(path, name, dataset, outputs.values(), catalogue, "E_COLUMN_NOT_FOUND")
        elif outputs[name].repeated or outputs[name].warehouse_type not in ROLE_TYPES[role]:
            allowed = " or ".join(sorted(ROLE_TYPES[role]))
            kind = "a list" if outputs[name].repeated else outputs[name].warehouse_type
            problem = f"column `{name}` is {kind}, and `{role}` must be {allowed}."
            yield Problem("E_ROLE_TYPE", path, problem, "Choose another column, or cast it in a view of the table.")
        others = [other for other, same in roles.items() if same == name and other != role]
        if others and role > min(others):
            problem = f"column `{name}` also holds the role {listed(others)}."
            yield Problem("E_ROLE_TWICE", path, problem, "Give each role a column of its own.")


def _history_problems(dataset: Dataset, outputs: Outputs, catalogue: Catalogue) -> Iterator[Problem]:
    """S1.24."""
    for index, history in enumerate(dataset.history):
        path = f"history.{index}.item"
        item = outputs.get(history.item)
        if item is None:
            yield missing_column(path, history.item, dataset, outputs.values(), catalogue, "E_COLUMN_NOT_FOUND")
        elif item.repeated or item.warehouse_type not in ID_TYPES:
            kind = "a list" if item.repeated else item.warehouse_type
            problem = f"column `{item.name}` is {kind}; a history holds ids, which are STRING or INT64."
            yield Problem("E_ROLE_TYPE", path, problem, "Choose a column of ids, such as the product's.")
        if history.mode == "point_in_time" and dataset.roles.event_time is None:
            problem = "a history before each purchase needs to know when purchases were made."
            remedy = "Map `roles.event_time`, or use `mode: profile`."
            yield Problem("E_ROLE_MISSING", f"history.{index}.mode", problem, remedy)


# ------------------------------------------------------------------------------------------------- changes of a schema


def schema_of(dataset: Dataset, catalogue: Catalogue) -> dict[str, list[dict[str, str]]]:
    """Name, type and mode of every column that the dataset reads, by table: what a snapshot keeps (S1.15)."""
    outputs, _ = resolve_columns(dataset, catalogue)
    paths = {(output.table, output.source) for output in outputs if output.table}
    for join in dataset.joins:
        paths |= {(join.left, key.left) for key in join.keys} | {(join.right, key.right) for key in join.keys}
    if isinstance(dataset.catalogue, CatalogueTable):
        named = (dataset.catalogue.product_id, dataset.catalogue.where_active)
        paths |= {(CATALOGUE_TABLE, path) for path in named if path is not None}
    schema: dict[str, list[dict[str, str]]] = {}
    for key, path in sorted(paths):
        column = catalogue[key].find(path) if key in catalogue else None
        if column is not None:
            described = {"name": path, "type": column.warehouse_type, "mode": column.mode.upper()}
            schema.setdefault(key, []).append(described)
    return schema


def schema_changes(before: Mapping[str, Any], dataset: Dataset, catalogue: Catalogue) -> list[Problem]:
    """E_SCHEMA_CHANGED (S1.15) when the live tables are not what `before`, an earlier `schema_of`, holds."""
    now = _cells(schema_of(dataset, catalogue))
    differences = [
        f"`{table}.{column}` was {_told(cell)} and is {_told(now.get((table, column)))}"
        for (table, column), cell in _cells(before).items()
        if now.get((table, column)) != cell
    ]
    if not differences:
        return []
    remedy = "Save the dataset again, look at its report, and start a new experiment."
    more = f" and {len(differences) - MOST_DIFFERENCES} more" if len(differences) > MOST_DIFFERENCES else ""
    problem = f"{'; '.join(differences[:MOST_DIFFERENCES])}{more}."
    return [Problem("E_SCHEMA_CHANGED", "tables", problem, remedy)]


def _cells(schema: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (table, column["name"]): (column["type"], column["mode"])
        for table, columns in sorted(schema.items())
        for column in columns
    }


def _told(cell: tuple[str, str] | None) -> str:
    if cell is None:
        return "not there"
    return cell[0] if cell[1] == "NULLABLE" else f"{cell[0]} {cell[1]}"
