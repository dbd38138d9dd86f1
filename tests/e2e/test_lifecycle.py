"""Repeat, vary, wait and delete on the real stack; parts that die come back and what was running goes on."""

from __future__ import annotations

from typing import Any

import pytest

from local.stack import Stack
from quicktest import Client
from quicktest.errors import Deleted
from quicktest.experiment import Experiment
from tests.e2e.conftest import PATIENCE_S, documents, stage, until, wait_until

SOON_S = 30.0  # for what neither builds nor trains


@pytest.fixture(scope="module")
def parent(client: Client) -> Experiment:
    experiment = client.run(documents(experiment={"name": "parent", "epochs": 1}))
    assert experiment.wait(PATIENCE_S)["state"] == "completed"
    return experiment


def test_one_place_is_taken_in_the_order_of_asking(client: Client, parent: Experiment) -> None:
    """S10.18: those who wait say for what, a cancelled one costs nothing, and the next one follows at once."""
    client.apply([{"kind": "model_endpoint", "id": "narrow", "name": "One at a time", "max_running": 1}])
    first = parent.clone(name="first", model_endpoint="narrow", reuse_cache=False)
    until(first, lambda run: run["state"] != "requested", SOON_S)  # those who come at the same moment have no order
    second = parent.clone(name="second", model_endpoint="narrow")
    until(second, lambda run: "at a time" in (run.get("reason") or ""), SOON_S)
    third = parent.clone(name="third", model_endpoint="narrow")
    until(third, lambda run: "before this one" in (run.get("reason") or ""), SOON_S)
    assert second.run()["reason"] == "`narrow` runs 1 experiment at a time"
    assert third.run()["reason"] == "`narrow` runs 1 experiment at a time; 1 waits before this one"

    second.cancel()
    assert second.wait(SOON_S)["reason"] == "while waiting; nothing had been spent"
    assert third.run()["state"] == "requested"
    first.cancel()
    assert first.wait(SOON_S)["state"] == "cancelled"
    run = until(third, lambda run: run["state"] != "requested", SOON_S)
    assert (run["number"], run["origin"], run["parent"]) == (3, "clone", parent.id)
    third.cancel()
    third.wait(SOON_S)


def test_a_rerun_gives_the_same_and_outlives_its_deleted_parent(
    client: Client, stack: Stack, parent: Experiment
) -> None:
    again = parent.rerun()
    assert again.wait(PATIENCE_S)["state"] == "completed"
    assert (found := again.reproduction()) is not None and found.same, found

    number = parent.run()["number"]
    parent.delete()
    tombstone = parent.wait_deleted(SOON_S)
    assert tombstone["number"] == number and tombstone["bytes"] > 0
    assert objects(stack, parent) == []
    assert objects(stack, again) != []
    assert again.source() == f"rerun of Exp #{number} · parent"
    with pytest.raises(Deleted, match=f"Exp #{number} · parent was deleted on"):
        client.experiment(f"default#{number}").run()


def test_parts_that_die_come_back_and_the_run_goes_on(client: Client, stack: Stack) -> None:
    experiment = client.run(documents(experiment={"name": "parts were killed", "seed": 5}))
    until(experiment, lambda run: stage(run, "Train") == "running")
    killed = {name: stack.running[name].process for name in ("gateway", "functions")}
    for process in killed.values():
        process.kill()

    def revived() -> bool:
        stack.check()
        return all(stack.running[name].healthy and stack.running[name].process is not killed[name] for name in killed)

    wait_until(revived, SOON_S, "gateway and functions are up again")
    run: dict[str, Any] = experiment.wait(PATIENCE_S)
    assert (run["state"], run["attempt"]) == ("completed", 1), run["error"]
    assert len(experiment.history()) == 3


def objects(stack: Stack, experiment: Experiment) -> list[str]:
    folder = stack.home / "storage" / stack.environment["QUICKTEST_BUCKET"] / "experiments" / experiment.id
    return [str(path) for path in folder.rglob("*") if path.is_file()]
