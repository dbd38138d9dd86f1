"""`rerun`, `clone`, `cancel`, `delete`, of one experiment and of several, and what is shown of them (S5.12, S5.13)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from google.api_core.exceptions import RetryError, ServiceUnavailable

from quicktest import Client, QuicktestError
from quicktest.deployment import Deployment
from quicktest.repeating import changed, settings
from quicktest.views.plain import changes
from quicktest.views.run import run_view
from quicktest.views.runs import runs_table
from quicktest.words import size, state_words
from shared.parsing import parse
from tests.unit import samples
from tests.unit.test_cli_views import drawn
from tests.unit.user_side import (
    EXPERIMENT_ID,
    START,
    Cli,
    MemoryStore,
    completed_run,
    failed_run,
    make_cli,
    run_document,
)

OTHER = "exp-01j8zq4m3v7k2n5p6r8s9t0abd"
RUN, REQUEST = f"runs/{EXPERIMENT_ID}", f"experiments/{EXPERIMENT_ID}"
FROZEN = {
    "schema_version": 1, "owner": "ada", "created_at": START.isoformat(), "updated_at": START.isoformat(),
    "model_endpoint": "default", "feature_config": "base", "model_config": "minimal", "name": "first try",
    "description": "why", "notes": "it was good", "tags": ["a"], "starred": True, "epochs": 7, "parent": None,
    "origin": None, "split": {"kind": "strict_time", "test_days": 14, "val_days": 14, "train_days": None},
    "learning_rate": None,
}  # fmt: skip
TOMBSTONE = {
    "experiment": EXPERIMENT_ID, "number": 12, "model_endpoint": "default", "name": "first try", "state": "failed",
    "owner": "ada", "created_at": START, "deleted_at": START + timedelta(days=1), "deleted_by": "eve",
    "bytes": 3_400_000,
}  # fmt: skip
WRITTEN = ("owner", "created_at", "updated_at")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.verdicts.PREPARE_WAIT_S", 0.0)  # there are no functions here
    monkeypatch.setattr("quicktest.experiment.LOOK_FOR_TOMBSTONE_S", 0.01)
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    configs = (("datasets", "shop", samples.DATASET), ("feature_configs", "base", samples.FEATURE_CONFIG),
               ("model_configs", "minimal", samples.MODEL_CONFIG))  # fmt: skip
    for collection, name, document in configs:
        store.set(f"{collection}/{name}", document)
    return store


@pytest.fixture
def cli(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return make_cli(monkeypatch, capsys)


@pytest.fixture
def client(store: MemoryStore) -> Client:
    return Client(store, Deployment("demo-test", "europe-west4", None, local=True), owner="ada")


@pytest.fixture
def ended(store: MemoryStore) -> None:
    """Exp #12, completed and prepared from `FROZEN`."""
    store.set(RUN, completed_run())
    store.set(REQUEST, {**FROZEN, "created_at": START, "updated_at": START})
    configs = {
        "experiment": FROZEN,
        **{kind: _frozen(document) for kind, document in (
            ("dataset", samples.DATASET), ("feature_config", samples.FEATURE_CONFIG),
            ("model_config", samples.MODEL_CONFIG))},
    }  # fmt: skip
    store.set(f"{RUN}/details/snapshot", {"configs": configs})


def _frozen(document: dict[str, Any]) -> dict[str, Any]:
    return {**copy.deepcopy(document), "created_at": START.isoformat(), "updated_at": START.isoformat()}


def answers(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, **by: Callable[[str], None]) -> None:
    """Do something at once when a command of a kind is written, as functions do later."""
    create = store.create

    def answered(path: str, body: dict[str, Any]) -> bool:
        new = create(path, body)
        if new and path.startswith("commands/"):
            by[body["kind"]](body["experiment"])
        return new

    monkeypatch.setattr(store, "create", answered)


def new_request(store: MemoryStore) -> dict[str, Any]:
    (name,) = set(store.ids("experiments")) - {EXPERIMENT_ID}
    stored = store.documents[f"experiments/{name}"]
    assert parse("experiments", name, stored).owner == stored["owner"]  # it is valid
    return {key: value for key, value in stored.items() if key not in (*WRITTEN, "schema_version")}


