"""Running a Python module in a fork of the warm worker (local/worker/server.py has the protocol)."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

CONNECT_TIMEOUT_S = 120.0
_IDLE_S = 0.2


class WorkerLost(ConnectionError):
    """The worker ended, and the process with it; how far it came is unknown."""


@dataclass(frozen=True)
class Process:
    """What to run; `environment` is added to the worker's."""

    module: str
    argv: list[str]
    environment: dict[str, str]
    log_path: str
    cwd: str


@dataclass(frozen=True)
class Exit:
    """128 + n after signal n, as a shell reports it."""

    exit_code: int
    max_rss_kb: int


class WorkerClient:
    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path

    def run(self, process: Process, on_start: Callable[[int], None], on_idle: Callable[[], None]) -> Exit:
        """Block until the process ended; `on_start` gets its pid, `on_idle` is called several times a second."""
        with self._connect() as connection:
            connection.sendall(json.dumps(asdict(process)).encode() + b"\n")
            lines = _Lines(connection, on_idle)
            on_start(lines.next()["pid"])
            answer = lines.next()
        return Exit(answer["exit_code"], answer["max_rss_kb"])

    def _connect(self) -> socket.socket:
        """Wait for a worker that is being started."""
        deadline = time.monotonic() + CONNECT_TIMEOUT_S
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(self._path))
                return connection
            except (FileNotFoundError, ConnectionError) as error:
                connection.close()
                if time.monotonic() > deadline:
                    raise WorkerLost(f"No worker listens on {self._path}.") from error
                time.sleep(_IDLE_S)


class _Lines:
    """Lines of JSON from a connection, with something to do while waiting for them."""

    def __init__(self, connection: socket.socket, on_idle: Callable[[], None]) -> None:
        connection.settimeout(_IDLE_S)
        self._connection, self._on_idle, self._buffer = connection, on_idle, b""

    def next(self) -> dict[str, int]:
        while b"\n" not in self._buffer:
            self._buffer += self._receive()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def _receive(self) -> bytes:
        try:
            data = self._connection.recv(4096)
        except TimeoutError:
            self._on_idle()
            return b""
        except ConnectionError as error:
            raise WorkerLost("The worker ended while the process ran.") from error
        if not data:
            raise WorkerLost("The worker ended while the process ran.")
        return data
