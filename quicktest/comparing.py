"""Two configurations of one kind, leaf by leaf (domain S7.7): pure, and the same for the same two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.leaves import Leaf
from shared.side_by_side import DIFFERS, SAME, side_by_side

Change = Literal["same", "changed", "added", "removed"]


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
    """A row for each leaf of either."""
    return [Row(row.name, *row.values) for row in side_by_side([left, right])]
