"""Vertex AI Pipelines: jobs run by their compiled spec, task by task. At most `slots` components run at once over all
jobs, the oldest job first; every change of a job or a task is kept on disk and published."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

from google.cloud.aiplatform_v1.types import PipelineJob
from google.rpc import code_pb2

from local.cloud import clock
from local.cloud.adaptation import local_arguments, localise
from local.cloud.execution import MAX_TRIES, Execution, Outcome, Place, WorkerLost
from local.cloud.images import python_module
from local.cloud.job_records import FINISHED_TASK, LIVE_JOB, LIVE_TASK, JobRecord, TaskRecord, new_job, new_number
from local.cloud.pipeline_events import job_entry, task_entry
from local.cloud.publishing import PIPELINES_TOPIC, Publisher
from local.cloud.reuse import Reusable, fingerprint
from local.cloud.spec import InvalidSpec, Plan, executor_input, fill_in, merge_outputs, read_plan
from local.cloud.store import Store

PROJECT_NUMBER = "1"  # part of the output folders, as on Google Cloud

log = logging.getLogger(__name__)


class JobExists(ValueError):
    """Becomes ALREADY_EXISTS."""


class JobNotFound(KeyError):
    """Becomes NOT_FOUND."""


class Jobs:
    """All pipeline jobs; those that were live when the process ended go on, a task that was interrupted runs again."""

    def __init__(self, place: Place, storage: Path, store: Store, publisher: Publisher, slots: int) -> None:
        self._place, self._storage, self._store, self._publisher = place, storage, store, publisher
        self._free_slots = slots
        self._lock = threading.RLock()
        self._executions: dict[tuple[str, str], Execution | None] = {}  # None: about to start
        self._jobs = {job.name: job for job in map(JobRecord.from_record, store.load_all())}
        self._reusable = Reusable(storage, self._jobs.values())
        self._plans = {job.name: read_plan(job.request["pipelineSpec"]) for job in self._live()}
        with self._lock:
            for job in self._live():
                self._resume(job)
            self._dispatch()

    def create(self, name: str, request: PipelineJob) -> JobRecord:
        """Accept a job; raises JobExists, InvalidSpec."""
        plan = _checked_plan(request)
        with self._lock:
            if name in self._jobs:
                raise JobExists("Pipeline job with the specified ID already exists.")
            job = new_job(name, request, list(plan.tasks))
            self._jobs[name], self._plans[name] = job, plan
            log.info("created pipeline job %s", job.job_id)
            self._job_enters(job, "PENDING")
            self._dispatch()
            return job

    def get(self, name: str) -> JobRecord:
        with self._lock:
            if name not in self._jobs:
                raise JobNotFound(name)
            return self._jobs[name]

    def list(self) -> list[JobRecord]:
        """Newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: (job.create_time, job.name), reverse=True)

    def cancel(self, name: str) -> None:
        """Begin to end a live job; it is CANCELLED when the processes of its tasks are gone."""
        with self._lock:
            job = self.get(name)
            if job.state not in LIVE_JOB or job.state == "CANCELLING":
                return
            self._job_enters(job, "CANCELLING")
            running = [e for (job_name, _), e in self._executions.items() if job_name == name and e is not None]
            self._settle(job)
        for execution in running:
            threading.Thread(target=execution.stop, name=f"cancel-{job.job_id}", daemon=True).start()

    def _live(self) -> list[JobRecord]:
        """Oldest first."""
        return [job for job in sorted(self._jobs.values(), key=lambda j: j.create_time) if job.state in LIVE_JOB]

    def _resume(self, job: JobRecord) -> None:
        for task in job.tasks.values():
            if task.state == "RUNNING":
                task.state, task.start_time = "PENDING", ""
        self._settle(job)

    # What runs next. All of this is called with the lock held.

    def _dispatch(self) -> None:
        for job in self._live():
            for task in job.tasks.values():
                if self._is_ready(job, task) and not self._reuse(job, task) and self._free_slots:
                    self._start(job, task)

    def _is_ready(self, job: JobRecord, task: TaskRecord) -> bool:
        needed = self._plans[job.name].tasks[task.name].depends_on
        return (
            job.state in ("PENDING", "RUNNING")
            and task.state == "PENDING"
            and not any(other.state == "FAILED" for other in job.tasks.values())
            and all(job.tasks[name].state in FINISHED_TASK for name in needed)
        )

    def _reuse(self, job: JobRecord, task: TaskRecord) -> bool:
        """Take the outputs of an equal task, if there are any and the spec allows it."""
        plan = self._plans[job.name]
        task.fingerprint = fingerprint(plan, plan.tasks[task.name], self._executor_input(job, task, ""))
        found = self._reusable.find(task.fingerprint) if plan.tasks[task.name].may_reuse else None
        if found is None:
            return False
        artifacts, task.contents = found
        task.artifacts = dict(artifacts)
        if job.state == "PENDING":
            self._job_enters(job, "RUNNING")
        task.start_time = task.end_time = clock.now()
        self._task_enters(job, task, "SKIPPED")
        self._settle(job)
        return True

    def _start(self, job: JobRecord, task: TaskRecord) -> None:
        self._free_slots -= 1
        self._executions[job.name, task.name] = None
        if job.state == "PENDING":
            self._job_enters(job, "RUNNING")
        task.start_time = clock.now()
        self._task_enters(job, task, "RUNNING")
        name = f"{job.job_id}-{task.name}"
        threading.Thread(target=self._run, args=(job, task), name=name, daemon=True).start()

    # One task, in a thread of its own.

    def _run(self, job: JobRecord, task: TaskRecord) -> None:
        try:
            outcome = self._tries(job, task)
        except Exception as error:
            log.exception("%s %s", job.job_id, task.name)
            outcome = Outcome(1, f"{type(error).__name__}: {error}", 0.0)
        with self._lock:
            del self._executions[job.name, task.name]
            self._free_slots += 1
            self._ended(job, task, outcome)
            self._settle(job)
            self._dispatch()

    def _tries(self, job: JobRecord, task: TaskRecord) -> Outcome:
        for _ in range(MAX_TRIES):
            try:
                return self._try(job, task)
            except WorkerLost:
                log.warning("%s %s: the worker was lost", job.job_id, task.name)
                if job.state == "CANCELLING":
                    return Outcome(137, "", 0.0)
        return Outcome(1, "The worker was lost again and again.", 0.0)

    def _try(self, job: JobRecord, task: TaskRecord) -> Outcome:
        """Run the component in a fresh folder: TFX refuses to write into a used one."""
        number = new_number()
        root = job.request["runtimeConfig"]["gcsOutputDirectory"].rstrip("/")
        folder = f"{root}/{PROJECT_NUMBER}/{job.job_id}/{task.name}_{number}"
        given = self._executor_input(job, task, folder)
        self._make_folders(given)
        execution = self._execution(job, task, number, localise(given, self._storage))
        with self._lock:
            task.tries.append(number)
            self._executions[job.name, task.name] = execution
            self._save(job)
            cancelled = job.state == "CANCELLING"
        if cancelled:
            return Outcome(137, "", 0.0)
        outcome = execution.run()
        if outcome.succeeded:
            task.artifacts = merge_outputs(given, self._reported(given))
            task.contents = self._reusable.contents(task.artifacts)
        log.info("%s %s: %s in %.1f s, %d MB", job.job_id, task.name, outcome.describe(), outcome.seconds,
                 outcome.max_rss_kb // 1024)  # fmt: skip
        return outcome

    def _executor_input(self, job: JobRecord, task: TaskRecord, folder: str) -> dict[str, Any]:
        plan = self._plans[job.name]
        values = plan.values(job.request["runtimeConfig"].get("parameterValues", {}))
        produced = {name: other.artifacts for name, other in job.tasks.items() if other.artifacts is not None}
        return executor_input(plan.tasks[task.name], values, produced, folder)

    def _make_folders(self, given: dict[str, Any]) -> None:
        for body in given["outputs"]["artifacts"].values():
            Path(localise(body["artifacts"][0]["uri"], self._storage)).mkdir(parents=True)

    def _execution(self, job: JobRecord, task: TaskRecord, number: int, given: dict[str, Any]) -> Execution:
        container = self._plans[job.name].tasks[task.name]
        module, leading = python_module(list(container.command))
        argv = [*leading, *local_arguments(fill_in(container.args, given))]
        project = job.name.split("/")[1]
        labels = {"project_id": project, "job_id": str(number), "task_name": "workerpool0-0"}
        resource = {"type": "ml_job", "labels": labels}
        log_name = f"projects/{project}/logs/workerpool0-0"
        return Execution(self._place, f"jobs/{job.job_id}/{task.name}-{number}", module, argv, log_name, resource)

    def _reported(self, given: dict[str, Any]) -> dict[str, Any]:
        path = Path(localise(given["outputs"]["outputFile"], self._storage))
        return json.loads(path.read_text()) if path.exists() else {}

    # What an ended task means. Called with the lock held.

    def _ended(self, job: JobRecord, task: TaskRecord, outcome: Outcome) -> None:
        task.end_time = clock.now()
        if outcome.succeeded:
            self._task_enters(job, task, "SUCCEEDED")
            self._reusable.remember(task)
        elif job.state == "CANCELLING":
            self._task_enters(job, task, "CANCELLED")
        else:
            task.error = f"The component {task.name} {outcome.describe()}"
            self._task_enters(job, task, "FAILED")

    def _settle(self, job: JobRecord) -> None:
        """Enter a final state as soon as nothing of the job runs and nothing more will."""
        tasks = job.tasks.values()
        if job.state not in LIVE_JOB or any(task.state == "RUNNING" for task in tasks):
            return
        failed = [task for task in tasks if task.state == "FAILED"]
        if all(task.state in FINISHED_TASK for task in tasks):
            self._job_enters(job, "SUCCEEDED")
        elif job.state == "CANCELLING":
            self._abandon(job, "CANCELLED", code_pb2.CANCELLED, "The pipeline job was cancelled by a request.")
        elif failed:
            names = ", ".join(task.name for task in failed)
            reasons = " ".join(task.error for task in failed)
            message = f"The DAG failed because some tasks failed. The failed tasks are: [{names}]. {reasons}"
            self._abandon(job, "FAILED", code_pb2.FAILED_PRECONDITION, message)

    def _abandon(self, job: JobRecord, state: str, code: int, message: str) -> None:
        for task in job.tasks.values():
            if task.state in LIVE_TASK:
                self._task_enters(job, task, "NOT_TRIGGERED")
        job.error_code, job.error = code, message
        self._job_enters(job, state)

    def _job_enters(self, job: JobRecord, state: str) -> None:
        job.enter(state)
        self._save(job)
        self._publisher.publish(PIPELINES_TOPIC, job_entry(job))

    def _task_enters(self, job: JobRecord, task: TaskRecord, state: str) -> None:
        task.state, job.update_time = state, clock.now()
        self._save(job)
        self._publisher.publish(PIPELINES_TOPIC, task_entry(job, task))

    def _save(self, job: JobRecord) -> None:
        self._store.save(job.job_id, job.to_record())


def _checked_plan(request: PipelineJob) -> Plan:
    """The spec's plan, with everything checked that the real service checks before it accepts a job."""
    content = json.loads(PipelineJob.to_json(request, including_default_value_fields=False))
    plan = read_plan(content.get("pipelineSpec", {}))
    runtime = content.get("runtimeConfig", {})
    if not runtime.get("gcsOutputDirectory", "").startswith("gs://"):
        raise InvalidSpec("runtime_config.gcs_output_directory must be a gs:// path.")
    plan.values(runtime.get("parameterValues", {}))
    for task in plan.tasks.values():
        python_module(list(task.command))
    return plan
