"""Messages that every delivery gave up: what they are about, whatever topic or trigger they come from.

The dead-letter topic gets messages of Pub/Sub subscriptions as they were, and events of Eventarc as Pub/Sub carries
them: CloudEvent attributes as `ce-…` attributes of the message, the body as its data. So the content must tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions import events
from functions.events import CommandId, ConfigId, Undecodable
from shared.paths import experiment_of_object
from shared.reports import DRAFTS, REPORTED

_SOURCES = ("CloudPubSubDeadLetterSourceSubscription", "ce-type")  # attributes that say where a message comes from


def about(body: bytes) -> str | ConfigId | None:
    """The experiment, or the document to report on, that a pushed dead letter is about; None: somebody else's.

    Raises Undecodable for what says nothing.
    """
    message = _message(body)
    if path := events.path_in_attributes(_attributes(message), "ce-"):
        return _of_path(path)
    data = events.decoded(message.get("data") or "")
    return _of_object(data) if data.lstrip()[:1] in (b"{", b"[", b"") else _of_path(events.path_in_document_event(data))


def origin(body: bytes) -> str:
    """Where a dead letter comes from, as far as it can be told."""
    try:
        attributes = _attributes(_message(body))
    except Undecodable:
        return "unknown"
    return next((str(attributes[name]) for name in _SOURCES if attributes.get(name)), "unknown")


def _message(body: bytes) -> Mapping[str, Any]:
    """The message of a push, or of an Eventarc event on a topic: both have the same body."""
    message = events.json_object(body).get("message")
    if not isinstance(message, Mapping):
        raise Undecodable("a push without a message")
    return message


def _attributes(message: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = message.get("attributes")
    return attributes if isinstance(attributes, Mapping) else {}


def _of_path(path: str) -> str | ConfigId | None:
    collection, document_id = events.split_path(path)
    if collection == "experiments":
        return document_id
    if collection in (*REPORTED, DRAFTS):
        return ConfigId(collection, document_id)
    command: CommandId = events.command_of_path(collection, document_id)
    return command.experiment


def _of_object(data: bytes) -> str | ConfigId | None:
    """A document event in JSON, a log entry, a build or a stored object, told apart by what only they have."""
    found = events.json_object(data)
    if "value" in found or "oldValue" in found:
        return _of_path(events.path_in_document_event(data))
    if "resource" in found:
        return events.owner_of_entry(found)
    if isinstance(found.get("name"), str) and "bucket" in found:
        return experiment_of_object(found["name"])
    if "tags" in found or "status" in found:
        return events.owner_of_tags(found.get("tags"))
    raise Undecodable("an object of no known kind")
