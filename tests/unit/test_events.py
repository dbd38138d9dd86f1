"""One id out of every shape of event; foreign ones are nobody's, rubbish is never delivered twice."""

from __future__ import annotations

import base64
import json

import pytest
from cloudevents.http import CloudEvent
from google.events.cloud.firestore import DocumentEventData

from functions import events
from functions.events import Undecodable
from tests.fakes.world import ATTEMPT, EXPERIMENT

CREATED = "google.cloud.firestore.document.v1.created"
PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"
FINALIZED = "google.cloud.storage.object.v1.finalized"
NAME = f"projects/p/databases/(default)/documents/experiments/{EXPERIMENT}"


def event(data: object, kind: str = CREATED, **attributes: str) -> CloudEvent:
    return CloudEvent({"type": kind, "source": "//firestore.googleapis.com/projects/p", **attributes}, data)


def protobuf(name: str = NAME, part: str = "value") -> bytes:
    body = DocumentEventData.pb(DocumentEventData())
    getattr(body, part).name = name
    return body.SerializeToString()


def encoded(body: object) -> str:
    return base64.b64encode(json.dumps(body).encode()).decode()


def pushed(body: object) -> dict:
    return {"message": {"data": encoded(body), "attributes": {}, "messageId": "1"}, "subscription": "projects/p/s"}


WRAPPED = {"message": {"attributes": {"ce-document": f"experiments/{EXPERIMENT}"}, "data": "!"}}
WRAPPED_SUBJECT = {"message": {"attributes": {"ce-subject": f"documents/experiments/{EXPERIMENT}"}}}
WRAPPED_BODY = {"message": {"attributes": {}, "data": base64.b64encode(protobuf()).decode()}}


@pytest.mark.parametrize(
    "given",
    [
        event(b"", document=f"experiments/{EXPERIMENT}"),
        event(b"\xff rubbish", document=f"experiments/{EXPERIMENT}"),
        event(b"", subject=f"documents/experiments/{EXPERIMENT}"),
        event(protobuf()),
        event(protobuf(part="old_value")),
        event({"value": {"name": NAME, "fields": {}}}),
        event(json.dumps({"value": {"name": NAME}}).encode()),
        event({"oldValue": {"name": NAME}}),
        event(WRAPPED, PUBLISHED),
        event(WRAPPED_SUBJECT, PUBLISHED),
        event(WRAPPED_BODY, PUBLISHED),
    ],
    ids=["attribute", "attribute, bad body", "subject", "protobuf", "deleted", "json", "json bytes", "json deleted",
         "wrapped", "wrapped subject", "wrapped body"],
)  # fmt: skip
def test_a_request_is_found_in_every_shape(given: CloudEvent):
    assert events.experiment_of_request(given) == EXPERIMENT


@pytest.mark.parametrize(
    "given",
    [
        event(b""),
        event(None),
        event(b"\xff\xff"),
        event(b"{not json"),
        event({"value": {}}),
        event({"value": {"name": 7}}),
        event(protobuf("projects/p/databases/(default)/documents/experiments/a/b/c")),
        event(protobuf("nothing")),
        event(b"", document="datasets/sales"),
        event(b"", document="experiments"),
        event(b"", document="runs/x/details/y"),
        event({"message": {"attributes": None, "data": None}}, PUBLISHED),
        event({"message": {"data": "not base64!"}}, PUBLISHED),
    ],
)
def test_rubbish_instead_of_a_request_is_undecodable(given: CloudEvent):
    with pytest.raises(Undecodable):
        events.experiment_of_request(given)


@pytest.mark.parametrize("name", ["My Test ", "müller", "a.b", "x" * 1_400, "__x", "%2F"])
def test_an_odd_id_is_still_an_id(name: str):
    assert events.experiment_of_request(event(b"", document=f"experiments/{name}")) == name


@pytest.mark.parametrize("name", ["", ".", "..", "__x__", "x" * 1_401, "ü" * 701, "a/b", "a/b/c", "\ud800"])
def test_what_no_document_can_be_called_is_undecodable(name: str):
    path = f"experiments/{name}"
    named = {"value": {"name": f"projects/p/databases/(default)/documents/{path}"}}
    for given in (event(b"", document=path), event(named), event({"message": {"attributes": {"ce-document": path}}})):
        with pytest.raises(Undecodable) as raised:
            events.experiment_of_request(given)
        assert len(str(raised.value).encode()) < 1_000


def test_a_command_names_its_experiment():
    name = f"{EXPERIMENT}--cancel"
    assert events.command_of_request(event(b"", document=f"commands/{name}")) == (name, EXPERIMENT)


