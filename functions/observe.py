"""Looking at the truth that a state needs, and at nothing else. Looking changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from functions.adapters.ports import Refused
from functions.outcomes import Outcome
from functions.services import Services, pipelines_of
from shared import paths
from shared.errors import Evidence
from shared.facts import Build, Collected, Facts, Job, Task
from shared.protocol import data_changes
from shared.results import EpochRecord, Results, headline, headlines
from shared.runs import Run, State
from shared.stages import STAGE_OF_TASK

log = logging.getLogger(__name__)

LONGEST_RESULTS = 900_000  # it becomes a document, and those end at 1 MiB
LONGEST_EPOCH = 10_000


def observe(run: Run, cancel_requested_at: datetime | None, outcome: Outcome, services: Services) -> Facts:
    """Facts about the current attempt of `run`. What may not be looked at is a fact too: `decide` must end such a run,
    and not meet the same refusal each minute for ever."""
    known = Facts(
        cancel_requested_at=cancel_requested_at,
        prepared=outcome.prepared,
        rejected=outcome.rejected,
        refused=outcome.refused,
        unstarted=outcome.unstarted,
        mirrored=outcome.mirrored,
        mirror_configured=services.mirror is not None,
    )
    if (look := _LOOK.get(run.state)) is None:
        return known
    try:
        return look(run, known, outcome, services)
    except Refused as error:
        log.warning("%s cannot be looked at while %s: %s", run.experiment, run.state.value, error)
        return replace(known, refused=Evidence("Compile" if run.state is State.COMPILING else None, str(error)))


def _compiling(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    """Builds first: a build seen as successful has stored its spec before we look for that."""
    builds = _builds(run, outcome, services)
    evidence = _evidence_of_build(builds, services)
    stored = services.blobs.exists(paths.compiled_spec((run.spec or {})["key"]))
    return replace(known, builds=builds, spec_exists=stored, evidence=evidence)


def _submitting(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    return replace(known, job=pipelines_of(run, services).get(_name(run)))


def _running(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    """The job first: a job seen as ended has written its epochs before we look for them."""
    job = pipelines_of(run, services).get(_name(run))
    evidence = _evidence_of_job(job, services) if job is not None and job.state == "FAILED" else None
    return replace(known, job=job, evidence=evidence, new_epochs=_new_epochs(run, services))


def _cancelling(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    job = pipelines_of(run, services).get(_name(run))
    return replace(known, job=job, builds=_builds(run, outcome, services), new_epochs=_new_epochs(run, services))


def _collecting(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    known = replace(known, new_epochs=_new_epochs(run, services))
    try:
        content = services.blobs.read(paths.results(run.experiment, run.attempt), LONGEST_RESULTS)
        if content is None:
            return known
        results = Results.model_validate_json(content)
        _check_owner(results, run)
        return replace(known, collected=_collected(results))
    except (Refused, ValueError, KeyError) as error:  # pydantic's ValidationError is a ValueError
        return replace(known, results_problem=_one_line(error))


_LOOK: Mapping[State, Callable[[Run, Facts, Outcome, Services], Facts]] = {
    State.COMPILING: _compiling,
    State.SUBMITTING: _submitting,
    State.RUNNING: _running,
    State.COLLECTING: _collecting,
    State.CANCELLING: _cancelling,
}


def _name(run: Run) -> str:
    return paths.attempt_name(run.experiment, run.attempt)


def _builds(run: Run, outcome: Outcome, services: Services) -> tuple[Build, ...]:
    """By tag; one that was just created counts although the list may not show it yet."""
    by_id = {build.id: build for build in outcome.builds} | {b.id: b for b in services.builds.listed(_name(run))}
    return tuple(by_id.values())


def _new_epochs(run: Run, services: Services) -> tuple[dict[str, Any], ...]:
    """Records of epochs that the run does not show yet, in order, up to the first that is not there."""
    epochs: list[dict[str, Any]] = []
    while (record := _epoch(run, run.epochs_done + len(epochs), services)) is not None:
        epochs.append(record)
    return tuple(epochs)


def _epoch(run: Run, number: int, services: Services) -> dict[str, Any] | None:
    if number >= int((run.progress or {}).get("epochs", 0)):
        return None
    name = f"{paths.progress_folder(run.experiment, run.attempt)}/epoch-{number:04d}.json"
    try:
        content = services.blobs.read(name, LONGEST_EPOCH)
        return EpochRecord.model_validate_json(content).model_dump(mode="json") if content else None
    except (Refused, ValidationError):  # half a record is no record: it is written whole, or never counts
        return None


def _evidence_of_build(builds: tuple[Build, ...], services: Services) -> Evidence | None:
    failed = [build for build in builds if not build.live and build.status not in ("SUCCESS", "CANCELLED")]
    if not failed:
        return None
    lines = _lines(services.logs.of_build, failed[0].id, failed[0].created_at)
    return Evidence("Compile", f"{failed[0].status}: {failed[0].detail}".rstrip(": "), lines)


def _evidence_of_job(job: Job, services: Services) -> Evidence:
    """S8.1: the failed task's words and the last lines of its log; the job's own words when no task failed."""
    failed = next((task for task in job.tasks if task.state == "FAILED" and task.name in STAGE_OF_TASK), None)
    if failed is None:
        return Evidence(None, job.error or "The pipeline job failed without a message.")
    return Evidence(STAGE_OF_TASK[failed.name], failed.error or job.error, _lines_of(failed, services))


def _lines_of(task: Task, services: Services) -> tuple[str, ...]:
    return _lines(services.logs.of_task, task.log_job, task.started_at) if task.log_job else ()


def _lines(
    read: Callable[[str, datetime | None], tuple[str, ...]], name: str, since: datetime | None
) -> tuple[str, ...]:
    """A log explains a failure better; without it the failure is one all the same."""
    try:
        return read(name, since)
    except Refused as error:
        log.warning("the log of %s cannot be read: %s", name, error)
        return ()


def _check_owner(results: Results, run: Run) -> None:
    if (results.experiment, results.attempt) != (run.experiment, run.attempt):
        raise ValueError(f"they are of {results.experiment} attempt {results.attempt}")


def _collected(results: Results) -> Collected:
    """What people compare is of the headline population; raises KeyError when the results lack it."""
    evaluation, population = results.model_dump(mode="json"), results.headline_population
    return Collected(
        headline=headline(results),
        headlines=tuple(headlines(results)),
        metrics=evaluation["metrics"][population],
        baselines={name: baseline["metrics"][population] for name, baseline in evaluation["baselines"].items()},
        counts=evaluation["counts"],
        evaluation=evaluation,
        warnings=tuple(data_changes(evaluation["protocol"]["fingerprints"], evaluation["fingerprints"])),
    )


def _one_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}"
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error)
