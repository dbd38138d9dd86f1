"""Compile key and runtime parameters."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.columns import SourceTable
from shared.hashing import digest
from shared.parameters import (
    SpecOptions,
    compile_key,
    compiler_arguments,
    data_version,
    labels,
    moved,
    of_generation,
    pipeline_parameters,
    reading_time,
    repeated,
)
from shared.snapshot import Snapshot
from tests.unit.samples import EXPERIMENT_ID as EXPERIMENT

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
SNAPSHOT = Snapshot(
    names={"dataset": "Sales"}, model_type="retrieval", configs={"experiment": {"epochs": 3}},
    parameters={
        "tier": "gpu_t4", "exclude_purchased": True, "data_version": "d1",
        "epochs": 3, "batch_size": 512, "learning_rate": 0.1, "sample_percent": 25, "seed": 1, "split_seed": 2,
        "split": {"kind": "strict_time", "ref": "2025-12-31", "test_start": "2025-12-18", "val_start": "2025-12-04",
                  "train_start": None},
    },
    counts={"rows": {"train": 10}}, warnings=({"code": "W_X", "path": "a", "problem": "b", "remedy": "c",
                                               "severity": "warning"},),
    sql={"train": "SELECT 1", "eval": "SELECT 2", "test": "SELECT 3", "catalogue": "SELECT 'é`'"},
    code={"transform": "t = 1\n", "trainer": "r = 1\n"}, images={"compiler": "c@1", "trainer": "t@1"}, compile_key="k",
    spec_options={"tier": "gpu_t4"}, hardware={"tier": "gpu_t4"}, estimate={"seconds": {"Train": 3.0}},
    limits={"minutes": 120, "usd": 10.0}, protocol={"keys": {"retrieval": "r"}, "fingerprints": {"test": "f"}},
    schema={"sales": [{"name": "customer", "type": "STRING", "mode": "NULLABLE"}]},
)  # fmt: skip


def test_a_snapshot_read_back_is_the_same_snapshot():
    assert Snapshot.from_json(SNAPSHOT.to_json()) == SNAPSHOT
    assert Snapshot.from_json(SNAPSHOT.to_json().encode()) == SNAPSHOT


def test_what_is_shown_of_a_snapshot():
    prepared = SNAPSHOT.prepared("gs://b/specs/k.json")
    assert prepared.warnings[0].code == "W_X"
    assert prepared.details["code"] == {**SNAPSHOT.code, "sql": SNAPSHOT.sql}
    assert prepared.details["snapshot"]["configs"] == SNAPSHOT.configs
    assert (prepared.hardware, prepared.estimate, prepared.limits, prepared.spec_options) == (
        SNAPSHOT.hardware, SNAPSHOT.estimate, SNAPSHOT.limits, SNAPSHOT.spec_options,
    )  # fmt: skip


BEAM = ("--project=p",)
SMALL = SpecOptions.of("small", "in_process", 10, True, "europe-west4")
DATAFLOW = SpecOptions.of("small", "dataflow", 10, True, "europe-west4")
IMAGES = {"compiler": "c@1", "trainer": "t@1"}
KEY = (IMAGES, BEAM, SMALL)
OTHER_OPTIONS = [  # S0.2: each option of an experiment that its spec depends on
    ("hardware", SMALL, ("large", "in_process", 10, True, "europe-west4")),
    ("data_processing", SMALL, ("small", "dataflow", 10, True, "europe-west4")),
    ("reuse_cache", SMALL, ("small", "in_process", 10, False, "europe-west4")),
    ("max_workers", DATAFLOW, ("small", "dataflow", 11, True, "europe-west4")),
    ("region", DATAFLOW, ("small", "dataflow", 10, True, "europe-west1")),
]


@pytest.mark.parametrize(
    ("position", "other"),
    [
        (0, {**IMAGES, "compiler": "c@2"}),
        (0, {**IMAGES, "trainer": "t@2"}),
        (0, {**IMAGES, "trainer_gpu": "g@1"}),
        (1, ("--project=q",)),
    ],
)
def test_the_compile_key_depends_on_each_part(position, other):
    changed = [*KEY[:position], other, *KEY[position + 1 :]]
    assert compile_key(*KEY) != compile_key(*changed)
    assert compile_key(*KEY) == compile_key(*KEY)


@pytest.mark.parametrize(("option", "before", "after"), OTHER_OPTIONS, ids=[case[0] for case in OTHER_OPTIONS])
def test_each_option_changes_the_key_and_what_the_compiler_is_told(option, before, after):
    options = SpecOptions.of(*after)
    assert compile_key(*KEY[:2], before) != compile_key(*KEY[:2], options)
    told = [compiler_arguments("k", IMAGES, "bucket", BEAM, one) for one in (before, options)]
    assert told[0] != told[1]


def test_what_does_nothing_in_process_makes_no_other_spec():
    other = SpecOptions.of("small", "in_process", 50, True, "europe-west1")
    assert compile_key(*KEY[:2], other) == compile_key(*KEY)


def test_the_compiler_is_told_where_to_write():
    assert compiler_arguments("k", IMAGES, "bucket", BEAM, SMALL) == [
        "--compile-key", "k", "--trainer-image", "t@1", "--output", "gs://bucket/specs/k.json", "--tier", "small",
        "--processing", "in_process", "--reuse-cache", "--beam-argument=--project=p",
        "--beam-argument=--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner",
    ]  # fmt: skip


def test_the_image_for_gpus_is_beside_the_other():
    """S5.6: it is the Trainer's alone."""
    told = compiler_arguments("k", {**IMAGES, "trainer_gpu": "g@1"}, "bucket", BEAM, SMALL)
    assert told[2:6] == ["--trainer-image", "t@1", "--trainer-gpu-image", "g@1"]


