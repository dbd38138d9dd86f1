"""What the contract tests of the store share: runs, saves, and many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from shared.lifecycle import Decision
from shared.runs import Run, new_run
from tests.contract.conftest import Documents

FIRST, SECOND = "exp-01jd4qz0000000000000000000", "exp-01jd4qz1000000000000000000"
NOW = datetime(2026, 11, 21, 12, 30, 0, 123456, tzinfo=timezone.utc)


def fresh(experiment_id: str = FIRST, endpoint: str = "wholesale") -> Run:
    return new_run(experiment_id, {"name": "first", "owner": "ada"}, endpoint, NOW)


def saved(documents: Documents, run: Run, **decided: Any) -> Run:
    loaded = documents.store.load(run.experiment)
    return documents.store.save(loaded, run, Decision(run, **decided), NOW)


def command(kind: str, experiment_id: str = FIRST, **changes: Any) -> dict[str, Any]:
    written = {"schema_version": 1, "owner": "ada", "created_at": NOW, "updated_at": NOW}
    return {**written, "experiment": experiment_id, "kind": kind, **changes}


def at_once(work: Callable[[int], None], number: int = 8) -> None:
    errors: list[BaseException] = []

    def guarded(position: int) -> None:
        try:
            work(position)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(position,)) for position in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
