"""What an event carries of the document that it is about, before a save and after it: history for the versions of a
document, and never what the document is now (functions.config_versions)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from google.events.cloud.firestore import DocumentEventData
from google.protobuf import json_format
from google.protobuf.message import Message

from functions.events import Undecodable, decoded, json_object, looks_like_json, protobuf
from shared.versions import Change, Saved

log = logging.getLogger(__name__)

PLAIN = ("boolean_value", "integer_value", "double_value", "string_value", "bytes_value")


def change_of(data: Any) -> Change | None:
    """The save that an event's data tells of, also in a message of Pub/Sub; None when it was deleted, or when nothing
    can be read there: the id of the document is enough to go on."""
    try:
        event = _event(data)
        if not event.HasField("value"):
            return None
        before = _saved(event.old_value) if event.HasField("old_value") else None
        return Change(before, _saved(event.value))
    except (Undecodable, json_format.ParseError, ValueError, OverflowError, RecursionError) as error:
        log.warning("what an event saw of a document cannot be kept: %s", error)
        return None


def _event(data: Any) -> Any:
    if isinstance(data, Mapping) and isinstance(data.get("message"), Mapping):
        data = decoded(data["message"].get("data"))
    if not looks_like_json(data):
        return protobuf(DocumentEventData, data)
    empty: Message = DocumentEventData.pb(DocumentEventData())
    text = json.dumps(json_object(data), ensure_ascii=False).encode()  # fails at halves of characters, as it should
    return json_format.Parse(text, empty, ignore_unknown_fields=True)


def _saved(document: Any) -> Saved:
    if not document.HasField("update_time") or not document.HasField("create_time"):
        raise Undecodable(f"{document.name} has no times")
    content = {name: _value(value) for name, value in document.fields.items()}
    return Saved(content, _time(document.update_time), _time(document.create_time))


def _value(value: Any) -> Any:
    """As Firestore's client gives it. No client of ours can store what is not here: the rules take no other kinds."""
    kind = value.WhichOneof("value_type")
    if kind in PLAIN:
        return getattr(value, kind)
    if kind == "null_value":
        return None
    if kind == "timestamp_value":
        return _time(value.timestamp_value)
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    if kind == "map_value":
        return {name: _value(each) for name, each in value.map_value.fields.items()}
    raise Undecodable(f"a value of the kind {kind}")


def _time(stamp: Any) -> datetime:
    return stamp.ToDatetime(tzinfo=timezone.utc)
