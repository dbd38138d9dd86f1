"""The product as the simulation runs it, for every test here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.replaced import replaced


@pytest.fixture(autouse=True, scope="module")
def simulated() -> Iterator[None]:
    with replaced():
        yield
