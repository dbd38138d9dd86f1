"""Cloud Scheduler: invokes the sweep when the stack is up, then at an interval."""

from __future__ import annotations

import asyncio
import logging

from local.gateway.delivery import Delivery
from local.gateway.wiring import SCHEDULED_FUNCTION

FIRST_TRY_S = 0.5

log = logging.getLogger(__name__)


async def run(delivery: Delivery, interval_s: float) -> None:
    """Sweep for ever. The first sweep is tried until it succeeds: it takes up what the last stop interrupted."""
    while (failure := await delivery.invoke(SCHEDULED_FUNCTION, {}, b"")) is not None:
        log.warning("The first sweep failed: %s. Trying again.", failure)
        await asyncio.sleep(FIRST_TRY_S)
    while True:
        await asyncio.sleep(interval_s)
        failure = await delivery.invoke(SCHEDULED_FUNCTION, {}, b"")
        if failure is not None:
            log.warning("A sweep failed: %s. The next one follows in %s s.", failure, interval_s)
