"""Damaged, foreign and hostile requests to every entry point: none makes a handler fail, hang or change a run.

`FUZZ=100000 FUZZ_SEED=7 pytest tests/unit/test_wire_fuzz.py` tries others; a finding tells seed and number.
"""

from __future__ import annotations

import copy
import io
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import flask
import pytest

import functions.services
from functions import telemetry
from tests.fakes.world import World
from tests.unit import wire_messages
from tests.unit.wire_mutations import ENTRY_POINTS, inputs

INPUTS = int(os.environ.get("FUZZ", 10_000))
SEED = int(os.environ.get("FUZZ_SEED", 20_261_121))
LETTER_LIMITS = {"source": 1_000, "reason": 1_000, "payload": 4_000}


class Watched(dict[str, Any]):
    """Documents, with the names of those that are written or removed."""

    def __init__(self, documents: dict[str, Any]) -> None:
        super().__init__(documents)
        self.touched: list[str] = []

    def __setitem__(self, name: str, document: Any) -> None:
        self.touched.append(name)
        super().__setitem__(name, document)

    def __delitem__(self, name: str) -> None:
        self.touched.append(name)
        super().__delitem__(name)

    def pop(self, name: str, *default: Any) -> Any:
        self.touched.append(name)
        return super().pop(name, *default)

    def forget_letters(self, most: int = 100) -> None:
        """Once there are many: the store in memory looks through all documents."""
        letters = [name for name in self if name.startswith("dead_letters/")]
        for name in letters if len(letters) > most else ():
            super().pop(name)

    def setdefault(self, name: str, default: Any = None) -> Any:
        self.touched.append(name)
        return super().setdefault(name, default)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A run at rest and reports up to date: whatever changes now is a fault."""
    world = World()
    monkeypatch.setattr(functions.services, "_services", world.services)
    world.bring_to("compiling")
    for _ in range(2):
        assert wire_messages.application("sweep").test_client().post("/").get_json()["failed"] == 0
    return world


@contextmanager
def log_lines() -> Iterator[io.StringIO]:
    """The log, as it is written for Cloud Logging, and nowhere else."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(telemetry.JsonLines())
    before, level = root.handlers[:], root.level
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    try:
        yield stream
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def faults_of(status: int, errors: list[BaseException], world: World) -> Iterator[str]:
    """What is wrong with the answer to one request."""
    yield from (f"a handler failed: {error!r:.300}" for error in errors)
    if status not in (200, 204):
        yield f"status {status}: it would be delivered again, and be no better then"
    documents: Watched = world.store.documents
    for name in documents.touched:
        if not name.startswith("dead_letters/"):
            yield f"{name} was changed"
        elif too_long := [field for field, most in LETTER_LIMITS.items() if len(documents[name][field]) > most]:
            yield f"a letter is too long: {too_long}"
        else:
            "".join(documents[name][field] for field in LETTER_LIMITS).encode()  # as Firestore has to


def test_no_input_makes_a_handler_fail_or_changes_a_run(world: World):
    applications = {name: wire_messages.application(name) for name in (*ENTRY_POINTS, "sweep")}
    before, builds = copy.deepcopy(world.store.documents), copy.deepcopy(world.builds.builds)
    world.store.documents = Watched(world.store.documents)
    errors: list[BaseException] = []
    note = lambda _sender, exception, **_: errors.append(exception)  # noqa: E731
    answers: Counter[int] = Counter()
    faults = []
    with flask.got_request_exception.connected_to(note), log_lines() as lines:
        for what, message in inputs(SEED, INPUTS):
            errors.clear()
            world.store.documents.touched.clear()
            status = message.send(applications[message.function])
            answers[status] += 1
            faults += [f"{what}: {fault}" for fault in faults_of(status, errors, world)]
            world.store.documents.forget_letters()
    assert not faults, f"{len(faults)} faults, the first of them:\n" + "\n".join(faults[:10])
    rest = {path: document for path, document in world.store.documents.items() if not path.startswith("dead_letters/")}
    assert rest == before
    assert world.builds.builds == builds
    assert not world.pipelines.jobs
    records = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert all(len(json.dumps(record)) < 20_000 for record in records)
    counted = Counter(record.get("counter") for record in records)
    assert counted["events"] == sum(answers.values()) == INPUTS
    assert counted["dead_letters"] > INPUTS // 10  # much of it was rubbish indeed
    assert not [record for record in records if record["severity"] in ("ERROR", "CRITICAL") and not _is_dead(record)]
    print(dict(answers), dict(counted))


def _is_dead(record: dict[str, Any]) -> bool:
    """A dead letter that cannot be handled is an error for people; the others are told once they end there."""
    return record.get("function") == "on_dead_letter"
