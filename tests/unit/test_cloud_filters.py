"""The filter language of the cloud stand-ins' list calls."""

from __future__ import annotations

from datetime import datetime

import pytest

from local.cloud.filters import InvalidFilter, accepts, parse

BUILD = {"tags": ["exp-1-a1", "quicktest"], "status": "WORKING", "time": datetime.fromisoformat("2026-11-21T10:00:00Z")}


def accepted(text: str) -> bool:
    return accepts(parse(text), BUILD.get)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ('tags="exp-1-a1"', True),
        ("tags=exp-1-a1", True),
        ('tags="exp-1-a1" AND tags="quicktest"', True),
        ('tags="exp-1-a1"\ntags="other"', False),
        ('tags="exp-1-a1" AND status="SUCCESS"', False),
        ("status!=SUCCESS", True),
        ('status:"work"', True),
        ('status=~"^WORK"', True),
        ('time>="2026-11-21T10:00:00Z"', True),
        ('time>"2026-11-21T10:00:00+00:00"', False),
        ('time<"2026-11-21T12:00:00+01:00"', True),
        ('absent="x"', False),
    ],
)
def test_comparisons(text, expected):
    assert accepted(text) is expected


def test_quotes_and_backslashes_belong_to_the_value():
    (comparison,) = parse(r'name="a \"b\" AND c"')
    assert comparison.value == 'a "b" AND c'


@pytest.mark.parametrize("text", ['tags="a" OR tags="b"', '(tags="a")', 'NOT tags="a"', "tags=", "tags", 'time>"noon"'])
def test_what_is_not_understood_is_refused(text):
    with pytest.raises(InvalidFilter):
        accepted(text)
