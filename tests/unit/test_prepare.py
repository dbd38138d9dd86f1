"""`preparing`: everything wrong at once, everything right frozen once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from functions.adapters.ports import Refused
from functions.config_reports import report_on
from functions.prepare import prepare
from shared import paths
from shared.analysis.figures import ColumnStatistics
from shared.columns import SourceColumn
from shared.problems import InvalidDocument, Problem
from shared.reports import RULES
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
    assert len(world.warehouse.queries) == 2, "the second time nothing is asked"


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("feature_configs/base", "feature_config: there is no feature_config `base`."),
        ("model_configs/minimal", "model_config: there is no model_config `minimal`."),
        ("datasets/sales", "feature_config.dataset: there is no dataset `sales`."),
    ],
)
def test_a_missing_config_is_one_sentence(missing: str, expected: str):
    world = World()
    del world.store.documents[missing]
    assert sentence(world) == f"{expected} Write it first, e.g. `quicktest apply -f FILE`, or name another."


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


# ------------------------------------------------------------------------------------- everything wrong, at once


def test_the_problems_of_all_documents_are_told_at_once_with_their_paths():
    world = World()
    change(world, "datasets/sales", timezone="Mars/Olympus", roles={"customer_id": "nobody", "product_id": "product"})
    change(world, "feature_configs/base", query_crosses=[{"features": ["customer", "customer"]}])
    change(world, "model_configs/minimal", momentum=0.5)
    change(world, f"experiments/{EXPERIMENT}", region="mars-1", hardware="gpu_a100")
    found = problems(world)
    assert {path.partition(".")[0] for path in found} == {
        "dataset", "feature_config", "model_config", "region", "hardware",
    }  # fmt: skip
    assert (found["dataset.timezone"], found["region"]) == ("E_TIMEZONE", "E_REGION")
    assert found["model_config.momentum"] == "E_UNKNOWN_FIELD"


def test_a_dataset_is_checked_although_the_features_that_name_it_are_malformed():
    world = World()
    change(world, "feature_configs/base", query_features="none")
    change(world, "datasets/sales", timezone="Mars/Olympus")
    assert {"feature_config.query_features", "dataset.timezone"} <= set(problems(world))


@pytest.mark.parametrize("collection", ["datasets", "feature_configs", "model_configs"])
def test_a_submission_is_refused_with_the_same_words_as_the_report(collection: str):
    wrong = {
        "datasets": ("sales", {"timezone": "Mars/Olympus"}),
        "feature_configs": ("base", {"query_features": [category("nothing", is_primary_id=True)]}),
        "model_configs": ("minimal", {"hard_negatives": 1_000, "batch_size": 256}),
    }
    document_id, fields = wrong[collection]
    world = World()
    change(world, f"{collection}/{document_id}", **fields)
    report_on(collection, document_id, world.services)
    told = world.store.documents[f"reports/{collection}__{document_id}"]["problems"]
    with pytest.raises(InvalidDocument) as caught:
        prepare(RUN, world.services)
    refused = [(problem.problem, problem.remedy) for problem in caught.value.problems]
    assert told
    assert {(problem["problem"], problem["remedy"]) for problem in told} <= set(refused)


# ------------------------------------------------------------------------------------------ what the rows say


def snapshot_of(world: World) -> dict[str, Any]:
    prepare(RUN, world.services)
    return json.loads(world.blobs.objects[paths.snapshot(EXPERIMENT, 1)])


def test_a_leak_that_is_an_error_refuses_before_anything_is_paid(monkeypatch: pytest.MonkeyPatch):
    leak = Problem("L_QUERY_ITEM", "feature_config.query_features.0.column", "it settles the product.", "Remove it.")
    monkeypatch.setattr("functions.leaks.leakage", lambda *_: [leak])
    world = World()
    assert problems(world) == {leak.path: "L_QUERY_ITEM"}
    assert not world.blobs.objects


def test_a_leak_that_is_a_warning_is_stored_with_the_run():
    world = World()
    world.warehouse.answer = lambda sql: {**COUNTS, "last_day": date(2027, 1, 1)}
    prepared = prepare(RUN, world.services)
    assert "L_FUTURE" in {warning.code for warning in prepared.warnings}


@pytest.mark.parametrize("path", ["datasets/sales", "feature_configs/base", "model_configs/minimal"])
def test_a_name_that_was_taken_before_is_refused(path: str):
    """S1.35."""
    world = World()
    document = world.store.documents[path]
    older = {**document, "name": document["name"].swapcase(), "created_at": START - timedelta(days=1)}
    world.store.put(f"{path}-older", older)
    assert problems(world) == {f"{path.split('/')[0].removesuffix('s')}.name": "E_NAME_TAKEN"}


def ranking(world: World) -> None:
    change(world, "feature_configs/base", target={"column": "price"})
    change(world, "model_configs/minimal", model_type="ranking")


def test_a_target_that_is_predicted_is_required_in_every_row():
    plain, ranked = World(), World()
    ranking(ranked)
    assert "`price`" not in snapshot_of(plain)["sql"]["train"]
    sql = snapshot_of(ranked)["sql"]["train"]
    assert "NOT `price` IS NULL" in sql
    assert all("`price`" in query for query in ranked.warehouse.queries[:2]), "the counts are of the same rows"


def counted(world: World, **column: Any) -> None:
    """The dataset's report has statistics."""
    statistics = ColumnStatistics(**{"type": "STRING", "count": 100, "nulls": 0, **column}).to_dict()
    world.store.put("reports/datasets__sales/parts/statistics", {"rules": RULES, "columns": [statistics]})


