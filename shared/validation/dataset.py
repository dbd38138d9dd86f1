"""Rules of a dataset over the warehouse's catalogue (domain S1.5, S1.22)."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Sequence
from functools import cache

from shared.columns import (
    DAY_TYPES,
    ID_ROLES,
    ID_TYPES,
    NUMBER_TYPES,
    OutputColumn,
    SourceColumn,
    missing_column,
    resolve_columns,
    table_path,
)
from shared.documents import Dataset
from shared.names import listed, suggest
from shared.problems import InvalidDocument, Problem, by_path

ROLE_TYPES = {**dict.fromkeys(ID_ROLES, ID_TYPES), "event_time": DAY_TYPES}

Outputs = dict[str, OutputColumn]


def validate_dataset(dataset: Dataset, catalogue: Sequence[SourceColumn]) -> list[Problem]:
    """Everything that is wrong with a dataset over a table with these columns, ordered by path."""
    outputs, problems = resolve_columns(dataset, catalogue)
    by_name = {output.name: output for output in outputs}
    problems += _table_problems(dataset)
    problems += _timezone_problems(dataset)
    problems += _role_problems(dataset, by_name, catalogue)
    problems += _filter_problems(dataset, by_name, catalogue)
    return by_path(problems)


def _table_problems(dataset: Dataset) -> list[Problem]:
    try:
        table_path(dataset)
    except InvalidDocument as error:
        return error.problems
    return []


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


def _role_problems(dataset: Dataset, outputs: Outputs, catalogue: Sequence[SourceColumn]) -> Iterator[Problem]:
    roles = {role: name for role in ROLE_TYPES if (name := getattr(dataset.roles, role)) is not None}
    for role, name in roles.items():
        path = f"roles.{role}"
        if name not in outputs:
            yield missing_column(path, name, dataset, outputs.values(), catalogue, "E_COLUMN_NOT_FOUND")
        elif outputs[name].warehouse_type not in ROLE_TYPES[role]:
            allowed = " or ".join(sorted(ROLE_TYPES[role]))
            problem = f"column `{name}` is {outputs[name].warehouse_type}, and `{role}` must be {allowed}."
            yield Problem("E_ROLE_TYPE", path, problem, "Choose another column, or cast it in a view of the table.")
        others = [other for other, same in roles.items() if same == name and other != role]
        if others and role > min(others):
            problem = f"column `{name}` also holds the role {listed(others)}."
            yield Problem("E_ROLE_TWICE", path, problem, "Give each role a column of its own.")


def _filter_problems(dataset: Dataset, outputs: Outputs, catalogue: Sequence[SourceColumn]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, rule in enumerate(dataset.filters.rows):
        path = f"filters.rows.{index}.column"
        if rule.column not in outputs:
            yield missing_column(path, rule.column, dataset, outputs.values(), catalogue, "E_COLUMN_NOT_FOUND")
        elif outputs[rule.column].warehouse_type not in NUMBER_TYPES:
            problem = f"column `{rule.column}` is {outputs[rule.column].warehouse_type}, not a number."
            yield Problem("E_FILTER_TYPE", path, problem, "Filter a column of numbers.")
        if rule.column in seen:
            problem = f"column `{rule.column}` is filtered twice."
            yield Problem("E_FILTER_TWICE", path, problem, "Keep one filter for a column.")
        seen.add(rule.column)
