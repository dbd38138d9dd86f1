"""All functions in one process, and what is said when they cannot be served."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.test import Client

from local import counters
from local.functions_host import FunctionsMissing, load
from local.gateway.wiring import FUNCTIONS, HTTP_FUNCTIONS
from local.log_lines import record
from local.supervisor import last_line

HANDLER = """
@functions_framework.cloud_event
def {name}(event):
    if event["type"] == "broken":
        raise ValueError("no")
    calls.append(("{name}", event["type"], event.data))
"""
HTTP_HANDLER = """
@functions_framework.http
def {name}(request):
    return "{name}"
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that can be imported as `some_functions`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "some_functions.py"
    sys.modules.pop("some_functions", None)


def source(*left_out: str) -> str:
    names = [name for name in FUNCTIONS if name not in left_out]
    head = "import functions_framework\nimport builtins\ncalls = builtins.__dict__.setdefault('test_calls', [])\n"
    return head + "".join((HTTP_HANDLER if name in HTTP_FUNCTIONS else HANDLER).format(name=name) for name in names)


def headers(kind: str) -> dict[str, str]:
    event = {"ce-id": "1", "ce-source": "//test", "ce-specversion": "1.0", "ce-type": kind}
    return {**event, "content-type": "application/json"}


def test_every_function_has_its_address(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module.write_text(source())
    calls: list = []
    monkeypatch.setattr("builtins.test_calls", calls, raising=False)
    client = Client(load("some_functions"))
    for name in FUNCTIONS:
        if name in HTTP_FUNCTIONS:
            assert client.post(f"/{name}/").text == name
        else:
            assert client.post(f"/{name}/", data='{"a": 1}', headers=headers("x")).status_code == 200
            assert calls.pop() == (name, "x", {"a": 1})
    assert client.post("/on_build_changed/", data="{}", headers=headers("broken")).status_code == 500
    assert client.get("/health").json == {"functions": list(FUNCTIONS)}
    assert client.post("/other/").status_code == 404


def test_a_missing_function_is_named(module: Path) -> None:
    module.write_text(source("on_build_changed"))
    with pytest.raises(FunctionsMissing, match="some_functions does not define on_build_changed"):
        load("some_functions")


def test_a_failing_import_is_named(module: Path) -> None:
    module.write_text("import nothing_of_this_name")
    with pytest.raises(
        FunctionsMissing, match="some_functions cannot be imported: ModuleNotFoundError: No module named"
    ):
        load("some_functions")


def test_the_projects_own_functions_load() -> None:
    assert Client(load()).get("/health").status_code == 200


# ------------------------------------------------------------------------------------------------------- its log


def host(log: Path, port: int, **settings: str) -> subprocess.Popen[bytes]:
    """The real process, writing as the supervisor makes it write."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("QUICKTEST_", "GOOGLE_"))}
    command = [sys.executable, "-m", "local.functions_host", "--port", str(port)]
    with log.open("wb") as output:
        return subprocess.Popen(command, env={**clean, **settings}, stdout=output, stderr=subprocess.STDOUT)


def records(log: Path) -> list[Mapping[str, Any]]:
    """Every line of the log, which must be a record."""
    lines = log.read_text(encoding="utf-8").splitlines()
    found = [record(line) for line in lines]
    assert None not in found, [line for line in lines if record(line) is None]
    return [each for each in found if each is not None]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_host_that_cannot_start_says_so_in_its_last_line(tmp_path: Path, port: int) -> None:
    log = tmp_path / "functions.log"
    process = host(log, port)
    assert process.wait(60) != 0
    assert [each["severity"] for each in records(log)] == ["CRITICAL"]
    assert last_line(log).startswith("Set GOOGLE_CLOUD_PROJECT, ")


def test_whatever_happens_is_a_record(tmp_path: Path, port: int) -> None:
    """An outage (nobody listens where Firestore should be), rubbish, a request of no function, and the end."""
    log = tmp_path / "functions.log"
    nobody = f"127.0.0.1:{port + 1 if port < 65_535 else port - 1}"
    names = ("FIRESTORE", "STORAGE", "BIGQUERY", "CLOUD_BUILD", "PIPELINES", "LOGGING")
    settings = {f"{name}_EMULATOR_HOST": nobody for name in names}
    settings |= {"STORAGE_EMULATOR_HOST": f"http://{nobody}", "BIGQUERY_EMULATOR_HOST": f"http://{nobody}"}
    required = ("GOOGLE_CLOUD_PROJECT", "QUICKTEST_REGION", "QUICKTEST_BUCKET", "QUICKTEST_COMPILER_IMAGE")
    settings |= dict.fromkeys((*required, "QUICKTEST_TRAINER_IMAGE"), "demo-x")
    process = host(log, port, **settings)
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while time.monotonic() < until and not _answers(url):
            time.sleep(0.1)
        event = {**headers("google.cloud.firestore.document.v1.created"), "ce-document": "experiments/exp-1"}
        assert httpx.post(f"{url}/on_experiment_created/", headers=event, timeout=60).status_code == 500
        assert httpx.post(f"{url}/other/").status_code == 404
        rubbish = httpx.post(f"{url}/on_build_changed/", content=b"{", timeout=60)
        assert rubbish.status_code == 500  # it cannot be recorded now: it has to come again
    finally:
        process.terminate()
        process.wait(30)
    counted = {(each.name, each.labels["function"]): each.count for each in counters.read(log)}
    assert counted == {("events", "on_experiment_created"): 1, ("events", "on_build_changed"): 1}
    failed, unrecorded = (each for each in records(log) if each["severity"] == "ERROR")
    assert (failed["function"], failed["event"], failed["experiment"]) == ("on_experiment_created", "1", "exp-1")
    assert "Transient" in failed["exception"]
    assert unrecorded["function"] == "on_build_changed"


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").is_success
    except httpx.HTTPError:
        return False
