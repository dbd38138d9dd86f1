"""Watches the buckets' folders for files that components finish: closed after writing, or renamed into place."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from local.storage.errors import StorageError
from local.storage.objects import Objects, StoredObject

SETTLED_S = 0.1
# What TensorFlow, Beam, TFX and our trainer name files that are not finished.
_TEMPORARY = re.compile(r"(^|/)\.|\.(tmp|part|partial|temp)$|\.tempstate|_temp/|/beam-temp|~$")


def is_temporary(name: str) -> bool:
    return _TEMPORARY.search(name) is not None


class Watcher:
    """Calls `announce` for every object that appears in a bucket's folder."""

    def __init__(self, objects: Objects, announce: Callable[[StoredObject], None]) -> None:
        self._observer = Observer()
        self._observer.schedule(_Handler(objects, announce), str(objects.folder), recursive=True)
        self._observer.start()

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()


class _Handler(FileSystemEventHandler):
    def __init__(self, objects: Objects, announce: Callable[[StoredObject], None]) -> None:
        self._objects, self._announce = objects, announce

    def on_any_event(self, event: FileSystemEvent) -> None:
        if isinstance(event, FileClosedEvent):
            self._finished(Path(str(event.src_path)))
        elif isinstance(event, FileMovedEvent):
            self._finished(Path(str(event.dest_path)))
        elif isinstance(event, DirCreatedEvent | DirMovedEvent):
            # Files may have been written before the new folder was watched.
            folder = Path(str(event.dest_path or event.src_path))
            timer = threading.Timer(2 * SETTLED_S, self._scan, [folder])
            timer.daemon = True
            timer.start()

    def _scan(self, folder: Path) -> None:
        for path in (Path(parent) / file for parent, _, files in os.walk(folder) for file in files):
            try:
                settled = path.is_file() and path.stat().st_mtime < time.time() - SETTLED_S
            except FileNotFoundError:  # gone since it was listed
                continue
            if settled:
                self._finished(path)

    def _finished(self, path: Path) -> None:
        bucket, _, name = path.relative_to(self._objects.folder).as_posix().partition("/")
        if not name or bucket.startswith(".") or is_temporary(name):
            return
        try:
            self._announce(self._objects.get(bucket, name))
        except StorageError:
            return  # removed or renamed since, or not a name that an object can have