@pytest.mark.usefixtures("ended")
def test_a_watch_sits_out_a_database_that_starts_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    store, answers = client.store, iter([ServiceUnavailable("down"), RetryError("still down", None), None])
    store.listen = lambda path, on_change: lambda: None  # a listener whose connection broke says nothing
    read = store.get

    def get(path: str) -> Any:
        if (failure := next(answers, None)) is not None:
            raise failure
        return read(path)

    experiment = client.experiment(EXPERIMENT_ID)
    monkeypatch.setattr(store, "get", get)
    monkeypatch.setattr("quicktest.experiment.LOOK_AGAIN_S", 0.01)
    assert experiment.wait()["state"] == "completed"
    answers = iter([ServiceUnavailable("down for good")] * 100)
    monkeypatch.setattr("quicktest.experiment.OUTAGE_S", 0.02)
    with pytest.raises(ServiceUnavailable):
        experiment.wait()


# -------------------------------------------------------------------------------------------------------- rerun


@pytest.mark.usefixtures("ended")
def test_a_rerun_is_the_frozen_request_under_its_own_identity(client: Client, store: MemoryStore) -> None:
    """S5.12: what is tested is the parent's; notes and stars are about the parent."""
    again = client.experiment(12).rerun()
    assert again.id != EXPERIMENT_ID
    assert new_request(store) == {
        "parent": EXPERIMENT_ID, "origin": "rerun", "feature_config": "base", "model_config": "minimal",
        "name": "first try", "description": "why", "tags": ["a"], "epochs": 7, "split": FROZEN["split"],
    }  # fmt: skip


@pytest.mark.usefixtures("ended")
def test_rerun_says_what_it_repeats_and_how_to_follow(cli: Cli, store: MemoryStore) -> None:
    outcome = cli("rerun", "12", "--name", "again")
    assert outcome.code == 0 and outcome.out.startswith("A rerun of Exp #12 · first try.\nStarted exp-")
    assert new_request(store)["name"] == "again"


@pytest.mark.usefixtures("ended")
def test_what_waits_for_its_turn_says_so_at_once(cli: Cli, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quicktest.verdicts.PREPARE_WAIT_S", 60.0)
    write = store.write_all

    def seen(created: dict[str, Any], updated: dict[str, Any]) -> bool:
        (name,) = (path.partition("/")[2] for path in created)
        reason = "`default` runs 4 experiments at a time"
        store.set(f"runs/{name}", run_document("requested", experiment=name, number=13, reason=reason))
        return write(created, updated)

    monkeypatch.setattr(store, "write_all", seen)
    outcome = cli("rerun", "12")
    assert outcome.code == 0
    assert "waits for its turn: `default` runs 4 experiments at a time. It is checked when" in outcome.out


@pytest.mark.usefixtures("ended")
def test_a_rerun_does_not_ask_what_its_configs_say_today(cli: Cli, store: MemoryStore) -> None:
    """S5.12: everything is taken from what its parent was prepared with, so the configs may be gone."""
    for path in [path for path in store.documents if path.startswith(("feature_configs/", "model_configs/"))]:
        del store.documents[path]
    assert cli("rerun", "12").code == 0
    assert cli("clone", "12").code == 1


@pytest.mark.usefixtures("ended")
def test_rerun_prints_json(cli: Cli) -> None:
    told = json.loads(cli("rerun", "12", "--json").out)
    assert told["parent"] == EXPERIMENT_ID and told["experiment"].startswith("exp-") and told["state"] == "requested"


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (run_document(), "Exp #12 · first try is running, and a rerun repeats one that has ended."),
        (completed_run(deletion={"finalizers": []}), "Exp #12 · first try is being deleted"),
        (failed_run(), "Exp #12 · first try was never prepared"),
    ],
    ids=["live", "going", "never prepared"],
)
def test_what_cannot_be_repeated_can_be_cloned(
    cli: Cli, store: MemoryStore, run: dict[str, Any], sentence: str
) -> None:
    store.set(RUN, run)
    outcome = cli("rerun", "12")
    assert outcome.code == 1 and sentence in outcome.err and "`quicktest clone 12`" in outcome.err
    assert store.ids("experiments") == []


# --------------------------------------------------------------------------------------------------- reproduction


ROWS = {split: {"rows": 5, "checksum": 17} for split in ("train", "eval", "test")}


