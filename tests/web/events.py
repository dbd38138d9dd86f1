"""Firestore's events as the emulator sends them, one for each write: what a listener is shown may leave out what was
overwritten soon."""

from __future__ import annotations

import asyncio
import functools
import os
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from local.gateway.documents import changes_nothing, parse, register
from local.gateway.wiring import JOURNAL

Bodies = queue.SimpleQueue[bytes]


class _Receiver(BaseHTTPRequestHandler):
    """Answers at once, for the emulator sends one event after the other."""

    protocol_version = "HTTP/1.1"
    listeners: set[Bodies] = set()

    def do_POST(self) -> None:
        body, event = parse(self.rfile.read(int(self.headers["content-length"])))
        for listener in () if changes_nothing(event) else tuple(self.listeners):
            listener.put(body)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@functools.cache
def address() -> str:
    """`host:port` to which the Firestore emulator sends events, until the process ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"127.0.0.1:{server.server_port}"


@functools.cache
def _ask_for_events(firestore: str, project: str) -> None:
    async def ask() -> None:
        async with httpx.AsyncClient(timeout=60) as client:
            await register(client, firestore, project, JOURNAL)

    with ThreadPoolExecutor(1) as other:  # the browser's driver runs a loop in this thread
        other.submit(lambda: asyncio.run(ask())).result()


@contextmanager
def listening(project: str) -> Iterator[Bodies]:
    """The bodies of the events from now on, in the order of the writes; those of a moment ago may be among them."""
    _ask_for_events(os.environ["FIRESTORE_EMULATOR_HOST"], project)
    bodies = Bodies()
    _Receiver.listeners.add(bodies)
    try:
        yield bodies
    finally:
        _Receiver.listeners.remove(bodies)
