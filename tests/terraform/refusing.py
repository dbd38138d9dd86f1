"""A pytest plugin: while a handler works, ports that its identity has no rights to refuse.

`pytest -p tests.terraform.refusing` runs the scenarios of other suites so. QUICKTEST_GRANTED says which capabilities
each handler has ({"on_config_written": ["documents", …]}), QUICKTEST_USED into which file to write what it has used.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from functions import config_reports, drafts, labels

PORT_OF = {
    "documents": "store",
    "objects": "blobs",
    "builds": "builds",
    "pipelines": "pipelines",
    "warehouse": "warehouse",
    "logs": "logs",
    "mlflow": "mirror",
}
HANDLERS = {  # what functions.main calls for an event
    "on_config_written": [(config_reports, "report_on"), (drafts, "report_on_draft")],
    "on_experiment_updated": [(labels, "relabel")],
}
used: dict[str, set[str]] = defaultdict(set)


class NoRight(BaseException):
    """No handler may go on as if this were an outage, or a fault of a configuration."""


class _Watched:
    """A port that refuses, or says that it was used."""

    def __init__(self, port: Any, capability: str, function: str, granted: bool) -> None:
        self._port, self._of, self._granted = port, (function, capability), granted

    def __getattr__(self, name: str) -> Any:
        function, capability = self._of
        if not self._granted:
            raise NoRight(f"{function} uses {capability} ({name}), to which its identity has no right")
        used[function].add(capability)
        return getattr(self._port, name)


def _watched(function: str, handler: Callable[..., Any], granted: list[str]) -> Callable[..., Any]:
    @wraps(handler)
    def handle(*arguments: Any, **named: Any) -> Any:
        given = [
            each if not hasattr(each, "warehouse") else _with_rights(each, function, granted) for each in arguments
        ]
        return handler(*given, **named)

    return handle


def _with_rights(services: Any, function: str, granted: list[str]) -> Any:
    if isinstance(services.store, _Watched):
        return services  # a handler within a handler
    ports = {
        port: _Watched(getattr(services, port), capability, function, capability in granted)
        for capability, port in PORT_OF.items()
        if getattr(services, port) is not None
    }
    return replace(services, **ports)


def pytest_configure(config: pytest.Config) -> None:
    """Before the suites are imported, and with them the handlers."""
    granted = json.loads(os.environ["QUICKTEST_GRANTED"])
    for function, handlers in HANDLERS.items():
        for module, name in handlers:
            setattr(module, name, _watched(function, getattr(module, name), granted[function]))


def pytest_sessionfinish() -> None:
    told = {function: sorted(capabilities) for function, capabilities in used.items()}
    Path(os.environ["QUICKTEST_USED"]).write_text(json.dumps(told))
