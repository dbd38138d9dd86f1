"""`run`, `watch`, `list`, `show`, `cancel`, and the handle of the Python client."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quicktest import Client, QuicktestError
from quicktest.deployment import Deployment
from quicktest.errors import NOTHING_RUNNING
from tests.unit import samples
from tests.unit.user_side import (
    EXPERIMENT_ID,
    START,
    Cli,
    MemoryStore,
    completed_run,
    epoch,
    failed_run,
    make_cli,
    run_document,
)

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/demo/experiment.yaml"
RUN = f"runs/{EXPERIMENT_ID}"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    for wait in ("REPORT_WAIT_S", "PREPARE_WAIT_S"):  # there are no functions here
        monkeypatch.setattr(f"quicktest.verdicts.{wait}", 0.0)
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    return store


@pytest.fixture
def client(store: MemoryStore) -> Client:
    return Client(store, Deployment("demo-test", "europe-west4", "http://page", local=True), owner="ada")


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return make_cli(monkeypatch, capsys)


@pytest.fixture
def later() -> Callable[..., None]:
    """Run something a moment later in another thread, as functions do."""
    timers: list[threading.Timer] = []

    def start(seconds: float, call: Callable[..., object], *arguments: object) -> None:
        timers.append(threading.Timer(seconds, call, arguments))
        timers[-1].start()

    yield start
    for timer in timers:
        timer.cancel()
        timer.join(timeout=5)


@pytest.fixture
def when_heard(store: MemoryStore, later: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Do something a moment after somebody listens to the run, however long the command took until then."""
    listen = store.listen

    def then(call: Callable[..., object], *arguments: object) -> None:
        def heard(path: str, on_change: Callable[..., None]) -> Callable[[], None]:
            unsubscribe = listen(path, on_change)
            later(0.05, call, *arguments)
            return unsubscribe

        monkeypatch.setattr(store, "listen", heard)

    return then


# -------------------------------------------------------------------------------------------------- the client


def test_a_client_runs_an_experiment_from_a_dictionary(client: Client, store: MemoryStore) -> None:
    client.apply(EXAMPLE)
    experiment = client.run({"feature_config": "demo-features", "model_config": "demo-model", "epochs": 2})
    stored = store.documents[f"experiments/{experiment.id}"]
    assert stored["epochs"] == 2 and stored["owner"] == "ada" and "kind" not in stored and "id" not in stored
    assert experiment.run()["state"] == "requested"


@pytest.mark.parametrize("documents", [EXAMPLE, str(EXAMPLE), EXAMPLE.read_text()], ids=["file", "name", "text"])
def test_a_client_runs_an_experiment_from_yaml(client: Client, store: MemoryStore, documents: Path | str) -> None:
    experiment = client.run(documents)
    assert store.ids("experiments") == [experiment.id] and store.ids("datasets") == ["demo-purchases"]


def test_run_takes_exactly_one_experiment(client: Client, store: MemoryStore) -> None:
    with pytest.raises(QuicktestError, match="exactly one experiment is needed, not 2"):
        client.run(
            EXAMPLE.read_text() + "---\nkind: experiment\nfeature_config: demo-features\nmodel_config: demo-model\n"
        )
    assert store.documents == {}


def test_watching_yields_each_version_until_the_end(client: Client, store: MemoryStore) -> None:
    store.set(RUN, run_document(revision=1))
    following = {
        1: [run_document(revision=2, percent=60)],
        2: [run_document(revision=1), completed_run()],  # an old version arrives late
        9: [],
    }
    seen: list[int] = []
    for run in client.experiment(EXPERIMENT_ID).watch(timeout_s=10):
        seen.append(run["revision"])
        for version in following[run["revision"]]:
            store.set(RUN, version)
    assert seen == [1, 2, 9]
    assert store.listeners[RUN] == []


