"""What the documents point at exists, and the examples in them can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "benchmarks/README.md",
]
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
MAKE = re.compile(r"(?:^|`)make ([a-z][a-z-]+)(?=[\s`])", re.MULTILINE)
COMMAND = re.compile(r"(?:^|[`\s])quicktest ([a-z][a-z-]+)(?=[\s`,)])")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_images_exist(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert missing == []


def test_commands_in_the_documents_exist() -> None:
    from typer.main import get_command

    from quicktest.__main__ import app

    known = set(get_command(app).commands)
    named = {command for page in PAGES for command in COMMAND.findall(page.read_text())}
    assert {"run", "import", "apply"} <= named
    assert named - known == set()


def test_targets_of_make_in_the_documents_exist() -> None:
    """`make cloud` is what a machine has that only deploys."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for page in PAGES for target in MAKE.findall(page.read_text())}
    assert {"cloud", "cloud-demo", "demo"} <= named
    assert named - known == set()
