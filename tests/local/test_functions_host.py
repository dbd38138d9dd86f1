"""All functions in one process, and what is said when they cannot be served."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from local.functions_host import FunctionsMissing, load
from local.gateway.wiring import FUNCTIONS

HANDLER = """
@functions_framework.cloud_event
def {name}(event):
    if event["type"] == "broken":
        raise ValueError("no")
    calls.append(("{name}", event["type"], event.data))
"""
SWEEP = """
@functions_framework.http
def sweep(request):
    return "swept"
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that can be imported as `some_functions`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "some_functions.py"
    sys.modules.pop("some_functions", None)


def source(*left_out: str) -> str:
    names = [name for name in FUNCTIONS if name != "sweep" and name not in left_out]
    head = "import functions_framework\nimport builtins\ncalls = builtins.__dict__.setdefault('test_calls', [])\n"
    return head + "".join(HANDLER.format(name=name) for name in names) + SWEEP


def headers(kind: str) -> dict[str, str]:
    event = {"ce-id": "1", "ce-source": "//test", "ce-specversion": "1.0", "ce-type": kind}
    return {**event, "content-type": "application/json"}


def test_every_function_has_its_address(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module.write_text(source())
    calls: list = []
    monkeypatch.setattr("builtins.test_calls", calls, raising=False)
    client = Client(load("some_functions"))
    for name in FUNCTIONS:
        if name != "sweep":
            assert client.post(f"/{name}/", data='{"a": 1}', headers=headers("x")).status_code == 200
            assert calls.pop() == (name, "x", {"a": 1})
    assert client.post("/sweep/").text == "swept"
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
