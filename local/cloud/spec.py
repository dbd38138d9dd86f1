"""A compiled pipeline spec (schema 2.1.0) read as a plan: pure, no process is started and no file is touched here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

EXECUTOR_INPUT = "{{$}}"
SCHEMA_VERSION = "2.1.0"

Artifacts = Mapping[str, Mapping[str, Any]]  # output key -> RuntimeArtifact as JSON


class InvalidSpec(ValueError):
    """The spec cannot be run; becomes INVALID_ARGUMENT."""


@dataclass(frozen=True)
class Task:
    """One task with its component and its container, all as the spec's JSON."""

    name: str
    depends_on: tuple[str, ...]
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    image: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    may_reuse: bool  # an equal task's outputs


@dataclass(frozen=True)
class Plan:
    """`tasks` in an order in which each comes after those it depends on."""

    pipeline: str
    tasks: Mapping[str, Task]
    required_parameters: frozenset[str]
    defaults: Mapping[str, Any]

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every runtime parameter's value; raises InvalidSpec for missing and for unknown ones."""
        known = self.required_parameters | set(self.defaults)
        if missing := sorted(self.required_parameters - set(given)):
            raise InvalidSpec(f"Runtime parameters without a value: {', '.join(missing)}.")
        if unknown := sorted(set(given) - known):
            raise InvalidSpec(f"The pipeline has no parameters {', '.join(unknown)}.")
        return {**self.defaults, **given}


def read_plan(spec: Mapping[str, Any]) -> Plan:
    """Check everything that running relies on; raises InvalidSpec."""
    if spec.get("schemaVersion") != SCHEMA_VERSION:
        raise InvalidSpec(f"The spec has schema version {spec.get('schemaVersion')}, not {SCHEMA_VERSION}.")
    try:
        tasks = {name: _task(name, task, spec) for name, task in spec["root"]["dag"]["tasks"].items()}
        order = list(TopologicalSorter({name: task.depends_on for name, task in tasks.items()}).static_order())
        parameters = spec["root"].get("inputDefinitions", {}).get("parameters", {})
        return Plan(
            pipeline=spec["pipelineInfo"]["name"],
            tasks={name: tasks[name] for name in order},
            required_parameters=frozenset(
                name for name, body in parameters.items() if "defaultValue" not in body and not body.get("isOptional")
            ),
            defaults={name: body["defaultValue"] for name, body in parameters.items() if "defaultValue" in body},
        )
    except KeyError as error:
        raise InvalidSpec(f"The spec refers to {error}, which it does not hold.") from error
    except CycleError as error:
        raise InvalidSpec(f"Tasks depend on each other in a circle: {error.args[1]}.") from error


def executor_input(
    task: Task, values: Mapping[str, Any], produced: Mapping[str, Artifacts], folder: str
) -> dict[str, Any]:
    """The ExecutorInput of one try of a task, which writes to `folder`; `produced` holds what finished tasks wrote."""
    return {
        "inputs": {
            "parameterValues": {
                name: _parameter(body, values) for name, body in task.inputs.get("parameters", {}).items()
            },
            "artifacts": {
                name: {"artifacts": [_produced(body, produced)]}
                for name, body in task.inputs.get("artifacts", {}).items()
            },
        },
        "outputs": {
            "artifacts": {
                key: {"artifacts": [_new_artifact(key, body, folder)]}
                for key, body in task.outputs.get("artifacts", {}).items()
            },
            "outputFile": f"{folder}/executor_output.json",
        },
    }


def fill_in(args: tuple[str, ...], given: Mapping[str, Any]) -> list[str]:
    """A container's arguments with the ExecutorInput in its place."""
    return [json.dumps(given) if argument == EXECUTOR_INPUT else argument for argument in args]


def merge_outputs(given: Mapping[str, Any], reported: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The artifacts that a try was told to write, with the metadata that its executor reported about them."""
    merged = {}
    for key, announced in given["outputs"]["artifacts"].items():
        artifact = dict(announced["artifacts"][0])
        for report in reported.get("artifacts", {}).get(key, {}).get("artifacts", []):
            artifact["metadata"] = {**artifact["metadata"], **report.get("metadata", {})}
        merged[key] = artifact
    return merged


def _task(name: str, task: Mapping[str, Any], spec: Mapping[str, Any]) -> Task:
    component = spec["components"][task["componentRef"]["name"]]
    if "dag" in component:
        raise InvalidSpec(f"Task {name} is a pipeline of its own, which the one-machine stack does not run.")
    executor = spec["deploymentSpec"]["executors"][component["executorLabel"]]
    unsupported = sorted({*executor} - {"container"}) + sorted({*task} & {"triggerPolicy", "iterator"})
    if unsupported or "lifecycle" in executor["container"]:
        raise InvalidSpec(f"Task {name} uses {unsupported or 'lifecycle'}, which the one-machine stack does not run.")
    return Task(
        name=name,
        depends_on=tuple(task.get("dependentTasks", ())),
        inputs=task.get("inputs", {}),
        outputs=component.get("outputDefinitions", {}),
        image=executor["container"]["image"],
        command=tuple(executor["container"]["command"]),
        args=tuple(executor["container"].get("args", ())),
        may_reuse=task.get("cachingOptions", {}).get("enableCache", False),
    )


def _parameter(body: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    return values[body["componentInputParameter"]] if "componentInputParameter" in body else _constant(body)


def _constant(body: Mapping[str, Any]) -> Any:
    return body["runtimeValue"]["constant"]


def _produced(body: Mapping[str, Any], produced: Mapping[str, Artifacts]) -> Mapping[str, Any]:
    source = body["taskOutputArtifact"]
    return produced[source["producerTask"]][source["outputArtifactKey"]]


def _new_artifact(key: str, body: Mapping[str, Any], folder: str) -> dict[str, Any]:
    return {"name": f"{folder}/{key}", "uri": f"{folder}/{key}", "type": body["artifactType"], "metadata": {}}
