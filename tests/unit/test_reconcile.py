"""The loop over fakes: the way of a run, crashes between any two calls, cancels, lost and doubled events."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from functions.adapters.ports import Conflict, Loaded, Refused, Transient
from functions.mirror import _weights
from functions.reconcile import reconcile
from functions.sweep import sweep
from shared import paths
from shared.facts import Build, Job
from shared.lifecycle import Decision
from shared.runs import Effect, Run, State
from tests.fakes.crashing import Crash
from tests.fakes.world import ATTEMPT, EXPERIMENT, START, World, documents, epoch_record, results
from tests.unit.driving import calls_of, counted, drive, world_after_a_death

WAY = ["preparing", "compiling", "submitting", "running", "collecting", "completed"]


# ------------------------------------------------------------------------------------------------- the whole way


def test_a_request_becomes_a_result():
    world = World()
    run = world.bring_to("completed")
    assert world.states() == WAY
    assert (run.state, run.percent, run.number) == (State.COMPLETED, 100, 1)
    assert run.headline["value"] == 0.2
    assert run.metrics["recall_at_10"] == {"value": 0.2, "low": 0.1, "high": 0.3, "n": 500, "reason": None}
    assert set(run.baselines) == {"popularity"}
    assert run.model_uri == "gs://bucket/model"
    assert [epoch["epoch"] for epoch in world.detail("history")["epochs"]] == [0, 1]
    assert world.detail("evaluation")["experiment"] == EXPERIMENT
    assert {stage.state for stage in run.stages} == {"done"}
    assert (len(world.builds.builds), len(world.pipelines.jobs)) == (1, 1)


@pytest.mark.parametrize(("rows", "checksum"), [(12_000, 7), (12_001, 7), (12_000, 8)])
def test_rows_that_changed_after_they_were_counted_are_told(rows: int, checksum: int):
    """S1.29: what the trainer read is compared with what the pre-flight counted."""
    counted = {split: {"rows": 12_000, "checksum": 7} for split in ("train", "eval", "test", "catalogue")}
    read = counted | {"eval": {"rows": rows, "checksum": checksum}}
    found = results(protocol={"split": "strict_time", "fingerprints": counted}, fingerprints=read)
    world = World()
    world.bring_to("running")
    world.write_epoch(0)
    world.write_epoch(1)
    world.blobs.objects[paths.results(EXPERIMENT, 1)] = json.dumps(found).encode()
    world.succeed_job()
    run = world.reconcile()
    told = [problem for problem in run.problems if problem["code"] == "W_DATA_CHANGED"]
    assert run.state is State.COMPLETED
    assert [problem["severity"] for problem in told] == (["warning"] if (rows, checksum) != (12_000, 7) else [])
    assert all(f"eval (12,000 rows then, {rows:,} rows now)" in problem["problem"] for problem in told)


def test_the_job_carries_our_name_labels_and_parameters():
    world = World()
    world.bring_to("running")
    job = world.pipelines.jobs[ATTEMPT]
    assert job.labels == {"app": "quicktest", "experiment": EXPERIMENT, "attempt": "1", "endpoint": "wholesale"}
    submitted = world.pipelines.submitted[ATTEMPT]
    assert submitted["root"] == f"gs://bucket/experiments/{EXPERIMENT}/a1/pipeline"
    assert set(submitted["parameters"]) == {"input_config", "transform_module", "trainer_module", "training"}


def test_a_stored_spec_skips_the_build():
    world = World()
    world.bring_to("running")
    second = "exp-01jd4qz1000000000000000000"
    world.store.put(f"experiments/{second}", documents()[f"experiments/{EXPERIMENT}"])
    run = world.reconcile(second)
    assert (run.state, run.spec["reused"], run.number) == (State.RUNNING, True, 2)
    assert len(world.builds.builds) == 1


def test_a_new_epoch_is_on_the_run_as_soon_as_its_object_is():
    world = World()
    world.bring_to("running")
    world.run_job(Trainer="RUNNING")
    world.write_epoch(0)
    run = world.reconcile()
    assert (run.progress["epochs_done"], run.progress["last"]["epoch"]) == (1, 0)
    assert len(world.detail("history")["epochs"]) == 1


def test_an_event_that_only_moves_what_is_shown_asks_the_provider_once():
    """Twice for each event was half of all looks at jobs (docs/scale.md)."""
    world = World()
    world.bring_to("running")
    get, asked = world.pipelines.get, []
    world.pipelines.get = lambda job_id: asked.append(job_id) or get(job_id)
    world.run_job(Trainer="RUNNING")
    world.write_epoch(0)
    assert world.reconcile().epochs_done == 1
    assert asked == [ATTEMPT]


def test_what_happens_between_a_look_and_its_save_is_shown_by_the_handler_of_its_own_event():
    world = World()
    world.bring_to("running")
    world.write_epoch(0)
    save, others = world.store.save, [lambda: (world.write_epoch(1), world.reconcile())]

    def save_late(*arguments: object) -> Run:
        if others:
            others.pop()()
        return save(*arguments)

    world.store.save = save_late
    assert world.reconcile().epochs_done == 2
    assert [epoch["epoch"] for epoch in world.detail("history")["epochs"]] == [0, 1]


def test_epochs_are_taken_in_order_and_half_a_record_counts_when_it_is_whole():
    world = World()
    world.bring_to("running")
    world.write_epoch(1)
    world.blobs.objects[f"{paths.progress_folder(EXPERIMENT, 1)}/epoch-0000.json"] = b'{"epoch": 0'
    assert world.reconcile().epochs_done == 0
    world.write_epoch(0)
    assert world.reconcile().epochs_done == 2


def test_a_record_beyond_the_last_epoch_is_nobodys():
    world = World()
    world.bring_to("running")
    for number in range(3):
        world.write_epoch(number)
    assert world.reconcile().epochs_done == 2


def test_a_run_shows_what_it_is_expected_to_take_and_what_it_took():
    world = World()
    world.reconcile()
    run = world.run()
    assert run.estimate["total_seconds"] > 0
    assert (run.hardware["tier"], run.limits) == ("small", {"minutes": 120, "usd": 10.0, "attempts": 3})
    assert run.cost["estimated"] == run.estimate["total_usd"]
    run = world.bring_to("completed")
    assert run.cost["computed"] > 0
    assert run.cost["computed"] == pytest.approx(sum(run.cost["parts"].values()), abs=1e-5)


def test_a_job_runs_in_the_region_that_was_asked_for():
    world = World()
    world.services = replace(world.services, config=replace(world.services.config, other_regions=("us-central1",)))
    world.store.documents[f"experiments/{EXPERIMENT}"]["region"] = "us-central1"
    world.bring_to("completed")
    assert world.pipelines.regions == {"us-central1"}


def test_the_machines_and_the_cache_reach_the_compiler():
    world = World()
    world.store.documents[f"experiments/{EXPERIMENT}"] |= {"hardware": "medium", "reuse_cache": False}
    world.bring_to("compiling")
    [arguments] = world.builds.arguments.values()
    assert arguments[arguments.index("--tier") + 1] == "medium"
    assert "--reuse-cache" not in arguments


def test_every_move_has_one_audit_event():
    world = World()
    world.bring_to("completed")
    events = [doc for path, doc in sorted(world.store.documents.items()) if "/events/" in path]
    assert [(event["from"], event["to"]) for event in events[:2]] == [
        ("requested", "preparing"),
        ("preparing", "compiling"),
    ]
    assert all(event["why"] and event["attempt"] == 1 and event["at"] for event in events)


def test_nobody_asked():
    world = World()
    assert reconcile("exp-01jd4qz9000000000000000000", world.services) is None


# ------------------------------------------------------------------------------------------------------ bad input


def failed(world: World, experiment_id: str = EXPERIMENT) -> Run:
    run = world.reconcile(experiment_id)
    assert run.state is State.FAILED
    assert run.error is not None
    assert not world.builds.builds
    return run


@pytest.mark.parametrize(
    "request_document",
    [{}, {"epochs": "x"}, {"model_endpoint": {"a": 1}, "name": 5, "owner": None}, {"feature_config": "a/b"}],
)
def test_a_malformed_request_ends_as_failed_with_problems(request_document: dict):
    world = World()
    world.store.put(f"experiments/{EXPERIMENT}", request_document)
    run = failed(world)
    assert run.problems
    assert run.number == 1


@pytest.mark.parametrize("document_id", ["my-test", "Exp 1", "exp-01jd4qz0000000000000000000-a1", "été", "x" * 400])
def test_a_request_under_an_id_that_is_none_ends_as_failed(document_id: str):
    world = World()
    world.store.put(f"experiments/{document_id}", documents()[f"experiments/{EXPERIMENT}"])
    assert failed(world, document_id).error.code == "E_ID"


def test_a_missing_config_ends_as_failed_with_one_sentence():
    world = World()
    del world.store.documents["feature_configs/base"]
    run = failed(world)
    assert run.error.explanation == (
        "feature_config: there is no feature_config `base`. "
        "Write it first, e.g. `quicktest apply -f FILE`, or name another."
    )


def test_a_fault_of_ours_while_preparing_fails_the_run_instead_of_looping(caplog: pytest.LogCaptureFixture):
    world = World()
    world.warehouse.answer = lambda sql: {"no": "such keys"}
    assert failed(world).error.code == "E_UNKNOWN"
    assert "KeyError" in caplog.text


def test_results_of_another_run_are_refused():
    world = World()
    world.bring_to("running")
    world.succeed_job()
    world.blobs.objects[paths.results(EXPERIMENT, 1)] = json.dumps(results(attempt=2)).encode()
    run = world.reconcile()
    assert (run.state, run.error.code) == (State.FAILED, "E_RESULTS")
    assert "attempt 2" in run.error.explanation


@pytest.mark.parametrize("content", [None, b"", b"{}", b"not json", b'{"metrics": NaN}'])
def test_missing_or_invalid_results_fail_the_run(content: bytes | None):
    world = World()
    world.bring_to("running")
    world.write_epoch(0)
    world.succeed_job()
    if content is not None:
        world.blobs.objects[paths.results(EXPERIMENT, 1)] = content
    run = world.reconcile()
    assert (run.state, run.error.code) == (State.FAILED, "E_RESULTS")
    assert len(world.detail("history")["epochs"]) == 1, "partial history stays reachable"


def test_a_failed_task_is_explained_by_its_log():
    world = World()
    world.bring_to("running")
    failed_task = world.task("Trainer", "FAILED", error="The component Trainer exited with 1", log_job="123")
    world.pipelines.move(ATTEMPT, "FAILED", failed_task)
    world.logs.lines["123"] = ("Traceback (most recent call last):", "ValueError: boom")
    run = world.reconcile()
    assert (run.error.component, run.error.raw, run.error.code) == ("Train", "ValueError: boom", "E_UNKNOWN")


def test_a_failed_build_is_explained():
    world = World()
    world.bring_to("compiling")
    world.builds.end("build-1", "FAILURE", "Build step failure: exit status 1")
    world.logs.lines["build-1"] = ("[QT:E_MODULE] the pipeline does not import",)
    run = world.reconcile()
    assert (run.state, run.error.code, run.error.component) == (State.FAILED, "E_MODULE", "Compile")


def test_a_job_of_somebody_else_under_our_name_is_not_adopted():
    world = World()
    world.pipelines.jobs[ATTEMPT] = Job("x", "RUNNING", {"experiment": "exp-other", "attempt": "1"})
    world.bring_to("compiling")
    world.finish_build()
    run = world.reconcile()
    assert (run.state, run.error.code, run.error.component) == (State.FAILED, "E_JOB_TAKEN", None)
    assert run.error.suggestion == "Start the experiment again; it gets a new name."
    assert world.pipelines.jobs[ATTEMPT].state == "RUNNING", "it is not ours to cancel"


def test_results_too_large_to_read_fail_the_run():
    world = World()
    world.bring_to("running")
    world.blobs.objects[paths.results(EXPERIMENT, 1)] = b" " * 900_001
    world.succeed_job()
    run = world.reconcile()
    assert (run.state, run.error.code) == (State.FAILED, "E_RESULTS")
    assert "OUT_OF_RANGE" in run.error.explanation


def test_results_without_their_population_fail_the_run():
    world = World()
    world.bring_to("running")
    without = results(protocol={"split": "strict_time", "sample_percent": 10})
    world.blobs.objects[paths.results(EXPERIMENT, 1)] = json.dumps(without).encode()
    world.succeed_job()
    run = world.reconcile()
    assert (run.state, run.error.code) == (State.FAILED, "E_RESULTS")
    assert "'in_sample' is missing" in run.error.explanation


def test_a_sampled_run_shows_the_customers_of_its_sample():
    world = World()
    world.bring_to("running")
    whole = results(protocol={"split": "strict_time", "sample_percent": 10})
    few = {name: {**figure, "value": 0.7, "n": 50} for name, figure in whole["metrics"]["all"].items()}
    whole["metrics"]["in_sample"] = few
    whole["baselines"]["popularity"]["metrics"]["in_sample"] = few
    world.blobs.objects[paths.results(EXPERIMENT, 1)] = json.dumps(whole).encode()
    world.succeed_job()
    run = world.reconcile()
    shown = (run.headline["value"], run.metrics["recall_at_10"]["value"], run.baselines["popularity"]["mrr"]["value"])
    assert shown == (0.7, 0.7, 0.7)
    assert ("recall_at_10", 0.7) in {(name, value) for name, value, *_ in world.mirror.records[EXPERIMENT].metrics}


def test_mlflow_gets_what_is_measured_of_each_epoch_and_its_distributions():
    world = World()
    world.bring_to("running")
    group = {"mean": 0.0, "std": 1.0, "min": -2.0, "max": 2.0, "histogram": [1] * 40, "outside": 0}
    gradients = {"norm_mean": 0.5, "norm_max": 1.0, "clipped_share": 0.25}
    for number in range(2):
        record = {
            **epoch_record(number), "step_ms_p50": 12.5, "input_wait_share": None,
            "weights": {"total": {**group, "l2_norm": 3.0}}, "gradients": {"total": {**group, **gradients}},
        }  # fmt: skip
        name = f"{paths.progress_folder(EXPERIMENT, 1)}/epoch-{number:04d}.json"
        world.blobs.objects[name] = json.dumps(record).encode()
    world.write_results()
    world.succeed_job()
    assert world.reconcile().state is State.COMPLETED
    record = world.mirror.records[EXPERIMENT]
    told = {name: value for name, value, step, _ in record.metrics if step == 2}
    assert {"epoch/step_ms_p50": 12.5, "epoch/weights/l2_norm": 3.0, "epoch/gradients/clipped_share": 0.25,
            "epoch/learning_rate": 0.001, "epoch/train/loss": 3.0}.items() <= told.items()  # fmt: skip
    assert "epoch/input_wait_share" not in told
    weights = json.loads(record.artifacts["weights.json"])
    assert [epoch["epoch"] for epoch in weights["epochs"]] == [0, 1]
    assert (len(weights["edges"]["weights"]), weights["every"]) == (41, 1)
    assert weights["epochs"][1]["weights"]["total"]["histogram"] == [1] * 40


def test_distributions_of_many_epochs_are_thinned_for_mlflow(monkeypatch: pytest.MonkeyPatch):
    store = World().store
    epochs = [{"epoch": number, "weights": {"total": {"histogram": [number] * 40}}} for number in range(95)]
    for first in range(0, 95, 10):
        part = f"runs/{EXPERIMENT}/details/weights-{first // 10:02d}"
        store.documents[part] = {"edges": {}, "epochs": epochs[first : first + 10]}
    monkeypatch.setattr("functions.mirror.LONGEST_WEIGHTS", len(json.dumps(epochs)) // 3)
    made = _weights(EXPERIMENT, 95, store)["weights.json"]
    told = json.loads(made)
    assert [epoch["epoch"] for epoch in told["epochs"]] == list(range(1, 95, 3))
    assert _weights(EXPERIMENT, 0, store) == {}


# ------------------------------------------------------------------------------------------------ a look refused


def test_a_log_that_may_not_be_read_leaves_the_failure_a_failure():
    for state in ("compiling", "running"):
        world = World()
        world.bring_to(state)
        world.logs.of_task = world.logs.of_build = _raise_refused
        if state == "compiling":
            world.builds.end("build-1", "FAILURE", "exit status 1")
        else:
            failed_task = world.task("Trainer", "FAILED", error="exited with 1", log_job="123")
            world.pipelines.move(ATTEMPT, "FAILED", failed_task)
        run = world.reconcile()
        assert run.state is State.FAILED
        assert "exit" in run.error.raw


def test_an_epoch_that_may_not_be_read_is_no_epoch():
    world = World()
    world.bring_to("running")
    world.blobs.objects[f"{paths.progress_folder(EXPERIMENT, 1)}/epoch-0000.json"] = b" " * 10_001
    run = world.reconcile()
    assert (run.state, run.epochs_done) == (State.RUNNING, 0)


@pytest.mark.parametrize("state", ["compiling", "submitting", "running", "collecting"])
def test_a_refused_look_waits_for_the_right_and_then_fails_with_its_words(state: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world = World()
    refuse_looks(world, state)
    world.reconcile()
    world.wait(600)
    run = world.reconcile()
    assert (run.state.value, run.unseen_since) == (state, START)
    assert "PERMISSION_DENIED: no" in run.reason
    assert counted(caplog, "unseen") == [{}], "once, not at every look"
    world.wait(301)
    run = world.reconcile()
    world.wait(20)
    run = world.reconcile()
    assert (run.state, run.error.raw) == (State.FAILED, "PERMISSION_DENIED: no")
    assert world.states()[-2:] == [state, "failed"]


@pytest.mark.parametrize("state", ["compiling", "submitting", "running", "collecting"])
def test_a_right_that_is_given_back_in_time_leaves_no_trace(state: str):
    world = World()
    restore = refuse_looks(world, state)
    world.reconcile()
    world.wait(840)
    restore()
    run = world.reconcile()
    assert run.unseen_since is None
    assert run.state is {"compiling": State.RUNNING, "submitting": State.RUNNING}.get(state, State.COMPLETED)
    assert run.attempt == 1


def refuse_looks(world: World, state: str) -> Callable[[], None]:
    """Bring the run to `state`, with everything ready for it to go on, and refuse what that state must look at."""
    world.bring_to("running" if state in ("running", "collecting") else "compiling")
    if world.run().state is State.COMPILING:
        world.finish_build()
    else:
        world.write_results()
        world.succeed_job()
    service, name = {
        "compiling": (world.builds, "listed"),
        "submitting": (world.pipelines, "get"),
        "running": (world.pipelines, "get"),
        "collecting": (world.blobs, "read"),
    }[state]
    allowed = getattr(service, name)
    setattr(service, name, _raise_refused)
    return lambda: setattr(service, name, allowed)


@pytest.mark.parametrize("state", ["compiling", "running"])
def test_a_refused_look_at_a_cancelled_run_waits_and_then_fails(state: str):
    world = World()
    world.bring_to(state)
    listed, get, sent = world.builds.listed, world.pipelines.get, []
    world.builds.listed = world.pipelines.get = _raise_refused
    world.pipelines.cancel = sent.append
    world.cancel()
    assert world.reconcile().state is State.CANCELLING
    assert bool(sent) == (state == "running")
    world.wait(901)
    if state == "running":
        assert world.reconcile().state is State.FAILED
        return
    world.builds.listed, world.pipelines.get = listed, get
    assert world.reconcile().state is State.CANCELLED, "it may look again"


# --------------------------------------------------------------------------------------- crashes, outages, doubles


CALLS = calls_of(drive)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
@pytest.mark.parametrize("error", [Crash, Transient])
def test_a_handler_that_dies_anywhere_changes_nothing_but_the_time(error: type, at: int, after: bool):
    world = world_after_a_death("", drive, error, at, after)
    run = world.run()
    assert run.state is State.COMPLETED, run.error
    assert world.states() == WAY
    assert (len(world.builds.builds), len(world.pipelines.submitted), run.number) == (1, 1, 1)
    assert len(world.detail("history")["epochs"]) == 2
    assert list(world.mirror.records) == [EXPERIMENT]
    assert world.store.documents["counters/wholesale"] == {"next": 2}


def test_an_outage_gives_the_lease_back_so_that_the_next_delivery_acts_at_once():
    world = World()
    world.warehouse.answer, answer = _raise_transient, world.warehouse.answer
    with pytest.raises(Transient):
        reconcile(EXPERIMENT, world.services)
    assert world.run().state is State.PREPARING
    world.warehouse.answer = answer
    assert world.reconcile().state is State.COMPILING


def test_a_build_whose_creation_was_ambiguous_is_adopted_and_not_started_again():
    world = World()
    start = world.builds.start

    def start_and_lose_the_answer(*arguments: object) -> Build:
        start(*arguments)
        raise Transient("DEADLINE_EXCEEDED: no answer")

    world.builds.start = start_and_lose_the_answer
    with pytest.raises(Transient):
        reconcile(EXPERIMENT, world.services)
    run = world.reconcile()
    assert (run.state, run.build["id"], len(world.builds.builds)) == (State.COMPILING, "build-1", 1)


def test_a_build_that_shows_up_only_after_the_look_is_adopted():
    """Between looking and starting somebody's build became visible: list again, then start."""
    world = World()
    listed, looks = world.builds.listed, []

    def lagging(tag: str) -> list[Build]:
        looks.append(tag)
        if len(looks) == 1:
            world.builds.start(tag, "image", [])
            return []
        return listed(tag)

    world.builds.listed = lagging
    world.reconcile()
    assert len(world.builds.builds) == 1


