"""An experiment by what people call it (domain S5.4): `62`, `#62`, `exp 62`, `wholesale#62`, or its id."""

from __future__ import annotations

import re
from itertools import islice

from quicktest.errors import NotFound, QuicktestError
from quicktest.store import Store

_NUMBER = re.compile(r"^(?:exp\s*)?#?\s*([0-9]{1,9})$", re.IGNORECASE)
_OF_ENDPOINT = re.compile(r"^([a-z][a-z0-9-]{2,62})#([0-9]{1,9})$")
MOST_CANDIDATES = 200


def find_experiment(store: Store, reference: str, endpoint: str | None = None) -> str:
    """The id of an experiment, also of one that was deleted; raises NotFound with near matches. `endpoint` tells which
    one is meant where several number their own."""
    match = _NUMBER.match(reference.strip())
    if match:
        return _by_number(store, int(match.group(1)), endpoint)
    if match := _OF_ENDPOINT.match(reference.strip()):
        return _by_number(store, int(match.group(2)), match.group(1))
    experiment_id = reference.strip().lower()
    if "/" not in experiment_id and experiment_id and _exists(store, experiment_id):
        return experiment_id
    raise NotFound("experiment", reference, _known(store), "`quicktest list` shows those that exist.")


def _exists(store: Store, experiment_id: str) -> bool:
    return any(store.get(f"{place}/{experiment_id}") is not None for place in ("runs", "experiments", "tombstones"))


def _by_number(store: Store, number: int, endpoint: str | None) -> str:
    found = [
        run
        for place in ("runs", "tombstones")
        for run in store.where(place, "number", number)
        if endpoint in (None, run["model_endpoint"])
    ]
    if not found:
        raise NotFound("experiment", f"#{number}", _known(store), "`quicktest list` shows those that exist.")
    if len(found) > 1:
        choices = " or ".join(f"`{run['model_endpoint']}#{number}`" for run in found)
        raise QuicktestError(f"Several model endpoints have an experiment #{number}. Write {choices}.")
    return found[0]["experiment"]


def _known(store: Store) -> list[str]:
    """Names that an experiment answers to, newest first."""
    newest = list(islice(store.newest("runs"), MOST_CANDIDATES))
    numbers = [f"#{run['number']}" for run in newest if run.get("number") is not None]
    return [*numbers, *(run["experiment"] for run in newest)]