@pytest.mark.parametrize("path", ["commands/cancel", "commands/--cancel", f"experiments/{EXPERIMENT}--cancel"])
def test_a_command_without_an_experiment_is_undecodable(path: str):
    with pytest.raises(Undecodable):
        events.command_of_request(event(b"", document=path))


@pytest.mark.parametrize("path", ["datasets/sales", "feature_configs/My Test ", "model_configs/x"])
def test_a_written_config_is_named_by_its_path(path: str):
    assert events.config_of_write(event(b"", document=path)) == tuple(path.split("/"))
    name = f"projects/p/databases/(default)/documents/{path}"
    for part in ("value", "old_value"):
        assert events.config_of_write(event(protobuf(name, part))) == tuple(path.split("/"))


@pytest.mark.parametrize("path", ["experiments/x", "datasets", "datasets/a/b/c", "runs/x"])
def test_what_is_no_config_is_undecodable(path: str):
    with pytest.raises(Undecodable):
        events.config_of_write(event(b"", document=path))


BUILD = {"id": "b1", "status": "SUCCESS", "tags": ["quicktest", ATTEMPT]}


@pytest.mark.parametrize(
    "data",
    [pushed(BUILD), json.dumps(pushed(BUILD)).encode(), {"data": encoded(BUILD), "attributes": {}}, BUILD],
    ids=["push", "push bytes", "bare message", "build event"],
)
def test_a_build_is_found_by_its_tag(data: object):
    assert events.experiment_of_build(event(data, PUBLISHED)) == EXPERIMENT


@pytest.mark.parametrize(
    "build", [{}, {"tags": None}, {"tags": "x"}, {"tags": [7, None, "gcf-deploy"]}, {"tags": ["exp-1-a1"]}]
)
def test_a_build_of_somebody_else_is_nobodys(build: dict):
    assert events.experiment_of_build(event(pushed(build), PUBLISHED)) is None


LOG_ENTRY = {
    "logName": "projects/p/logs/aiplatform.googleapis.com%2Fpipeline_job_events",
    "resource": {"type": "aiplatform.googleapis.com/PipelineJob", "labels": {"pipeline_job_id": ATTEMPT}},
    "jsonPayload": {"state": "PIPELINE_STATE_SUCCEEDED"},
}


def test_a_pipeline_job_is_found_by_its_resource():
    assert events.experiment_of_pipeline(event(pushed(LOG_ENTRY), PUBLISHED)) == EXPERIMENT


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"resource": None},
        {"resource": {"labels": None}},
        {"resource": {"labels": {"pipeline_job_id": 5}}},
        {"resource": {"labels": {"pipeline_job_id": "nightly-etl"}}},
        {"resource": {"labels": {"pipeline_job_id": EXPERIMENT}}},
    ],
)
def test_a_pipeline_job_of_somebody_else_is_nobodys(entry: dict):
    assert events.experiment_of_pipeline(event(pushed(entry), PUBLISHED)) is None


@pytest.mark.parametrize("data", [{"message": {"data": "%%%"}}, {"message": {"data": encoded([1])}}, b"", None, 3, []])
def test_rubbish_on_a_topic_is_undecodable(data: object):
    for decode in (events.experiment_of_build, events.experiment_of_pipeline):
        with pytest.raises(Undecodable):
            decode(event(data, PUBLISHED))


OBJECTS = {
    f"experiments/{EXPERIMENT}/a1/progress/epoch-0000.json": EXPERIMENT,
    f"experiments/{EXPERIMENT}/a1/results/results.json": EXPERIMENT,
    f"experiments/{EXPERIMENT}/a1/snapshot.json": None,
    f"experiments/{EXPERIMENT}/a1/pipeline/Transform/x/results/y": None,
    f"experiments/{EXPERIMENT}/a0/progress/epoch-0000.json": None,
    "specs/abc.json": None,
    "experiments/other/a1/progress/x": None,
}


@pytest.mark.parametrize(("name", "owner"), OBJECTS.items())
def test_only_progress_and_results_wake_a_run(name: str, owner: str | None):
    data = {"bucket": "b", "name": name}
    assert events.experiment_of_stored(event(data, FINALIZED)) == owner
    assert events.experiment_of_stored(event(json.dumps(data).encode(), FINALIZED)) == owner


@pytest.mark.parametrize("data", [b"", None, {}, {"name": 3}])
def test_an_object_without_a_name_is_undecodable(data: object):
    with pytest.raises(Undecodable):
        events.experiment_of_stored(event(data, FINALIZED))
