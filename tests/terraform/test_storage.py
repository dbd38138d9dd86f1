"""What the buckets and the database keep, against the paths and files of the product (S5.14)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quicktest.cloud import looking
from shared import paths
from tests.terraform.plan import Plan

ROOT = Path(__file__).parents[2]
RUN = "exp-01jd4qz0000000000000000000"
FOLDER = paths.pipeline_root(RUN, 1) + "/123/exp-a1/456"
STAYS = [
    paths.snapshot(RUN, 1),
    paths.results(RUN, 1),
    paths.customers(RUN, 1),
    paths.trainer_module(RUN, 1),
    paths.transform_module("source"),
    f"{paths.progress_folder(RUN, 1)}/epoch-0003.json",
    f"{FOLDER}/StatisticsGen_1/statistics/Split-train/FeatureStats.pb",
    f"{FOLDER}/SchemaGen_1/schema/schema.pbtxt",
    f"{FOLDER}/Transform_1/transform_graph/metadata/schema.pbtxt",
]
GOES = {  # after how many days
    f"{FOLDER}/BigQueryExampleGen_1/examples/Split-train/data_tfrecord-00000-of-00001.gz": 7,
    f"{FOLDER}/Transform_1/transformed_examples/Split-eval/transformed_examples-00000-of-00001.gz": 7,
    f"{FOLDER}/Trainer_1/model/Format-Serving/saved_model.pb": 30,
    f"{FOLDER}/Trainer_1/model/Format-Serving/variables/variables.data-00000-of-00001": 30,
    paths.stage_log(RUN, 1, "Trainer"): 30,
    paths.compiled_spec("key"): 30,
}


@pytest.mark.parametrize("name", STAYS)
def test_what_a_run_is_shown_by_stays(plan: Plan, name: str) -> None:
    assert _days(plan, name) == []


@pytest.mark.parametrize("name", GOES)
def test_what_is_large_or_can_be_made_anew_goes(plan: Plan, name: str) -> None:
    assert _days(plan, name) == [GOES[name]]


def test_buckets_are_private_and_say_so(plan: Plan) -> None:
    assert len(plan.of("google_storage_bucket")) >= 2
    for bucket in plan.of("google_storage_bucket"):
        assert bucket["uniform_bucket_level_access"] is True, "conditions on folders need it"
        assert bucket["public_access_prevention"] == "enforced"


def test_what_is_protected_in_production_is_not_where_things_are_tried(planned) -> None:
    for root, protected in (("environments/dev", False), ("environments/prod", True)):
        plan = planned(root)
        [database] = plan.of("google_firestore_database")
        assert database["delete_protection_state"] == f"DELETE_PROTECTION_{'ENABLED' if protected else 'DISABLED'}"
        assert bool(plan.of("google_firestore_backup_schedule")) is protected is root.endswith(looking.BACKED_UP)
        assert _data(plan)["force_destroy"] is not protected
        assert all(each["deletion_protection"] is protected for each in plan.of("google_sql_database_instance"))


def test_what_beam_throws_away_invokes_nothing_and_goes_within_a_week(plan: Plan) -> None:
    [work] = [each for each in plan.of("google_storage_bucket") if each["name"].endswith("-work")]
    assert work["lifecycle_rule"][0]["condition"][0]["age"] == 7
    watched = [
        each["value"]
        for trigger in plan.of("google_eventarc_trigger")
        for each in trigger["matching_criteria"]
        if each["attribute"] == "bucket"
    ]
    assert watched == [_data(plan)["name"]]


# ------------------------------------------------------------------------------------------------------------ database


def test_the_database_is_the_one_that_everybody_looks_at(plan: Plan) -> None:
    [database] = plan.of("google_firestore_database")
    assert (database["name"], database["type"]) == ("(default)", "FIRESTORE_NATIVE")


def test_rules_are_those_of_the_tests(plan: Plan) -> None:
    [ruleset] = plan.of("google_firebaserules_ruleset")
    [file] = ruleset["source"][0]["files"]
    assert file["content"] == (ROOT / "firestore.rules").read_text()
    [release] = plan.of("google_firebaserules_release")
    assert release["name"] == "cloud.firestore"


def test_composite_indexes_are_those_of_the_tests(plan: Plan) -> None:
    wanted = [
        (
            each["collectionGroup"],
            each["queryScope"],
            [(field["fieldPath"], field["order"]) for field in each["fields"]],
        )
        for each in _indexes()["indexes"]
    ]
    found = [
        (each["collection"], each["query_scope"], [(field["field_path"], field["order"]) for field in each["fields"]])
        for each in plan.of("google_firestore_index")
    ]
    assert sorted(found) == sorted(wanted)


def test_indexes_of_single_fields_are_those_of_the_tests(plan: Plan) -> None:
    wanted = {
        (each["collectionGroup"], each["fieldPath"]): (
            [(index["queryScope"], index.get("order"), index.get("arrayConfig")) for index in each["indexes"]],
            each.get("ttl", False),
        )
        for each in _indexes()["fieldOverrides"]
    }
    found = {
        (each["collection"], each["field"]): (
            [
                (index["query_scope"], index.get("order"), index.get("array_config"))
                for config in each["index_config"]
                for index in config.get("indexes", ())
            ],
            bool(each.get("ttl_config")),
        )
        for each in plan.of("google_firestore_field")
    }
    assert found == wanted
    assert all(len(each["index_config"]) == 1 for each in plan.of("google_firestore_field")), "else it is the default"


def _indexes() -> dict:
    return json.loads((ROOT / "firestore.indexes.json").read_text())


def _data(plan: Plan) -> dict:
    [bucket] = [each for each in plan.of("google_storage_bucket") if each["name"].endswith("-quicktest")]
    return bucket


def _days(plan: Plan, name: str) -> list[int]:
    """Ages at which rules delete an object of the data bucket."""
    found = []
    for rule in _data(plan)["lifecycle_rule"]:
        [condition] = rule["condition"]
        if rule["action"][0]["type"] == "Delete" and _matches(condition, name):
            found.append(condition["age"])
    return found


def _matches(condition: dict, name: str) -> bool:
    prefixes, suffixes = condition["matches_prefix"] or [""], condition["matches_suffix"] or [""]
    return name.startswith(tuple(prefixes)) and name.endswith(tuple(suffixes))
