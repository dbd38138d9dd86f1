"""Labels that people edit (S5.1), brought to the lists that show them.

A run that is live shows none: the save that ends it reads them. Of one that has ended the entry in the index is made
anew when its request was edited, by the event of the edit or, should that be lost, by the sweep.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from functions import telemetry
from functions.services import Services

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=1)  # for edits whose event was lost: each minute
LOOK_FAR_BACK = timedelta(days=1)  # hourly
LOOK_FARTHEST_BACK = timedelta(days=7)  # daily, for stars of runs that ended later (functions/keeping.py)


def relabel(experiment_id: str, services: Services) -> bool:
    """Whether the entry was anything else; raises Transient for an outage, so that the event is delivered again."""
    changed = services.store.reindex(experiment_id)
    if changed:
        log.info("%s has other labels", experiment_id)
        telemetry.count("relabelled", by=telemetry.current("source", "hint"))
    return changed


def edited_lately(services: Services, now: datetime) -> list[str]:
    """Experiments whose event of an edit may have been lost."""
    hourly = LOOK_FARTHEST_BACK if now.hour == 0 else LOOK_FAR_BACK
    return services.store.edited_since(now - (hourly if now.minute == 0 else LOOK_BACK))