@pytest.mark.parametrize(
    ("recall", "fingerprints", "words"),
    [
        (0.504, ROWS, "Reproduced: the same rows as Exp #12 · first try, and all 5 metrics are equal."),
        (
            0.51,
            ROWS,
            "Not quite the same: the same rows as Exp #12 · first try, and 1 of 5 metrics differs, most recall@10: "
            "0.510, was 0.504.",
        ),
        (
            0.504,
            {**ROWS, "test": {"rows": 6, "checksum": 18}},
            "Not quite the same: other rows than Exp #12 · first try (test), and all 5 metrics are equal.",
        ),
        (
            0.504,
            {},
            "Not quite the same: compared with Exp #12 · first try, whose rows are not known, and all 5 metrics are "
            "equal.",
        ),
    ],
    ids=["same", "metric", "rows", "unknown"],
)
def test_a_completed_rerun_says_whether_it_gave_the_same(
    cli: Cli, store: MemoryStore, recall: float, fingerprints: dict[str, Any], words: str
) -> None:
    """S10.21"""
    again = completed_run(experiment=OTHER, number=13, parent=EXPERIMENT_ID, origin="rerun")
    again["metrics"]["recall_at_10"]["value"] = recall
    store.set(RUN, completed_run())
    store.set(f"{RUN}/details/evaluation", {"fingerprints": ROWS})
    store.set(f"runs/{OTHER}", again)
    store.set(f"runs/{OTHER}/details/evaluation", {"fingerprints": fingerprints})
    for command in ("show", "watch"):
        assert words in " ".join(cli(command, "13").out.split()), command
    told = json.loads(cli("show", "13", "--json").out)
    assert told["reproduction"]["same"] == words.startswith("Reproduced")
    assert "reproduction" not in json.loads(cli("show", "12", "--json").out)


# -------------------------------------------------------------------------------------------------------- clone


@pytest.mark.usefixtures("ended")
def test_a_clone_shows_the_difference_and_starts(cli: Cli, store: MemoryStore) -> None:
    outcome = cli("clone", "12", "--set", "epochs=50", "--set", "split.test_days=7", "--name", "longer")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["≠", "epochs", "7", "50"] in lines and ["≠", "split.test_days", "14", "7"] in lines
    assert outcome.out.index("epochs") < outcome.out.index("Started exp-")
    found = new_request(store)
    assert (found["parent"], found["origin"], found["epochs"]) == (EXPERIMENT_ID, "clone", 50)
    assert found["split"] == {**FROZEN["split"], "test_days": 7} and found["name"] == "longer"
    assert "notes" not in found and "starred" not in found


@pytest.mark.usefixtures("ended")
def test_a_clone_shows_that_a_config_has_changed_since(cli: Cli, store: MemoryStore) -> None:
    store.set("model_configs/minimal", {**samples.MODEL_CONFIG, "output_embedding_dim": 64})
    told = json.loads(cli("clone", "12", "--dry-run", "--json").out)
    changes = [(row["section"], row["name"]) for row in told["changes"]]
    assert changes == [("model_config", name) for name in ("query", "candidate", "output_embedding_dim")]


@pytest.mark.usefixtures("ended")
def test_a_dry_clone_writes_nothing(cli: Cli, store: MemoryStore) -> None:
    outcome = cli("clone", "12", "--set", "epochs=50", "--dry-run")
    assert outcome.code == 0 and outcome.out.endswith("Nothing was started.\n")
    assert store.ids("experiments") == [EXPERIMENT_ID]


