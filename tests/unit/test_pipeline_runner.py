"""What the pipeline stand-in reads out of a compiled spec, checked on a spec as the compiler writes it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from local.cloud.adaptation import local_arguments, localise
from local.cloud.reuse import fingerprint
from local.cloud.spec import InvalidSpec, Plan, executor_input, fill_in, merge_outputs, read_plan

SPEC = json.loads((Path(__file__).parent / "golden" / "pipeline_spec.json").read_text())
PARAMETERS = {
    "input_config": json.dumps({"splits": [{"name": "train", "pattern": "SELECT 'gs://x' AS a FROM `d.t`"}]}),
    "transform_module": "gs://bucket/a/transform_module.py",
    "trainer_module": "gs://bucket/a/trainer_module.py",
    "training": json.dumps({"epochs": 3, "results_uri": "gs://bucket/a/results.json"}),
}
STORAGE = Path("/storage")


@pytest.fixture
def plan() -> Plan:
    return read_plan(SPEC)


@pytest.fixture
def broken() -> dict[str, Any]:
    return copy.deepcopy(SPEC)


def tasks_of(spec: dict[str, Any]) -> dict[str, Any]:
    return spec["root"]["dag"]["tasks"]


def test_tasks_come_after_those_they_depend_on(plan):
    order = list(plan.tasks)
    assert order == ["BigQueryExampleGen", "StatisticsGen", "SchemaGen", "Transform", "Trainer"]
    for task in plan.tasks.values():
        assert all(order.index(needed) < order.index(task.name) for needed in task.depends_on)


def test_the_spec_needs_the_four_parameters(plan):
    assert plan.required_parameters == set(PARAMETERS)
    with pytest.raises(InvalidSpec, match="without a value: training, transform_module"):
        plan.values({name: PARAMETERS[name] for name in ("input_config", "trainer_module")})
    with pytest.raises(InvalidSpec, match="no parameters epochs"):
        plan.values({**PARAMETERS, "epochs": 3})


def test_executor_input_holds_runtime_values_constants_and_fresh_outputs(plan):
    given = executor_input(plan.tasks["BigQueryExampleGen"], plan.values(PARAMETERS), {}, "gs://bucket/root/E_1")
    assert given["inputs"]["parameterValues"] == {
        "input_config": PARAMETERS["input_config"],
        "output_config": "{}",
        "output_data_format": 6,
        "output_file_format": 5,
    }
    assert given["inputs"]["artifacts"] == {}
    (examples,) = given["outputs"]["artifacts"]["examples"]["artifacts"]
    assert examples["uri"] == "gs://bucket/root/E_1/examples"
    assert "tfx.Examples" in examples["type"]["instanceSchema"]
    assert given["outputs"]["outputFile"] == "gs://bucket/root/E_1/executor_output.json"


def test_two_experiments_differ_only_in_what_they_bring_along(plan):
    other = {**PARAMETERS, "training": json.dumps({"epochs": 9})}
    first, second = (
        executor_input(plan.tasks["Trainer"], plan.values(values), produced_by_all(plan), "gs://b/r/T_1")
        for values in (PARAMETERS, other)
    )
    assert first["inputs"]["parameterValues"]["custom_config"] == PARAMETERS["training"]
    assert second["inputs"]["parameterValues"].pop("custom_config") == other["training"]
    del first["inputs"]["parameterValues"]["custom_config"]
    assert first == second


def test_an_input_artifact_is_what_its_producer_reported(plan):
    produced = produced_by_all(plan)
    produced["Transform"]["transformed_examples"]["metadata"] = {"split_names": '["train"]'}
    given = executor_input(plan.tasks["Trainer"], plan.values(PARAMETERS), produced, "gs://b/r/T_1")
    (examples,) = given["inputs"]["artifacts"]["examples"]["artifacts"]
    assert examples["uri"] == "gs://b/Transform/transformed_examples"
    assert examples["metadata"] == {"split_names": '["train"]'}


def test_reported_metadata_is_merged_and_the_announced_uri_kept(plan):
    given = executor_input(plan.tasks["SchemaGen"], plan.values(PARAMETERS), produced_by_all(plan), "gs://b/r/S_1")
    reported = {"artifacts": {"schema": {"artifacts": [{"uri": "/local/elsewhere", "metadata": {"tfx_version": "1"}}]}}}
    merged = merge_outputs(given, reported)
    assert merged["schema"]["uri"] == "gs://b/r/S_1/schema"
    assert merged["schema"]["metadata"] == {"tfx_version": "1"}
    assert merge_outputs(given, {})["schema"]["metadata"] == {}


def test_the_placeholder_becomes_the_executor_input(plan):
    args = fill_in(plan.tasks["Trainer"].args, {"inputs": {"a": 1}})
    assert args[args.index("--json_serialized_invocation_args") + 1] == '{"inputs": {"a": 1}}'
    assert "{{$}}" not in args


def test_only_bigquerys_executor_is_swapped(plan):
    examples = local_arguments(plan.tasks["BigQueryExampleGen"].args)
    assert "local.worker.example_gen.Executor" in examples
    assert not any("google_cloud_big_query" in argument for argument in examples)
    trainer = plan.tasks["Trainer"].args
    assert local_arguments(trainer)[: len(trainer)] == list(trainer)


def test_the_local_beam_runner_wins_over_the_spec():
    arguments = local_arguments(["--executor_class_path", "x", "--runner=DataflowRunner"])
    runners = [argument for argument in arguments if argument.startswith("--runner=")]
    assert runners[-1].endswith("FnApiRunner")
    assert "--setup_file=/dev/null" in arguments


def test_storage_paths_are_localised_wherever_they_are_whole_values():
    localised = localise({"uri": "gs://b/x", "list": ["gs://b/y", 3], **PARAMETERS}, STORAGE)
    assert localised["uri"] == "/storage/b/x"
    assert localised["list"] == ["/storage/b/y", 3]
    assert localised["transform_module"] == "/storage/bucket/a/transform_module.py"
    assert json.loads(localised["training"]) == {"epochs": 3, "results_uri": "/storage/bucket/a/results.json"}


def test_a_query_that_mentions_storage_is_left_alone():
    localised = localise({"input_config": PARAMETERS["input_config"], "text": "see gs://b", "odd": "{gs://b"}, STORAGE)
    assert json.loads(localised["input_config"]) == json.loads(PARAMETERS["input_config"])
    assert (localised["text"], localised["odd"]) == ("see gs://b", "{gs://b")


def changed(spec: dict[str, Any], name: str) -> dict[str, Any]:
    """The spec with one thing changed that Transform's outputs depend on."""
    spec = copy.deepcopy(spec)
    container = spec["deploymentSpec"]["executors"]["Transform_executor"]["container"]
    if name == "image":
        container["image"] = "other"
    elif name in ("command", "args"):
        container[name].append("--more")
    elif name == "pipeline":
        spec["pipelineInfo"]["name"] = "other"
    elif name == "constant":
        tasks_of(spec)["Transform"]["inputs"]["parameters"]["force_tf_compat_v1"] = {"runtimeValue": {"constant": 1}}
    return spec


