"""`quicktest compare`: what it writes, waits for and says."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.config_reports import report_on
from shared import paths
from shared.runs import to_document
from tests.fakes.world import World
from tests.unit.comparison_samples import compared, customers_file
from tests.unit.user_side import Cli, MemoryStore, make_cli

BETTER, WORSE = compared(14, chance=2.0), compared(12, epochs=7)


@pytest.fixture
def world() -> World:
    world = World()
    world.store.documents = {}
    for run, chance in ((BETTER, 2.0), (WORSE, 1.0)):
        path = f"runs/{run.experiment}"
        world.store.documents |= {path: to_document(run.run), f"{path}/details/snapshot": run.snapshot,
                                  f"{path}/details/evaluation": run.evaluation}  # fmt: skip
        world.blobs.objects[paths.customers(run.experiment, 1)] = customers_file(chance, run.run.number)
    return world


@pytest.fixture
def store(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStore:
    """The documents of functions and user are the same, and whoever writes a comparison is answered at once."""
    store = MemoryStore(world.store.documents)
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    written = store.set

    def answered(path: str, body: dict[str, Any]) -> None:
        written(path, body)
        if path.startswith("comparisons/"):
            report_on("comparisons", path.partition("/")[2], world.services)

    monkeypatch.setattr(store, "set", answered)
    return store


@pytest.fixture
def cli(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return make_cli(monkeypatch, capsys)


def saved(store: MemoryStore) -> list[str]:
    return [path for path in store.documents if path.startswith("comparisons/")]


def test_the_verdict_comes_first_then_results_then_what_differs(cli: Cli):
    found = cli("compare", "14", "12")
    lines = found.out.splitlines()
    assert found.code == 0
    assert lines[0].startswith("#14 is better than #12 by ")
    assert lines[1].strip().startswith("#14 is better than the best baseline, popularity, by ")
    results, training = found.out.index("\nResults"), found.out.index("\nTraining")
    assert results < training
    row = next(line for line in lines if "recall@10 " in line and line.startswith("≠"))
    assert "★" in row
    assert [line.split() for line in lines if " epochs " in line] == [["≠", "epochs", "5", "7"]]
    assert "batch_size" not in found.out
    assert "≡  no difference" in found.out


def test_what_is_not_known_of_a_run_is_no_difference(cli: Cli, store: MemoryStore):
    """A run that was refused has no configuration: nothing of it is set beside the other's."""
    path = f"runs/{WORSE.experiment}"
    for name in ("snapshot", "evaluation"):
        del store.documents[f"{path}/details/{name}"]
    store.documents[path] = {**store.documents[path], "state": "failed", "parameters": {}, "names": {}}
    found = cli("compare", "14", "12")
    assert found.code == 3
    assert "#12: not known" in found.out and "\nResults" in found.out
    assert not any(line.startswith("≠") and "epochs" in line for line in found.out.splitlines())


def test_everything_is_shown_when_asked_for(cli: Cli):
    found = cli("compare", "14", "12", "--all")
    assert ["≡", "batch_size", "1024", "1024"] in [line.split() for line in found.out.splitlines()]
    assert "warm.recall@10" in found.out


def test_programs_get_the_whole_report(cli: Cli):
    found = json.loads(cli("compare", "14", "12", "--json").out)
    assert found["verdicts"][0]["pairs"][0]["verdict"] == "better"
    assert {"results", "model", "cost"} <= set(found["rows"])
    assert found["experiments"][0]["label"] == "#14"


def test_the_same_question_is_one_document_and_may_get_a_name(cli: Cli, store: MemoryStore):
    cli("compare", "14", "12")
    cli("compare", "#14", WORSE.experiment, "--name", "Wider towers")
    (path,) = saved(store)
    assert store.documents[path]["name"] == "Wider towers"
    cli("compare", "14", "12", "--metric", "mrr")
    assert len(saved(store)) == 2


def test_a_report_on_earlier_states_is_asked_for_again(cli: Cli, store: MemoryStore):
    path = f"runs/{WORSE.experiment}"
    ended = store.documents[path]
    store.documents[path] = {**ended, "state": "running", "ended_at": None}
    found = cli("compare", "14", "12")
    assert found.code == 3
    assert "#14 and #12 are not comparable: #12 is running: only completed runs have results." in found.out
    store.documents[path] = {**ended, "ended_at": ended["ended_at"] + timedelta(minutes=5)}
    assert cli("compare", "14", "12").out.startswith("#14 is better than #12")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["14"], "Name 2 to 5 experiments, not 1."),
        (["14", "14"], "is named more than once."),
        (["14", "12", "--metric", "auc"], "`metric`: 'auc' is not a choice"),
        (["14", "99"], "There is no experiment `#99`."),
    ],
)
def test_what_is_wrong_is_told(cli: Cli, store: MemoryStore, arguments: list[str], words: str):
    found = cli("compare", *arguments)
    assert found.code == 1
    assert words in found.err
    assert saved(store) == []


def test_silence_is_told(cli: Cli, store: MemoryStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("quicktest.comparisons.WAIT_S", 0.01)
    monkeypatch.setattr(store, "set", lambda path, body: store.documents.update({path: body}))
    found = cli("compare", "14", "12")
    assert found.code == 1
    assert "nobody answered" in found.err
    assert "`quicktest doctor`" in found.err


def test_three_runs_show_every_pair(cli: Cli, store: MemoryStore, world: World):
    third = compared(15, seed=12)
    path = f"runs/{third.experiment}"
    parts = {"snapshot": third.snapshot, "evaluation": third.evaluation}
    documents = {
        path: to_document(third.run),
        **{f"{path}/details/{name}": part for name, part in parts.items()},
    }
    store.documents.update(documents)
    world.blobs.objects[paths.customers(third.experiment, 1)] = customers_file(1.0, 12)
    found = cli("compare", "14", "12", "15")
    assert found.out.startswith("#14 leads by recall@10: it is better than #12 and #15.")
    assert "  No practical difference between #12 and #15: recall@10" in found.out