@pytest.mark.usefixtures("ended")
def test_a_clone_can_be_written_as_yaml_and_run_from_there(cli: Cli, store: MemoryStore, tmp_path: Path) -> None:
    path = tmp_path / "next.yaml"
    outcome = cli("clone", "12", "--set", "epochs=50", "-o", path)
    assert f"Wrote {path}. Start it with `quicktest run -f {path}`." in outcome.out
    assert store.ids("experiments") == [EXPERIMENT_ID]
    assert "exists already" in cli("clone", "12", "-o", path).err
    assert "There is no folder" in cli("clone", "12", "-o", tmp_path / "none" / "next.yaml").err
    assert cli("run", "-f", path).code == 0
    assert new_request(store)["parent"] == EXPERIMENT_ID and new_request(store)["epochs"] == 50


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("epoch=50", "An experiment has no field `epoch` to set. Did you mean `epochs`? There are: `model_endpoint`, "),
        ("owner=eve", "An experiment has no field `owner` to set."),
        ("parent=exp-1", "An experiment has no field `parent` to set."),
        ("epochs", "--set `epochs` is not PATH=VALUE."),
        ("epochs=5000", "the clone: `epochs`: 5000 is outside the allowed range."),
        ("epochs=many", "the clone: `epochs`: 'many' is not a whole number."),
        ("split.days=3", "the clone: `split.days`: there is no such field."),
        ("model_config.epochs=3", "`model_config` is `minimal`, which has no fields of its own."),
        ("tags.5=x", "the list has no entry `5`. Set the whole list instead."),
        ("split={kind: random", "--set split, line 1: this is not YAML"),
        ("feature_config=bse", "`feature_config`"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_sentence(
    cli: Cli, store: MemoryStore, setting: str, sentence: str
) -> None:
    outcome = cli("clone", "12", "--set", setting)
    assert outcome.code == 1 and sentence in outcome.err, outcome.err
    assert store.ids("experiments") == [EXPERIMENT_ID]


def test_settings_are_yaml_by_path() -> None:
    found = settings(["epochs=5", "split={kind: random}", "learning_rate=1e-3", "region=", "name=a=b", "tags=[x, y]"])
    assert found == {"epochs": 5, "split": {"kind": "random"}, "learning_rate": 1e-3, "region": None, "name": "a=b",
                     "tags": ["x", "y"]}  # fmt: skip
    assert changed({"split": None}, {"split.kind": "random"}) == {"split": {"kind": "random"}}
    assert changed({"tags": ["x", "y"]}, {"tags.1": "z"}) == {"tags": ["x", "z"]}
    with pytest.raises(QuicktestError, match="--set epochs stands twice"):
        settings(["epochs=1", "epochs=2"])


def test_changing_leaves_the_parent_alone() -> None:
    request = {"split": {"kind": "random"}}
    changed(request, {"split.kind": "strict_time"})
    assert request == {"split": {"kind": "random"}}


@pytest.mark.usefixtures("ended")
def test_the_client_clones_with_keywords(client: Client, store: MemoryStore) -> None:
    client.experiment(12).clone(epochs=3, split={"kind": "random"})
    assert new_request(store)["epochs"] == 3 and new_request(store)["split"] == {"kind": "random"}


def test_what_was_never_prepared_is_cloned_from_its_request(client: Client, store: MemoryStore) -> None:
    store.set(RUN, failed_run())
    store.set(REQUEST, {**FROZEN, "created_at": START, "updated_at": START})
    client.experiment(12).clone(epochs=3)
    assert new_request(store)["epochs"] == 3


@pytest.mark.usefixtures("ended")
def test_where_an_experiment_comes_from_is_no_difference_of_its_configuration(cli: Cli, store: MemoryStore) -> None:
    child = {**FROZEN, "parent": EXPERIMENT_ID, "origin": "rerun"}
    snapshot = store.documents[f"{RUN}/details/snapshot"]
    store.set(f"runs/{OTHER}", completed_run(experiment=OTHER, number=13))
    store.set(f"runs/{OTHER}/details/snapshot", {"configs": {**snapshot["configs"], "experiment": child}})
    assert json.loads(cli("diff", "12", "13", "--json").out)["same"] is True


# ------------------------------------------------------------------------------------------- cancel and selections


@pytest.fixture
def several(store: MemoryStore) -> Iterator[MemoryStore]:
    """Exp #11 failed, #12 running, #13 running of the same endpoint, #14 completed; #12 of `shop` as well."""
    states = {11: failed_run(), 12: run_document(), 13: run_document(), 14: completed_run()}
    for number, run in states.items():
        name = f"exp-{number:026d}"
        store.set(f"runs/{name}", {**run, "experiment": name, "number": number})
    shop = f"exp-{99:026d}"
    store.set(f"runs/{shop}", run_document(experiment=shop, number=99, model_endpoint="shop"))
    yield store


def asked_for(store: MemoryStore, kind: str) -> list[int]:
    return sorted(int(name.removeprefix("exp-").partition("--")[0]) for name in store.ids("commands") if kind in name)


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (["12"], [12]),
        (["12", "#13", "12"], [12, 13]),
        (["12-13"], [12, 13]),
        (["13-12", "--endpoint", "default"], [12, 13]),
        (["--state", "running"], [12, 13, 99]),
        (["--state", "running", "--endpoint", "shop"], [99]),
        (["1-13", "--state", "running"], [12, 13]),
    ],
)
def test_several_are_cancelled_at_once(
    cli: Cli, several: MemoryStore, arguments: list[str], numbers: list[int]
) -> None:
    assert cli("cancel", *arguments).code == 0
    assert asked_for(several, "cancel") == numbers


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Name experiments, such as `12`, `12-15` or an id, or choose them with --state."),
        (["20-30"], "No experiment has a number from 20 to 30."),
        (["11-99"], "The numbers 11 to 99 are of several model endpoints: default, shop. Choose one with --endpoint."),
        (["--state", "compiling"], "No experiment is compiling."),
        (["--state", "done"], "There is no state `done`."),
        (["12", "77"], "There is no experiment `#77`."),
        (["11"], "is failed already. There is nothing to cancel."),
    ],
)
def test_a_selection_that_means_nothing_is_one_sentence(
    cli: Cli, several: MemoryStore, arguments: list[str], sentence: str
) -> None:
    outcome = cli("cancel", *arguments)
    assert outcome.code == 1 and sentence in outcome.err
    assert several.ids("commands") == []


