"""`quicktest history` and `quicktest export --csv`: lists out of the index, searched with the language of S7.1."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from quicktest import table_file
from quicktest.output import disarmed
from shared.insights.lists.entries import Entry, EntryLift, Figure, block_of, to_json
from shared.runs import State, new_run, to_document
from tests.fakes.counted import CountedReads
from tests.unit.user_side import START, Cli, MemoryStore, make_cli

PROTOCOL = {"retrieval": "4f5e6a7b8c9d0e1f"}


class CountingStore(CountedReads, MemoryStore):
    """Knows its index, and lets nobody read runs one by one."""

    def newest(self, collection: str) -> Iterator[dict[str, Any]]:
        raise AssertionError("a history reads no runs one by one")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CountingStore:
    store = CountingStore()
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    return store


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return make_cli(monkeypatch, capsys)


def name_of(number: int) -> str:
    return f"exp-{number:026d}"


def entry(number: int, **changes: Any) -> Entry:
    begun = START + timedelta(minutes=number)
    known = Entry(
        experiment=name_of(number), number=number, model_endpoint="wholesale", name=f"run {number}", state="completed",
        model_type="retrieval", owner="ada@example.org", created_at=begun, ended_at=begun + timedelta(seconds=60),
        duration_seconds=60.0, dataset="orders", feature_config="base", model_config="towers", split="strict_time",
        names={"dataset": "Orders"}, protocols=PROTOCOL, cost_usd=0.05, parameters={"learning_rate": number / 1_000},
        metrics={"recall_at_10": Figure(number / 10_000, 0.1, 0.3)},
        lifts={"recall_at_10": EntryLift("popularity", 0.02, 0.01, 0.03, "better")},
    )  # fmt: skip
    return replace(known, **changes)


def keep(store: MemoryStore, *entries: Entry) -> None:
    for each in entries:
        block = store.documents.setdefault(f"indexes/{block_of(each.model_endpoint, each.number)}", {"entries": {}})
        block["entries"][each.experiment] = to_json(each)
        counter = store.documents.setdefault(f"counters/{each.model_endpoint}", {"next": 1})
        counter["next"] = max(counter["next"], each.number + 1)


def live(store: MemoryStore, number: int, **labels: Any) -> None:
    run = new_run(name_of(number), {"name": f"run {number}", "owner": "bob"}, "wholesale", START)
    run = replace(run, number=number, state=State.RUNNING, created_at=START + timedelta(minutes=number))
    store.set(f"runs/{name_of(number)}", to_document(run))
    store.set(f"experiments/{name_of(number)}", {"name": f"run {number}", **labels})


def numbers(cli: Cli, *arguments: object) -> list[int]:
    outcome = cli("history", "--json", *arguments)
    assert outcome.code == 0, outcome.err
    return [each["number"] for each in json.loads(outcome.out)]


def test_a_history_has_live_and_ended_runs_newest_first(cli: Cli, store: CountingStore) -> None:
    keep(store, *(entry(number) for number in (1, 2, 4, 251)))
    live(store, 3, tags=["deep"])
    live(store, 252)
    assert numbers(cli) == [252, 251, 4, 3, 2, 1]
    assert numbers(cli, "tag = deep") == [3]
    assert numbers(cli, "--limit", 2) == [252, 251]


def test_a_run_that_ends_while_it_is_read_is_there_once_and_ended(cli: Cli, store: CountingStore) -> None:
    live(store, 2)
    keep(store, entry(1), entry(2))
    found = json.loads(cli("history", "--json").out)
    assert [(each["number"], each["state"]) for each in found] == [(2, "completed"), (1, "completed")]


def test_filters_and_the_query_say_the_same(cli: Cli, store: CountingStore) -> None:
    keep(store, entry(1, tags=("a", "b")), entry(2, tags=("a",), starred=True), entry(3, state="failed", owner="bob"))
    assert numbers(cli, "--tag", "a", "--tag", "b") == numbers(cli, "tag = a tag = b") == [1]
    assert numbers(cli, "--state", "failed") == numbers(cli, "state = failed") == [3]
    assert numbers(cli, "--dataset", "Orders", "--owner", "ada@example.org") == [2, 1]
    assert numbers(cli, "run 3 OR tag = b", "--model-type", "retrieval") == [3, 1]
    assert numbers(cli, "--starred", "--since", "2026-01-31") == [2]
    assert (
        numbers(cli, "--protocol", PROTOCOL["retrieval"], "--feature-config", "base", "--model-config", "other") == []
    )


def test_a_mistake_is_pointed_at(cli: Cli, store: CountingStore) -> None:
    outcome = cli("history", "recal_at_10 > 0.2")
    assert outcome.code == 1
    assert outcome.err.splitlines()[:2] == ["recal_at_10 > 0.2", "^"]
    assert "Did you mean recall_at_10" in outcome.err
    assert "cannot be sorted by `name`" in cli("history", "--sort", "name").err


def test_sorted_by_a_metric_the_best_come_first_and_those_without_last(cli: Cli, store: CountingStore) -> None:
    keep(store, entry(1), entry(3), entry(2), entry(4, metrics={}, lifts={}))
    assert numbers(cli, "--sort", "recall_at_10") == [3, 2, 1, 4]
    assert numbers(cli, "--sort", "recall_at_10", "--limit", 1) == [3]
    assert numbers(cli, "--sort", "learning_rate") == [4, 3, 2, 1]
    assert numbers(cli, "--sort", "created") == [4, 3, 2, 1]


def test_figures_that_do_not_compare_are_not_ranked_in_silence(cli: Cli, store: CountingStore) -> None:
    keep(store, entry(1), entry(2, sample_percent=10))
    assert "do not compare" in cli("history", "--sort", "recall_at_10").err
    assert cli("history", "sample = 100", "--sort", "recall_at_10").err == ""


def test_people_see_what_the_list_is_for(cli: Cli, store: CountingStore) -> None:
    keep(store, entry(1, starred=True, tags=("wide",), sample_percent=10, split="random"))
    keep(store, entry(2, state="failed", error="E_OOM", error_title="Out of memory", metrics={}, lifts={}))
    shown = " ".join(cli("history").out.split())
    for words in (
        "#1",
        "★ run 1 #wide",
        "Orders",
        "base / towers",
        "quick (10%)",
        "optimistic",
        "0.05",
        "failed: Out of",
    ):
        assert words in shown
    assert "There are more" in cli("history", "--limit", 1).out
    assert "No experiment is like that." in cli("history", "nothing").out


def test_several_endpoints_are_one_list_and_one_can_be_chosen(cli: Cli, store: CountingStore) -> None:
    keep(store, entry(1), entry(2, model_endpoint="retail", experiment=name_of(20)), entry(3))
    store.set("counters/reuse", {"generation": 2})
    assert numbers(cli) == [3, 2, 1]
    assert numbers(cli, "--endpoint", "retail") == [2]
    assert "retail#2" in cli("history").out


def test_a_damaged_entry_hides_no_other(cli: Cli, store: CountingStore) -> None:
    keep(store, entry(1), entry(2))
    store.documents["indexes/wholesale__0"]["entries"][name_of(1)] = "{"
    assert numbers(cli) == [2]
    assert "1 entries cannot be read" in cli("history").err


def test_the_beginning_of_a_long_history_costs_few_reads(cli: Cli, store: CountingStore) -> None:
    keep(store, *(entry(number) for number in range(1, 10_001)))
    store.reads = 0
    assert len(numbers(cli, "--limit", 50)) == 50
    assert store.reads <= 12
    store.reads = 0
    assert len(numbers(cli, "learning_rate <= 0.01", "--limit", 10_000)) == 10
    assert store.reads <= 60


# -------------------------------------------------------------------------------------------------------------- tables


def table(cli: Cli, *arguments: object) -> list[dict[str, str]]:
    outcome = cli("export", "--csv", *arguments)
    assert outcome.code == 0, outcome.err
    return list(csv.DictReader(io.StringIO(outcome.out, newline="")))


def test_a_table_has_a_row_for_each_experiment_and_every_column(cli: Cli, store: CountingStore) -> None:
    keep(store, entry(1), entry(2, metrics={"rmse": Figure(1.5)}, parameters={"query.City": 8}))
    live(store, 3)
    rows = table(cli)
    assert [row["number"] for row in rows] == ["3", "2", "1"]
    assert rows[2]["recall_at_10"] == "0.0001" and rows[2]["recall_at_10.low"] == "0.1"
    assert rows[2]["parameter.learning_rate"] == "0.001" and rows[2]["lift.verdict"] == "better"
    assert rows[1]["rmse"] == "1.5" and rows[1]["parameter.query.City"] == "8" and rows[1]["recall_at_10"] == ""
    assert list(rows[0])[:3] == ["number", "experiment", "model_endpoint"]
    assert [row["number"] for row in table(cli, "rmse > 1")] == ["2"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_text_is_a_formula(text: str) -> None:
    made = table_file.as_csv([entry(1, name=text, description=text, tags=(text,), owner=text)])
    [row] = csv.DictReader(io.StringIO(made, newline=""))
    assert [row[name] for name in ("name", "description", "tags", "owner")] == [f"'{disarmed(text)}"] * 4
    assert json.loads(table_file.as_json([entry(1, name=text)]))[0]["name"] == text


def test_no_text_of_a_table_commands_a_terminal() -> None:
    made = table_file.as_csv([entry(1, name="a\x1b[31mb", description="\x9b=1+1", tags=("\u202egnp",))])
    assert not set(made) & {"\x1b", "\x9b", "\u202e"}


def test_numbers_stay_numbers(cli: Cli, store: CountingStore) -> None:
    below = EntryLift("popularity", -0.02, -0.03, -0.01, "worse")
    keep(store, entry(1, lifts={"recall_at_10": below}, name="-5"))
    [row] = table(cli)
    assert (row["lift.value"], row["name"], row["starred"]) == ("-0.02", "'-5", "false")


def test_a_table_goes_to_a_file(cli: Cli, store: CountingStore, tmp_path: Path) -> None:
    keep(store, entry(1), entry(2))
    path = tmp_path / "runs.csv"
    assert "Wrote 2 experiments" in cli("export", "--csv", path).out
    assert path.read_bytes().count(b"\r\n") == 3
    assert cli("export", "--csv", path).err.startswith(f"{path} exists already.")
    assert "Wrote 1 experiment " in cli("export", "--csv", "--replace", "#2", path).out
    made = cli("export", "--json", "#2", tmp_path / "runs.json")
    assert made.code == 0
    [row] = json.loads((tmp_path / "runs.json").read_text())
    assert (row["number"], row["starred"], row["parameter.learning_rate"]) == (2, False, 0.002)


def test_an_empty_table_still_says_its_columns(cli: Cli, store: CountingStore) -> None:
    assert cli("export", "--csv").out.startswith("number,experiment,")
    assert json.loads(cli("export", "--json").out) == []


@pytest.mark.parametrize(
    "arguments", [[], ["a", "b"], ["a.gz", "--endpoint", "x"], ["--csv", "--json"], ["--csv", *"abc"]]
)
def test_what_is_neither_backup_nor_table_is_refused(cli: Cli, store: CountingStore, arguments: list[str]) -> None:
    outcome = cli("export", *arguments)
    assert outcome.code == 1 and outcome.err
