"""Run documents as the functions write them (tests/web/fixtures), moved in time so that they have just happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
