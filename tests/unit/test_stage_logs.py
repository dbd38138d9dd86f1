"""Logs of stages, kept and fetched (domain S8.8): no run waits for them, and none fails because of them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.ports import Conflict, Refused, Transient
from functions.reconcile import look_after
from functions.services import pipelines_of
from functions.stage_logs import fetch_logs, keep_logs
from functions.sweep import sweep
from shared import paths
from shared.logs import MOST_FETCHED, MOST_SHOWN, SLACK, lines_in
from shared.runs import Effect, State
from tests.fakes.world import EXPERIMENT, WRITTEN, World

TRAIN = paths.stage_log(EXPERIMENT, 1, "Train")
COMMAND = f"{EXPERIMENT}--fetch_logs--train"


def trained(lines: tuple[str, ...] = ("one", "two"), state: str = "FAILED", error: str = "ValueError: boom") -> World:
    """A run whose training has ended, and nobody has looked since."""
    world = World()
    world.bring_to("running")
    keep(world)
    world.logs.lines["job-7"] = lines
    task = replace(world.task("Trainer", state, error=error), log_job="job-7", ended_at=world.time)
    world.pipelines.move(world.name(), state, task)
    return world


def keep(world: World) -> None:
    keep_logs(EXPERIMENT, world.services, time.monotonic() + 60)


def fetch(world: World, stage: str = "Train") -> None:
    name = f"{EXPERIMENT}--fetch_logs--{stage.lower()}"
    command = {**WRITTEN, "kind": "fetch_logs", "experiment": EXPERIMENT, "stage": stage}
    world.store.put(f"commands/{name}", command, world.time)
    fetch_logs(name, world.services)
    assert f"commands/{name}" not in world.store.documents


def messages(world: World, part: str = "logs-train") -> list[str]:
    return [line["message"] for line in world.detail(part)["lines"]]


# ------------------------------------------------------------------------------------------------------------- keeping


def test_a_log_is_copied_when_its_stage_has_ended():
    world = trained()
    look_after(EXPERIMENT, world.services)
    run = world.run()
    assert run.state is State.FAILED
    assert run.logs == {"a1-compile": "empty", "a1-train": "done"}
    assert [line.message for line in lines_in(world.blobs.objects[TRAIN])] == ["one", "two"]
    assert messages(world) == ["one", "two"]
    assert world.logs.since["job-7"] == run.stages[6].started_at - SLACK, "always with a bound"
    assert not run.intents


def test_what_is_shown_is_the_end_with_the_line_of_the_error_first():
    lines = ("E_COLLAPSED: it is flat", *(f"line {n}" for n in range(300)))
    world = trained(lines, error="[QT:E_COLLAPSED] it is flat")
    look_after(EXPERIMENT, world.services)
    document = world.detail("logs-train")
    assert messages(world) == [lines[0], *(f"line {n}" for n in range(200, 300))]
    assert (document["highlighted"], document["more"], document["attempt"]) == (0, True, 1)
    assert len(lines_in(world.blobs.objects[TRAIN])) == 301


def test_reused_and_pending_stages_have_no_log():
    world = World()
    world.bring_to("running")
    world.run_job(StatisticsGen="SKIPPED", Trainer="RUNNING", BigQueryExampleGen="SUCCEEDED")
    look_after(EXPERIMENT, world.services)
    assert world.run().logs == {"a1-compile": "empty", "a1-examples": "empty"}


def test_keeping_twice_changes_nothing():
    world = trained()
    look_after(EXPERIMENT, world.services)
    before = dict(world.store.documents)
    keep(world)
    look_after(EXPERIMENT, world.services)
    assert world.store.documents == before


def test_a_failure_that_is_tried_again_leaves_its_log():
    world = trained(error="UNAVAILABLE: the service is away")
    look_after(EXPERIMENT, world.services)
    run = world.run()
    assert (run.state, run.attempt) == (State.REQUESTED, 2)
    assert run.logs["a1-train"] == "done"
    assert world.detail("logs-train")["attempt"] == 1


def test_a_later_attempt_is_shown_in_place_of_an_earlier_one():
    world = trained(error="UNAVAILABLE: the service is away")
    look_after(EXPERIMENT, world.services)
    world.wait(31)
    world.bring_to("running")
    world.logs.lines["job-8"] = ("again",)
    world.pipelines.move(world.name(), "RUNNING", replace(world.task("Trainer", "SUCCEEDED"), log_job="job-8"))
    look_after(EXPERIMENT, world.services)
    assert world.detail("logs-train")["attempt"] == 2
    assert {TRAIN, paths.stage_log(EXPERIMENT, 2, "Train")} <= world.blobs.objects.keys()


@pytest.mark.parametrize("error", [Refused("PERMISSION_DENIED: logging.logEntries.list"), ValueError("a fault")])
def test_a_log_that_cannot_be_had_is_told_and_fails_nobody(monkeypatch: pytest.MonkeyPatch, error: Exception):
    world = trained(state="SUCCEEDED", error="")
    monkeypatch.setattr(world.logs, "task_lines", _raising(error))
    look_after(EXPERIMENT, world.services)
    run = world.run()
    assert run.state is State.FAILED and run.error.code == "E_RESULTS", "there are no results, which is another matter"
    assert run.logs["a1-train"].startswith("failed: ") and str(error) in run.logs["a1-train"]
    assert not run.unkept_logs


def test_an_outage_is_waited_for_and_then_told(monkeypatch: pytest.MonkeyPatch):
    world = trained()
    monkeypatch.setattr(world.logs, "task_lines", _raising(Transient("UNAVAILABLE: away")))
    look_after(EXPERIMENT, world.services)
    assert world.run().state is State.FAILED
    assert "a1-train" not in world.run().logs
    assert world.store.pending_logs() == [EXPERIMENT]
    asked = world.run().intents[Effect.KEEP_LOGS]
    sweep(world.services)
    assert world.run().intents[Effect.KEEP_LOGS] == asked, "it rests for a minute"
    world.wait(11 * 60)
    sweep(world.services)
    assert world.run().logs["a1-train"] == "failed: UNAVAILABLE: away"
    assert world.store.pending_logs() == []


def test_a_job_that_is_gone_is_told():
    world = trained()
    monkey = world.pipelines
    run = look_after(EXPERIMENT, world.services, budget_s=0) or world.run()
    assert run.live
    look_after(EXPERIMENT, world.services, shows=False)
    del monkey.jobs[paths.attempt_name(EXPERIMENT, 1)]
    keep(world)
    assert world.run().logs["a1-train"].startswith("failed: The pipeline job is gone")


def test_the_sweep_keeps_what_nobody_has_kept():
    world = trained()
    look_after(EXPERIMENT, world.services, shows=False)
    assert "a1-train" not in world.run().logs
    assert sweep(world.services)["logs"] == 1
    assert world.run().logs["a1-train"] == "done"
    assert sweep(world.services)["logs"] == 0


def test_whoever_died_while_copying_is_followed_by_another_when_the_lease_is_over(monkeypatch: pytest.MonkeyPatch):
    world = trained()
    look_after(EXPERIMENT, world.services, shows=False)
    with monkeypatch.context() as dying:
        dying.setattr(world.blobs, "create", _raising(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            keep(world)
    keep(world)
    assert "a1-train" not in world.run().logs, "the other may still be writing"
    world.wait(331)
    keep(world)
    assert world.run().logs["a1-train"] == "done"


def test_a_run_that_moves_meanwhile_is_marked_all_the_same(monkeypatch: pytest.MonkeyPatch):
    world = trained()
    look_after(EXPERIMENT, world.services, shows=False)
    save, tries = world.store.save, []

    def busy(loaded: Any, before: Any, decision: Any, now: Any) -> Any:
        tries.append(decision)
        if len(tries) == 2:
            raise Conflict("somebody was faster")
        return save(loaded, before, decision, now)

    monkeypatch.setattr(world.store, "save", busy)
    keep(world)
    assert world.run().logs["a1-train"] == "done"


# ------------------------------------------------------------------------------------------------------------ deletion


def test_a_deletion_counts_and_removes_the_copies():
    world = trained()
    look_after(EXPERIMENT, world.services)
    size = sum(len(content) for name, content in world.blobs.objects.items() if name.startswith("experiments/"))
    world.delete()
    for _ in range(4):
        look_after(EXPERIMENT, world.services)
        world.wait(400)
    assert world.store.documents[f"tombstones/{EXPERIMENT}"]["bytes"] == size
    assert not [name for name in world.blobs.objects if name.startswith("experiments/")]
    assert not [path for path in world.store.documents if path.startswith(f"runs/{EXPERIMENT}/")]


def test_a_deletion_waits_for_whoever_is_copying(monkeypatch: pytest.MonkeyPatch):
    world = trained()
    look_after(EXPERIMENT, world.services, shows=False)
    create = world.blobs.create

    def deleted_meanwhile(*arguments: Any) -> bool:
        world.delete()
        look_after(EXPERIMENT, world.services)
        assert "cloud" in world.run().deletion.finalizers
        return create(*arguments)

    monkeypatch.setattr(world.blobs, "create", deleted_meanwhile)
    keep(world)
    run = world.run()
    assert Effect.KEEP_LOGS not in run.intents and not run.logs.get("a1-train"), "it shows nothing any more"
    look_after(EXPERIMENT, world.services)
    assert f"runs/{EXPERIMENT}" not in world.store.documents
    assert not [name for name in world.blobs.objects if name.startswith("experiments/")]


# ------------------------------------------------------------------------------------------------------------ fetching


def test_a_fetch_shows_up_to_a_thousand_lines_of_a_stage_under_way():
    world = trained(tuple(f"line {n}" for n in range(MOST_FETCHED + 10)), state="RUNNING", error="")
    look_after(EXPERIMENT, world.services)
    fetch(world)
    document = world.detail("logs-train")
    assert (len(messages(world)), document["more"], document["source"]) == (MOST_FETCHED, True, "provider")
    assert messages(world)[-1] == f"line {MOST_FETCHED + 9}"
    assert world.run().live and not world.run().logs.get("a1-train")


def test_of_the_past_a_fetch_shows_the_copy():
    world = trained(tuple(f"line {n}" for n in range(MOST_SHOWN + 50)), state="SUCCEEDED", error="")
    look_after(EXPERIMENT, world.services)
    assert len(messages(world)) == MOST_SHOWN
    world.logs.lines.clear()
    world.wait(timedelta(days=31).total_seconds())
    fetch(world)
    assert (len(messages(world)), world.detail("logs-train")["source"]) == (MOST_SHOWN + 50, "copy")
    assert world.logs.since["job-7"] == world.time - timedelta(days=30)


def test_a_provider_out_of_reach_is_told_beside_the_copy(monkeypatch: pytest.MonkeyPatch):
    world = trained()
    look_after(EXPERIMENT, world.services)
    monkeypatch.setattr(world.logs, "task_lines", _raising(Transient("UNAVAILABLE: away")))
    fetch(world)
    assert messages(world) == ["one", "two"]
    assert world.detail("logs-train")["problem"] == "UNAVAILABLE: away"


def test_what_was_shown_stays_when_nothing_can_be_had(monkeypatch: pytest.MonkeyPatch):
    world = trained(state="RUNNING", error="")
    look_after(EXPERIMENT, world.services)
    fetch(world)
    monkeypatch.setattr(world.logs, "task_lines", _raising(Transient("UNAVAILABLE: away")))
    fetch(world)
    assert messages(world) == ["one", "two"]
    assert world.detail("logs-train")["problem"] == "UNAVAILABLE: away"
    monkeypatch.undo()
    fetch(world)
    assert world.detail("logs-train")["problem"] is None


def test_a_damaged_copy_is_told():
    world = trained()
    look_after(EXPERIMENT, world.services)
    world.logs.lines.clear()
    world.blobs.objects[TRAIN] = b"{}\n"
    fetch(world)
    assert world.detail("logs-train")["problem"] == "The copy of the log cannot be read."


def test_a_fetch_of_what_has_not_begun_stores_nothing():
    world = World()
    world.bring_to("running")
    fetch(world, "Schema")
    assert f"runs/{EXPERIMENT}/details/logs-schema" not in world.store.documents


def test_a_fetch_is_about_the_attempt_that_ran_last():
    world = trained(error="UNAVAILABLE: the service is away")
    look_after(EXPERIMENT, world.services)
    assert world.run().attempt == 2
    fetch(world)
    assert (world.detail("logs-train")["attempt"], messages(world)) == (1, ["one", "two"])


def test_an_invalid_fetch_is_removed_and_one_that_is_gone_is_no_error():
    world = trained()
    world.store.put(f"commands/{COMMAND}", {"kind": "fetch_logs", "stage": "Collect"}, world.time)
    fetch_logs(COMMAND, world.services)
    assert f"commands/{COMMAND}" not in world.store.documents
    fetch_logs(COMMAND, world.services)


def test_the_sweep_obeys_fetches_whose_event_was_lost():
    world = trained(state="RUNNING", error="")
    look_after(EXPERIMENT, world.services)
    command = {**WRITTEN, "kind": "fetch_logs", "experiment": EXPERIMENT, "stage": "Train"}
    world.store.put(f"commands/{COMMAND}", command, world.time)
    sweep(world.services)
    assert messages(world) == ["one", "two"]
    assert world.store.commands_of("fetch_logs") == []


def test_a_deleted_run_is_not_shown_again():
    world = trained()
    look_after(EXPERIMENT, world.services, shows=False)
    world.delete()
    look_after(EXPERIMENT, world.services, budget_s=0)
    command = {**WRITTEN, "kind": "fetch_logs", "experiment": EXPERIMENT, "stage": "Train"}
    world.store.put(f"commands/{COMMAND}", command, world.time)
    for _ in range(4):
        look_after(EXPERIMENT, world.services)
        world.wait(400)
    assert f"runs/{EXPERIMENT}" not in world.store.documents
    assert f"commands/{COMMAND}" not in world.store.documents


def test_the_job_is_looked_for_where_it_ran():
    world = trained()
    look_after(EXPERIMENT, world.services)
    assert pipelines_of(world.run(), world.services).region in world.pipelines.regions


def _raising(error: BaseException) -> Any:
    def fail(*_: Any) -> Any:
        raise error

    return fail
