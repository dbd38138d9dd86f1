"""One page of a listing: names and, with a delimiter, the prefixes that stand for what lies deeper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Page:
    names: list[str] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    next_token: str | None = None


def page(names: Iterable[str], prefix: str, delimiter: str | None, after: str | None, limit: int) -> Page:
    """Names and prefixes together count up to `limit`; `after` is the last one of the page before."""
    result, last = Page(), None
    for name in names:
        entry = _entry(name, prefix, delimiter)
        if entry == last or (after is not None and entry.encode() <= after.encode()):
            continue
        if len(result.names) + len(result.prefixes) == limit:
            result.next_token = last
            break
        (result.names if entry == name else result.prefixes).append(entry)
        last = entry
    return result


def _entry(name: str, prefix: str, delimiter: str | None) -> str:
    end = name.find(delimiter, len(prefix)) if delimiter else -1
    return name if end < 0 else name[: end + len(delimiter or "")]
