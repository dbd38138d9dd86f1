"""Recorded requests (facts-events 1.1 to 1.4, byte by byte) and the applications that functions-framework makes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import functions_framework
from flask import Flask

import functions.main

FOLDER = Path(__file__).parent / "wire"
SOURCE = str(Path(functions.main.__file__))
HTTP_FUNCTIONS = ("sweep", "on_dead_letter")
_GATEWAY = {
    "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.errors": io.StringIO(),
    "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
}  # fmt: skip


@dataclass(frozen=True)
class Message:
    """One HTTP request as it is on the wire: `{function}.{what}.http`."""

    function: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def send(self, application: Flask, content_length: int | None = None) -> int:
        """The status that is answered to it, handed over as gunicorn does: doubled headers are joined."""
        path, _, query = self.target.partition("?")
        environ: dict[str, Any] = {
            **_GATEWAY,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "wsgi.input": io.BytesIO(self.body),
            "CONTENT_LENGTH": str(len(self.body) if content_length is None else content_length),
        }
        for name, value in self.headers:
            known = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
            environ[known] = f"{environ[known]},{value}" if known in environ else value
        answered: list[str] = []
        for _ in application(environ, lambda status, *_: answered.append(status)):
            pass  # an answer is complete when its body is
        return int(answered[0].split(" ")[0])


def recorded(name: str) -> Message:
    head, _, body = (FOLDER / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
    request, *lines = head.decode("latin-1").split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines]
    sent = tuple((name, value) for name, value in headers if name not in ("host", "content-length"))
    return Message(name.partition(".")[0], request.split(" ")[1], sent, body)


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.http"))


def application(function: str) -> Flask:
    signature = "http" if function in HTTP_FUNCTIONS else "cloudevent"
    return functions_framework.create_app(function, SOURCE, signature)
