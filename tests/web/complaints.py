"""What the browser's console says against the page."""

from __future__ import annotations

import re

# When a write is refused, the emulator (Cloud SDK 528) ends its stream; a request of the channel that was on its way
# then finds an "Unknown SID" and is answered 400. The SDK opens a new channel, and nobody notices but the console.
_ENDED_CHANNEL = re.compile(r"/google\.firestore\.v1\.Firestore/(Write|Listen)/channel\?(.*&)?SID=")


def complaint(kind: str, text: str, url: str) -> str | None:
    """An error of the console with the address that it is about, so that a failed test names the request; None for
    what is no error, and for that one known case."""
    if kind != "error" or ("status of 400" in text and _ENDED_CHANNEL.search(url)):
        return None
    return f"{text} ({url})"
