"""What is known of a failure (domain S8.1), small enough to be stored: classified again it gives the same error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

MOST_LINES = 200
LONGEST_LINE = 4_096  # bytes, as the next two
MOST_OF_LINES, MOST_OF_MESSAGE, MOST_OF_SUBJECTS = 80_000, 8_000, 6_000
_WIDTHS = (LONGEST_LINE, 2_048, 1_024, MOST_OF_LINES // MOST_LINES)  # at the last one any 200 lines fit

# Colours and cursor moves; what else a terminal would obey; and what is no text at all.
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|\x1b[@-_]?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Evidence:
    """What was gathered at the failure. `lines` are the log's, oldest first, of severity ERROR or unknown."""

    component: str | None = None  # `Train`, `Compile`, …; None when nobody says
    message: str = ""  # of the task, the build or the call that failed, with the provider's status
    lines: tuple[str, ...] = ()
    subjects: Mapping[str, list[str]] = field(default_factory=dict)  # names that occur above -> places in the configs


def clean(line: str) -> str:
    """A line of a log as text: nothing that a terminal would obey is left."""
    return _CONTROL.sub("", _ANSI.sub("", line)).rstrip()


def bounded(evidence: Evidence) -> Evidence:
    """The newest 200 lines of at most 4 KB, under 100 KB in all; bounding again changes nothing.

    Long lines are cut before any line is dropped: a traceback has many short lines, and is of use only as a whole.
    """
    lines = [line for block in evidence.lines for line in _split(block) if line][-MOST_LINES:]
    for width in _WIDTHS:
        shown = [_cut(line, width) for line in lines]
        if sum(len(line.encode()) for line in shown) <= MOST_OF_LINES:
            break
    message = _cut("\n".join(_split(evidence.message)), MOST_OF_MESSAGE)
    return replace(evidence, message=message, lines=tuple(shown), subjects=_fitting(evidence.subjects))


def with_subjects(evidence: Evidence, places: Mapping[str, list[str]]) -> Evidence:
    """The evidence, and of all named places those whose name occurs in it."""
    text = "\n".join([evidence.message, *evidence.lines])
    words = set(re.findall(r"\w+", text))
    return bounded(replace(evidence, subjects={name: found for name, found in places.items() if name in words}))


def _split(block: str) -> Iterator[str]:
    """A log entry may hold a whole traceback, and a progress bar returns to the start of its line."""
    return (clean(line) for line in re.split(r"\r\n|\n|\r", block))


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore").rstrip()


def _fitting(subjects: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return dict(_while_small(sorted(subjects.items())))


def _while_small(entries: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    size = 0
    for name, found in entries:
        size += len(name.encode()) + sum(len(path.encode()) for path in found)
        if size > MOST_OF_SUBJECTS:
            return
        yield name, list(found)
