"""What an event says: one id, or nothing for us. The rest of it is never believed (facts-events D1); what else it saw
of a document is kept as history (functions.saves)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cloudevents.http import CloudEvent
from google.events.cloud.cloudbuild import BuildEventData
from google.events.cloud.firestore import DocumentEventData
from google.events.cloud.storage import StorageObjectData
from google.protobuf.message import DecodeError, Message

from shared.documents import DELETE_CONFIG, FETCH_LOGS, REBUILD, REFRESH_REPORT
from shared.paths import experiment_of_attempt, experiment_of_object
from shared.reports import DRAFTS, REPORTED

WAKING_FOLDERS = ("progress", "results")  # of the objects of a run; the others are ours or read later
LONGEST_ID_BYTES = 1_400  # Firestore takes 1,500; other documents' ids are made of these


class Undecodable(ValueError):
    """An input that can never be handled. It is recorded and acknowledged, never delivered again."""


class CommandId(NamedTuple):
    document_id: str
    about: str  # an experiment, a model endpoint, or `{collection}--{id}` of a config

    @property
    def experiment(self) -> str | None:
        return None if self.is_rebuild or self.is_about_a_config else self.about

    @property
    def is_rebuild(self) -> bool:
        return self.document_id == f"{self.about}--{REBUILD}"

    @property
    def is_about_a_config(self) -> bool:
        return self.document_id.removeprefix(f"{self.about}--") in (REFRESH_REPORT, DELETE_CONFIG)

    @property
    def fetches_logs(self) -> bool:
        return self.document_id.startswith(f"{self.about}--{FETCH_LOGS}--")


class ConfigId(NamedTuple):
    collection: str
    document_id: str


def experiment_of_request(event: CloudEvent) -> str:
    """The id of an `experiments/{id}` that was created or edited."""
    collection, document_id = _document(event)
    if collection != "experiments":
        raise Undecodable(f"expected experiments/{{id}}, got {collection}/{document_id}")
    return document_id


def command_of_request(event: CloudEvent) -> CommandId:
    """A created `commands/{experiment}--{kind}`, or `…--{kind}--{stage}`."""
    return command_of_path(*_document(event))


def config_of_write(event: CloudEvent) -> ConfigId:
    """A dataset, a feature config, a model config, a comparison or a draft that was written or deleted."""
    collection, document_id = _document(event)
    if collection not in (*REPORTED, DRAFTS):
        raise Undecodable(f"expected one of {', '.join((*REPORTED, DRAFTS))}, got {collection}/{document_id}")
    return ConfigId(collection, document_id)


def experiment_of_build(event: CloudEvent) -> str | None:
    """The owner of a Cloud Build build by its tags; None for a build of somebody else."""
    return owner_of_tags(_tags(message_of(event.data)))


def experiment_of_pipeline(event: CloudEvent) -> str | None:
    """The owner of a pipeline job or task by the log entry's resource; None for a job of somebody else."""
    return owner_of_entry(json_object(message_of(event.data)))


def experiment_of_stored(event: CloudEvent) -> str | None:
    """The owner of a finalised object; None for a foreign object and for those that say nothing new."""
    name = _object_name(event.data)
    if not name:
        raise Undecodable("a storage event without an object's name")
    experiment_id = experiment_of_object(name)
    return experiment_id if experiment_id and name.split("/")[3] in WAKING_FOLDERS else None


# ------------------------------------------------------------------------ parts that dead letters and saves share


def command_of_path(collection: str, document_id: str) -> CommandId:
    experiment_id, separator, _stage = document_id.partition(f"--{FETCH_LOGS}--")  # ids have no underscore
    if not separator:
        experiment_id, separator, _kind = document_id.rpartition("--")
    if collection != "commands" or not separator or not experiment_id:
        raise Undecodable(f"expected commands/{{experiment}}--{{kind}}, got {collection}/{document_id}")
    return CommandId(document_id, experiment_id)


def split_path(path: str) -> tuple[str, str]:
    """Collection and id of a document, if it can be one of a collection at the top."""
    collection, separator, document_id = path.strip("/").partition("/")
    if not separator or not _is_possible(collection) or not _is_possible(document_id):
        raise Undecodable(f"no document of a collection: {_shown(path)}")
    return collection, document_id


def path_in_attributes(attributes: Mapping[str, Any], prefix: str = "") -> str:
    """The document's path as an event's attributes name it, or ""."""
    path = attributes.get(f"{prefix}document")
    if isinstance(path, str) and path:
        return path
    subject = attributes.get(f"{prefix}subject")
    is_document = isinstance(subject, str) and subject.startswith("documents/")
    return subject.removeprefix("documents/") if is_document else ""


