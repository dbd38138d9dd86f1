"""What an event carries of a document is read as Firestore's client gives it, or not at all."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from google.cloud.firestore_v1.types import Document, Value
from google.events.cloud.firestore import DocumentEventData
from google.protobuf import json_format

from functions.saves import change_of
from shared.versions import Change, Saved
from tests.unit.document_events import event, stored
from tests.unit.wire_messages import recorded

BORN = datetime(2026, 11, 21, 12, 30, 0, 211035, tzinfo=timezone.utc)
LATER = BORN + timedelta(seconds=2)
OLD = {"name": "A", "units": 64, "rate": 0.5, "on": True, "nothing": None, "raw": b"\x00\xff"}
NEW = {**OLD, "layers": [{"units": 32}, {"rate": 1.0}], "nested": {"a": {"b": []}}, "updated_at": LATER}


def as_json(body: bytes) -> dict[str, Any]:
    message = DocumentEventData.pb(DocumentEventData())
    message.ParseFromString(body)
    return json_format.MessageToDict(message)


UPDATED = event(stored(NEW, LATER, BORN), stored(OLD, BORN, BORN))
CHANGE = Change(Saved(OLD, BORN, BORN), Saved(NEW, LATER, BORN))


@pytest.mark.parametrize(
    "data",
    [
        UPDATED,
        as_json(UPDATED),
        json.dumps({**as_json(UPDATED), "later": {"version": 2}}).encode(),
        {"message": {"attributes": {}, "data": base64.b64encode(UPDATED).decode()}},
    ],
    ids=["protobuf", "json", "json bytes of a later version", "message"],
)
def test_an_update_tells_what_was_there_before_and_after(data: Any):
    assert change_of(data) == CHANGE


@pytest.mark.parametrize("name", ["on_config_written.updated", "on_config_written.updated-json"])
def test_a_recorded_update_tells_both(name: str):
    change = change_of(recorded(name).body)
    second = datetime(2026, 11, 21, 7, 0, 5, 500_001, tzinfo=timezone.utc)
    same = {"name": "Größe", "tables": [{"table": "shop.sales"}], "test_days": 14, "share": 0.5, "description": None,
            "starred": False}  # fmt: skip
    assert change is not None
    assert change.before is not None
    assert change.after.content == {**same, "timezone": "Europe/Rome", "updated_at": second}
    assert change.before.content == {**same, "timezone": "Europe/Berlin", "updated_at": change.before.at}
    assert change.after.at == second > change.before.at > change.before.created_at == change.after.created_at


def test_a_created_document_had_nothing_before():
    assert change_of(event(stored(NEW, BORN, BORN))) == Change(None, Saved(NEW, BORN, BORN))


def test_a_deleted_document_tells_of_no_save():
    assert change_of(event(None, stored(OLD, BORN, BORN))) is None


def test_a_value_that_no_client_may_store_is_not_guessed():
    document = Document.deserialize(stored(NEW, BORN, BORN))
    document.fields["friend"] = Value(reference_value="projects/p/databases/(default)/documents/model_configs/n")
    assert change_of(event(Document.serialize(document))) is None


@pytest.mark.parametrize(
    "data",
    [
        None, b"", b"\xff rubbish", b"{not json", 7, {}, {"value": 7}, {"value": {"updateTime": "yesterday"}},
        {"value": {"name": "a", "fields": {}}}, {"message": {"data": "!"}}, {"message": {"data": None}},
        {"value": {"fields": {"a": {"integerValue": "1e400"}}}}, {"value": {"updateTime": "9999-99-99T00:00:00Z"}},
        {"value": {"fields": {"\ud800": {"stringValue": "a"}}}}, {"\ud800": 1},
    ],
)  # fmt: skip
def test_rubbish_tells_of_no_save(data: Any):
    assert change_of(data) is None
