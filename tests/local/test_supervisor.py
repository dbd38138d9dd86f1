"""The supervisor with small parts: what it says when something is wrong, and that nothing is left running."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from local import health, processes
from local.display import Display
from local.errors import StackError
from local.lock import Lock
from local.ports import DEFAULT_PORTS, configured_ports, free_ports, is_free
from local.supervisor import MOST_DEATHS, Part, Supervisor
from tests.local.conftest import free_port

SERVE = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
SLEEP = "import time; time.sleep(600)"
# A child in a session of its own, and a grandchild: neither is in the part's process group.
FAMILY = """
import subprocess, sys, time
if len(sys.argv) < 3:
    code = open("/proc/self/cmdline").read().split("\\0")[2]
    subprocess.Popen([sys.executable, "-c", code, *sys.argv[1:], "younger"], start_new_session=True)
else:
    print("up", flush=True)
time.sleep(600)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + FAMILY


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def server(name: str, port: int) -> Part:
    return Part(name, python(SERVE, str(port)), health.port(port), {name: port})


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    """Make a supervisor for some parts; whatever it started is gone after the test."""

    def make(*parts: Part) -> Supervisor:
        environment = {**os.environ, **processes.mark(tmp_path)}
        return Supervisor(parts, tmp_path / "logs", environment, tell=lambda part, state: None)

    yield make
    processes.end(processes.marked(tmp_path), limit_s=1)


