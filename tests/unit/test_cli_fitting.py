"""Tables that leave out columns where the terminal is narrow."""

from __future__ import annotations

import io

from rich.console import Console

from quicktest.views.fitting import Column, FittingTable

COLUMNS = (
    Column("exp"),
    Column("name", 10),
    Column("cost", spare=1),
    Column("features", 12, spare=2),
    Column("e", 9, 3),
)


def drawn(width: int, name: str = "a name of many words") -> list[str]:
    table = FittingTable(COLUMNS)
    table.add_row("#1", name, "0.04 USD", "customer, place and season", "")
    found = Console(width=width, file=io.StringIO(), markup=False)
    found.print(table)
    return found.file.getvalue().splitlines()  # type: ignore[attr-defined]


def test_the_most_spare_column_goes_first():
    assert drawn(80)[0].split() == ["exp", "name", "cost", "features"]
    assert drawn(38)[0].split() == ["exp", "name", "cost"]
    assert drawn(20)[0].split() == ["exp", "name"]


def test_what_is_never_spare_stays_and_is_whole():
    """Nothing is cut: what has no room is folded."""
    assert drawn(12)[0].split() == ["exp", "name"]
    assert "".join("".join(drawn(16, "y" * 30)).split()).count("y") == 30


def test_a_spare_column_without_a_cell_is_not_missed():
    assert " e" not in drawn(200)[0]
