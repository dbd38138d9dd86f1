"""Tells the event gateway of objects that were finalised: uploaded, or written into the folder by a component."""

from __future__ import annotations

import json
import logging
import queue
import threading
import uuid
from collections import OrderedDict
from datetime import datetime, timezone
from urllib.parse import quote

import httpx

from local.storage.objects import StoredObject
from local.storage.resources import resource

FINALIZED = "google.cloud.storage.object.v1.finalized"
REMEMBERED = 10_000
RETRY_S = 1.0

log = logging.getLogger(__name__)


class Announcer:
    """Sends one event per generation, in the background, until the gateway has taken it."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._queue: queue.SimpleQueue[StoredObject | None] = queue.SimpleQueue()
        self._announced: OrderedDict[tuple[str, str, int], None] = OrderedDict()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._send_all, name="announcer", daemon=True)
        self._thread.start()

    def announce(self, stored: StoredObject) -> None:
        """Queue an event unless this generation had one; an upload is seen twice, by the server and by the watcher."""
        key = (stored.bucket, stored.name, stored.generation)
        with self._lock:
            if key in self._announced:
                return
            self._announced[key] = None
            if len(self._announced) > REMEMBERED:
                self._announced.popitem(last=False)
        self._queue.put(stored)

    def close(self) -> None:
        self._stopped.set()
        self._queue.put(None)
        self._thread.join()

    def _send_all(self) -> None:
        with httpx.Client(timeout=10) as client:
            while (stored := self._queue.get()) is not None:
                self._send(client, stored)

    def _send(self, client: httpx.Client, stored: StoredObject) -> None:
        headers, body = cloud_event(stored)
        while not self._stopped.is_set():
            try:
                client.post(self._gateway, headers=headers, content=body).raise_for_status()
                return
            except httpx.HTTPError as error:
                log.warning("The gateway did not take the event of %s: %s. Trying again.", stored.name, error)
                self._stopped.wait(RETRY_S)


def cloud_event(stored: StoredObject) -> tuple[dict[str, str], bytes]:
    """The event Eventarc sends, in binary mode: headers and JSON body."""
    headers = {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": uuid.uuid4().hex,
        "ce-type": FINALIZED,
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{stored.bucket}",
        "ce-subject": quote(
            f"objects/{stored.name}", safe="/ !#$&'()*+,:;=?@[]-._~"
        ),  # CloudEvents HTTP binding 3.1.3.2
        "ce-bucket": stored.bucket,
        "ce-time": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
    }
    return headers, json.dumps(resource(stored)).encode()
