"""Which messages of the console fail a test of the page."""

from __future__ import annotations

import pytest

from tests.web.complaints import complaint

FAILED = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
CHANNEL = "http://127.0.0.1:8701/google.firestore.v1.Firestore"


@pytest.mark.parametrize("stream", ["Write", "Listen"])
def test_a_channel_that_the_emulator_ended_is_no_complaint(stream: str) -> None:
    assert complaint("error", FAILED, f"{CHANNEL}/{stream}/channel?VER=8&gsessionid=a&SID=b&RID=1&zx=c&t=1") is None
    assert complaint("error", FAILED, f"{CHANNEL}/{stream}/channel?SID=b&RID=1") is None


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (FAILED, "http://127.0.0.1:5000/assets/index.js"),
        (FAILED, f"{CHANNEL}/Write/channel?VER=8&database=d&RID=1"),  # a channel that was never opened
        (FAILED, f"{CHANNEL}/Commit?SID=b"),
        (FAILED.replace("400", "500"), f"{CHANNEL}/Write/channel?SID=b"),
        ("Uncaught TypeError", f"{CHANNEL}/Write/channel?SID=b"),
    ],
)
def test_everything_else_is_one_with_its_address(text: str, url: str) -> None:
    assert complaint("error", text, url) == f"{text} ({url})"


def test_a_warning_is_none() -> None:
    assert complaint("warning", FAILED, "http://127.0.0.1:5000/") is None
