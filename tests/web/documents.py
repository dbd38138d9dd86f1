"""Run documents as the functions write them (tests/web/fixtures), moved in time so that they have just happened."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.cloud import firestore

FIXTURES = Path(__file__).with_name("fixtures")
EXPERIMENT = "exp-01kaj0000000000000000000aa"
Document = dict[str, Any]


def run_document(name: str, *, seconds_ago: float = 60, **changes: Any) -> Document:
    """The run document `fixtures/{name}.json`; its last moment lies `seconds_ago`."""
    run = load(name)
    moments = [datetime.fromisoformat(moment) for moment in _times(run)]
    shift = datetime.now(UTC) - timedelta(seconds=seconds_ago) - max(moments)
    return _moved(run, shift) | changes


def resting_document(*, seconds_left: float = 90) -> Document:
    """A run between two attempts: the first found no machines."""
    now = datetime.now(UTC)
    attempts = [failed_attempt(1, "europe-west4", now)]
    at = now + timedelta(seconds=seconds_left)
    reason = f"attempt 2 of 3 at {at:%H:%M} UTC: no machines free in europe-west4, trying europe-west1"
    limits = {"minutes": 120, "usd": 10.0, "attempts": 3}
    return run_document("requested", attempt=2, attempts=attempts, retry_at=at, reason=reason, limits=limits)


def failed_attempt(number: int, region: str, ended_at: datetime) -> Document:
    error = load("failed")["error"] | {"code": "E_STOCKOUT", "title": "No machines free", "component": "Trainer"}
    times = {"started_at": ended_at - timedelta(seconds=75), "ended_at": ended_at}
    return {
        "attempt": number,
        **times,
        "error": error,
        "region": region,
        "build": None,
        "job": None,
        "spent_usd": 0.021,
    }


def deleting_document(*finalizers: str, **changes: Any) -> Document:
    deletion = {"requested_at": datetime.now(UTC), "by": "local-editor", "finalizers": list(finalizers), "bytes": None}
    return run_document("completed", deletion=deletion, **changes)


def request_document(**changes: Any) -> Document:
    """What was asked for, as a client writes it."""
    now = datetime.now(UTC)
    return {
        **{"schema_version": 1, "owner": "local-editor", "created_at": now, "updated_at": now},
        **{"feature_config": "ids", "model_config": "small", "name": "Country and price", "tags": ["base"]},
        **{"notes": "mine", "starred": True, "epochs": 3, "max_cost_usd": 2.5, "region": "europe-west4"},
        **changes,
    }


def write_request(db: firestore.Client, experiment: str = EXPERIMENT, **changes: Any) -> firestore.DocumentReference:
    reference = db.collection("experiments").document(experiment)
    reference.set(request_document(**changes))
    return reference


def write_configs(db: firestore.Client) -> None:
    """What a form offers to choose from; only names and times are read of it."""
    changed = datetime(2026, 11, 1, 10, tzinfo=UTC)
    for folder, configs in {
        "feature_configs": {"ids": "Ids", "ids-country": "Ids, country, price"},
        "model_configs": {"small": "Two layers, 32", "large": "Three layers, 128"},
    }.items():
        for config, name in configs.items():
            db.collection(folder).document(config).set({"name": name, "updated_at": changed})


def finish_deletion(db: firestore.Client, experiment: str = EXPERIMENT, **changes: Any) -> None:
    """The last commit of a deletion: run, request and commands go, a tombstone stays (S5.13)."""
    batch = db.batch()
    for folder, document in [
        ("runs", experiment), ("experiments", experiment), ("commands", f"{experiment}--delete"),
        ("commands", f"{experiment}--cancel"),
    ]:  # fmt: skip
        batch.delete(db.collection(folder).document(document))
    tombstone = {"experiment": experiment, "number": 7, "name": "Country and price", "state": "completed"}
    about = {"model_endpoint": "default", "owner": "local-editor", "deleted_by": "local-editor", "bytes": 3_200_000}
    times = {"created_at": datetime.now(UTC), "deleted_at": datetime.now(UTC)}
    batch.set(db.collection("tombstones").document(experiment), tombstone | about | times | changes)
    batch.commit()


def wait_for(db: firestore.Client, folder: str, number: int = 1) -> dict[str, Document]:
    """The documents of a collection by id, as soon as there are so many."""
    deadline = time.monotonic() + 20
    while len(found := {item.id: item.to_dict() or {} for item in db.collection(folder).stream()}) < number:
        assert time.monotonic() < deadline, f"{folder} holds {sorted(found)}"
        time.sleep(0.1)
    return found


def until(holds: Callable[[], bool], what: str) -> None:
    """Waits for what no view shows."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.05)


def load(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def write_run(db: firestore.Client, run: Document, experiment: str = EXPERIMENT) -> firestore.DocumentReference:
    reference = db.collection("runs").document(experiment)
    reference.set(run | {"experiment": experiment})
    return reference


def write_details(run: firestore.DocumentReference, *parts: str, of: str = "") -> None:
    """`fixtures/{part}.json`, or the variant `fixtures/{part}-{of}.json`."""
    for part in parts:
        run.collection("details").document(part).set(load(f"{part}-{of}" if of else part))


def _times(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("_at") and item is not None:
                yield item
            else:
                yield from _times(item)
    elif isinstance(value, list):
        for item in value:
            yield from _times(item)


def _moved(value: Any, shift: timedelta) -> Any:
    if isinstance(value, dict):
        return {
            key: datetime.fromisoformat(item) + shift if key.endswith("_at") and item else _moved(item, shift)
            for key, item in value.items()
        }
    return [_moved(item, shift) for item in value] if isinstance(value, list) else value