def test_a_target_with_one_value_is_refused():
    world = World()
    ranking(world)
    counted(world, name="price", type="FLOAT64", distinct=1)
    assert problems(world) == {"feature_config.target.column": "E_TARGET_CONSTANT"}
    counted(world, name="price", type="FLOAT64", distinct=2)
    assert prepare(RUN, world.services).model_type == "ranking"


def test_a_column_that_changed_since_the_dataset_was_saved_is_refused_until_it_is_saved_again():
    world = World()
    report_on("datasets", "sales", world.services)
    number = [SourceColumn("customer", "INTEGER"), *COLUMNS[1:]]
    world.warehouse.tables["shop.sales"] = table(*number)
    assert problems(world) == {"dataset.tables": "E_SCHEMA_CHANGED"}
    assert "`sales.customer` was STRING" in sentence(world)
    world.wait(1)
    change(world, "datasets/sales", updated_at=world.now())
    assert prepare(RUN, world.services), "the report is not of this dataset any more"
    report_on("datasets", "sales", world.services)
    world.blobs.objects.clear()
    assert snapshot_of(world)["schema"]["sales"][0] == {"name": "customer", "type": "INT64", "mode": "NULLABLE"}


def test_native_tables_are_read_as_they_were_and_views_as_they_are():
    native, view = World(), World()
    view.warehouse.tables["shop.sales"] = table(*COLUMNS, native=False)
    assert "FOR SYSTEM_TIME AS OF" in snapshot_of(native)["sql"]["train"]
    assert "FOR SYSTEM_TIME AS OF" not in snapshot_of(view)["sql"]["train"]


# ----------------------------------------------------------------------------------- machines, money, protocol


def parameters_of(**fields: Any) -> dict[str, Any]:
    world = World()
    change(world, f"experiments/{EXPERIMENT}", **fields)
    return snapshot_of(world)


@pytest.mark.parametrize(
    ("fields", "parameter", "value", "other_spec"),
    [
        ({"hardware": "medium"}, "tier", "medium", True),
        ({"data_processing": "dataflow"}, "data_processing", "dataflow", True),
        ({"data_processing": "dataflow", "max_workers": 3}, "max_workers", 3, True),
        ({"reuse_cache": False}, "reuse_cache", False, True),
        ({"exclude_purchased": True}, "exclude_purchased", True, False),
        ({"region": "us-central1"}, "region", "us-central1", False),
        ({"epochs": 7}, "epochs", 7, False),
    ],
)
def test_options_of_the_experiment_are_frozen(fields: dict, parameter: str, value: Any, other_spec: bool):
    """No option is decoration (S0.2); those that shape the pipeline make another spec."""
    world = World()
    world.services = replace(world.services, config=replace(world.services.config, other_regions=("us-central1",)))
    change(world, f"experiments/{EXPERIMENT}", **fields)
    changed, usual = snapshot_of(world), parameters_of()
    assert changed["parameters"][parameter] == value != usual["parameters"][parameter]
    assert (changed["compile_key"] != usual["compile_key"]) == other_spec


@pytest.mark.parametrize(
    ("hardware", "deployed", "expected"),
    [
        ("gpu_t4", "gpu@sha256:3", {"trainer_gpu": "gpu@sha256:3"}),
        ("gpu_t4", None, {}),
        ("small", "gpu@sha256:3", {}),
    ],
)
def test_only_a_run_on_a_gpu_is_made_with_the_image_for_it(hardware: str, deployed: str | None, expected: dict):
    """S5.6."""
    world = World(trainer_gpu_image=deployed)
    change(world, f"experiments/{EXPERIMENT}", hardware=hardware)
    plain = {"compiler": "compiler@sha256:1", "trainer": "trainer@sha256:2"}
    assert snapshot_of(world)["images"] == {**plain, **expected}
    assert prepare(RUN, world.services).images == {**plain, **expected}


def test_dataflow_works_in_the_region_that_the_deployment_has_for_it():
    world = World(dataflow_region="europe-west1")
    change(world, f"experiments/{EXPERIMENT}", data_processing="dataflow")
    snapshot = snapshot_of(world)
    assert (snapshot["parameters"]["region"], snapshot["spec_options"]["region"]) == ("europe-west4", "europe-west1")
    elsewhere = World()
    change(elsewhere, f"experiments/{EXPERIMENT}", data_processing="dataflow")
    assert snapshot_of(elsewhere)["spec_options"]["region"] == "europe-west4"


