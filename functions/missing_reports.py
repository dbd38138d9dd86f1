"""Reports that no event brought up to date: the sweep looks for them (functions.sweep)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.config_reports import is_wanted, names_of, sources_digest
from functions.services import Services
from shared.hashing import H
from shared.reports import REPORTED

RECENT = timedelta(hours=1)  # what the sweep looks at each minute; hourly it looks at everything
MOST_OF_A_SWEEP = 5


@dataclass(frozen=True)
class Missing:
    collection: str
    id: str


def missing_reports(services: Services) -> list[Missing]:
    """Documents whose report is not of what they are now, and reports of documents that are gone; at most a few, others
    each minute. Hourly all documents are looked at, else those that were written in the last hour and their users."""
    now = services.now()
    since = None if now.minute == 0 else now - RECENT
    documents = {collection: services.store.configs(collection, since) for collection in REPORTED}
    if since is not None:
        _add_users(documents, services)
    found = [missing for collection in REPORTED for missing in _missing(collection, documents, since, services)]
    return sorted(found, key=lambda each: H(str(now.minute), f"{each.collection}/{each.id}"))[:MOST_OF_A_SWEEP]


def _add_users(documents: dict[str, dict[str, Mapping[str, Any]]], services: Services) -> None:
    """The feature configs of datasets that changed."""
    for dataset in documents["datasets"]:
        documents["feature_configs"] |= services.store.feature_configs_of(dataset)


def _missing(
    collection: str, documents: Mapping[str, Mapping[str, Any]], since: datetime | None, services: Services
) -> list[Missing]:
    if since is None:
        heads = services.store.report_heads(collection)
    else:
        heads = {each: services.store.report(collection, each).document for each in documents[collection]}
    now = services.now()
    names = names_of(collection, services) if documents[collection] else {}
    found = [
        Missing(collection, document_id)
        for document_id, raw in documents[collection].items()
        if is_wanted(heads.get(document_id), sources_digest(collection, document_id, raw, names, services), now)
    ]
    if since is None:
        found += [Missing(collection, gone) for gone in heads if gone not in documents[collection]]
    return found
