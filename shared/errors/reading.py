"""Reading a log: which lines are statements about a failure, and which of them says most (domain S8.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

TRACEBACK = "Traceback (most recent call last)"
FRAME = re.compile(r'^\s*File "([^"\n]{1,400})", line (\d{1,7})')

# Lines that say of themselves that they are no error. Platforms that know no severities give them one by the stream
# they came on. Dataflow's errors are handed on by Beam as information.
_LESSER = re.compile(
    r"^(?:[IWD]\d{4} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWD] |(?:DEBUG|INFO|WARNING)\b)"
    r"(?!.{0,200}\bJOB_MESSAGE_ERROR\b)"
)
# What TensorFlow writes as errors at each start on a machine without a GPU.
_BANNER = re.compile(
    r"\bUnable to register cu\w+ factory\b|\bfailed call to cuInit\b|\bTF-TRT\b|\bcpu_feature_guard\b|\boneDNN\b"
    r"|\bcomputation_placer\b|^To enable the following instructions\b|\bCould not find (cuda|TensorRT)\b"
    r"|\bcaller indicates that this is not a failure\b"
)
_PROGRESS = re.compile(r"\d%\||\bit/s\b|\bETA: |^\s*\d+/\d+ \[[=>.]|\d+/\d+ [━ ]")
_DEPRECATED = re.compile(r"\b(Deprecation|Future|User|Runtime)Warning\b|\b[Dd]eprecated\b|^\s*warnings\.warn\(")
_EXCEPTION = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Exit|Interrupt|Failed|Failure|Warning)\b")
_HEADING = re.compile(r": (?:Graph execution error|in user code):$")  # an exception that tells what happened at its end
_DETAIL = re.compile(r"^\s*(?:\[\[\{\{node|tf2xla conversion failed|Detected at node\b|\^|~)")


def statements(lines: Sequence[str]) -> list[str]:
    """Lines that may tell what failed: without the source text below the frames of a traceback, which quotes words of
    errors that never happened, and without lines that say of themselves that they are no error."""
    return [line for line in _without_source(lines) if not (_LESSER.search(line) or _BANNER.search(line))]


def tracebacks(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """From the last to the first, each with all that follows it up to the next. Frames whose heading is too long ago
    to be among the lines are one, too; what Python could not do while it was ending is none (TensorFlow's deleters)."""
    end = len(lines)
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith(TRACEBACK):
            if not (number and lines[number - 1].startswith("Exception ignored in")):
                yield lines[number:end]
            end = number
    if any(FRAME.match(line) for line in lines[:end]):
        yield lines[:end]


def says_something(lines: Sequence[str]) -> bool:
    """Whether these lines alone can tell what failed: banners that are logged as errors cannot."""
    return first_meaningful_line("", lines) != ""


def first_meaningful_line(message: str, lines: Sequence[str]) -> str:
    """S8.4: the last line of the last traceback, else the first line that says something, else the message."""
    return _last_exception(next(tracebacks(lines), ())) or _first_telling(lines) or message


def _without_source(lines: Sequence[str]) -> Iterator[str]:
    below_frame = False
    for line in lines:
        if not (below_frame and line.startswith("    ")):
            yield line
        below_frame = FRAME.match(line) is not None or (below_frame and line.startswith("    "))


def _last_exception(traceback: Sequence[str]) -> str | None:
    found = next((number for number, line in enumerate(traceback) if _EXCEPTION.match(line)), None)
    if found is None:
        return None
    return _end_of(traceback[found + 1 :]) if _HEADING.search(traceback[found]) else traceback[found]


def _end_of(message: Sequence[str]) -> str | None:
    """The last line of a message that begins with frames, which ends at the next log line."""
    ends = (number for number, line in enumerate(message) if _LESSER.match(line))
    told = _without_source(message[: next(ends, len(message))])
    return next((line.strip() for line in reversed(list(told)) if not (FRAME.match(line) or _DETAIL.match(line))), None)


def _first_telling(lines: Sequence[str]) -> str | None:
    quiet = (_PROGRESS, _DEPRECATED, FRAME)
    return next((line for line in statements(lines) if line and not any(one.search(line) for one in quiet)), None)
