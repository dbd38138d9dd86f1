"""The world of one schedule: its clock, its adapters, its outside, and who is acting just now."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from functions.adapters.ports import Refused
from functions.config import Config
from functions.services import Services
from tests.simulation.adapters import (
    SimBlobs,
    SimBuilds,
    SimLogs,
    SimMirror,
    SimPipelines,
    SimStore,
    SimWarehouse,
)
from tests.simulation.checker import Checker
from tests.simulation.content import ENDPOINTS, REGIONS, START
from tests.simulation.outside import Outside
from tests.simulation.plan import Plan

CONFIG = Config("demo-p", REGIONS[0], "bucket", "compiler@sha256:1", "trainer@sha256:2", other_regions=REGIONS[1:])


class Gate(Protocol):
    """Stands before and after each effect; may switch to another handler, or raise."""

    def before(self, port: Any, name: str, method: Any, arguments: tuple[Any, ...]) -> None: ...
    def after(self, port: Any, name: str, arguments: tuple[Any, ...], result: Any) -> None: ...


class OpenGate:
    """Every call goes through."""

    def before(self, port: Any, name: str, method: Any, arguments: tuple[Any, ...]) -> None:
        return None

    def after(self, port: Any, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        return None


class World:
    """All that the handlers of a schedule share."""

    def __init__(self, plan: Plan, random: Any) -> None:
        self.plan, self.random, self.time = plan, random, START
        self.stats: Counter[str] = Counter()
        self.trace: list[str] | None = None
        self.current: Any = None  # the handler that is running; None: the outside
        self.gate: Gate = OpenGate()
        self.refused: set[str] = set()  # ports that may not be looked at just now
        self.events: list[str] = []  # experiments that were heard of, one for each event on its way
        self.checker = Checker(self)
        self.outside = Outside(self)
        self.store, self.blobs = SimStore(self), SimBlobs(self)
        self.builds, self.mirror = SimBuilds(self, self.outside), SimMirror(self)
        self.pipelines_at = {region: SimPipelines(self, self.outside, region) for region in REGIONS}
        self.services = Services(
            replace(CONFIG, max_running=plan.places),
            self.store,
            self.blobs,
            self.builds,
            self.pipelines_at[REGIONS[0]],
            SimLogs(self),
            SimWarehouse(self),
            self.mirror if plan.mirror else None,
            self.now,
        )
        for endpoint, places in zip(ENDPOINTS, plan.endpoint_places, strict=True):
            self.store.documents["model_endpoints", endpoint] = {"max_running": places}

    def now(self) -> datetime:
        return self.time

    def seconds(self) -> float:
        """What a handler takes for its monotonic clock."""
        return (self.time - START).total_seconds()

    def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def look_allowed(self, port: str) -> None:
        if port in self.refused and self.current is not None:
            self.stats["refused"] += 1
            self.current.clean = False
            raise Refused("PERMISSION_DENIED: Permission denied on resource project demo-p.")

    def told(self, text: str, *values: Any) -> None:
        """A line of the trace, when somebody reads it."""
        if self.trace is not None:
            who = self.current.name if self.current is not None else "outside"
            self.trace.append(f"{self.seconds():9.1f} {who:10} {text % values if values else text}")

    def emit(self, experiment: str) -> None:
        """An event of the cloud or of a document: perhaps lost, perhaps delivered twice."""
        self.stats["events"] += 1
        random, plan = self.random, self.plan
        if plan.lose and random.random() < plan.lose:
            self.stats["lost"] += 1
            return
        self.events.append(experiment)
        if plan.double and random.random() < plan.double:
            self.stats["doubled"] += 1
            self.events.append(experiment)
