"""Logs of stages, copied before the provider forgets them, and fetched when somebody wants to see more (domain S8.8).

Copying begins when all else that a delivery was about is done, and what it meets is told on the run and nowhere else:
no run waits for its logs, and none fails because of them. A handler that copies holds an intent, as everybody does who
writes objects of a run, so that a deletion waits until it has ended. Doing it twice changes nothing; what is left
undone is found by the sweep (`Store.pending_logs`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from functions import telemetry
from functions.adapters.ports import Conflict, Refused, Transient
from functions.services import Services
from shared import paths
from shared.commands import command_of
from shared.documents import FETCH_LOGS, FetchLogs
from shared.facts import Job
from shared.lifecycle import LOGS_AGAIN, Decision, ask
from shared.logs import (
    LOOK_BACK,
    MOST_FETCHED,
    MOST_KEPT,
    MOST_SHOWN,
    SLACK,
    LogLine,
    Shown,
    copy_of,
    documents_of,
    lines_in,
)
from shared.runs import Effect, Intent, Run, StageLog
from shared.stages import STAGE_OF_TASK

log = logging.getLogger(__name__)

TRIES = 5  # of a save, each after somebody else has moved the run
LONGEST_OF_ONE = timedelta(seconds=150)  # that one log takes at most: pages of the provider, and an object
LONGEST_COPY = 4_000_000  # bytes: larger ones are not ours
LONGEST_REASON = 300
PATIENCE = timedelta(minutes=10)  # with a log that is out of reach


class Unreadable(Exception):
    """Why there is no log; one sentence."""


@dataclass(frozen=True)
class _Kept:
    """What has become of one log: `done`, `empty`, or `failed: why`, and what is shown of it."""

    of: StageLog
    state: str
    documents: Mapping[str, Mapping[str, Any]]


def keep_logs(experiment_id: str, services: Services, end: float) -> None:
    """Copy the logs of stages that have ended, as many as can be begun until `end` of the monotonic clock. Raises
    nothing."""
    try:
        _keep(experiment_id, services, end)
    except (Conflict, Transient) as error:
        log.info("the logs of %s are for another look: %s", experiment_id, error)
    except Exception:
        log.exception("the logs of %s cannot be kept", experiment_id)
        telemetry.count("log_failures")


def fetch_logs(document_id: str, services: Services) -> None:
    """Obey a command: show the newest lines of a stage's log, as the provider has them or as they were copied. Raises
    Transient when the store is out of reach, and Conflict when somebody was faster each time."""
    written = services.store.config("commands", document_id)
    if written is None:  # obeyed already
        return
    command = command_of(document_id, written)
    if isinstance(command, FetchLogs):
        _fetch(command, services)
        telemetry.count("log_fetches")
    services.store.delete_command(document_id)


def wanted_fetches(services: Services) -> list[str]:
    """Commands whose event may have been lost."""
    return services.store.commands_of(FETCH_LOGS)


# ------------------------------------------------------------------------------------------------------------- keeping


def _keep(experiment_id: str, services: Services, end: float) -> None:
    loaded, now = services.store.load(experiment_id), services.now()
    run = loaded.run
    if run is None or not run.unkept_logs:
        return
    asked = ask(run, Effect.KEEP_LOGS, now)
    if not asked.intents:  # somebody else is at it
        return
    run = services.store.save(loaded, run, asked, now)
    intent = asked.intents[Effect.KEEP_LOGS]
    kept = tuple(_all_kept(run, intent, services, end))
    _mark(run.experiment, intent, kept, services)


def _all_kept(run: Run, intent: Intent, services: Services, end: float) -> Iterator[_Kept]:
    """As many as there is time for; of a provider that is out of reach nothing more is asked."""
    source = _Source(run, services)
    for each in run.unkept_logs:
        if time.monotonic() >= end or services.now() + LONGEST_OF_ONE >= intent.until:
            return
        try:
            yield _kept(run, each, source, intent, services)
        except Transient as error:
            if services.now() - each.ended_at < PATIENCE:
                log.warning("the log of %s %s is for another look: %s", run.experiment, each.key, error)
                return
            yield _failed(each, error)
        except (Refused, Unreadable) as error:
            yield _failed(each, error)
        except Exception as error:  # a fault of ours, about whatever somebody else's program has logged
            log.exception("the log of %s %s cannot be kept", run.experiment, each.key)
            yield _failed(each, error)


def _kept(run: Run, of: StageLog, source: _Source, intent: Intent, services: Services) -> _Kept:
    lines = source.lines(of, MOST_KEPT)
    if lines and services.now() < intent.until:  # a deletion may be removing objects after that
        name = paths.stage_log(run.experiment, of.attempt, of.stage)
        services.blobs.create(name, copy_of(lines), "application/x-ndjson")
    shown = _newest_with_error(lines, of, run)
    documents = documents_of(of.stage, of.attempt, shown, _decided_by(run, of), services.now())
    return _Kept(of, "done" if lines else "empty", documents)


def _newest_with_error(lines: Sequence[LogLine], of: StageLog, run: Run) -> Shown:
    """The last lines; a line that decided and is older is put before them (`documents_of`)."""
    decided = _decided_by(run, of)
    newest = lines[-MOST_SHOWN:]
    if decided and not any(decided in line.message for line in newest):
        newest = [*[line for line in lines[:-MOST_SHOWN] if decided in line.message][-1:], *newest]
    return Shown(newest, len(lines) > len(newest), "provider")


def _failed(of: StageLog, error: Exception) -> _Kept:
    known = isinstance(error, (Unreadable, Refused, Transient))
    words = str(error) if known else f"{type(error).__name__}: {error}"
    return _Kept(of, f"failed: {words}"[:LONGEST_REASON], {})


def _mark(experiment_id: str, intent: Intent, kept: tuple[_Kept, ...], services: Services) -> None:
    """Say on the run which logs are kept, in the save that stores what is shown of them, and give the intent back."""
    for _ in range(TRIES):
        loaded, now = services.store.load(experiment_id), services.now()
        if loaded.run is None:
            return
        run, left = loaded.run, len(kept) < len(loaded.run.unkept_logs)
        decision = Decision(_given_back(run, intent, rests=left and not kept, services=services))
        if run.deletion is None:  # what it shows would outlive it
            decision = _marked(decision.run, kept)
        try:
            services.store.save(loaded, run, decision, now)
        except Conflict as conflict:
            log.info("%s", conflict)
            telemetry.count("conflicts")
            services.step_back()
        else:
            telemetry.count("logs_kept")
            return


def _marked(run: Run, kept: tuple[_Kept, ...]) -> Decision:
    """A log of an earlier attempt is not shown in place of a later one's."""
    marks = {each.of.key: each.state for each in kept}
    shown = [each for each in kept if not _is_shown_later(run, each.of)]
    details = {name: content for each in shown for name, content in each.documents.items()}
    return Decision(replace(run, logs={**run.logs, **marks}), details=details)


