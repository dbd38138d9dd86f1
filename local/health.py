"""Ways to ask a part whether it is up. Each returns at once."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

HealthCheck = Callable[[], bool]
ASK_S = 1.0


def http(*urls: str) -> HealthCheck:
    """Healthy when all addresses answer with success."""
    return lambda: all(map(_answers, urls))


def _answers(url: str) -> bool:
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=ASK_S)
    try:
        connection.request("GET", address.path or "/")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def port(*numbers: int) -> HealthCheck:
    """Healthy when all ports accept connections."""

    def check() -> bool:
        for number in numbers:
            with socket.socket() as probe:
                probe.settimeout(ASK_S)
                if probe.connect_ex(("127.0.0.1", number)) != 0:
                    return False
        return True

    return check


def log_line(log: Path, text: str) -> HealthCheck:
    """Healthy when the log has a line that begins with `text`."""

    def check() -> bool:
        return log.is_file() and any(line.startswith(text) for line in log.read_text(errors="replace").splitlines())

    return check
