"""One page of a list call, as Google's services cut their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

DEFAULT_PAGE, MAX_PAGE = 50, 100
Item = TypeVar("Item")


def page(found: Sequence[Item], size: int, token: str) -> tuple[Sequence[Item], str]:
    """Up to `size` items from where `token` stands, and the token of the next page: empty when there is none."""
    start, size = int(token or 0), min(size or DEFAULT_PAGE, MAX_PAGE)
    end = start + size
    return found[start:end], str(end) if len(found) > end else ""
