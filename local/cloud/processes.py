"""Ending a process with everything it started."""

from __future__ import annotations

import psutil

GRACE_S = 1.0


def kill_tree(pid: int) -> None:
    """SIGTERM, a second of grace, then SIGKILL, for the process and all its descendants; returns when they are gone."""
    processes = _tree(pid)
    _signal(processes, psutil.Process.terminate)
    _, stubborn = psutil.wait_procs(processes, timeout=GRACE_S)
    # Once more: what was started during the grace time, also by those that have ended since.
    stubborn = {*stubborn, *(child for process in stubborn for child in _tree(process.pid))}
    _signal(stubborn, psutil.Process.kill)
    psutil.wait_procs(list(stubborn), timeout=GRACE_S)


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _signal(processes, send) -> None:
    for process in processes:
        try:
            send(process)
        except psutil.NoSuchProcess:
            continue
