"""Serves the built page as Firebase Hosting does: rewrites and headers are those of firebase.json."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local import accounts
from local.page import hosting_config
from local.tools import ROOT
from tests.web.emulators import PROJECT

DIST = Path(os.environ.get("QUICKTEST_DIST") or ROOT / "web/dist")  # or a build that was made beside it


def hosting_headers(emulators: Mapping[str, str]) -> dict[str, str]:
    """Headers that the stack's hosting gives to every path."""
    rules = hosting_config([f"http://{host}" for host in emulators.values()])["headers"]
    everywhere = next(rule for rule in rules if rule["source"] == "**")
    return {header["key"]: header["value"] for header in everywhere["headers"]}


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, config: dict[str, Any], headers: dict[str, str]) -> None:
        self._config, self._headers = config, headers
        super().__init__(*arguments, directory=str(DIST))

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/config.json":
            self._send_config()
        else:
            is_asset = path.startswith("/assets/")  # one of another build: nothing stands in for it
            if not is_asset and not (DIST / path.lstrip("/")).is_file():
                self.path = "/index.html"
            super().do_GET()

    def end_headers(self) -> None:
        for key, value in self._headers.items():
            self.send_header(key, value)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Requests are not logged: pytest shows what failed."""

    def _send_config(self) -> None:
        body = json.dumps(self._config).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes elsewhere in the middle of an answer is not worth a traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def serve_page(emulators: dict[str, str] | None) -> Iterator[str]:
    """Yields the address of the page; without emulators it asks for a sign-in, as in production."""
    assert (DIST / "index.html").is_file(), "Build the page first: cd web && npm ci && npm run build"
    config: dict[str, Any] = {"projectId": PROJECT, "apiKey": "local", "mlflow": "http://127.0.0.1:8741"}
    if emulators is not None:
        config |= {"emulators": emulators, "accounts": accounts.for_page()}
    handler = partial(_Handler, config=config, headers=hosting_headers(emulators or {}))
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
