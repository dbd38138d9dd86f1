"""At least once, unordered, with back-off: how Eventarc delivers to a function."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx

BACKOFF_S = (1, 2, 4, 8, 16, 32, 60, 60, 60)
CONCURRENCY = 8  # deliveries in flight per function
FUNCTION_TIMEOUT_S = 540  # the limit of an event-driven function on Google Cloud

GiveUp = Callable[[Mapping[str, str], bytes], Awaitable[None]]

log = logging.getLogger(__name__)


class Delivery:
    """Hands events to functions in the background; an event is retried until a function takes it or time is up, and
    then given to `give_up`. What waits here is lost when the gateway ends: the next stack's first sweep finds what it
    was about, as it does on Google Cloud when Eventarc loses an event."""

    def __init__(
        self,
        functions_url: str,
        client: httpx.AsyncClient,
        give_up: GiveUp,
        backoff_s: Sequence[float] = BACKOFF_S,
    ) -> None:
        self._functions_url, self._client, self._backoff_s = functions_url, client, backoff_s
        self._give_up = give_up
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def deliver(self, function: str, headers: Mapping[str, str], body: bytes) -> None:
        """Start delivering; returns at once."""
        task = asyncio.create_task(self._deliver(function, headers, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def invoke(self, function: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """Call a function once; returns what went wrong, or None."""
        slot = self._slots.setdefault(function, asyncio.Semaphore(CONCURRENCY))
        url = f"{self._functions_url}/{function}/"  # without the slash Flask answers with a redirect
        try:
            async with slot:
                response = await self._client.post(url, headers=headers, content=body, timeout=FUNCTION_TIMEOUT_S)
        except httpx.HTTPError as error:
            return f"{type(error).__name__}: {error}"
        return None if response.is_success else f"HTTP {response.status_code}"

    async def _deliver(self, function: str, headers: Mapping[str, str], body: bytes) -> None:
        what = f"{headers.get('ce-type')} {headers.get('ce-subject')} ({headers.get('ce-id')}) to {function}"
        for wait in (*self._backoff_s, None):
            failure = await self.invoke(function, headers, body)
            if failure is None:
                return
            if wait is None:
                break
            log.warning("%s failed: %s. Next try in %s s.", what, failure, wait)
            await asyncio.sleep(wait)
        log.error("%s was given up after %d tries and is a dead letter.", what, len(self._backoff_s) + 1)
        try:
            await self._give_up(headers, body)
        except httpx.HTTPError as error:
            log.error("%s is lost, for the dead-letter topic did not take it: %s", what, error)
