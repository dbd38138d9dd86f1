"""`quicktest leaderboard`, `quicktest insights`: read models as functions compute them, in words."""

from __future__ import annotations

import csv
import io
import json
import logging
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.insights import refresh_endpoint
from shared.insights.lists.entries import Figure
from tests.fakes.world import START, World
from tests.unit.ended_runs import ENDPOINT, OTHER, PROTOCOL, end, entry, experiment_id
from tests.unit.user_side import Cli, MemoryStore, make_cli

NAME = "strict 14 days to 9 Dec 2025, 812 customers, 3,684 products"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    monkeypatch.setattr("quicktest.commands.insights._now", lambda: START + timedelta(hours=2))
    return store


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: MemoryStore) -> Cli:
    monkeypatch.setenv("COLUMNS", "160")
    return make_cli(monkeypatch, capsys)


def fill(store: MemoryStore, *runs: Any) -> None:
    """The read models of these runs."""
    world = World()
    for run in runs:
        end(world, run)
    world.wait(3_600)
    logging.disable()  # where other tests have set it up, the functions' log goes to what is read here
    for endpoint in {run.model_endpoint for run in runs}:
        refresh_endpoint(endpoint, world.services, time.monotonic() + 600)
    logging.disable(logging.NOTSET)
    assert world.store.stale_insights() == []
    for path, document in world.store.documents.items():
        store.set(path, document)


def many(count: int, **changes: Any) -> list[Any]:
    """A rate of 0.01 is good, the query tower has no influence."""
    rates = {0: 0.3, 1: 0.18, 2: 0.19}
    changed = [(number, {"learning_rate": (0.01, 0.001, 0.003)[number % 3]}) for number in range(1, count + 1)]
    return [
        entry(n, round(rates[n % 3] + n % 5 / 500, 4), parameters={**p, "epochs": 20}, **changes) for n, p in changed
    ]


# ---------------------------------------------------------------------------------------------------- nothing to show


@pytest.mark.parametrize("command", ["leaderboard", "insights"])
def test_without_runs_there_is_a_sentence_that_helps(cli: Cli, command: str):
    shown = cli(command)
    assert (shown.code, shown.err) == (0, "")
    assert "No run of default has ended yet" in shown.out
    assert "quicktest run -f" in shown.out


def test_runs_that_all_failed_are_no_empty_endpoint(cli: Cli, store: MemoryStore):
    fill(store, entry(1, None), entry(2, None))
    board, told = cli("leaderboard").out, cli("insights").out
    assert "0 finished runs" in board
    assert "a leaderboard begins with the first one" in board
    assert "2 runs ended: 0 finished, 2 failed, 0 cancelled" in told
    assert "No figure yet" in told
    assert "20 runs are needed (0 so far)" in told


def test_an_endpoint_that_there_is_not_is_told_with_those_there_are(cli: Cli, store: MemoryStore):
    fill(store, entry(1))
    shown = cli("insights", "--endpoint", "wholesal")
    assert shown.code == 1
    assert "wholesale" in shown.err


def test_of_several_endpoints_one_must_be_chosen(cli: Cli, store: MemoryStore):
    fill(store, entry(1), entry(2, model_endpoint="retail"))
    shown = cli("leaderboard")
    assert (shown.code, "--endpoint retail or wholesale" in shown.err) == (1, True)
    assert cli("leaderboard", "--endpoint", "retail").code == 0


def test_a_protocol_that_there_is_not_is_told_with_those_there_are(cli: Cli, store: MemoryStore):
    fill(store, entry(1))
    shown = cli("leaderboard", "--protocol", "nonsense")
    assert (shown.code, f"{PROTOCOL} ({NAME})" in shown.err) == (1, True)


# -------------------------------------------------------------------------------------------------------- leaderboard


def test_runs_and_baselines_stand_in_one_order_with_words(cli: Cli, store: MemoryStore):
    fill(store, entry(1, 0.5, name="wide towers"), entry(2, 0.48), entry(3, 0.2), entry(4, 0.1), entry(5, None))
    shown = cli("leaderboard").out
    lines = [line.split() for line in shown.splitlines()]
    ranked = [line[:2] for line in lines if line and line[0] in "1234–" and line[1] != "share"]
    assert ranked == [["1", "#1"], ["1", "#2"], ["3", "#3"], ["–", "popularity"], ["4", "#4"]]
    assert f"{NAME}   protocol {PROTOCOL}" in shown
    assert "#1 wide towers  0.500 (0.470-0.530)  +0.350  ★ best" in shown
    assert "below baseline" in shown
    assert "2 share rank 1: the test customers cannot tell them from the best run." in shown
    assert "computed 1 h ago from 5 runs" in shown


