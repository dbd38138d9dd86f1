"""Commands about a config: a report made anew, a config deleted or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions import config_commands
from functions.adapters.ports import Transient
from functions.commands import check_command
from functions.config_reports import report_on
from functions.sweep import sweep
from tests.fakes.world import EXPERIMENT, WRITTEN, World

CONFIGS = ("datasets/sales", "feature_configs/base", "model_configs/minimal")


def wish(world: World, kind: str, path: str) -> str:
    world.wait(1)
    collection, document = path.split("/")
    command = f"{collection}--{document}--{kind}"
    written = {**WRITTEN, "created_at": world.now(), "updated_at": world.now()}
    world.store.put(f"commands/{command}", {**written, "kind": kind, "collection": collection, "document": document})
    return command


def obeyed(world: World, kind: str, path: str) -> None:
    command = wish(world, kind, path)
    check_command(command, world.services)
    config_commands.obey(command, world.services)
    assert f"commands/{command}" not in world.store.documents
    assert not [each for each in world.store.documents if each.startswith("dead_letters/")]


def report(world: World, path: str) -> dict[str, Any]:
    return world.store.documents[f"reports/{path.replace('/', '__')}"]


def reported() -> World:
    world = World()
    for path in CONFIGS:
        report_on(*path.split("/"), world.services)
    return world


@pytest.mark.parametrize("path", CONFIGS)
def test_a_report_is_made_anew_of_the_same_document(path: str) -> None:
    world = reported()
    world.wait(60)
    obeyed(world, "refresh_report", path)
    assert report(world, path)["computed_at"] == world.now()
    assert report(world, path)["version"] == 1


def test_two_who_obey_the_same_wish_make_one_report() -> None:
    """The sweep finds the command of a report that takes long while the event's handler is at it."""
    world = reported()
    command, asked = wish(world, "refresh_report", "datasets/sales"), len(world.warehouse.queries)
    answer, late = world.warehouse.answer, iter([True])

    def slowly(sql: str) -> Any:
        if next(late, False):
            world.wait(20)
            config_commands.obey(command, world.services)
        return answer(sql)

    world.warehouse.answer = slowly
    report(world, "datasets/sales")["begun_at"] = None  # of a report that was made before this was kept
    config_commands.obey(command, world.services)
    once = len(world.warehouse.queries) - asked
    assert once > 0
    assert report(world, "datasets/sales")["state"] == "ready"
    wish(world, "refresh_report", "datasets/sales")
    config_commands.obey(command, world.services)
    assert len(world.warehouse.queries) - asked == 2 * once


def test_another_config_under_the_same_id_outlives_the_command() -> None:
    world = World()
    command = wish(world, "delete_config", "datasets/sales")
    world.store.documents["datasets/sales"]["created_at"] = world.now() + timedelta(seconds=1)
    del world.store.documents[f"experiments/{EXPERIMENT}"]
    config_commands.obey(command, world.services)
    assert "datasets/sales" in world.store.documents
    assert f"commands/{command}" not in world.store.documents


def test_a_refreshed_dataset_shows_what_its_tables_are_now() -> None:
    world = reported()
    world.wait(60)
    world.warehouse.tables.clear()
    obeyed(world, "refresh_report", "datasets/sales")
    assert [problem["code"] for problem in report(world, "datasets/sales")["problems"]] == ["E_TABLE_NOT_FOUND"]
    assert not report(world, "feature_configs/base")["valid"]


@pytest.mark.parametrize("path", CONFIGS)
def test_what_no_experiment_refers_to_is_deleted_with_its_report(path: str) -> None:
    world = reported()
    del world.store.documents[f"experiments/{EXPERIMENT}"]
    obeyed(world, "delete_config", path)
    left = [each for each in world.store.documents if path.replace("/", "__") in each or each == path]
    assert left == []


@pytest.mark.parametrize("path", CONFIGS)
def test_what_an_experiment_refers_to_stays_and_the_report_says_why(path: str) -> None:
    world = reported()
    others = [world.request(number) for number in (1, 2, 3)]
    obeyed(world, "delete_config", path)
    assert path in world.store.documents
    found = report(world, path)
    assert found["deletion"]["refused"] == "4 experiments refer to it. Delete them first, or keep it."
    assert found["deletion"]["experiments"] == sorted([EXPERIMENT, *others], reverse=True)
    assert (found["deletion"]["count"], found["deletion"]["asked_at"]) == (4, world.now())
    assert (found["state"], found["valid"]) == ("ready", True)
    obeyed(world, "refresh_report", path)
    assert "deletion" not in report(world, path)


def test_a_dataset_that_a_run_has_frozen_stays_although_the_feature_config_has_another_by_now() -> None:
    world = reported()
    world.bring_to("completed")
    world.store.documents["feature_configs/base"]["dataset"] = "another"
    obeyed(world, "delete_config", "datasets/sales")
    assert report(world, "datasets/sales")["deletion"]["experiments"] == [EXPERIMENT]


def test_a_config_without_a_report_gets_one_that_says_no() -> None:
    world = World()
    obeyed(world, "delete_config", "model_configs/minimal")
    assert report(world, "model_configs/minimal")["deletion"]["experiments"] == [EXPERIMENT]


def test_a_report_that_is_being_made_is_waited_for() -> None:
    world = reported()
    report(world, "model_configs/minimal")["state"] = "computing"
    command = wish(world, "delete_config", "model_configs/minimal")
    with pytest.raises(Transient):
        config_commands.obey(command, world.services)
    assert f"commands/{command}" in world.store.documents


def test_what_is_gone_already_is_no_error() -> None:
    world = reported()
    del world.store.documents["model_configs/minimal"]
    obeyed(world, "delete_config", "model_configs/minimal")
    obeyed(world, "refresh_report", "model_configs/minimal")


def test_a_command_that_does_not_count_does_nothing() -> None:
    world = reported()
    before = dict(world.store.documents)
    world.store.put("commands/datasets--sales--delete_config", {**WRITTEN, "kind": "delete_config"})
    config_commands.obey("datasets--sales--delete_config", world.services)
    config_commands.obey("datasets--nothing--delete_config", world.services)
    assert {path: document for path, document in world.store.documents.items() if path in before} == before


def test_the_sweep_does_what_an_event_was_lost_of() -> None:
    world = reported()
    wish(world, "delete_config", "datasets/sales")
    wish(world, "refresh_report", "model_configs/minimal")
    sweep(world.services)
    assert not [path for path in world.store.documents if path.startswith("commands/")]
    assert report(world, "datasets/sales")["deletion"]["refused"].startswith("1 experiment refers to it.")
