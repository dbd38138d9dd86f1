"""Severities of a component's output, and what is said about its failure."""

from __future__ import annotations

import pytest

from local.cloud.execution import Outcome
from local.cloud.output import Severities, Tail, failure_summary

TRACEBACK = """I1121 09:56:20.041963 140189920365440 util.py:458] Feature a has no shape.
Traceback (most recent call last):
  File "runpy.py", line 86, in _run_code
    exec(code, run_globals)
KeyError: 'inner'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "trainer.py", line 3, in run_fn
    raise ValueError("Loss is nan")
ValueError: Loss is nan
at step 3
W1121 09:56:21.041963 140189920365440 util.py:1] Closing.
"""


def test_each_line_has_its_own_severity_or_its_tracebacks():
    severities = Severities()
    lines = [
        ("I1121 09:56:20.041963 1 util.py:458] text", "INFO"),
        ("W1121 09:56:20.041963 1 util.py:458] text", "WARNING"),
        ("2026-11-21 09:41:42.725185: E external/x.cc:479] text", "ERROR"),
        ("WARNING:root:text", "WARNING"),
        ("Epoch 1 of 3", "INFO"),
        ("Traceback (most recent call last):", "ERROR"),
        ('  File "x.py", line 1', "ERROR"),
        ("ValueError: bad", "ERROR"),
        ("Epoch 2 of 3", "INFO"),
        ("Traceback (most recent call last):", "ERROR"),
        ("tensorflow.errors.InvalidArgumentError: Graph execution error:", "ERROR"),
        ("Detected at node add defined at (most recent call last):", "ERROR"),
        ("Incompatible shapes: [3] vs. [4]", "ERROR"),
        ("I1121 09:56:21.041963 1 util.py:458] text", "INFO"),
        ("Epoch 3 of 3", "INFO"),
    ]
    assert [(line, severities.next(line)) for line, _ in lines] == lines


def test_a_failure_is_told_by_its_last_exception():
    assert failure_summary(TRACEBACK) == "ValueError: Loss is nan\nat step 3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Killed by hand\nI1121 09:56:20.041963 1 a.py:1] routine\n", "Killed by hand"),
        ("Traceback", "Traceback"),
    ],
)
def test_without_an_exception_the_last_telling_line_is_taken(text, expected):
    assert failure_summary(text) == expected


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome(137, "", 1.0), "exited with 137 (SIGKILL)"),
        (Outcome(139, "", 1.0), "exited with 139 (SIGSEGV)"),
        (Outcome(1, "ValueError: x", 1.0), "exited with 1: ValueError: x"),
    ],
)
def test_an_exit_code_is_put_into_words(outcome, text):
    assert outcome.describe() == text


def test_a_growing_file_is_followed_line_by_line(tmp_path):
    path, lines = tmp_path / "log", []
    tail = Tail(path, lambda severity, line: lines.append(line))
    tail.read()
    path.write_text("one\ntw")
    tail.read()
    assert lines == ["one"]
    with path.open("a") as file:
        file.write("o\n\nlast")
    tail.close()
    tail.close()
    assert lines == ["one", "two", "last"]