def test_the_leader_is_not_best_unless_it_beats_the_baselines(cli: Cli, store: MemoryStore):
    fill(store, entry(1, 0.155))
    assert "★" not in cli("leaderboard").out


def test_protocols_and_sample_sizes_have_tables_of_their_own(cli: Cli, store: MemoryStore):
    fill(store, entry(1), entry(2, sample_percent=10), entry(3, protocols={"retrieval": OTHER}, protocol_name="Other"))
    everything = cli("leaderboard").out
    assert everything.count("rank  run") == 3
    assert "quick (10% of the customers), 1 finished run" in everything
    assert cli("leaderboard", "--sample", 10).out.count("rank  run") == 1
    assert "#3" in cli("leaderboard", "--protocol", "other").out
    assert cli("leaderboard", "--protocol", OTHER[:6]).out.count("rank  run") == 1
    assert "on 50% of the customers" in cli("leaderboard", "--sample", 50).out


def test_a_limit_says_how_many_are_left_out(cli: Cli, store: MemoryStore):
    fill(store, *(entry(number, 0.1 + number / 50) for number in range(1, 8)))
    shown = cli("leaderboard", "--limit", 3).out
    assert "3 of 7 are shown; see --limit." in shown
    assert shown.count("#") == 3


def test_runs_that_differ_in_seeds_alone_are_one_row(cli: Cli, store: MemoryStore):
    fill(store, *(entry(number, 0.2 + number / 100, repeat="same", seed=number) for number in (1, 2, 3)))
    shown = cli("leaderboard").out
    assert "3 runs ±0.010" in shown
    assert "equal but for their seeds" in shown


def test_another_metric_orders_without_verdicts(cli: Cli, store: MemoryStore):
    for_both = [{"recall_at_10": Figure(r, r, r), "ndcg_at_10": Figure(n, n, n)} for r, n in ((0.3, 0.1), (0.2, 0.2))]
    fill(store, entry(1, 0.3, metrics=for_both[0]), entry(2, 0.2, metrics=for_both[1]))
    shown = cli("leaderboard", "--metric", "ndcg@10").out
    assert shown.index("#2") < shown.index("#1")
    assert "nobody has tested whether these differences are more than chance" in shown
    assert "★" not in shown
    wrong = cli("leaderboard", "--metric", "rmse")
    assert (wrong.code, "ndcg_at_10, recall_at_10" in wrong.err) == (1, True)


def test_a_leaderboard_is_json_and_a_table_for_spreadsheets(cli: Cli, store: MemoryStore):
    fill(store, entry(1, 0.3, name="=SUM(A1)"), entry(2, 0.2))
    [group] = json.loads(cli("leaderboard", "--json").out)
    assert group["head"]["protocol"] == PROTOCOL
    assert [row["name"] for row in group["leaderboards"][0]["rows"]] == ["=SUM(A1)", "run 2", "popularity"]
    rows = list(csv.DictReader(io.StringIO(cli("leaderboard", "--csv").out)))
    assert [row["name"] for row in rows] == ["'=SUM(A1)", "run 2", "popularity"]
    assert (rows[0]["protocol"], rows[0]["sample_percent"], rows[2]["kind"]) == (PROTOCOL, "100", "baseline")
    assert cli("leaderboard", "--csv", "--json").code == 1


# ----------------------------------------------------------------------------------------------------------- insights


def test_below_20_runs_it_says_what_is_missing(cli: Cli, store: MemoryStore):
    fill(store, *many(9))
    shown = cli("insights").out
    assert "What matters for recall@10: 20 runs are needed (9 so far)" in shown
    assert "no evidence" in shown
    assert "9 of 9 runs finished, 10.0 min each (median), 0 failed; 1.1 USD spent this month" in shown


def test_from_20_runs_on_it_says_what_matters_and_what_does_not(cli: Cli, store: MemoryStore):
    fill(store, *many(30))
    shown = cli("insights").out
    assert "the best 8 of 30 runs against the rest" in shown
    assert "Evidence: learning_rate." in shown
    [row] = [line for line in shown.splitlines() if line.startswith("1 ") and "learning_rate" in line]
    assert "0.01" in row and "10 of 30" in row and "×" in row


