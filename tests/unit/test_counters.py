"""Counters come out of the log as they went in, whatever else is in it."""

from __future__ import annotations

import io
import json
import logging
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from functions import telemetry
from local import counters
from local.counters import Counter
from local.log_lines import readable, record

EARLY = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)


def line(counter: str, at: datetime = EARLY, **labels: str) -> str:
    return json.dumps({"message": counter, "time": at.isoformat(), "counter": counter, "labels": labels}) + "\n"


def test_they_are_added_up_by_name_and_labels():
    later = EARLY + timedelta(minutes=1)
    lines = [
        line("events", later, function="sweep"),
        line("events", function="sweep"),
        line("events", function="on_build_changed"),
        line("drained"),
    ]
    assert counters.tally(lines) == [
        Counter("drained", {}, 1, EARLY),
        Counter("events", {"function": "on_build_changed"}, 1, EARLY),
        Counter("events", {"function": "sweep"}, 2, later),
    ]


def test_only_those_since_a_moment_can_be_asked_for():
    lines = [line("drained"), line("drained", EARLY + timedelta(seconds=1))]
    [drained] = counters.tally(lines, since=EARLY + timedelta(seconds=1))
    assert drained.count == 1


FOREIGN = [
    "\n",
    "I0000 00:00:00.000000  1 fork_posix.cc:71] a library that prints\n",
    '{"message": "no counter", "counters": "counter"}\n',
    '{"message": "x", "counter": 7}\n',
    '{"message": "x", "counter": "events", "lab',  # cut off
    '["counter"]\n',
    '{"counter":' * 10_000 + "\n",
    '"counter"\n',
]


@pytest.mark.parametrize("foreign", FOREIGN, ids=range(len(FOREIGN)))
def test_other_lines_are_passed_over(foreign: str):
    assert counters.tally([line("drained"), foreign, line("drained")]) == [Counter("drained", {}, 2, EARLY)]


@pytest.mark.parametrize("time", [None, 7, "yesterday", "2026-11-21T12:00:00"])
def test_a_counter_without_a_time_counts_still(time: object):
    odd = json.dumps({"message": "drained", "counter": "drained", "time": time, "labels": None})
    assert counters.tally([odd]) == [Counter("drained", {}, 1, None)]
    assert counters.tally([odd], since=EARLY) == []


def test_a_missing_log_has_none(tmp_path: Path):
    assert counters.read(tmp_path / "functions.log") == []


def test_what_telemetry_writes_is_what_is_read(tmp_path: Path):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(telemetry.JsonLines())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        for _ in range(3):
            telemetry.count("transitions", **{"by": "hint", "from": "running", "to": "collecting"})
        logging.getLogger("x").info("between")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    log = tmp_path / "functions.log"
    log.write_text(stream.getvalue(), encoding="utf-8")
    [transitions] = counters.read(log)
    assert (transitions.name, transitions.count) == ("transitions", 3)
    assert transitions.labels == {"by": "hint", "from": "running", "to": "collecting"}
    assert transitions.last_at is not None


def test_people_read_the_message_and_the_error():
    failed = json.dumps({"message": "it failed", "exception": "Traceback\n  File x\nValueError: no such thing\n"})
    assert readable(failed) == "it failed: ValueError: no such thing"
    assert readable(json.dumps({"message": "all is well"})) == "all is well"
    assert readable("no module named x") == "no module named x"
    assert record('{"a": 1}') is None


def test_a_name_in_a_message_commands_no_terminal():
    message = "exp \x1b[31mred\x1b]0;title\x07\nis\r \x9b2Jlate"
    assert readable(json.dumps({"message": message})) == "exp red is 2Jlate"
    assert readable("printed \x1b[2J\x07by a library") == "printed by a library"