def test_a_listener_that_fell_silent_does_not_hide_the_end(
    client: Client, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quicktest.experiment.LOOK_AGAIN_S", 0.02)
    monkeypatch.setattr(store, "listen", lambda path, on_change: lambda: None)
    store.set(RUN, completed_run())
    assert client.experiment(12).wait(timeout_s=10)["state"] == "completed"


def test_waiting_ends_in_time_and_says_that_the_experiment_goes_on(client: Client, store: MemoryStore) -> None:
    store.set(RUN, run_document())
    with pytest.raises(TimeoutError, match="it goes on"):
        client.experiment(12).wait(timeout_s=0.05)


def test_results_are_the_evaluation_or_the_reason_why_there_is_none(client: Client, store: MemoryStore) -> None:
    store.set(RUN, run_document())
    with pytest.raises(QuicktestError, match="no results yet: it is running"):
        client.experiment(12).results()
    store.set(RUN, failed_run())
    with pytest.raises(QuicktestError, match="The loss is not a number from epoch 2 on. Lower the learning rate."):
        client.experiment(12).results()
    store.set(f"{RUN}/details/evaluation", {"metrics": {}})
    assert client.experiment(12).results() == {"metrics": {}}


@pytest.mark.parametrize("reference", ["12", "#12", "exp 12", "Exp #12", EXPERIMENT_ID, EXPERIMENT_ID.upper(), 12])
def test_an_experiment_answers_to_its_number_and_its_id(client: Client, store: MemoryStore, reference: str) -> None:
    store.set(RUN, run_document())
    assert client.experiment(reference).id == EXPERIMENT_ID


@pytest.mark.parametrize("reference", ["13", "first try", "", "a/b", "../x"])
def test_an_unknown_experiment_is_an_error(client: Client, store: MemoryStore, reference: str) -> None:
    store.set(RUN, run_document())
    with pytest.raises(QuicktestError, match="There is no experiment"):
        client.experiment(reference)


def test_a_number_that_two_endpoints_have_asks_which_one(client: Client, store: MemoryStore) -> None:
    store.set(RUN, run_document())
    store.set("runs/exp-2", run_document(experiment="exp-2", model_endpoint="shop"))
    with pytest.raises(QuicktestError, match=r"Write `default#[0-9]+` or `shop#[0-9]+`\."):
        client.experiment(12)
    assert client.experiment("shop#12").id == "exp-2"
    assert client.experiment("default#12").id == EXPERIMENT_ID
    with pytest.raises(QuicktestError, match="There is no experiment"):
        client.experiment("wholesale#12")


def test_cancel_writes_one_valid_command(client: Client, store: MemoryStore) -> None:
    from shared.parsing import parse

    store.set(RUN, run_document())
    assert client.experiment(12).cancel() is True
    assert client.experiment(12).cancel() is False
    (name,) = store.ids("commands")
    assert parse("commands", name, store.documents[f"commands/{name}"]).kind == "cancel"


def test_there_is_nothing_to_cancel_once_it_has_ended(client: Client, store: MemoryStore) -> None:
    store.set(RUN, completed_run())
    with pytest.raises(QuicktestError, match="Exp #12 · first try is completed already"):
        client.experiment(12).cancel()


# -------------------------------------------------------------------------------------------- the command line


def test_nothing_running_is_one_sentence(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path))
    outcome = cli("list")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"{NOTHING_RUNNING}\n")


def test_run_says_how_to_follow(cli: Cli, store: MemoryStore) -> None:
    outcome = cli("run", "-f", EXAMPLE)
    (experiment_id,) = store.ids("experiments")
    assert outcome.code == 0 and f"quicktest watch {experiment_id}" in outcome.out


@pytest.mark.parametrize(
    ("last", "code"),
    [(completed_run(), 0), (failed_run(), 1), (run_document("cancelled"), 3)],
    ids=["completed", "failed", "cancelled"],
)
def test_the_exit_code_tells_how_it_ended(cli: Cli, store: MemoryStore, last: dict, code: int) -> None:
    store.set(RUN, last)
    assert cli("watch", "12").code == code
    assert cli("watch", "12", "--json").code == code


