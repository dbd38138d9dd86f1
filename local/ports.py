"""The ports of the stack: defaults, how to change them, and whether they are free."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

import psutil

from local.errors import StackError

VARIABLE = "QUICKTEST_PORTS"
DEFAULT_PORTS: Mapping[str, int] = {
    "firestore": 8701,
    "gateway": 8702,
    "pubsub": 8711,
    "cloud": 8721,
    "storage": 8731,
    "bigquery": 8732,
    "mlflow": 8741,
    "functions": 8751,
    "auth": 8761,
    "hub": 8762,
    "logging": 8763,
    "page": 8080,
}


def configured_ports(environment: Mapping[str, str] = os.environ) -> dict[str, int]:
    """The defaults, changed by QUICKTEST_PORTS (`firestore=8801,page=8081`)."""
    ports = dict(DEFAULT_PORTS)
    for entry in filter(None, environment.get(VARIABLE, "").split(",")):
        name, _, number = (text.strip() for text in entry.partition("="))
        if name not in ports or not number.isdigit() or not 0 < int(number) < 65_536:
            names = ", ".join(ports)
            raise StackError(f"{VARIABLE}: '{entry}' is not NAME=PORT with a name out of {names}.")
        ports[name] = int(number)
    return ports


def free_ports() -> dict[str, int]:
    """A free port for each name, for stacks beside the user's own. All are held until the last one is chosen."""
    probes = {name: socket.socket() for name in DEFAULT_PORTS}
    try:
        for probe in probes.values():
            probe.bind(("127.0.0.1", 0))
        return {name: probe.getsockname()[1] for name, probe in probes.items()}
    finally:
        for probe in probes.values():
            probe.close()


def is_free(port: int) -> bool:
    """Nobody listens. A connection decides: with SO_REUSEPORT a second server could bind the same port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def require_free(part: str, ports: Mapping[str, int]) -> None:
    """Raise one sentence naming part, port and remedy when a port of the part is taken."""
    for name, port in ports.items():
        if not is_free(port):
            raise StackError(
                f"Port {port}, which {part} needs, is in use{_user_of(port)}: stop what uses it, or choose another "
                f"port with {VARIABLE}={name}={_next_free(port)}."
            )


def _next_free(port: int) -> int:
    return next(other for other in range(port + 100, 65_536) if is_free(other))


def _user_of(port: int) -> str:
    """` by java (pid 12)` when the system tells."""
    try:
        listeners = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return ""
    for listener in listeners:
        if listener.status == psutil.CONN_LISTEN and listener.laddr.port == port and listener.pid:
            try:
                return f" by {psutil.Process(listener.pid).name()} (pid {listener.pid})"
            except psutil.NoSuchProcess:
                return ""
    return ""
