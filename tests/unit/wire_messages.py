"""Recorded requests (facts-events 1.1 to 1.4, byte by byte) and the applications that functions-framework makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import functions_framework
from flask import Flask
from werkzeug.test import TestResponse

import functions.main

FOLDER = Path(__file__).parent / "wire"
SOURCE = str(Path(functions.main.__file__))
HTTP_FUNCTIONS = ("sweep", "on_dead_letter")


@dataclass(frozen=True)
class Message:
    """One HTTP request as it is on the wire: `{function}.{what}.http`."""

    function: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def send(self, application: Flask) -> TestResponse:
        return application.test_client().post(self.target, headers=list(self.headers), data=self.body)


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
