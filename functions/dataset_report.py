"""What there is to say about a dataset: its columns and tables, and what its rows hold (domain S1.7-S1.9, S1f).

Its tables are looked at always, its rows only when nothing is wrong with the document. Each analysis is a part of the
report; one that the warehouse refuses is a warning, and the others are there all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any

from functions.checking import Offer, offer_of
from functions.inquiry import Inquiry, Rows
from functions.services import Services
from shared.analysis.dependence import dependence_query, dependencies, distinct_pairs, pairs_query
from shared.analysis.figures import fitting
from shared.analysis.joins import join_check, join_check_queries, join_problems
from shared.analysis.pareto import pareto, pareto_query
from shared.analysis.preview import funnel, preview
from shared.analysis.quality import issues, quality
from shared.analysis.row_facts import Facts, facts_query
from shared.analysis.sentences import filter_sentences
from shared.analysis.statistics import column_statistics, statistics_query
from shared.analysis.suggestions import newest_values, suggest_joins, suggest_roles
from shared.defaults import smart_defaults
from shared.documents import Dataset, Experiment
from shared.preflight import Preflight, preflight
from shared.problems import InvalidDocument, Problem, by_path, errors
from shared.reports import Content, bounded, problems_of, shown_columns, stored_statistics
from shared.sql import preview_query, split_queries
from shared.sql.entities import Entity
from shared.tables import Catalogue, SourceTable, primary_alias
from shared.validation.dataset import schema_of

PARTS = ("sql", "statistics", "facts", "preview", "join_checks", "pareto_products", "pareto_customers",
         "dependence", "pairs", "smart_defaults")  # fmt: skip
SPLIT_SEED = 17  # the default of an experiment (S5.1)


def dataset_content(document_id: str, dataset: Dataset, services: Services) -> Content:
    offer = offer_of(dataset, services)
    fields = of_tables(dataset, offer)
    if not offer.usable:
        return Content(offer.problems, fields, dict.fromkeys(PARTS))
    inquiry = Inquiry(document_id, dataset, offer.catalogue, offer.outputs, services)
    ask_about_joins(inquiry)
    if errors(inquiry.warnings):  # a join that repeats rows so often makes every other question dear
        return Content([*offer.problems, *inquiry.warnings], fields, dict.fromkeys(PARTS) | inquiry.parts)
    try:
        rows = inquiry.attempt("split", lambda: default_rows(inquiry))
    except InvalidDocument as error:  # in the words that a submission would be refused with
        found = [*offer.problems, *inquiry.warnings, *error.problems]
        return Content(found, fields, dict.fromkeys(PARTS) | inquiry.parts)
    if rows is not None:
        fields |= of_rows(dataset, rows)
        inquiry.warnings += rows.warnings
        _ask_about_split(inquiry, rows)
    fields |= _ask_about_values(inquiry, rows)
    problems = by_path([*offer.problems, *inquiry.warnings])
    return Content(problems, fields, dict.fromkeys(PARTS) | inquiry.parts)


# ------------------------------------------------------------------------------------- what is known without any rows


def of_tables(dataset: Dataset, offer: Offer) -> dict[str, Any]:
    return {
        "columns": shown_columns(offer.outputs),
        "schema": schema_of(dataset, offer.catalogue),
        "tables": {name: _table(table) for name, table in offer.catalogue.items()},
        "location": next((table.location for table in offer.catalogue.values()), None),
        "roles_suggested": _roles(dataset, offer.catalogue, {}),
        "joins_suggested": [each.to_dict() for each in suggest_joins(offer.catalogue, primary_alias(dataset))],
        "filters": filter_sentences(dataset),
    }


def _roles(dataset: Dataset, catalogue: Catalogue, newest: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """S1.7; of two times the one with the newer values comes first, once those are known."""
    suggested = suggest_roles(catalogue, primary_alias(dataset), newest)
    return {role: [each.to_dict() for each in found] for role, found in suggested.items()}


def _table(table: SourceTable) -> dict[str, Any]:
    shown = {name: getattr(table, name) for name in ("location", "native", "modified_at", "rows", "bytes")}
    return {**shown, "columns": len(table.columns)}


# ------------------------------------------------------------------------------------------------- funnel and split


def default_rows(inquiry: Inquiry) -> Preflight:
    """The rows of a run that asks for nothing in particular (S2.13)."""
    written = inquiry.dataset.model_dump(include={"owner", "created_at", "updated_at"})
    experiment = Experiment.model_validate({**written, "feature_config": "any", "model_config": "any"})
    return preflight(inquiry.dataset, inquiry.catalogue, experiment, inquiry.row)


def of_rows(dataset: Dataset, rows: Preflight) -> dict[str, Any]:
    return {
        "funnel": funnel(rows.reference),
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
    product, names = inquiry.dataset.roles.product_id, [output.name for output in inquiry.outputs]
    queries = split_queries(
        inquiry.dataset, inquiry.catalogue, inquiry.outputs, names, [product], rows.bounds, rows.sample_percent,
        SPLIT_SEED,
    )  # fmt: skip
    size = inquiry.services.warehouse.bytes_of
    sizes = inquiry.attempt("sql", lambda: {split: size(sql) for split, sql in queries.items()})
    inquiry.parts["sql"] = bounded({"queries": queries, "bytes": sizes})


# ------------------------------------------------------------------------------------------------------ joins, values


def ask_about_joins(inquiry: Inquiry) -> None:
    """What each join does to the rows (S1.9)."""
    queries = join_check_queries(inquiry.dataset, inquiry.catalogue)
    if not queries:
        return
    part = inquiry.part("join_checks", list(queries.values()), partial(_joins, inquiry.dataset, list(queries)))
    inquiry.warnings += [Problem(**found) for found in (part or {}).get("problems", [])]


def _joins(dataset: Dataset, indexes: Sequence[int], answers: Sequence[Rows]) -> dict[str, Any]:
    checks = [join_check(dataset, index, rows[0]) for index, rows in zip(indexes, answers, strict=True)]
    return {"joins": [each.to_dict() for each in checks], "problems": problems_of(join_problems(dataset, checks))}


def _ask_about_values(inquiry: Inquiry, rows: Preflight | None) -> dict[str, Any]:
    dataset, catalogue = inquiry.dataset, inquiry.catalogue
    expected = rows.reference.rows if rows else 0
    query = statistics_query(dataset, catalogue, expected)
    statistics = stored_statistics(inquiry.part("statistics", [query], partial(_statistics, inquiry)))
    ask_for_preview(inquiry)
    _ask_about_revenue(inquiry)
    if not statistics:
        return {}
    _propose_features(inquiry)
    return {"roles_suggested": _roles(dataset, catalogue, newest_values(inquiry.outputs, statistics)),
            **_judge(inquiry, rows)}  # fmt: skip


def ask_for_preview(inquiry: Inquiry) -> None:
    """Some of its rows (S1.34)."""
    query = preview_query(inquiry.dataset, inquiry.catalogue, SPLIT_SEED)
    inquiry.part("preview", [query], partial(_preview, inquiry))


def _statistics(inquiry: Inquiry, answers: Sequence[Rows]) -> dict[str, Any]:
    found = column_statistics(inquiry.dataset, inquiry.catalogue, answers[0])
    return {"columns": fitting(list(found.values()))}


def _preview(inquiry: Inquiry, answers: Sequence[Rows]) -> dict[str, Any]:
    return preview(inquiry.dataset, inquiry.catalogue, answers[0])


def _judge(inquiry: Inquiry, rows: Preflight | None) -> dict[str, Any]:
    """Quality and issues (S1.31, S1.32), which look at the rows of a run with the default split."""
    if rows is None:
        return {}
    query = facts_query(inquiry.dataset, inquiry.catalogue, rows.bounds, SPLIT_SEED)
    part = inquiry.part("facts", [query], lambda answers: {"facts": asdict(Facts.from_row(answers[0][0]))})
    if part is None:
        return {}
    facts, statistics = Facts(**part["facts"]), stored_statistics(inquiry.parts["statistics"])
    found = issues(inquiry.dataset, facts, statistics)
    return {"quality": quality(facts, statistics).to_dict(), "issues": problems_of(found)}


def _ask_about_revenue(inquiry: Inquiry) -> None:
    """How it is spread over products and customers (S1.19)."""
    if inquiry.dataset.roles.revenue is None:
        return
    entities: tuple[Entity, ...] = ("products", "customers")
    for entity in entities:
        query = pareto_query(inquiry.dataset, inquiry.catalogue, entity)
        inquiry.part(f"pareto_{entity}", [query], lambda answers: pareto(answers[0]).to_dict())


def _propose_features(inquiry: Inquiry) -> None:
    """Smart defaults (S3.17): first without crosses' sizes, then with the pairs of those that it would propose."""
    dataset, catalogue, outputs = inquiry.dataset, inquiry.catalogue, inquiry.outputs
    statistics = stored_statistics(inquiry.parts["statistics"])

    def depend(answers: Sequence[Rows]) -> dict[str, Any]:
        return {"columns": dependencies(dataset, catalogue, answers[0])}

    depends = inquiry.part("dependence", [dependence_query(dataset, catalogue)], depend)
    on = (depends or {}).get("columns", {})
    draft = smart_defaults(dataset, outputs, statistics, on)
    crosses = [*draft.document["query_crosses"], *draft.document["candidate_crosses"]]
    if pairs := [tuple(cross["features"]) for cross in crosses]:

        def count(answers: Sequence[Rows]) -> dict[str, Any]:
            return {"pairs": list(distinct_pairs(pairs, answers[0][0]).values())}

        part = inquiry.part("pairs", [pairs_query(dataset, catalogue, pairs)], count)
        counted = dict(zip(pairs, (part or {}).get("pairs", []), strict=False))
        draft = smart_defaults(dataset, outputs, statistics, on, counted)
    inquiry.parts["smart_defaults"] = bounded(draft.to_dict())
