"""Role by operation by collection."""

from __future__ import annotations

import pytest

from tests.rules import roles
from tests.rules.asking import Case, Database


@pytest.mark.parametrize("case", roles.CASES, ids=str)
def test_a_role_may_do_what_it_says(database: Database, case: Case) -> None:
    assert database.allows(case) is case.allowed
