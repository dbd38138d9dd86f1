"""Which of the contents that a document had are its versions (domain S3.19): of its saves, as far as they are known.

A save is known from the document itself, and from events: each says what there was before a save and after it. Events
come late, twice, in any order or never, and who looks at the document may come after the next save. So a version is
either *a change*, whose save is known to have altered the content, or it was *found*: somebody saw the content at that
time, and it may have been saved before. When the change is heard of later, it is the found one's and no version more.
After all events have come, in whatever order, each change of the content is one version, and nothing else is.

Versions have the next free number when they are kept, those that one event tells of in the order of their saving. So
numbers are in the order of saving unless an event comes after a later content has its number: then `saved_at` alone
tells the order. No number is ever given to another content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple


class Saved(NamedTuple):
    """A document as it was stored, with the database's own times, which grow with each save of a document."""

    content: Mapping[str, Any]
    at: datetime
    created_at: datetime  # of two documents that had the same id one after the other, only one has this time


class Change(NamedTuple):
    """What an event says: a document before a save, if there was one, and after it."""

    before: Saved | None
    after: Saved


@dataclass(frozen=True)
class Version:
    number: int
    digest: str
    saved_at: datetime
    is_change: bool  # see above
    content: Mapping[str, Any] | None = field(default=None, compare=False)  # of one that is to be stored
    mark: Any = field(default=None, compare=False)  # the store's own, of one that is stored


def with_saves(
    known: Iterable[Version], current: Saved, change: Change | None, digest: Callable[[Mapping[str, Any]], str]
) -> list[Version]:
    """All versions in the order of saving, when the document is `current` and an event told of `change`.

    The last one up to `current.at` is of the current content.
    """
    versions = sorted(known, key=_order)
    if change is not None and change.after.created_at == current.created_at:
        before, after = change
        altered = before is not None and digest(before.content) != digest(after.content)
        if before is not None:
            versions = _with(versions, before, digest, is_change=False)
        versions = _with(versions, after, digest, is_change=altered)
    return _with(versions, current, digest, is_change=False)


def version_of(versions: Iterable[Version], saved: Saved) -> Version:
    """Of versions in the order of saving, that of what was saved."""
    return [version for version in versions if version.saved_at <= saved.at][-1]


def _with(
    versions: list[Version], saved: Saved, digest: Callable[[Mapping[str, Any]], str], is_change: bool
) -> list[Version]:
    found = Version(_next_number(versions), digest(saved.content), saved.at, is_change, saved.content)
    earlier = [version for version in versions if version.saved_at < saved.at]
    later = versions[len(earlier) :]
    if earlier and earlier[-1].digest == found.digest:
        return versions
    if later and later[0].digest == found.digest and (later[0].saved_at == saved.at or not later[0].is_change):
        same = replace(later[0], saved_at=saved.at, is_change=is_change or later[0].is_change)
        return [*earlier, same, *later[1:]]
    return [*earlier, found, *later]


def _next_number(versions: list[Version]) -> int:
    return max((version.number for version in versions), default=0) + 1


def _order(version: Version) -> tuple[datetime, int]:
    return version.saved_at, version.number
