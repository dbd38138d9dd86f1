"""Times as Google's JSON writes them."""

from __future__ import annotations

from datetime import datetime, timezone


def now() -> str:
    """`2026-11-21T09:44:00.123456Z`"""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
