"""What there is to say about a feature config while it is being written (domain S3.13-S3.17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.checking import offer_of, parsed
from functions.feature_report import feature_content_of
from functions.services import Services
from shared.analysis.semantics import semantic_type
from shared.columns import OutputColumn
from shared.defaults import embedding_width
from shared.documents import Draft
from shared.features import TOWERS
from shared.reports import Content, Statistics, dataset_of, stored_statistics


def feature_draft(draft: Draft, document_id: str, raw: Mapping[str, Any], services: Services) -> Content:
    features, problems = parsed("feature_configs", document_id, raw)
    aids = {"aids": _aids(dataset_of(raw), services)}
    if features is None:
        return Content(problems, aids, {"code": None})
    content = feature_content_of(document_id, features, services)
    return Content(content.problems, {**content.fields, **aids}, content.parts)


def _aids(dataset_id: str | None, services: Services) -> dict[str, dict[str, Any]]:
    """By column of the dataset: what helps to choose how it is used; figures where the dataset's report has them."""
    store = services.store
    dataset = parsed("datasets", dataset_id, store.config("datasets", dataset_id) or {})[0] if dataset_id else None
    if dataset_id is None or dataset is None:
        return {}
    statistics = stored_statistics(store.report_part("datasets", dataset_id, "statistics"))
    towers = _towers(store.report_part("datasets", dataset_id, "smart_defaults") or {})
    return {output.name: _aid(output, statistics, towers) for output in offer_of(dataset, services).outputs}


def _aid(output: OutputColumn, statistics: Statistics, towers: Mapping[str, str]) -> dict[str, Any]:
    known = statistics.get(output.name)
    meaning = semantic_type(output, known)
    return {
        "kind": meaning.kind,
        "reason": meaning.reason,
        "remedy": meaning.remedy,
        "distinct": known.distinct if known else None,
        "null_share": known.null_share if known else None,
        "recommended_width": embedding_width(known.distinct) if known else None,
        "tower": towers.get(output.name),
    }


def _towers(smart_defaults: Mapping[str, Any]) -> dict[str, str]:
    """Where smart defaults would put each column."""
    document = smart_defaults.get("document") or {}
    return {feature["column"]: tower for tower in TOWERS for feature in document.get(f"{tower}_features", ())}
