"""Storage, Cloud Build, Vertex AI Pipelines, Logging, BigQuery and MLflow in memory."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from functions.adapters.ports import MOST_ROWS, MirrorRecord, Offered, Refused
from functions.adapters.records import live_build, live_job
from shared.facts import Build, Job, Mirrored, Task
from shared.logs import LogLine, lines_of
from shared.orphans import Live
from shared.tables import SourceTable


class FakeBlobs:
    """`functions.adapters.ports.Blobs`"""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.held: set[str] = set()

    def create(self, name: str, content: str, content_type: str) -> bool:
        return self.objects.setdefault(name, encoded := content.encode()) is encoded

    def read(self, name: str, longest: int) -> bytes | None:
        content = self.objects.get(name)
        if content is not None and len(content) > longest:
            raise Refused(f"OUT_OF_RANGE: {name} is larger than {longest} bytes")
        return content

    def exists(self, name: str) -> bool:
        return name in self.objects

    def size(self, folder: str) -> int:
        return sum(len(self.objects[name]) for name in self._under(folder))

    def delete_all(self, folder: str) -> None:
        for name in self._under(folder):
            self.objects.pop(name, None)
            self.held.discard(name)

    def hold(self, folder: str, held: bool) -> None:
        (self.held.update if held else self.held.difference_update)(self._under(folder))

    def _under(self, folder: str) -> list[str]:
        return [name for name in list(self.objects) if name.startswith(f"{folder}/")]


class FakeBuilds:
    """`functions.adapters.ports.Builds`"""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.builds: dict[str, Build] = {}
        self.tags: dict[str, str] = {}
        self.arguments: dict[str, list[str]] = {}

    def listed(self, tag: str) -> list[Build]:
        return [build for build in self.builds.values() if self.tags[build.id] == tag]

    def live(self) -> list[Live]:
        found = (live_build(build.id, [self.tags[build.id]]) for build in list(self.builds.values()) if build.live)
        return [each for each in found if each is not None]

    def start(self, tag: str, image: str, arguments: Sequence[str]) -> Build:
        build = Build(f"build-{len(self.builds) + 1}", "QUEUED", self._now())
        self.builds[build.id], self.tags[build.id] = build, tag
        self.arguments[build.id] = list(arguments)
        return build

    def cancel(self, build_id: str) -> None:
        build = self.builds.get(build_id)
        if build is not None and build.live:
            self.end(build_id, "CANCELLED")

    def end(self, build_id: str, status: str, detail: str = "") -> None:
        self.builds[build_id] = replace(self.builds[build_id], status=status, ended_at=self._now(), detail=detail)


class FakePipelines:
    """`functions.adapters.ports.Pipelines`. Names are unique over all regions (the attempt is in them), so one
    dictionary holds the jobs of all; a region shows its own."""

    def __init__(self, region: str = "europe-west4") -> None:
        self.region = region
        self.jobs: dict[str, Job] = {}
        self.region_of: dict[str, str] = {}
        self.submitted: dict[str, dict[str, Any]] = {}
        self.regions: set[str] = set()  # that were asked for

    def at(self, region: str) -> FakePipelines:
        self.regions.add(region)
        there = copy.copy(self)
        there.region = region
        return there

    def get(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id) if self._is_here(job_id) else None

    def live(self) -> list[Live]:
        here = [(job_id, job) for job_id, job in list(self.jobs.items()) if self._is_here(job_id) and job.live]
        found = (live_job(job_id, job.labels) for job_id, job in here)
        return [each for each in found if each is not None]

    def submit(self, job_id: str, spec: Mapping[str, Any], parameters: Mapping[str, str], root: str,
               labels: Mapping[str, str]) -> None:  # fmt: skip
        if job_id in self.jobs:
            return
        name = f"projects/p/locations/{self.region}/pipelineJobs/{job_id}"
        self.jobs[job_id], self.region_of[job_id] = Job(name, "PENDING", dict(labels)), self.region
        self.submitted[job_id] = {"spec": dict(spec), "parameters": dict(parameters), "root": root}

    def cancel(self, job_id: str) -> None:
        job = self.get(job_id)
        if job is not None and job.live:
            self.jobs[job_id] = replace(job, state="CANCELLED")

    def move(self, job_id: str, state: str, *tasks: Task, error: str = "", model_uri: str | None = None) -> None:
        self.jobs[job_id] = replace(self.jobs[job_id], state=state, tasks=tasks, error=error, model_uri=model_uri)

    def _is_here(self, job_id: str) -> bool:
        """A job that a test put there by hand is in every region."""
        return self.region_of.get(job_id, self.region) == self.region


class FakeLogs:
    """`functions.adapters.ports.Logs`"""

    def __init__(self) -> None:
        self.lines: dict[str, tuple[str, ...]] = {}
        self.at = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)  # of the first line; then each second one
        self.since: dict[str, datetime] = {}  # that were asked for

    def of_task(self, log_job: str, since: datetime | None) -> tuple[str, ...]:
        return self.lines.get(log_job, ())

    def of_build(self, build_id: str, since: datetime | None) -> tuple[str, ...]:
        return self.lines.get(build_id, ())

    def task_lines(self, log_job: str, since: datetime, most: int) -> tuple[LogLine, ...]:
        self.since[log_job] = since
        said = [(self.at + timedelta(seconds=n), text) for n, text in enumerate(self.lines.get(log_job, ()))]
        return tuple(line for at, text in said for line in lines_of(at, "INFO", text))[-most:]

    build_lines = task_lines


class FakeWarehouse:
    """`functions.adapters.ports.Warehouse`; `answer` stands for the engine: one row, or a list of rows."""

    def __init__(self, answer: Callable[[str], Mapping[str, Any] | list[Mapping[str, Any]]]) -> None:
        self.tables: dict[str, SourceTable] = {}
        self.answer = answer
        self.queries: list[str] = []
        self.bytes = 1_000  # that any query would read
        self.looked_up: list[str] = []  # tables

    def table(self, project: str | None, dataset: str, table: str) -> SourceTable | None:
        name = ".".join(part for part in (project, dataset, table) if part)
        self.looked_up.append(name)
        return self.tables.get(name)

    def offered(self, most: int) -> list[Offered]:
        kinds = {name: "TABLE" if table.native else "VIEW" for name, table in sorted(self.tables.items())}
        return [Offered(name, kind) for name, kind in kinds.items() if name.count(".") == 1][:most]

    def rows(self, sql: str, max_bytes_billed: int) -> list[Mapping[str, Any]]:
        self.queries.append(sql)
        if self.bytes > max_bytes_billed:
            raise Refused(f"BadRequest: Query exceeded limit for bytes billed: {max_bytes_billed}.")
        answer = self.answer(sql)
        rows = answer if isinstance(answer, list) else [answer]
        if len(rows) > MOST_ROWS:
            raise Refused(f"OUT_OF_RANGE: the query gave more than {MOST_ROWS} rows")
        return rows

    def row(self, sql: str, max_bytes_billed: int) -> Mapping[str, Any]:
        rows = self.rows(sql, max_bytes_billed)
        if len(rows) != 1:
            raise Refused(f"OUT_OF_RANGE: the query gave {len(rows)} rows instead of one")
        return rows[0]

    def bytes_of(self, sql: str) -> int:
        self.answer(sql)
        return self.bytes


class FakeMirror:
    """`functions.adapters.ports.Mirror`"""

    def __init__(self) -> None:
        self.records: dict[str, MirrorRecord] = {}
        self.down = False

    def write(self, record: MirrorRecord) -> Mirrored:
        if self.down:
            return Mirrored("pending", reason="connection refused")
        self.records[record.experiment_id] = record
        return Mirrored("done", f"run-{record.experiment_id}", "http://mlflow/run")

    def remove(self, record_experiment: str, experiment_id: str) -> Mirrored:
        if self.down:
            return Mirrored("pending", reason="connection refused")
        record = self.records.get(experiment_id)
        if record is not None and record.experiment_name == record_experiment:
            del self.records[experiment_id]
        return Mirrored("done")
