"""Reports on datasets, feature configs, model configs and comparisons, brought up to date when one of them was written.

An event is a hint here too: the document is read now, and what the event saw of it is history, which is only kept
(functions.config_versions). Whoever begins a report claims it first (a lease, and the version of what was saved,
S3.19), computes, and saves only if the report is still as it was claimed. The report is read before the documents it is
about, so of two computations the one that began with older documents always fails to save, and looks again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from functions.adapters.ports import Conflict, ReportWrite, StoredReport, Transient
from functions.checking import fault, parsed
from functions.config_versions import Counted, count, keep
from functions.dataset_report import dataset_content
from functions.feature_report import feature_content_of
from functions.services import Services
from shared.reports import (
    CONFIGS,
    RULES,
    Content,
    any_digest,
    dataset_of,
    heading,
    model_content,
    problems_of,
)
from shared.validation import name_problems
from shared.validation.uniqueness import Named, namesake, namesakes
from shared.versions import Change

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=330)  # longer than a function may live (300 s); given back after an outage
TRIES = 10
BUDGET_S = 200.0  # for the feature configs of a dataset; what is left is the sweep's


def report_on(
    collection: str,
    document_id: str,
    services: Services,
    change: Change | None = None,
    anew: datetime | None = None,
) -> None:
    """Bring the report of one document up to date, and those of the feature configs that depend on it.

    `change`: what an event saw of the document. `anew`: also a report that is up to date, unless it was begun after
    this time, because what the warehouse says may have changed.

    Raises Transient for an outage, so that the event is delivered again; whatever is wrong with the document is in its
    report.
    """
    named_before = services.store.report(collection, document_id).document or {}
    _bring_up_to_date(collection, document_id, services, change, anew)
    _report_on_namesakes(collection, document_id, named_before, services)
    if collection == "datasets":
        _report_on_users(document_id, services)


def _report_on_namesakes(
    collection: str, document_id: str, named_before: Mapping[str, Any], services: Services
) -> None:
    """A name that was given up is free for the next, and one that was taken may be missing elsewhere (S1.1)."""
    names = names_of(collection, services)
    concerned = {*namesakes(named_before, names), *namesakes(names.get(document_id, {}), names)} - {document_id}
    for other in sorted(concerned):
        _bring_up_to_date(collection, other, services)


def _report_on_users(dataset: str, services: Services) -> None:
    end = time.monotonic() + BUDGET_S
    _refresh_users(dataset, services)
    for feature_config in services.store.feature_configs_of(dataset):
        if time.monotonic() > end:
            log.info("the other feature configs of %s are left to the sweep", dataset)
            return
        _bring_up_to_date("feature_configs", feature_config, services)


def _bring_up_to_date(
    collection: str,
    document_id: str,
    services: Services,
    change: Change | None = None,
    anew: datetime | None = None,
) -> None:
    for _ in range(TRIES):
        try:
            return _look(collection, document_id, services, change, anew)
        except Conflict as conflict:
            log.info("%s", conflict)
    raise Transient(f"ABORTED: too many write the report of {collection}/{document_id} at once")


def _look(collection: str, document_id: str, services: Services, change: Change | None, anew: datetime | None) -> None:
    before = services.store.report(collection, document_id)  # first, see above
    saved = services.store.saved(collection, document_id)
    if saved is None:
        _remove(before, services)
        return
    raw = saved.content
    names = names_of(collection, services)
    sources = sources_digest(collection, document_id, raw, names, services)
    counted = count(before, saved, change, services)
    if not is_wanted(before.document, sources, services.now()) and not _is_older(before.document, anew):
        keep(before, counted, services)
        return
    if collection == "feature_configs":
        _refresh_datasets(before, raw, services)
    claimed = _claim(before, raw, sources, counted, services)
    try:
        content = _content(collection, document_id, raw, names, services)
    except Transient:
        _give_back(claimed, services)
        raise
    _finish(claimed, raw, content, services)


def sources_digest(collection: str, document_id: str, raw: Mapping[str, Any], names: Named, services: Services) -> str:
    """A digest of everything that a report is made from, but for the warehouse."""
    own = [RULES, raw, namesake(document_id, names)]
    if collection == "comparisons":
        from functions.comparison_report import states_of  # numpy comes with it: 0.1 s of each cold start

        return any_digest([*own, states_of(raw, services)])
    if collection != "feature_configs" or (dataset := dataset_of(raw)) is None:
        return any_digest(own)
    report = services.store.report("datasets", dataset).document or {}
    return any_digest([*own, services.store.config("datasets", dataset), report.get("computed_at")])


def names_of(collection: str, services: Services) -> Named:
    """Of a collection whose names are told apart (S1.1)."""
    return services.store.names(collection) if collection in CONFIGS else {}


def is_wanted(report: Mapping[str, Any] | None, sources: str, now: datetime) -> bool:
    """Whether a report must be made: it is not of these sources, or nobody who is at it is alive."""
    if report is None or report["source_digest"] != sources:
        return True
    return report["state"] != "ready" and now >= report["lease"]


def _is_older(report: Mapping[str, Any] | None, than: datetime | None) -> bool:
    """Whether a report was begun before somebody asked for another: of two who obey the same wish at once, the second
    leaves it to the first."""
    begun_at = (report or {}).get("begun_at")
    return than is not None and (begun_at is None or begun_at < than)


# ---------------------------------------------------------------------------------------------------------- one report


def _claim(
    before: StoredReport, raw: Mapping[str, Any], sources: str, counted: Counted, services: Services
) -> StoredReport:
    """Say that a report is being made, and keep the version that it is made of; what it said before stays for now."""
    now = services.now()
    claim = {
        **({"valid": False, "problems": [], "computed_at": None} | (before.document or {})),
        **heading(before.collection, before.id, raw),
        "state": "computing",
        "begun_at": now,
        "lease": now + LEASE,
        "source_digest": sources,
        "digest": counted.digest,
        "version": counted.number,
    }
    return services.store.save_report(before, ReportWrite(claim, versions=counted.new))


def _finish(claimed: StoredReport, raw: Mapping[str, Any], content: Content, services: Services) -> None:
    claim = claimed.document or {}
    document = {
        **content.fields,
        **heading(claimed.collection, claimed.id, raw),
        **{name: claim[name] for name in ("source_digest", "digest", "version", "begun_at")},
        "state": "ready",
        "computed_at": services.now(),
        "lease": None,
        "valid": content.valid,
        "problems": problems_of(content.problems),
    }
    if claimed.collection == "datasets":
        document["used_by"] = claim.get("used_by", [])
    services.store.save_report(claimed, ReportWrite(document, content.parts))


def _give_back(claimed: StoredReport, services: Services) -> None:
    """Let the next delivery try at once, instead of waiting until our lease ends."""
    try:
        services.store.save_report(claimed, ReportWrite({**(claimed.document or {}), "lease": services.now()}))
    except (Conflict, Transient) as error:
        log.info("the lease on the report of %s stays until it ends: %s", claimed.id, error)


def _remove(before: StoredReport, services: Services) -> None:
    """The document is gone."""
    if before.document is None:
        return
    if before.collection == "feature_configs":
        _refresh_datasets(before, {}, services)
    services.store.delete_report(before)


def _content(collection: str, document_id: str, raw: Mapping[str, Any], names: Named, services: Services) -> Content:
    """What is to be said about it; a fault of ours is said too, because computing it again would end the same way."""
    document, problems = parsed(collection, document_id, raw)
    problems += name_problems(document_id, names)
    if document is None:
        return Content(problems)
    try:
        content = _CONTENT[collection](document_id, document, services)
        return replace(content, problems=[*problems, *content.problems])
    except Transient:
        raise
    except Exception as error:
        log.exception("the report of %s/%s met a fault", collection, document_id)
        return Content([fault("id", error)])


def _comparison_content(document_id: str, comparison: Any, services: Services) -> Content:
    from functions.comparison_report import comparison_content  # as in `sources_digest`

    return comparison_content(document_id, comparison, services)


_CONTENT: Mapping[str, Callable[[str, Any, Services], Content]] = {
    "datasets": dataset_content,
    "feature_configs": feature_content_of,
    "model_configs": lambda document_id, model, services: model_content(model),
    "comparisons": _comparison_content,
}


# ------------------------------------------------------------------------------------------------------------- used by


def _refresh_datasets(before: StoredReport, raw: Mapping[str, Any], services: Services) -> None:
    """The datasets that a feature config names, and named before."""
    old = (before.document or {}).get("dataset")
    for dataset in {old, dataset_of(raw)} - {None}:
        _refresh_users(str(dataset), services)


def _refresh_users(dataset: str, services: Services) -> None:
    """Keep `used_by` of a dataset's report (S1.36). One that is being made is left alone: its maker looks later."""
    for _ in range(TRIES):
        report = services.store.report("datasets", dataset)
        users = list(services.store.feature_configs_of(dataset))
        if report.document is None or report.document["state"] != "ready" or report.document["used_by"] == users:
            return
        try:
            services.store.save_report(report, ReportWrite({**report.document, "used_by": users}))
            return
        except Conflict as conflict:
            log.info("%s", conflict)
