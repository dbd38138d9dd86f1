"""Outputs of earlier tasks that stand for those of an equal one, as Vertex AI's execution cache (domain S5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.cloud.adaptation import localise
from local.cloud.job_records import JobRecord, TaskRecord
from local.cloud.spec import Plan, Task
from shared.hashing import digest


class Reusable:
    """What succeeded, by fingerprint. Kept in the jobs' records, so that it survives a restart."""

    def __init__(self, storage: Path, jobs: Iterable[JobRecord]) -> None:
        self._storage = storage
        self._outputs: dict[str, tuple[Mapping[str, Any], str]] = {}
        for job in sorted(jobs, key=lambda job: job.create_time):
            for task in job.tasks.values():
                if task.state == "SUCCEEDED":
                    self.remember(task)

    def remember(self, task: TaskRecord) -> None:
        """Later ones replace earlier ones, whose files are deleted first."""
        if task.fingerprint and task.artifacts is not None and task.contents:
            self._outputs[task.fingerprint] = (task.artifacts, task.contents)

    def find(self, fingerprint: str) -> tuple[Mapping[str, Any], str] | None:
        """The artifacts of an equal task and what is in them, unless a file of theirs is gone or has changed."""
        found = self._outputs.get(fingerprint)
        if found is not None and self.contents(found[0]) != found[1]:
            del self._outputs[fingerprint]
            return None
        return found

    def contents(self, artifacts: Mapping[str, Any]) -> str:
        """Digest of the names and sizes of all files in the artifacts; no files at all are nothing to be reused."""
        folders = [Path(localise(artifact["uri"], self._storage)) for artifact in artifacts.values()]
        files = {str(path): path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()}
        return digest(files) if files and all(folder.is_dir() for folder in folders) else ""


def fingerprint(plan: Plan, task: Task, given: Mapping[str, Any]) -> str:
    """Digest of all that a task's outputs depend on. Where they are written to (`given["outputs"]`) is not in it."""
    inputs = given["inputs"]
    return digest(
        {
            "pipeline": plan.pipeline,
            "task": task.name,
            "image": task.image,
            "command": task.command,
            "args": task.args,
            "parameters": inputs["parameterValues"],
            "artifacts": {
                name: [artifact["name"] for artifact in body["artifacts"]] for name, body in inputs["artifacts"].items()
            },
            "outputs": task.outputs,
        }
    )
