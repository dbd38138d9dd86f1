"""Acting on intents. Every effect is named by experiment and attempt, so that doing it twice does it once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from functions.adapters.ports import Refused, Transient
from functions.mirror import experiment_of, record_of
from functions.outcomes import Outcome
from functions.prepare import prepare
from functions.repeating import LONGEST_SNAPSHOT
from functions.services import Services, pipelines_of
from shared import paths
from shared.errors import Evidence
from shared.facts import Finalized, Mirrored
from shared.parameters import SpecOptions, compiler_arguments, labels, pipeline_parameters
from shared.problems import InvalidDocument
from shared.runs import Effect, Intent, Run
from shared.snapshot import Snapshot

log = logging.getLogger(__name__)

LONGEST_SPEC = 10_000_000
LONGEST_CALL = timedelta(seconds=40)  # of a create that is sent again until its timeouts are over
STAGE = {Effect.PREPARE: "Prepare", Effect.START_BUILD: "Compile"}


def act(run: Run, effect: Effect, intent: Intent, services: Services) -> Outcome:
    """Do `effect` and tell what came of it. Raises Transient when it should be tried again."""
    if services.now() >= intent.until:  # we were asleep for so long that somebody else may be at it
        return Outcome()
    try:
        return _ACT[effect](run, services)
    except Transient:
        raise
    except InvalidDocument as error:
        return Outcome(rejected=tuple(error.problems))
    except Refused as error:
        log.warning("%s of %s was refused: %s", effect.value, intent.key, error)
        return _failed(effect, str(error))
    except Exception as error:  # a fault of ours: repeating it would be a crash loop, so the run fails and says why
        log.exception("%s of %s met a fault", effect.value, intent.key)
        return _failed(effect, f"{type(error).__name__}: {error}")


def _failed(effect: Effect, words: str) -> Outcome:
    """Ends the run; a completed one stays completed, and only its mirror has failed."""
    if effect is Effect.MIRROR:
        return Outcome(mirrored=Mirrored("failed", reason=words))
    return Outcome(refused=Evidence(STAGE.get(effect), words))


def _prepare(run: Run, services: Services) -> Outcome:
    return Outcome(prepared=prepare(run, services))


def _start_build(run: Run, services: Services) -> Outcome:
    """List, then create: a build that somebody started for this attempt is adopted (facts-events D6)."""
    tag, spec = paths.attempt_name(run.experiment, run.attempt), run.spec or {}
    if builds := services.builds.listed(tag):
        return Outcome(builds=tuple(builds))
    if services.blobs.exists(paths.compiled_spec(spec["key"])):
        return Outcome(unstarted=run.intents[Effect.START_BUILD])
    images, options = spec["images"], SpecOptions(**spec["options"])  # as frozen: the deployment's may be newer
    arguments = compiler_arguments(spec["key"], images, services.config.bucket, spec["beam_arguments"], options)
    return Outcome(builds=(services.builds.start(tag, images["compiler"], arguments),))


def _submit_pipeline(run: Run, services: Services) -> Outcome:
    """Read, then create, unless reading took so long that the job might appear after our lease: a cancel waits for the
    lease and no longer."""
    experiment_id, attempt, bucket = run.experiment, run.attempt, services.config.bucket
    spec = _stored(paths.compiled_spec((run.spec or {})["key"]), LONGEST_SPEC, services)
    snapshot = Snapshot.from_json(_stored(paths.snapshot(experiment_id, attempt), LONGEST_SNAPSHOT, services))
    if services.now() + LONGEST_CALL >= run.intents[Effect.SUBMIT_PIPELINE].until:
        return Outcome()
    pipelines_of(run, services).submit(
        paths.attempt_name(experiment_id, attempt),
        json.loads(spec),
        pipeline_parameters(experiment_id, attempt, bucket, snapshot),
        f"gs://{bucket}/{paths.pipeline_root(experiment_id, attempt)}",
        labels(experiment_id, attempt, run.model_endpoint),
    )
    return Outcome()


def _stored(name: str, longest: int, services: Services) -> bytes:
    content = services.blobs.read(name, longest)
    if content is None:
        raise Refused(f"NOT_FOUND: gs://{services.config.bucket}/{name} is gone")
    return content


def _cancel_build(run: Run, services: Services) -> Outcome:
    for build in services.builds.listed(paths.attempt_name(run.experiment, run.attempt)):
        if build.live:
            services.builds.cancel(build.id)
    return Outcome()


def _cancel_pipeline(run: Run, services: Services) -> Outcome:
    pipelines_of(run, services).cancel(paths.attempt_name(run.experiment, run.attempt))
    return Outcome()


def _mirror(run: Run, services: Services) -> Outcome:
    if services.mirror is None:
        return Outcome(mirrored=Mirrored("failed", reason="MLflow is not configured any more."))
    return Outcome(mirrored=services.mirror.write(record_of(run, services.store)))


def _unmirror(run: Run, services: Services) -> Outcome:
    """A projection that MLflow will not give up for good must not keep the run for ever."""
    if services.mirror is None:
        log.warning("MLflow is not configured any more: what it shows of %s stays", run.experiment)
        return Outcome(finalized=Finalized("mirror"))
    removed = services.mirror.remove(experiment_of(run), run.experiment)
    if removed.state == "pending":
        log.warning("MLflow is out of reach: %s", removed.reason)
        return Outcome()
    if removed.state == "failed":
        log.error("MLflow does not delete the run of %s: %s", run.experiment, removed.reason)
    return Outcome(finalized=Finalized("mirror"))


def _delete_objects(run: Run, services: Services) -> Outcome:
    services.blobs.delete_all(paths.experiment_folder(run.experiment))
    return Outcome(finalized=Finalized("objects"))


def _delete_details(run: Run, services: Services) -> Outcome:
    services.store.delete_details(run.experiment)
    return Outcome(finalized=Finalized("details"))


_ACT: Mapping[Effect, Callable[[Run, Services], Outcome]] = {
    Effect.PREPARE: _prepare,
    Effect.START_BUILD: _start_build,
    Effect.SUBMIT_PIPELINE: _submit_pipeline,
    Effect.CANCEL_BUILD: _cancel_build,
    Effect.CANCEL_PIPELINE: _cancel_pipeline,
    Effect.MIRROR: _mirror,
    Effect.UNMIRROR: _unmirror,
    Effect.DELETE_OBJECTS: _delete_objects,
    Effect.DELETE_DETAILS: _delete_details,
}
