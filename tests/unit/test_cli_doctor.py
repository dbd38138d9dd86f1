"""`quicktest doctor`: each finding says what to do, and something wrong is exit code 1."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.counters import Counter
from local.errors import StackError
from local.lock import Lock
from local.ports import DEFAULT_PORTS
from quicktest import doctor
from quicktest.commands.doctor import diagnosis
from quicktest.doctor import Check
from tests.unit.test_cli_views import drawn
from tests.unit.user_side import Cli, MemoryStore, completed_run, failed_run, make_cli, run_document

NOW = datetime(2026, 1, 31, 14, 0, tzinfo=UTC)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    return make_cli(monkeypatch, capsys)


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs, space and ports as they should be, whatever this machine has."""
    monkeypatch.setattr(doctor, "machine", lambda home: [Check("machine", "Java", "ok", "17")])
    monkeypatch.setattr(doctor, "_ports", lambda ports: [Check("stack", "ports", "ok", "all are free")])


def seated(number: int, state: str = "running", minutes: float = 5, **changes: Any) -> dict[str, Any]:
    since = NOW - timedelta(minutes=minutes)
    times = {"state_entered_at": since, "updated_at": NOW, **changes}
    return run_document(state, experiment=f"exp-{number}", number=number, **times)


def store_of(*runs: dict[str, Any], holders: dict[str, str] | None = None, **others: dict[str, Any]) -> MemoryStore:
    store = MemoryStore({f"runs/{run['experiment']}": run for run in runs})
    places = {name: {"endpoint": endpoint, "since": NOW} for name, endpoint in (holders or {}).items()}
    store.set("quotas/running", {"holders": places})
    for path, document in others.items():
        store.set(path.replace("__", "/"), document)
    return store


def found(store: MemoryStore, status: str) -> list[str]:
    checks = doctor.experiments(store, NOW, 20)
    assert all(bool(check.remedy) == (check.status != "ok") for check in checks)
    return [f"{check.name}: {check.text}" for check in checks if check.status == status]


# -------------------------------------------------------------------------------------------------- the command


