"""`python -m local.worker --socket PATH`, in the TFX environment."""

from __future__ import annotations

import argparse
from pathlib import Path

from local.worker.server import Worker, listen


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.worker", description="Run TFX modules in forks of a warm process.")
    parser.add_argument("--socket", type=Path, required=True, help="Unix socket to listen on")
    parser.add_argument(
        "--no-preload", action="store_true", help="import nothing beforehand (tests of the worker itself)"
    )
    arguments = parser.parse_args()
    # Listening comes first: requests that arrive during the imports wait in the socket's queue.
    listener = listen(arguments.socket)
    if not arguments.no_preload:
        from local.worker.preload import preload

        print(f"ready after {preload():.1f} s of imports", flush=True)
    Worker(listener).serve()


if __name__ == "__main__":
    main()
