"""Looking at the truth that a state needs, and at nothing else. Looking changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from functions import evidence as evidence_of
from functions.adapters.ports import Loaded, Refused
from functions.artifacts import TASKS, new_insights
from functions.outcomes import Outcome
from functions.places import Line, is_resting, line_for
from functions.services import Services, pipelines_of
from shared import paths
from shared.epochs import EpochRecord
from shared.errors import Evidence
from shared.facts import Build, Collected, Facts, Insight
from shared.lifecycle.deleting import is_deleting
from shared.protocol import data_changes
from shared.results import Results, headline, headlines
from shared.runs import Run, State

log = logging.getLogger(__name__)

LONGEST_RESULTS = 900_000  # it becomes a document, and those end at 1 MiB
LONGEST_EPOCH = 40_000
SKEW = timedelta(seconds=360)  # a handler may live for 300 s between a look and its save, and clocks differ by 60 s


def observe(run: Run, loaded: Loaded, outcome: Outcome, services: Services, line: Line | None = None) -> Facts:
    """Facts about the current attempt of `run`; a `line` that is known already is not read again.

    What may not be looked at is a fact too: `decide` is patient with it, and must end such a run some day.
    """
    known = Facts(
        cancel_requested_at=loaded.cancel_requested_at,
        delete=loaded.delete,
        regions=services.config.regions,
        prepared=outcome.prepared,
        rejected=outcome.rejected,
        refused=outcome.refused,
        unstarted=outcome.unstarted,
        mirrored=outcome.mirrored,
        mirror_configured=services.mirror is not None,
        finalized=outcome.finalized,
    )
    try:
        if is_deleting(run, known):
            return _deleting(run, known, outcome, services)
        if run.state is State.REQUESTED:
            return _requested(run, known, loaded, line, services)
        look = _LOOK.get(run.state)
        return look(run, known, outcome, services) if look else known
    except Refused as error:
        log.warning("%s cannot be looked at while %s: %s", run.experiment, run.state.value, error)
        return replace(known, unseen=Evidence("Compile" if run.state is State.COMPILING else None, str(error)))


def _requested(run: Run, known: Facts, loaded: Loaded, line: Line | None, services: Services) -> Facts:
    """Whose turn it is; nobody asks while the run rests, or is wanted no more."""
    if loaded.request is None or loaded.cancel_requested_at is not None or is_resting(run, services.now()):
        return known
    seen = line_for(run, loaded.run is not None, line, services)
    return replace(known, queue=seen.queue, limits=seen.limits)


def _deleting(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    """What is left of an ended run, as far as its deletion still needs to know."""
    deletion = run.deletion
    if deletion is None or deletion.bytes is None:
        size = services.blobs.size(paths.experiment_folder(run.experiment))
        known = replace(known, object_bytes=size)
    if deletion is None or "cloud" not in deletion.finalizers:
        return known
    return replace(
        known,
        job=pipelines_of(run, services).get(_name(run)),
        builds=_builds(run, outcome, services),
        readers=services.store.readers_since(deletion.marked_at + SKEW),
    )


def _compiling(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    """Builds first: a build seen as successful has stored its spec before we look for that."""
    builds = _builds(run, outcome, services)
    evidence = evidence_of.of_build(builds, services)
    stored = services.blobs.exists(paths.compiled_spec((run.spec or {})["key"]))
    return replace(known, builds=builds, spec_exists=stored, evidence=evidence)


def _submitting(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    return replace(known, job=pipelines_of(run, services).get(_name(run)))


def _running(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    """The job first: a job seen as ended has written its epochs before we look for them."""
    job = pipelines_of(run, services).get(_name(run))
    evidence = evidence_of.of_job(run, job, services) if job is not None and job.state == "FAILED" else None
    insights = new_insights(run, job, services) if job is not None else ()
    return replace(known, job=job, evidence=evidence, insights=insights, new_epochs=_new_epochs(run, services))


def _cancelling(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    """Of an attempt that was never prepared nothing can be live: a missing right keeps nobody from ending."""
    if run.spec is None:
        return known
    job = pipelines_of(run, services).get(_name(run))
    return replace(known, job=job, builds=_builds(run, outcome, services), new_epochs=_new_epochs(run, services))


def _collecting(run: Run, known: Facts, outcome: Outcome, services: Services) -> Facts:
    known = replace(known, new_epochs=_new_epochs(run, services), insights=_late_insights(run, services))
    try:
        content = services.blobs.read(paths.results(run.experiment, run.attempt), LONGEST_RESULTS)
        if content is None:
            return known
        results = Results.model_validate_json(content)
        _check_owner(results, run)
        return replace(known, collected=_collected(results))
    except (Refused, ValueError, KeyError) as error:  # pydantic's ValidationError is a ValueError
        if isinstance(error, Refused) and _is_denied(error):
            raise
        return replace(known, results_problem=_one_line(error))


def _late_insights(run: Run, services: Services) -> tuple[Insight, ...]:
    """What the looks before did not get; a job that may not be seen keeps no results from being collected."""
    if TASKS.keys() <= run.insights.keys():
        return ()
    try:
        job = pipelines_of(run, services).get(_name(run))
    except Refused:
        job = None
    return new_insights(run, job, services)


def _is_denied(error: Refused) -> bool:
    """A right is missing: that says nothing about the results, and rights are given back."""
    return str(error).startswith(("PERMISSION_DENIED", "Forbidden", "UNAUTHENTICATED", "Unauthorized"))


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
