"""The one-machine stack: `python -m local.stack up | down | reset`, and `Stack` for tests.

A part that dies is started again, with those that live on its memory; one that dies again and again stops the stack.
The data is on disk, and `up` goes on where it was.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType, TracebackType

from rich.console import Console

from local import page, processes, tools
from local.display import Display
from local.errors import StackError
from local.lock import Lock
from local.parts import BUCKET, PROJECT, REGION, Layout, environment, page_configuration, parts
from local.ports import configured_ports, free_ports
from local.supervisor import Part, Running, Supervisor

__all__ = ["Stack", "StackError", "down", "free_ports", "reset", "up"]

FOLDERS = ("storage", "warehouse", "mlflow", "services", "logs", "run")  # all that a stack writes in its data folder
WATCH_S = 0.5
DOWN_WITHIN_S = 60.0
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOT_INHERITED = (
    *("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "GOOGLE_CLOUD_QUOTA_PROJECT"),  # nothing here is Google's
    "PYTHONDONTWRITEBYTECODE",  # compiling every import again at every start takes longer than all else
)


class Stack:
    """A stack on a data folder. As a context manager it is ready inside the block and gone after it."""

    def __init__(
        self,
        home: Path,
        ports: Mapping[str, int] | None = None,
        tell: Callable[[Part, str], None] = lambda part, state: None,
    ) -> None:
        self.home = home.resolve()
        self._layout = Layout(self.home, ports or configured_ports())
        self.environment = environment(self._layout)
        self.page_url = self._layout.url("page")
        self._lock = Lock(self.home / "run/lock")
        self._supervisor = Supervisor(parts(self._layout), self.home / "logs", self._part_environment(), tell)

    def __enter__(self) -> Stack:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until it is ready; raises StackError, after which `stop` is due."""
        self._lock.acquire()
        self._state_file.unlink(missing_ok=True)  # like the processes, of a supervisor that was killed
        processes.end(processes.marked(self.home))
        for folder in FOLDERS:
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        page.assemble(self._layout.firebase_folder, tools.page(), self._layout.ports, page_configuration(self._layout))
        self._supervisor.start()
        self._write_state()

    def check(self) -> None:
        """Start again what has died; raises StackError for a part that dies again and again."""
        self._supervisor.check()

    @property
    def running(self) -> Mapping[str, Running]:
        """The parts' processes, as they are now."""
        return self._supervisor.running

    def stop(self) -> None:
        """End everything this stack started. Safe to call at any time, also twice."""
        if not self._lock.held:
            return
        with _undisturbed():
            self._state_file.unlink(missing_ok=True)
            self._supervisor.stop()
            processes.end(processes.marked(self.home))
            self._lock.release()

    @property
    def _state_file(self) -> Path:
        return self.home / "run/stack.json"

    def _part_environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        own = {"QUICKTEST_HOME": str(self.home), "PYTHONUNBUFFERED": "1", **processes.mark(self.home)}
        return {**inherited, **self.environment, **own}

    def _write_state(self) -> None:
        """What the command line reads to find the stack; complete or absent."""
        state = {
            "pid": os.getpid(),
            "project": PROJECT,
            "region": REGION,
            "bucket": BUCKET,
            "page_url": self.page_url,
            "environment": self.environment,
            "ports": dict(self._layout.ports),
            "parts": {
                name: {"port": running.part.port, "pid": running.process.pid}
                for name, running in self._supervisor.running.items()
            },
        }
        new = self._state_file.with_suffix(".new")
        new.write_text(json.dumps(state, indent=2))
        new.replace(self._state_file)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """No second Ctrl-C cuts this short. Only a main thread gets signals, and only there they can be set aside."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


class _Stopped(Exception):
    """Somebody asked the stack to stop."""


def up(home: Path) -> int:
    """Run the stack until Ctrl-C, SIGTERM or a part that will not live; returns the exit code."""
    console = Console()
    for number in _STOPPING:
        signal.signal(number, _stop)
    began = time.monotonic()
    stack = None
    try:
        with Display(console) as display:
            stack = Stack(home, tell=display)
            stack.start()
            seconds = time.monotonic() - began
            console.print(f"Ready after {seconds:.1f} s: {stack.page_url}  (Ctrl-C stops the stack)", highlight=False)
            while True:
                time.sleep(WATCH_S)
                stack.check()
    except _Stopped:
        return 0
    except StackError as error:
        _complain(error)
        return 1
    finally:
        if stack is not None:
            stack.stop()


def down(home: Path) -> int:
    """Stop the stack that runs on this data folder; returns the exit code."""
    lock = Lock(home.resolve() / "run/lock")
    holder = lock.holder()
    if holder is None:
        processes.end(processes.marked(home))  # of a supervisor that was killed
        print(f"No stack runs on {home}.")
        return 0
    os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_WITHIN_S
    while lock.holder() is not None:
        if time.monotonic() > deadline:
            _complain(StackError(f"The stack (pid {holder}) did not stop within {DOWN_WITHIN_S:.0f} s."))
            return 1
        time.sleep(0.1)
    print("The stack has stopped.")
    return 0


def reset(home: Path) -> int:
    """Delete what stacks keep in the data folder, and nothing else in it, unless one runs; returns the exit code."""
    lock = Lock(home.resolve() / "run/lock")
    holder = lock.holder()
    if holder is not None:
        _complain(StackError(f"A stack runs on {home} (pid {holder}): stop it first with `quicktest down`."))
        return 1
    processes.end(processes.marked(home))
    for folder in FOLDERS:
        if (home / folder).exists():
            shutil.rmtree(home / folder)
    print(f"The stack's data in {home} is gone.")
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise _Stopped


def _complain(error: StackError) -> None:
    print(error, file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.stack", description="The one-machine stack")
    parser.add_argument("command", choices=("up", "down", "reset"))
    parser.add_argument(
        "--home", type=Path, default=Path(os.environ.get("QUICKTEST_HOME") or tools.ROOT / ".quicktest")
    )
    arguments = parser.parse_args()
    sys.exit({"up": up, "down": down, "reset": reset}[arguments.command](arguments.home))


if __name__ == "__main__":
    main()