def test_the_key_of_a_spec_is_what_it_was_before_there_were_images_for_gpus():
    """Specs that are stored go on being found."""
    assert compile_key(IMAGES, (), SMALL) == "fe8aff713f928b4e"


def test_dataflow_gets_the_workers_of_the_tier():
    """S5.1, S5.6."""
    assert SpecOptions.of("medium", "dataflow", 7, True, "europe-west4").beam_arguments() == [
        "--runner=DataflowRunner", "--region=europe-west4", "--max_num_workers=7",
        "--autoscaling_algorithm=THROUGHPUT_BASED", "--worker_machine_type=e2-standard-8",
    ]  # fmt: skip


def test_all_runtime_parameters_are_strings_and_carry_the_snapshot():
    parameters = pipeline_parameters(EXPERIMENT, 2, "bucket", SNAPSHOT)
    assert all(isinstance(value, str) for value in parameters.values())
    root = f"gs://bucket/experiments/{EXPERIMENT}/a2"
    assert parameters["transform_module"] == f"gs://bucket/modules/{digest('t = 1' + chr(10))}/transform_module.py"
    assert parameters["trainer_module"] == f"{root}/code/trainer/trainer_module.py"
    splits = json.loads(parameters["input_config"])["splits"]
    assert [split["name"] for split in splits] == ["train", "eval", "test", "catalogue"]
    assert splits[3]["pattern"] == "SELECT 'é`'\n-- data d1"
    assert json.loads(parameters["training"]) == {
        "experiment": EXPERIMENT, "attempt": 2, "epochs": 3, "batch_size": 512, "learning_rate": 0.1, "seed": 1,
        "split_seed": 2, "accelerator": True, "progress_uri": f"{root}/progress",
        "results_uri": f"{root}/results/results.json", "customers_uri": f"{root}/results/customers.npz",
        "baselines_uri": "gs://bucket/baselines",
        "protocol": {
            "split": "strict_time", "sample_percent": 25, "exclude_purchased": True,
            "keys": {"retrieval": "r"}, "fingerprints": {"test": "f"},
            "bounds": {"ref": "2025-12-31", "test_start": "2025-12-18", "val_start": "2025-12-04",
                       "train_start": None},
        },
        "versions": {"compiler_image": "c@1", "trainer_image": "t@1"},
    }  # fmt: skip


@pytest.mark.parametrize("tier", ["small", "gpu_l4"])
def test_only_a_gpu_tier_makes_the_trainer_look_for_one(tier):
    """S5.7."""
    snapshot = replace(SNAPSHOT, parameters={**SNAPSHOT.parameters, "tier": tier})
    training = json.loads(pipeline_parameters(EXPERIMENT, 1, "bucket", snapshot)["training"])
    assert training["accelerator"] == (tier == "gpu_l4")


def test_equal_transform_modules_lie_at_one_place_whatever_the_run():
    """So that Transform has equal parameters and its outputs can be reused (S5.1)."""
    one, other = (pipeline_parameters(EXPERIMENT, attempt, "bucket", SNAPSHOT) for attempt in (1, 2))
    assert one["transform_module"] == other["transform_module"]
    assert one["trainer_module"] != other["trainer_module"]
    changed = replace(SNAPSHOT, code={**SNAPSHOT.code, "transform": "t = 2"})
    assert pipeline_parameters(EXPERIMENT, 1, "bucket", changed)["transform_module"] != one["transform_module"]


def test_an_equal_query_over_other_data_is_another_parameter():
    """Outputs are reused by their parameters: a table that changed must not give the rows it had before."""
    changed = replace(SNAPSHOT, parameters={**SNAPSHOT.parameters, "data_version": "d2"})
    one, other = (pipeline_parameters(EXPERIMENT, 1, "bucket", snapshot) for snapshot in (SNAPSHOT, changed))
    assert one["input_config"] != other["input_config"]


@pytest.mark.parametrize(
    "change", [{"rows": 11}, {"bytes": 101}, {"modified_at": datetime(2026, 1, 2, tzinfo=UTC)}], ids=str
)
def test_the_version_of_the_data_is_that_of_its_tables(change):
    table = SourceTable((), modified_at=datetime(2026, 1, 1, tzinfo=UTC), rows=10, bytes=100)
    version = data_version({"purchases": table}, 0, NOW)
    assert version == data_version({"purchases": replace(table, location="EU")}, 0, NOW)
    assert version != data_version({"purchases": replace(table, **change)}, 0, NOW)
    assert version != data_version({"purchases": table, "products": table}, 0, NOW)


