"""The life of one experiment as events tell it, and the sweep's minute over many (`scale_counts` counts both)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from benchmarks.scale_counts import ENDPOINT, Counted, CountedWorld
from functions.reconcile import look_after
from functions.searching import first_id
from functions.sweep import sweep
from shared import paths
from shared.documents import Experiment
from shared.facts import Task
from shared.runs import State
from shared.splits import SPLITS
from tests.fakes.world import EXPERIMENT, TASKS, documents, epoch_record, results

EPOCHS = Experiment.model_fields["epochs"].default
TASK_STATES = ("PENDING", "RUNNING", "SUCCEEDED")  # each is an entry of the log; so are three states of the job
RESULT_FILES = 2  # results.json and customers.npz
FOLDER = "artifacts"  # of the data stages, whoever made them

# Objects of recorded runs (one machine, demo purchases, four epochs): 54 when no output is reused, 22 when all but the
# Trainer's are, as in most runs of a study. Epochs are counted apart.
OBJECTS_FRESH, OBJECTS_REUSED, EPOCHS_OF_RECORD = 54, 22, 4


@dataclass(frozen=True)
class Life:
    """What one completed experiment asked for."""

    counted: Counted
    looks: int  # deliveries that reached `look_after`
    documents: dict[str, int]  # bytes as JSON, by collection, of what is left


def life(epochs: int = EPOCHS) -> Life:
    """An experiment whose spec is compiled already and whose events all arrive, once each, in order."""
    world = _world(1, epochs)
    world.reconcile()  # as if the one before had been compiled: its spec is what this one finds
    world.blobs.objects[world.spec_path()] = b'{"pipelineInfo": {}}'
    spec = dict(world.blobs.objects)
    world = _world(1, epochs)
    world.blobs.objects.update({name: content for name, content in spec.items() if name.startswith("specs/")})
    counted, looks = world.begin(), 0

    def event() -> None:
        nonlocal looks
        world.wait(2)
        looks += 1
        look_after(EXPERIMENT, world.services)

    event()  # on_experiment_created
    for _ in _job(world, epochs):
        event()
    assert world.run().state is State.COMPLETED, world.run()
    assert world.run().unkept_logs == ()
    sizes: dict[str, int] = {}
    for path, document in world.store.documents.items():
        name = "/".join(path.split("/")[::2]) + (f"/{path.split('/')[3]}" if "/details/" in path else "")
        sizes[name] = max(sizes.get(name, 0), len(json.dumps(document, default=str)))
    return Life(counted, looks, sizes)


def _job(world: CountedWorld, epochs: int) -> Iterator[None]:
    """The outside's moves, each of which is an event: three states of the job, three of each task, an object of each
    epoch and of each result."""
    done: list[str] = []

    def move(state: str, task: str | None = None, task_state: str = "PENDING") -> None:
        told = [_task(world, each, "SUCCEEDED") for each in done]
        if task is not None and task not in done:
            told.append(_task(world, task, task_state))
        world.pipelines.move(world.name(), state, *told)

    for state in ("PENDING", "RUNNING"):
        move(state)
        yield
    for task in TASKS:
        for state in TASK_STATES:
            if task == "Trainer" and state == "SUCCEEDED":
                yield from _training(world, epochs)
            if state == "SUCCEEDED":
                done.append(task)
            move("RUNNING", task, state)
            yield
    move("SUCCEEDED")
    yield


def _training(world: CountedWorld, epochs: int) -> Iterator[None]:
    folder = paths.progress_folder(EXPERIMENT, 1)
    for epoch in range(epochs):
        record = {**epoch_record(epoch), "epochs": epochs}
        world.blobs.objects[f"{folder}/epoch-{epoch:04d}.json"] = json.dumps(record).encode()
        yield
    for _ in range(RESULT_FILES):
        world.write_results()
        yield


def _task(world: CountedWorld, name: str, state: str) -> Task:
    """With a log and the artifacts that a run reads."""
    ended = world.time if state == "SUCCEEDED" else None
    kind = {"StatisticsGen": "statistics", "SchemaGen": "schema"}.get(name)
    outputs = {kind: f"gs://bucket/{FOLDER}/{kind}"} if kind else {}
    return replace(world.task(name, state), ended_at=ended, log_job=str(TASKS.index(name)), outputs=outputs)


# ------------------------------------------------------------------------------------------------------------ the sweep


@dataclass(frozen=True)
class Load:
    """What a sweep finds: runs whose job is running, runs that wait for a place, and runs that ended today."""

    running: int = 0
    waiting: int = 0
    ended: int = 0
    configs: int = 0  # so many of the first have a feature and a model config of their own


def a_sweep(load: Load, later_s: int = 60) -> Counted:
    """One minute's sweep over a deployment at rest; about so long after the last thing happened."""
    world = _crowd(load)
    world.wait(later_s)
    sweep(world.services)
    world.wait(60)
    counted = world.begin()
    told = sweep(world.services)
    assert told["failed"] == 0, told
    return counted


def a_start(waiting: int) -> Counted:
    """A new experiment that has to wait behind others."""
    world = _crowd(Load(running=1, waiting=waiting))
    new = _request(world, 900_000)
    counted = world.begin()
    look_after(new, world.services)
    return counted


