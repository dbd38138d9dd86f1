"""The filter language of Google's list calls, as far as the product speaks it: comparisons joined by AND."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_COMPARISON = re.compile(
    r"""\s*(?P<field>[A-Za-z_][\w.]*(?:\."[^"]+")?)\s*(?P<op>>=|<=|!=|=~|=|>|<|:)\s*
        (?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"()]+))\s*""",
    re.VERBOSE,
)
_AND = re.compile(r"(?:AND\b)?", re.IGNORECASE)

_OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda actual, wanted: actual == wanted,
    "!=": lambda actual, wanted: actual != wanted,
    ">=": lambda actual, wanted: actual >= wanted,
    "<=": lambda actual, wanted: actual <= wanted,
    ">": lambda actual, wanted: actual > wanted,
    "<": lambda actual, wanted: actual < wanted,
    ":": lambda actual, wanted: wanted.lower() in str(actual).lower(),
    "=~": lambda actual, wanted: re.search(wanted, str(actual)) is not None,
}


class InvalidFilter(ValueError):
    """The filter is outside the supported subset; becomes INVALID_ARGUMENT."""


@dataclass(frozen=True)
class Comparison:
    field: str
    op: str
    value: str

    def matches(self, actual: object) -> bool:
        """Compare in the type of `actual`; of a repeated field one element must match; a missing field never does."""
        if actual is None:
            return False
        if isinstance(actual, (list, tuple)):
            return any(self.matches(element) for element in actual)
        return _OPERATIONS[self.op](actual, self._as(type(actual)))

    def _as(self, kind: type) -> object:
        try:
            if issubclass(kind, datetime):
                return datetime.fromisoformat(self.value)
            return kind(self.value)
        except ValueError as error:
            raise InvalidFilter(f"{self.field} cannot be compared with {self.value!r}.") from error


def parse(text: str) -> list[Comparison]:
    """The comparisons, all of which must hold; OR, NOT and parentheses are refused, not ignored."""
    comparisons, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _COMPARISON.match(text, position)
        if match is None or match["field"].upper() in ("NOT", "OR"):
            raise InvalidFilter(f"Not understood from here on: {text[position:]!r}. Join comparisons with AND.")
        comparisons.append(Comparison(match["field"], match["op"], _value(match)))
        position = _AND.match(text, match.end()).end()
    return comparisons


def accepts(comparisons: list[Comparison], get: Callable[[str], object]) -> bool:
    """Whether every comparison holds for the object whose fields `get` returns."""
    return all(comparison.matches(get(comparison.field)) for comparison in comparisons)


def _value(match: re.Match[str]) -> str:
    quoted = match["quoted"]
    return match["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
