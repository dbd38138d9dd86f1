"""The safety net: once a minute, everything that may have lost its event is looked at (design section 5)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from functions.config_reports import missing_reports, report_on
from functions.reconcile import reconcile
from functions.services import Services

log = logging.getLogger(__name__)

LOST_FOR = timedelta(days=1)  # how far back requests without a run are looked for each minute; hourly all are
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def sweep(services: Services) -> dict[str, int]:
    """Reconcile every live run, every request without a run, and every pending mirror, then make a few of the reports
    that are missing; one failure stops no other."""
    found = [
        *services.store.requests_without_run(first_id(services.now())),
        *services.store.live_runs(),
        *services.store.pending_mirrors(),
    ]
    experiment_ids = list(dict.fromkeys(found))
    failed = sum(not _done(partial(reconcile, each, services), each) for each in experiment_ids)
    reports = missing_reports(services)
    failed += sum(not _done(partial(report_on, each.collection, each.id, services), each.id) for each in reports)
    return {"looked_at": len(experiment_ids), "reports": len(reports), "failed": failed}


def _done(work: Callable[[], object], of: str) -> bool:
    try:
        work()
    except Exception:  # the next minute tries again; the others must not wait for it
        log.exception("the sweep failed for %s", of)
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
