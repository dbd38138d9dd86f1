"""The entry points as functions-framework serves them: events in, status codes out."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import flask.testing
import pytest
from google.events.cloud.firestore import DocumentEventData

import functions.services
from functions import telemetry
from functions.adapters.ports import Refused, Transient
from tests.fakes.world import ATTEMPT, EXPERIMENT, START, WRITTEN, World
from tests.unit import samples
from tests.unit.document_events import event, stored
from tests.unit.wire_messages import application, recorded

Client = flask.testing.FlaskClient
SWEPT = {
    "logs": 1,
    "looked_at": 1,
    "places": 0,
    "orphans": 0,
    "relabelled": 0,
    "insights": 0,
    "drained": 0,
    "reports": 3,
    "failed": 0,
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(functions.services, "_services", world.services)
    return world


def client(target: str) -> Client:
    return application(target).test_client()


def firestore_event(post_to: Client, path: str, body: bytes = b""):
    headers = {
        "ce-id": "1", "ce-specversion": "1.0", "ce-type": "google.cloud.firestore.document.v1.created",
        "ce-source": "//firestore.googleapis.com/projects/p/databases/(default)", "ce-subject": f"documents/{path}",
        "ce-document": path, "content-type": "application/protobuf",
    }  # fmt: skip
    return post_to.post("/", headers=headers, data=body)


def created(name: str) -> bytes:
    event = DocumentEventData.pb(DocumentEventData())
    event.value.name = f"projects/p/databases/(default)/documents/{name}"
    return event.SerializeToString()


def push(post_to: Client, body: object, **attributes: str):
    data = base64.b64encode(body if isinstance(body, bytes) else json.dumps(body).encode()).decode()
    message = {"data": data, "attributes": attributes, "messageId": "7", "publishTime": "2026-11-21T07:03:10Z"}
    return post_to.post("/", json={"message": message, "subscription": "projects/p/subscriptions/s"})


def letters(world: World) -> list[dict]:
    return [document for path, document in world.store.documents.items() if path.startswith("dead_letters/")]


def test_a_created_experiment_is_prepared_and_its_build_started(world: World):
    path = f"experiments/{EXPERIMENT}"
    assert firestore_event(client("on_experiment_created"), path, created(path)).status_code == 200
    assert world.run().state.value == "compiling"


def test_a_command_cancels(world: World):
    world.bring_to("compiling")
    world.cancel()
    path = f"commands/{EXPERIMENT}--cancel"
    assert firestore_event(client("on_command_created"), path, created(path)).status_code == 200
    assert world.run().state.value == "cancelled"


def test_a_build_a_job_and_an_object_move_the_run(world: World):
    world.bring_to("compiling")
    world.finish_build()
    assert push(client("on_build_changed"), {"id": "build-1", "tags": [ATTEMPT, "quicktest"]}).status_code == 200
    assert world.run().state.value == "running"
    world.write_epoch(0)
    stored = {"bucket": "bucket", "name": f"experiments/{EXPERIMENT}/a1/progress/epoch-0000.json"}
    headers = {"ce-id": "2", "ce-specversion": "1.0", "ce-type": "google.cloud.storage.object.v1.finalized",
               "ce-source": "//storage.googleapis.com/projects/_/buckets/bucket"}  # fmt: skip
    assert client("on_object_finalized").post("/", headers=headers, json=stored).status_code == 200
    assert world.run().epochs_done == 1
    world.write_results()
    world.succeed_job()
    entry = {"resource": {"labels": {"pipeline_job_id": ATTEMPT}}, "jsonPayload": {"state": "x"}}
    assert push(client("on_pipeline_changed"), entry).status_code == 200
    assert world.run().state.value == "completed"


@pytest.mark.parametrize("target", ["on_build_changed", "on_pipeline_changed"])
def test_what_is_somebody_elses_is_acknowledged(world: World, target: str):
    assert push(client(target), {"tags": ["other"], "resource": {"labels": {}}}).status_code == 200
    assert not letters(world)


@pytest.mark.parametrize("target", ["on_build_changed", "on_pipeline_changed"])
@pytest.mark.parametrize("body", [b"\xff\x00", b"[]", b"{"])
def test_rubbish_is_recorded_and_acknowledged(world: World, target: str, body: bytes):
    assert push(client(target), body).status_code == 200
    [letter] = letters(world)
    assert letter["reason"]


def test_an_event_about_no_document_is_recorded_and_acknowledged(world: World):
    assert firestore_event(client("on_experiment_created"), "experiments/a/b/c").status_code == 200
    assert len(letters(world)) == 1


def test_an_experiment_that_is_gone_is_acknowledged(world: World):
    gone = "experiments/exp-01jd4qz9000000000000000000"
    assert firestore_event(client("on_experiment_created"), gone, created(gone)).status_code == 200


@pytest.mark.parametrize("path", ["datasets/sales", "feature_configs/base", "model_configs/minimal"])
def test_a_written_config_gets_its_report(world: World, path: str):
    assert firestore_event(client("on_config_written"), path, created(path)).status_code == 200
    assert world.store.documents[f"reports/{path.replace('/', '__')}"]["state"] == "ready"


def overwritten(world: World) -> bytes:
    """The event of a save that another followed before anybody looked (S3.19)."""
    document = world.store.documents["model_configs/minimal"]
    world.store.put(
        "model_configs/minimal", {**document, "optimizer": "adam", "updated_at": START + timedelta(hours=2)}
    )
    saved = {**document, "optimizer": "adagrad"}
    return event(stored(saved, START + timedelta(hours=1), START), stored(document, START, START))


def kept(world: World) -> list[str | None]:
    versions = (world.store.documents.get(f"reports/model_configs__minimal/versions/{number}") for number in (1, 2, 3))
    return [version["content"].get("optimizer") for version in versions]


def test_what_was_overwritten_is_kept_out_of_its_event(world: World):
    body = overwritten(world)
    for _ in range(2):
        assert firestore_event(client("on_config_written"), "model_configs/minimal", body).status_code == 200
    assert kept(world) == [None, "adagrad", "adam"]
    assert world.store.documents["reports/model_configs__minimal"]["version"] == 3


def test_what_was_overwritten_is_kept_out_of_a_dead_letter(world: World):
    attributes = {"ce-document": "model_configs/minimal", "ce-type": "google.cloud.firestore.document.v1.written"}
    message = {"data": base64.b64encode(overwritten(world)).decode(), "attributes": attributes, "messageId": "1"}
    answer = client("on_dead_letter").post("/", json={"message": message, "subscription": "projects/p/s"})
    assert answer.status_code == 204
    assert kept(world) == [None, "adagrad", "adam"]


def test_a_written_comparison_gets_its_report(world: World):
    path = "comparisons/cmp-towers"
    world.store.put(path, samples.COMPARISON)
    assert firestore_event(client("on_config_written"), path, created(path)).status_code == 200
    found = world.store.documents["reports/comparisons__cmp-towers"]
    assert (found["state"], found["valid"]) == ("ready", True)
    assert "does not exist (any more)" in found["experiments"][0]["problem"]


def test_a_deleted_config_loses_its_report(world: World):
    path = "model_configs/minimal"
    firestore_event(client("on_config_written"), path, created(path))
    del world.store.documents[path]
    assert firestore_event(client("on_config_written"), path).status_code == 200
    assert "reports/model_configs__minimal" not in world.store.documents


@pytest.mark.parametrize("document", [{}, {"name": 7}, {"a": {"b": [None] * 50}}])
def test_whatever_is_written_as_a_config_is_answered_once(world: World, document: dict):
    path = "datasets/sales"
    world.store.put(path, document)
    post_to: Callable = lambda: firestore_event(client("on_config_written"), path, created(path))  # noqa: E731
    assert [post_to().status_code, post_to().status_code] == [200, 200]
    assert not world.store.documents["reports/datasets__sales"]["valid"]


def test_an_outage_of_the_store_asks_for_another_delivery_of_a_config(world: World):
    world.store.report = _down
    assert firestore_event(client("on_config_written"), "datasets/sales").status_code == 500


def test_a_config_that_the_store_refuses_is_recorded_and_acknowledged(world: World):
    """A server wrote it under an id that no report can have."""

    def refused(*_: object):
        raise Refused("INVALID_ARGUMENT: the id is too long")

    world.store.report = refused
    assert firestore_event(client("on_config_written"), "datasets/x").status_code == 200
    assert [letter["reason"] for letter in letters(world)] == ["INVALID_ARGUMENT: the id is too long"]


def _down(*_: object):
    raise Transient("UNAVAILABLE")


def test_an_outage_asks_for_another_delivery(world: World):
    world.store.load = _down
    path = f"experiments/{EXPERIMENT}"
    assert firestore_event(client("on_experiment_created"), path, created(path)).status_code == 500


def test_the_sweep_answers_what_it_did(world: World):
    world.bring_to("compiling")
    world.finish_build()
    answer = client("sweep").post("/")
    assert (answer.status_code, answer.get_json()) == (200, SWEPT)
    assert world.run().state.value == "running"


@pytest.mark.parametrize("document", [{}, {**WRITTEN, "epochs": [1]}, {"a": {"b": [None] * 50}}])
def test_whatever_is_written_as_an_experiment_is_answered_once(world: World, document: dict):
    world.store.put(f"experiments/{EXPERIMENT}", document)
    path = f"experiments/{EXPERIMENT}"
    post_to: Callable = lambda: firestore_event(client("on_experiment_created"), path, created(path))  # noqa: E731
    assert [post_to().status_code, post_to().status_code] == [200, 200]
    assert world.run().state.value == "failed"
    assert world.run().problems


# ------------------------------------------------------------------------------------------------- what goes wrong


def _refused(*_: object):
    raise Refused("PERMISSION_DENIED: no")


def _broken(*_: object):
    raise KeyError("a mistake of ours")


def test_a_refusal_is_recorded_with_the_experiment_so_that_the_sweep_looks_after_it(world: World):
    load, world.store.load = world.store.load, _refused
    path = f"experiments/{EXPERIMENT}"
    assert firestore_event(client("on_experiment_created"), path, created(path)).status_code == 200
    [letter] = letters(world)
    assert (letter["reason"], letter["experiment"]) == ("PERMISSION_DENIED: no", EXPERIMENT)
    world.store.load = load
    client("sweep").post("/")
    assert world.run().state.value == "compiling"
    assert letters(world)[0]["drained_at"] == world.now()


def test_a_mistake_of_ours_asks_for_another_delivery(world: World):
    world.store.load = _broken
    path = f"experiments/{EXPERIMENT}"
    assert firestore_event(client("on_experiment_created"), path, created(path)).status_code == 500
    assert not letters(world)


def test_a_command_that_does_not_count_is_recorded_and_changes_nothing(world: World):
    world.bring_to("compiling")
    path = f"commands/{EXPERIMENT}--cancel"
    world.store.put(path, {**WRITTEN, "kind": "cancel", "experiment": "exp-of-somebody-else"})
    assert firestore_event(client("on_command_created"), path, created(path)).status_code == 200
    assert world.run().state.value == "compiling"
    [letter] = letters(world)
    assert letter["source"] == path


def test_a_letter_keeps_the_beginning_of_what_came(world: World):
    odd = b"\xff\x00" + b"x" * 1_000_000
    assert firestore_event(client("on_build_changed"), "x/y", odd).status_code == 200
    [letter] = letters(world)
    assert letter["payload"].startswith("\\xff\x00xxx")
    assert len(letter["payload"]) == 4_000
    assert len(letter["reason"]) <= 1_000


UNREADABLE = [
    ({"content-type": "application/json"}, b'{"message": {"data": "\xff"}, "subscription": "s"}'),
    ({"content-type": "application/json"}, b"{"),
    ({"content-type": "application/json"}, b'{"message": {}}'),
    ({"content-type": "text/plain"}, b"{}"),
    ({"content-type": "application/cloudevents+json"}, b'{"specversion": 1'),
    (
        {"content-type": "application/cloudevents+json"},
        b'{"specversion": "1.0", "id": null, "type": "t", "source": "s"}',
    ),
    ({"content-type": "application/json"}, b'{"a":' * 100_000),
    ({}, b""),
]


@pytest.mark.parametrize(("headers", "body"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_the_framework_cannot_read_is_recorded_and_acknowledged(world: World, headers: dict, body: bytes):
    """It refuses some of these with 4xx and fails at others: each would come again until its delivery gives it up."""
    secret = {"authorization": "Bearer very-secret"}
    assert client("on_build_changed").post("/", headers={**headers, **secret}, data=body).status_code == 204
    [letter] = letters(world)
    assert letter["source"] == "a request to on_build_changed"
    assert "very-secret" not in str(letter)


def test_a_request_of_another_method_is_no_event(world: World):
    assert client("on_build_changed").get("/").status_code == 405
    assert not letters(world)


def test_half_a_request_is_delivered_again(world: World):
    build = recorded("on_build_changed.push")
    assert build.send(application("on_build_changed"), content_length=len(build.body) + 100) == 400
    assert not letters(world)


# ---------------------------------------------------------------------------------------------------- dead letters


def test_a_dead_letter_is_looked_after_and_not_recorded(world: World):
    world.bring_to("compiling")
    world.finish_build()
    answer = push(client("on_dead_letter"), {"tags": [ATTEMPT]}, CloudPubSubDeadLetterSourceSubscription="cloud-builds")
    assert answer.status_code == 204
    assert world.run().state.value == "running"
    assert not letters(world)


def test_a_dead_letter_about_a_config_makes_its_report(world: World):
    assert push(client("on_dead_letter"), b"", **{"ce-document": "datasets/sales"}).status_code == 204
    assert world.store.documents["reports/datasets__sales"]["state"] == "ready"


@pytest.mark.parametrize("body", [{"tags": ["other"]}, {"resource": {"labels": {}}}, {"bucket": "b", "name": "x"}])
def test_a_dead_letter_of_somebody_else_is_acknowledged(world: World, body: dict):
    assert push(client("on_dead_letter"), body).status_code == 204
    assert not letters(world)


RUBBISH = [
    b"", b"{", b"[]", b"\xff", b"{}", b'{"message": 7}', b'{"message": {}}', b'{"message": {"data": "%"}}',
    b'{"message": {"data": 7, "attributes": []}}', b'{"message": {"attributes": {"ce-document": "runs/x"}}}',
    b'{"message": {"attributes": {"ce-document": "experiments/\\ud800"}}}', b'{"message":' * 100_000,
    b'{"message": {"data": "e30="}}',
]  # fmt: skip


@pytest.mark.parametrize("body", RUBBISH, ids=range(len(RUBBISH)))
def test_a_dead_letter_that_says_nothing_is_recorded_and_acknowledged(world: World, body: bytes):
    """Whatever the framework makes of such a body elsewhere: here is the end of the line."""
    assert client("on_dead_letter").post("/", data=body, content_type="application/json").status_code == 204
    [letter] = letters(world)
    assert letter["reason"]
    assert letter["experiment"] is None
    assert letter["source"].startswith("dead letter of ")


@pytest.mark.parametrize("failing", [_refused, _broken])
def test_a_dead_letter_that_fails_again_is_recorded_with_its_experiment(world: World, failing: Callable):
    world.store.load = failing
    answer = push(client("on_dead_letter"), b"", **{"ce-document": f"experiments/{EXPERIMENT}", "ce-type": "created"})
    assert answer.status_code == 204
    [letter] = letters(world)
    assert (letter["source"], letter["experiment"]) == ("dead letter of created", EXPERIMENT)


def test_an_outage_asks_for_another_delivery_of_a_dead_letter(world: World):
    world.store.load = _down
    answer = push(client("on_dead_letter"), b"", **{"ce-document": f"experiments/{EXPERIMENT}"})
    assert answer.status_code == 500
    assert not letters(world)


# ---------------------------------------------------------------------------------------------------- observability


def records(caplog: pytest.LogCaptureFixture) -> list[dict]:
    return [json.loads(telemetry.JsonLines().format(record)) for record in caplog.records]


def test_events_and_letters_are_counted(world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    push(client("on_build_changed"), b"[]")
    push(client("on_dead_letter"), b"[]")
    client("sweep").post("/")
    counted = [(found["counter"], found["labels"]) for found in records(caplog) if "counter" in found]
    assert [labels["function"] for name, labels in counted if name == "events"] == [
        "on_build_changed", "on_dead_letter", "sweep",
    ]  # fmt: skip
    letters_of = [labels["function"] for name, labels in counted if name == "dead_letters"]
    assert letters_of == ["on_build_changed", "on_dead_letter"]


def test_a_failure_is_logged_with_function_event_and_experiment(world: World, caplog: pytest.LogCaptureFixture):
    world.store.load = _broken
    path = f"experiments/{EXPERIMENT}"
    firestore_event(client("on_experiment_created"), path, created(path))
    [failed] = [found for found in records(caplog) if found["severity"] == "ERROR"]
    told = ("on_experiment_created", "1", "hint", EXPERIMENT)
    assert (failed["function"], failed["event"], failed["source"], failed["experiment"]) == told
    assert failed["exception"].endswith("KeyError: 'a mistake of ours'\n")


def test_a_cold_start_imports_nothing_that_only_some_events_need():
    heavy = {"numpy", "optuna", "scipy", "pandas", "mlflow", "tensorflow_metadata"}
    words = f"import sys, functions.main; print(sorted({heavy!r} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "[]"
