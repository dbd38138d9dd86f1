"""The fork server. One connection is one request, a line of JSON: {module, argv, environment, log_path, cwd}. The
answer is two lines: {"pid"} when the child runs, {"exit_code", "max_rss_kb"} when it ended (128 + n after signal n).
Closing the connection earlier kills the child: whoever asked for it is gone."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from local.worker.child import Request, run_child


def listen(path: Path) -> socket.socket:
    """Bind the socket; a file left behind by a worker that died is replaced, a living one raises RuntimeError."""
    if _answers(path):
        raise RuntimeError(f"Another worker listens on {path}.")
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(128)
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@dataclass
class _Child:
    pid: int
    pidfd: int
    connection: socket.socket


class Worker:
    """Single-threaded on purpose: only the forking thread exists in a child, so no lock can be left held."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)

    def serve(self) -> NoReturn:
        """Until the process is ended; children die with it."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            for key, _ in self._selector.select():
                if key.fileobj in self._selector.get_map():  # not removed by an earlier one of this round
                    key.data()

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        buffer = bytearray()
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._read(connection, buffer))

    def _read(self, connection: socket.socket, buffer: bytearray) -> None:
        data = _receive(connection)
        buffer += data
        if not data:
            self._close(connection)
        elif buffer.endswith(b"\n"):
            self._selector.unregister(connection)
            self._start(connection, bytes(buffer))

    def _start(self, connection: socket.socket, line: bytes) -> None:
        try:
            request = Request(**json.loads(line))
        except (ValueError, TypeError):
            traceback.print_exc()
            connection.close()
            return
        child = _fork(request, connection)
        _send(connection, {"pid": child.pid})
        self._selector.register(child.pidfd, selectors.EVENT_READ, lambda: self._reap(child))
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._abandoned(child))

    def _abandoned(self, child: _Child) -> None:
        """The client closed its end, or said something after its request: either way the child is not wanted."""
        self._close(child.connection)
        _kill_group(child.pid)

    def _reap(self, child: _Child) -> None:
        _, status, usage = os.wait4(child.pid, 0)
        self._selector.unregister(child.pidfd)
        os.close(child.pidfd)
        _kill_group(child.pid)  # what the child left running in its session
        code = os.waitstatus_to_exitcode(status)
        _send(child.connection, {"exit_code": code if code >= 0 else 128 - code, "max_rss_kb": usage.ru_maxrss})
        self._close(child.connection)

    def _close(self, connection: socket.socket) -> None:
        if connection.fileno() >= 0:
            if connection in self._selector.get_map():
                self._selector.unregister(connection)
            connection.close()


def _fork(request: Request, connection: socket.socket) -> _Child:
    worker = os.getpid()
    pid = os.fork()
    if pid == 0:
        run_child(request, worker)
    return _Child(pid, os.pidfd_open(pid), connection)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 20)
    except ConnectionError:
        return b""


def _send(connection: socket.socket, message: dict[str, int]) -> None:
    """A client that went away needs no answer; its child is killed when its closed connection is read."""
    try:
        connection.sendall(json.dumps(message).encode() + b"\n")
    except OSError as error:
        print(f"no one to tell {message}: {error}", file=sys.stderr, flush=True)