def an_end(
    blocks: int = 0, running: int = 0, waiting: int = 0, configs: int = 0, running_elsewhere: int = 0,
    configs_elsewhere: int = 0,
) -> Counted:  # fmt: skip
    """The event at which a run ends, with what is shown of it and with who comes next. `configs`: feature and model
    configs that ended runs of its endpoint named; `elsewhere`: of other endpoints and their datasets."""
    load = Load(running=running + running_elsewhere + 1, waiting=waiting, ended=configs, configs=configs)
    world = _crowd(load)
    world.fill_index(blocks)
    for number in range(configs_elsewhere):
        _write_configs(world, f"else-{number}", dataset="other")
    seated = sorted(world.store.seated_runs())
    for other in seated[len(seated) - running_elsewhere :]:
        world.store.documents[f"runs/{other}"]["model_endpoint"] = "elsewhere"
    experiment = seated[0]
    name = paths.attempt_name(experiment, 1)
    world.services.store.index(ENDPOINT)  # this process knows it
    written = json.dumps(results(experiment=experiment)).encode()
    world.blobs.objects[paths.results(experiment, 1)] = written
    world.pipelines.move(name, "SUCCEEDED", *(_task(world, each, "SUCCEEDED") for each in TASKS))
    counted = world.begin()
    run = look_after(experiment, world.services)
    assert run is not None and run.state is State.COMPLETED, run
    return counted


def a_burst(experiments: int, places: int = 2) -> Counted:
    """Many at once through a deployment with few places, until all have ended. Nobody is let in who has no place, and
    nobody before those who came earlier."""
    world = _world(places, 2)
    del world.store.documents[f"experiments/{EXPERIMENT}"]
    waiting = [_request(world, number) for number in range(experiments)]
    counted = world.begin()
    for each in waiting:
        look_after(each, world.services)
        world.wait(1)
    for first in waiting:
        running = sorted(world.store.documents["quotas/running"]["holders"])
        assert running == waiting[waiting.index(first) :][:places], running
        if world.run_of(first).state is State.COMPILING:
            world.blobs.objects[paths.compiled_spec((world.run_of(first).spec or {})["key"])] = b"{}"
            for each in running:
                look_after(each, world.services)
        world.pipelines.move(paths.attempt_name(first, 1), "FAILED", error="it failed")
        look_after(first, world.services)
        assert world.run_of(first).state is State.FAILED
    return counted


def _world(places: int, epochs: int) -> CountedWorld:
    world = CountedWorld()
    world.wait(86_400)  # nobody has written a config lately
    world.with_places(places)
    world.logs.lines.update({str(number): ("a line",) for number in range(len(TASKS))})
    for split in SPLITS:
        world.blobs.objects[f"{FOLDER}/statistics/Split-{split}/FeatureStats.pb"] = b""
    world.blobs.objects[f"{FOLDER}/schema/schema.pbtxt"] = b'feature { name: "customer" type: BYTES }'
    world.store.documents[f"experiments/{EXPERIMENT}"]["epochs"] = epochs
    return world


def _crowd(load: Load) -> CountedWorld:
    world = _world(load.running + load.ended, 2)
    del world.store.documents[f"experiments/{EXPERIMENT}"]
    for number in range(load.ended + load.running):
        own = f"own-{number}" if number < load.configs else None
        experiment = _request(world, number, {"feature_config": own, "model_config": own} if own else {})
        if own:
            _write_configs(world, own, dataset="sales")
        world.reconcile(experiment)
        if world.run_of(experiment).state is not State.RUNNING:
            world.blobs.objects[paths.compiled_spec((world.run_of(experiment).spec or {})["key"])] = b"{}"
            world.reconcile(experiment)
        name = paths.attempt_name(experiment, 1)
        world.pipelines.move(name, "RUNNING")
        if number < load.ended:
            world.pipelines.move(name, "FAILED", error="it failed")
        world.reconcile(experiment)
    world.with_places(max(1, load.running))
    for number in range(load.waiting):
        world.reconcile(_request(world, 500_000 + number))
    _settle(world)
    return world


def _write_configs(world: CountedWorld, name: str, dataset: str) -> None:
    """A feature and a model config, newer than those that are there."""
    for kind, more in (("feature_configs/base", {"dataset": dataset}), ("model_configs/minimal", {})):
        written = {**documents()[kind], "name": name, "updated_at": world.time, **more}
        world.store.put(f"{kind.partition('/')[0]}/{name}", written)


def _request(world: CountedWorld, number: int, configs: Mapping[str, str] = MappingProxyType({})) -> str:
    """With an id of this moment, as the page makes them."""
    experiment, written = f"{first_id(world.time)}{number:016d}", documents()[f"experiments/{EXPERIMENT}"]
    times = {"created_at": world.time, "updated_at": world.time}
    world.store.put(f"experiments/{experiment}", {**written, "model_endpoint": ENDPOINT, **times, **configs})
    return experiment


def _settle(world: CountedWorld) -> None:
    """Until a sweep has nothing to catch up with."""
    for _ in range(2):
        world.wait(60 if world.time.minute != 59 else 120)
        sweep(world.services)
