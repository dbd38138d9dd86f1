"""Cancel, kill and crash a running quick test: it ends with a clear word or goes on; never stuck, never lost."""

from __future__ import annotations

from typing import Any

import pytest

from local import processes
from local.stack import Stack
from quicktest import Client
from quicktest.logs import stage_logs
from shared import paths
from tests.e2e.conftest import PATIENCE_S, components, documents, forget_specs, stage, until, wait_until

CANCELLED_WITHIN_S = 15.0


def slow(name: str) -> list[dict[str, Any]]:
    """An experiment that trains for long enough to be disturbed."""
    return documents(experiment={"name": name, "epochs": 500})


def test_cancel_while_a_build_runs_leaves_no_build_and_no_job(client: Client, stack: Stack) -> None:
    forget_specs(stack)
    experiment = client.run(documents(experiment={"name": "cancelled while compiling"}))
    until(experiment, lambda run: run["state"] == "compiling" and run["build"] is not None)

    experiment.cancel()
    run = experiment.wait(CANCELLED_WITHIN_S)

    assert run["state"] == "cancelled"
    assert run["cancel"]["phase"] == "compiling"
    assert run["job"] is None
    wait_until(lambda: components(stack.home) == [], 5, "the compiler is gone")


def test_cancel_while_training_kills_the_whole_process_tree(client: Client, stack: Stack) -> None:
    experiment = client.run(slow("cancelled while training"))
    until(experiment, lambda run: (run["progress"] or {}).get("epochs_done", 0) >= 1)
    assert components(stack.home)

    experiment.cancel()
    run = experiment.wait(CANCELLED_WITHIN_S)

    assert run["state"] == "cancelled"
    assert run["cancel"]["phase"] == "running"
    assert experiment.history(), "the epochs so far are kept"
    wait_until(lambda: components(stack.home) == [], 5, "the component is gone")


def test_a_component_killed_with_sigkill_fails_the_run_with_a_sentence(client: Client, stack: Stack) -> None:
    experiment = client.run(slow("killed"))
    until(experiment, lambda run: (run["progress"] or {}).get("epochs_done", 0) >= 1)

    for process in components(stack.home):
        process.kill()
    run = experiment.wait(60)

    assert run["state"] == "failed"
    assert stage(run, "Train") == "failed"
    assert run["error"]["component"] == "Train"
    assert "137" in run["error"]["raw"]
    assert run["error"]["suggestion"]


def test_a_trainer_that_raises_fails_the_run_with_its_own_words(client: Client, stack: Stack) -> None:
    experiment = client.run(documents(experiment={"name": "raises", "reuse_cache": False}))
    run = until(experiment, lambda run: run["job"] is not None)
    bucket = stack.home / "storage" / stack.environment["QUICKTEST_BUCKET"]
    module = bucket / paths.trainer_module(experiment.id, run["attempt"])
    module.write_text("def run_fn(fn_args):\n    raise ValueError('the widget is loose')\n")

    run = experiment.wait(PATIENCE_S)

    assert run["state"] == "failed"
    assert run["error"]["raw"] == "ValueError: the widget is loose"
    assert run["error"]["title"] == "Failed in Train"
    assert stage(run, "Transform") == "done"
    wait_until(lambda: "the widget is loose" in logged(client, run), 10, "the log tells the same")


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_full_stop_of_the_stack_loses_nothing(client: Client, stack: Stack, how: str) -> None:
    """Also when everything is killed at once, as in a power cut."""
    experiment = client.run(documents(experiment={"name": f"the stack was {how}", "epochs": 2, "reuse_cache": False}))
    until(experiment, lambda run: stage(run, "Transform") == "running")

    if how == "killed":
        for process in processes.marked(stack.home):
            process.kill()
    stack.stop()
    assert processes.marked(stack.home) == []
    stack.start()
    run = experiment.wait(PATIENCE_S)

    assert run["state"] == "completed", run["error"]
    assert run["attempt"] == 1, "the stand-ins go on where they were"
    assert len(experiment.history()) == 2


def logged(client: Client, run: dict[str, Any]) -> str:
    return "\n".join(line.message for line in stage_logs(client.deployment, run, ["Train"], "DEFAULT", 1_000))
