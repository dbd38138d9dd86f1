"""Compile key and runtime parameters."""

from __future__ import annotations

import json

import pytest

from shared.parameters import compile_key, compiler_arguments, labels, pipeline_parameters
from shared.snapshot import Snapshot
from tests.fakes.world import EXPERIMENT

SNAPSHOT = Snapshot(
    names={"dataset": "Sales"}, model_type="retrieval", configs={"experiment": {"epochs": 3}},
    parameters={
        "epochs": 3, "batch_size": 512, "learning_rate": 0.1, "sample_percent": 25, "seed": 1, "split_seed": 2,
        "split": {"kind": "strict_time", "ref": "2025-12-31", "test_start": "2025-12-18", "val_start": "2025-12-04",
                  "train_start": None},
    },
    counts={"rows": {"train": 10}}, warnings=({"code": "W_X", "path": "a", "problem": "b", "remedy": "c",
                                               "severity": "warning"},),
    sql={"train": "SELECT 1", "eval": "SELECT 2", "test": "SELECT 3", "catalogue": "SELECT 'é`'"},
    code={"transform": "t = 1\n", "trainer": "r = 1\n"}, images={"compiler": "c@1", "trainer": "t@1"}, compile_key="k",
)  # fmt: skip


def test_a_snapshot_read_back_is_the_same_snapshot():
    assert Snapshot.from_json(SNAPSHOT.to_json()) == SNAPSHOT
    assert Snapshot.from_json(SNAPSHOT.to_json().encode()) == SNAPSHOT


def test_what_is_shown_of_a_snapshot():
    prepared = SNAPSHOT.prepared("gs://b/specs/k.json")
    assert prepared.warnings[0].code == "W_X"
    assert prepared.details["code"] == {**SNAPSHOT.code, "sql": SNAPSHOT.sql}
    assert prepared.details["snapshot"]["configs"] == SNAPSHOT.configs


KEY = ("compiler@sha256:1", "trainer@sha256:2", ("--project=p",))


@pytest.mark.parametrize("position", range(3))
def test_the_compile_key_depends_on_each_part(position: int):
    changed = list(KEY)
    changed[position] = ("--project=q",) if position == 2 else "other@sha256:3"
    assert compile_key(*KEY) != compile_key(*changed)
    assert compile_key(*KEY) == compile_key(*KEY)


def test_the_compiler_is_told_where_to_write():
    assert compiler_arguments("k", "t@1", "bucket", ["--project=p"]) == [
        "--compile-key", "k", "--trainer-image", "t@1", "--output", "gs://bucket/specs/k.json",
        "--beam-argument=--project=p",
    ]  # fmt: skip


def test_all_runtime_parameters_are_strings_and_carry_the_snapshot():
    parameters = pipeline_parameters(EXPERIMENT, 2, "bucket", SNAPSHOT)
    assert all(isinstance(value, str) for value in parameters.values())
    root = f"gs://bucket/experiments/{EXPERIMENT}/a2"
    assert parameters["transform_module"] == f"{root}/code/transform/transform_module.py"
    assert parameters["trainer_module"] == f"{root}/code/trainer/trainer_module.py"
    splits = json.loads(parameters["input_config"])["splits"]
    assert [split["name"] for split in splits] == ["train", "eval", "test", "catalogue"]
    assert splits[3]["pattern"] == "SELECT 'é`'"
    assert json.loads(parameters["training"]) == {
        "experiment": EXPERIMENT, "attempt": 2, "epochs": 3, "batch_size": 512, "learning_rate": 0.1, "seed": 1,
        "split_seed": 2, "progress_uri": f"{root}/progress", "results_uri": f"{root}/results/results.json",
        "protocol": {
            "split": "strict_time", "sample_percent": 25,
            "bounds": {"ref": "2025-12-31", "test_start": "2025-12-18", "val_start": "2025-12-04",
                       "train_start": None},
        },
        "versions": {"compiler_image": "c@1", "trainer_image": "t@1"},
    }  # fmt: skip


def test_labels_fit_the_providers_grammar():
    import re

    for name, value in labels(EXPERIMENT, 1, "a" * 63).items():
        assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name)
        assert re.fullmatch(r"[a-z0-9_-]{0,63}", value)
