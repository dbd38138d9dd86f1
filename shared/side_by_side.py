"""Configurations side by side, leaf by leaf (domain S7.7): pure, and the same for the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.leaves import Leaf

SAME, DIFFERS = "≡", "≠"


@dataclass(frozen=True)
class Row:
    """One leaf of all; a value is None where it does not exist."""

    name: str
    values: tuple[str | None, ...]

    @property
    def same(self) -> bool:
        return len(set(self.values)) == 1

    @property
    def marker(self) -> str:
        return SAME if self.same else DIFFERS


def side_by_side(sides: Sequence[Sequence[Leaf]]) -> list[Row]:
    """A row for each leaf of any; what only a later one has stands after its neighbour there.

    The details of a leaf are told where two have it; a group has no row of its own where all have it, as its details
    say it all.
    """
    by_name = [{leaf.name: leaf for leaf in side} for side in sides]
    names: list[str] = []
    for side in by_name:
        names = _merged(names, list(side))
    rows = []
    detailed: set[str | None] = {None}  # leaves whose details are told
    for name in names:
        of_all = [side.get(name) for side in by_name]
        found = [leaf for leaf in of_all if leaf is not None]
        if found[0].parent not in detailed:
            continue
        groups = sum(leaf.group for leaf in found)
        if len(found) > 1 and groups in (0, len(found)):
            detailed.add(name)
        if groups < len(sides):
            rows.append(Row(name, tuple(None if leaf is None else leaf.text for leaf in of_all)))
    return rows


def _merged(before: list[str], names: list[str]) -> list[str]:
    """All names in the order of `before`, each new one after the one that it follows in `names`."""
    merged, known = list(before), set(before)
    place = 0
    for name in names:
        if name in known:
            place = merged.index(name) + 1
        else:
            merged.insert(place, name)
            place += 1
    return merged


def part_name(section: str, page: int) -> str:
    """Of the report's part with a page of a section's rows; the first is 1."""
    return section if page == 1 else f"{section}-{page}"
