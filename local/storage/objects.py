"""Buckets as folders, objects as files, generations as modification times."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_IWUSR

from local.storage.errors import StorageError, not_found, precondition_failed

_BUCKET = re.compile(r"^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$")
_UPLOADS = ".uploads"  # beside the buckets: on the same file system, and never a bucket's name


@dataclass(frozen=True)
class StoredObject:
    """One generation of an object, as it was when looked at."""

    bucket: str
    name: str
    path: Path
    size: int
    generation: int  # st_mtime_ns
    held: bool  # a held object's file may not be written

    @classmethod
    def of(cls, bucket: str, name: str, path: Path) -> StoredObject:
        stat = path.stat()
        return cls(bucket, name, path, stat.st_size, stat.st_mtime_ns, not stat.st_mode & S_IWUSR)


@dataclass(frozen=True)
class Preconditions:
    """What a request demands of the live generation; 0 stands for "there is none"."""

    generation: int | None = None
    not_generation: int | None = None
    metageneration: int | None = None

    def check(self, live: StoredObject | None) -> None:
        generation, metageneration = (live.generation, 1) if live else (0, 0)
        if self.generation not in (None, generation) or self.metageneration not in (None, metageneration):
            raise precondition_failed()
        if self.not_generation is not None and self.not_generation == generation:
            raise precondition_failed()


class Objects:
    """The objects under a folder. Writes are atomic and checked under one lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._uploads = self.folder / _UPLOADS
        shutil.rmtree(self._uploads, ignore_errors=True)  # of a server that was killed
        self._uploads.mkdir(parents=True)
        self._lock = threading.Lock()
        self._last_generation = 0

    # ------------------------------------------------------------------------------------------------ buckets

    def buckets(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir() and _BUCKET.match(path.name))

    def create_bucket(self, bucket: str) -> None:
        if not _BUCKET.match(bucket):
            raise StorageError(400, "invalid", f"Invalid bucket name: '{bucket}'")
        try:
            (self.folder / bucket).mkdir()
        except FileExistsError:
            raise StorageError(409, "conflict", "Your previous request to create the named bucket succeeded.") from None

    def bucket_folder(self, bucket: str) -> Path:
        """The folder of a bucket that exists."""
        folder = self.folder / bucket
        if not _BUCKET.match(bucket) or not folder.is_dir():
            raise not_found(bucket)
        return folder

    # ------------------------------------------------------------------------------------------------ objects

    def get(self, bucket: str, name: str) -> StoredObject:
        live = self._live(bucket, name)
        if live is None:
            raise not_found(bucket, name)
        return live

    def check(self, bucket: str, name: str, conditions: Preconditions) -> None:
        """Raise what an upload with these conditions would raise now."""
        conditions.check(self._live(bucket, name))

    def new_upload(self) -> Path:
        """An empty file to receive bytes, to be handed to `finish_upload`."""
        handle, path = tempfile.mkstemp(dir=self._uploads)
        os.close(handle)
        return Path(path)

    def finish_upload(self, upload: Path, bucket: str, name: str, conditions: Preconditions) -> StoredObject:
        """Make the uploaded bytes the live generation, or remove them and raise."""
        try:
            path = self._path(bucket, name)
            with self._lock:
                live = self._live(bucket, name)
                conditions.check(live)
                _refuse_held(live, "replaced")
                generation = self._next_generation()
                os.utime(upload, ns=(generation, generation))
                _make_parents(path)
                self._place(upload, path, create=conditions.generation == 0)
            return StoredObject(bucket, name, path, path.stat().st_size, generation, held=False)
        finally:
            upload.unlink(missing_ok=True)

    def delete(self, bucket: str, name: str, conditions: Preconditions) -> None:
        with self._lock:
            live = self.get(bucket, name)
            conditions.check(live)
            _refuse_held(live, "deleted")
            live.path.unlink(missing_ok=True)
            self._prune(live.path.parent, self.bucket_folder(bucket))

    def hold(self, bucket: str, name: str, held: bool) -> StoredObject:
        with self._lock:
            path = self.get(bucket, name).path
            path.chmod(path.stat().st_mode & ~S_IWUSR if held else path.stat().st_mode | S_IWUSR)
            return self.get(bucket, name)

    def names(self, bucket: str, prefix: str = "") -> Iterator[str]:
        """Every object's name that starts with `prefix`, in the order of its UTF-8 bytes."""
        root = self.bucket_folder(bucket)
        start = root / prefix.rpartition("/")[0]
        if ".." in start.parts or not start.is_dir():
            return
        found = (
            (Path(folder) / file).relative_to(root).as_posix() for folder, _, files in os.walk(start) for file in files
        )
        yield from sorted((name for name in found if name.startswith(prefix)), key=str.encode)

    def _live(self, bucket: str, name: str) -> StoredObject | None:
        path = self._path(bucket, name)
        try:
            return StoredObject.of(bucket, name, path) if path.is_file() else None
        except FileNotFoundError:  # deleted in between
            return None

    def _path(self, bucket: str, name: str) -> Path:
        """The file of an object. What a path cannot express, or what would lead out of the bucket, is refused."""
        folder = self.bucket_folder(bucket)
        segments = name.split("/")
        if any(part in ("", ".", "..") or "\0" in part or len(part.encode()) > 255 for part in segments):
            raise StorageError(
                400, "invalid", f"The local bucket is a folder, and cannot hold an object named '{name}'."
            )
        path = folder.joinpath(*segments)
        if not path.parent.resolve().is_relative_to(folder):  # a symbolic link to somewhere else
            raise StorageError(400, "invalid", f"'{name}' leads out of the bucket's folder.")
        return path

    @staticmethod
    def _prune(folder: Path, bucket: Path) -> None:
        """Remove the folders that have become empty: a bucket has none, and a deleted run would leave hundreds."""
        while folder != bucket:
            try:
                folder.rmdir()
            except OSError:  # something is in it, or somebody else was faster
                return
            folder = folder.parent

    @staticmethod
    def _place(upload: Path, path: Path, *, create: bool) -> None:
        try:
            if create:
                os.link(upload, path)  # fails when a component was faster, which a rename would not
            else:
                upload.replace(path)
        except FileExistsError:
            raise precondition_failed() from None
        except OSError as error:
            raise StorageError(400, "invalid", f"The local bucket cannot hold this object: {error}") from error

    def _next_generation(self) -> int:
        self._last_generation = max(time.time_ns(), self._last_generation + 1)
        return self._last_generation


def _refuse_held(live: StoredObject | None, done: str) -> None:
    if live is not None and live.held:
        why = f"Object '{live.bucket}/{live.name}' is under active Temporary hold and cannot be {done}."
        raise StorageError(403, "objectUnderActiveHold", why)


def _make_parents(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        message = f"The local bucket is a folder: an object lies where the folder of '{path.name}' would."
        raise StorageError(400, "invalid", message) from error
