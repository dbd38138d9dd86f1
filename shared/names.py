"""Names: the spelling of output columns and the suggestion for one that is not found (domain S0.5, S1.10, S1.11)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Protocol

from shared.documents import OUTPUT_NAME_PATTERN

RESERVED_PREFIX = "qt_"
# A quoted dot is read as a separator, control characters have no spelling that every warehouse shares. No column of
# BigQuery has any of these. Quotes, backticks and backslashes are escaped by the printer and carried as they are.
_UNQUOTABLE = re.compile(r"[.\x00-\x1f\x7f\ud800-\udfff]")


def is_quotable(name: str) -> bool:
    """Whether a warehouse's own name can be carried into SQL between backticks as it is (S1.25)."""
    return _UNQUOTABLE.search(name) is None


def as_output_name(source: str) -> str:
    """Characters outside S0.5 become `_` (S1.10): `2nd price €` is `_nd_price__`."""
    return re.sub(r"^[^A-Za-z_]|[^A-Za-z0-9_]", "_", source)


def is_output_name(name: str) -> bool:
    """Whether S0.5 allows `name`, the reserved prefix included."""
    return re.fullmatch(OUTPUT_NAME_PATTERN, name) is not None and not is_reserved(name)


def is_reserved(name: str) -> bool:
    return name.lower().startswith(RESERVED_PREFIX)


def suggest(name: str, known: Iterable[str]) -> str:
    """`Did you mean `x`?`, or the names there are; ends without a space."""
    names = sorted(known)
    if close := close_names(name, names):
        return f"Did you mean {listed(close)}?"
    return f"There are: {listed(names)}." if names else "There are none."


def close_names(name: str, known: Iterable[str]) -> list[str]:
    """Those that may have been meant: equal but for case, else alike, else two letters away (S1.11)."""
    names = sorted(known)
    same = [other for other in names if other.lower() == name.lower()]
    alike = same or get_close_matches(name, names, n=3, cutoff=0.6)
    return alike or [other for other in names if _is_near(other, name, min(2, len(name) - 1))]


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Names in backticks, joined with commas; a long list is cut and says so."""
    names = list(names)
    shown = ", ".join(f"`{name}`" for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


class Renamable(Protocol):
    """An output column of a dataset; `shared.columns.OutputColumn` is one."""

    @property
    def name(self) -> str: ...

    @property
    def table(self) -> str: ...

    @property
    def source(self) -> str: ...


def renamed(name: str, columns: Sequence[Renamable]) -> list[str]:
    """What a column that was `name` is called by now (S1.11): by its source, or with or without its table's alias."""
    selected = [column for column in columns if column.table]
    rules = (
        lambda column: as_output_name(column.source.replace(".", "_")) == name,
        lambda column: column.name.lower() == f"{column.table}_{name}".lower(),
        lambda column: f"{column.table}_{column.name}".lower() == name.lower(),
    )
    found = ([column.name for column in selected if rule(column)] for rule in rules)
    return sorted(next(filter(None, found), []))


def _is_near(one: str, other: str, most: int) -> bool:
    """By S1.11; most names differ in length already, and there may be thousands of both."""
    return abs(len(one) - len(other)) <= most and edit_distance(one, other) <= most


def edit_distance(one: str, other: str) -> int:
    """Fewest insertions, deletions and replacements of a character (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
