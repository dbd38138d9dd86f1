"""The safety net: once a minute, everything that may have lost its event is looked at (design section 5)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from functions.reconcile import reconcile
from functions.services import Services

log = logging.getLogger(__name__)

LOST_FOR = timedelta(days=1)  # how far back requests without a run are looked for each minute; hourly all are
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def sweep(services: Services) -> dict[str, int]:
    """Reconcile every live run, every request without a run, and every pending mirror; one failure stops no other."""
    found = [
        *services.store.requests_without_run(first_id(services.now())),
        *services.store.live_runs(),
        *services.store.pending_mirrors(),
    ]
    experiment_ids = list(dict.fromkeys(found))
    failed = sum(not _reconciled(experiment_id, services) for experiment_id in experiment_ids)
    return {"looked_at": len(experiment_ids), "failed": failed}


def _reconciled(experiment_id: str, services: Services) -> bool:
    try:
        reconcile(experiment_id, services)
    except Exception:  # the next minute tries again; the others must not wait for it
        log.exception("the sweep could not reconcile %s", experiment_id)
        return False
    return True


def first_id(now: datetime) -> str:
    """The earliest experiment id that this sweep looks at: ids are ULIDs, which sort by time.

    Once an hour it is the very first, which also finds ids that are no ULID.
    """
    if now.minute == 0:
        return "!"
    milliseconds = int((now - LOST_FOR).timestamp() * 1000)
    digits = [CROCKFORD[(milliseconds >> (5 * place)) & 31] for place in range(9, -1, -1)]
    return f"exp-{''.join(digits)}"
