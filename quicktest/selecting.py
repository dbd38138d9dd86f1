"""Several experiments at once: numbers, ids, ranges such as `12-15`, and those in a state (domain S5.13)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from quicktest.errors import QuicktestError
from quicktest.lookup import find_experiment
from quicktest.store import Store
from quicktest.words import DELETING, STATE_ICONS, shown_state

_RANGE = re.compile(r"^#?\s*([0-9]{1,9})\s*-\s*#?\s*([0-9]{1,9})$")


def select(store: Store, references: Sequence[str], state: str | None, endpoint: str | None = None) -> list[str]:
    """The ids of what is named, each once and in the order of the names; `state` and `endpoint` narrow them, or choose
    alone. Raises QuicktestError for a name that means nothing, and when nothing is left."""
    known_state(state)
    if not references and state is None:
        raise QuicktestError("Name experiments, such as `12`, `12-15` or an id, or choose them with --state.")
    named = [name for reference in references for name in _named(store, reference, endpoint)]
    found = [name for name in dict.fromkeys(named) if _fits(store, name, state, endpoint)] if references else (
        _in_state(store, state, endpoint)
    )  # fmt: skip
    if not found:
        raise QuicktestError(f"No experiment is {_wanted(references, state, endpoint)}. `quicktest list` shows all.")
    return found


def known_state(state: str | None) -> None:
    if state is not None and state not in STATE_ICONS:
        raise QuicktestError(f"There is no state `{state}`. Use one of {', '.join(STATE_ICONS)}.")


def _named(store: Store, reference: str, endpoint: str | None) -> Iterator[str]:
    match = _RANGE.match(reference.strip())
    if match is None:
        yield find_experiment(store, reference, endpoint)
        return
    first, last = sorted(map(int, match.groups()))
    runs = store.between("runs", "number", first, last)
    found = [run for run in runs if endpoint in (None, run["model_endpoint"])]
    if not found:
        raise QuicktestError(f"No experiment has a number from {first} to {last}. `quicktest list` shows all.")
    endpoints = sorted({run["model_endpoint"] for run in found})
    if len(endpoints) > 1:
        raise QuicktestError(
            f"The numbers {first} to {last} are of several model endpoints: {', '.join(endpoints)}. "
            "Choose one with --endpoint."
        )
    yield from (run["experiment"] for run in sorted(found, key=lambda run: run["number"]))


def _fits(store: Store, name: str, state: str | None, endpoint: str | None) -> bool:
    if state is None and endpoint is None:
        return True
    run = store.get(f"runs/{name}") or {"state": "requested", "model_endpoint": endpoint}
    return state in (None, shown_state(run)) and endpoint in (None, run["model_endpoint"])


def _in_state(store: Store, state: str | None, endpoint: str | None) -> list[str]:
    """Oldest first, as ids sort by time."""
    runs = store.newest("runs") if state == DELETING else store.where("runs", "state", state)
    chosen = [run for run in runs if shown_state(run) == state and endpoint in (None, run["model_endpoint"])]
    return sorted(run["experiment"] for run in chosen)


def _wanted(references: Sequence[str], state: str | None, endpoint: str | None) -> str:
    """`failed, of the endpoint shop and among 12-15`."""
    parts = [state or "", f"of the endpoint {endpoint}" if endpoint else ""]
    parts.append(f"among {', '.join(references)}" if references else "")
    return ", ".join(filter(None, parts))
