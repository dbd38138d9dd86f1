"""shared/commands: which documents of `commands` count (design section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.commands import wish_of
from shared.facts import Wish
from shared.problems import Problem
from tests.unit.samples import NOW

EXPERIMENT = "exp-01jd4qz0000000000000000000"
COMMON = {"schema_version": 1, "owner": "ada", "created_at": NOW, "updated_at": NOW}


def command(**changes: Any) -> dict[str, Any]:
    return {**COMMON, "experiment": EXPERIMENT, "kind": "cancel", **changes}


@pytest.mark.parametrize("kind", ["cancel", "delete"])
def test_a_valid_command_is_a_wish_of_its_author(kind: str) -> None:
    found = wish_of(f"{EXPERIMENT}--{kind}", command(kind=kind))
    assert found == Wish(NOW, "ada")


@pytest.mark.parametrize(
    ("document_id", "document", "code", "path"),
    [
        (f"{EXPERIMENT}--delete", command(), "E_ID", "id"),
        ("exp-01jd4qz0000000000000000001--cancel", command(), "E_ID", "id"),
        (f"{EXPERIMENT}--cancel", command(kind="pause"), "E_CHOICE", "kind"),
        (f"{EXPERIMENT}--cancel", command(urgent=True), "E_UNKNOWN_FIELD", "urgent"),
        (f"{EXPERIMENT}--cancel", command(schema_version=2), "E_RANGE", "schema_version"),
        (f"{EXPERIMENT}--cancel", command(created_at="soon"), "E_WRONG_TYPE", "created_at"),
        (f"{EXPERIMENT}--cancel", {"experiment": EXPERIMENT, "kind": "cancel"}, "E_REQUIRED", "created_at"),
        (f"{EXPERIMENT}--cancel", {}, "E_REQUIRED", "created_at"),
    ],
)
def test_another_document_is_none_and_says_why(
    document_id: str, document: dict[str, Any], code: str, path: str
) -> None:
    found = wish_of(document_id, document)
    assert isinstance(found, Problem)
    assert (found.code, found.path) == (code, path)
    assert found.problem.strip() and found.remedy.strip()
