"""One JSON line per record, with the context of its own thread; counters are such lines."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from functions import telemetry

log = logging.getLogger("test")


class Lines:
    """What was written, line by line."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def last(self) -> dict[str, Any]:
        return self.all()[-1]


@pytest.fixture
def lines() -> Iterator[Lines]:
    written = Lines()
    handler = logging.StreamHandler(written.stream)
    handler.setFormatter(telemetry.JsonLines())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_record_is_one_line_that_cloud_logging_reads(lines: Lines):
    log.warning("two\nlines\u2028and\x00more %s", "äöü")
    line = lines.last()
    assert lines.stream.getvalue().count("\n") == 1
    assert (line["severity"], line["message"], line["logger"]) == ("WARNING", "two\nlines\u2028and\x00more äöü", "test")
    assert line["time"].endswith("+00:00")


def test_the_context_is_on_every_record_within(lines: Lines):
    with telemetry.context(function="on_build_changed", event="7", source="hint"):
        with telemetry.context(experiment="exp-1", attempt=2, revision=None):
            log.info("inside")
            assert telemetry.current("source") == "hint"
        log.info("between")
    log.info("outside")
    inside, between, outside = lines.all()
    assert {name: inside[name] for name in ("function", "event", "source", "experiment", "attempt")} == {
        "function": "on_build_changed", "event": "7", "source": "hint", "experiment": "exp-1", "attempt": 2,
    }  # fmt: skip
    assert "revision" not in inside
    assert "experiment" not in between
    assert "function" not in outside
    assert telemetry.current("source", "none") == "none"


def test_a_context_cannot_change_what_a_record_says(lines: Lines):
    with telemetry.context(severity="DEBUG", message="forged", experiment="exp-1"):
        log.error("true")
    assert (lines.last()["severity"], lines.last()["message"]) == ("ERROR", "true")


def test_threads_do_not_mix_their_contexts(lines: Lines):
    both_inside = threading.Barrier(2)

    def work(experiment: str) -> None:
        with telemetry.context(experiment=experiment):
            both_inside.wait(10)
            for _ in range(50):
                log.info("%s", experiment)
            both_inside.wait(10)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("exp-a", "exp-b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(lines.all()) == 100
    assert all(line["message"] == line["experiment"] for line in lines.all())


def test_an_exception_is_one_field_and_brings_its_context_along(lines: Lines):
    try:
        with telemetry.context(function="sweep"), telemetry.context(experiment="exp-1"):
            raise ValueError("first\nsecond")
    except ValueError:
        log.exception("it failed")
    line = lines.last()
    assert (line["message"], line["function"], line["experiment"]) == ("it failed", "sweep", "exp-1")
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("ValueError: first\nsecond\n")
    assert lines.stream.getvalue().count("\n") == 1


def test_nothing_is_endless(lines: Lines):
    try:
        with telemetry.context(experiment="e" * 100_000, **{f"f{number}": number for number in range(1_000)}):
            raise ValueError("x" * 100_000 + "the end")
    except ValueError:
        log.exception("%s", "m" * 100_000)
    telemetry.count("conflicts", of="l" * 100_000)
    assert all(len(json.dumps(line)) < 20_000 for line in lines.all())
    failed, counted = lines.all()
    assert failed["message"].endswith("… (100000 characters)")
    assert failed["exception"].endswith("the end\n")
    assert len(counted["labels"]["of"]) < 5_000


def test_what_is_no_json_is_shown_as_text(lines: Lines):
    with telemetry.context(experiment=object(), attempt={"a": {1}}, revision=float("nan")):
        log.info("%r", object())
    assert lines.last()["attempt"] == "{'a': {1}}"
    assert lines.last()["revision"] == "nan"


def test_a_counter_is_a_record_with_a_name_and_labels(lines: Lines):
    with telemetry.context(function="sweep", source="sweep"):
        telemetry.count("transitions", **{"by": telemetry.current("source"), "from": "running", "to": "collecting"})
        telemetry.count("drained")
    transition, drained = lines.all()
    assert (transition["severity"], transition["counter"]) == ("INFO", "transitions")
    assert transition["labels"] == {"by": "sweep", "from": "running", "to": "collecting"}
    assert transition["function"] == "sweep"
    assert (drained["counter"], drained["labels"]) == ("drained", {})


PROGRAM = """
import logging, sys, threading, warnings
from functions import telemetry
telemetry.configure()
telemetry.configure()
logging.getLogger("a").info("once")
warnings.warn("careful")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise ValueError("the end")
"""


def test_a_configured_process_says_everything_in_json_and_once():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr == ""
    assert done.returncode == 1
    assert [line["severity"] for line in lines] == ["INFO", "WARNING", "CRITICAL", "CRITICAL"]
    assert "careful" in lines[1]["message"]
    assert "ZeroDivisionError" in lines[2]["exception"]
    assert "ValueError: the end" in lines[3]["exception"]
