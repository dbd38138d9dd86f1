"""The ports of `functions.adapters.ports` in memory, with a boundary before and after each effect.

Everything kept is immutable or written once, so nothing is copied. What is done and what is stored is told to the
checker as it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from functions.adapters import indexing, records
from functions.adapters.ports import (
    Conflict,
    InsightWrite,
    Letter,
    Loaded,
    MirrorRecord,
    Pipelines,
    StoredInsight,
    Unseen,
)
from shared.epochs import documents
from shared.facts import Build, Mirrored, Wish
from shared.lifecycle import Decision
from shared.logs import LogLine
from shared.orphans import Head, Live
from shared.paths import experiment_of_attempt
from shared.quota import Queue, Waiting
from shared.runs import LIVE, SEATED, Run, State
from shared.stuck import Pulse
from shared.tables import SourceTable

if TYPE_CHECKING:
    from tests.simulation.outside import Outside, SimJob
    from tests.simulation.world import World

Method = TypeVar("Method", bound=Callable[..., Any])


def io(method: Method) -> Method:
    """A call that a handler makes of the world; the outside itself passes without a boundary."""
    name = method.__name__

    @wraps(method)
    def gated(self: Any, *arguments: Any) -> Any:
        world = self.world
        if world.current is None:
            return method(self, *arguments)
        world.gate.before(self, name, method, arguments)
        result = method(self, *arguments)
        world.gate.after(self, name, arguments, result)
        return result

    return gated  # type: ignore[return-value]


@dataclass
class Port:
    world: World


@dataclass(frozen=True)
class Shown:
    """What the index keeps of an ended run here: what tells whether read models know it, and its labels."""

    experiment: str
    model_endpoint: str
    state: State
    protocols: Mapping[str, str]
    name: str
    tags: tuple[str, ...]
    sample_percent: int = 100

    @classmethod
    def of(cls, run: Run, request: Mapping[str, Any] | None) -> Shown:
        """Runs that were prepared have a protocol, that of their name."""
        protocols = {"retrieval": run.names["experiment"]} if run.spec else {}
        labels = request or {}
        name, tags = labels.get("name", run.names["experiment"]), tuple(labels.get("tags", ()))
        return cls(run.experiment, run.model_endpoint, run.state, protocols, name, tags)


@dataclass
class SimStore(Port):
    """`functions.adapters.ports.Store`"""

    port = "store"
    requests: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    commands: dict[tuple[str, str], Wish] = field(default_factory=dict)
    details: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    places_mark: int = 0  # grows with every change of the holders
    numbers: dict[str, int] = field(default_factory=dict)
    spent: dict[tuple[str, str], float] = field(default_factory=dict)
    generation: int = 0
    tombstones: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)  # undrained: name -> experiment
    documents: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)  # configurations
    entries: dict[str, Shown] = field(default_factory=dict)  # the index
    insights: dict[str, StoredInsight] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)

    @io
    def load(self, experiment_id: str) -> Loaded:
        if self.world.current is not None:
            self.world.current.looked_at = self.world.time
        run, cancel = self.runs.get(experiment_id), self.commands.get((experiment_id, "cancel"))
        return Loaded(
            request=self.requests.get(experiment_id),
            run=run,
            cancel_requested_at=cancel.at if cancel else None,
            delete=self.commands.get((experiment_id, "delete")),
            version=run.revision if run else 0,
        )

    @io
    def save(self, loaded: Loaded, before: Run, decision: Decision, now: datetime) -> Run:
        stored = self.runs.get(before.experiment)
        if wrong := self._conflict(loaded, stored, before, decision):
            self.world.stats["conflicts"] += 1
            self.world.told("conflict: %s", wrong)
            raise Conflict(f"{before.experiment}: {wrong}")
        run = replace(decision.run, revision=before.revision + 1, updated_at=now)
        if run.number is None:
            run = replace(run, number=self.numbers.get(run.model_endpoint, 1))
            self.numbers[run.model_endpoint] = run.number + 1
        if decision.forgets:
            self._forget(run, now)
        else:
            self.runs[run.experiment] = run
            self._write_beside(run, decision)
            if before.live and not run.live:
                self._write_entry(run)
        self._account(before, run, decision, now)
        self.world.checker.saved(stored, before, run, decision, loaded)
        return run

    def _conflict(self, loaded: Loaded, stored: Run | None, before: Run, decision: Decision) -> str | None:
        """What stands against a save."""
        if (stored.revision if stored else 0) != loaded.version:
            return "it is not as it was loaded"
        if loaded.run is None and loaded.request is not None and before.experiment not in self.requests:
            return "its request is gone"
        if decision.pays and loaded.cancel_requested_at is None and (before.experiment, "cancel") in self.commands:
            return "a cancel arrived"
        if decision.seat is not None and decision.seat.mark != self.places_mark:
            return "the places are not as they were seen"
        return None

    def _forget(self, run: Run, now: datetime) -> None:
        self.tombstones[run.experiment] = {"number": run.number, "deleted_at": now}
        self.runs.pop(run.experiment, None)
        self.requests.pop(run.experiment, None)
        self.commands.pop((run.experiment, "cancel"), None)
        self.commands.pop((run.experiment, "delete"), None)
        if (shown := self.entries.pop(run.experiment, None)) is not None:
            self._mark_stale(shown)

    def _write_entry(self, run: Run) -> None:
        """With the labels of this commit, not those of the look before it."""
        self.entries[run.experiment] = Shown.of(run, self.requests.get(run.experiment))
        self._mark_stale(self.entries[run.experiment])

    def _mark_stale(self, shown: Shown) -> None:
        for protocol in (None, *shown.protocols.values()):
            name = records.insight_name(shown.model_endpoint, protocol)
            before = self.insights.get(name, StoredInsight(name, {}, 0))
            self.insights[name] = replace(before, document={**(before.document or {}), "stale": True},
                                          mark=before.mark + 1)  # fmt: skip
            self.stale.add(name)

    def _write_beside(self, run: Run, decision: Decision) -> None:
        if decision.details or decision.epochs:
            parts = self.details.setdefault(run.experiment, {})
            parts.update(decision.details)
            for part, content in documents(decision.epochs).items():
                known = list(parts.get(part, {}).get("epochs", ()))
                parts[part] = {**content, "epochs": known + [e for e in content["epochs"] if e not in known]}

    def _account(self, before: Run, run: Run, decision: Decision, now: datetime) -> None:
        if decision.seat is not None:
            self.holders[run.experiment] = run.model_endpoint
            self.places_mark += 1
        elif records.gives_back(before, run):
            self.holders.pop(run.experiment, None)
            self.places_mark += 1
        if decision.charges:
            month = (run.model_endpoint, now.strftime("%Y-%m"))
            self.spent[month] = self.spent.get(month, 0.0) + decision.charges
        if records.begins_deletion(before, run):
            self.generation += 1

    @io
    def queue(self, now: datetime) -> Queue:
        waiting = [
            Waiting(run.experiment, run.model_endpoint, run.created_at)
            for run in self.runs.values()
            if run.state is State.REQUESTED and (run.retry_at is None or run.retry_at <= now)
        ]
        return Queue(dict(self.holders), tuple(waiting), self.places_mark)

    @io
    def heads(self, experiment_ids: Collection[str]) -> dict[str, Head]:
        found = [run for each in experiment_ids if (run := self.runs.get(each)) is not None]
        return {run.experiment: Head(run.state, run.attempt, (run.build or {}).get("id")) for run in found}

    @io
    def repair_places(self, holders: Mapping[str, str], queue: Queue, now: datetime) -> bool:
        if queue.mark != self.places_mark:
            return False
        self.holders = dict(holders)
        self.places_mark += 1
        self.world.checker.repaired()
        return True

    @io
    def seated_runs(self) -> dict[str, str]:
        return {run.experiment: run.model_endpoint for run in self.runs.values() if run.state in SEATED}

    @io
    def spent_usd(self, endpoint: str, month: str) -> float:
        return self.spent.get((endpoint, month), 0.0)

    @io
    def reuse_generation(self) -> int:
        return self.generation

    @io
    def readers_since(self, at: datetime) -> int:
        return sum(run.state in SEATED and run.created_at < at for run in self.runs.values())

    @io
    def delete_details(self, experiment_id: str) -> None:
        self.world.checker.called("delete_details", experiment_id)
        self.details.pop(experiment_id, None)

    @io
    def config(self, collection: str, document_id: str) -> Mapping[str, Any] | None:
        if collection == "experiments":
            return self.requests.get(document_id)
        return self.documents.get((collection, document_id))

    @io
    def configs(self, collection: str, since: Any, fields: Any = None) -> dict[str, Mapping[str, Any]]:
        return {name: document for (of, name), document in self.documents.items() if of == collection}

    @io
    def names(self, collection: str) -> dict[str, Mapping[str, Any]]:
        return {name: {} for of, name in self.documents if of == collection}

    @io
    def detail(self, experiment_id: str, part: str) -> Mapping[str, Any] | None:
        return self.details.get(experiment_id, {}).get(part)

    @io
    def live_runs(self) -> dict[str, Pulse]:
        live = (run for run in self.runs.values() if run.state in LIVE)
        return {
            run.experiment: Pulse(run.state, run.state_entered_at, run.updated_at, run.unseen_since, run.retry_at)
            for run in live
        }

    @io
    def pending_mirrors(self) -> list[str]:
        return sorted(run.experiment for run in self.runs.values() if (run.mlflow or {}).get("state") == "pending")

    @io
    def pending_logs(self) -> list[str]:
        return sorted(run.experiment for run in self.runs.values() if run.unkept_logs)

    @io
    def commands_of(self, kind: str) -> list[str]:
        """Nobody has logs fetched here."""
        return []

    @io
    def to_delete(self) -> list[str]:
        wanted = {experiment for experiment, kind in self.commands if kind == "delete"}
        return sorted(wanted | {run.experiment for run in self.runs.values() if run.deletion is not None})

    @io
    def report_heads(self, collection: str) -> dict[str, Mapping[str, Any]]:
        """Nobody drafts anything here."""
        return {}

    @io
    def past_runs(self, tier: str, most: int) -> list[Mapping[str, Any]]:
        return []

    @io
    def requests_without_run(self, first_id: str, most: int) -> Unseen:
        ids = sorted(each for each in self.requests if each >= first_id)
        return Unseen([each for each in ids[:most] if each not in self.runs], ids[most] if len(ids) > most else None)

    @io
    def index(self, endpoint: str) -> list[Any]:
        return [each for each in self.entries.values() if each.model_endpoint == endpoint]

    @io
    def reindex(self, experiment_id: str) -> bool:
        run = self.runs.get(experiment_id)
        if run is None or run.live or Shown.of(run, self.requests.get(experiment_id)) == self.entries[experiment_id]:
            return False
        self.entries[experiment_id] = Shown.of(run, self.requests.get(experiment_id))
        self._mark_stale(self.entries[experiment_id])
        self.world.stats["relabelled"] += 1
        return True

    @io
    def edited_since(self, at: datetime) -> list[str]:
        return sorted(each for each, of in self.requests.items() if of["updated_at"] >= at and indexing.is_edited(of))

    @io
    def stale_insights(self) -> list[str]:
        return sorted(self.stale)

    @io
    def insight(self, name: str) -> StoredInsight:
        return self.insights.get(name) or StoredInsight(name, None, 0)

    @io
    def insight_part(self, name: str, part: str) -> Any:
        """Read models of here have no parts."""

    @io
    def save_insight(self, before: StoredInsight, write: InsightWrite) -> None:
        self._as_loaded(before)
        document = {**write.document, "stale": False}
        self.insights[before.name] = StoredInsight(before.name, document, before.mark + 1)
        self.stale.discard(before.name)

    @io
    def delete_insight(self, before: StoredInsight) -> None:
        self._as_loaded(before)
        del self.insights[before.name]
        self.stale.discard(before.name)

    def _as_loaded(self, before: StoredInsight) -> None:
        stored = self.insights.get(before.name)
        if stored is None or stored.mark != before.mark:
            self.world.stats["conflicts"] += 1
            self.world.told("conflict: %s was marked meanwhile", before.name)
            raise Conflict(before.name)

    @io
    def rebuilds(self) -> list[str]:
        return []

    @io
    def bury(self, letter: Letter, now: datetime) -> None:
        self.world.checker.buried(letter)
        if letter.experiment is not None:
            self.letters[f"{letter.source} {letter.experiment}"] = letter.experiment

    @io
    def undrained(self) -> dict[str, str]:
        return dict(self.letters)

    @io
    def drained(self, name: str, now: datetime) -> None:
        self.letters.pop(name, None)


@dataclass
class SimBlobs(Port):
    """`functions.adapters.ports.Blobs`"""

    port = "blobs"
    objects: dict[str, bytes] = field(default_factory=dict)

    @io
    def create(self, name: str, content: str, content_type: str) -> bool:
        self.world.checker.called("create", name)
        return self.objects.setdefault(name, encoded := content.encode()) is encoded

    @io
    def read(self, name: str, longest: int) -> bytes | None:
        self.world.look_allowed("blobs")
        return self.objects.get(name)

    @io
    def exists(self, name: str) -> bool:
        self.world.look_allowed("blobs")
        return name in self.objects

    @io
    def size(self, folder: str) -> int:
        return sum(len(content) for name, content in self.objects.items() if name.startswith(f"{folder}/"))

    @io
    def delete_all(self, folder: str) -> None:
        self.world.checker.called("delete_all", folder)
        for name in [name for name in self.objects if name.startswith(f"{folder}/")]:
            del self.objects[name]

    @io
    def hold(self, folder: str, held: bool) -> None:
        """Here nothing expires."""


@dataclass
class SimBuilds(Port):
    """`functions.adapters.ports.Builds`"""

    outside: Outside
    port = "builds"

    @io
    def listed(self, tag: str) -> list[Build]:
        self.world.look_allowed("builds")
        return [build.fact for build in self.outside.builds_of.get(tag, ()) if build.visible]

    @io
    def live(self) -> list[Live]:
        self.world.look_allowed("builds")
        builds = [build for build in self.outside.builds.values() if build.fact.live and build.visible]
        return [Live("build", each.fact.id, *_owner(each.tag)) for each in builds]

    @io
    def start(self, tag: str, image: str, arguments: Sequence[str]) -> Build:
        return self.outside.start_build(tag, arguments)

    @io
    def cancel(self, build_id: str) -> None:
        self.outside.cancel_build(build_id)

    @io
    def get(self, build_id: str) -> Build | None:
        self.world.look_allowed("builds")
        build = self.outside.builds.get(build_id)
        return build.fact if build else None


def _owner(name: str) -> tuple[str, int]:
    return experiment_of_attempt(name) or "", int(name.rpartition("-a")[2])


@dataclass
class SimPipelines(Port):
    """`functions.adapters.ports.Pipelines` of one region."""

    outside: Outside
    region: str
    port = "pipelines"

    def at(self, region: str) -> Pipelines:
        return self.world.pipelines_at[region]

    @io
    def get(self, job_id: str) -> Any:
        self.world.look_allowed("pipelines")
        job = self.outside.jobs.get((self.region, job_id))
        return job.fact if job else None

    @io
    def live(self) -> list[Live]:
        self.world.look_allowed("pipelines")
        jobs: list[SimJob] = [job for job in self.outside.jobs.values() if job.region == self.region and job.fact.live]
        return [Live("job", each.id, *_owner(each.id)) for each in jobs]

    @io
    def submit(self, job_id: str, spec: Mapping[str, Any], parameters: Mapping[str, str], root: str,
               labels: Mapping[str, str]) -> None:  # fmt: skip
        self.outside.submit_job(self.region, job_id, parameters, labels)

    @io
    def cancel(self, job_id: str) -> None:
        self.outside.cancel_job(self.region, job_id)


@dataclass
class SimLogs(Port):
    """`functions.adapters.ports.Logs`: the words of a failure are its message."""

    port = "logs"

    @io
    def of_task(self, log_job: str, since: datetime | None) -> tuple[str, ...]:
        return ()

    @io
    def of_build(self, build_id: str, since: datetime | None) -> tuple[str, ...]:
        return ()

    @io
    def task_lines(self, log_job: str, since: datetime, most: int) -> tuple[LogLine, ...]:
        """Whose it is: a kept log that is of another attempt would say so."""
        self.world.look_allowed("logs")
        return (LogLine(since, "INFO", log_job),)

    build_lines = task_lines


@dataclass
class SimWarehouse(Port):
    """`functions.adapters.ports.Warehouse`: what preparing asks of it costs time and may fail, no more."""

    port = "warehouse"

    @io
    def table(self, project: str | None, dataset: str, table: str) -> SourceTable | None:
        return None

    @io
    def rows(self, sql: str, max_bytes_billed: int) -> list[Mapping[str, Any]]:
        return []

    @io
    def bytes_of(self, sql: str) -> int:
        return 0


@dataclass
class SimMirror(Port):
    """`functions.adapters.ports.Mirror`"""

    port = "mirror"
    records: set[str] = field(default_factory=set)

    @io
    def write(self, record: MirrorRecord) -> Mirrored:
        self.world.checker.called("mirror", record.experiment_id)
        self.records.add(record.experiment_id)
        return Mirrored("done", f"run-{record.experiment_id}", "http://mlflow/run")

    @io
    def remove(self, record_experiment: str, experiment_id: str) -> Mirrored:
        self.world.checker.called("unmirror", experiment_id)
        self.records.discard(experiment_id)
        return Mirrored("done")
