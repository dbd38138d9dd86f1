"""Starts parts side by side, watches them, starts again what dies, and ends them with everything they started."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.errors import StackError
from local.health import HealthCheck
from local.log_lines import readable
from local.ports import require_free
from local.processes import PART, end, end_tree, with_environment

HEALTHY_WITHIN_S = 90.0
MOST_DEATHS, COUNTED_FOR_S = 5, 120.0  # of one part: beyond them starting it again will not help
_POLL_S = 0.05


@dataclass(frozen=True)
class Part:
    """One program of the stack. `background` parts start last and are not waited for."""

    name: str
    command: Sequence[str | Path]
    health: HealthCheck
    ports: Mapping[str, int] = field(default_factory=dict)  # the first one is shown
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    background: bool = False
    when_healthy: Callable[[], None] = lambda: None  # after each start, also one that follows a death
    before_stop: Callable[[], None] = lambda: None
    takes_along: Sequence[str] = ()  # parts that must start again when this one does

    @property
    def port(self) -> int | None:
        return next(iter(self.ports.values()), None)


@dataclass
class Running:
    """A part whose process was started."""

    part: Part
    process: subprocess.Popen[bytes]
    log: Path
    healthy: bool = False


Listener = Callable[[Part, str], None]


class Supervisor:
    """The processes of one stack. Not thread-safe: one thread starts, watches and stops."""

    def __init__(self, parts: Sequence[Part], logs: Path, environment: Mapping[str, str], tell: Listener) -> None:
        self._parts, self._logs, self._environment, self._tell = parts, logs, environment, tell
        self.running: dict[str, Running] = {}
        self._deaths: dict[str, list[float]] = {}
        self._started = False

    def start(self, limit_s: float = HEALTHY_WITHIN_S) -> None:
        """Start everything and wait until it is healthy; raises StackError, after which `stop` is due."""
        for part in self._parts:
            self._tell(part, "waiting")
            require_free(part.name, part.ports)
        self._logs.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + limit_s
        self._start_all(background=False)
        while not self._foreground_healthy():
            self.check()
            if time.monotonic() > deadline:
                raise self._too_slow(limit_s)
            time.sleep(_POLL_S)
        self._start_all(background=True)
        self._started = True

    def check(self) -> None:
        """Notice what became healthy, and start again what has died; raises StackError for a part that dies while the
        stack starts, or again and again."""
        for running in list(self.running.values()):
            code = running.process.poll()
            if code is not None and running is self.running[running.part.name]:
                self._tell(running.part, "died")
                self._revive(running, code)
            elif not running.healthy and running.part.health():
                running.part.when_healthy()
                running.healthy = True
                self._tell(running.part, "ready")

    def stop(self) -> None:
        """End all processes, those started last first: what writes ends before what stores."""
        for running in reversed(list(self.running.values())):
            running.part.before_stop()
            end_tree(running.process.pid)
            running.process.wait()
            self._tell(running.part, "stopped")
        self.running.clear()
        self._deaths.clear()
        self._started = False

    def _revive(self, dead: Running, code: int) -> None:
        """What it had started is ended first, and what cannot go on without its memory starts again with it."""
        name, now = dead.part.name, time.monotonic()
        self._deaths[name] = [at for at in self._deaths.get(name, []) if now - at < COUNTED_FOR_S] + [now]
        if not self._started or len(self._deaths[name]) > MOST_DEATHS:
            raise StackError(_obituary(dead, code))
        for running in [dead, *(self.running[other] for other in dead.part.takes_along if other in self.running)]:
            end_tree(running.process.pid)
            end(with_environment(self._mark(running.part)))
            running.process.wait()
        for other in (name, *dead.part.takes_along):
            if other in self.running:
                self._start(self.running[other].part)

    def _mark(self, part: Part) -> dict[str, str]:
        """What the environment of every process of a part holds."""
        return {PART: f"{self._logs.resolve()}/{part.name}"}

    def _foreground_healthy(self) -> bool:
        return all(running.healthy for running in self.running.values() if not running.part.background)

    def _start_all(self, *, background: bool) -> None:
        for part in self._parts:
            if part.background == background:
                self._start(part)

    def _start(self, part: Part) -> None:
        log = self._logs / f"{part.name}.log"
        with log.open("ab" if part.name in self._deaths else "wb") as output:
            process = subprocess.Popen(
                [str(argument) for argument in part.command],
                cwd=part.folder,
                env={**self._environment, **part.environment, **self._mark(part)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C in the terminal reaches the supervisor alone
            )
        self.running[part.name] = Running(part, process, log)
        self._tell(part, "warming up" if part.background else "starting")

    def _too_slow(self, limit_s: float) -> StackError:
        late = [running for running in self.running.values() if not running.healthy and not running.part.background]
        names = ", ".join(f"{running.part.name} ({running.log})" for running in late)
        return StackError(f"Not healthy after {limit_s:.0f} s: {names}. The log in brackets says what it waits for.")


def _obituary(running: Running, code: int) -> str:
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return f"{running.part.name} {how}: {last_line(running.log)} Its log: {running.log}"


def last_line(log: Path) -> str:
    """The last line of a log that is not empty, for people."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return readable(lines[-1]) if lines else "it printed nothing."