def test_the_trend_and_the_grid_are_told_in_brief(cli: Cli, store: MemoryStore):
    fill(store, entry(1, 0.2), entry(2, 0.3), entry(3, 0.25), entry(4, None))
    shown = cli("insights").out
    assert "best recall@10 so far: 0.200 (#1) → 0.300 (#2); 1 run since" in shown
    assert "best baseline: popularity 0.150" in shown
    assert "What was tried: 4 pairs of configs, 8 untested" in shown
    assert "failed ×1" in shown


def test_configs_that_do_not_fit_are_told_with_the_reason(cli: Cli, store: MemoryStore):
    fill(store, entry(1), entry(2))
    path = f"insights/{ENDPOINT}__{PROTOCOL}/parts/coverage-100"
    coverage = json.loads(store.documents[path]["json"])
    one = {"feature_config": "features-1", "model_config": "model-2", "state": "incompatible", "runs": 0, "finished": 0}
    coverage["rows"].append({**one, "best": None, "reason": "it has no target."})
    store.set(path, {"json": json.dumps(coverage)})
    shown = cli("insights").out
    assert "What was tried: 2 pairs of configs" in shown
    assert "do not fit" in shown
    assert "features-1 and model-2 do not fit: it has no target." in shown


def test_the_first_protocol_is_shown_and_the_others_are_named(cli: Cli, store: MemoryStore):
    fill(store, entry(1), entry(2), entry(3, protocols={"retrieval": OTHER}, protocol_name="Other"))
    shown = cli("insights").out
    assert f"Other protocols, see --protocol: {OTHER} (Other, 1 finished)." in shown
    assert f"protocol {OTHER}" in cli("insights", "--protocol", "Other").out


def test_what_was_spent_in_another_month_is_not_this_months(
    cli: Cli, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
):
    fill(store, entry(1))
    monkeypatch.setattr("quicktest.commands.insights._now", lambda: START + timedelta(days=30))
    assert "nothing spent this month" in cli("insights").out


def test_stale_read_models_are_shown_and_said_to_be(cli: Cli, store: MemoryStore):
    fill(store, entry(1))
    store.set(f"insights/{ENDPOINT}", {**(store.get(f"insights/{ENDPOINT}") or {}), "stale": True})
    assert "newer results are on their way" in cli("insights").out


def test_insights_are_json_with_all_parts(cli: Cli, store: MemoryStore):
    fill(store, entry(1), entry(2))
    told = json.loads(cli("insights", "--json").out)
    assert told["overview"]["head"]["runs"] == 2
    [group] = told["protocols"]
    assert group["parts"]["trend-100"]["rows"][0]["experiment"] == experiment_id(1)
    assert json.loads(cli("insights", "--json", "--endpoint", "default").out) == {"overview": None, "protocols": []}


# ------------------------------------------------------------------------------------------------------------ rebuild


DONE = {"asked_at": START, "began_at": START, "ended_at": START + timedelta(seconds=3.2), "runs": 24, "protocols": 2}


def _functions(store: MemoryStore, done: dict[str, Any]) -> threading.Thread:
    """Do what is asked for, once it is."""

    def work() -> None:
        path, deadline = f"commands/{ENDPOINT}--rebuild", time.monotonic() + 20
        while path not in store.documents and time.monotonic() < deadline:
            time.sleep(0.01)
        store.set(f"rebuilds/{ENDPOINT}", done)
        del store.documents[path]

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("changed", "words"), [(0, "every entry of the index was as its run"), (2, "2 entries of the index were not")]
)
def test_a_rebuild_is_waited_for_and_told(
    cli: Cli, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, changed: int, words: str
):
    monkeypatch.setattr("quicktest.read_models.LOOK_AGAIN_S", 0.02)
    fill(store, entry(1))
    functions = _functions(store, {**DONE, "changed": changed})
    shown = cli("insights", "--rebuild")
    functions.join()
    assert shown.code == 0
    assert "Rebuilt wholesale in 3.2 s: 24 ended runs, 2 protocols" in shown.out
    assert words in shown.out


def test_a_rebuild_that_takes_longer_goes_on(cli: Cli, store: MemoryStore):
    fill(store, entry(1))
    shown = cli("insights", "--rebuild", "--timeout", 0.002)
    assert (shown.code, "It goes on" in shown.err) == (1, True)
    command = store.get(f"commands/{ENDPOINT}--rebuild") or {}
    assert (command["kind"], command["model_endpoint"]) == ("rebuild", ENDPOINT)
    assert "was asked for before" in cli("insights", "--rebuild", "--timeout", 0.002).out
