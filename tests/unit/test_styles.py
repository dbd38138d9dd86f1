"""A stylesheet that a view fetches stays until the page is closed, so that it must not touch other views."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from local.tools import ROOT

FOLDER = ROOT / "web/src/styles"
SHARED = {"base.css", "frame.css", "ui.css", "charts.css"}  # fetched with the page, but for the last, of all charts
NAME = re.compile(r"[.#][a-zA-Z][\w-]*")


def selectors(text: str) -> Iterator[str]:
    """Of every rule, also of those within conditions; steps of animations are none."""
    text = re.sub(r"/\*.*?\*/|@import[^;]*;|@keyframes[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", text, flags=re.DOTALL)
    for opened in re.finditer(r"([^{}]+)\{", text):
        if not opened[1].strip().startswith("@"):
            yield from (" ".join(each.split()) for each in re.split(r",(?![^(]*\))", opened[1]))


def foreign(sheets: dict[str, str]) -> list[str]:
    """Rules of a view's own sheet that hold none of its own names: names that no other sheet styles."""
    users: dict[str, set[str]] = defaultdict(set)
    for sheet, text in sheets.items():
        for selector in selectors(text):
            for name in NAME.findall(selector):
                users[name].add(sheet)
    return [
        f"{sheet}: {selector}"
        for sheet, text in sheets.items()
        if sheet not in SHARED
        for selector in selectors(text)
        if not any(users[name] == {sheet} for name in NAME.findall(selector))
    ]


def test_styles_of_a_view_are_about_names_of_its_own() -> None:
    sheets = {path.name: path.read_text() for path in FOLDER.glob("*.css") if path.name != "index.css"}
    assert len(sheets) > len(SHARED)
    assert foreign(sheets) == []


def test_a_bare_element_and_a_name_that_another_view_has_are_found() -> None:
    sheets = {
        "base.css": ".plain { margin: 0 }",
        "one.css": "@media print { dl, .one > dl { margin: 0 } } .both { color: red } .one .both { color: red }",
        "two.css": ".both a { color: red } .two .plain { margin: 0 } @keyframes move { from { left: 0 } }",
    }
    assert foreign(sheets) == ["one.css: dl", "one.css: .both", "two.css: .both a"]