def path_in_document_event(data: Any) -> str:
    """The path of the document that a DocumentEventData is about, JSON or protobuf."""
    name = _json_name(data) if looks_like_json(data) else _protobuf_name(data)
    _, found, path = name.partition("/documents/")
    if not found:
        raise Undecodable(f"no name of a document: {_shown(name)}")
    return path


def owner_of_tags(tags: Any) -> str | None:
    """The experiment of a build with these tags."""
    named = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, Sequence) else []
    return next((owner for owner in map(experiment_of_attempt, named) if owner), None)


def owner_of_entry(entry: Mapping[str, Any]) -> str | None:
    """The experiment whose pipeline job a log entry is about."""
    resource = entry.get("resource")
    labels = resource.get("labels") if isinstance(resource, Mapping) else None
    job_id = labels.get("pipeline_job_id") if isinstance(labels, Mapping) else None
    return experiment_of_attempt(job_id) if isinstance(job_id, str) else None


def message_of(data: Any) -> Any:
    """The data of a Pub/Sub message: of a push or an Eventarc body (`{"message": {"data": …}}`), of a bare message, or
    of an event that carries the object itself (`google.cloud.cloudbuild.build.v1.statusChanged`)."""
    if isinstance(data, bytes) and not looks_like_json(data):
        return data
    body = json_object(data)
    message = body["message"] if isinstance(body.get("message"), Mapping) else body
    return decoded(message["data"]) if isinstance(message.get("data"), str) else message


def decoded(data: Any) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Undecodable(f"data that is not base64: {error}") from error


def json_object(data: Any) -> Mapping[str, Any]:
    """A JSON object, given as text or decoded already."""
    if isinstance(data, (bytes, str)):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Undecodable(f"not JSON: {error}") from error
    if not isinstance(data, Mapping):
        raise Undecodable(f"not a JSON object but {type(data).__name__}")
    return data


def looks_like_json(data: Any) -> bool:
    return isinstance(data, Mapping) or (isinstance(data, bytes) and data.lstrip()[:1] == b"{")


def protobuf(kind: Any, data: Any) -> Any:
    """A protobuf message; fields and enum values that are not known here are no error."""
    if not isinstance(data, bytes) or not data:
        raise Undecodable("an event without a body")
    body: Message = kind.pb(kind())
    try:
        body.ParseFromString(data)
    except DecodeError as error:
        raise Undecodable(f"a body that is no {kind.__name__}: {error}") from error
    return body


# ------------------------------------------------------------------------------------------------- inside an event


def _document(event: CloudEvent) -> tuple[str, str]:
    """Collection and id of the document an event is about."""
    return split_path(path_in_attributes(event.get_attributes()) or _path_in_body(event.data))


def _path_in_body(data: Any) -> str:
    """The path in an event without attributes of its own: ids that no header can hold come wrapped in a message, with
    the attributes inside (facts-events 1.1); otherwise the body itself names the document."""
    if not isinstance(data, Mapping) or not isinstance(data.get("message"), Mapping):
        return path_in_document_event(data)
    message = data["message"]
    attributes = message.get("attributes")
    path = path_in_attributes(attributes, "ce-") if isinstance(attributes, Mapping) else ""
    return path or path_in_document_event(decoded(message.get("data")))


def _json_name(data: Any) -> str:
    body = json_object(data)
    for part in (body.get("value"), body.get("oldValue")):
        if isinstance(part, Mapping) and isinstance(part.get("name"), str):
            return part["name"]
    raise Undecodable("a document event that names no document")


def _protobuf_name(data: Any) -> str:
    body = protobuf(DocumentEventData, data)
    if name := body.value.name or body.old_value.name:
        return name
    raise Undecodable("a document event that names no document")


def _tags(build: Any) -> Any:
    if isinstance(build, bytes) and not looks_like_json(build):
        return protobuf(BuildEventData, build).tags
    return json_object(build).get("tags")


def _object_name(data: Any) -> str | None:
    if isinstance(data, bytes) and not looks_like_json(data):
        return protobuf(StorageObjectData, data).name
    name = json_object(data).get("name")
    return name if isinstance(name, str) else None


def _is_possible(name: str) -> bool:
    """Whether a collection or a document can have this id (https://firebase.google.com/docs/firestore/quotas)."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:  # half a character, which JSON can spell
        return False
    reserved = name in (".", "..") or (name.startswith("__") and name.endswith("__"))
    return 0 < length <= LONGEST_ID_BYTES and "/" not in name and not reserved


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 100 else f"{text[:100]}…")
