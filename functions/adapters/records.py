"""Documents that are written beside a run, and what the store reads out of runs: one form for every store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from functions.adapters.ports import InsightWrite, Letter, StoredInsight
from shared.commands import command_of, wish_of
from shared.documents import FETCH_LOGS, REBUILD, Rebuild
from shared.facts import Wish
from shared.hashing import canonical_json
from shared.lifecycle import Decision
from shared.orphans import Head, Live
from shared.paths import experiment_of_attempt
from shared.quota import Queue, Waiting
from shared.runs import SEATED, Run, State
from shared.stages import LOGGING
from shared.versions import Version

LONGEST_PAYLOAD = 4_000  # characters of an input that are kept as evidence
LETTERS_KEPT = timedelta(days=90)
LONGEST_REASON = 1_000  # a mistake may quote the name of a field, which is as long as its author likes
APP = "quicktest"  # the label of every job of ours
OF_A_VERSION = ("version", "digest", "saved_at", "is_change")  # all but its content
LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)  # when a version was saved whose document did not say it


def audit_event(before: Run, run: Run, decision: Decision, now: datetime) -> dict[str, Any]:
    """`runs/{id}/events/{revision}`: from where to where, and why."""
    return {
        "from": before.state.value,
        "to": run.state.value,
        "at": now,
        "why": decision.why,
        "attempt": run.attempt,
    }


def is_audited(before: Run, decision: Decision) -> bool:
    """It moved, and is not on its way out: an event would outlive the details that are being removed."""
    return bool(decision.why) and before.deletion is None


def tombstone(run: Run, now: datetime) -> dict[str, Any]:
    """`tombstones/{id}`: all that stays of a deleted experiment."""
    deletion = run.deletion
    assert deletion is not None, f"{run.experiment} is forgotten, and nobody wanted it"
    return {
        "experiment": run.experiment,
        "number": run.number,
        "model_endpoint": run.model_endpoint,
        "name": run.names.get("experiment", ""),
        "state": run.state.value,
        "owner": run.owner,
        "created_at": run.created_at,
        "deleted_at": now,
        "deleted_by": deletion.by,
        "bytes": deletion.bytes,
    }


def gives_back(before: Run, run: Run) -> bool:
    """Whether the move from `before` to `run` frees a place."""
    return before.state in SEATED and run.state not in SEATED


def begins_deletion(before: Run, run: Run) -> bool:
    return before.deletion is None and run.deletion is not None


def place(run: Run, now: datetime) -> dict[str, Any]:
    """A holder in `quotas/running`."""
    return {"endpoint": run.model_endpoint, "since": now}


def holders_of(document: Mapping[str, Any] | None) -> dict[str, str]:
    """Experiment -> endpoint, out of `quotas/running`; a damaged place is nobody's endpoint's until it is repaired."""
    places = (document or {}).get("holders", {})
    return {each: place["endpoint"] if _is_whole(place) else "" for each, place in places.items()}


def _is_whole(place: Any) -> bool:
    return isinstance(place, Mapping) and isinstance(place.get("endpoint"), str)


def places_to_write(holders: Mapping[str, str], queue: Queue, now: datetime) -> dict[str, dict[str, Any]]:
    """Those that are missing or wrong in `queue`; the others keep their time."""
    wrong = [each for each, endpoint in holders.items() if queue.holders.get(each) != endpoint]
    return {each: {"endpoint": holders[each], "since": now} for each in wrong}


def waiting(experiment_id: str, run: Mapping[str, Any], now: datetime) -> Waiting | None:
    """A stored run in `requested` as one of the line; None while it rests before its next attempt, and for a damaged
    one, which must not keep the others waiting."""
    endpoint, created_at, retry_at = run.get("model_endpoint"), run.get("created_at"), run.get("retry_at")
    if not isinstance(endpoint, str) or not isinstance(created_at, datetime):
        return None
    rests = isinstance(retry_at, datetime) and retry_at > now
    return None if rests else Waiting(experiment_id, endpoint, created_at)


def head(run: Mapping[str, Any]) -> Head:
    known = {state.value: state for state in State}
    return Head(known.get(run.get("state", "")), run.get("attempt", 0), (run.get("build") or {}).get("id"))


def live_build(build_id: str, tags: Sequence[str]) -> Live | None:
    """A build by its tags; None for one of nobody's attempt, which is not ours to stop."""
    return next((found for found in (_live("build", build_id, tag) for tag in tags) if found is not None), None)


