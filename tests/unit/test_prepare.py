"""`preparing`: everything wrong at once, everything right frozen once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.adapters.ports import Refused
from functions.prepare import prepare
from shared import paths
from shared.columns import SourceColumn
from shared.problems import InvalidDocument
from shared.runs import new_run
from tests.fakes.world import COLUMNS, COUNTS, EXPERIMENT, START, World, category, table

RUN = new_run(EXPERIMENT, {}, "wholesale", START)


def change(world: World, path: str, **fields: Any) -> None:
    world.store.documents[path].update(fields)


def problems(world: World) -> dict[str, str]:
    """path -> code of what is wrong."""
    with pytest.raises(InvalidDocument) as caught:
        prepare(RUN, world.services)
    return {problem.path: problem.code for problem in caught.value.problems}


def sentence(world: World) -> str:
    with pytest.raises(InvalidDocument) as caught:
        prepare(RUN, world.services)
    first = caught.value.problems[0]
    return f"{first.path}: {first.problem} {first.remedy}"


def test_the_snapshot_and_both_modules_are_written():
    world = World()
    prepared = prepare(RUN, world.services)
    snapshot = json.loads(world.blobs.objects[paths.snapshot(EXPERIMENT, 1)])
    assert set(snapshot["configs"]) == {"experiment", "dataset", "feature_config", "model_config"}
    assert snapshot["configs"]["experiment"]["model_config"] == "minimal"
    assert (
        world.blobs.objects[paths.transform_module(snapshot["code"]["transform"])].decode()
        == snapshot["code"]["transform"]
    )
    assert world.blobs.objects[paths.trainer_module(EXPERIMENT, 1)].decode() == snapshot["code"]["trainer"]
    assert prepared.names == {
        "experiment": "first", "dataset": "Sales", "feature_config": "Base", "model_config": "Minimal",
    }  # fmt: skip
    assert prepared.counts["rows"]["train"] == COUNTS["train_rows"]
    assert prepared.spec_uri == f"gs://bucket/specs/{prepared.compile_key}.json"


def test_overrides_of_the_request_come_before_the_model_config():
    world = World()
    change(world, "model_configs/minimal", batch_size=1024, learning_rate=0.5)
    assert prepare(RUN, world.services).parameters["batch_size"] == 1024
    other = World()
    change(other, "model_configs/minimal", batch_size=1024, learning_rate=0.5, optimizer="adagrad")
    change(other, f"experiments/{EXPERIMENT}", batch_size=2048, learning_rate=0.25, epochs=7, seed=3, split_seed=4)
    parameters = prepare(RUN, other.services).parameters
    assert {name: parameters[name] for name in ("batch_size", "learning_rate", "epochs", "seed", "split_seed")} == {
        "batch_size": 2048, "learning_rate": 0.25, "epochs": 7, "seed": 3, "split_seed": 4,
    }  # fmt: skip


def test_defaults_follow_the_optimizer_and_the_rows():
    world = World()
    change(world, "model_configs/minimal", optimizer="adagrad")
    parameters = prepare(RUN, world.services).parameters
    assert (parameters["learning_rate"], parameters["batch_size"], parameters["sample_percent"]) == (0.1, 512, 100)
    assert parameters["split"]["kind"] == "strict_time"


def test_whoever_was_first_decides_what_is_frozen():
    """Two handlers at once, or a crash after the snapshot: configs that changed meanwhile change nothing."""
    world = World()
    first = prepare(RUN, world.services)
    change(world, "model_configs/minimal", learning_rate=0.9)
    del world.blobs.objects[paths.trainer_module(EXPERIMENT, 1)]
    assert prepare(RUN, world.services) == first
    assert paths.trainer_module(EXPERIMENT, 1) in world.blobs.objects
    assert len(world.warehouse.queries) == 3, "the second time nothing is asked"


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("feature_configs/base", "feature_config: no document feature_configs/base."),
        ("model_configs/minimal", "model_config: no document model_configs/minimal."),
        ("datasets/sales", "dataset: no document datasets/sales."),
    ],
)
def test_a_missing_config_is_one_sentence(missing: str, expected: str):
    world = World()
    del world.store.documents[missing]
    assert sentence(world) == f"{expected} Write it first, e.g. `quicktest apply -f ...`."


def test_all_missing_configs_are_told_at_once():
    world = World()
    del world.store.documents["feature_configs/base"]
    del world.store.documents["model_configs/minimal"]
    assert problems(world) == {"feature_config": "E_NOT_FOUND", "model_config": "E_NOT_FOUND"}


def test_a_malformed_request_is_told():
    world = World()
    change(world, f"experiments/{EXPERIMENT}", epochs="many", colour="red")
    found = problems(world)
    assert set(found) == {"epochs", "colour"}


def test_problems_of_named_documents_say_which_document():
    world = World()
    change(world, "datasets/sales", timezone=7)
    change(world, "model_configs/minimal", optimizer="magic")
    assert set(problems(world)) == {"dataset.timezone", "model_config.optimizer"}


def test_an_unknown_table_is_one_sentence():
    world = World()
    world.warehouse.tables.clear()
    assert sentence(world).startswith("dataset.tables.0.table: the warehouse has no table `shop.sales`.")


def test_an_unknown_column_and_an_unsupported_type_are_told():
    world = World()
    world.warehouse.tables["shop.sales"] = table(*COLUMNS, SourceColumn("place", "GEOGRAPHY"))
    change(world, "feature_configs/base", query_features=[category("customr", is_primary_id=True), category("place")])
    found = problems(world)
    assert "feature_config.query_features.0.column" in found
    assert found["feature_config.query_features.1.column"] == "E_TYPE"


def test_an_empty_dataset_is_told_and_nothing_is_written():
    world = World()
    world.warehouse.answer = lambda sql: {**COUNTS, "source_rows": 0, "role_rows": 0}
    assert list(problems(world).values()) == ["E_EMPTY"]
    assert not world.blobs.objects


def test_a_split_without_rows_is_told_before_anything_is_paid():
    world = World()
    world.warehouse.answer = lambda sql: {**COUNTS, "test_rows": 0, "test_customers": 0}
    assert "E_SPLIT_TOO_SMALL" in problems(world).values()
    assert not world.builds.builds


def test_a_query_that_the_warehouse_refuses_is_refused():
    world = World()

    def answer(sql: str) -> dict:
        raise Refused("INVALID_ARGUMENT: Query exceeded limit for bytes billed: 1")

    world.warehouse.answer = answer
    with pytest.raises(Refused):
        prepare(RUN, world.services)
