"""What keeps the stack from running."""

from __future__ import annotations


class StackError(Exception):
    """The stack cannot start or go on; the text is the one sentence for the user."""
