"""Cloud Build: a build's one step runs by its image's own entrypoint; every change of status is kept and published."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from typing import Any

from google.cloud.devtools.cloudbuild_v1.types import Build, BuildOptions

from local.cloud import clock
from local.cloud.execution import MAX_TRIES, Execution, Place, WorkerLost
from local.cloud.filters import accepts, parse
from local.cloud.images import UnknownImage, entrypoint_module
from local.cloud.publishing import BUILDS_TOPIC, Publisher
from local.cloud.store import Store

CONCURRENT_BUILDS = 2
DEFAULT_TIMEOUT_S = 3600.0
LIVE = frozenset({"PENDING", "QUEUED", "WORKING"})
WITHOUT_BUCKET = (BuildOptions.LoggingMode.CLOUD_LOGGING_ONLY, BuildOptions.LoggingMode.NONE)

log = logging.getLogger(__name__)


class BuildNotFound(KeyError):
    """No build has this id in this place; becomes NOT_FOUND."""


class InvalidBuild(ValueError):
    """The build asks for what the one-machine stack does not run; becomes INVALID_ARGUMENT."""


class Builds:
    """All builds as Build JSON; those that were live when the process ended are run again."""

    def __init__(self, project: str, place: Place, store: Store, publisher: Publisher) -> None:
        self._project, self._place, self._store, self._publisher = project, place, store, publisher
        self._lock = threading.RLock()
        self._builds = {record["id"]: record for record in store.load_all()}
        self._executions: dict[str, Execution] = {}
        self._slots = threading.Semaphore(CONCURRENT_BUILDS)
        for record in self._in_order(self._builds.values()):
            if record["status"] in LIVE:
                self._queue(record["id"])

    def create(self, location: str, request: Build) -> dict[str, Any]:
        """Accept a build and queue it."""
        if len(request.steps) != 1 or request.steps[0].entrypoint or request.steps[0].script:
            raise InvalidBuild("The one-machine stack runs builds of one step, by the entrypoint of the step's image.")
        if request.service_account and request.options.logging not in WITHOUT_BUCKET and not request.logs_bucket:
            raise InvalidBuild(  # as Cloud Build answers; its words are from memory
                "if 'build.service_account' is specified, the build must either specify 'build.logs_bucket' or use "
                "either CLOUD_LOGGING_ONLY / NONE logging options"
            )
        build_id = str(uuid.uuid4())
        record = json.loads(Build.to_json(request, including_default_value_fields=False))
        record.update(
            id=build_id,
            name=f"projects/{self._project}/locations/{location}/builds/{build_id}",
            projectId=self._project,
            createTime=clock.now(),
        )
        with self._lock:
            self._builds[build_id] = record
            self._change(record, "QUEUED")
            self._queue(build_id)
            return dict(record)

    def get(self, build_id: str, location: str | None = None) -> dict[str, Any]:
        """A build by id; `location` None looks everywhere."""
        with self._lock:
            record = self._builds.get(build_id)
            if record is None or (location and _location(record) != location):
                raise BuildNotFound(build_id)
            return dict(record)

    def list(self, location: str, filter_text: str) -> list[dict[str, Any]]:
        """Newest first. The global list does not show regional builds, as on Google Cloud."""
        comparisons = parse(filter_text)
        with self._lock:
            found = [record for record in self._builds.values() if _location(record) == location]
        return [record for record in reversed(self._in_order(found)) if accepts(comparisons, record.get)]

    def cancel(self, build_id: str) -> dict[str, Any]:
        """End a live build; a finished one stays as it is."""
        with self._lock:
            record = self._builds[build_id]
            if record["status"] not in LIVE:
                return dict(record)
            self._change(record, "CANCELLED", finishTime=clock.now())
            execution = self._executions.get(build_id)
        if execution is not None:
            execution.stop()
        return self.get(build_id)

    def _queue(self, build_id: str) -> None:
        # A daemon: a stack that goes down does not wait for its builds, it runs them again when it comes up.
        threading.Thread(target=self._run, args=(build_id,), name=f"build-{build_id}", daemon=True).start()

    def _run(self, build_id: str) -> None:
        with self._slots:
            self._run_now(build_id)

    def _run_now(self, build_id: str) -> None:
        try:
            for _ in range(MAX_TRIES):
                if self._try(build_id):
                    return
            self._finish(build_id, "INTERNAL_ERROR", "The worker was lost again and again.")
        except Exception as error:
            log.exception("build %s", build_id)
            self._finish(build_id, "INTERNAL_ERROR", str(error))

    def _try(self, build_id: str) -> bool:
        """False when the worker was lost, so that another try makes sense."""
        with self._lock:
            record = self._builds[build_id]
            if record["status"] not in LIVE:
                return True
            try:
                execution = self._execution(record)
            except UnknownImage as error:
                self._finish(build_id, "FAILURE", str(error))
                return True
            self._executions[build_id] = execution
            self._change(record, "WORKING", startTime=record.get("startTime", clock.now()))
        try:
            outcome = execution.run(_seconds(record.get("timeout")))
        except WorkerLost:
            return False
        finally:
            with self._lock:
                del self._executions[build_id]
        if execution.timed_out and not outcome.succeeded:
            self._finish(build_id, "TIMEOUT", "The build ran longer than its timeout.")
        elif outcome.succeeded:
            self._finish(build_id, "SUCCESS")
        else:
            self._finish(build_id, "FAILURE", f"Build step 0 {outcome.describe()}")
        return True

    def _execution(self, record: dict[str, Any]) -> Execution:
        step = record["steps"][0]
        module, leading = entrypoint_module(step["name"])
        resource = {"type": "build", "labels": {"project_id": self._project, "build_id": record["id"]}}
        log_name = f"projects/{self._project}/logs/cloudbuild"
        argv = [*leading, *step.get("args", ())]
        return Execution(self._place, f"builds/{record['id']}", module, argv, log_name, resource)

    def _finish(self, build_id: str, status: str, detail: str = "") -> None:
        with self._lock:
            record = self._builds[build_id]
            if record["status"] not in LIVE:
                return  # cancelled meanwhile
            if detail:
                record["statusDetail"] = detail
                record["failureInfo"] = {"type": "USER_BUILD_STEP", "detail": detail}
            self._change(record, status, finishTime=clock.now())

    def _change(self, record: dict[str, Any], status: str, **times: str) -> None:
        record.update(status=status, **times)
        self._store.save(record["id"], record)
        self._publisher.publish(BUILDS_TOPIC, record, buildId=record["id"], status=status)

    @staticmethod
    def _in_order(records: Any) -> list[dict[str, Any]]:
        return sorted(records, key=lambda record: (record["createTime"], record["id"]))


def _location(record: dict[str, Any]) -> str:
    return record["name"].split("/")[3]


def _seconds(duration: str | None) -> float:
    """A protobuf duration in JSON: `1800s`."""
    return float(duration.rstrip("s")) if duration else DEFAULT_TIMEOUT_S
