"""Builds, pipeline jobs and what becomes of them: everything that happens without us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared import paths
from shared.facts import Build, Job, Task
from tests.simulation.content import EPOCHS, artifact_bytes, epoch_bytes, results_bytes

if TYPE_CHECKING:
    from tests.simulation.world import World

TASKS = ("BigQueryExampleGen", "StatisticsGen", "SchemaGen", "Transform", "Trainer")
OUTPUTS = {"StatisticsGen": "statistics", "SchemaGen": "schema"}  # artifacts that somebody reads
RUNNING_TASK = (None, 0, 3, 4, 4, 4, 4)  # which task runs at a position of a job
ARTIFACTS, FIRST_EPOCH, RESULTS, END = 3, 4, 4 + EPOCHS, 5 + EPOCHS  # positions of a job: what is written there

# S8.3: words of a failure of each kind of retry; `once`, `no` and words that nobody knows.
WORDS = {
    "same": "UNAVAILABLE: Connection reset by peer",
    "wait": "Quota exceeded for quota metric 'Custom model training CPUs' of service aiplatform.googleapis.com",
    "region": "ZONE_RESOURCE_POOL_EXHAUSTED: The zone does not have enough resources available",
    "once": "UNAUTHENTICATED: Request had invalid authentication credentials",
    "no": "[QT:E_DIVERGED] The loss became nan in epoch 1.",
    "odd": "something that nobody has seen before",
}
FAILED_BUILDS = ("FAILURE", "FAILURE", "TIMEOUT", "INTERNAL_ERROR", "EXPIRED")
NEVER = "hang"


@dataclass
class SimBuild:
    """A build, and what will become of it."""

    world: World
    fact: Build
    tag: str
    key: str
    fate: str  # the status it ends with; NEVER: only a cancel ends it
    detail: str
    listed_at: datetime
    orphan_sweeps: int = 0
    cancel_calls: int = 0

    @property
    def visible(self) -> bool:
        return self.world.time >= self.listed_at


@dataclass
class SimJob:
    """A job, and what will become of it: at `fate_at` it ends with `fate`."""

    id: str
    region: str
    fact: Job
    data_version: str
    fate: str
    fate_at: int
    words: str
    stubborn: bool  # it may succeed in spite of a cancel
    made_at: datetime
    position: int = 0
    times: dict[int, tuple[datetime, datetime | None]] = field(default_factory=dict)
    reads: str | None = None  # the experiment whose outputs it reuses
    orphan_sweeps: int = 0
    cancel_calls: int = 0

    @property
    def experiment(self) -> str:
        return self.id.rpartition("-a")[0]

    @property
    def attempt(self) -> int:
        return int(self.id.rpartition("-a")[2])


class Outside:
    """The cloud. Whoever creates something here learns of it at once; others may have to wait (`Plan.lag_s`)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.builds: dict[str, SimBuild] = {}
        self.builds_of: dict[str, list[SimBuild]] = {}
        self.jobs: dict[tuple[str, str], SimJob] = {}
        self.outputs: dict[str, str] = {}  # data version -> the experiment whose outputs a later job may reuse

    # ------------------------------------------------------------------------------------------------- builds

    def start_build(self, tag: str, arguments: Sequence[str]) -> Build:
        world, random, plan = self._world, self._world.random, self._world.plan
        status, detail = "SUCCESS", ""
        if random.random() < plan.hang:
            status = NEVER
        elif random.random() < plan.cancelled_outside:
            status = "CANCELLED"
        elif random.random() < plan.fail:
            status, detail = random.choice(FAILED_BUILDS), WORDS[random.choice(tuple(WORDS))]
        fact = Build(f"build-{len(self.builds) + 1}", "QUEUED", world.time)
        listed_at = world.time + timedelta(seconds=random.random() * plan.lag_s)
        key = arguments[arguments.index("--compile-key") + 1]
        build = SimBuild(world, fact, tag, key, status, detail, listed_at)
        self.builds[fact.id] = build
        self.builds_of.setdefault(tag, []).append(build)
        world.told("build %s started for %s, and will be %s", fact.id, tag, status)
        world.checker.started(build)
        return fact

    def cancel_build(self, build_id: str) -> None:
        build = self.builds.get(build_id)
        if build is None:
            return
        build.cancel_calls += 1
        self._world.checker.cancelled("build", build_id, build.tag, live=build.fact.live)
        if build.fact.live:
            self._end_build(build, "CANCELLED", "")

    def move_build(self, build: SimBuild) -> bool:
        """One step of its life; False when there is none."""
        if not build.fact.live or (build.fate == NEVER and build.fact.status == "WORKING"):
            return False
        if build.fact.status == "QUEUED":
            build.fact = replace(build.fact, status="WORKING", started_at=self._world.time)
            return True
        spec = paths.compiled_spec(build.key)
        if build.fate == "SUCCESS" and spec not in self._world.blobs.objects:
            self._world.blobs.objects[spec] = b'{"pipelineInfo": {}}'  # it is stored before the build has ended
            return True
        self._end_build(build, build.fate, build.detail)
        return True

    def _end_build(self, build: SimBuild, status: str, detail: str) -> None:
        build.fact = replace(build.fact, status=status, detail=detail, ended_at=self._world.time)
        self._world.told("build %s is %s", build.fact.id, status)
        self._world.emit(paths.experiment_of_attempt(build.tag) or "")

    # --------------------------------------------------------------------------------------------------- jobs

    def submit_job(self, region: str, job_id: str, parameters: Mapping[str, str], labels: Mapping[str, str]) -> None:
        if (region, job_id) in self.jobs:  # ALREADY_EXISTS
            self._world.checker.submitted(job_id, labels, new=False)
            return
        random, plan = self._world.random, self._world.plan
        fate, fate_at = "SUCCEEDED", END
        if random.random() < plan.hang:
            fate, fate_at = NEVER, random.randrange(END)
        elif random.random() < plan.cancelled_outside:
            fate, fate_at = "CANCELLED", random.randrange(END)
        elif random.random() < plan.fail:
            fate, fate_at = "FAILED", random.randrange(END)
        words = WORDS[random.choice(tuple(WORDS))]
        stubborn = random.random() < plan.stubborn
        fact = Job(f"projects/p/locations/{region}/pipelineJobs/{job_id}", "PENDING", dict(labels))
        version = parameters["input_config"].rpartition("-- data ")[2].partition('"')[0]
        self.jobs[region, job_id] = SimJob(
            job_id, region, fact, version, fate, fate_at, words, stubborn, self._world.time
        )
        self._world.told("job %s created in %s, and will be %s at %s", job_id, region, fate, fate_at)
        self._world.checker.submitted(job_id, labels, new=True)

    def cancel_job(self, region: str, job_id: str) -> None:
        job = self.jobs.get((region, job_id))
        if job is None:
            return
        job.cancel_calls += 1
        self._world.checker.cancelled("job", job_id, job_id, live=job.fact.live)
        if job.fact.live and job.fact.state != "CANCELLING":
            job.fact = replace(job.fact, state="CANCELLING")
            self._world.told("job %s is CANCELLING", job_id)
            self._world.emit(job.experiment)

    def move_job(self, job: SimJob) -> bool:
        """One step of its life; False when there is none."""
        if not job.fact.live:
            return False
        if job.fact.state == "CANCELLING":
            self._end_job(job, "SUCCEEDED" if job.stubborn and job.position >= RESULTS else "CANCELLED")
            return True
        if job.position >= job.fate_at and job.fate != "SUCCEEDED":
            if job.fate == NEVER:
                return False
            if job.fate == "CANCELLED":  # by somebody in the console
                job.fact = replace(job.fact, state="CANCELLING")
                return True
            self._end_job(job, "FAILED")
            return True
        self._advance(job)
        return True

    def _advance(self, job: SimJob) -> None:
        job.position += 1
        if job.position == END:
            self._end_job(job, "SUCCEEDED")
            return
        if job.position == 2:
            job.reads = self.outputs.setdefault(job.data_version, job.experiment)
            job.reads = None if job.reads == job.experiment else job.reads
            self._world.checker.reads(job)
        self._write(job)
        job.fact = replace(job.fact, state="RUNNING", tasks=self._tasks(job, None))
        self._world.told("job %s is at %d", job.id, job.position)
        self._world.emit(job.experiment)

    def _write(self, job: SimJob) -> None:
        objects, experiment, attempt = self._world.blobs.objects, job.experiment, job.attempt
        if job.position == ARTIFACTS:
            folder, odd = paths.pipeline_root(experiment, attempt), self._world.plan.odd_results > 0
            objects |= {f"{folder}/{name}": it for name, it in artifact_bytes(experiment, attempt, odd).items()}
        if FIRST_EPOCH <= job.position < RESULTS:
            epoch = job.position - FIRST_EPOCH
            name = f"{paths.progress_folder(experiment, attempt)}/epoch-{epoch:04d}.json"
            objects[name] = epoch_bytes(experiment, attempt, epoch)
        if job.position == RESULTS and (content := self._results(experiment, attempt)) is not None:
            objects[paths.results(experiment, attempt)] = content

    def _results(self, experiment: str, attempt: int) -> bytes | None:
        random = self._world.random
        if random.random() >= self._world.plan.odd_results:
            return results_bytes(experiment, attempt)
        return random.choice((None, b"{}", b"\xff", results_bytes(experiment, attempt + 1)))

    def _tasks(self, job: SimJob, end: str | None) -> tuple[Task, ...]:
        """As the job's view shows them; `end`: what becomes of the one that was running."""
        now = self._world.time
        running = RUNNING_TASK[min(job.position, RESULTS)]
        found = []
        for number, name in enumerate(TASKS):
            if running is None or number > running:
                found.append(Task(name, "PENDING"))
                continue
            started_at = job.times.setdefault(number, (now, None))[0]
            ended_at = job.times[number][1]
            state = (end or "RUNNING") if number == running else "SKIPPED" if job.reads else "SUCCEEDED"
            if state != "RUNNING" and ended_at is None:
                ended_at = now
                job.times[number] = (started_at, now)
            error = job.words if state == "FAILED" else ""
            found.append(
                Task(name, state, started_at, ended_at, error, f"{job.id}-{name}", self._outputs(job, name, state))
            )
        return tuple(found)

    def _outputs(self, job: SimJob, task: str, state: str) -> dict[str, str]:
        if state not in ("SUCCEEDED", "SKIPPED") or task not in OUTPUTS:
            return {}
        folder = paths.pipeline_root(job.experiment, job.attempt)
        return {OUTPUTS[task]: f"gs://bucket/{folder}/{OUTPUTS[task]}"}

    def _end_job(self, job: SimJob, state: str) -> None:
        uri = f"gs://bucket/{job.id}/model" if state == "SUCCEEDED" else None
        error = job.words if state == "FAILED" else ""
        job.fact = replace(job.fact, state=state, tasks=self._tasks(job, state), error=error, model_uri=uri)
        self._world.told("job %s is %s", job.id, state)
        self._world.emit(job.experiment)

    def live_builds(self) -> list[SimBuild]:
        return [build for build in self.builds.values() if build.fact.live]

    def live_jobs(self) -> list[SimJob]:
        return [job for job in self.jobs.values() if job.fact.live]

    def live(self) -> list[SimBuild | SimJob]:
        return [*self.live_builds(), *self.live_jobs()]
