"""Two configurations of one kind, leaf by leaf (domain S7.7): pure, and the same for the same two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from quicktest.leaves import Leaf

Change = Literal["same", "changed", "added", "removed"]
SAME, DIFFERS = "≡", "≠"


@dataclass(frozen=True)
class Row:
    """One leaf of both; `left` or `right` is None where it does not exist."""

    name: str
    left: str | None
    right: str | None

    @property
    def change(self) -> Change:
        if self.left is None:
            return "added"
        if self.right is None:
            return "removed"
        return "same" if self.left == self.right else "changed"

    @property
    def marker(self) -> str:
        return SAME if self.change == "same" else DIFFERS


def compare(left: Sequence[Leaf], right: Sequence[Leaf]) -> list[Row]:
    """A row for each leaf of either; what only the right one has stands after its neighbour there."""
    of_left, of_right = ({leaf.name: leaf for leaf in side} for side in (left, right))
    rows = []
    detailed: set[str | None] = {None}  # leaves whose details are told
    for name in _merged(list(of_left), list(of_right)):
        one, other = of_left.get(name), of_right.get(name)
        if (one or of_right[name]).parent not in detailed:
            continue
        if one is not None and other is not None and one.group == other.group:
            detailed.add(name)
        if one is None or other is None or not (one.group and other.group):
            rows.append(Row(name, _text(one), _text(other)))
    return rows


def _merged(left: list[str], right: list[str]) -> list[str]:
    """All names in the order of `left`, each new one of `right` after the one that it follows there."""
    merged, known = list(left), set(left)
    place = 0
    for name in right:
        if name in known:
            place = merged.index(name) + 1
        else:
            merged.insert(place, name)
            place += 1
    return merged


def _text(leaf: Leaf | None) -> str | None:
    return None if leaf is None else leaf.text