def fingerprint_of(spec: dict[str, Any], task: str = "Transform", produced: str = "gs://b", **values: str) -> str:
    plan = read_plan(spec)
    artifacts = {
        producer: {key: {**body, "name": body["uri"].replace("gs://b", produced)} for key, body in outputs.items()}
        for producer, outputs in produced_by_all(plan).items()
    }
    given = executor_input(plan.tasks[task], plan.values({**PARAMETERS, **values}), artifacts, "gs://b/r/any")
    return fingerprint(plan, plan.tasks[task], given)


@pytest.mark.parametrize("name", ["image", "command", "args", "pipeline", "constant"])
def test_a_fingerprint_depends_on_all_of_the_component(name):
    assert fingerprint_of(SPEC) == fingerprint_of(copy.deepcopy(SPEC))
    assert fingerprint_of(changed(SPEC, name)) != fingerprint_of(SPEC)


def test_a_fingerprint_depends_on_parameters_and_inputs_of_its_task_alone():
    assert fingerprint_of(SPEC, transform_module="gs://bucket/b/transform_module.py") != fingerprint_of(SPEC)
    assert fingerprint_of(SPEC, produced="gs://other") != fingerprint_of(SPEC)
    assert fingerprint_of(SPEC, training="{}") == fingerprint_of(SPEC)
    assert fingerprint_of(SPEC, "SchemaGen") != fingerprint_of(SPEC, "StatisticsGen")


def test_a_plan_knows_which_outputs_may_be_reused(plan):
    assert {name for name, task in plan.tasks.items() if task.may_reuse} == set(plan.tasks) - {"Trainer"}


def test_a_circle_is_refused(broken):
    tasks_of(broken)["StatisticsGen"]["dependentTasks"] = ["Trainer"]
    with pytest.raises(InvalidSpec, match="in a circle"):
        read_plan(broken)


def test_a_dangling_reference_is_refused(broken):
    del broken["deploymentSpec"]["executors"]["Trainer_executor"]
    with pytest.raises(InvalidSpec, match="Trainer_executor"):
        read_plan(broken)


@pytest.mark.parametrize("version", [None, "2.0.0"])
def test_another_schema_version_is_refused(broken, version):
    broken["schemaVersion"] = version
    with pytest.raises(InvalidSpec, match="schema version"):
        read_plan(broken)


def test_what_is_not_interpreted_is_refused_and_not_ignored(broken):
    tasks_of(broken)["Trainer"]["triggerPolicy"] = {"condition": "true"}
    with pytest.raises(InvalidSpec, match="triggerPolicy"):
        read_plan(broken)


def produced_by_all(plan: Plan) -> dict[str, dict[str, dict[str, Any]]]:
    """An artifact for every output of every task."""
    return {
        task.name: {
            key: {"name": key, "uri": f"gs://b/{task.name}/{key}", "type": body["artifactType"], "metadata": {}}
            for key, body in task.outputs["artifacts"].items()
        }
        for task in plan.tasks.values()
    }
