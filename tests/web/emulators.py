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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local import accounts, health, tools
from local.parts import JAVA_OPTIONS
from tests.web import events

PROJECT = "demo-quicktest"
START_SECONDS = 180  # seconds on a quiet machine, most of a minute on a busy one


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def emulators(folder: Path) -> Iterator[dict[str, str]]:
    """Yields `host:port` of an emulator of each kind, by name; in the Auth emulator are the accounts of the stack."""
    kinds = {"firestore": firestore_emulator, "auth": auth_emulator}
    with contextlib.ExitStack() as running, ThreadPoolExecutor(len(kinds)) as starting:
        entering = {}
        for name, start in kinds.items():
            (folder / name).mkdir()
            entering[name] = starting.submit(running.enter_context, start(folder / name))
        hosts = {name: entered.result() for name, entered in entering.items()}
        accounts.seed(hosts["auth"], PROJECT)
        yield hosts


@contextlib.contextmanager
def firestore_emulator(folder: Path) -> Iterator[str]:
    """Yields `host:port` of a Firestore emulator that enforces the project's rules."""
    port = free_port()
    command = [
        tools.java(), *JAVA_OPTIONS, "-cp", str(tools.firestore_emulator()),
        "com.google.cloud.datastore.emulator.firestore.CloudFirestore", "--host=127.0.0.1", f"--port={port}",
        f"--rules={tools.ROOT / 'firestore.rules'}", f"--functions_emulator={events.address()}",
        f"--project_id={PROJECT}", "--single_project_mode=true",
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
    """Until it answers: before it starts, the Auth emulator opens its port for a moment to see whether it is free."""
    answers = health.http(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if answers():
            return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args} did not answer at port {port}:\n{log.read_text()[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and what it started; its session is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
