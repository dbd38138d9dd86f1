"""Where this checkout keeps its data on one machine (`QUICKTEST_HOME`)."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def home() -> Path:
    """The data folder of the one-machine stack; it need not exist."""
    return Path(os.environ.get("QUICKTEST_HOME") or PROJECT_ROOT / ".quicktest")


def warehouse() -> Path:
    return home() / "warehouse"
