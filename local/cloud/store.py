"""Records that survive a restart: one JSON file each, replaced atomically."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Store:
    """A folder of JSON records named by id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, record_id: str, record: dict[str, Any]) -> None:
        """Write all of the record or nothing of it."""
        path = self._folder / f"{record_id}.json"
        partial = path.with_suffix(".partial")
        with partial.open("w") as file:
            json.dump(record, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def load_all(self) -> Iterator[dict[str, Any]]:
        for path in sorted(self._folder.glob("*.json")):
            yield json.loads(path.read_text())
