"""Ids, authors, times, what never changes, and wishes."""

from __future__ import annotations

import pytest

from tests.rules import subjects
from tests.rules.asking import Case, Database


@pytest.mark.parametrize("case", subjects.CASES, ids=str)
def test_a_document_is_what_it_promises(database: Database, case: Case) -> None:
    assert database.allows(case) is case.allowed