def test_those_of_a_selection_that_have_ended_are_told_and_left_out(cli: Cli, several: MemoryStore) -> None:
    outcome = cli("cancel", "11-13")
    assert outcome.code == 0 and asked_for(several, "cancel") == [12, 13]
    assert "Exp #11 · first try is failed already" in outcome.err
    assert cli("cancel", "11", "14").code == 1


def test_cancel_says_which_phase_it_stopped_and_what_had_been_spent(
    cli: Cli, several: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S5.13"""
    reason = "while running (Train, epoch 3 of 20); about 0.04 USD had been spent"

    def stop(name: str) -> None:
        several.set(f"runs/{name}", {**several.documents[f"runs/{name}"], "state": "cancelled", "reason": reason})

    answers(several, monkeypatch, cancel=stop)
    outcome = cli("cancel", "12", "13", "--wait")
    assert outcome.code == 0
    assert f"Exp #13 · first try: cancelled {reason}\n" in outcome.out


def test_one_that_finishes_first_is_completed(cli: Cli, several: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    done = completed_run(experiment=f"exp-{12:026d}", reason="finished before the cancel")
    answers(several, monkeypatch, cancel=lambda name: several.set(f"runs/{name}", done))
    told = json.loads(cli("cancel", "12", "--wait", "--json").out)["experiments"]
    assert [(one["number"], one["new"], one["state"], one["reason"]) for one in told] == [
        (12, True, "completed", "finished before the cancel")
    ]


# ------------------------------------------------------------------------------------------------------- delete


def test_delete_asks_and_names_what_goes_and_how_much(
    cli: Cli, several: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quicktest.objects.size_of", lambda deployment, name: int(name[-2:]) * 1_000_000)
    asked: list[str] = []

    def confirm(text: str) -> bool:
        asked.append(text)
        return False

    monkeypatch.setattr("typer.confirm", confirm)
    outcome = cli("delete", "11", "14")
    assert outcome.code == 1 and outcome.out.endswith("Nothing was deleted.\n")
    assert "Exp #11 · first try  failed, 11 MB\nExp #14 · first try  completed, 14 MB" in outcome.out
    assert asked == [
        "Delete 2 experiments with results, curves, logs, models and MLflow runs, 25 MB of objects, for good?"
    ]
    assert several.ids("commands") == []


def test_where_nobody_answers_nothing_is_deleted(
    cli: Cli, several: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unanswered(text: str) -> bool:
        raise typer.Abort

    monkeypatch.setattr("typer.confirm", unanswered)
    outcome = cli("delete", "11")
    assert outcome.code == 1 and "nothing was deleted. --yes deletes without asking." in outcome.err
    assert several.ids("commands") == []


def test_delete_writes_a_valid_command_for_each_that_has_ended(cli: Cli, several: MemoryStore) -> None:
    outcome = cli("delete", "11-14", "--yes")
    assert outcome.code == 0 and asked_for(several, "delete") == [11, 14]
    assert "Exp #12 · first try is running" in outcome.err
    for name in several.ids("commands"):
        assert parse("commands", name, several.documents[f"commands/{name}"]).kind == "delete"


def test_what_is_live_is_cancelled_before_it_is_deleted(cli: Cli, several: MemoryStore) -> None:
    outcome = cli("delete", "12")  # nobody is asked before that is known
    assert outcome.code == 1 and "Cancel it first: `quicktest cancel 12`." in outcome.err


def test_delete_waits_for_the_tombstone_and_says_how_much_it_was(
    cli: Cli, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(name: str) -> None:
        store.set(f"tombstones/{name}", TOMBSTONE)
        del store.documents[f"runs/{name}"]

    store.set(RUN, failed_run())
    answers(store, monkeypatch, delete=forget)
    outcome = cli("delete", "12", "--yes", "--wait")
    assert "was deleted on 2026-02-01 12:00 UTC by eve; 3.4 MB of objects went with it." in outcome.out


@pytest.mark.parametrize("reference", ["12", EXPERIMENT_ID])
def test_a_deleted_experiment_is_told_of(cli: Cli, store: MemoryStore, reference: str) -> None:
    store.set(f"tombstones/{EXPERIMENT_ID}", TOMBSTONE)
    sentence = "Exp #12 · first try was deleted on 2026-02-01 12:00 UTC by eve; 3.4 MB of objects went with it.\n"
    assert cli("show", reference).out == sentence
    assert json.loads(cli("show", reference, "--json").out)["bytes"] == 3_400_000
    for command in ("cancel", "rerun", "clone", "watch", "logs"):
        outcome = cli(command, reference)
        assert (outcome.code, outcome.err) == (1, sentence), command
    assert "No experiments" in cli("list").out


def test_what_is_being_deleted_is_listed_as_such(cli: Cli, store: MemoryStore) -> None:
    going = failed_run() | {"deletion": {"finalizers": ["objects", "details"]}}
    store.set(RUN, going)
    assert [run["number"] for run in json.loads(cli("list", "--json", "--state", "deleting").out)] == [12]
    assert json.loads(cli("list", "--json", "--state", "failed").out) == []
    assert "deleting: removing its files" in cli("list").out


# ------------------------------------------------------------------------------------------------------ backups


def test_an_export_takes_no_file_that_is_there_and_makes_no_folder(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "backup.jsonl.gz"
    path.write_text("mine")
    assert cli("export", path).err == f"{path} exists already. Name another file, or replace it with --replace.\n"
    outcome = cli("export", tmp_path / "none" / "backup.jsonl.gz")
    assert outcome.code == 1 and outcome.err.startswith(f"There is no folder {tmp_path / 'none'}.")
    assert path.read_text() == "mine"


# -------------------------------------------------------------------------------------------------------- views


ATTEMPT = {
    "attempt": 1, "ended_at": START + timedelta(seconds=185), "started_at": START, "region": "europe-west4",
    "build": None, "job": None, "spent_usd": 0.0123,
    "error": {"code": "E_STOCKOUT", "title": "No machines free", "component": "Train"},
}  # fmt: skip
RETRIED = {
    "attempt": 2, "attempts": [ATTEMPT], "limits": {"attempts": 3}, "retry_at": START + timedelta(seconds=230),
    "reason": "attempt 2 of 3: no machines free in europe-west4, trying europe-west1", "started_at": START,
}  # fmt: skip


def test_a_run_that_rests_shows_its_attempts_and_when_it_goes_on() -> None:
    """S8.3"""
    shown = drawn(run_view(run_document("requested", **RETRIED), [], START + timedelta(seconds=200)), width=160)
    assert shown.splitlines()[0] == (
        "Exp #12 · first try  ◌ waiting (no machines free in europe-west4, trying europe-west1)  "
        "3 min 20 s  attempt 2 of 3  next attempt in 30 s"
    )
    assert "attempt 1 failed after 3 min 05 s in europe-west4: No machines free (in Train), 0.012 USD" in shown
    assert "next attempt" not in drawn(run_view(run_document("requested", **RETRIED), [], START + timedelta(hours=1)))


def test_a_pipe_is_told_of_each_attempt() -> None:
    before = run_document()
    told = list(changes(before, run_document("requested", **RETRIED), [], START))
    assert told[:2] == [
        "attempt 1 failed after 3 min 05 s in europe-west4: No machines free (in Train), 0.012 USD",
        "attempt 2 of 3 follows",
    ]


def test_a_rerun_says_what_it_repeats(cli: Cli, store: MemoryStore) -> None:
    store.set(RUN, completed_run())
    store.set(f"runs/{OTHER}", completed_run(experiment=OTHER, number=13, parent=EXPERIMENT_ID, origin="rerun"))
    assert "rerun of Exp #12 · first try" in cli("show", "13").out
    store.documents[f"tombstones/{EXPERIMENT_ID}"] = TOMBSTONE
    del store.documents[RUN]
    assert "rerun of Exp #12 · first try" in cli("show", "13").out
    assert "rerun of" not in cli("show", "12").out


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (
            {"state": "requested", "reason": "`shop` runs 4 experiments at a time; 2 wait before this one"},
            "waiting (`shop` runs 4 experiments at a time; 2 wait before this one)",
        ),
        (
            {"state": "cancelled", "reason": "while waiting; nothing had been spent"},
            "cancelled while waiting; nothing had been spent",
        ),
        (
            {"state": "requested", "reason": "attempt 2 of 3 at 17:03:19 UTC: provider failure"},
            "waiting (provider failure)",
        ),
        ({"state": "failed", "error": {"title": "Failed in Train"}}, "failed in Train"),
        ({"state": "failed", "error": {"title": "Memory full"}}, "failed: Memory full"),
        (
            {"state": "completed", "deletion": {"finalizers": ["objects", "details"]}, "reason": None},
            "deleting: removing its files",
        ),
        ({"state": "completed", "deletion": {"finalizers": []}}, "deleting: removing the rest"),
        (
            {"state": "completed", "deletion": {"finalizers": ["cloud"]}, "reason": "waits for 1 experiment"},
            "deleting: waits for 1 experiment",
        ),
    ],
)
def test_waiting_cancelled_and_deleting_in_words(run: dict[str, Any], words: str) -> None:
    assert state_words(run) == words


def test_a_list_names_the_endpoints_where_there_are_several() -> None:
    """Each numbers its own; what is shown is what a command takes."""
    runs = [run_document("requested", model_endpoint="shop", number=2), completed_run(model_endpoint="default")]
    assert {"shop#2", "default#12"} <= set(drawn(runs_table(runs, START), width=220).split())
    assert "#12" in drawn(runs_table(runs[1:], START), width=220).split()


def test_a_list_shows_what_waits_and_what_goes() -> None:
    runs = [
        run_document("requested", reason="2 wait before this one"),
        completed_run(deletion={"finalizers": ["details"]}),
    ]
    shown = drawn(runs_table(runs, START), width=220)
    assert "◌ waiting (2 wait before this one)" in shown and "✕ deleting: removing its details" in shown


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (12_300, "12 kB"), (999_600, "1.0 MB"), (3_400_000, "3.4 MB"),
     (25_000_000_000, "25 GB"), (5 * 10**15, "5,000 TB")],
)  # fmt: skip
def test_sizes(count: int, words: str) -> None:
    assert size(count) == words


# ----------------------------------------------------------------------------------------------- model endpoints


def test_a_model_endpoint_is_applied_and_described(cli: Cli, store: MemoryStore, tmp_path: Path) -> None:
    """S10.18"""
    path = tmp_path / "endpoint.yaml"
    path.write_text("kind: model_endpoint\nid: shop\nname: Shop\nmax_running: 2\nmonthly_budget_usd: 50.0\n")
    assert cli("apply", "-f", path).code == 0
    assert store.documents["model_endpoints/shop"]["max_running"] == 2
    assert "unchanged" in cli("apply", "-f", path).out
    described = cli("describe", "model_endpoint/shop").out
    assert "2; others wait for their turn" in described and "50 USD" in described
    assert cli("validate", "-f", path, "--offline").code == 0
    path.write_text("kind: model_endpoint\nid: shop\nname: Shop\nmax_running: 0\n")
    assert "`max_running`: 0 is outside the allowed range." in cli("apply", "-f", path).err
