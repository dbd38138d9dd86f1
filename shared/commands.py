"""Commands: wishes about an experiment, which count only if their document is valid (design section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.documents import Command
from shared.facts import Wish
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem


def wish_of(document_id: str, document: Mapping[str, Any]) -> Wish | Problem:
    """Who wishes it and when, by the document's own words; or the first reason why it does not count."""
    try:
        command = parse("commands", document_id, document)
    except InvalidDocument as error:
        return error.problems[0]
    assert isinstance(command, Command)
    return Wish(command.created_at, command.owner)
