"""No rule is there that no case asks for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules import fields, roles, subjects
from tests.rules.asking import Database
from tests.rules.coverage import unexercised

RULES = "allow read: if mayRead() && false;"


def test_every_expression_of_the_rules_is_evaluated_and_every_condition_both_ways(database: Database) -> None:
    coverage = database.coverage([*roles.CASES, *subjects.CASES, *fields.telling()])
    assert coverage["report"], "the emulator reports nothing"
    missing = unexercised(coverage)
    assert not missing, "\n".join(f"firestore.rules:{where}: {what}" for where, what in missing.items())


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ([], "never evaluated"),
        ([{"undefined": {}}], "never evaluated"),
        ([{"boolValue": True}, {"undefined": {}}], "only ever True"),
        ([{"boolValue": False}], "only ever False"),
        ([{"boolValue": False}, {"boolValue": True}], None),
        ([{"boolValue": True}, {"stringValue": "yes"}], None),
        ([{"intValue": "7"}], None),
        ([{}], None),
    ],
)
def test_what_is_missing_is_named_with_its_place(values: list[dict[str, Any]], missing: str | None) -> None:
    expression = {
        "sourcePosition": {"line": 7, "column": 16, "currentOffset": 15, "endOffset": 23},
        "values": [{"value": value, "count": 1} for value in values],
    }
    literal = {**expression, "sourcePosition": {"line": 7, "column": 29, "currentOffset": 28, "endOffset": 32}}
    literal["values"] = [{"value": {"boolValue": False}, "count": 3}]
    outer = {**expression, "values": [{"value": {"boolValue": way}, "count": 1} for way in (True, False)]}
    coverage = {"rules": {"files": [{"content": RULES}]}, "report": [{**outer, "children": [expression, literal]}]}
    assert unexercised(coverage) == ({} if missing is None else {"7:16 mayRead()": missing})