def test_what_is_reused_is_from_after_the_latest_deletion():
    assert data_version({}, 0, NOW) != data_version({}, 1, NOW)
    frozen = replace(SNAPSHOT, parameters={**SNAPSHOT.parameters, "data_version": data_version({}, 0, NOW)})
    again = of_generation(frozen, 7, NOW)
    assert again.parameters["data_version"] == data_version({}, 7, NOW)
    assert of_generation(again, 0, NOW) == frozen


def test_what_is_reused_does_not_expire_while_it_is_used():
    """Examples go after seven days (S5.14), and a run takes up to four."""
    for hours in range(24 * 14):
        written = NOW + timedelta(hours=hours)
        assert data_version({}, 0, written) != data_version({}, 0, written + timedelta(days=3))
    frozen = replace(SNAPSHOT, parameters={**SNAPSHOT.parameters, "data_version": data_version({}, 0, NOW)})
    later = NOW + timedelta(days=6)
    assert of_generation(frozen, 0, later).parameters["data_version"] == data_version({}, 0, later)


def test_runs_of_one_day_reuse_each_others_outputs():
    days = [NOW.replace(hour=0) + timedelta(days=day) for day in range(9)]
    assert all(data_version({}, 0, day) == data_version({}, 0, day + timedelta(hours=23)) for day in days)
    assert len({data_version({}, 0, day) for day in days}) < len(days)


# ------------------------------------------------------------------------------------ made of an earlier snapshot

OPTIONS = SpecOptions.of("small", "dataflow", 10, True, "europe-west4")
FROZEN = replace(
    SNAPSHOT,
    parameters={**SNAPSHOT.parameters, "region": "europe-west4"},
    spec_options=asdict(OPTIONS),
    beam_arguments=("--project=p",),
    compile_key=compile_key(IMAGES, BEAM, OPTIONS),
)


def test_the_same_in_another_region():
    moved_on = moved(FROZEN, "us-central1", None)
    assert moved_on.parameters["region"] == "us-central1"
    assert moved_on.spec_options == {**FROZEN.spec_options, "region": "us-central1"}
    assert moved_on.compile_key == compile_key(IMAGES, BEAM, SpecOptions(**moved_on.spec_options))
    assert moved_on.compile_key != FROZEN.compile_key
    assert moved(moved_on, "europe-west4", None) == FROZEN
    assert moved(FROZEN, "europe-west4", None) is FROZEN


def test_dataflow_stays_in_the_region_that_the_deployment_has_for_it():
    """Its data may not leave it: neither when the run goes elsewhere, nor when it began there by chance."""
    moved_on = moved(FROZEN, "us-central1", "europe-west4")
    assert (moved_on.parameters["region"], moved_on.spec_options["region"]) == ("us-central1", "europe-west4")
    assert moved_on.compile_key == FROZEN.compile_key


def test_a_pipeline_without_dataflow_is_the_same_in_every_region():
    options = SpecOptions.of("small", "in_process", 10, True, "europe-west4")
    key = compile_key(IMAGES, BEAM, options)
    frozen = replace(FROZEN, spec_options=asdict(options), compile_key=key)
    moved_on = moved(frozen, "us-central1", None)
    assert (moved_on.compile_key, moved_on.spec_options) == (key, frozen.spec_options)
    assert moved_on.parameters["region"] == "us-central1"


def test_only_the_identity_of_a_rerun_is_its_own():
    parent = replace(FROZEN, configs={"experiment": {"epochs": 3, "name": "a", "owner": "ada", "parent": None}})
    own = {"epochs": 9, "name": "b", "owner": "bob", "parent": EXPERIMENT, "origin": "rerun"}
    again = repeated(parent, own)
    assert again.configs["experiment"] == {**own, "epochs": 3}
    assert again.names == {"dataset": "Sales", "experiment": "b"}
    assert replace(again, names=parent.names, configs=parent.configs) == parent


NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "read_at"),
    [
        ([timedelta(days=30)], NOON - timedelta(hours=12)),  # long ago: the day's first moment
        ([timedelta(hours=2)], NOON - timedelta(hours=2) + timedelta(seconds=1)),
        ([timedelta(hours=2), timedelta(hours=3)], NOON - timedelta(hours=2) + timedelta(seconds=1)),
        ([timedelta(0)], NOON),
        ([timedelta(days=30), None], NOON),  # nobody knows when it changed
    ],
)
def test_runs_of_one_day_read_unchanged_tables_at_one_moment(changed, read_at):
    """S1.28, S5.1: else no query would ever be equal to another."""
    tables = {
        f"t{index}": SourceTable((), modified_at=None if ago is None else NOON - ago)
        for index, ago in enumerate(changed)
    }
    assert reading_time(tables, NOON) == read_at


def test_labels_fit_the_providers_grammar():
    import re

    for name, value in labels(EXPERIMENT, 1, "a" * 63).items():
        assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name)
        assert re.fullmatch(r"[a-z0-9_-]{0,63}", value)
