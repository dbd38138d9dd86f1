"""The versions of a document (domain S3.19): what is in it now, and what an event saw of it before that.

An event decides nothing: the document is read now. But what was overwritten before anybody looked is nowhere else, so
the contents that an event carries are kept as versions, too (shared.versions).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from functions.adapters.ports import ReportWrite, StoredReport, Transient
from functions.checking import parsed
from functions.services import Services
from shared.reports import content_digest
from shared.versions import Change, Saved, Version, version_of, with_saves

MOST_READ = 500  # versions, those that were saved last; only a program saves more often while an event is under way


class Counted(NamedTuple):
    """The version that is in a document, by its number and its digest, and those that are to be stored for it."""

    number: int
    digest: str
    new: Sequence[Version]


def count(before: StoredReport, current: Saved, change: Change | None, services: Services) -> Counted:
    def digest(content: Mapping[str, Any]) -> str:
        return content_digest(content, parsed(before.collection, before.id, content)[0])

    found = digest(current.content)
    if change is None and before.document is not None and before.document["digest"] == found:
        return Counted(before.document["version"], found, ())
    known = services.store.versions(before.collection, before.id, MOST_READ)
    if change is not None and len(known) == MOST_READ and (change.before or change.after).at < known[-1].saved_at:
        change = None  # whether it is among the older ones is not known, and twice would be wrong
    versions = with_saves(known, current, change, digest)
    new = [version for version in versions if version not in known]
    return Counted(version_of(versions, current).number, found, new)


def keep(before: StoredReport, counted: Counted, services: Services) -> None:
    """Store versions beside a report that need not be made anew: an event came late. Whoever is making the report goes
    on, for it says what it said.

    Raises Transient when it must say another number and is being made: content that was there before is there again.
    """
    assert before.document is not None
    is_right = before.document["version"] == counted.number
    is_made = before.document["state"] == "ready"
    document = {**before.document, "version": counted.number} if is_made else before.document
    if counted.new or document != before.document:
        services.store.save_report(before, ReportWrite(document, versions=counted.new))
    if not is_right and not is_made:
        raise Transient(f"ABORTED: the report of {before.collection}/{before.id} is being made")
