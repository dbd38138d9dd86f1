"""The demo in a project and on this machine, one after the other, each in a process with an environment of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quicktest.cloud.demo_rows import Warehouse
from quicktest.commands.demo import DATASET, TABLE
from quicktest.demo import generate
from quicktest.errors import QuicktestError
from quicktest.files import home

# By these a client finds a deployment or an emulator; none of ours may reach the other one's process.
_DEPLOYMENT = ("GOOGLE_CLOUD_PROJECT", "FIREBASE_AUTH_EMULATOR_HOST", "MLFLOW_TRACKING_URI")
_DEPLOYMENT_PARTS = ("QUICKTEST_", "_EMULATOR_HOST")


def folder() -> Path:
    """Where both results are kept, for a later look or `--local`."""
    return home() / "cloud-demo"


def load_rows(warehouse: Warehouse) -> bool:
    """False when they were there."""
    return warehouse.load(generate(), DATASET, TABLE)


def in_project(environment: Mapping[str, str]) -> dict[str, Any]:
    """The result of the deployment that `environment` names; raises QuicktestError when the experiment did not
    complete. Its data folder is empty, else a stack of this one would be taken for it."""
    nobody = folder() / "no-stack"
    return _run("project.json", {**environment, "QUICKTEST_HOME": str(nobody)})


def on_this_machine() -> dict[str, Any]:
    """The same, of the stack that runs in our data folder, or of one that is started for it."""
    return _run("local.json", {"QUICKTEST_HOME": str(home()), **_ports()}, "--here")


def read(file: Path) -> dict[str, Any]:
    """A result that was kept; raises QuicktestError when it is none."""
    try:
        found = json.loads(file.read_text())
        if found["run"]["state"] == "completed":
            return found
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuicktestError(f"{file} is not a kept result of the demo. Leave out --local to make one.") from error
    raise QuicktestError(f"{file} holds a demo that is {found['run']['state']}. Leave out --local to make another.")


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Without anything that leads to a deployment."""
    return {
        name: value
        for name, value in environment.items()
        if name not in _DEPLOYMENT and not any(part in name for part in _DEPLOYMENT_PARTS)
    }


def _ports() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name == "QUICKTEST_PORTS"}


def _run(name: str, environment: Mapping[str, str], *options: str) -> dict[str, Any]:
    file = folder() / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "quicktest.cloud.demo_run", str(file), *options]
    code = ended(command, {**clean(os.environ), **environment})
    if code or not file.is_file():
        project = environment.get("GOOGLE_CLOUD_PROJECT")
        where = "on this machine" if options else f"in {project}"
        look = "" if options else f" `GOOGLE_CLOUD_PROJECT={project} quicktest list` shows what is there."
        raise QuicktestError(f"The demo did not complete {where}: see above.{look} Mend that, then run this again.")
    return read(file)


def ended(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit code. Ctrl-C reaches the process, too, and SIGTERM is passed on; it is waited for and never killed, as
    it has a stack to stop."""
    process = subprocess.Popen(command, env=environment)
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, before)
