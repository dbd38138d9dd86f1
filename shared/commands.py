"""Commands: wishes about an experiment, a model endpoint or a config, which count only if their document is valid
(design section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.documents import AnyCommand, Command
from shared.facts import Wish
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem


def command_of(document_id: str, document: Mapping[str, Any]) -> AnyCommand | Problem:
    """The command, or the first reason why it does not count."""
    try:
        command = parse("commands", document_id, document)
    except InvalidDocument as error:
        return error.problems[0]
    assert isinstance(command, AnyCommand)
    return command


def wish_of(document_id: str, document: Mapping[str, Any]) -> Wish | None:
    """Who wishes it of an experiment and when, by the document's own words; None when it does not count."""
    command = command_of(document_id, document)
    return Wish(command.created_at, command.owner) if isinstance(command, Command) else None
