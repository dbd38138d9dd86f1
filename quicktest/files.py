"""Where this checkout keeps its data on one machine (`QUICKTEST_HOME`)."""

from __future__ import annotations

import os
from pathlib import Path

from quicktest.errors import QuicktestError

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def home() -> Path:
    """The data folder of the one-machine stack; it need not exist."""
    return Path(os.environ.get("QUICKTEST_HOME") or PROJECT_ROOT / ".quicktest")


def warehouse() -> Path:
    return home() / "warehouse"


def require_folder(file: Path) -> None:
    """Raises QuicktestError when the folder of a file to write is not there."""
    if not file.resolve().parent.is_dir():
        raise QuicktestError(f"There is no folder {file.resolve().parent}. Make it, or name another file.")
