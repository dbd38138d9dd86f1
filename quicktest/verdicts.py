"""What the functions say about documents that were just written, if they say it soon."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from quicktest.client import Applied
from quicktest.drafts import COLLECTIONS
from quicktest.experiment import Experiment
from quicktest.store import Document, Store
from quicktest.words import TERMINAL_STATES

REPORT_WAIT_S = 8.0  # a report on a small dataset takes two or three
PREPARE_WAIT_S = 60.0  # five on small data, twenty on a million rows
LOOK_EVERY_S = 0.25
REPORTED = ("dataset", "feature_config", "model_config")

Found = TypeVar("Found")


def verdicts(store: Store, applied: Sequence[Applied]) -> dict[str, Document | None]:
    """The report on each config as it was written, by `KIND/ID`; None where there is none within the time."""
    reported = [each for each in applied if each.kind in REPORTED]
    end = time.monotonic() + REPORT_WAIT_S
    return {f"{each.kind}/{each.id}": _until(end, lambda each=each: report_on(store, each)) for each in reported}


def report_on(store: Store, applied: Applied) -> Document | None:
    """The report, once it is about what is stored."""
    collection = COLLECTIONS[applied.kind]
    report = store.get(f"reports/{collection}__{applied.id}")
    if report is None or report.get("state") != "ready":
        return None
    written = store.get(f"{collection}/{applied.id}") or {}
    return report if report.get("source_updated_at") == written.get("updated_at") else None


def prepared(experiment: Experiment) -> dict[str, Any] | None:
    """The run once it has an estimate, has ended or waits for its turn; None when that takes longer."""
    return _until(time.monotonic() + PREPARE_WAIT_S, lambda: _settled(experiment.run()))


def _settled(run: dict[str, Any]) -> dict[str, Any] | None:
    return run if run.get("estimate") or run["state"] in TERMINAL_STATES or waits(run) else None


def waits(run: dict[str, Any]) -> bool:
    """It was seen, and cannot begin yet."""
    return run["state"] == "requested" and run.get("number") is not None and bool(run.get("reason"))


def _until(end: float, look: Callable[[], Found | None]) -> Found | None:
    """What `look` finds, looking again until `end`; at least once."""
    while (found := look()) is None and time.monotonic() < end:
        time.sleep(LOOK_EVERY_S)
    return found
