"""One process of a build or a task: run by the warm worker, its output followed into the log store, ended on demand."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.logs import LogStore
from local.cloud.output import Tail, failure_summary
from local.cloud.worker_client import Process, WorkerClient, WorkerLost
from local.processes import end_tree

GRACE_S = 1.0  # between asking a process to end and forcing it: a cancel is promised within seconds
KILLED = 128 + signal.SIGKILL
MAX_TRIES = 3  # of a process whose worker was lost, as the real services try again when a machine goes


@dataclass(frozen=True)
class Outcome:
    """`summary` is empty after a success."""

    exit_code: int
    summary: str
    seconds: float
    max_rss_kb: int = 0

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0

    def describe(self) -> str:
        """`exited with 137 (SIGKILL): <last exception>`"""
        name = signal.Signals(self.exit_code - 128).name if self.exit_code > 128 else ""
        reason = f"exited with {self.exit_code}" + (f" ({name})" if name else "")
        return f"{reason}: {self.summary}" if self.summary else reason


@dataclass(frozen=True)
class Place:
    """Where processes run: environment and folders that are the same for all of them."""

    worker: WorkerClient
    logs: LogStore
    environment: dict[str, str]
    output_folder: Path
    scratch_folder: Path


class Execution:
    """A process that can be stopped from another thread, also before it has started."""

    def __init__(self, place: Place, name: str, module: str, argv: list[str], log_name: str, resource: dict[str, Any]):
        self._place, self._name, self._module, self._argv = place, name, module, argv
        self._log_name, self._resource = log_name, resource
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._stopped = False
        self._deadline: float | None = None

    def run(self, timeout_s: float | None = None) -> Outcome:
        """Block until the process ended; raises WorkerLost when the worker did."""
        self._deadline = None if timeout_s is None else time.monotonic() + timeout_s
        scratch = self._place.scratch_folder / self._name
        scratch.mkdir(parents=True, exist_ok=True)
        log_path = self._place.output_folder / f"{self._name}.log"
        log_path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._run(log_path, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)  # what a killed process left; nothing depends on it

    def stop(self) -> None:
        """End the process and all it started; returns when they are gone."""
        with self._lock:
            self._stopped, pid = True, self._pid
        if pid is not None:
            end_tree(pid, GRACE_S)

    @property
    def timed_out(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline

    def _run(self, log_path: Path, scratch: Path) -> Outcome:
        started = time.monotonic()
        tail = Tail(log_path, lambda severity, line: self._write(severity, line))
        process = Process(
            self._module, self._argv, {**self._place.environment, "TMPDIR": str(scratch)}, str(log_path), str(scratch)
        )
        try:
            done = self._place.worker.run(process, self._started, lambda: self._idle(tail))
        finally:
            with self._lock:
                self._pid = None  # the number may soon be another process's
            tail.close()
        telling = done.exit_code not in (0, KILLED)  # whoever was killed had no last words
        summary = failure_summary(log_path.read_text(errors="replace")) if telling else ""
        return Outcome(done.exit_code, summary, time.monotonic() - started, done.max_rss_kb)

    def _started(self, pid: int) -> None:
        with self._lock:
            self._pid, stopped = pid, self._stopped
        if stopped:
            end_tree(pid, GRACE_S)

    def _idle(self, tail: Tail) -> None:
        tail.read()
        if self.timed_out:
            self.stop()

    def _write(self, severity: str, line: str) -> None:
        self._place.logs.write_line(self._log_name, self._resource, severity, line)


__all__ = ["MAX_TRIES", "Execution", "Outcome", "Place", "WorkerLost"]
