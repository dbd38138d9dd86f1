"""The log of a stage as it is kept and shown (domain S8.8). Lines are somebody else's text: bounded, and nothing that a
terminal would obey is left in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.errors import clean

LOOK_BACK = timedelta(days=30)  # that the provider keeps logs
SLACK = timedelta(minutes=1)  # a container logs while it is pulled and started, and clocks differ
MOST_SHOWN, MOST_FETCHED, MOST_KEPT = 100, 1_000, 5_000  # lines: at first, on demand, in the stored copy
LONGEST_LINE = 4_096  # bytes
LONGEST_COPY = 2_000_000
LONGEST_PART, MOST_PARTS = 90_000, 5  # documents end at 100 KB
OVERHEAD = 60  # bytes of a stored line besides its message
SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")

# What a line says of its own severity: absl and C++ (`I1121 22:14:36.09`), TensorFlow (`2026-11-21 22:14:36.0: W `) and
# Python's logging. A platform that knows none gives all lines of stderr the same one.
_OWN = re.compile(
    r"^(?:([DIWEF])\d{4} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: ([DIWEF]) |"
    r"(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b)"
)
_LETTERS = {"D": "DEBUG", "I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL"}


@dataclass(frozen=True)
class LogLine:
    """One line; `severity` is one of `SEVERITIES`."""

    time: datetime
    severity: str
    message: str


@dataclass(frozen=True)
class Shown:
    """The newest lines of a stage's log, oldest first, and where they come from."""

    lines: Sequence[LogLine]
    more: bool  # there are older ones
    source: str  # provider, copy
    problem: str | None = None  # why these are not the newest that there may be


def lines_of(time: datetime, severity: str, text: str) -> Iterator[LogLine]:
    """An entry may hold a whole traceback, and a progress bar returns to the start of its line."""
    for part in re.split(r"\r\n|\n|\r", text):
        if message := _cut(clean(part)):
            yield LogLine(time, _severity(severity, message), message)


def copy_of(lines: Sequence[LogLine]) -> str:
    """JSON lines, oldest first: the newest that fit."""
    kept: list[str] = []
    size = 0
    for line in reversed(lines[-MOST_KEPT:]):
        said = {"time": line.time.isoformat(), "severity": line.severity, "message": line.message}
        kept.append(json.dumps(said, ensure_ascii=False))
        size += len(kept[-1].encode()) + 1
        if size > LONGEST_COPY:
            kept.pop()
            break
    return "".join(f"{line}\n" for line in reversed(kept))


def lines_in(copy: bytes) -> list[LogLine]:
    """The lines of a stored copy; raises ValueError or KeyError when it is damaged."""
    found = (json.loads(line) for line in copy.decode().split("\n") if line)
    return [LogLine(datetime.fromisoformat(line["time"]), line["severity"], line["message"]) for line in found]


def documents_of(
    stage: str, attempt: int, shown: Shown, decided_by: str | None, now: datetime
) -> dict[str, dict[str, Any]]:
    """`logs-{stage}` with the newest lines, and `logs-{stage}-2`, … with older ones when they do not fit.

    `decided_by`: the line that decided what the failure was (S8.1). It is among the newest, or before all of them.
    """
    parts, left_out = _parts(shown.lines)
    first, highlighted = _with_error(parts[0], shown.lines, decided_by)
    name = f"logs-{stage.lower()}"
    head = {
        "stage": stage,
        "attempt": attempt,
        "lines": [vars(line) for line in first],
        "highlighted": highlighted,
        "more": shown.more or left_out,
        "source": shown.source,
        "problem": shown.problem,
        "fetched_at": now,
        "parts": len(parts),
    }
    older = {f"{name}-{number}": {"lines": [vars(line) for line in part]} for number, part in enumerate(parts[1:], 2)}
    return {name: head} | older


def part_names(stage: str, first: Mapping[str, Any]) -> list[str]:
    """Of the documents after the first, each older than the one before it."""
    return [f"logs-{stage.lower()}-{number}" for number in range(2, int(first.get("parts", 1)) + 1)]


def error_line(lines: Sequence[LogLine], decided_by: str | None) -> int | None:
    """The newest line that holds the words that decided."""
    if not decided_by:
        return None
    found = (number for number in range(len(lines) - 1, -1, -1) if decided_by in lines[number].message)
    return next(found, None)


def _parts(lines: Sequence[LogLine]) -> tuple[list[list[LogLine]], bool]:
    """The newest part first, each oldest line first; and whether the oldest lines were too many."""
    parts: list[list[LogLine]] = [[]]
    size = 0
    for line in reversed(lines):
        bytes_ = len(line.message.encode()) + OVERHEAD
        if parts[-1] and size + bytes_ > LONGEST_PART:
            if len(parts) == MOST_PARTS:
                return [part[::-1] for part in parts], True
            parts.append([])
            size = 0
        parts[-1].append(line)
        size += bytes_
    return [part[::-1] for part in parts], False


def _with_error(
    newest: list[LogLine], lines: Sequence[LogLine], decided_by: str | None
) -> tuple[list[LogLine], int | None]:
    at = error_line(newest, decided_by)
    if at is not None:
        return newest, at
    earlier = error_line(lines, decided_by)
    return (newest, None) if earlier is None else ([lines[earlier], *newest], 0)


def _severity(given: str, message: str) -> str:
    match = _OWN.match(message)
    if match is None:
        return given if given in SEVERITIES else "DEFAULT"
    return match[3] or _LETTERS[match[1] or match[2]]


def _cut(text: str) -> str:
    return text.encode()[:LONGEST_LINE].decode(errors="ignore")
