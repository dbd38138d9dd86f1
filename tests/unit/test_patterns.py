"""Regular expressions in linear time say what Python's say."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.insights.lists.patterns import LONGEST_PATTERN, Pattern, PatternError

ATOMS = (
    "a",
    "b",
    "C",
    ".",
    "[ab]",
    "[^a]",
    r"\d",
    r"\W",
    "(a|b)",
    "(?:ab)",
    "^",
    "$",
    "[a-c]",
    r"\.",
    "(a|bc|)",
    "(a*b)",
)
REPEATS = ("", "", "*", "+", "?", "{2}", "{1,3}", "{2,}")


@st.composite
def patterns(draw: st.DrawFn) -> str:
    pieces = st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATS), st.sampled_from(["", "", "|"])).map("".join)
    return "".join(draw(st.lists(pieces, min_size=1, max_size=5)))


@given(patterns(), st.lists(st.text("abcC1. x\n", max_size=8), max_size=6))
@settings(max_examples=400, deadline=None)
def test_it_finds_what_re_finds(pattern: str, texts: list[str]):
    try:
        mine = Pattern(pattern)
    except PatternError as error:
        assert 0 <= error.position <= len(pattern)
        return
    theirs = re.compile(pattern.replace("$", r"\Z"), re.ASCII | re.IGNORECASE)
    assert [mine.search(text) for text in texts] == [bool(theirs.search(text)) for text in texts]


@given(st.text(r"ab(){}[]|*+?^$\-,.0123d:", max_size=30), st.text("ab(1", max_size=20))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_pattern_or_a_pattern_error(pattern: str, text: str):
    try:
        Pattern(pattern).search(text)
    except PatternError as error:
        assert 0 <= error.position <= len(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a*)*(a*)*b", "(a|a)*b", "(.*){20}b", "a{0,50}a{0,50}b", "(a|aa)+$b"])
def test_what_keeps_others_busy_for_ever_takes_a_moment(pattern: str):
    begun = time.process_time()  # of this process: others may be at work
    assert not Pattern(pattern).search("a" * 100_000)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "pattern", ["(", ")", "a)", "[", "[]", "[^]", "*", "a**", "(?=a)", "(?P<x>a)", r"\1", r"\b", "\\", "{2}", "a{2",
                "a{3,2}", "a{99}", "[b-a]", "x" * (LONGEST_PATTERN + 1), "((a{50}){50}){2}", "(" * 30 + ")" * 30]
)  # fmt: skip
def test_what_is_not_of_the_language_is_refused(pattern: str):
    with pytest.raises(PatternError):
        Pattern(pattern)
