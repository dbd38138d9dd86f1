"""What the functions need of the world. Real adapters lie beside this module, fakes in `tests/fakes`; one contract
suite holds both to the same behaviour."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from shared.facts import Build, Job, Mirrored, Wish
from shared.insights.lists.entries import Entry
from shared.lifecycle import Decision
from shared.logs import LogLine
from shared.orphans import Head, Live
from shared.quota import Queue
from shared.runs import Run
from shared.stuck import Pulse
from shared.tables import SourceTable
from shared.versions import Saved, Version

MOST_ROWS = 50_000  # of one answer of the warehouse
NAMED_BY = ("name", "dataset", "created_at")  # what makes a document's name its own (S1.1, S3.1)
GROUPED = ("grouping", "parameters")  # what a prepared run will be compared by
REPORT_HEAD = ("state", "source_digest", "digest", "name", "dataset", "lease")


class Transient(Exception):
    """An outage: the same call may work later. Handlers let it out, so that the event is delivered again."""


class Refused(Exception):
    """The other side understood and said no: repeating does not help. The message begins with the provider's status."""


class Conflict(Exception):
    """Somebody else saved it first, or a cancel arrived: load again and decide again."""


@dataclass(frozen=True)
class Loaded:
    """An experiment's documents at one moment; `version` is the store's own mark of the run's state. Commands that are
    not valid do not count, and a command's time is that of its arrival."""

    request: Mapping[str, Any] | None
    run: Run | None
    cancel_requested_at: datetime | None
    delete: Wish | None = None
    version: Any = None


class Unseen(NamedTuple):
    """Requests without a run, and the id after those that were looked at; None: there are no more."""

    experiments: list[str]
    next_id: str | None


@dataclass(frozen=True)
class Letter:
    """An input that can never be handled as it came (design section 4, `dead_letters`)."""

    source: str
    reason: str
    payload: str
    experiment: str | None = None  # that it seems to be about: the sweep looks after it once


@dataclass(frozen=True)
class StoredReport:
    """`reports/{collection}__{id}` at one moment; `document` is None while there is none, `mark` the store's own."""

    collection: str
    id: str
    document: Mapping[str, Any] | None
    mark: Any = None


@dataclass(frozen=True)
class ReportWrite:
    """All that one save of a report writes: the report, parts that are None are removed, versions are kept for good."""

    document: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    versions: Sequence[Version] = ()  # new ones have a content, and those that were stored before their mark


@dataclass(frozen=True)
class StoredInsight:
    """`insights/{name}` at one moment; `document` is None while there is none, `mark` the store's own."""

    name: str
    document: Mapping[str, Any] | None
    mark: Any = None


@dataclass(frozen=True)
class InsightWrite:
    """A read model, whole: parts that it had and that are not named here are removed."""

    document: Mapping[str, Any]
    parts: Mapping[str, Any] = field(default_factory=dict)  # each anything that JSON can say


