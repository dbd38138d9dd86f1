"""Reports on drafts: what there is to say about a form while it is being filled in.

Different from reports on stored documents (functions.config_reports): there is nothing to claim and no version to keep,
because the next edit is a second away; one commit says everything. The report is read before the draft, so a
computation that began with an older draft never replaces one that began with a newer one: its save fails. It looks
again, unless the report that was faster is about what it had read, or something later: each edit has an event of its
own. Rows of the warehouse that were asked for a moment ago are not asked for again (functions.remembering).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from functions.adapters.ports import Conflict, ReportWrite, StoredReport, Transient
from functions.checking import KIND, fault, parsed
from functions.dataset_draft import dataset_draft
from functions.experiment_draft import experiment_draft
from functions.feature_draft import feature_draft
from functions.model_draft import model_draft
from functions.remembering import Remembering
from functions.services import Services
from shared.documents import SCHEMA_VERSION, ClientDocument, Draft
from shared.problems import InvalidDocument, Problem
from shared.reports import CONFIGS, DRAFTS, Content, problems_of
from shared.validation import name_problems

log = logging.getLogger(__name__)

TRIES = 10
LIVES = timedelta(days=1)  # after it was written last
RECENT = timedelta(hours=1)  # what the sweep looks at each minute; hourly it looks at everything
UNDER_WAY = timedelta(seconds=30)  # as long an edit is left to its own event
MOST_OF_A_SWEEP = 100  # drafts, those that were written last: whoever waits for another writes it again
COLLECTION = {kind: collection for collection, kind in KIND.items()} | {"experiment": "experiments"}
STAND_INS = {"experiment": "exp-00000000000000000000000000"}  # ids of what has none yet
Make = Callable[[Draft, str, Mapping[str, Any], Services], Content]
_CONTENT: Mapping[str, Make] = {
    "dataset": dataset_draft,
    "feature_config": feature_draft,
    "model_config": model_draft,
    "experiment": experiment_draft,
}


def report_on_draft(draft_id: str, services: Services) -> None:
    """Bring the report of a draft up to date, or remove it with the draft. Raises Transient for an outage."""
    read: Mapping[str, Any] = {}  # the draft of the first look
    for _ in range(TRIES):
        before = services.store.report(DRAFTS, draft_id)  # first, see above
        if read and _is_of(before.document, read):
            return None
        raw = services.store.config(DRAFTS, draft_id)
        read = read or raw or {}
        try:
            return _look(before, raw, services)
        except Conflict as conflict:
            log.info("%s", conflict)
    raise Transient(f"ABORTED: too many write the report of {DRAFTS}/{draft_id} at once")


def _look(before: StoredReport, raw: Mapping[str, Any] | None, services: Services) -> None:
    if raw is None:
        if before.document is not None:
            services.store.delete_report(before)
        return
    if is_current(before.document, raw):
        return
    draft, problems = parsed(DRAFTS, before.id, raw)
    content = Content(problems) if draft is None else _content(draft, before.id, services)
    services.store.save_report(before, ReportWrite(_document(before, raw, content, services), content.parts))


def is_current(report: Mapping[str, Any] | None, raw: Mapping[str, Any]) -> bool:
    """Whether a report is about this very edit."""
    if report is None or report.get("source_updated_at") != raw.get("updated_at"):
        return False
    return report.get("edit") == raw.get("edit")


def _is_of(report: Mapping[str, Any] | None, raw: Mapping[str, Any]) -> bool:
    """Whether a report is about this edit or a later one."""
    about, written = (report or {}).get("source_updated_at"), raw.get("updated_at")
    return isinstance(about, datetime) and isinstance(written, datetime) and about >= written


def _document(before: StoredReport, raw: Mapping[str, Any], content: Content, services: Services) -> dict[str, Any]:
    return {
        **content.fields,
        "schema_version": SCHEMA_VERSION,
        "collection": DRAFTS,
        "id": before.id,
        "kind": raw.get("kind"),
        "edit": raw.get("edit"),
        "source_updated_at": raw.get("updated_at"),
        "state": "ready",
        "computed_at": services.now(),
        "valid": content.valid,
        "problems": problems_of(content.problems),
    }


def _content(draft: Draft, draft_id: str, services: Services) -> Content:
    """What is to be said about it; a fault of ours is said too, because computing it again would end the same way."""
    warehouse = Remembering(services.warehouse, services.memory, services.now, draft.owner)
    asking = replace(services, warehouse=warehouse)
    stored = ClientDocument.model_fields.keys() - {"schema_version"}
    raw = {**draft.content, **{name: getattr(draft, name) for name in stored}}
    try:
        content = _CONTENT[draft.kind](draft, draft.document or STAND_INS.get(draft.kind, draft_id), raw, asking)
        return replace(content, problems=[*content.problems, *_name_problems(draft, draft_id, raw, services)])
    except Transient:
        raise
    except InvalidDocument as error:  # somebody's forms ask too much
        return Content(error.problems)
    except Exception as error:
        log.exception("the draft %s met a fault", draft_id)
        return Content([fault("id", error)])


def _name_problems(draft: Draft, draft_id: str, raw: Mapping[str, Any], services: Services) -> list[Problem]:
    """A new document is younger than those that are stored; one that is edited keeps its age (S1.1)."""
    collection = COLLECTION[draft.kind]
    if collection not in CONFIGS:
        return []
    names = services.store.names(collection)
    own = draft.document or draft_id
    since = names.get(own, {}).get("created_at", draft.created_at)
    return name_problems(own, {**names, own: {**raw, "created_at": since}})


# --------------------------------------------------------------------------------------------------------------- sweep


def sweep_drafts(services: Services) -> list[str]:
    """Remove drafts that nobody has written for a day, and hourly the reports that are left of others; give the drafts
    whose report is not about what they are now: their event was lost."""
    now = services.now()
    everything = now.minute == 0
    drafts = services.store.configs(DRAFTS, None if everything else now - RECENT, ("updated_at", "edit"))
    old = [each for each, raw in drafts.items() if not _is_alive(raw, services)] if everything else []
    for each in old:
        if not _is_alive(services.store.config(DRAFTS, each) or {}, services):  # or somebody came back this moment
            services.store.delete_document(DRAFTS, each)
    gone = [each for each in services.store.report_heads(DRAFTS) if each not in drafts] if everything else []
    waiting = {each: raw for each, raw in drafts.items() if each not in old and now - raw["updated_at"] >= UNDER_WAY}
    newest = sorted(waiting, key=lambda each: waiting[each]["updated_at"], reverse=True)[:MOST_OF_A_SWEEP]
    late = [each for each in newest if not is_current(services.store.report(DRAFTS, each).document, waiting[each])]
    return sorted({*old, *gone, *late})


def _is_alive(raw: Mapping[str, Any], services: Services) -> bool:
    written = raw.get("updated_at")
    try:
        return written is not None and services.now() - written < LIVES
    except TypeError:  # no time, or one without a zone: nothing the rules would have let in
        return False
