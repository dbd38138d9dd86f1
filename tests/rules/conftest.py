"""One Firestore emulator for all questions to the rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import parts
from tests.local.emulators import running
from tests.rules.asking import Database


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with running(tmp_path_factory.mktemp("rules"), parts.firestore) as layout:
        yield Database(layout.address("firestore"))