@pytest.mark.usefixtures("sound")
def test_without_a_stack_it_says_so_and_checks_what_it_can(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("doctor")
    assert outcome.code == 0
    assert f"none runs on {tmp_path / 'home'}" in outcome.out and "Start it with `quicktest up`." in outcome.out
    assert outcome.out.endswith("Nothing is wrong.\n")


@pytest.mark.usefixtures("sound")
def test_a_stack_that_is_just_starting_is_not_somebody_elses(cli: Cli, tmp_path: Path) -> None:
    lock = Lock(tmp_path / "home/run/lock")
    lock.acquire()
    outcome = cli("doctor")
    lock.release()
    assert outcome.code == 0
    assert f"one is starting or stopping on {tmp_path / 'home'}" in outcome.out and "in a minute" in outcome.out


def test_of_a_project_only_its_experiments_are_looked_at(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_of(seated(1), holders={"exp-1": "default"})
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    told = json.loads(cli("doctor", "--json").out)
    assert {check["area"] for check in told["checks"]} == {"experiments"}


@pytest.mark.usefixtures("sound")
def test_something_wrong_is_exit_code_1_with_what_to_do(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Check("machine", "Java", "wrong", "Java is missing.", "Install a JRE.")
    monkeypatch.setattr(doctor, "machine", lambda home: [broken])
    outcome = cli("doctor")
    assert outcome.code == 1 and outcome.out.endswith("1 thing is wrong.\n")
    told = json.loads(cli("doctor", "--json").out)
    assert told["healthy"] is False and told["checks"][0] == vars(broken) and told["counters"] == []


def test_findings_counters_and_the_verdict_are_one_picture() -> None:
    checks = [
        Check("machine", "Java", "ok", "17"),
        Check("stack", "gateway", "wrong", "is down, port 8702", "It is started again by itself."),
        Check("stack", "page", "ok", "up, port 8080"),
    ]
    counters = [
        Counter("events", {"function": "sweep"}, 3, NOW),
        Counter("events", {"function": "on_object_finalized"}, 12, NOW),
        Counter("transitions", {"by": "hint", "from": "requested", "to": "preparing"}, 4, NOW),
        Counter("transitions", {"by": "hint", "from": "preparing", "to": "compiling"}, 2, NOW),
        Counter("conflicts", {}, 1, NOW),
    ]
    assert (
        drawn(diagnosis(checks, counters, 1))
        == """\
✔  machine  Java     17
✘  stack    gateway  is down, port 8702
                     It is started again by itself.
✔           page     up, port 8080

counted by the functions since the start
conflicts     1
events       15  on_object_finalized 12, sweep 3
transitions   6  hint 6

1 thing is wrong."""
    )


# -------------------------------------------------------------------------------------------------- the machine


def test_a_missing_program_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing() -> str:
        raise StackError("Java is missing, which the emulators run on: install a JRE 11 or newer.")

    monkeypatch.setattr(doctor.tools, "java", missing)
    (check,) = [check for check in doctor.machine(tmp_path) if check.name == "Java"]
    assert (check.status, check.text) == ("wrong", "Java is missing, which the emulators run on.")
    assert check.remedy == "Install a JRE 11 or newer."


def test_a_full_disk_says_how_to_free_space(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "LEAST_DISK", 1 << 60)
    (check,) = [check for check in doctor.machine(tmp_path / "not" / "there") if check.name == "disk"]
    assert check.status == "wrong" and f"free at {tmp_path}" in check.text and "quicktest delete" in check.remedy


def test_a_port_in_use_says_by_whom_and_which_other_to_take(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        note, check = doctor.stack(tmp_path, {"page": port})
    assert note.status == "note"
    assert check.name == f"port {port}" and check.status == "wrong" and "in use" in check.text
    assert "QUICKTEST_PORTS=page=" in check.remedy


def test_a_part_that_is_gone_is_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another process that answers on its port does not make it live."""
    monkeypatch.setattr(doctor, "running_stack", lambda home: {"ports": dict(DEFAULT_PORTS)})
    down = doctor._part(tmp_path, "gateway", 8702, lambda: True)
    assert down.status == "wrong" and down.text == "is down, port 8702" and "logs/gateway.log" in down.remedy
    monkeypatch.setattr(doctor, "with_environment", lambda wanted: [object()])
    assert doctor._part(tmp_path, "gateway", 8702, lambda: False).text == "does not answer, port 8702"
    assert doctor._part(tmp_path, "gateway", 8702, lambda: True).status == "ok"


# ---------------------------------------------------------------------------------------------------- experiments


def test_what_runs_as_it_should_is_fine() -> None:
    store = store_of(seated(1), completed_run(), holders={"exp-1": "default"})
    assert found(store, "wrong") == found(store, "note") == []
    assert found(store, "ok") == [
        "not ended: 1 running", "places: 1 of 20 in use; default 1 of 4", "dead letters: none",
    ]  # fmt: skip


def test_a_run_past_its_deadline_looks_stuck() -> None:
    stuck = seated(1, "compiling", minutes=64)
    store = store_of(stuck, seated(2, "compiling", minutes=61), holders={"exp-1": "default", "exp-2": "default"})
    assert found(store, "wrong") == [
        "Exp #1 · first try: has been compiling for 1 h 04 min, and no run may be so for longer than 1 h 00 min"
    ]


def test_a_next_attempt_that_nobody_began_looks_stuck() -> None:
    due = NOW - timedelta(minutes=10)
    asleep = seated(1, "requested", minutes=20, retry_at=due, updated_at=NOW - timedelta(minutes=20))
    waiting = seated(2, "requested", minutes=20, retry_at=due, reason="4 of 4 run")
    assert found(store_of(asleep, waiting), "wrong") == ["Exp #1 · first try: has been requested for 20 min 00 s"]


def test_a_run_that_nobody_may_look_at_or_writes_about_looks_stuck() -> None:
    unseen = seated(1, minutes=30, unseen_since=NOW - timedelta(minutes=4))
    silent = seated(2, minutes=30, updated_at=NOW - timedelta(minutes=16))
    store = store_of(unseen, silent, holders={"exp-1": "default", "exp-2": "default"})
    assert found(store, "wrong") == [
        "Exp #1 · first try: has been running for 30 min 00 s; for 4 min 00 s the functions were not let look at it",
        "Exp #2 · first try: has been running for 30 min 00 s, and nothing was written about it for 16 min 00 s",
    ]


def test_places_show_who_waits_and_where_they_differ_from_the_runs() -> None:
    runs = [seated(1), seated(2, "requested"), seated(3, "requested", model_endpoint="shop")]
    store = store_of(*runs, holders={"exp-1": "default", "exp-9": "default"}, model_endpoints__shop={"max_running": 1})
    assert "places: 2 of 20 in use; default 2 of 4, 1 waiting; shop 0 of 1, 1 waiting" in found(store, "ok")
    assert found(store, "note") == ["places: places and runs differ about exp-9"]


def letter(age: timedelta, drained: bool = False) -> dict[str, Any]:
    at = NOW - age
    return {"source": "on_build_changed", "reason": "no JSON", "payload": "x", "created_at": at, "last_at": at,
            "drained_at": at if drained else None}  # fmt: skip


def test_dead_letters_are_news_for_a_day() -> None:
    hour, week = timedelta(hours=1), timedelta(days=7)
    fresh = store_of(dead_letters__a=letter(hour), dead_letters__b=letter(hour, drained=True))
    assert found(fresh, "wrong") == ["dead letters: 2, 1 not looked after. Newest: on_build_changed: no JSON"]
    old = store_of(dead_letters__a=letter(week), dead_letters__b=letter(hour, drained=True))
    assert found(old, "wrong") == [] and found(old, "note")[0].startswith("dead letters: 2, 1 not looked after.")


def test_a_deletion_that_does_not_end_says_what_it_waits_for() -> None:
    going = {"requested_at": NOW - timedelta(hours=1), "finalizers": ["objects", "details"]}
    store = store_of(failed_run() | {"deletion": going})
    assert found(store, "wrong") == ["Exp #12 · first try: is being deleted for 1 h 00 min: objects, details left"]
    store = store_of(failed_run() | {"deletion": {**going, "requested_at": NOW}})
    assert found(store, "wrong") == []


# ------------------------------------------------------------------------------------------------------- counters


def test_a_sweep_that_stands_still_is_wrong() -> None:
    def sweep(age: timedelta) -> list[Check]:
        return doctor.counted([Counter("events", {"function": "sweep"}, 5, NOW - age)], NOW)

    assert [check.status for check in sweep(timedelta(seconds=50))] == ["ok"]
    (late,) = sweep(timedelta(minutes=10))
    assert late.status == "wrong" and late.text == "ran 10 min 00 s ago"
    (never,) = doctor.counted([], NOW)
    assert never.status == "wrong" and "has not run since the start" in never.text


def test_what_the_functions_mended_is_noted() -> None:
    counters = [
        Counter("events", {"function": "sweep"}, 5, NOW),
        Counter("orphans", {"kind": "job"}, 2, NOW),
        Counter("orphans", {"kind": "build"}, 1, NOW),
        Counter("unseen", {}, 4, NOW),
    ]
    notes = [check.text for check in doctor.counted(counters, NOW) if check.status == "note"]
    assert notes == [
        "3 builds or jobs that nobody waited for were stopped", "4 looks were refused by the provider",
    ]  # fmt: skip
