"""The child's side of a fork: become a process of its own, then run a module as `python -m` would."""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import traceback
from dataclasses import dataclass
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)  # loaded before the fork: a child should load as little as it can


@dataclass(frozen=True)
class Request:
    """One process to run; `environment` is added to the worker's own."""

    module: str
    argv: list[str]
    environment: dict[str, str]
    log_path: str
    cwd: str


def run_child(request: Request, parent: int) -> NoReturn:
    """Never returns: the exit code is the module's, 1 after an exception (its traceback is in the log)."""
    code = 1
    try:
        _detach(request, parent)
        sys.argv = [request.module, *request.argv]
        runpy.run_module(request.module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as stop:
        code = _exit_code(stop)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # the worker's exit handlers are not the child's


def _detach(request: Request, parent: int) -> None:
    os.setsid()
    _die_with(parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    log = os.open(request.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    sys.stdout.reconfigure(line_buffering=True)  # a log is read while it grows
    os.chdir(request.cwd)
    os.environ.update(request.environment)


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when the worker ends, also when that happened a moment ago."""
    if _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os._exit(1)


def _exit_code(stop: SystemExit) -> int:
    """What Python itself would exit with."""
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code
    print(stop.code, file=sys.stderr)
    return 1
