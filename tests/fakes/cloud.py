"""Storage, Cloud Build, Vertex AI Pipelines, Logging, BigQuery and MLflow in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.adapters.ports import MOST_ROWS, MirrorRecord, Refused
from shared.facts import Build, Job, Mirrored, Task
from shared.tables import SourceTable


class FakeBlobs:
    """`functions.adapters.ports.Blobs`"""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def create(self, name: str, content: str, content_type: str) -> bool:
        return self.objects.setdefault(name, encoded := content.encode()) is encoded

    def read(self, name: str, longest: int) -> bytes | None:
        content = self.objects.get(name)
        if content is not None and len(content) > longest:
            raise Refused(f"OUT_OF_RANGE: {name} is larger than {longest} bytes")
        return content

    def exists(self, name: str) -> bool:
        return name in self.objects


class FakeBuilds:
    """`functions.adapters.ports.Builds`"""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.builds: dict[str, Build] = {}
        self.tags: dict[str, str] = {}
        self.arguments: dict[str, list[str]] = {}

    def listed(self, tag: str) -> list[Build]:
        return [build for build in self.builds.values() if self.tags[build.id] == tag]

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
    """`functions.adapters.ports.Pipelines`"""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.submitted: dict[str, dict[str, Any]] = {}
        self.regions: set[str] = set()  # that were asked for

    def at(self, region: str) -> FakePipelines:
        """Names are unique over all regions, so one dictionary holds the jobs of all."""
        self.regions.add(region)
        return self

    def get(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    def submit(self, job_id: str, spec: Mapping[str, Any], parameters: Mapping[str, str], root: str,
               labels: Mapping[str, str]) -> None:  # fmt: skip
        if job_id in self.jobs:
            return
        self.jobs[job_id] = Job(f"projects/p/locations/r/pipelineJobs/{job_id}", "PENDING", dict(labels))
        self.submitted[job_id] = {"spec": dict(spec), "parameters": dict(parameters), "root": root}

    def cancel(self, job_id: str) -> None:
        job = self.jobs.get(job_id)
        if job is not None and job.live:
            self.jobs[job_id] = replace(job, state="CANCELLED")

    def move(self, job_id: str, state: str, *tasks: Task, error: str = "", model_uri: str | None = None) -> None:
        self.jobs[job_id] = replace(self.jobs[job_id], state=state, tasks=tasks, error=error, model_uri=model_uri)


class FakeLogs:
    """`functions.adapters.ports.Logs`"""

    def __init__(self) -> None:
        self.lines: dict[str, tuple[str, ...]] = {}

    def of_task(self, log_job: str, since: datetime | None) -> tuple[str, ...]:
        return self.lines.get(log_job, ())

    def of_build(self, build_id: str, since: datetime | None) -> tuple[str, ...]:
        return self.lines.get(build_id, ())


class FakeWarehouse:
    """`functions.adapters.ports.Warehouse`; `answer` stands for the engine: one row, or a list of rows."""

    def __init__(self, answer: Callable[[str], Mapping[str, Any] | list[Mapping[str, Any]]]) -> None:
        self.tables: dict[str, SourceTable] = {}
        self.answer = answer
        self.queries: list[str] = []
        self.bytes = 1_000  # that any query would read

    def table(self, project: str | None, dataset: str, table: str) -> SourceTable | None:
        return self.tables.get(".".join(part for part in (project, dataset, table) if part))

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
