"""Serves every entry point of `functions/main.py` in one process, each at `/{entry_point}/`.

`python -m local.functions_host --port 8751`: functions-framework makes one application per function; gunicorn runs
them all with threads, as many as events may be handled at once.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import functions_framework
from flask import Flask
from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from functions import telemetry
from functions.config import MissingSetting, from_environment
from local.gateway.wiring import FUNCTIONS, HTTP_FUNCTIONS

THREADS = 16
TIMEOUT_S = 600  # over the 300 s that a function may take

log = logging.getLogger(__name__)


class FunctionsMissing(ImportError):
    """The functions cannot be served; the message says which part of them, and why."""


def load(module: str = "functions.main") -> DispatcherMiddleware:
    """The application with every function; raises FunctionsMissing."""
    functions = _import(module)
    missing = [name for name in FUNCTIONS if not callable(getattr(functions, name, None))]
    if missing:
        raise FunctionsMissing(f"{module} does not define {', '.join(missing)}, which events are routed to.")
    source = str(Path(str(functions.__file__)).resolve())
    applications = {f"/{name}": _application(name, source) for name in FUNCTIONS}
    root = Flask("functions")
    root.add_url_rule("/health", view_func=lambda: {"functions": list(FUNCTIONS)})
    return DispatcherMiddleware(root.wsgi_app, applications)


def _import(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except Exception as error:
        raise FunctionsMissing(f"{module} cannot be imported: {type(error).__name__}: {error}") from error


def _application(name: str, source: str) -> Any:
    signature = "http" if name in HTTP_FUNCTIONS else "cloudevent"
    return functions_framework.create_app(target=name, source=source, signature_type=signature)


class _Records(glogging.Logger):
    """Gunicorn's own records among those of the functions, in their form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Server(BaseApplication):
    """Gunicorn without its command line."""

    def __init__(self, application: DispatcherMiddleware, port: int) -> None:
        self._application, self._port = application, port
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": f"127.0.0.1:{self._port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": TIMEOUT_S,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "logger_class": _Records,
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> DispatcherMiddleware:
        """Called in the process that serves: clients must not be made before gunicorn forks it."""
        importlib.import_module("functions.services").services()  # else the first event waits for them
        return self._application


def main() -> None:
    parser = argparse.ArgumentParser(description="All functions in one process")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    telemetry.configure()
    try:
        from_environment()
        application = load()
    except (FunctionsMissing, MissingSetting) as error:
        log.critical("%s", error)
        sys.exit(1)
    _Server(application, arguments.port).run()


if __name__ == "__main__":
    main()
