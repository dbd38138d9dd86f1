"""What the functions counted since the stack was started: `local/supervisor.py` begins their log anew each time."""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from local.log_lines import record


@dataclass(frozen=True)
class Counter:
    """How often something happened, by name and labels, and when last."""

    name: str
    labels: Mapping[str, str]
    count: int
    last_at: datetime | None


def read(log: Path, since: datetime | None = None) -> list[Counter]:
    """The counters in a log, by name and labels; none when the file is missing. A log of any length is read line by
    line."""
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            return tally(lines, since)
    except FileNotFoundError:
        return []


def tally(lines: Iterable[str], since: datetime | None = None) -> list[Counter]:
    """Add up the counters of log lines, of those at `since` or later if it is given; other lines are passed over."""
    sums: Sums[tuple[str, tuple[tuple[str, str], ...]]] = Sums()
    last: dict[tuple[str, tuple[tuple[str, str], ...]], datetime] = {}
    for name, labels, at in _counted(lines):
        if since is None or (at is not None and at >= since):
            key = (name, tuple(sorted(labels.items())))
            sums[key] += 1
            if at is not None:
                last[key] = max(at, last.get(key, at))
    return [Counter(key[0], dict(key[1]), sums[key], last.get(key)) for key in sorted(sums)]


def _counted(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, str], datetime | None]]:
    for line in lines:
        found = record(line) if '"counter"' in line else None
        if found is not None and isinstance(found.get("counter"), str):
            labels = found.get("labels")
            named = {str(name): str(value) for name, value in labels.items()} if isinstance(labels, dict) else {}
            yield found["counter"], named, _time(found.get("time"))


def _time(text: object) -> datetime | None:
    """The time of a record, which has a zone; None when it has none, or is damaged."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
