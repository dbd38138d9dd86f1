"""shared/commands: which documents of `commands` count (design section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from functions.commands import check_command
from shared.commands import command_of, wish_of
from shared.documents import Rebuild
from shared.facts import Wish
from shared.problems import Problem
from shared.runs import State
from tests.fakes.world import World
from tests.unit.samples import NOW

EXPERIMENT = "exp-01jd4qz0000000000000000000"
COMMON = {"schema_version": 1, "owner": "ada", "created_at": NOW, "updated_at": NOW}


def command(**changes: Any) -> dict[str, Any]:
    return {**COMMON, "experiment": EXPERIMENT, "kind": "cancel", **changes}


def rebuild(endpoint: str) -> dict[str, Any]:
    return {**COMMON, "model_endpoint": endpoint, "kind": "rebuild"}


def test_a_rebuild_is_no_wish_about_an_experiment() -> None:
    assert wish_of("shoes--rebuild", rebuild("shoes")) is None
    found = command_of("shoes--rebuild", rebuild("shoes"))
    assert isinstance(found, Rebuild)
    assert (found.model_endpoint, found.owner) == ("shoes", "ada")


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
        (f"{EXPERIMENT}--cancel", command(experiment=None), "E_WRONG_TYPE", "experiment"),
        (f"{EXPERIMENT}--cancel", command(model_endpoint="shoes"), "E_UNKNOWN_FIELD", "model_endpoint"),
        ("shoes--rebuild", command(kind="rebuild", model_endpoint="shoes"), "E_UNKNOWN_FIELD", "experiment"),
        ("shoes--rebuild", rebuild("books"), "E_ID", "id"),
    ],
)
def test_another_document_is_none_and_says_why(
    document_id: str, document: dict[str, Any], code: str, path: str
) -> None:
    assert wish_of(document_id, document) is None
    found = command_of(document_id, document)
    assert isinstance(found, Problem)
    assert (found.code, found.path) == (code, path)
    assert found.problem.strip() and found.remedy.strip()


# ------------------------------------------------------------------------------------------ what becomes of the others


@pytest.mark.parametrize(("changes", "letters"), [({}, 0), ({"kind": "pause"}, 1), ({"urgent": True}, 1)], ids=str)
def test_a_command_that_does_not_count_is_buried_with_its_reason(changes: dict[str, Any], letters: int) -> None:
    world, document_id = World(), f"{EXPERIMENT}--cancel"
    world.store.put(f"commands/{document_id}", command(**changes), NOW)
    check_command(document_id, world.services)
    found = [document for path, document in world.store.documents.items() if path.startswith("dead_letters/")]
    assert len(found) == letters
    for letter in found:
        assert letter["source"] == f"commands/{document_id}"
        assert "`kind`" in letter["reason"] or "`urgent`" in letter["reason"]
        assert EXPERIMENT in letter["payload"]
        assert letter["experiment"] is None


def test_a_letter_about_a_command_is_as_short_as_any_other() -> None:
    world, document_id = World(), f"{EXPERIMENT}--cancel"
    world.store.put(f"commands/{document_id}", command(**{"x" * 50_000: "y" * 20_000}), NOW)
    check_command(document_id, world.services)
    [letter] = [document for path, document in world.store.documents.items() if path.startswith("dead_letters/")]
    assert len(letter["reason"]) <= 1_000
    assert len(letter["payload"]) <= 4_000


def test_a_command_that_is_gone_is_nobodys() -> None:
    world = World()
    before = dict(world.store.documents)
    check_command(f"{EXPERIMENT}--delete", world.services)
    assert world.store.documents == before


def test_an_invalid_cancel_stops_nothing() -> None:
    world = World()
    world.bring_to("compiling")
    world.store.put(f"commands/{EXPERIMENT}--cancel", command(urgent=True), NOW)
    assert world.reconcile().state is State.COMPILING
