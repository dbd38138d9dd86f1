"""Every shape that an event can have on the wire, through functions-framework, wakes the right experiment."""

from __future__ import annotations

import pytest

import functions.commands
import functions.config_reports
import functions.labels
import functions.reconcile
import functions.services
from tests.fakes.world import EXPERIMENT, World
from tests.unit import wire_messages

Call = tuple[str, ...]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """What the entry points hand on."""
    made: list[Call] = []
    monkeypatch.setattr(functions.reconcile, "look_after", lambda name, _: made.append(("look_after", name)))
    monkeypatch.setattr(functions.commands, "check_command", lambda name, _: made.append(("check_command", name)))
    monkeypatch.setattr(functions.labels, "relabel", lambda name, _: made.append(("relabel", name)))
    monkeypatch.setattr(functions.config_reports, "report_on", lambda *of: made.append(("report_on", *of[:2])))
    return made


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(functions.services, "_services", world.services)
    return world


LOOK = ("look_after", EXPERIMENT)
REPORT = ("report_on", "datasets", "sales")
EXPECTED = {
    "on_command_created": [("check_command", f"{EXPERIMENT}--cancel"), LOOK],
    "on_experiment_updated": [("relabel", EXPERIMENT)],
    "on_config_written": [REPORT],
    "on_dead_letter.config": [REPORT],
}


@pytest.mark.parametrize("name", wire_messages.names())
def test_a_recorded_request_wakes_what_it_is_about(world: World, calls: list[Call], name: str):
    message = wire_messages.recorded(name)
    assert message.send(wire_messages.application(message.function)) in (200, 204)
    assert calls == EXPECTED.get(name, EXPECTED.get(message.function, [LOOK]))
    assert not [path for path in world.store.documents if path.startswith("dead_letters/")]


def test_every_entry_point_has_recorded_requests():
    with_requests = {wire_messages.recorded(name).function for name in wire_messages.names()}
    assert with_requests == {name for name in dir(functions.main) if name.startswith("on_")}
