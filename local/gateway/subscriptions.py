"""Topics and push subscriptions in the Pub/Sub emulator, which forgets them when it ends."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import httpx

from local.gateway.wiring import DEAD_LETTERS, PUSH_SUBSCRIPTIONS, PushSubscription

ACK_DEADLINE_S = 600  # with less, a long function is invoked again while it still runs
DELIVERY_ATTEMPTS = 5
LONGEST_ATTRIBUTE_BYTES = 1_024  # of Pub/Sub: https://cloud.google.com/pubsub/quotas#resource_limits


async def create(client: httpx.AsyncClient, emulator: str, project: str, functions_url: str) -> None:
    """Create what is not there yet. Dead letters have a subscription too, but nowhere to go if that fails: they are
    delivered again until they are taken."""
    api = _api(emulator, project)
    for subscription in (DEAD_LETTERS, *PUSH_SUBSCRIPTIONS):
        await _put(client, f"{api}/topics/{subscription.topic}", {})
    await _put(client, f"{api}/subscriptions/{DEAD_LETTERS.topic}", _push(DEAD_LETTERS, project, functions_url))
    for subscription in PUSH_SUBSCRIPTIONS:
        giving_up = {
            "deadLetterTopic": _topic(project, DEAD_LETTERS.topic),
            "maxDeliveryAttempts": DELIVERY_ATTEMPTS,
        }
        body = {**_push(subscription, project, functions_url), "deadLetterPolicy": giving_up}
        await _put(client, f"{api}/subscriptions/{subscription.topic}", body)


async def publish_dead_letter(
    client: httpx.AsyncClient, emulator: str, project: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Publish what was given up as Eventarc's own subscription would: attributes of the event, its body as data."""
    attributes = {name: value for name, value in headers.items() if len(value.encode()) <= LONGEST_ATTRIBUTE_BYTES}
    message = {"attributes": attributes, "data": base64.b64encode(body).decode()}
    url = f"{_api(emulator, project)}/topics/{DEAD_LETTERS.topic}:publish"
    (await client.post(url, json={"messages": [message]})).raise_for_status()


def _push(subscription: PushSubscription, project: str, functions_url: str) -> dict[str, Any]:
    return {
        "topic": _topic(project, subscription.topic),
        "ackDeadlineSeconds": ACK_DEADLINE_S,
        "pushConfig": {"pushEndpoint": f"{functions_url}/{subscription.function}/"},
        "retryPolicy": {"minimumBackoff": "1s", "maximumBackoff": "60s"},
    }


def _api(emulator: str, project: str) -> str:
    return f"http://{emulator}/v1/projects/{project}"


def _topic(project: str, topic: str) -> str:
    return f"projects/{project}/topics/{topic}"


async def _put(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> None:
    response = await client.put(url, json=body)
    if response.status_code != httpx.codes.CONFLICT:
        response.raise_for_status()
