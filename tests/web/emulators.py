"""The official Firestore and Auth emulators on free ports, for tests of the page alone (no other part of the stack)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from local import tools
from local.parts import JAVA_OPTIONS

PROJECT = "demo-quicktest"
START_SECONDS = 120  # seconds on a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def firestore_emulator(folder: Path) -> Iterator[str]:
    """Yields `host:port` of a Firestore emulator that enforces the project's rules."""
    port = free_port()
    command = [
        tools.java(), *JAVA_OPTIONS, "-cp", str(tools.firestore_emulator()),
        "com.google.cloud.datastore.emulator.firestore.CloudFirestore", "--host=127.0.0.1", f"--port={port}",
        f"--rules={tools.ROOT / 'firestore.rules'}", f"--project_id={PROJECT}", "--single_project_mode=true",
    ]  # fmt: skip
    with _running(command, folder, port):
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def auth_emulator(folder: Path) -> Iterator[str]:
    """Yields `host:port` of an Auth emulator."""
    port = free_port()
    ports = {"auth": {"host": "127.0.0.1", "port": port}, "ui": {"enabled": False}}
    ports |= {name: {"host": "127.0.0.1", "port": free_port()} for name in ("hub", "logging")}
    (folder / "firebase.json").write_text(json.dumps({"emulators": ports}))
    with _running(
        ["node", str(tools.firebase()), "emulators:start", "--only=auth", f"--project={PROJECT}"], folder, port
    ):
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    log = folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        try:
            _wait_for(process, port, log)
            yield
        finally:
            _end(process)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args} did not open port {port}:\n{log.read_text()[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and what it started; its session is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
