"""From results to a decision: what the command line tells about two experiments that really ran."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from quicktest import Client
from quicktest.__main__ import app
from tests.e2e.conftest import PATIENCE_S, documents, until, wait_until

ENDPOINT = "deciding"  # of its own: what other tests run is not in its lists
SHORT = {"name": "One epoch", "model_endpoint": ENDPOINT, "epochs": 1}
LONG = {"name": "Three epochs", "model_endpoint": ENDPOINT, "epochs": 3, "tags": ["long"]}


def quicktest(*arguments: str) -> Any:
    """What a command prints as JSON."""
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.output)


@pytest.fixture(scope="module")
def both(client: Client) -> list[dict[str, Any]]:
    """Two completed runs of one protocol, whose results the read models know."""
    started = [client.run(documents(experiment=changes)) for changes in (SHORT, LONG)]
    runs = [experiment.wait(2 * PATIENCE_S) for experiment in started]
    assert [run["state"] for run in runs] == ["completed"] * 2, [run.get("error") for run in runs]
    knows(client, runs[0], 2)
    return runs


def knows(client: Client, run: dict[str, Any], ended: int) -> None:
    """Returns as soon as the read models know so many ended runs."""
    head = f"insights/{ENDPOINT}__{run['grouping']['protocols']['retrieval']}"

    def fresh() -> bool:
        found = client.store.get(head)
        return found is not None and not found["stale"] and found["inputs"]["count"] == ended

    wait_until(fresh, 90, f"the read models know {ended} ended runs")


def test_lists_know_what_ended(both: list[dict[str, Any]]) -> None:
    listed = quicktest("history", "--endpoint", ENDPOINT)
    assert {each["name"] for each in listed} == {"Three epochs", "One epoch"}
    assert [each["name"] for each in quicktest("history", "tag = long", "--endpoint", ENDPOINT)] == ["Three epochs"]


def test_two_runs_are_compared_over_the_same_customers(both: list[dict[str, Any]]) -> None:
    compared = quicktest("compare", *(run["experiment"] for run in both))
    told = json.dumps(compared)
    assert '"n"' in told
    assert any(f'"{verdict}"' in told for verdict in ("better", "worse", "no_practical_difference", "cannot_tell"))
    assert "not_comparable" not in told


def test_the_leaderboard_ranks_runs_and_baselines(both: list[dict[str, Any]]) -> None:
    told = json.dumps(quicktest("leaderboard", "--endpoint", ENDPOINT))
    assert all(run["experiment"] in told for run in both)
    assert "personal_frequency" in told


def test_statistics_are_those_of_the_rows(both: list[dict[str, Any]]) -> None:
    assert {run["insights"]["statistics"] for run in both} == {"done"}
    told = quicktest("stats", both[0]["experiment"])
    rows = {split["name"]: split["rows"] for split in told["splits"]}
    assert rows["train"] == both[0]["counts"]["rows"]["train"]


def test_the_second_run_was_spared_the_baselines(client: Client, both: list[dict[str, Any]]) -> None:
    """Equal figures, because they are the same answers (S6.16)."""
    assert both[0]["baselines"] == both[1]["baselines"]


def test_a_suggestion_is_started(client: Client, both: list[dict[str, Any]]) -> None:
    suggested = quicktest("suggest", "--endpoint", ENDPOINT)
    assert suggested[0]["suggestions"], "with two runs there is a start design"
    (started,) = quicktest("suggest", "--endpoint", ENDPOINT, "--apply", "1", "--yes")["started"]
    experiment = client.experiment(started)
    until(experiment, lambda run: run.get("estimate") is not None)  # valid, frozen, and on its way
    experiment.cancel()
    cancelled = experiment.wait(PATIENCE_S)
    assert cancelled["state"] == "cancelled"
    knows(client, cancelled, 3)


def test_a_rebuild_changes_nothing(both: list[dict[str, Any]]) -> None:
    def shown() -> list[Any]:
        board = quicktest("leaderboard", "--endpoint", ENDPOINT)
        return json.loads(json.dumps(board), object_hook=lambda found: {**found, "computed_at": None, "marks": None})

    before = shown()
    quicktest("insights", "--endpoint", ENDPOINT, "--rebuild")
    assert shown() == before