def test_many_handlers_at_once_do_everything_once():
    world = World()
    world.reconcile()
    world.finish_build()
    errors: list[BaseException] = []

    def handle() -> None:
        try:
            reconcile(EXPERIMENT, world.services)
        except BaseException as error:
            errors.append(error)

    for prepare in (lambda: None, lambda: (world.write_epoch(0), world.write_results(), world.succeed_job())):
        prepare()
        threads = [threading.Thread(target=handle) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert not errors
    assert world.run().state is State.COMPLETED
    assert world.states() == WAY
    assert len(world.pipelines.submitted) == 1
    assert len(world.detail("history")["epochs"]) == 1


def test_the_loser_of_a_save_steps_back_reloads_and_goes_on():
    """All who lost would meet again at once."""
    world, paused = World(), []
    world.services = replace(world.services, step_back=lambda: paused.append(True))
    save = world.store.save
    conflicts = iter([True, True, False])

    def contested(*arguments: object, **options: object) -> Run:
        if next(conflicts, False):
            raise Conflict("somebody else was first")
        return save(*arguments, **options)

    world.store.save = contested
    assert world.reconcile().state is State.COMPILING
    assert len(paused) == 2


def test_a_doubled_event_changes_nothing():
    world = World()
    for state in ("compiling", "running", "completed"):
        before = world.bring_to(state)
        documents_before = dict(world.store.documents)
        assert world.reconcile() == before
        assert world.store.documents == documents_before


def test_it_stops_when_its_time_is_over():
    world = World()
    assert reconcile(EXPERIMENT, world.services, budget_s=0) is None
    assert f"runs/{EXPERIMENT}" not in world.store.documents


# ------------------------------------------------------------------------------------------------------- cancels


def test_a_cancel_before_the_first_look_costs_nothing():
    world = World()
    world.cancel()
    run = world.reconcile()
    assert (run.state, run.cancel.phase) == (State.CANCELLED, "requested")
    assert world.states() == ["cancelled"]
    assert not world.builds.builds
    assert not world.blobs.objects


def test_a_cancel_while_preparing_never_reaches_a_build():
    world = World()
    answer = world.warehouse.answer

    def cancel_meanwhile(sql: str) -> dict:
        world.cancel()
        return answer(sql)

    world.warehouse.answer = cancel_meanwhile
    run = world.reconcile()
    assert (run.state, run.cancel.phase) == (State.CANCELLED, "preparing")
    assert not world.builds.builds


def test_a_cancel_of_what_was_never_prepared_needs_no_right_to_look():
    """Nothing was wanted yet, so nothing can be live (invariant 8)."""
    world = World()
    world.warehouse.answer = _raise_transient
    with pytest.raises(Transient):
        reconcile(EXPERIMENT, world.services)
    world.pipelines.get = world.builds.listed = _raise_refused
    world.cancel()
    run = world.reconcile()
    assert (run.state, run.cancel.phase) == (State.CANCELLED, "preparing")


def test_a_cancel_between_the_look_and_the_save_of_a_paid_state_is_seen():
    """It is looked for in the transaction itself, so nothing is paid after it (design section 5)."""
    world = World()
    world.reconcile()
    world.finish_build()
    save = world.store.save

    def cancelled_just_before(loaded: Loaded, before: Run, decision: Decision, now: datetime) -> Run:
        if decision.run.state is State.SUBMITTING:
            world.cancel()
        return save(loaded, before, decision, now)

    world.store.save = cancelled_just_before
    assert world.reconcile().state is State.CANCELLED
    assert not world.pipelines.jobs


def test_a_cancel_while_compiling_stops_the_build():
    world = World()
    world.bring_to("compiling")
    world.cancel()
    run = world.reconcile()
    assert (run.state, run.cancel.phase) == (State.CANCELLED, "compiling")
    assert world.builds.builds["build-1"].status == "CANCELLED"
    assert {stage.name: stage.state for stage in run.stages}["Compile"] == "cancelled"


def test_a_cancel_while_running_stops_the_job_and_waits_for_its_end():
    world = World()
    world.bring_to("running")
    world.run_job(BigQueryExampleGen="RUNNING")
    world.pipelines.cancel = lambda job_id: world.pipelines.move(job_id, "CANCELLING")
    world.cancel()
    assert world.reconcile().state is State.CANCELLING
    world.pipelines.move(ATTEMPT, "CANCELLED")
    assert world.reconcile().state is State.CANCELLED


def test_a_cancel_that_did_nothing_is_sent_again():
    world = World()
    world.bring_to("running")
    sent: list[str] = []
    world.pipelines.cancel = sent.append
    world.cancel()
    world.reconcile()
    world.reconcile()
    assert len(sent) == 1
    world.wait(20)
    world.reconcile()
    assert len(sent) == 2


def test_a_job_that_succeeds_before_the_cancel_completes():
    world = World()
    world.bring_to("running")
    world.write_results()

    def too_late(job_id: str) -> None:
        world.succeed_job()

    world.pipelines.cancel = too_late
    world.cancel()
    run = world.reconcile()
    assert (run.state, run.reason) == (State.COMPLETED, "finished before the cancel")
    assert run.cancel.phase == "running"


def test_a_cancel_after_a_crash_between_save_and_submit_waits_for_the_lease():
    world = World()
    world.reconcile()
    world.finish_build()
    submit, world.pipelines.submit = world.pipelines.submit, _raise_crash
    with pytest.raises(Crash):
        reconcile(EXPERIMENT, world.services)
    world.cancel()
    assert world.reconcile().state is State.CANCELLING, "the dead handler might still be alive"
    world.wait(149)
    assert world.reconcile().state is State.CANCELLING
    world.wait(2)
    assert world.reconcile().state is State.CANCELLED
    world.pipelines.submit = submit


def test_a_handler_that_read_for_too_long_submits_nothing_after_a_cancel():
    """Its lease might end before the job appears, and then `cancelled` would be written while the job starts."""
    world = World()
    world.bring_to("compiling")
    world.finish_build()
    read = world.blobs.read

    def slow(name: str, longest: int) -> bytes | None:
        if name == world.spec_path():
            world.wait(115)
            world.cancel()
        return read(name, longest)

    world.blobs.read = slow
    assert world.reconcile().state is State.CANCELLING
    assert not world.pipelines.jobs
    world.wait(36)
    assert world.reconcile().state is State.CANCELLED


def test_a_cancel_does_not_wait_for_a_build_that_was_found_needless():
    """The spec appeared between the look and the effect: nothing was started, so the lease closes."""
    world = World()
    world.bring_to("compiling")
    world.finish_build()
    second = "exp-01jd4qz1000000000000000000"
    world.store.put(f"experiments/{second}", documents()[f"experiments/{EXPERIMENT}"])
    exists, looks = world.blobs.exists, []

    def at_the_second_look(name: str) -> bool:
        looks.append(name)
        return len(looks) > 1 and exists(name)

    world.blobs.exists = at_the_second_look
    run = world.reconcile(second)
    assert (run.state, run.spec["reused"], len(world.builds.builds)) == (State.RUNNING, True, 1)
    assert Effect.START_BUILD not in run.intents


def test_a_handler_that_slept_through_its_lease_does_nothing():
    world = World()
    save, slept = world.store.save, []

    def slow_save(loaded: Loaded, before: Run, decision: Decision, now: datetime) -> Run:
        saved = save(loaded, before, decision, now)
        if Effect.START_BUILD in decision.intents and not slept:
            slept.append(True)
            world.wait(331)
        return saved

    world.store.save = slow_save
    world.reconcile()
    asked = [doc for path, doc in world.store.documents.items() if doc.get("why") == "no compiled spec is stored"]
    assert len(asked) == 2, "it was asked for again, under a lease of its own"
    assert len(world.builds.builds) == 1


# ------------------------------------------------------------------------------------------------------- mirror


def test_mlflow_away_leaves_the_result_alone_and_the_sweep_tries_again():
    world = World()
    world.mirror.down = True
    run = world.bring_to("completed")
    assert run.state is State.COMPLETED
    assert run.mlflow == {"state": "pending", "run_id": None, "url": None, "reason": "connection refused"}
    world.mirror.down = False
    sweep(world.services)
    assert world.run().mlflow["state"] == "pending", "not at once: the lease spaces the tries"
    world.wait(61)
    sweep(world.services)
    assert world.run().mlflow["state"] == "done"
    shown = {"mlflow": None, "revision": 0, "updated_at": START, "intents": {}, "logs": {}}
    assert replace(world.run(), **shown) == replace(run, **shown)


def test_a_fault_while_mirroring_is_told_once_and_leaves_the_result_alone():
    world = World()
    tries: list[object] = []

    def write(record: object) -> None:
        tries.append(record)
        raise KeyError("time")

    world.mirror.write = write
    run = world.bring_to("completed")
    assert (run.state, run.mlflow["state"], run.mlflow["reason"]) == (State.COMPLETED, "failed", "KeyError: 'time'")
    world.wait(3_600)
    sweep(world.services)
    assert len(tries) == 1


def test_the_mirror_shows_params_metrics_curves_and_code():
    world = World()
    world.bring_to("completed")
    record = world.mirror.records[EXPERIMENT]
    assert (record.experiment_name, record.run_name) == ("wholesale/Sales", "Exp #1 first")
    assert record.params["batch_size"] == "512"
    assert record.params["model_config.optimizer"] == "adam"
    names = {(name, step) for name, _, step, _ in record.metrics}
    assert {
        ("recall_at_10", 0),
        ("baseline/popularity/mrr", 0),
        ("epoch/train/loss", 1),
        ("epoch/eval/loss", 2),
    } <= names
    assert "preprocessing_fn" in record.artifacts["code/transform_module.py"]


def test_the_mirror_is_tagged_by_what_runs_are_grouped_by():
    world = World()
    run = world.bring_to("completed")
    tags = world.mirror.records[EXPERIMENT].tags
    assert tags["quicktest.number"] == "1"
    assert tags["quicktest.model_type"] == "retrieval"
    assert tags["quicktest.protocol.retrieval"] == run.grouping["protocols"]["retrieval"]
    assert tags["quicktest.digest.dataset"] == run.grouping["digests"]["dataset"]
    assert "quicktest.parent" not in tags, "it has none"


def _raise_transient(*_: object) -> dict:
    raise Transient("UNAVAILABLE: away")


def _raise_refused(*_: object) -> None:
    raise Refused("PERMISSION_DENIED: no")


def _raise_crash(*_: object) -> None:
    raise Crash("killed")