def live_job(job_id: str, labels: Mapping[str, str]) -> Live | None:
    """A job by its labels (shared.parameters.labels); None for one of nobody's attempt."""
    if labels.get("app") != APP:
        return None
    return _live("job", job_id, f"{labels.get('experiment', '')}-a{labels.get('attempt', '')}")


def _live(kind: Literal["build", "job"], of_id: str, attempt: str) -> Live | None:
    experiment_id = experiment_of_attempt(attempt)
    number = attempt.rpartition("-a")[2]
    return Live(kind, of_id, experiment_id, int(number)) if experiment_id is not None else None


def ledger_name(endpoint: str, month: str) -> str:
    """The document in `ledgers`; `month` is like 2026-11."""
    return f"{endpoint}__{month}"


def wish(document_id: str, document: Mapping[str, Any] | None, arrived_at: datetime | None) -> Wish | None:
    """What a command's document says, if it counts; whose clock wrote its own time is nobody's concern."""
    if document is None or arrived_at is None:
        return None
    found = wish_of(document_id, document)
    return None if found is None else replace(found, at=arrived_at)


def insight_name(endpoint: str, protocol: str | None = None) -> str:
    """The document in `insights`: of a protocol, or the endpoint's overview."""
    return endpoint if protocol is None else f"{endpoint}__{protocol}"


def insight_of(name: str) -> tuple[str, str | None]:
    """Endpoint and protocol of a read model; ids of endpoints hold no underscore."""
    endpoint, _, protocol = name.partition("__")
    return endpoint, protocol or None


def stale_mark(name: str) -> dict[str, Any]:
    """What a mark writes beside its number `marks`, which grows by one."""
    endpoint, protocol = insight_of(name)
    return {"stale": True, "endpoint": endpoint, "protocol": protocol}


def insight_document(before: StoredInsight, write: InsightWrite) -> dict[str, Any]:
    """A read model as it is stored: made of everything that was marked until `before` was loaded."""
    marks = (before.document or {}).get("marks", 0)
    identity = {**stale_mark(before.name), "stale": False, "marks": marks}
    return {**write.document, **identity, "stored_parts": sorted(write.parts)}


def insight_part(content: Any) -> dict[str, Any]:
    """One text: lists in lists are no documents, and fields of a part would each be indexed."""
    return {"json": canonical_json(content)}


def parts_gone(before: StoredInsight, write: InsightWrite) -> list[str]:
    return sorted(set((before.document or {}).get("stored_parts", ())) - set(write.parts))


def rebuild_name(endpoint: str) -> str:
    """The document in `commands`."""
    return f"{endpoint}--{REBUILD}"


def rebuilds_of(commands: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """The endpoints that valid commands want rebuilt."""
    found = (command_of(document_id, document) for document_id, document in commands)
    return sorted(each.model_endpoint for each in found if isinstance(each, Rebuild))


def fetches() -> list[str]:
    """The ends of the names of the commands that are about stages of a run."""
    return [f"{FETCH_LOGS}--{stage.lower()}" for stage in LOGGING]


def letter_name(letter: Letter) -> str:
    """The same input is the same document."""
    return hashlib.sha256(f"{letter.source}|{letter.payload}".encode()).hexdigest()[:32]


def letter_expiry(now: datetime) -> datetime:
    """When Firestore removes a letter by itself: 90 days after it came last."""
    return now + LETTERS_KEPT


def letter_document(letter: Letter, now: datetime) -> dict[str, Any]:
    """`dead_letters/{hash}` when it is buried for the first time."""
    return {
        "source": letter.source,
        "reason": letter.reason[:LONGEST_REASON],
        "payload": letter.payload[:LONGEST_PAYLOAD],
        "experiment": letter.experiment,
        "created_at": now,
        "last_at": now,
        "count": 1,
        "drained_at": None,
        "expires_at": letter_expiry(now),
    }


def version_document(version: Version) -> dict[str, Any]:
    """`reports/{name}/versions/{number}` of one that is new."""
    new = {"version": version.number, "digest": version.digest, "content": dict(version.content or {})}
    return new | version_times(version)


def version_times(version: Version) -> dict[str, Any]:
    """What can become known about one later."""
    return {"saved_at": version.saved_at, "is_change": version.is_change}


def version_of(stored: Mapping[str, Any], mark: Any) -> Version:
    """As it was stored, `OF_A_VERSION`; whether it is a change was not stored always."""
    saved_at, is_change = stored["saved_at"] or LONG_AGO, stored.get("is_change", False)
    return Version(stored["version"], stored["digest"], saved_at, is_change, mark=mark)
