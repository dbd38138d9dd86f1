"""Commands that do not count are recorded with the reason, so that whoever wrote one finds out (design section 4)."""

from __future__ import annotations

import json

from functions import telemetry
from functions.adapters.ports import Letter
from functions.services import Services
from shared.commands import command_of
from shared.problems import Problem


def check_command(document_id: str, services: Services) -> None:
    """Bury the command when its document is invalid; `load` ignores it either way."""
    document = services.store.config("commands", document_id)
    if document is None:  # of a deletion that is over
        return
    found = command_of(document_id, document)
    if isinstance(found, Problem):
        letter = Letter(f"commands/{document_id}", str(found), json.dumps(dict(document), default=str))
        services.store.bury(letter, services.now())
        telemetry.count("dead_letters", function=telemetry.current("function"))
