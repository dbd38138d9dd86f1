"""`python -m local.late --until URL MODULE ARGUMENTS…`: import a module now, run it once an address answers.

Imports take most of a start, and need nobody; what the module does may need another part to be ready.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time

from local.health import http

_POLL_S = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.late")
    parser.add_argument("--until", required=True, metavar="URL", help="an address that answers 200 when it is time")
    parser.add_argument("module", help="a package that can be run with `python -m`")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    program = importlib.import_module(f"{arguments.module}.__main__")
    ready = http(arguments.until)
    while not ready():  # the supervisor has the limit
        time.sleep(_POLL_S)
    sys.argv = [arguments.module, *arguments.arguments]
    program.main()


if __name__ == "__main__":
    main()
