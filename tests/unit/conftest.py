"""Trees of SQL are garbage with cycles: at the usual thresholds the collector takes half of the time of these tests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import lru_cache
from types import SimpleNamespace

import pytest
import sqlglot
from hypothesis import HealthCheck, settings

from shared.sql import parts

# The same examples each time, however slow the machine: a suite that passed must pass again. Exploring is a command of
# its own: `pytest tests/unit --hypothesis-profile=default`.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # what was imported stays
    gc.set_threshold(200_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _statements_are_read_back_once() -> Iterator[None]:
    """`print_query` parses each text that it prints, a third of what it takes to prepare an experiment; most of these
    tests prepare the same one. What it compares is the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "sqlglot", SimpleNamespace(parse=lru_cache(maxsize=1_000)(sqlglot.parse)))
        yield
