"""Messages to Pub/Sub. They are hints: one that cannot be published is logged and never disturbs the work."""

from __future__ import annotations

import json
import logging
import os
from concurrent.futures import Future
from functools import cached_property
from typing import Any

from google.cloud import pubsub_v1

BUILDS_TOPIC = "cloud-builds"
PIPELINES_TOPIC = "pipeline-events"
_TIMEOUT_S = 60

log = logging.getLogger(__name__)


class Publisher:
    """Publishes in the background; without PUBSUB_EMULATOR_HOST it only says so, for it must never reach Google."""

    def __init__(self, project: str) -> None:
        self._project = project

    def publish(self, topic: str, message: dict[str, Any], **attributes: str) -> None:
        if not os.environ.get("PUBSUB_EMULATOR_HOST"):
            log.warning("PUBSUB_EMULATOR_HOST is not set: nothing is published on %s", topic)
            return
        try:
            path = self._client.topic_path(self._project, topic)
            data = json.dumps(message).encode()
            self._client.publish(path, data, timeout=_TIMEOUT_S, **attributes).add_done_callback(
                lambda future: _report(topic, future)
            )
        except Exception:
            log.exception("could not publish on %s", topic)

    @cached_property
    def _client(self) -> pubsub_v1.PublisherClient:
        return pubsub_v1.PublisherClient()


def _report(topic: str, future: Future[str]) -> None:
    if error := future.exception():
        log.error("could not publish on %s: %s", topic, error)