def test_watching_in_a_pipe_prints_a_line_for_each_change(cli: Cli, store: MemoryStore, when_heard: Callable) -> None:
    store.set(RUN, run_document(progress={"epochs_done": 1, "epochs": 3}))
    store.set(f"{RUN}/details/history", {"epochs": [epoch(0)]})
    when_heard(store.set, RUN, completed_run())
    lines = cli("watch", "12").out.splitlines()
    assert any(line.endswith("Transform  done  4.0 s") for line in lines)
    assert any("epoch 1/3: train loss 6.0000, eval loss 5.5000, eval recall@10 0.200, 1.2 s" in line for line in lines)
    assert any(line.startswith("recall@10 0.504 (0.454-0.554), +0.024 (+0.011 to +0.037)") for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_watching_a_failure_tells_the_sentence_and_the_remedy(cli: Cli, store: MemoryStore) -> None:
    store.set(RUN, failed_run())
    outcome = cli("watch", "12")
    assert "Training diverged (in Trainer)" in outcome.out
    assert "The loss is not a number from epoch 2 on.\n" in outcome.out
    assert "what to do: Lower the learning rate." in outcome.out


def test_watch_json_prints_a_run_for_each_change(cli: Cli, store: MemoryStore, when_heard: Callable) -> None:
    store.set(RUN, run_document())
    when_heard(store.set, RUN, completed_run())
    runs = [json.loads(line) for line in cli("watch", "12", "--json").out.splitlines()]
    assert [run["state"] for run in runs] == ["running", "completed"]
    assert runs[0]["created_at"] == START.isoformat()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As in a terminal: a shell that runs the tests in its background has told them to ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_stops_the_watching_only(cli: Cli, store: MemoryStore, when_heard: Callable) -> None:
    store.set(RUN, run_document())
    when_heard(signal.raise_signal, signal.SIGINT)
    outcome = cli("watch", "12")
    assert outcome.code == 130
    assert f"Resume with `quicktest watch {EXPERIMENT_ID}`" in outcome.err
    assert f"quicktest cancel {EXPERIMENT_ID}" in outcome.err
    assert store.ids("commands") == []


def test_list_shows_the_newest_first_and_filters(cli: Cli, store: MemoryStore) -> None:
    store.set(RUN, completed_run())
    store.set("runs/exp-2", run_document(experiment="exp-2", number=13, created_at=START.replace(hour=13)))
    assert [run["number"] for run in json.loads(cli("list", "--json").out)] == [13, 12]
    assert [run["number"] for run in json.loads(cli("list", "--json", "--state", "completed").out)] == [12]
    assert [run["number"] for run in json.loads(cli("list", "--json", "-n", "1").out)] == [13]
    shown = cli("list").out
    assert "#12" in shown and "recall@10 0.504, +0.024 over personal frequency" in shown
    assert "There is no state `done`" in cli("list", "--state", "done").err


def test_an_empty_list_says_how_to_begin(cli: Cli, store: MemoryStore) -> None:
    assert "No experiments yet" in cli("list").out
    assert json.loads(cli("list", "--json").out) == []


def test_show_has_everything_about_one(cli: Cli, store: MemoryStore) -> None:
    store.set(RUN, completed_run(counts={"rows": {"test": 901, "train": 18278}}))
    store.set(f"{RUN}/details/history", {"epochs": [epoch(0), epoch(1)]})
    cold = {"recall_at_10": {"value": 0.123, "low": 0.1, "high": 0.2, "n": 40}}
    store.set(f"{RUN}/details/evaluation", {"metrics": {"cold_customer": cold}})
    outcome = cli("show", "#12")
    assert "customers not in train   0.123 (0.100-0.200)   40" in outcome.out
    assert "18,278 train, 901 test" in outcome.out and "2/3" in outcome.out
    assert len(json.loads(cli("show", "12", "--json").out)["epochs"]) == 2


def test_an_unknown_number_offers_near_ones(cli: Cli, store: MemoryStore) -> None:
    store.set(RUN, run_document())
    outcome = cli("show", "11")
    assert outcome.code == 1 and outcome.err == "There is no experiment `#11`. Did you mean `#12`?\n"


def test_cancel_waits_for_the_end(cli: Cli, store: MemoryStore, when_heard: Callable) -> None:
    store.set(RUN, run_document())
    when_heard(store.set, RUN, run_document("cancelled", revision=8))
    outcome = cli("cancel", "12", "--wait")
    assert outcome.code == 0 and "Asked to cancel Exp #12" in outcome.out
    assert store.ids("commands") == [f"{EXPERIMENT_ID}--cancel"]


def test_cancel_and_wait_print_one_json_document(cli: Cli, store: MemoryStore, when_heard: Callable) -> None:
    store.set(RUN, run_document())
    when_heard(store.set, RUN, run_document("cancelled", revision=8, reason="while running; nothing had been spent"))
    assert json.loads(cli("cancel", "12", "--wait", "--json").out) == {
        "experiments": [
            {
                "experiment": EXPERIMENT_ID, "number": 12, "requested": True, "new": True, "state": "cancelled",
                "reason": "while running; nothing had been spent", "cancel": None,
            }
        ]
    }  # fmt: skip


def test_a_missing_permission_is_one_sentence(cli: Cli, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from google.api_core.exceptions import PermissionDenied

    def refuse(_collection: str) -> None:
        raise PermissionDenied("Missing or insufficient permissions.")

    monkeypatch.setattr(store, "newest", refuse)
    outcome = cli("list")
    assert outcome.code == 1
    assert outcome.err == (
        "This account may not do that in demo-test: Missing or insufficient permissions. "
        "Ask its administrator for access.\n"
    )


def test_the_samples_of_other_tests_can_be_applied(client: Client) -> None:
    documents = [
        {"kind": "dataset", "id": "shop", **samples.DATASET},
        {"kind": "model_config", "id": "minimal", **samples.MODEL_CONFIG},
    ]
    written = ("owner", "created_at", "updated_at")
    applied = client.apply([{key: value for key, value in body.items() if key not in written} for body in documents])
    assert [(one.id, one.action) for one in applied] == [("shop", "created"), ("minimal", "created")]
