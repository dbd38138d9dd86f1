"""The demo's experiment in the deployment of this process' environment, and its whole result as a file.

A process of its own, because two deployments in one would share the variables by which clients find their services:
`python -m quicktest.cloud.demo_run RESULT.json [--here]`; with --here on this machine, in a stack of its own unless one
runs.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from quicktest.client import Client
from quicktest.commands.demo import EXPERIMENT, load_purchases, own_stack
from quicktest.commands.watching import follow, terminated_like_interrupted
from quicktest.deployment import running_stack


def main(file: Path, here: bool) -> int:
    """Follow it to its end; the exit code is that of `quicktest watch`."""
    with terminated_like_interrupted(), ExitStack() as cleanup:
        if here:
            if not running_stack():
                cleanup.enter_context(own_stack())
            load_purchases()
        experiment = Client().run(EXPERIMENT)
        code = follow(experiment)
        result = {
            "run": experiment.run(),
            "snapshot": experiment.snapshot() or {},
            "evaluation": experiment.detail("evaluation") or {},
        }
        file.write_text(json.dumps(result, default=_text))
    return code


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--here" in sys.argv[2:]))