def test_the_recommended_tier_comes_with_its_reason_and_a_chosen_one_is_kept():
    assert parameters_of()["hardware"]["tier"] == "small"
    assert "rows" in parameters_of()["hardware"]["reason"]
    assert parameters_of(hardware="large")["hardware"] == {
        "tier": "large", "reason": "It was chosen by hand.", "processing": "in_process", "workers": 0,
    }  # fmt: skip


def test_an_estimate_and_the_limits_are_frozen_before_anything_is_paid():
    found = parameters_of(max_minutes=30, max_cost_usd=2.0)
    assert found["limits"] == {"minutes": 30, "usd": 2.0, "attempts": 3}
    assert found["estimate"]["total_seconds"] > 0
    assert found["estimate"]["usd"]["warehouse"] > 0, "four queries by dry run"
    assert found["estimate"]["seconds"]["Compile"] == 120


def test_a_stored_spec_is_not_waited_for_in_the_estimate():
    world = World()
    key = parameters_of()["compile_key"]
    world.blobs.objects[paths.compiled_spec(key)] = b"{}"
    assert snapshot_of(world)["estimate"]["seconds"]["Compile"] == 0


def test_past_runs_correct_the_estimate():
    world = World()
    stage = {"name": "Schema", "state": "done", "started_at": START, "ended_at": START + timedelta(seconds=90)}
    past = {"stages": [stage], "estimate": {"formula_seconds": {"Schema": 45.0}}}
    world.store.past_runs = lambda tier, most: [past] * 5 if tier == "small" else []
    assert snapshot_of(world)["estimate"]["seconds"]["Schema"] == 90


def test_past_best_epochs_say_when_early_stopping_is_expected():
    """S5.8: the median best epoch and the patience."""

    def training(past: list[dict[str, Any]]) -> float:
        world = World()
        change(world, f"experiments/{EXPERIMENT}", epochs=500)
        world.store.past_runs = lambda tier, most: past
        return snapshot_of(world)["estimate"]["seconds"]["Train"]

    early = training([{"stages": [], "estimate": None, "progress": {"best_epoch": 3}}])
    assert early < training([]) == training([{"stages": [], "estimate": None, "progress": None}])


def test_a_run_that_would_cost_more_than_its_cap_is_refused():
    world = World()
    world.warehouse.bytes = 2**40
    world.warehouse.rows, world.warehouse.row = _unbilled(world)
    change(world, f"experiments/{EXPERIMENT}", max_cost_usd=0.1)
    assert problems(world) == {"max_cost_usd": "E_COST_CAP"}
    assert not world.blobs.objects


def _unbilled(world: World) -> tuple[Any, Any]:
    """Queries that the byte cap of the dataset does not stop."""
    answer = world.warehouse.answer
    return (lambda sql, limit: [answer(sql)]), (lambda sql, limit: answer(sql))


def test_a_model_too_large_for_its_tier_is_refused_with_the_number():
    world = World()
    counted(world, name="product", distinct=2_000_000)
    wide = {"kind": "category", "column": "sold_at", "hashing": {"buckets": 10_000_000, "embedding_dim": 512}}
    world.warehouse.tables["shop.sales"] = table(*COLUMNS[:2], SourceColumn("sold_at", "STRING"), COLUMNS[3])
    world.warehouse.answer = lambda sql: {**COUNTS, "first_day": None, "last_day": None}
    change(world, "datasets/sales", roles={"customer_id": "customer", "product_id": "product"})
    change(world, "feature_configs/base", query_features=[category("customer", is_primary_id=True), wide])
    change(world, f"experiments/{EXPERIMENT}", hardware="small", split={"kind": "random"})
    assert problems(world) == {"hardware": "E_MEMORY_TIER"}


def keys(**fields: Any) -> dict[str, str]:
    return parameters_of(**fields)["protocol"]["keys"]


def test_the_protocol_is_of_what_figures_depend_on_and_of_nothing_else():
    usual = keys()
    assert set(usual) == {"retrieval"}
    assert usual["retrieval"]
    for same in ({"epochs": 9}, {"seed": 3}, {"sample_percent": 50}, {"name": "other"}, {"hardware": "large"}):
        assert keys(**same) == usual, same
    others = (
        {"split_seed": 3},
        {"exclude_purchased": True},
        {"model_endpoint": "retail"},
        {"split": {"kind": "random"}},
    )
    assert len({keys(**other)["retrieval"] for other in others} | {usual["retrieval"]}) == 1 + len(others)


def test_other_test_rows_are_another_protocol():
    world = World()
    world.warehouse.answer = lambda sql: {**COUNTS, "test_checksum": 5}
    assert snapshot_of(world)["protocol"]["keys"] != keys()


def test_a_ranking_run_is_of_its_targets_protocol():
    world, other = World(), World()
    for each in (world, other):
        each.warehouse.tables["shop.sales"] = table(*COLUMNS, SourceColumn("rating", "FLOAT"))
        ranking(each)
    change(other, "feature_configs/base", target={"column": "rating"})
    first, second = (snapshot_of(each)["protocol"]["keys"] for each in (world, other))
    assert set(first) == set(second) == {"rating"}
    assert first != second
