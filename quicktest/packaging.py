"""The archive that Cloud Functions builds every function from: functions/ and shared/ with what they need, and no more.

Equal content gives equal bytes on every machine, so the name of the archive's object can hold its hash, and Terraform
deploys nothing when nothing changed.
"""

from __future__ import annotations

import argparse
import hashlib
import stat
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from quicktest.errors import QuicktestError
from quicktest.files import PROJECT_ROOT

PACKAGES = ("functions", "shared")
REQUIREMENTS = "requirements/functions.lock"
SUFFIXES = (".py", ".jinja")
BEGINNING = (1980, 1, 1, 0, 0, 0)  # of the time that zip files know
UNIX = 3  # else the system that packs would be in the archive

# What the platform loads; a function is deployed with the name of one of these as its target.
MAIN = '''"""The entry points, each by its name."""

from functions.main import *  # noqa: F403
'''


class NotPackable(QuicktestError):
    """What lies in the folders is not what an archive may hold; the message names it."""


def write_archive(root: Path, target: Path) -> str:
    """Pack the checkout at `root` into the zip file `target`; returns its SHA-256. Raises NotPackable."""
    contents = dict(_contents(root))
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(contents):
            archive.writestr(_entry(name), contents[name])
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _contents(root: Path) -> Iterator[tuple[str, bytes]]:
    yield "main.py", MAIN.encode()
    requirements = root / REQUIREMENTS
    if not requirements.is_file():
        raise NotPackable(f"{requirements} is missing: run this in a checkout of Quicktest, after `make lock`.")
    yield "requirements.txt", requirements.read_bytes()
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and "__pycache__" not in path.parts:
                yield name, _read(path, name)


def _read(path: Path, name: str) -> bytes:
    """Whatever else lies about is refused, for it may be a secret, or is missed where it should have been packed."""
    if path.suffix not in SUFFIXES or path.is_symlink():
        raise NotPackable(
            f"{name} is neither Python nor a template: remove it, or add its kind to SUFFIXES in "
            "quicktest/packaging.py."
        )
    return path.read_bytes()


def _entry(name: str) -> zipfile.ZipInfo:
    """Stored as it is: what compressing gives differs from one zlib to the next, and it is 1.4 MB."""
    entry = zipfile.ZipInfo(name, BEGINNING)
    entry.create_system = UNIX
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/package-functions", description="Pack the functions for Google Cloud."
    )
    parser.add_argument("out", type=Path, help="the zip file to write")
    try:
        print(write_archive(PROJECT_ROOT, parser.parse_args().out))
    except NotPackable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
