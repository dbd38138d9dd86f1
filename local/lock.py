"""One stack per data folder: a lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from local.errors import StackError


class Lock:
    """An exclusive lock on a file that holds the owner's pid."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    @property
    def held(self) -> bool:
        """Whether this object has the lock."""
        return self._file is not None

    def acquire(self) -> None:
        """Take the lock; raises StackError when another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = file.read().strip()
            file.close()
            home = self._path.parents[1]
            raise StackError(f"A stack already runs on {home} (pid {pid}); `quicktest down` stops it.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def holder(self) -> int | None:
        """The pid of the process that has the lock, or None. A file left by a dead process is not a lock."""
        try:
            file = self._path.open("r")
        except FileNotFoundError:
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read())
            return None
