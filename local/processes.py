"""Finds and ends the processes of a stack, and no others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

MARK = "QUICKTEST_STACK"  # in the environment of every process of a stack, inherited by whatever they start
PART = "QUICKTEST_PART"  # likewise, of every process of one part
END_WITHIN_S = 10.0


def mark(home: Path) -> dict[str, str]:
    """The environment that marks processes as those of the stack in `home`."""
    return {MARK: str(home.resolve())}


def marked(home: Path) -> list[psutil.Process]:
    """Every living process of the stack in `home`, whoever its parent is by now."""
    return with_environment(mark(home))


def with_environment(wanted: Mapping[str, str]) -> list[psutil.Process]:
    """Every living process in whose environment these values are."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it ended just now, or it is another user's
            environment = process.environ()
            if all(environment.get(name) == value for name, value in wanted.items()):
                found += [process] if process.status() != psutil.STATUS_ZOMBIE else []
    return found


def end_tree(pid: int, limit_s: float = END_WITHIN_S) -> None:
    """End a process and its descendants."""
    with contextlib.suppress(psutil.NoSuchProcess):
        end(_with_descendants(psutil.Process(pid)), limit_s)


def end(processes: Iterable[psutil.Process], limit_s: float = END_WITHIN_S) -> None:
    """Ask all to end; force those that do not. psutil never signals a pid that somebody else has got since."""
    alive = list(processes)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(alive, timeout=limit_s)
    alive = {other for process in stubborn for other in _with_descendants(process)}  # some were started meanwhile
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(list(alive), timeout=limit_s)


def _with_descendants(process: psutil.Process) -> list[psutil.Process]:
    """Looked up before the process ends: afterwards its children belong to somebody else."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
