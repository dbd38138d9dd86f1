"""Reads the log of the functions: JSON lines as `functions/telemetry.py` writes them, and some that others print."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shared.errors import clean


def record(line: str) -> Mapping[str, Any] | None:
    """The record on a line, or None for a line of a library that prints, or one cut off by a kill."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and "message" in found else None


def readable(line: str) -> str:
    """A line for people: of a record, its message and what its exception says at the end. Whatever names it quotes,
    it is one line, and no command to a terminal."""
    found = record(line)
    if found is None:
        return clean(line)
    error = str(found.get("exception") or "").strip().rpartition("\n")[2]
    message = " ".join(str(found["message"]).split())
    return clean(f"{message}: {error}" if error else message)
