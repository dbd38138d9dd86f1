"""What the images of a release are built from: digests of all files that the builder is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

LENGTH = 16  # of a digest: enough to notice a change, and the command that carries them stays readable


def digests(root: Path) -> dict[str, str]:
    """For each file and folder that .gcloudignore of the checkout at `root` sends, a digest of its names and contents:
    equal for equal files, with git and without."""
    lines = (root / ".gcloudignore").read_text().splitlines()
    sent = [line.removeprefix("!/").rstrip("/") for line in lines if line.startswith("!/")]
    return {name: _digest(root, root / name) for name in sent}


def written(found: dict[str, str]) -> str:
    """As one word, which a build takes and leaves in the records of its images."""
    return "+".join(f"{name}:{digest}" for name, digest in sorted(found.items()))


def differing(here: dict[str, str], recorded: str) -> set[str]:
    """What is not the same in a checkout and in the word of a record."""
    there = dict(each.split(":") for each in recorded.split("+") if ":" in each)
    return {name for name, _ in here.items() ^ there.items()}


def _digest(root: Path, path: Path) -> str:
    found = hashlib.sha256()
    for file in _files(path):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        found.update(f"{content} {file.relative_to(root).as_posix()}\n".encode())
    return found.hexdigest()[:LENGTH]


def _files(path: Path) -> Iterator[Path]:
    """Python leaves its own files beside what it has run; these are not sent."""
    found = [path] if path.is_file() else path.rglob("*")
    yield from sorted(file for file in found if file.is_file() and "__pycache__" not in file.parts)
