"""The log of a stage as it is kept and shown (domain S8.8)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from shared.logs import (
    LONGEST_COPY,
    LONGEST_LINE,
    MOST_KEPT,
    LogLine,
    Shown,
    copy_of,
    documents_of,
    error_line,
    lines_in,
    lines_of,
    part_names,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def said(number: int, message: str | None = None, severity: str = "INFO") -> LogLine:
    return LogLine(NOW + timedelta(seconds=number), severity, f"line {number}" if message is None else message)


def shown(lines: list[LogLine], more: bool = False) -> Shown:
    return Shown(lines, more, "provider")


def test_an_entry_becomes_lines_without_what_a_terminal_obeys():
    text = "\x1b[31mred\x1b[0m\r\n\n  10%|#\r  20%|##\nbell\x07 \x1b]0;title\x07"
    assert [line.message for line in lines_of(NOW, "ERROR", text)] == ["red", "  10%|#", "  20%|##", "bell"]


def test_a_line_is_cut_at_4_kb_between_characters():
    [line] = lines_of(NOW, "INFO", "ä" * 5_000)
    assert line.message == "ä" * (LONGEST_LINE // 2)


@pytest.mark.parametrize(
    ("given", "message", "severity"),
    [
        ("ERROR", "I1121 22:14:36.096168 140535 kubeflow_v2_run_executor.py:117] Executor", "INFO"),
        ("INFO", "E1121 22:14:36.096168 140535 x.cc:1] failed", "ERROR"),
        ("ERROR", "2026-11-21 22:14:36.096168: W tensorflow/core/x.cc:1] slow", "WARNING"),
        ("DEFAULT", "WARNING:absl:mock", "WARNING"),
        ("ERROR", "Traceback (most recent call last):", "ERROR"),
        ("INFO", "INFORMATION is no severity", "INFO"),
        ("SOMETHING", "hello", "DEFAULT"),
    ],
)
def test_a_line_that_tells_its_own_severity_is_believed(given: str, message: str, severity: str):
    [line] = lines_of(NOW, given, message)
    assert line.severity == severity


def test_a_copy_is_read_as_it_was_written():
    lines = [said(1), said(2, "ünïcode “quoted” \u2028 separator", "ERROR")]
    assert lines_in(copy_of(lines).encode()) == lines


def test_a_copy_holds_the_newest_lines_that_fit():
    assert lines_in(copy_of([said(n) for n in range(MOST_KEPT + 5)]).encode())[0] == said(5)
    content = copy_of([said(n, "x" * LONGEST_LINE) for n in range(1_000)]).encode()
    assert len(content) <= LONGEST_COPY
    assert lines_in(content)[-1].time == said(999).time


@pytest.mark.parametrize("content", [b"{}\n", b"no json\n", b"\xff\n"])
def test_a_damaged_copy_is_told(content: bytes):
    with pytest.raises((ValueError, KeyError)):
        lines_in(content)


def test_one_document_holds_what_fits():
    [(name, document)] = documents_of("Train", 2, shown([said(1), said(2)], more=True), None, NOW).items()
    assert name == "logs-train"
    assert document == {
        "stage": "Train", "attempt": 2, "lines": [vars(said(1)), vars(said(2))], "highlighted": None, "more": True,
        "source": "provider", "problem": None, "fetched_at": NOW, "parts": 1,
    }  # fmt: skip
    assert part_names("Train", document) == []


def test_older_lines_lie_in_further_documents_below_100_kb():
    lines = [said(n, f"{n:04d}" + "x" * 400) for n in range(1_000)]
    found = documents_of("Train", 1, shown(lines), None, NOW)
    first = found["logs-train"]
    assert list(found) == ["logs-train", *part_names("Train", first)] and len(found) > 3
    assert all(len(json.dumps(each, default=str)) < 100_000 for each in found.values())
    assert first["lines"][-1]["message"].startswith("0999")
    whole = [line for name in reversed(found) for line in found[name]["lines"]]
    assert [line["message"] for line in whole] == [line.message for line in lines[-len(whole) :]]
    assert first["more"] is (len(whole) < len(lines)) is True


def test_the_line_of_the_error_is_pointed_at():
    lines = [said(1), said(2, "ValueError: boom"), said(3)]
    assert documents_of("Train", 1, shown(lines), "ValueError: boom", NOW)["logs-train"]["highlighted"] == 1


def test_of_several_the_newest_is_the_line_of_the_error():
    lines = [said(1, "[QT:E_X] boom"), said(2, "KeyError: '[QT:E_X] boom'"), said(3)]
    assert error_line(lines, "boom") == 1
    assert error_line(lines, "bang") is error_line(lines, "") is error_line(lines, None) is None


def test_a_line_of_the_error_in_an_older_part_comes_first():
    lines = [said(0, "the cause"), *[said(n, "x" * 1_000) for n in range(1, 200)]]
    first = documents_of("Train", 1, shown(lines), "the cause", NOW)["logs-train"]
    assert (first["highlighted"], first["lines"][0]["message"]) == (0, "the cause")
