"""What other people wrote is shown, and commands nobody's terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from quicktest.output import Disarmed, console, errors

HOSTILE = "a\x1b[31mb\x1b]0;title\x07c\x9b2Jd\x7fe\rf\u202eg\u2066h"
HARMLESS = "a[31mb]0;titlec2Jdefgh"


@pytest.mark.parametrize("made", [console, errors])
@pytest.mark.parametrize("terminal", [True, False])
def test_control_characters_of_a_text_do_not_reach_the_terminal(
    made: Callable[[], Console],
    terminal: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR" if terminal else "NO_COLOR", "1")
    table = Table("name", box=None, show_header=False)
    table.add_row(HOSTILE)
    for shown in (HOSTILE, Text(HOSTILE, style="red"), table):
        made().print(shown, markup=False)
    out, err = capsys.readouterr()
    assert (out + err).count(HARMLESS) == 3
    assert not any(character in out + err for character in "\x9b\x07\x7f\r\u202e\u2066")
    assert "\x1b]" not in out + err


def test_lines_tabs_and_joined_characters_stay(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("one\ntwo 👩\u200d🔬 é", markup=False)
    assert capsys.readouterr().out == "one\ntwo 👩\u200d🔬 é\n"


def test_colours_of_our_own_stay(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    console().print(Text("bad", style="red"))
    assert capsys.readouterr().out == "\x1b[31mbad\x1b[0m\n"


def test_a_moving_picture_is_disarmed_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    """A `Live` draws behind the hooks of its console."""
    shown = console()
    with Live(Disarmed(Text(HOSTILE)), console=shown, auto_refresh=False):
        pass
    assert HARMLESS in capsys.readouterr().out


@pytest.mark.parametrize("made", [console, errors])
def test_texts_are_no_markup(made: Callable[[], Console], capsys: pytest.CaptureFixture[str]) -> None:
    """`[/]` alone would end the command with a traceback."""
    literal = "[/] [bold]a[/bold] [link=http://x]b[/link] :tick:"
    table = Table("name", box=None, show_header=False)
    table.add_row(literal)
    for shown in (literal, table):
        made().print(shown)
    out, err = capsys.readouterr()
    assert (out + err).count(literal) == 2
