"""Stages and percentage (domain S9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.facts import Task
from shared.stages import (
    KINDS,
    RANK,
    STATE_OF_TASK,
    Remaining,
    Stage,
    Stages,
    change,
    close_cancelled,
    close_completed,
    close_failed,
    from_tasks,
    initial_stages,
    percent,
    remaining,
)

START = datetime(2026, 1, 1, tzinfo=UTC)

NAMES = ["Prepare", "Compile", "Examples", "Statistics", "Schema", "Transform", "Train", "Collect"]


def states(stages: Stages) -> dict[str, str]:
    return {stage.name: stage.state for stage in stages}


def with_states(**known: str) -> Stages:
    return tuple(replace(stage, state=known.get(stage.name, "pending")) for stage in initial_stages())


def test_the_stages_are_those_of_s9_and_weigh_a_hundred():
    assert [stage.name for stage in initial_stages()] == NAMES
    assert sum(kind.weight for kind in KINDS) == 100


@pytest.mark.parametrize(("task_state", "state"), STATE_OF_TASK.items())
def test_a_task_state_becomes_a_stage_state(task_state: str, state: str):
    stages = from_tasks(initial_stages(), [Task("Trainer", task_state, START, START)])
    assert states(stages)["Train"] == state


def test_pseudo_tasks_and_unknown_names_and_states_are_ignored():
    tasks = [Task("exp-1-a1", "RUNNING"), Task("exit-handler", "FAILED"), Task("Trainer", "STATE_OF_TOMORROW")]
    assert from_tasks(initial_stages(), tasks) == initial_stages()


@pytest.mark.parametrize("before", RANK)
@pytest.mark.parametrize("after", RANK)
def test_a_rank_never_falls(before: str, after: str):
    stages = change(with_states(Train=before), "Train", after)
    assert RANK[states(stages)["Train"]] >= RANK[before]


def test_times_are_the_providers_and_stay_known():
    end = START + timedelta(seconds=9)
    stages = from_tasks(initial_stages(), [Task("Transform", "RUNNING", START)])
    stages = from_tasks(stages, [Task("Transform", "SUCCEEDED", None, end)])
    assert stages[5] == Stage("Transform", "done", START, end)


def test_after_a_success_none_is_left_pending():
    stages = with_states(Prepare="done", Compile="reused", Examples="reused", Train="running")
    assert set(states(close_completed(stages)).values()) == {"done", "reused"}


def test_after_a_failure_the_named_stage_failed_and_later_ones_are_skipped():
    stages = with_states(Prepare="done", Compile="done", Examples="done", Statistics="running")
    closed = states(close_failed(stages, "Transform", START))
    assert closed == {
        "Prepare": "done", "Compile": "done", "Examples": "done", "Statistics": "cancelled", "Schema": "skipped",
        "Transform": "failed", "Train": "skipped", "Collect": "skipped",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stages", "failed"),
    [
        (with_states(Prepare="done"), "Compile"),
        (with_states(Prepare="done", Compile="done", Examples="done", Statistics="done", Train="failed"), "Train"),
    ],
    ids=["nobody says which: the first unfinished", "a task says which"],
)
def test_a_failure_without_a_name_finds_its_stage(stages: Stages, failed: str):
    closed = states(close_failed(stages, None, START))
    assert [name for name, state in closed.items() if state == "failed"] == [failed]


def test_after_a_cancel_what_had_ended_keeps_its_truth():
    closed = states(close_cancelled(with_states(Prepare="done", Compile="reused", Examples="running"), START))
    assert (closed["Prepare"], closed["Compile"], closed["Examples"], closed["Train"]) == (
        "done",
        "reused",
        "cancelled",
        "cancelled",
    )


def test_percent_adds_what_is_done():
    assert percent(initial_stages(), 0, 3, {}, START) == 0
    assert percent(with_states(Prepare="done", Compile="reused"), 0, 3, {}, START) == 10
    assert percent(with_states(**dict.fromkeys(NAMES, "done")), 3, 3, {}, START) == 99


def test_training_moves_with_its_epochs():
    training = with_states(**dict.fromkeys(NAMES[:6], "done"), Train="running")
    assert [percent(training, done, 3, {}, START) for done in (0, 1, 2, 3)] == [57, 68, 79, 91]


def test_other_stages_move_with_their_predicted_time_up_to_nine_tenths():
    running = change(initial_stages(), "Transform", "running", START)
    half = START + timedelta(seconds=245)
    assert percent(running, 0, 3, {"Transform": 490.0}, half) == 10
    assert percent(running, 0, 3, {"Transform": 980.0}, half) == 5
    assert percent(running, 0, 3, {"Transform": 490.0}, START + timedelta(days=1)) == 18
    assert percent(running, 0, 3, {"Transform": 0.0}, START) == 0


# ---------------------------------------------------------------------------------------------------- time left

PREDICTED = {"Compile": 120.0, "Examples": 100.0, "Statistics": 70.0, "Schema": 45.0, "Transform": 120.0,
             "Train": 180.0, "Collect": 20.0}  # fmt: skip
LONGEST = {name: 1.8 * seconds for name, seconds in PREDICTED.items()}


def left(stages: Stages, after: float = 0.0, epochs: tuple[float, ...] = (), epochs_left: int = 0, early: bool = False):
    return remaining(stages, PREDICTED, LONGEST, epochs, epochs_left, early, START + timedelta(seconds=after))


def running(name: str) -> Stages:
    """`name` began at START, and all before it are done."""
    before = NAMES[: NAMES.index(name)]
    return change(with_states(**dict.fromkeys(before, "done")), name, "running", START)


def test_what_is_left_is_what_is_pending_and_the_rest_of_what_runs():
    """S9.7."""
    assert left(initial_stages()) == Remaining(660)  # 655 to the minute
    assert left(running("Transform"), 40) == Remaining(300)  # 80 + 180 + 20
    assert left(running("Train"), 100) == Remaining(100)  # 80 + 20
    assert left(running("Train"), 190) == Remaining(20)
    assert left(with_states(**dict.fromkeys(NAMES, "done"))) == Remaining(0)
    assert left(with_states(**dict.fromkeys(NAMES[:7], "reused"))) == Remaining(20)


def test_two_finished_epochs_tell_how_long_the_others_take():
    """S9.7: the median of the last epochs, the evaluation, and what comes after."""
    assert left(running("Train"), 100, (50.0,), 9) == Remaining(100)
    assert left(running("Train"), 100, (50.0, 10.0, 10.0), 3) == Remaining(110)  # 3 * 10 + 60 + 20
    assert left(running("Train"), 1e6, (10.0, 10.0), 3, early=True) == Remaining(110, at_most=True)


def test_a_stage_past_its_bound_takes_longer_than_usual():
    assert left(running("Transform"), 120 * 1.8) == Remaining(180)  # 200 to the minute
    assert left(running("Transform"), 120 * 1.8 + 1) == Remaining(None)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(114, 110), (119, 120), (149, 120), (151, 180), (3_500, 3_480), (3_700, 3_600), (3_800, 3_900)],
)
def test_time_left_is_rounded_as_people_read_it(seconds, shown):
    found = remaining(initial_stages(), {"Prepare": float(seconds)}, {}, (), 0, False, START)
    assert found == Remaining(shown)
