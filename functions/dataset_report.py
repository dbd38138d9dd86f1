"""What there is to say about a dataset: its columns and tables, and what its rows hold (domain S1.7-S1.9, S1f).

Its tables are looked at always, its rows only when nothing is wrong with the document. Each analysis is a part of the
report; one that the warehouse refuses is a warning, and the others are there all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any

from functions.checking import Offer, offer_of
from functions.inquiry import Inquiry, Rows
from functions.services import Services
from shared.analysis.sentences import filter_sentences
from shared.analysis.statistics import column_statistics, statistics_query
from shared.analysis.suggestions import suggest_joins, suggest_roles
from shared.documents import Dataset, Experiment
from shared.preflight import Preflight, preflight
from shared.problems import InvalidDocument
from shared.reports import Content, bounded, shown, shown_columns
from shared.sql import preview_query, split_queries
from shared.tables import primary_alias

PARTS = ("statistics", "preview", "sql")
SPLIT_SEED = 17  # the default of an experiment (S5.1)


def dataset_content(document_id: str, dataset: Dataset, services: Services) -> Content:
    offer = offer_of(dataset, services)
    fields = _of_tables(dataset, offer)
    if not offer.usable:
        return Content(offer.problems, fields, dict.fromkeys(PARTS))
    inquiry = Inquiry(document_id, dataset, offer.catalogue, offer.outputs, services)
    try:
        rows = inquiry.attempt("split", lambda: _preflight(inquiry))
    except InvalidDocument as error:  # the same words that a submission would be refused with
        return Content([*offer.problems, *error.problems], fields, dict.fromkeys(PARTS))
    if rows is not None:
        fields |= _of_rows(dataset, rows)
        inquiry.warnings += rows.warnings
        _ask_about_split(inquiry, rows)
    _ask_about_values(inquiry, rows)
    return Content([*offer.problems, *inquiry.warnings], fields, dict.fromkeys(PARTS) | inquiry.parts)


def _of_tables(dataset: Dataset, offer: Offer) -> dict[str, Any]:
    """What is known without looking at rows."""
    primary = primary_alias(dataset)
    return {
        "columns": shown_columns(offer.outputs),
        "tables": {name: _table(table) for name, table in offer.catalogue.items()},
        "location": next((table.location for table in offer.catalogue.values()), None),
        "roles_suggested": {
            role: [each.to_dict() for each in found] for role, found in suggest_roles(offer.catalogue, primary).items()
        },
        "joins_suggested": [each.to_dict() for each in suggest_joins(offer.catalogue, primary)],
        "filters": filter_sentences(dataset),
    }


def _table(table: Any) -> dict[str, Any]:
    shown = {name: getattr(table, name) for name in ("location", "native", "modified_at", "rows", "bytes")}
    return {**shown, "columns": len(table.columns)}


def _preflight(inquiry: Inquiry) -> Preflight:
    """The rows of a run that asks for nothing in particular (S2.13)."""
    experiment = Experiment.model_validate(
        {
            "owner": inquiry.dataset.owner,
            "created_at": inquiry.dataset.created_at,
            "updated_at": inquiry.dataset.updated_at,
            "feature_config": "any",
            "model_config": "any",
        }
    )
    return preflight(inquiry.dataset, inquiry.catalogue, experiment, inquiry.row)


def _of_rows(dataset: Dataset, rows: Preflight) -> dict[str, Any]:
    """The funnel and the split, by default settings."""
    return {
        "funnel": [asdict(stage) for stage in rows.reference.funnel],
        "filters": filter_sentences(dataset, rows.reference.counts()),
        "first_day": _day(rows.reference.first_day),
        "last_day": _day(rows.reference.last_day),
        "split": {**rows.bounds.to_dict(), "sample_percent": rows.sample_percent},
        "counts": rows.counts.to_dict(),
        "histories": [history.to_dict() for history in rows.histories],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _ask_about_split(inquiry: Inquiry, rows: Preflight) -> None:
    """The SQL of each split with every column, and what it would read (S1.34)."""
    dataset = inquiry.dataset
    names = {output.name for output in inquiry.outputs}
    queries = split_queries(
        dataset, inquiry.catalogue, inquiry.outputs, names, {dataset.roles.product_id}, rows.bounds,
        rows.sample_percent, SPLIT_SEED,
    )  # fmt: skip
    sizes = inquiry.attempt(
        "sql", lambda: {split: inquiry.services.warehouse.bytes_of(sql) for split, sql in queries.items()}
    )
    inquiry.parts["sql"] = bounded({"queries": queries, "bytes": sizes})


def _ask_about_values(inquiry: Inquiry, rows: Preflight | None) -> None:
    dataset, catalogue = inquiry.dataset, inquiry.catalogue
    expected = rows.reference.rows if rows else 0
    inquiry.part("statistics", [statistics_query(dataset, catalogue, expected)], partial(_statistics, inquiry))
    inquiry.part("preview", [preview_query(dataset, catalogue, SPLIT_SEED)], _preview)


def _statistics(inquiry: Inquiry, answers: Sequence[Rows]) -> dict[str, Any]:
    [rows] = answers
    found = column_statistics(inquiry.dataset, inquiry.catalogue, rows)
    return {"columns": [column.to_dict() for column in found.values()]}


def _preview(answers: Sequence[Rows]) -> dict[str, Any]:
    [rows] = answers
    return {"rows": [{name: shown(value) for name, value in row.items()} for row in rows]}
