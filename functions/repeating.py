"""Snapshots that are made of earlier ones: that of a further attempt (domain S8.3) and that of a rerun (S5.12). Nothing
is read from live configs again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from functions.checking import endpoint_problems
from functions.services import Services
from functions.settling import month_problems
from shared import paths
from shared.documents import Experiment
from shared.parameters import IDENTITY, moved, of_generation, repeated
from shared.problems import InvalidDocument, Problem
from shared.runs import Run
from shared.snapshot import Snapshot
from shared.validation.experiment import origin_problems

LONGEST_SNAPSHOT = 10_000_000
REMEMBERED = timedelta(days=7)  # how far back BigQuery knows what was in a table (time travel, at most)


def of_earlier_attempt(run: Run, services: Services) -> Snapshot | None:
    """What the attempt before froze, in the region that the run goes to now; None when nothing was frozen."""
    earlier = _latest(run.experiment, run.attempt - 1, services)
    if earlier is None:
        return None
    region, regions = (run.parameters or {}).get("region") or earlier.parameters["region"], services.config.regions
    goes_on = moved(earlier, region if region in regions else regions[0], services.config.dataflow_region)
    return of_generation(goes_on, services.store.reuse_generation(), services.now())


def of_parent(experiment: Experiment, services: Services) -> Snapshot:
    """What the parent froze, under the identity of its rerun; raises InvalidDocument when there is no such thing, or
    the request wants something else."""
    parent, problems = _of_ended(experiment, services)
    if parent is None:
        raise InvalidDocument("experiment", problems)
    endpoint, limits = experiment.model_endpoint, parent.limits
    problems = [
        *_differences(experiment, parent),
        *_left_behind(parent, services.config.regions),
        *_forgotten(parent, services.now()),
        *endpoint_problems(endpoint, limits["usd"], services),
        *month_problems(endpoint, parent.estimate["total_usd"], services),
    ]
    if problems:
        raise InvalidDocument("experiment", problems)
    written = experiment.model_dump(mode="json", by_alias=True)
    return of_generation(repeated(parent, written), services.store.reuse_generation(), services.now())


def _latest(experiment_id: str, attempt: int, services: Services) -> Snapshot | None:
    """Of the latest attempt, up to this one, that came so far."""
    for each in range(attempt, 0, -1):
        if (content := services.blobs.read(paths.snapshot(experiment_id, each), LONGEST_SNAPSHOT)) is not None:
            return Snapshot.from_json(content)
    return None


def _of_ended(experiment: Experiment, services: Services) -> tuple[Snapshot | None, list[Problem]]:
    """The parent's snapshot, or why there is none to repeat."""
    if problems := list(origin_problems(experiment)):
        return None, problems
    parent = experiment.parent or ""
    loaded = services.store.load(parent)
    if loaded.run is None:
        return None, [_rerun(f"there is no experiment `{parent}`.", "Name one that has ended.")]
    if loaded.run.deletion is not None or (loaded.delete is not None and not loaded.run.live):
        return None, [_rerun(f"`{parent}` is being deleted.", "Repeat another one.")]
    if loaded.run.live:
        state = loaded.run.state.value
        return None, [_rerun(f"`{parent}` is still {state}.", "Wait until it has ended, or use `origin: clone`.")]
    if (snapshot := _latest(parent, loaded.run.attempt, services)) is None:
        frozen = loaded.run.parameters is not None  # it was prepared; the object may be gone, e.g. after a restore
        why = "what it was prepared with is not stored any more" if frozen else "it ended before it was prepared"
        return None, [_rerun(f"`{parent}` cannot be repeated: {why}.", "Use `origin: clone`.")]
    return snapshot, []


def _rerun(problem: str, remedy: str) -> Problem:
    return Problem("E_RERUN", "parent", problem, remedy)


def _differences(experiment: Experiment, parent: Snapshot) -> list[Problem]:
    """What the request says of its own would do nothing."""
    told = (experiment.model_fields_set - IDENTITY) | {"model_endpoint"}  # whose places and money the run takes
    wanted = experiment.model_dump(mode="json", by_alias=True, include=told)
    frozen = parent.configs["experiment"]
    return [
        Problem("E_RERUN", name, f"it is {value!r}, and {frozen.get(name)!r} in the experiment that this one repeats.",
                "Remove it, or use `origin: clone`.")
        for name, value in wanted.items() if value != frozen.get(name)
    ]  # fmt: skip


def _left_behind(parent: Snapshot, regions: Sequence[str]) -> list[Problem]:
    """Where nobody looks any more, a job that is forgotten would run for ever (functions.sweep)."""
    region = parent.parameters["region"]
    if region in regions:
        return []
    return [_rerun(f"it ran in `{region}`, where this deployment does not run any more.", "Use `origin: clone`.")]


def _forgotten(parent: Snapshot, now: datetime) -> list[Problem]:
    if parent.as_of is None or now - datetime.fromisoformat(parent.as_of) < REMEMBERED:
        return []
    day, days = parent.as_of[:10], REMEMBERED.days
    problem = f"it read its tables as they were on {day}, and the warehouse remembers {days} days."
    return [_rerun(problem, "Use `origin: clone`, which reads them as they are now.")]
