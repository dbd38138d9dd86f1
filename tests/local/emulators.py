"""Some parts of the stack alone, as the stack itself starts them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from local.parts import PROJECT, Layout
from local.ports import free_ports
from local.supervisor import Part, Supervisor


@contextlib.contextmanager
def running(folder: Path, *makers: Callable[[Layout], Part]) -> Iterator[Layout]:
    """Start parts on free ports; yields where they listen."""
    layout = Layout(folder, free_ports())
    parts = [make(layout) for make in makers]
    supervisor = Supervisor(parts, folder / "logs", os.environ, tell=lambda part, state: None)
    try:
        supervisor.start()
        yield layout
    finally:
        supervisor.stop()


def documents_url(emulator: str, path: str = "") -> str:
    return f"http://{emulator}/v1/projects/{PROJECT}/databases/(default)/documents{path}"


def clear(emulator: str) -> None:
    """Remove every document."""
    url = f"http://{emulator}/emulator/v1/projects/{PROJECT}/databases/(default)/documents"
    httpx.delete(url, timeout=30).raise_for_status()
