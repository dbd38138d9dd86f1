"""Firestore's emulator: registers triggers, and reads the events it sends."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import httpx
from google.events.cloud.firestore import DocumentEventData

from local.gateway.wiring import DocumentTrigger

DATABASE = "(default)"


async def register(client: httpx.AsyncClient, emulator: str, project: str, trigger: DocumentTrigger) -> None:
    """Ask the emulator for events. A registration lives as long as the emulator's process."""
    url = f"http://{emulator}/emulator/v1/projects/{project}/eventarcTrigger"
    body = {
        "eventType": trigger.type,
        "database": DATABASE,
        "namespace": "(default)",
        "document": {"value": trigger.pattern, "matchType": "PATH_PATTERN"},
    }
    response = await client.post(url, params={"eventarcTriggerId": trigger.id}, json=body)
    response.raise_for_status()


def parse(raw: bytes) -> tuple[bytes, Any]:
    """The body as a function gets it, and its DocumentEventData message. The emulator wraps it in base64."""
    try:
        body = base64.b64decode(raw, validate=True)
    except binascii.Error:
        body = raw
    message = DocumentEventData.pb()()
    message.ParseFromString(body)
    return body, message


def changes_nothing(event: Any) -> bool:
    """Real Firestore sends nothing for a write of the same content; the emulator does."""
    return event.HasField("value") == event.HasField("old_value") and event.value.fields == event.old_value.fields


def event_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The CloudEvent attributes, with the emulator's doubled `projects/` put right."""
    kept = {name: value for name, value in headers.items() if name.startswith("ce-") or name == "content-type"}
    return {**kept, "ce-source": kept.get("ce-source", "").replace("projects/projects/", "projects/")}
