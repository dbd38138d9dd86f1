"""What there is to say about a dataset while it is being written (domain S1.5-S1.12, S1.34)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.adapters.ports import Refused
from functions.checking import Offer, offer_of, parsed, refusal
from functions.dataset_report import (
    SPLIT_SEED,
    ask_about_joins,
    ask_for_preview,
    default_rows,
    of_rows,
    of_tables,
)
from functions.inquiry import Inquiry
from functions.services import Services
from shared.columns import EXAMPLE_TYPES, column_paths, is_convertible, resolve_columns
from shared.documents import MOST_TABLES, Dataset, Draft
from shared.half_finished import Salvaged, salvaged
from shared.names import as_output_name
from shared.problems import InvalidDocument, Problem, errors
from shared.reports import Content, shown_columns
from shared.sql import preview_query, reference_query
from shared.tables import SourceTable, table_path

MOST_OFFERED = 1_000
LARGEST_OFFER = 25_000  # bytes of a part, which takes 100,000
LARGEST_TABLES = 60_000
LOOKED_AT = ("preview", "join_checks")  # parts that take rows


def dataset_draft(draft: Draft, document_id: str, raw: Mapping[str, Any], services: Services) -> Content:
    dataset, problems = parsed("datasets", document_id, raw)
    part = Salvaged(dataset) if dataset is not None else salvaged(document_id, raw)
    tables, refused = _tables(raw, services)
    parts: dict[str, Any] = {"catalogue": _catalogue(tables, services), **dict.fromkeys(LOOKED_AT)}
    if part.dataset is None:
        return Content([*problems, *refused], {"tables": {}}, parts)
    offer = offer_of(part.dataset, services)
    fields = {
        **of_tables(part.dataset, offer),
        "columns": shown_columns(resolve_columns(part.dataset, offer.catalogue)[0]),
    }
    if part.aside:
        fields["filters"] = []  # they would be counted wrong
    if dataset is None or not offer.usable:
        told = {problem.path for problem in problems}
        found = [each for each in offer.problems if part.is_about(each) and each.path not in told]
        return Content([*problems, *found], fields, parts)
    return _of_valid(draft, document_id, dataset, offer, fields, parts, services)


def _of_valid(
    draft: Draft,
    document_id: str,
    dataset: Dataset,
    offer: Offer,
    fields: dict[str, Any],
    parts: dict[str, Any],
    services: Services,
) -> Content:
    inquiry = Inquiry(document_id, dataset, offer.catalogue, offer.outputs, services)
    fields["look_bytes"] = inquiry.attempt("look", lambda: _bytes(inquiry))
    problems: list[Problem] = []
    if draft.look:
        ask_about_joins(inquiry)
        if not errors(inquiry.warnings):
            problems = _look(inquiry, fields)
    return Content([*offer.problems, *inquiry.warnings, *problems], fields, parts | inquiry.parts)


def _look(inquiry: Inquiry, fields: dict[str, Any]) -> list[Problem]:
    """Where the rows go, how they split, and some of them."""
    try:
        rows = inquiry.attempt("split", lambda: default_rows(inquiry))
    except InvalidDocument as error:  # in the words that a submission would be refused with
        return list(error.problems)
    if rows is not None:
        fields |= of_rows(inquiry.dataset, rows)
        inquiry.warnings += rows.warnings
    ask_for_preview(inquiry)
    return []


def _bytes(inquiry: Inquiry) -> int:
    """What a look would read, about: counting a split reads what the funnel reads, and its days are not known yet."""
    dataset, catalogue, size = inquiry.dataset, inquiry.catalogue, inquiry.services.warehouse.bytes_of
    return 2 * size(reference_query(dataset, catalogue)) + size(preview_query(dataset, catalogue, SPLIT_SEED))


# ---------------------------------------------------------------------------------------------------------- the tables


def _tables(raw: Mapping[str, Any], services: Services) -> tuple[dict[str, SourceTable], list[Problem]]:
    """Those that the draft names, by alias, whatever else is wrong with it, and a problem for each that may not be
    looked at."""
    found: dict[str, SourceTable] = {}
    problems: list[Problem] = []
    for index, alias, name in _named(raw.get("tables")):
        try:
            table = services.warehouse.table(*table_path(name))
        except InvalidDocument:
            continue
        except Refused as error:
            problems.append(refusal(f"tables.{index}.table", error))
            continue
        if table is not None:
            found[alias] = table
    return found, problems


def _named(tables: Any) -> Iterator[tuple[int, str, str]]:
    """As many as a dataset may have: each is asked about."""
    for index, table in enumerate(tables[:MOST_TABLES] if isinstance(tables, Sequence) else ()):
        if isinstance(table, Mapping) and isinstance(name := table.get("table"), str):
            alias = table.get("alias")
            yield index, alias if isinstance(alias, str) else as_output_name(name.rsplit(".", 1)[-1]), name


def _catalogue(tables: Mapping[str, SourceTable], services: Services) -> dict[str, Any]:
    """Every column that could be selected, and every table that could be added; `left_out` counts the others."""
    try:
        offered = services.warehouse.offered(MOST_OFFERED)
    except Refused:  # a right to list is no right that anything else needs
        offered = []
    listed = [{"table": each.name, "kind": each.kind} for each in offered]
    columns = {alias: list(_columns(table)) for alias, table in tables.items()}
    share = LARGEST_TABLES // max(1, len(columns))
    shown = {alias: _fitting(of, share) for alias, of in columns.items()}
    return {
        "tables": shown,
        "offered": _fitting(listed, LARGEST_OFFER),
        "left_out": {
            **{alias: len(columns[alias]) - len(of) for alias, of in shown.items() if len(of) < len(columns[alias])},
            **({"offered": left} if (left := len(listed) - len(_fitting(listed, LARGEST_OFFER))) else {}),
        },
    }


def _columns(table: SourceTable) -> Iterator[dict[str, Any]]:
    for path in column_paths(table.columns):
        column = table.find(path)
        if column is not None:
            kind = column.warehouse_type
            becomes = EXAMPLE_TYPES[kind] if is_convertible(column) else None
            yield {"column": path, "type": kind, "mode": column.mode.upper(), "becomes": becomes}


def _fitting(items: Sequence[dict[str, Any]], longest: int) -> list[dict[str, Any]]:
    """As many from the start as fit into so many bytes of JSON."""
    size = 0
    for index, item in enumerate(items):
        size += len(json.dumps(item).encode())
        if size > longest:
            return list(items[:index])
    return list(items)