def _is_shown_later(run: Run, of: StageLog) -> bool:
    later = (f"a{attempt}-{of.stage.lower()}" for attempt in range(of.attempt + 1, run.attempt + 1))
    return any(run.logs.get(key) == "done" for key in later)


def _given_back(run: Run, intent: Intent, rests: bool, services: Services) -> Run:
    """After a try that found the provider out of reach, nobody tries again at once."""
    if run.intents.get(Effect.KEEP_LOGS) != intent:
        return run
    if not rests or run.deletion is not None:
        return run.without(Effect.KEEP_LOGS)
    later = min(intent.until, services.now() + LOGS_AGAIN)
    return replace(run, intents={**run.intents, Effect.KEEP_LOGS: replace(intent, until=later)})


# ------------------------------------------------------------------------------------------------------------ fetching


def _fetch(command: FetchLogs, services: Services) -> None:
    """The lines first, which take seconds; then a save that says nothing else of the run."""
    run = services.store.load(command.experiment).run
    of = run.log_of(command.stage) if run is not None and run.deletion is None else None
    if run is None or of is None:  # nothing of it has begun, or nothing is shown of it any more
        return
    shown = _newest(run, of, services)
    documents = documents_of(of.stage, of.attempt, shown, _decided_by(run, of), services.now())
    if shown.problem and not shown.lines:
        documents = _known_with_problem(run, documents, services)
    for _ in range(TRIES):
        loaded = services.store.load(command.experiment)
        if loaded.run is None or loaded.run.deletion is not None:
            return
        try:
            services.store.save(loaded, loaded.run, Decision(loaded.run, details=documents), services.now())
        except Conflict as conflict:
            log.info("%s", conflict)
            telemetry.count("conflicts")
            services.step_back()
        else:
            return
    raise Conflict(f"{command.experiment}: the log of {command.stage} could not be stored")


