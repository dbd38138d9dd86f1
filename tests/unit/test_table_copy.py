"""The page saves lists as the terminal does: both are held to the same table (web/src/model/list/table.test.ts)."""

from __future__ import annotations

import json
from pathlib import Path

from quicktest.table_file import as_json
from shared.insights.lists.entries import from_json

CASES = json.loads((Path(__file__).parent / "query_cases.json").read_text())
GOLDEN = Path(__file__).parent / "golden" / "list_table.json"


def test_the_table_is_the_one_that_the_page_is_held_to() -> None:
    entries = [from_json(json.dumps(stored)) for stored in CASES["entries"].values()]
    table, wanted = json.loads(as_json(entries)), json.loads(GOLDEN.read_text())
    assert [list(row) for row in table] == [list(row) for row in wanted], "the columns, in their order"
    assert table == wanted