def test_parts_are_healthy_after_the_start_and_gone_after_the_stop(supervise: Callable, tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    supervisor = supervise(server("one", first), server("two", second))
    supervisor.start(limit_s=20)
    assert not is_free(first)
    assert not is_free(second)
    supervisor.check()
    supervisor.stop()
    assert is_free(first)
    assert is_free(second)
    assert processes.marked(tmp_path) == []


def test_a_busy_port_is_one_sentence_and_nothing_starts(supervise: Callable, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StackError) as raised:
            supervise(server("one", free_port()), server("storage", port)).start()
    message = str(raised.value)
    assert message.startswith(f"Port {port}, which storage needs, is in use by ")
    assert f"(pid {os.getpid()})" in message
    assert "QUICKTEST_PORTS=storage=" in message
    assert processes.marked(tmp_path) == []


def test_a_part_that_cannot_start_is_named_with_its_last_words(supervise: Callable, tmp_path: Path) -> None:
    broken = Part("functions", python("print('first'); raise SystemExit('no module named x')"), lambda: False)
    supervisor = supervise(server("one", free_port()), broken)
    with pytest.raises(StackError) as raised:
        supervisor.start(limit_s=20)
    assert (
        str(raised.value)
        == f"functions ended with exit code 1: no module named x Its log: {tmp_path}/logs/functions.log"
    )
    supervisor.stop()
    assert processes.marked(tmp_path) == []


def kill(supervisor: Supervisor, name: str) -> int:
    """Kill a part and let the supervisor look; returns the process's id."""
    process = supervisor.running[name].process
    process.kill()
    process.wait()
    supervisor.check()
    return process.pid


def healthy(supervisor: Supervisor, *names: str) -> bool:
    supervisor.check()
    return all(supervisor.running[name].healthy for name in names)


def until(true: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_part_that_is_killed_starts_again_on_its_port(supervise: Callable, tmp_path: Path) -> None:
    supervisor = supervise(server("one", free_port()), server("two", free_port()))
    supervisor.start(limit_s=20)
    other = supervisor.running["two"].process.pid
    killed = kill(supervisor, "one")
    until(lambda: healthy(supervisor, "one", "two"))
    assert supervisor.running["one"].process.pid != killed
    assert supervisor.running["two"].process.pid == other
    supervisor.stop()
    assert processes.marked(tmp_path) == []


def test_what_a_killed_part_had_started_ends_with_it(supervise: Callable, tmp_path: Path) -> None:
    supervisor = supervise(Part("family", python(FAMILY), health.log_line(tmp_path / "logs/family.log", "up")))
    supervisor.start(limit_s=20)
    children = psutil.Process(supervisor.running["family"].process.pid).children(recursive=True)
    assert children
    kill(supervisor, "family")
    assert not any(child.is_running() for child in children)
    supervisor.stop()


def test_a_part_takes_along_those_that_live_on_its_memory(supervise: Callable) -> None:
    database = dataclasses.replace(server("database", free_port()), takes_along=("reader",))
    supervisor = supervise(database, server("reader", free_port()))
    supervisor.start(limit_s=20)
    reader = supervisor.running["reader"].process.pid
    kill(supervisor, "database")
    until(lambda: healthy(supervisor, "database", "reader"))
    assert supervisor.running["reader"].process.pid != reader
    supervisor.stop()


def test_a_part_that_dies_again_and_again_stops_the_stack_and_is_named(supervise: Callable) -> None:
    supervisor = supervise(server("one", free_port()))
    supervisor.start(limit_s=20)
    for _ in range(MOST_DEATHS):
        kill(supervisor, "one")
    with pytest.raises(StackError, match="one was killed by SIGKILL: it printed nothing"):
        kill(supervisor, "one")


def test_a_part_that_never_gets_healthy_ends_the_wait(supervise: Callable) -> None:
    with pytest.raises(StackError, match=r"Not healthy after 0 s: slow \(.*slow.log\)"):
        supervise(Part("slow", python(SLEEP), lambda: False)).start(limit_s=0.2)


def test_a_background_part_is_not_waited_for(supervise: Callable) -> None:
    states: list[tuple[str, str]] = []
    supervisor = supervise(server("one", free_port()), Part("worker", python(SLEEP), lambda: False, background=True))
    supervisor._tell = lambda part, state: states.append((part.name, state))
    supervisor.start(limit_s=20)
    assert states[-2:] == [("one", "ready"), ("worker", "warming up")]


def test_children_and_stubborn_grandchildren_end_too(supervise: Callable, tmp_path: Path) -> None:
    log = tmp_path / "logs/family.log"
    supervisor = supervise(Part("family", python(STUBBORN), health.log_line(log, "up")))
    supervisor.start(limit_s=20)
    assert len(processes.marked(tmp_path)) == 3
    processes.end_tree(supervisor.running["family"].process.pid, limit_s=0.5)
    supervisor.stop()
    assert processes.marked(tmp_path) == []


def test_processes_of_another_stack_are_not_ours(supervise: Callable, tmp_path: Path) -> None:
    other = subprocess.Popen(python(SLEEP), env={**os.environ, **processes.mark(tmp_path / "other")})
    try:
        assert processes.marked(tmp_path) == []
        assert [process.pid for process in processes.marked(tmp_path / "other")] == [other.pid]
    finally:
        other.kill()
        other.wait()


# ------------------------------------------------------------------------------------------------- the lock


def test_a_second_stack_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "run/lock")
    lock.acquire()
    assert Lock(tmp_path / "run/lock").holder() == os.getpid()
    with pytest.raises(StackError, match=rf"already runs on {tmp_path} \(pid {os.getpid()}\)"):
        Lock(tmp_path / "run/lock").acquire()
    lock.release()
    assert Lock(tmp_path / "run/lock").holder() is None
    Lock(tmp_path / "run/lock").acquire()


def test_a_lock_file_of_a_dead_process_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/lock").write_text(str(os.getpid()))  # the pid may even live: it is somebody else's by now
    lock = Lock(tmp_path / "run/lock")
    assert lock.holder() is None
    lock.acquire()


# ------------------------------------------------------------------------------------------------- the ports


def test_ports_can_be_changed_one_by_one() -> None:
    ports = configured_ports({"QUICKTEST_PORTS": "firestore=9001, page=9002"})
    assert (ports["firestore"], ports["page"], ports["storage"]) == (9001, 9002, DEFAULT_PORTS["storage"])


@pytest.mark.parametrize("value", ["firestore", "fire=1", "page=x", "page=0", "page=70000"])
def test_an_unusable_port_is_one_sentence(value: str) -> None:
    with pytest.raises(StackError, match=f"QUICKTEST_PORTS: '{value}' is not NAME=PORT"):
        configured_ports({"QUICKTEST_PORTS": value})


def test_free_ports_are_all_different() -> None:
    ports = free_ports()
    assert set(ports) == set(DEFAULT_PORTS)
    assert len(set(ports.values())) == len(ports)


# ---------------------------------------------------------------------------------- the program, as users run it

# The real command with small parts: `parts` is the only thing replaced.
PROGRAM = """
import sys
from pathlib import Path
from local import health, stack
from local.supervisor import Part
def parts(layout):
    sleeper = Part("family", [sys.executable, "-c", {family!r}], health.log_line(layout.home / "logs/family.log", "up"))
    return [sleeper]
stack.parts = parts
stack.page.assemble = lambda *arguments: None
stack.tools.page = lambda: None
sys.exit(stack.{command}(Path(sys.argv[1])))
"""


def program(command: str, home: Path) -> list[str]:
    return python(PROGRAM.format(command=command, family=FAMILY), str(home))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    processes.end(processes.marked(tmp_path / "home"), limit_s=1)


def start(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        program("up", home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 30
    state = home / "run/stack.json"
    while not state.is_file() or json.loads(state.read_text())["pid"] != process.pid:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_running(home: Path, number: signal.Signals) -> None:
    process = start(home)
    assert len(processes.marked(home)) == 3
    process.send_signal(number)
    out, err = process.communicate(timeout=40)
    assert (process.returncode, err) == (0, "")
    assert "Ready after" in out
    assert processes.marked(home) == []
    assert not (home / "run/stack.json").exists()


def test_up_twice_down_and_reset(home: Path) -> None:
    process = start(home)
    second = subprocess.run(program("up", home), capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert second.stderr.strip() == f"A stack already runs on {home} (pid {process.pid}); `quicktest down` stops it."
    refused = subprocess.run(program("reset", home), capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode == 1
    assert "stop it first with `quicktest down`" in refused.stderr
    assert process.poll() is None
    subprocess.run(program("down", home), timeout=40, check=True)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert processes.marked(home) == []
    assert "No stack runs" in subprocess.run(program("down", home), capture_output=True, text=True, check=True).stdout
    (home / "mine.txt").write_text("not the stack's")
    subprocess.run(program("reset", home), timeout=30, check=True)
    assert [path.name for path in home.iterdir()] == ["mine.txt"]


def test_what_a_killed_supervisor_left_is_ended_by_the_next(home: Path) -> None:
    process = start(home)
    process.kill()
    process.communicate(timeout=10)
    left = processes.marked(home)
    assert len(left) == 3
    again = start(home)
    assert not any(old.is_running() for old in left)
    again.terminate()
    again.communicate(timeout=40)
    assert processes.marked(home) == []


def test_a_dead_part_starts_again(home: Path) -> None:
    process = start(home)
    [part] = [child for child in psutil.Process(process.pid).children() if child.is_running()]
    part.kill()
    until(lambda: len(processes.marked(home)) == 3 and not part.is_running())
    process.terminate()
    process.communicate(timeout=40)
    assert process.returncode == 0
    assert processes.marked(home) == []


def test_a_part_that_comes_back_says_how_long_that_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not how long the stack has been up."""
    clock = iter([0.0, 35.0, 900.0, 904.5])
    monkeypatch.setattr("local.display.time.monotonic", lambda: next(clock))
    out = io.StringIO()
    display = Display(Console(file=out))
    part = Part("worker", [], lambda: True)
    for state in ("ready", "died", "ready"):
        display(part, state)
    assert [" ".join(line.split()) for line in out.getvalue().splitlines()] == [
        "worker ready after 35.0 s", "worker died", "worker ready after 4.5 s",
    ]  # fmt: skip
