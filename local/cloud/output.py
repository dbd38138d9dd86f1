"""What a process printed: followed while it runs, given a severity line by line, and summed up after a failure."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

MAX_LINE = 64 * 1024
_SUMMARY_LINES, _SUMMARY_LENGTH = 4, 1000
_TRACEBACK = "Traceback (most recent call last):"
_LETTERS = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL", "D": "DEBUG"}
_PREFIXES = (
    re.compile(r"^([IWEFD])\d{4} \d\d:\d\d:\d\d"),  # absl and glog
    re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: ([IWEFD]) "),  # TensorFlow's C++
)
_WORD = re.compile(r"^(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")


class Severities:
    """The severity of each line in turn: its own prefix, else ERROR inside a traceback, else INFO."""

    def __init__(self) -> None:
        self._in_traceback = self._in_message = False

    def next(self, line: str) -> str:
        if line.startswith(_TRACEBACK):
            self._in_traceback, self._in_message = True, False
            return "ERROR"
        own = _own_severity(line)
        if own is not None:
            self._in_traceback = self._in_message = False
            return own
        severity = "ERROR" if self._in_traceback else "INFO"
        if line and not line[0].isspace() and not self._in_message:
            self._in_message = line.endswith(":")  # `Graph execution error:` says what happened in its further lines
            self._in_traceback = self._in_message  # else the exception ends its traceback
        return severity


class Tail:
    """Hands the lines of a growing file to `sink(severity, line)`; call `read` now and then, `close` at the end."""

    def __init__(self, path: Path, sink: Callable[[str, str], None]) -> None:
        self._path, self._sink = path, sink
        self._position, self._rest, self._severities = 0, b"", Severities()

    def read(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._position)
            data = file.read()
        self._position += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._hand_over(line)

    def close(self) -> None:
        self.read()
        if self._rest:
            self._hand_over(self._rest)
            self._rest = b""

    def _hand_over(self, line: bytes) -> None:
        text = line[:MAX_LINE].decode(errors="replace").rstrip("\r")
        if text:
            self._sink(self._severities.next(text), text)


def failure_summary(text: str) -> str:
    """The last exception with its message, or else the last line that is not routine; "" for an empty output."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(_TRACEBACK)]
    summary = _exception(lines[starts[-1] + 1 :]) if starts else []
    if not summary:
        telling = [line for line in lines if line.strip() and _own_severity(line) in (None, "ERROR", "CRITICAL")]
        summary = telling[-1:]
    return "\n".join(summary)[:_SUMMARY_LENGTH]


def _exception(lines: list[str]) -> list[str]:
    """The lines after the frames of a traceback, up to the next log line."""
    rest = [line for line in lines if line.strip()]
    first = next((number for number, line in enumerate(rest) if not line[0].isspace()), len(rest))
    message = rest[first : first + _SUMMARY_LINES]
    end = next((number for number, line in enumerate(message) if number and _own_severity(line)), len(message))
    return message[:end]


def _own_severity(line: str) -> str | None:
    for prefix in _PREFIXES:
        if match := prefix.match(line):
            return _LETTERS[match[1]]
    match = _WORD.match(line)
    return match[1] if match else None
