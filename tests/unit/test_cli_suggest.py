"""`quicktest suggest`: what functions computed, as a table and as JSON, and started with --apply (S7.15)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.hashing import canonical_json
from shared.insights.suggesting.suggestions import Cost, suggestions
from tests.unit import samples
from tests.unit.suggestion_samples import PROTOCOL, Runs
from tests.unit.user_side import START, Cli, MemoryStore, make_cli

HEAD = {
    "kind": "group", "stale": False, "endpoint": "wholesale", "protocol": PROTOCOL, "family": "retrieval",
    "name": "strict 14 days to 9 Dec 2025, 812 customers, 3,684 products", "computed_at": START.isoformat(),
    "inputs": {"count": 24, "revision": "x"}, "samples": [{"sample_percent": 100, "runs": 24, "finished": 24}],
}  # fmt: skip


PRICE = Cost(0.1, 12.0)


def part_of(runs: Runs, cost: Cost | None = PRICE, left: float | None = None) -> dict[str, Any]:
    items = suggestions(runs.group(), runs.known(), [], lambda combination, features: cost, None)
    group = {"sample_percent": 100, "finished": 24, "live": 0, "sentence": "By Optuna's TPE from 24 finished runs.",
             "items": items}  # fmt: skip
    return {"groups": [group], "budget_left_usd": left}


@pytest.fixture(scope="module")
def runs() -> Runs:
    runs = Runs()
    runs.add_many(24)
    return runs


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runs: Runs) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    store.set("datasets/shop", samples.DATASET)
    for name, features in runs.features.items():
        store.set(f"feature_configs/{name}", features.model_dump(mode="json"))
    for name, model in runs.models.items():
        store.set(f"model_configs/{name}", model.model_dump(mode="json"))
    store.set("insights/wholesale", {"kind": "overview", "endpoint": "wholesale", "computed_at": START.isoformat()})
    store.set(f"insights/wholesale__{PROTOCOL}", HEAD)
    put(store, part_of(runs))
    return store


def put(store: MemoryStore, part: dict[str, Any]) -> None:
    store.set(f"insights/wholesale__{PROTOCOL}/parts/suggestions", {"json": canonical_json(part)})


@pytest.fixture
def cli(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return make_cli(monkeypatch, capsys)


def test_suggestions_are_shown_with_reason_expectation_and_cost(cli: Cli):
    shown = cli("suggest")
    assert shown.code == 0, shown.err
    for words in ("By Optuna's TPE from 24 finished runs.", "l/g", "of 24 runs", "untested pair", "recall@10", "0.10",
                  "strict 14 days to 9 Dec 2025"):  # fmt: skip
        assert words in shown.out


def test_json_has_the_documents(cli: Cli):
    (found,) = json.loads(cli("suggest", "--json").out)
    assert found["protocol"] == PROTOCOL and [each["number"] for each in found["suggestions"]] == [1, 2, 3, 4, 5, 6]
    assert found["suggestions"][0]["documents"]["model_config"]["id"].startswith("sug-")


def test_applied_suggestions_are_written_with_their_model_configs(cli: Cli, store: MemoryStore):
    items = json.loads(cli("suggest", "--json").out)[0]["suggestions"]
    done = cli("suggest", "--apply", "1,4", "--yes")
    assert done.code == 0, done.err
    written = [body for path, body in store.documents.items() if path.startswith("experiments/")]
    assert len(written) == 2 and {each["tags"][0] for each in written} == {"suggested"}
    model = items[0]["documents"]["model_config"]
    stored = store.documents[f"model_configs/{model['id']}"]
    assert stored["learning_rate"] == model["learning_rate"]
    assert {each["model_config"] for each in written} == {
        items[place]["documents"]["experiment"]["model_config"] for place in (0, 3)
    }
    assert all(each["parent"] and each["origin"] == "clone" for each in written)


def test_what_was_started_says_so_and_is_not_started_twice(cli: Cli):
    assert cli("suggest", "--apply", "2", "--yes").code == 0
    assert "started already" in cli("suggest").out
    again = cli("suggest", "--apply", "2", "--yes")
    assert again.code == 1 and "started already" in again.err


@pytest.mark.parametrize(("written", "words"), [("9", "There are 1 to 6."), ("one", "no list of numbers")])
def test_a_number_that_there_is_not_is_told(cli: Cli, store: MemoryStore, written: str, words: str):
    told = cli("suggest", "--apply", written, "--yes")
    assert told.code == 1 and words in told.err
    assert not [path for path in store.documents if path.startswith("experiments/")]


def test_without_an_answer_nothing_is_started(cli: Cli, store: MemoryStore, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    monkeypatch.setattr("typer.confirm", lambda question: asked.append(question) or False)
    assert "Nothing was started." in cli("suggest", "--apply", "1,2").out
    assert asked == ["\nStart 2 experiments, about 0.20 USD and 24 minutes?"]
    assert not [path for path in store.documents if path.startswith("experiments/")]
    assert "--yes" in cli("suggest", "--apply", "1", "--json").err


def test_two_that_cost_more_than_is_left_are_refused(cli: Cli, store: MemoryStore, runs: Runs):
    put(store, part_of(runs, left=0.15))
    assert "Left of this month's budget: 0.15 USD" in cli("suggest").out
    refused = cli("suggest", "--apply", "1,2", "--yes")
    assert refused.code == 1 and "0.20 USD" in refused.err
    assert cli("suggest", "--apply", "1", "--yes").code == 0


def test_unknown_costs_are_no_zeros(cli: Cli, store: MemoryStore, runs: Runs, monkeypatch: pytest.MonkeyPatch):
    put(store, part_of(runs, cost=None))
    asked: list[str] = []
    monkeypatch.setattr("typer.confirm", lambda question: asked.append(question) or False)
    shown = cli("suggest", "--apply", "1").out
    assert "?  " in shown and "0.10" not in shown and "nobody knows" in asked[0]


def test_without_a_run_or_before_the_part_is_there_it_says_what_to_do(cli: Cli, store: MemoryStore):
    del store.documents[f"insights/wholesale__{PROTOCOL}/parts/suggestions"]
    assert "Nothing has been suggested yet" in cli("suggest").out
    del store.documents[f"insights/wholesale__{PROTOCOL}"]
    assert "No run of wholesale has finished yet" in cli("suggest").out


def test_other_protocols_are_named_and_can_be_chosen(cli: Cli, store: MemoryStore):
    other = {
        **HEAD,
        "protocol": "f" * 16,
        "name": "random",
        "samples": [],
        "computed_at": (START - timedelta(1)).isoformat(),
    }
    store.set(f"insights/wholesale__{'f' * 16}", other)
    assert "Other protocols, see --protocol: ffffffffffffffff (random)" in cli("suggest").out
    assert cli("suggest", "--protocol", "random").out.startswith("random")
    assert "There is no protocol `x9`" in cli("suggest", "--protocol", "x9").err