class Store(Protocol):
    """The documents of design section 4."""

    def load(self, experiment_id: str) -> Loaded: ...

    def save(self, loaded: Loaded, before: Run, decision: Decision, now: datetime) -> Run:
        """Store the decision about `before` in one commit, with its audit event and details; give the run as stored.

        Raises Conflict when the run is not as it was loaded any more, and, when the decision pays for something, when
        there is a cancel that was not loaded, or, when it creates the run, its request is gone. A run without a number
        gets its endpoint's next one in the same commit.

        In that commit, too: `decision.seat` takes a place (Conflict when the holders are not as they were seen), a run
        that leaves `SEATED` gives its place back, `decision.charges` is added to the endpoint's month, a new deletion
        raises the generation of reusable outputs, and `decision.forgets` removes run, request and commands and leaves
        `tombstones/{id}`. Once a run is being deleted, no audit event is written: it would outlive `delete_details`.

        A run that ends gets its entry in the index, made of the request as it is in this very commit; so does one that
        has ended, when the entry changes. The entry goes with the run. What is drawn from it is marked as stale.
        """
        ...

    def index(self, endpoint: str) -> list[Entry]:
        """The entries of an endpoint's ended runs, by number; damaged ones are left out (`rebuild_index` mends them).

        Only what has changed since the last call is read in full.
        """
        ...

    def endpoints(self) -> list[str]:
        """Those that runs were numbered in, in order."""
        ...

    def reindex(self, experiment_id: str) -> bool:
        """Make a run's entry what run and request say in this moment, in one step; whether it was anything else.

        A run that is live has none. Of one that is gone nothing is done: its entry went with it.
        """
        ...

    def rebuild_index(self, endpoint: str) -> int:
        """Make every entry of an endpoint what runs and requests say; how many it changed, removed ones too."""
        ...

    def edited_since(self, at: datetime) -> list[str]:
        """Experiments whose labels were edited, or that were made with a star, at or after `at`, in order."""
        ...

    def queue(self, now: datetime) -> Queue:
        """The places, and the runs in `requested` whose next attempt is due."""
        ...

    def heads(self, experiment_ids: Collection[str]) -> dict[str, Head]:
        """What the collector of orphans needs of runs, by id; those that are missing are left out."""
        ...

    def repair_places(self, holders: Mapping[str, str], queue: Queue, now: datetime) -> bool:
        """Replace the holders; False, and nothing is done, when they are not as in `queue` any more.

        Read `queue` first and `seated_runs` after it: whoever moved in between changed the holders, too.
        """
        ...

    def seated_runs(self) -> dict[str, str]:
        """Runs in a state of `SEATED`: experiment -> endpoint."""
        ...

    def seated_in(self, endpoint: str) -> dict[str, Mapping[str, Any]]:
        """What suggestions ask of an endpoint's runs in a state of `SEATED`, by id, in order: the fields `GROUPED`."""
        ...

    def spent_usd(self, endpoint: str, month: str) -> float:
        """What the ended attempts of an endpoint cost in a month (`2026-11`)."""
        ...

    def reuse_generation(self) -> int:
        """Raised by every deletion: outputs made before it may be gone, and are not reused after it."""
        ...

    def readers_since(self, at: datetime) -> int:
        """How many runs that have a place were first seen before `at`. One that waits reads nothing, and what it will
        be prepared with is of the generation of then."""
        ...

    def delete_details(self, experiment_id: str) -> None:
        """Remove `runs/{id}/details` and `runs/{id}/events`; what is gone already is no error."""
        ...

    def config(self, collection: str, document_id: str) -> Mapping[str, Any] | None: ...
    def detail(self, experiment_id: str, part: str) -> Mapping[str, Any] | None: ...
    def live_runs(self) -> dict[str, Pulse]: ...
    def pending_mirrors(self) -> list[str]: ...

    def pending_logs(self) -> list[str]:
        """Experiments with a stage that has ended and whose log is not kept yet, in order."""
        ...

    def commands_of(self, kind: str) -> list[str]:
        """The ids of the commands of a kind that nobody has obeyed yet, valid or not, in order."""
        ...

    def delete_command(self, document_id: str) -> None:
        """It is obeyed; one that is gone already is no error."""
        ...

    def to_delete(self) -> list[str]:
        """Experiments that somebody wants deleted, and those whose deletion is under way."""
        ...

    def past_runs(self, tier: str, most: int) -> list[Mapping[str, Any]]:
        """The stages, the estimate and the best epoch of the latest completed runs of a hardware tier, oldest first."""
        ...

    def requests_without_run(self, first_id: str, most: int) -> Unseen:
        """Of the first `most` requests whose id is `first_id` or later (ids sort by time), those that nobody has looked
        at."""
        ...

    def configs(
        self, collection: str, since: datetime | None, fields: Sequence[str] | None = None
    ) -> dict[str, Mapping[str, Any]]:
        """Documents of a collection by id, or these fields of them: all, or those whose `updated_at` is `since` or
        later."""
        ...

    def names(self, collection: str) -> dict[str, Mapping[str, Any]]:
        """The fields `NAMED_BY` of every document of a collection, by id."""
        ...

    def some_of(self, collection: str, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
        """Those of these documents that are there, by id."""
        ...

    def latest(self, collection: str, most: int) -> dict[str, Mapping[str, Any]]:
        """The documents that clients have written last, by id."""
        ...

    def feature_configs_of(self, dataset: str) -> dict[str, Mapping[str, Any]]:
        """The feature configs that name a dataset, by id, in order."""
        ...

    def experiments_naming(self, field: str, document_id: str) -> list[str]:
        """Requests whose `feature_config` or `model_config` is this one, in order."""
        ...

    def runs_over(self, dataset: str) -> list[str]:
        """Experiments whose run has frozen this dataset, in order."""
        ...

    def delete_document(self, collection: str, document_id: str) -> None:
        """Remove what a client has written; what is gone already is no error."""
        ...

    def report(self, collection: str, document_id: str) -> StoredReport: ...
    def report_part(self, collection: str, document_id: str, part: str) -> Mapping[str, Any] | None: ...

    def report_heads(self, collection: str) -> dict[str, Mapping[str, Any]]:
        """The fields `REPORT_HEAD` of every report of a collection, by the id of the document reported on."""
        ...

    def saved(self, collection: str, document_id: str) -> Saved | None:
        """A client's document with the times of the database, or None."""
        ...

    def versions(self, collection: str, document_id: str, most: int) -> list[Version]:
        """Those that were saved last, the last first, without their content."""
        ...

    def save_report(self, before: StoredReport, write: ReportWrite) -> StoredReport:
        """Store it in one commit and give it as stored; raises Conflict when the report is not as it was loaded, or a
        version that is written is not. One that says the same as before leaves its mark: nobody's save fails by it."""
        ...

    def delete_report(self, before: StoredReport) -> None:
        """Remove a report with its parts and versions; raises Conflict when it is not as it was loaded."""
        ...

    def stale_insights(self) -> list[str]:
        """Read models that something has happened to since they were computed, in order."""
        ...

    def insight(self, name: str) -> StoredInsight: ...
    def insight_part(self, name: str, part: str) -> Any: ...

    def save_insight(self, before: StoredInsight, write: InsightWrite) -> None:
        """Store it in one commit, not stale any more; raises Conflict when it was marked, or saved, since it was
        loaded."""
        ...

    def delete_insight(self, before: StoredInsight) -> None:
        """Remove a read model with its parts; raises Conflict as `save_insight` does."""
        ...

    def rebuilds(self) -> list[str]:
        """Endpoints whose index and read models somebody wants to be made anew."""
        ...

    def rebuild_progress(self, endpoint: str) -> Mapping[str, Any] | None:
        """`rebuilds/{endpoint}`: of the last one."""
        ...

    def begin_rebuild(self, endpoint: str, protocols: Iterable[str], progress: Mapping[str, Any]) -> None:
        """Mark all read models of an endpoint, those of these protocols too, as to be made from scratch; then store
        how far it is."""
        ...

    def end_rebuild(self, endpoint: str, progress: Mapping[str, Any]) -> None:
        """Store what was done and remove the command, in one commit."""
        ...

    def bury(self, letter: Letter, now: datetime) -> None:
        """Record an input that can never be handled; the same one twice is recorded once, and counted."""
        ...

    def undrained(self) -> dict[str, str]:
        """Dead letters about an experiment that nobody looked after yet: name -> experiment."""
        ...

    def drained(self, name: str, now: datetime) -> None: ...


class Blobs(Protocol):
    """The objects of one bucket."""

    def create(self, name: str, content: str, content_type: str) -> bool:
        """Write the object unless one of that name exists; False when one does."""
        ...

    def read(self, name: str, longest: int) -> bytes | None:
        """The object's content, None when there is none; raises Refused beyond `longest` bytes."""
        ...

    def exists(self, name: str) -> bool: ...

    def size(self, folder: str) -> int:
        """Bytes of all objects under `folder/`."""
        ...

    def delete_all(self, folder: str) -> None:
        """Remove every object under `folder/`, held or not; what is gone already is no error."""
        ...

    def hold(self, folder: str, held: bool) -> None:
        """Keep every object under `folder/` from being deleted by its age, or do so no longer."""
        ...


class Builds(Protocol):
    def listed(self, tag: str) -> list[Build]: ...

    def live(self) -> list[Live]:
        """Every build of ours that has not ended, of whatever run."""
        ...

    def start(self, tag: str, image: str, arguments: Sequence[str]) -> Build: ...

    def cancel(self, build_id: str) -> None:
        """Ask a build to stop; one that has ended or is gone is left alone."""
        ...


class Pipelines(Protocol):
    def at(self, region: str) -> Pipelines:
        """The same for the jobs of another region."""
        ...

    def get(self, job_id: str) -> Job | None: ...

    def live(self) -> list[Live]:
        """Every job of ours in this region that has not ended, of whatever run."""
        ...

    def submit(self, job_id: str, spec: Mapping[str, Any], parameters: Mapping[str, str], root: str,
               labels: Mapping[str, str]) -> None:  # fmt: skip
        """Create the job; one of that name that exists already is left as it is."""
        ...

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop; one that has ended or is gone is left alone."""
        ...


class Logs(Protocol):
    def of_task(self, log_job: str, since: datetime | None) -> tuple[str, ...]:
        """The last lines of a task's container that tell of errors, oldest first."""
        ...

    def of_build(self, build_id: str, since: datetime | None) -> tuple[str, ...]: ...

    def task_lines(self, log_job: str, since: datetime, most: int) -> tuple[LogLine, ...]:
        """The newest lines of a task's container from `since` on, whatever they tell, oldest first."""
        ...

    def build_lines(self, build_id: str, since: datetime, most: int) -> tuple[LogLine, ...]: ...


@dataclass(frozen=True)
class Offered:
    """A table that a dataset may name."""

    name: str  # `dataset.table` of the deployment's project
    kind: str  # TABLE, VIEW, EXTERNAL, MATERIALIZED_VIEW


class Warehouse(Protocol):
    def offered(self, most: int) -> list[Offered]:
        """Tables of the deployment's project in order, at most so many. One that may be listed may be out of reach."""
        ...

    def table(self, project: str | None, dataset: str, table: str) -> SourceTable | None:
        """A table's columns in its order, with what the catalogue knows of its size; None: there is no such table."""
        ...

    def rows(self, sql: str, max_bytes_billed: int) -> Sequence[Mapping[str, Any]]:
        """The rows of a query; raises Refused when it would read more bytes, or gives more than `MOST_ROWS` rows."""
        ...

    def row(self, sql: str, max_bytes_billed: int) -> Mapping[str, Any]:
        """The only row of a query."""
        ...

    def bytes_of(self, sql: str) -> int:
        """What a query would read, without running it; raises Refused for one that cannot run."""
        ...


@dataclass(frozen=True)
class MirrorRecord:
    """A completed run as MLflow shows it (S6.21)."""

    experiment_id: str
    experiment_name: str
    run_name: str
    started_at: datetime
    ended_at: datetime
    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: Sequence[tuple[str, float, int, datetime]]  # name, value, step, time
    artifacts: Mapping[str, str] = field(default_factory=dict)  # path -> text


class Mirror(Protocol):
    def write(self, record: MirrorRecord) -> Mirrored:
        """Write the run, or complete what an earlier try left; never raises for what MLflow does."""
        ...

    def remove(self, record_experiment: str, experiment_id: str) -> Mirrored:
        """Delete the run of an experiment in MLflow's experiment `record_experiment`; one that is gone is `done`."""
        ...
