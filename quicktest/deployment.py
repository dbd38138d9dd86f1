"""Which deployment the user talks to: the stack that runs in this folder, or a Google project."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quicktest.errors import NothingRunning
from quicktest.files import home


@dataclass(frozen=True)
class Deployment:
    project: str
    region: str
    page_url: str | None
    local: bool
    bucket: str | None = None


def find_deployment() -> Deployment:
    """The running stack of `QUICKTEST_HOME`, whose endpoints enter the environment; else the configured project."""
    stack = running_stack()
    if stack is not None:
        os.environ.update(stack["environment"])
        return Deployment(stack["project"], stack["region"], stack.get("page_url"), True, stack.get("bucket"))
    project = os.environ.get("GOOGLE_CLOUD_PROJECT")
    if not project:
        raise NothingRunning
    page = os.environ.get("QUICKTEST_PAGE_URL") or f"https://{project}.web.app"
    region, bucket = os.environ.get("QUICKTEST_REGION", "europe-west4"), os.environ.get("QUICKTEST_BUCKET")
    return Deployment(project, region, page, False, bucket)


def running_stack(folder: Path | None = None) -> dict[str, Any] | None:
    """What `stack.json` says, when the supervisor that wrote it lives."""
    path = (folder or home()) / "run" / "stack.json"
    try:
        stack = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):  # no stack, or one that is just being written
        return None
    return stack if _lives(int(stack["pid"])) else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process: alive
        return True
    return True
