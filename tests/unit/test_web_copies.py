"""The page's copies of the registry, the documents' fields and what forms offer are what they are copies of."""

from __future__ import annotations

import json

import pytest

from tests.unit.web_copies import COPIES, FOLDER


@pytest.mark.parametrize("name", COPIES)
def test_the_copy_of_the_page_is_true(name: str) -> None:
    found = json.loads((FOLDER / name).read_text())
    assert found == json.loads(json.dumps(COPIES[name]())), "Run `.venv/bin/python -m tests.unit.web_copies`."
