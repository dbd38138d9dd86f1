"""Statistics and schema as the real TFX wrote them: what is read of them, and what becomes of it in a run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.cloud import aiplatform_v1 as vertex
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import statistics_pb2

from functions import artifacts
from functions.adapters import vertex_pipelines
from functions.adapters.ports import Refused, Transient
from functions.artifacts import Unreadable, schema_from, split_from
from local.cloud.job_records import JobRecord, TaskRecord, to_pipeline_job
from shared.facts import Task
from shared.insights.data import statistics
from shared.insights.data.anomalies import anomalies_of
from shared.insights.data.drift import drift_rows, drifts_by_split
from shared.insights.data.sources import sources_of
from shared.insights.data.statistics import SPLITS, Split, in_parts, statistics_documents
from shared.runs import State
from tests.fakes.world import TASKS, World
from tests.unit import samples

FIXTURES = Path(__file__).parent / "fixtures" / "tfx_statistics"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text())
FOLDER = "experiments/exp-other/a1/pipeline"  # an equal run's, whose outputs were taken over


def content_of(split: str) -> bytes:
    return (FIXTURES / f"{split}.pb").read_bytes()


def splits() -> list[Split]:
    return [split_from(name, content_of(name)) for name in SPLITS]


def schema() -> bytes:
    return (FIXTURES / "schema.pbtxt").read_bytes()


# ------------------------------------------------------------------------------------------------------- reading


def test_shares_that_are_missing_come_from_the_examples_that_have_the_feature():
    for split in splits():
        found = {name: split.missing(name) for name in split.features}
        assert found == pytest.approx(EXPECTED["missing"][split.name])


def test_figures_of_numbers_texts_and_lists():
    document = statistics_documents(splits())["statistics"]
    features = {row["name"]: row for row in document["features"]}
    assert [(split["name"], split["rows"]) for split in document["splits"]] == [
        ("train", 4_000), ("eval", 1_000), ("test", 800),
    ]  # fmt: skip
    for split, medians in EXPECTED["medians"].items():
        found = {name: features[name]["splits"][split]["numbers"]["median"] for name in medians}
        assert found == pytest.approx(medians, rel=0.05)
    price = features["price"]["splits"]["train"]["numbers"]
    assert len(price["quantiles"]["highs"]) == len(price["quantiles"]["counts"]) == 20
    assert sum(price["histogram"]["counts"]) == pytest.approx(4_000, abs=1)
    assert features["quantity"]["splits"]["train"]["numbers"]["zeros"] == pytest.approx(0.60675)
    assert {name: features[name]["type"] for name in ("price", "quantity", "group")} == {
        "price": "float", "quantity": "integer", "group": "text",
    }  # fmt: skip
    assert (features["bought_before"]["list"], features["price"]["list"]) == (True, False)
    lengths = features["bought_before"]["splits"]["train"]["length"]
    assert (lengths["min"], lengths["max"]) == (0, 5) and 2 < lengths["mean"] < 3
    top = features["customer_id"]["splits"]["train"]["texts"]["top"]
    assert len(top) == 20 and top[0]["share"] == top[0]["count"] / 4_000
    assert features["campaign"]["splits"]["test"] == {"missing": 1.0, "present": 0, "values": 0}


def test_drift_is_what_the_rows_themselves_say():
    """Texts and whole numbers exactly; other numbers as far as quantiles tell."""
    rows = {(row["split"], row["feature"]): row for row in drift_rows(splits())}
    for split, features in EXPECTED["drift"].items():
        for name, expected in features.items():
            tolerance = 0.005 if name == "price" else 1e-9
            assert rows[split, name]["js"] == pytest.approx(expected["js"], abs=tolerance), (split, name)
            assert rows[split, name]["l_infinity"] == pytest.approx(expected["l_infinity"], abs=tolerance)


def test_what_one_split_does_not_have_comes_first_and_then_the_largest():
    rows = drift_rows(splits())
    assert [(row["feature"], row["split"], row["flag"]) for row in rows[:3]] == [
        ("campaign", "test", "missing"), ("campaign", "eval", "constant"), ("channel", "test", "constant"),
    ]  # fmt: skip
    sizes = [row["js"] for row in rows[3:]]
    assert sizes == sorted(sizes, reverse=True)
    assert {row["feature"] for row in rows[3:] if row["level"] == "noticeable"} == {"group", "code", "price"}


def test_what_splitting_by_time_makes_comes_last_and_is_said_so():
    roles = {"event_time": "price", "order_id": "campaign", "customer_id": "customer_id"}
    snapshot = {"configs": {"dataset": {"roles": roles}}, "parameters": {"split": {"kind": "strict_time"}}}
    assert drifts_by_split(snapshot) == {"price", "campaign"}
    rows = drift_rows(splits(), drifts_by_split(snapshot))
    assert [(row["feature"], row["by_split"]) for row in rows[-4:]] == [
        ("campaign", True), ("campaign", True), ("price", True), ("price", True),
    ]  # fmt: skip
    assert rows[0]["feature"] == "channel"
    assert (
        drifts_by_split({**snapshot, "parameters": {"split": {"kind": "random"}}}) == drifts_by_split({}) == frozenset()
    )


def test_anomalies_are_those_that_tfdv_finds():
    found: dict[str, dict[str, list[str]]] = {"eval": {}, "test": {}}
    for anomaly in anomalies_of(splits(), schema_from(schema())):
        found[anomaly["split"]].setdefault(anomaly["feature"], []).append(anomaly["kind"])
    assert found == EXPECTED["anomalies"]


def test_an_anomaly_is_a_sentence():
    words = [anomaly["words"] for anomaly in anomalies_of(splits(), schema_from(schema()))]
    assert "`group` has values that train does not have: `caviar`, 10% of its values." in words
    assert "`price` is missing in 127 of 800 rows (16%); train had it in every row." in words


def test_a_schema_tells_what_is_required_and_which_values_there_are():
    found = {expected.name: expected for expected in schema_from(schema())}
    assert (found["price"].required, found["delivery_days"].required) == (True, False)
    assert found["price"].valency == (1, 1)
    assert "naïve 🍷" in found["group"].domain.values
    assert found["code"].domain.digits and found["code"].domain.values is None


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"not a message", content_of("train")[:-7]])
def test_damaged_statistics_are_told_as_such(content: bytes):
    with pytest.raises(Unreadable, match="the statistics of train are (damaged|empty)"):
        split_from("train", content)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"feature {", b"nonsense"])
def test_a_damaged_schema_is_told_as_such(content: bytes):
    with pytest.raises(Unreadable, match="the schema is damaged"):
        schema_from(content)


HOSTILE = """
datasets { num_examples: %d
  features { path { step: "n" } type: FLOAT num_stats { common_stats { num_non_missing: 5 tot_num_values: 5 }
    mean: nan std_dev: nan min: -inf median: nan max: inf num_zeros: 9
    histograms { num_nan: 3 type: QUANTILES buckets { low_value: -inf high_value: nan sample_count: nan }
      buckets { low_value: 0 high_value: inf sample_count: -2 } } } }
  features { path { step: "t" } type: STRING string_stats { common_stats { num_non_missing: 18446744073709551615
    max_num_values: 18446744073709551615 avg_num_values: inf }
    unique: 18446744073709551615 rank_histogram { buckets { label: "%s" sample_count: inf }
      buckets { label: "" sample_count: nan } buckets { label: "" sample_count: 1 } } } }
  features { path { step: "%s" } type: STRUCT struct_stats { common_stats { num_non_missing: 5 } } }
  features { name: "empty" }
}
"""


@pytest.mark.parametrize("rows", [0, 5, 2**64 - 1])
def test_no_figure_of_a_file_breaks_anything(rows: int):
    text = HOSTILE % (rows, "\\360\\237\\215\\267<b>" * 1_000, "x" * 10_000)
    message = text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList())
    hostile = [split_from(name, message.SerializeToString()) for name in SPLITS]
    for known in (hostile, [splits()[0], *hostile[1:]], [hostile[0], *splits()[1:]]):
        documents = {**statistics_documents(known), **in_parts("drift", {}, "features", drift_rows(known)),
                     "anomalies": anomalies_of(known, schema_from(schema()))}  # fmt: skip
        text = json.dumps(documents, allow_nan=False)
        assert len(text) < 100_000
        assert not re.search(r"[0-9]{20}", text), "no integer of the database is so large"


def test_a_large_statistics_is_split_into_parts_of_bounded_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statistics, "MOST_BYTES", 500_000)
    wide = [
        replace(split, features={f"{name}_{number}": feature for number in range(60)
                                 for name, feature in split.features.items()})
        for split in splits()
    ]  # fmt: skip
    documents = statistics_documents(wide)
    sizes = [len(json.dumps(document)) for document in documents.values()]
    assert max(sizes) < 110_000 and sum(sizes) < 520_000
    first = documents["statistics"]
    assert first["parts"] == len(documents) > 3
    assert list(documents) == ["statistics", *statistics.part_names("statistics", first)]
    assert sum(len(document["features"]) for document in documents.values()) + first["left_out"] == 60 * 9


# ----------------------------------------------------------------------------------------------------------- runs


@pytest.fixture
def world() -> World:
    """A run whose job is running."""
    found = World()
    found.bring_to("running")
    return found


def end_stages(world: World, *kinds: str, state: str = "RUNNING", **uris: str) -> None:
    """The stages of `kinds` have ended, and say where their artifacts are."""
    by_task = {artifacts.TASKS[kind]: {kind: uris.get(kind, f"gs://bucket/{FOLDER}/{kind}")} for kind in kinds}
    tasks = [Task(name, "SKIPPED" if name in by_task else "RUNNING", outputs=by_task.get(name, {})) for name in TASKS]
    world.pipelines.move(world.name(), state, *tasks)


def write_artifacts(world: World) -> None:
    for split in SPLITS:
        world.blobs.objects[f"{FOLDER}/statistics/Split-{split}/FeatureStats.pb"] = content_of(split)
    world.blobs.objects[f"{FOLDER}/schema/schema.pbtxt"] = schema()


def test_statistics_and_then_the_schema_appear_as_their_stages_end(world: World):
    write_artifacts(world)
    end_stages(world, "statistics")
    assert world.reconcile().insights == {"statistics": "done"}
    assert world.detail("statistics")["splits"][0] == {"name": "train", "rows": 4_000}
    assert world.detail("drift")["features"][0]["feature"] == "campaign"
    end_stages(world, "statistics", "schema")
    run = world.reconcile()
    assert (run.state, run.insights) == (State.RUNNING, {"statistics": "done", "schema": "done"})
    assert world.detail("schema")["checked_by"] == "quicktest"
    assert len(world.detail("schema")["anomalies"]) == 6


def test_what_was_read_once_is_not_read_again(world: World):
    write_artifacts(world)
    end_stages(world, "statistics", "schema")
    revision = world.reconcile().revision
    world.blobs.objects.clear()
    assert world.reconcile().revision == revision


def test_what_no_look_got_is_caught_up_with_before_the_run_is_completed(world: World):
    write_artifacts(world)
    end_stages(world, "statistics", "schema", state="SUCCEEDED")
    world.write_results()
    run = world.reconcile()
    assert (run.state, run.insights) == (State.COMPLETED, {"statistics": "done", "schema": "done"})


def broken(world: World) -> Iterator[tuple[str, str]]:
    """What may be wrong, and the words for it."""
    end_stages(world, "statistics", statistics="gs://elsewhere/statistics")
    yield "elsewhere", "failed: gs://elsewhere/statistics does not lie in this deployment's bucket"
    end_stages(world, "statistics")
    yield "missing", f"failed: gs://bucket/{FOLDER}/statistics/Split-train/FeatureStats.pb is missing"
    write_artifacts(world)
    world.blobs.objects[f"{FOLDER}/statistics/Split-eval/FeatureStats.pb"] = b"\xff\xff"
    yield "damaged", "failed: the statistics of eval are damaged"
    world.blobs.objects[f"{FOLDER}/statistics/Split-eval/FeatureStats.pb"] = b"\x00" * (artifacts.LONGEST + 1)
    yield "large", "failed: OUT_OF_RANGE: "


@pytest.mark.parametrize("which", range(4))
def test_an_artifact_that_cannot_be_read_is_told_and_hurts_no_run(world: World, which: int):
    cases = broken(world)
    words = [next(cases)[1] for _ in range(which + 1)][-1]
    run = world.reconcile()
    assert run.state is State.RUNNING
    assert run.insights["statistics"].startswith(words)
    world.write_results()
    world.succeed_job()
    run = world.reconcile()
    assert run.state is State.COMPLETED
    assert run.insights["schema"] == "failed: the job does not tell where SchemaGen left its schema"


def test_a_fault_in_our_own_reading_hurts_no_run(world: World, monkeypatch: pytest.MonkeyPatch):
    write_artifacts(world)
    end_stages(world, "statistics")
    monkeypatch.setattr("shared.insights.data.drift.drift_rows", lambda *_: 1 / 0)
    run = world.reconcile()
    assert (run.state, run.insights) == (
        State.RUNNING, {"statistics": "failed: ZeroDivisionError: division by zero"},
    )  # fmt: skip


def test_a_file_that_cannot_be_had_holds_no_run_up(world: World, monkeypatch: pytest.MonkeyPatch):
    """While it runs there is another look; while its results are collected ten minutes are enough."""
    write_artifacts(world)
    end_stages(world, "statistics")
    read = world.blobs.read

    def failing(name: str, longest: int) -> bytes | None:
        if "FeatureStats" in name:
            raise Transient("DEADLINE_EXCEEDED: storage")
        return read(name, longest)

    monkeypatch.setattr(world.blobs, "read", failing)
    world.write_epoch(0)
    run = world.reconcile()
    assert (run.epochs_done, run.insights) == (1, {})
    world.write_epoch(1)
    world.write_results()
    end_stages(world, "statistics", "schema", state="SUCCEEDED")
    with pytest.raises(Transient):
        world.reconcile()
    world.wait(601)
    run = world.reconcile()
    assert run.state is State.COMPLETED
    assert run.insights["statistics"] == "failed: DEADLINE_EXCEEDED: storage"


def test_an_outage_is_waited_for_and_a_missing_right_too_while_the_run_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    write_artifacts(world)
    end_stages(world, "statistics")
    read, error = world.blobs.read, [Transient("UNAVAILABLE: storage")]

    def failing(name: str, longest: int) -> bytes | None:
        if error and "FeatureStats" in name:
            raise error[0]
        return read(name, longest)

    monkeypatch.setattr(world.blobs, "read", failing)
    assert world.reconcile().insights == {}
    error[0] = Refused("PERMISSION_DENIED: no")
    assert world.reconcile().insights == {}
    world.write_results()
    end_stages(world, "statistics", "schema", state="SUCCEEDED")
    run = world.reconcile()
    assert run.state is State.COMPLETED
    assert run.insights["statistics"] == "failed: PERMISSION_DENIED: no"


# ---------------------------------------------------------------------------------------------------------- wire


def wire_job(**task: Any) -> vertex.PipelineJob:
    return vertex.PipelineJob({"name": "j", "job_detail": {"task_details": [{"task_name": "StatisticsGen", **task}]}})


def test_a_task_tells_its_artifacts_as_vertex_ai_sends_them():
    outputs = {"statistics": {"artifacts": [{"uri": "gs://b/s", "name": "projects/p/1"}]}, "nothing": {}}
    job = vertex_pipelines._job(wire_job(state="SKIPPED", outputs=outputs))
    assert job.tasks[0].outputs == {"statistics": "gs://b/s"}
    assert vertex_pipelines._job(wire_job(state="RUNNING")).tasks[0].outputs == {}


def test_the_stand_in_tells_them_alike():
    body = {"name": "gs://b/s", "uri": "gs://b/s", "type": {"schemaTitle": "tfx.ExampleStatistics"}, "metadata": {}}
    time = "2026-11-21T12:00:00Z"
    task = TaskRecord("StatisticsGen", 7, "SKIPPED", time, artifacts={"statistics": body})
    record = JobRecord("projects/p/locations/r/pipelineJobs/j", {}, time, time, tasks={"StatisticsGen": task})
    job = vertex_pipelines._job(to_pipeline_job(record))
    assert {each.name: each.outputs for each in job.tasks} == {"j": {}, "StatisticsGen": {"statistics": "gs://b/s"}}


# --------------------------------------------------------------------------------------------------------- sources


def test_a_column_tells_where_it_comes_from_and_what_becomes_of_it(world: World):
    found = sources_of(world.detail("snapshot"))
    assert found["customer"]["source"] == {
        "table": "shop.sales", "column": "customer", "type": "STRING", "expression": "`customer`",
    }  # fmt: skip
    assert found["sold_at"]["source"]["expression"] == "UNIX_SECONDS(TIMESTAMP(DATETIME(`sold_at`, 'UTC')))"
    assert [(row["tower"], row["output"]) for row in found["product"]["outputs"]] == [("candidate", "c_product")]


EVERYTHING = (Path(__file__).parent / "golden" / "sql" / "everything.sql").read_text()


def test_expressions_are_those_of_the_query():
    snapshot = {
        "configs": {
            "dataset": {**samples.DATASET, "tables": [{"table": "sales.purchases"}, {"table": "w-eu.sales.products"}]},
            "feature_config": samples.FEATURE_CONFIG,
        },
        "sql": {"train": EVERYTHING.split("-- train\n")[1].split("\n-- ")[0]},
        "schema": {"products": [{"name": "group.name", "type": "STRING", "mode": "NULLABLE"}]},
    }
    found = {name: row["source"] for name, row in sources_of(snapshot).items() if row["source"]}
    assert found["category"] == {
        "table": "w-eu.sales.products", "column": "group.name", "type": "STRING", "expression": "`group`.`name`",
    }  # fmt: skip
    assert found["price"]["expression"].startswith("COALESCE(IF(IS_NAN(`price`)")
    assert not any(name.startswith("qt_") for name in found)


@pytest.mark.parametrize("snapshot", [{}, {"configs": {}}, {"configs": {"dataset": 1, "feature_config": 2}, "sql": {}}])
def test_a_snapshot_that_cannot_be_read_gives_nothing(snapshot: dict[str, Any]):
    assert sources_of(snapshot) == {}
