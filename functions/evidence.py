"""What is known of a failure (domain S8.1): words of the provider, the end of the log, and the places that it names."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from functions.adapters.ports import Transient
from functions.prepare import LONGEST_SNAPSHOT
from functions.services import Services
from shared import paths
from shared.errors import Evidence, with_subjects
from shared.errors.subjects import places_of
from shared.facts import Build, Job, Task
from shared.runs import Run
from shared.stages import STAGE_OF_TASK

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=15)  # with a log that is out of reach; so long the failed run keeps its place

ReadLog = Callable[[str, datetime | None], tuple[str, ...]]


def of_build(builds: tuple[Build, ...], services: Services) -> Evidence | None:
    """Of the first build that failed; None when none did."""
    failed = [build for build in builds if not build.live and build.status not in ("SUCCESS", "CANCELLED")]
    if not failed:
        return None
    lines = _lines(services.logs.of_build, failed[0].id, failed[0].created_at, _is_fresh(failed[0].ended_at, services))
    return with_subjects(Evidence("Compile", f"{failed[0].status}: {failed[0].detail}".rstrip(": "), lines), {})


def of_job(run: Run, job: Job, services: Services) -> Evidence:
    """The failed task's words and the last lines of its log; the job's own words when no task failed."""
    failed = next((task for task in job.tasks if task.state == "FAILED" and task.name in STAGE_OF_TASK), None)
    if failed is None:
        return with_subjects(Evidence(None, job.error or "The pipeline job failed without a message."), {})
    found = Evidence(STAGE_OF_TASK[failed.name], failed.error or job.error, _lines_of(failed, services))
    return with_subjects(found, _places(run, services))


def _lines_of(task: Task, services: Services) -> tuple[str, ...]:
    if not task.log_job:
        return ()
    return _lines(services.logs.of_task, task.log_job, task.started_at, _is_fresh(task.ended_at, services))


def _is_fresh(ended_at: datetime | None, services: Services) -> bool:
    return ended_at is not None and services.now() - ended_at < PATIENCE


def _lines(read: ReadLog, name: str, since: datetime | None, patient: bool) -> tuple[str, ...]:
    """A log explains a failure better; without it the failure is one all the same. `patient`: an outage of the log is
    waited for."""
    try:
        return read(name, since)
    except Exception as error:
        if isinstance(error, Transient) and patient:
            raise
        log.warning("the log of %s cannot be read", name, exc_info=error)
        return ()


def _places(run: Run, services: Services) -> dict[str, list[str]]:
    """Of the names in the frozen configs. They only help to read the failure, which must be told whatever they are."""
    try:
        frozen = services.blobs.read(paths.snapshot(run.experiment, run.attempt), LONGEST_SNAPSHOT)
        return places_of(json.loads(frozen)["configs"]) if frozen else {}
    except Exception:
        log.exception("the names in the snapshot of %s cannot be read", run.experiment)
        return {}