def _newest(run: Run, of: StageLog, services: Services) -> Shown:
    problem: str | None = None
    try:
        lines = _Source(run, services).lines(of, MOST_FETCHED + 1)
        if lines:
            return Shown(lines[-MOST_FETCHED:], len(lines) > MOST_FETCHED, "provider")
    except (Transient, Refused, Unreadable) as error:
        problem = str(error)[:LONGEST_REASON]
    try:
        copied = _copied(run, of, services)
    except (Transient, Refused, ValueError, KeyError, TypeError) as error:
        log.warning("the copy of %s %s cannot be read: %s", run.experiment, of.key, error)
        copied, problem = [], problem or "The copy of the log cannot be read."
    return Shown(copied[-MOST_FETCHED:], len(copied) > MOST_FETCHED, "copy", problem)


def _copied(run: Run, of: StageLog, services: Services) -> list[LogLine]:
    content = services.blobs.read(paths.stage_log(run.experiment, of.attempt, of.stage), LONGEST_COPY)
    return lines_in(content) if content is not None else []


def _known_with_problem(
    run: Run, documents: Mapping[str, Mapping[str, Any]], services: Services
) -> Mapping[str, Mapping[str, Any]]:
    """What was shown before stays when nothing can be had."""
    [(name, told)] = documents.items()
    known = services.store.detail(run.experiment, name)
    if known is None or known.get("attempt") != told["attempt"]:
        return documents
    return {name: {**known, "problem": told["problem"], "fetched_at": told["fetched_at"]}}


# ----------------------------------------------------------------------------------------------------- the provider's


class _Source:
    """The provider's logs of one run; each attempt's job is looked at once."""

    def __init__(self, run: Run, services: Services) -> None:
        self._run, self._services = run, services
        self._jobs: dict[int, Job | None] = {}

    def lines(self, of: StageLog, most: int) -> Sequence[LogLine]:
        """The newest, oldest first; raises Transient, Refused and Unreadable."""
        logs, since = self._services.logs, max(of.since - SLACK, self._services.now() - LOOK_BACK)
        if of.stage == "Compile":
            return logs.build_lines(of.build_id, since, most) if of.build_id else ()
        job = self._job(of)
        if job is None:
            raise Unreadable("The pipeline job is gone, and with it the way to its logs.")
        found = next((task.log_job for task in job.tasks if STAGE_OF_TASK.get(task.name) == of.stage), None)
        return logs.task_lines(found, since, most) if found else ()

    def _job(self, of: StageLog) -> Job | None:
        if of.attempt not in self._jobs:
            region = of.region or self._services.config.region
            name = paths.attempt_name(self._run.experiment, of.attempt)
            self._jobs[of.attempt] = self._services.pipelines.at(region).get(name)
        return self._jobs[of.attempt]


def _decided_by(run: Run, of: StageLog) -> str | None:
    """The line that decided what the failure was (S8.1), when it was this stage's."""
    errors = {attempt.attempt: attempt.error for attempt in run.attempts} | {run.attempt: run.error}
    error = errors.get(of.attempt)
    return error.raw if error is not None and error.component == of.stage else None
