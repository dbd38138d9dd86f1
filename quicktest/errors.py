"""What can go wrong on the user's side, each as one sentence that says what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

NOTHING_RUNNING = (
    "No stack is running here and no Google project is configured. "
    "Start one with `quicktest up`, or set GOOGLE_CLOUD_PROJECT."
)


class QuicktestError(Exception):
    """The user can mend this; the message is all they need to see."""


class NothingRunning(QuicktestError):
    """There is neither a local stack nor a Google project to talk to."""

    def __init__(self) -> None:
        super().__init__(NOTHING_RUNNING)


class NotFound(QuicktestError):
    """No document answers to this name; the message offers the nearest ones that exist."""

    def __init__(self, what: str, reference: str, existing: Iterable[str], remedy: str) -> None:
        near = get_close_matches(reference, list(existing), n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else f" {remedy}"
        super().__init__(f"There is no {what} `{reference}`.{hint}")


class Deleted(QuicktestError):
    """The experiment existed; `tombstone` is what is left of it."""

    def __init__(self, sentence: str, tombstone: Mapping[str, Any]) -> None:
        self.tombstone = tombstone
        super().__init__(sentence)
