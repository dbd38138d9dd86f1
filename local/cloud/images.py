"""Container images on one machine: the folder an image is built from stands for it."""

from __future__ import annotations

import json
import re

from local.tools import ROOT

_ENTRYPOINT = re.compile(r"^ENTRYPOINT\s+(\[.*\])\s*$", re.MULTILINE)
_FOLDERS = {"compiler": "compiler_image", "trainer": "trainer_image"}


class UnknownImage(ValueError):
    """There is no folder for this image, or its Dockerfile does not start a Python module."""


def entrypoint_module(image: str) -> tuple[str, list[str]]:
    """What the image runs: the module and the leading arguments of `ENTRYPOINT ["python", "-m", module, ...]`."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    if name not in _FOLDERS:
        raise UnknownImage(f"{image}: the one-machine stack knows the images {', '.join(sorted(_FOLDERS))} only.")
    dockerfile = ROOT / _FOLDERS[name] / "Dockerfile"
    entrypoints = _ENTRYPOINT.findall(dockerfile.read_text())
    if not entrypoints:
        raise UnknownImage(f"{image}: {dockerfile} has no ENTRYPOINT.")
    return python_module(json.loads(entrypoints[-1]))


def python_module(command: list[str]) -> tuple[str, list[str]]:
    """`["python", "-m", module, *rest]` taken apart; the warm worker is the python."""
    if len(command) < 3 or not command[0].startswith("python") or command[1] != "-m":
        raise UnknownImage(f"The one-machine stack runs `python -m module`, not {command}.")
    return command[2], command[3:]
