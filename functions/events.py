"""What an event says: one id, or nothing for us. The rest of it is never believed (facts-events D1)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cloudevents.http import CloudEvent
from google.events.cloud.firestore import DocumentEventData
from google.protobuf.message import DecodeError

from shared.paths import experiment_of_attempt, experiment_of_object
from shared.reports import REPORTED

WAKING_FOLDERS = ("progress", "results")  # of the objects of a run; the others are ours or read later


class Undecodable(ValueError):
    """An input that can never be handled. It is recorded and acknowledged, never delivered again."""


def experiment_of_request(event: CloudEvent) -> str:
    """The id of a created `experiments/{id}`."""
    collection, document_id = _document(event)
    if collection != "experiments":
        raise Undecodable(f"expected experiments/{{id}}, got {collection}/{document_id}")
    return document_id


def experiment_of_command(event: CloudEvent) -> str:
    """The experiment of a created `commands/{experiment}--{kind}`."""
    collection, document_id = _document(event)
    experiment_id, separator, _kind = document_id.rpartition("--")
    if collection != "commands" or not separator or not experiment_id:
        raise Undecodable(f"expected commands/{{experiment}}--{{kind}}, got {collection}/{document_id}")
    return experiment_id


def config_of_write(event: CloudEvent) -> tuple[str, str]:
    """Collection and id of a dataset, a feature config or a model config that was written or deleted."""
    collection, document_id = _document(event)
    if collection not in REPORTED:
        raise Undecodable(f"expected one of {', '.join(REPORTED)}, got {collection}/{document_id}")
    return collection, document_id


def experiment_of_build(event: CloudEvent) -> str | None:
    """The owner of a Cloud Build build by its tags; None for a build of somebody else."""
    tags = _object(_message(event)).get("tags")
    owners = [experiment_of_attempt(tag) for tag in tags or [] if isinstance(tag, str)] if _is_list(tags) else []
    return next((owner for owner in owners if owner), None)


def experiment_of_pipeline(event: CloudEvent) -> str | None:
    """The owner of a pipeline job or task by the log entry's resource; None for a job of somebody else."""
    entry = _object(_message(event))
    resource = entry.get("resource")
    labels = resource.get("labels") if isinstance(resource, Mapping) else None
    job_id = labels.get("pipeline_job_id") if isinstance(labels, Mapping) else None
    return experiment_of_attempt(job_id) if isinstance(job_id, str) else None


def experiment_of_stored(event: CloudEvent) -> str | None:
    """The owner of a finalised object; None for a foreign object and for those that say nothing new."""
    name = _object(event.data).get("name")
    if not isinstance(name, str):
        raise Undecodable("a storage event without an object's name")
    experiment_id = experiment_of_object(name)
    return experiment_id if experiment_id and name.split("/")[3] in WAKING_FOLDERS else None


def _document(event: CloudEvent) -> tuple[str, str]:
    """Collection and id of the document an event is about."""
    attributes = event.get_attributes()
    subject = attributes.get("subject") or ""
    path = attributes.get("document") or subject.removeprefix("documents/") or _document_in(event.data)
    collection, separator, document_id = str(path).strip("/").partition("/")
    if not separator or not document_id or "/" in document_id:
        raise Undecodable(f"no document of a collection: {path!r}")
    return collection, document_id


def _document_in(data: Any) -> str:
    """The path in an event without attributes of its own: ids that no header can hold come wrapped in a message, with
    the attributes inside (facts-events 1.1); otherwise the body itself names the document."""
    if isinstance(data, Mapping) and isinstance(data.get("message"), Mapping):
        inner = data["message"].get("attributes")
        inner = inner if isinstance(inner, Mapping) else {}
        path = inner.get("ce-document") or str(inner.get("ce-subject", "")).removeprefix("documents/")
        return path or _document_in(_base64(data["message"].get("data")))
    name = _json_name(data) if _looks_like_json(data) else _protobuf_name(data)
    return name.partition("/documents/")[2]


def _looks_like_json(data: Any) -> bool:
    return isinstance(data, Mapping) or (isinstance(data, bytes) and data.lstrip()[:1] == b"{")


def _json_name(data: Any) -> str:
    body = _object(data)
    for part in (body.get("value"), body.get("oldValue")):
        if isinstance(part, Mapping) and isinstance(part.get("name"), str):
            return part["name"]
    raise Undecodable("a document event that names no document")


def _protobuf_name(data: Any) -> str:
    if not isinstance(data, bytes):
        raise Undecodable("a document event without a body")
    body = DocumentEventData.pb(DocumentEventData())
    try:
        body.ParseFromString(data)
    except DecodeError as error:
        raise Undecodable(f"a body that is no DocumentEventData: {error}") from error
    if name := body.value.name or body.old_value.name:
        return name
    raise Undecodable("a document event that names no document")


def _message(event: CloudEvent) -> Any:
    """The data of a Pub/Sub message: of a push or an Eventarc body (`{"message": {"data": …}}`), of a bare message, or
    of an event that carries the object itself (`google.cloud.cloudbuild.build.v1.statusChanged`)."""
    body = _object(event.data)
    message = body["message"] if isinstance(body.get("message"), Mapping) else body
    return _base64(message["data"]) if isinstance(message.get("data"), str) else message


def _base64(data: Any) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Undecodable(f"data that is not base64: {error}") from error


def _object(data: Any) -> Mapping[str, Any]:
    """A JSON object, given as text or decoded already."""
    if isinstance(data, (bytes, str)):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Undecodable(f"not JSON: {error}") from error
    if not isinstance(data, Mapping):
        raise Undecodable(f"not a JSON object but {type(data).__name__}")
    return data


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
