"""The gateway's endpoints, and the order in which it takes up its work."""

from __future__ import annotations

import asyncio
import logging
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.gateway import documents, scheduler, subscriptions
from local.gateway.delivery import Delivery
from local.gateway.journal import Journal, all_documents, barrier_of, is_served, mark_served, write_barrier
from local.gateway.wiring import DOCUMENT_TRIGGERS, EVENT_FUNCTIONS, JOURNAL

EMULATOR_POLL_S = 0.05
FLUSH_WITHIN_S = 20.0

log = logging.getLogger(__name__)
_FUNCTION_OF_TRIGGER = {trigger.id: trigger.function for trigger in DOCUMENT_TRIGGERS}


@dataclass(frozen=True)
class Settings:
    project: str
    firestore: str  # host:port of the emulator
    pubsub: str  # host:port of the emulator
    functions_url: str
    journal: Path
    sweep_interval_s: float = 60.0


class Gateway:
    """Receives events and passes them on."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient, delivery: Delivery) -> None:
        self._settings, self._client, self._delivery = settings, client, delivery
        self._journal = Journal(settings.journal)
        self._database = f"projects/{settings.project}/databases/{documents.DATABASE}"
        self._barriers: dict[str, asyncio.Event] = {}
        self._ready = False

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/health", self._health, methods=["GET"]),
                Route("/events", self._event, methods=["POST"]),
                Route("/flush", self._flush, methods=["POST"]),
                Route("/functions/projects/{project}/triggers/{trigger}", self._document, methods=["POST"]),
            ]
        )

    async def prepare(self) -> None:
        """Bring the documents back, then let events flow: a replay must not look like news.

        A Firestore that has lived on while another gateway died has them, and newer ones: those are taken over. Events
        of that time are lost; the first sweep finds what they were about.
        """
        settings = self._settings
        for emulator in (settings.firestore, settings.pubsub):
            await self._until_up(emulator)
        lives_on = await asyncio.to_thread(is_served, settings.firestore, self._database)
        if not lives_on:
            count = await asyncio.to_thread(self._replay)
            log.info("%d documents are back in Firestore.", count)
        for trigger in (JOURNAL, *DOCUMENT_TRIGGERS):
            await documents.register(self._client, settings.firestore, settings.project, trigger)
        if lives_on:
            count = self._journal.take_over(await asyncio.to_thread(all_documents, settings.firestore, self._database))
            log.info("%d documents were taken over from Firestore, which lived on.", count)
        await asyncio.to_thread(mark_served, settings.firestore, self._database)
        await subscriptions.create(self._client, settings.pubsub, settings.project, settings.functions_url)
        self._ready = True

    async def _until_up(self, emulator: str) -> None:
        """Wait for an emulator that starts beside us; the supervisor has the limit."""
        while True:
            try:
                (await self._client.get(f"http://{emulator}/")).raise_for_status()
                return
            except httpx.HTTPError:
                await asyncio.sleep(EMULATOR_POLL_S)

    def _replay(self) -> int:
        journal = Journal(self._settings.journal)  # SQLite connections belong to one thread
        try:
            return journal.replay(self._settings.firestore, self._database)
        finally:
            journal.close()

    async def schedule(self) -> None:
        await scheduler.run(self._delivery, self._settings.sweep_interval_s)

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"ready": self._ready}, status_code=200 if self._ready else 503)

    async def _document(self, request: Request) -> Response:
        """An event of the Firestore emulator. It delivers one after the other, so the answer must come at once."""
        trigger = request.path_params["trigger"]
        body, event = documents.parse(await request.body())
        if trigger == JOURNAL.id:
            self._record(event)
        elif not documents.changes_nothing(event):
            self._delivery.deliver(_FUNCTION_OF_TRIGGER[trigger], documents.event_headers(request.headers), body)
        return Response()

    def _record(self, event: Any) -> None:
        barrier = barrier_of(event)
        if barrier is None:
            self._journal.record(event)
        elif barrier in self._barriers:
            self._barriers[barrier].set()

    async def _flush(self, _: Request) -> Response:
        """Answer when everything that was written so far is in the journal; the stack stops after that."""
        barrier = uuid.uuid4().hex
        self._barriers[barrier] = asyncio.Event()
        try:
            await asyncio.to_thread(write_barrier, self._settings.firestore, self._database, barrier)
            await asyncio.wait_for(self._barriers[barrier].wait(), FLUSH_WITHIN_S)
        except TimeoutError:
            return JSONResponse({"error": f"The journal lags more than {FLUSH_WITHIN_S} s behind."}, status_code=504)
        finally:
            del self._barriers[barrier]
        return Response()

    async def _event(self, request: Request) -> Response:
        """Any other CloudEvent in binary mode, from the storage stand-in."""
        kind = request.headers.get("ce-type", "")
        if kind not in EVENT_FUNCTIONS:
            return JSONResponse({"error": f"No function takes events of type '{kind}'."}, status_code=404)
        headers = documents.event_headers(request.headers)
        self._delivery.deliver(EVENT_FUNCTIONS[kind], headers, await request.body())
        return Response()
