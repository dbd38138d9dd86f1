"""Topics and push subscriptions in the Pub/Sub emulator, which forgets them when it ends."""

from __future__ import annotations

from typing import Any

import httpx

from local.gateway.wiring import DEAD_LETTER_TOPIC, PUSH_SUBSCRIPTIONS

ACK_DEADLINE_S = 600  # with less, a long function is invoked again while it still runs
DELIVERY_ATTEMPTS = 5


async def create(client: httpx.AsyncClient, emulator: str, project: str, functions_url: str) -> None:
    """Create what is not there yet."""
    api = f"http://{emulator}/v1/projects/{project}"
    for topic in (DEAD_LETTER_TOPIC, *(subscription.topic for subscription in PUSH_SUBSCRIPTIONS)):
        await _put(client, f"{api}/topics/{topic}", {})
    await _put(client, f"{api}/subscriptions/{DEAD_LETTER_TOPIC}", {"topic": _topic(project, DEAD_LETTER_TOPIC)})
    for subscription in PUSH_SUBSCRIPTIONS:
        body = {
            "topic": _topic(project, subscription.topic),
            "ackDeadlineSeconds": ACK_DEADLINE_S,
            "pushConfig": {"pushEndpoint": f"{functions_url}/{subscription.function}/"},
            "deadLetterPolicy": {
                "deadLetterTopic": _topic(project, DEAD_LETTER_TOPIC),
                "maxDeliveryAttempts": DELIVERY_ATTEMPTS,
            },
            "retryPolicy": {"minimumBackoff": "1s", "maximumBackoff": "60s"},
        }
        await _put(client, f"{api}/subscriptions/{subscription.topic}", body)


def _topic(project: str, topic: str) -> str:
    return f"projects/{project}/topics/{topic}"


async def _put(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> None:
    response = await client.put(url, json=body)
    if response.status_code != httpx.codes.CONFLICT:
        response.raise_for_status()
