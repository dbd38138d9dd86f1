"""What a commit does to the index: one form for every store.

`indexes/{endpoint}__{block}` holds the entries of ended runs as texts, by experiment. A terminal save makes its entry
of the request as it is in that commit, and an edit of labels makes it anew in a transaction over run and request:
whichever comes last has seen what the other wrote.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.insights.lists.entries import Entry, block_of, from_json, to_json
from shared.insights.lists.entry_of import entry_of
from shared.paths import EXPERIMENT_ID_PATTERN
from shared.runs import Run, from_document

log = logging.getLogger(__name__)

LARGEST_STEP = 100  # entries of one commit: 380 KB at most


@dataclass(frozen=True)
class Place:
    """Where an entry is, or should be."""

    block: str
    experiment: str


@dataclass(frozen=True)
class Change:
    """An entry that a commit writes (`text`) or removes (None), and the protocols whose read models it stales."""

    place: Place
    text: str | None
    endpoint: str
    protocols: frozenset[str]


def shows_anew(before: Run, run: Run, request: Mapping[str, Any] | None) -> bool:
    """Whether the move from `before` to `run` writes an entry."""
    if run.live or not _is_indexed(run):
        return False
    return before.live or entry_of(before, request) != entry_of(run, request)


def written(run: Run, request: Mapping[str, Any] | None) -> Change:
    """The entry of an ended run that has its number."""
    return Change(_place(run), to_json(entry_of(run, request)), run.model_endpoint, _protocols(run))


def removed(run: Run) -> Change | None:
    """The end of the entry of a run that is forgotten; None when it has none."""
    return Change(_place(run), None, run.model_endpoint, _protocols(run)) if _is_indexed(run) else None


def mended(
    place: Place, text: str | None, run: Mapping[str, Any] | None, request: Mapping[str, Any] | None
) -> Change | None:
    """What makes the entry `text` at a place what the stored run and its request say; None: it is so."""
    endpoint = place.block.rpartition("__")[0]
    try:
        found = from_document(run) if run is not None else None
    except (ValueError, KeyError, TypeError):
        log.exception("the run %s cannot be read, and its entry is left alone", place.experiment)
        return None
    belongs = found is not None and not found.live and _is_indexed(found) and _place(found) == place
    change = written(found, request) if found is not None and belongs else None
    if (change.text if change else None) == text:
        return None
    before = _protocols_of(text) if text is not None else frozenset()
    return Change(
        place, change.text if change else None, endpoint, before | (change.protocols if change else frozenset())
    )


def stored_place(experiment_id: str, run: Mapping[str, Any] | None) -> Place | None:
    """Where the entry of a stored run is, or will be; None when it never is anywhere."""
    endpoint, number = (run or {}).get("model_endpoint"), (run or {}).get("number")
    if not EXPERIMENT_ID_PATTERN.match(experiment_id) or not isinstance(endpoint, str) or not isinstance(number, int):
        return None
    return Place(block_of(endpoint, number), experiment_id)


def texts_of(block: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The entries of a stored block, which somebody may have edited by hand."""
    texts = (block or {}).get("entries")
    return texts if isinstance(texts, Mapping) else {}


def read_entries(texts: Mapping[str, Any], block: str) -> list[Entry]:
    """Those that are whole."""
    found: list[Entry] = []
    for experiment, text in texts.items():
        try:
            found.append(from_json(text))
        except ValueError:
            log.exception("the entry of %s in indexes/%s is damaged: rebuild the index", experiment, block)
    return found


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.number, entry.experiment))


def is_edited(document: Mapping[str, Any]) -> bool:
    """Whether a request was changed after it was made, or made with a star, as scripts do: either is to be acted on."""
    try:
        return document.get("starred") is True or bool(document["updated_at"] > document["created_at"])
    except (KeyError, TypeError):
        return False


def _is_indexed(run: Run) -> bool:
    """An id that is none of ours may be as long as a whole entry, and of letters that no field may have."""
    return EXPERIMENT_ID_PATTERN.match(run.experiment) is not None


def _place(run: Run) -> Place:
    return Place(block_of(run.model_endpoint, run.number or 0), run.experiment)


def _protocols(run: Run) -> frozenset[str]:
    return frozenset(((run.grouping or {}).get("protocols") or {}).values())


def _protocols_of(text: str) -> frozenset[str]:
    try:
        return frozenset(from_json(text).protocols.values())
    except ValueError:
        return frozenset()
