"""Bodies of Firestore's events, with documents encoded as Firestore's own client does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.cloud.firestore_v1 import _helpers
from google.cloud.firestore_v1.types import Document
from google.events.cloud.firestore import DocumentEventData


def stored(content: dict[str, Any], at: datetime, created_at: datetime) -> bytes:
    document = Document(name="projects/p/databases/(default)/documents/model_configs/minimal")
    document.create_time, document.update_time = created_at, at
    document.fields = _helpers.encode_dict(content)
    return Document.serialize(document)


def event(value: bytes | None, old_value: bytes | None = None) -> bytes:
    body = DocumentEventData.pb(DocumentEventData())
    if value is not None:
        body.value.ParseFromString(value)
    if old_value is not None:
        body.old_value.ParseFromString(old_value)
    return body.SerializeToString()
