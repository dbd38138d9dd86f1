"""What must hold, checked from what the adapters tell: each save, each effect, each step; and after everything settled.

Every invariant is one function with its sentence; its number is that of issue 4, or follows. It answers None, or what
is wrong.
The checker shares no code with the product but its types, its published table of edges and its deadlines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from functions.adapters.ports import Letter, Loaded
from shared.lifecycle import EDGES, LEASES, Decision
from shared.runs import Effect, Run, State
from tests.simulation.content import ENDPOINTS, attempt_name, mark

if TYPE_CHECKING:
    from tests.simulation.outside import SimBuild, SimJob
    from tests.simulation.world import World

ENDED = frozenset({State.COMPLETED, State.CANCELLED, State.FAILED})
WAITING = State.REQUESTED
PAID = frozenset({Effect.START_BUILD, Effect.SUBMIT_PIPELINE})
RANK = {"pending": 0, "running": 1, "cancelling": 2}  # the others are ends: 3
MOST_ATTEMPTS = 3
MOST_SAVES = 60  # of an attempt, besides three for each handler that came
TWO_SWEEPS = 2


@dataclass(frozen=True)
class Violation:
    """What was broken, and by what."""

    number: int
    sentence: str
    detail: str

    def __str__(self) -> str:
        return f"({self.number}) {self.sentence} {self.detail}"


@dataclass(frozen=True)
class Saved:
    """One save: what was stored, what the handler took for it, and what is stored now."""

    stored: Run | None
    before: Run
    run: Run
    decision: Decision
    loaded: Loaded


@dataclass
class Books:
    """All that the checker remembers of a schedule."""

    paid: set[str] = field(default_factory=set)  # experiments with a paid intent
    cancels: dict[str, bool] = field(default_factory=dict)  # acknowledged; whether something had been paid by then
    builds: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # tag -> builds
    jobs: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # name -> how many were made
    held: dict[tuple[Any, Effect, str], int] = field(default_factory=lambda: defaultdict(int))  # rights to act
    held_at: dict[tuple[Any, Effect, str], Any] = field(default_factory=dict)  # since when
    made: dict[tuple[Any, Effect, str], int] = field(default_factory=lambda: defaultdict(int))  # by these rights
    saves: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    handlers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    deleted: set[str] = field(default_factory=set)  # experiments whose objects were removed
    forgotten: dict[str, int | None] = field(default_factory=dict)  # experiment -> number
    numbers: set[tuple[str, int]] = field(default_factory=set)
    ghosts: int = 0  # places that somebody put there by hand
    attempts: dict[str, int] = field(default_factory=dict)  # the latest of every experiment


OnSave = Callable[["World", Books, Saved], "str | None"]
AtEnd = Callable[["World", Books], "str | None"]
ON_SAVE: list[tuple[int, OnSave]] = []
AT_END: list[tuple[int, AtEnd]] = []


def on_save(number: int) -> Callable[[OnSave], OnSave]:
    def known(invariant: OnSave) -> OnSave:
        ON_SAVE.append((number, invariant))
        return invariant

    return known


def at_end(number: int) -> Callable[[AtEnd], AtEnd]:
    def known(invariant: AtEnd) -> AtEnd:
        AT_END.append((number, invariant))
        return invariant

    return known


# ------------------------------------------------------------------------------------------- after each save


@on_save(1)
def an_end_is_final(world: World, books: Books, saved: Saved) -> str | None:
    """A terminal state never changes."""
    stored, run = saved.stored, saved.run
    if stored is not None and stored.state in ENDED and (run.state, run.attempt) != (stored.state, stored.attempt):
        return f"{stored.state.value} a{stored.attempt} became {run.state.value} a{run.attempt}"
    return None


@on_save(2)
def every_change_is_an_edge(world: World, books: Books, saved: Saved) -> str | None:
    """Every change is an edge of the published table, made to what was stored, and the revision grows by one."""
    stored, before, run = saved.stored, saved.before, saved.run
    if (stored.revision if stored else 0) != before.revision or run.revision != before.revision + 1:
        return f"revision {before.revision} was taken for {stored and stored.revision}, and became {run.revision}"
    if run.state is not before.state and run.state not in EDGES[before.state]:
        return f"{before.state.value} became {run.state.value}"
    return None


@on_save(2)
def an_attempt_ends_in_the_line(world: World, books: Books, saved: Saved) -> str | None:
    """The attempt grows by one, on the way from a state with a place back to the line, and at most to the third."""
    before, run = saved.before, saved.run
    if run.attempt == before.attempt:
        return "another attempt has no number" if before.state is not WAITING and run.state is WAITING else None
    grew = run.attempt == before.attempt + 1 and len(run.attempts) == len(before.attempts) + 1
    if not grew or run.state is not WAITING or before.state in (WAITING, *ENDED):
        return f"a{before.attempt} {before.state.value} became a{run.attempt} {run.state.value}"
    return f"attempt {run.attempt}" if run.attempt > MOST_ATTEMPTS else None


@on_save(5)
def one_build_is_consumed(world: World, books: Books, saved: Saved) -> str | None:
    """The build of an attempt is its own, and never another one."""
    before, run = saved.before, saved.run
    if run.build is None:
        return None
    if world.outside.builds[run.build["id"]].tag != attempt_name(run.experiment, run.attempt):
        return f"attempt {run.attempt} shows {run.build['id']} of {world.outside.builds[run.build['id']].tag}"
    if before.attempt == run.attempt and before.build and before.build["id"] != run.build["id"]:
        return f"{before.build['id']} was replaced by {run.build['id']}"
    return None


@on_save(6)
def what_is_shown_is_of_this_attempt(world: World, books: Books, saved: Saved) -> str | None:
    """Job, epochs, counts and model of attempt n come from attempt n."""
    before, run = saved.before, saved.run
    if run.job is before.job and run.progress is before.progress and run.state is before.state:
        return None
    name, own = attempt_name(run.experiment, run.attempt), mark(run.experiment, run.attempt)
    if run.job is not None and not run.job["name"].endswith(f"/{name}"):
        return f"attempt {run.attempt} shows the job {run.job['name']}"
    last = (run.progress or {}).get("last")
    if last is not None and last["examples"] != own:
        return f"attempt {run.attempt} shows an epoch of another"
    if run.state is State.COMPLETED and (run.counts or {}).get("misses") != own:
        return f"attempt {run.attempt} shows the counts of another"
    if run.model_uri is not None and run.state is State.COMPLETED and f"/{name}/" not in run.model_uri:
        return f"attempt {run.attempt} shows the model {run.model_uri}"
    return None


@on_save(6)
def details_are_of_this_attempt(world: World, books: Books, saved: Saved) -> str | None:
    """The history and the evaluation beside a run are of its attempt."""
    run = saved.run
    details, own = world.store.details.get(run.experiment, {}), mark(run.experiment, run.attempt)
    if saved.decision.epochs or run.attempt != saved.before.attempt:
        epochs = details.get("history", {}).get("epochs", ())
        if any(epoch["examples"] != own for epoch in epochs):
            return "the history holds epochs of another attempt"
    evaluation = saved.decision.details.get("evaluation")
    if evaluation is not None and (evaluation["experiment"], evaluation["attempt"]) != (run.experiment, run.attempt):
        return "the evaluation is of another attempt"
    return None


@on_save(6)
def insights_are_of_this_attempt(world: World, books: Books, saved: Saved) -> str | None:
    """What a run says that it knows of its data is stored beside it, and of its attempt; a new one knows nothing."""
    before, run = saved.before, saved.run
    if run.attempt != before.attempt:
        return f"attempt {run.attempt} begins with {run.insights}" if run.insights else None
    if run.insights is before.insights or run.insights.get("statistics") != "done":
        return None
    splits = world.store.details[run.experiment]["statistics"]["splits"]
    own = mark(run.experiment, run.attempt)
    return None if all(split["rows"] == own for split in splits) else "the statistics are of another attempt"


@on_save(8)
def nothing_is_bought_after_a_cancel(world: World, books: Books, saved: Saved) -> str | None:
    """Once a cancel is stored, no intent is stored that costs money."""
    if saved.decision.pays and saved.run.experiment in books.cancels:
        return ", ".join(effect.value for effect in saved.decision.intents)
    return None


@on_save(8)
def a_cancel_in_time_ends_cancelled(world: World, books: Books, saved: Saved) -> str | None:
    """A cancel that came before anything was paid ends as cancelled, unless the end was decided before it was seen."""
    run = saved.run
    if run.state is saved.before.state or run.state not in ENDED or run.state is State.CANCELLED:
        return None
    seen = saved.loaded.cancel_requested_at is not None
    in_time = books.cancels.get(run.experiment) is False and run.unseen_since is None
    return f"it ended {run.state.value}" if in_time and seen else None


@on_save(8)
def ended_means_stopped(world: World, books: Books, saved: Saved) -> str | None:
    """When an attempt ends, nothing of it is live that its handler could see when it looked; only an attempt that may
    not be looked at for long fails all the same."""
    before, run = saved.before, saved.run
    ends = run.state is not before.state and (run.state in ENDED or run.state is WAITING)
    if not ends or world.current is None or (run.state is State.FAILED and before.unseen_since is not None):
        return None
    outside, name, looked_at = world.outside, attempt_name(before.experiment, before.attempt), world.current.looked_at
    builds = [each.fact.id for each in outside.builds_of.get(name, ()) if each.fact.live and each.listed_at < looked_at]
    jobs = [each.id for each in outside.live_jobs() if each.id == name and each.made_at < looked_at]
    if before.state not in (State.COMPILING, State.CANCELLING) or (before.build and len(builds) > 1):
        builds = []  # its spec was there before it ended, or it is a twin: the collector's
    return f"live: {builds + jobs}" if builds or jobs else None


@on_save(9)
def completed_means_done(world: World, books: Books, saved: Saved) -> str | None:
    """Completed means that the spec is stored, the job of this attempt has succeeded, and its results exist."""
    run = saved.run
    if run.state is not State.COMPLETED or saved.before.state is State.COMPLETED:
        return None
    job = world.outside.jobs.get(((run.parameters or {})["region"], attempt_name(run.experiment, run.attempt)))
    if job is None or job.fact.state != "SUCCEEDED":
        return f"its job is {job and job.fact.state}"
    if f"specs/{(run.spec or {})['key']}.json" not in world.blobs.objects:
        return "its spec is not stored"
    if not run.headline or "evaluation" not in world.store.details[run.experiment]:
        return "it has no results"
    if run.insights.keys() != {"statistics", "schema"}:
        return f"nobody looked at its data: {run.insights}"
    return None


@on_save(9)
def failed_means_told(world: World, books: Books, saved: Saved) -> str | None:
    """Failed means a code, words, and the one stage that failed."""
    run = saved.run
    if run.state is not State.FAILED or saved.before.state is State.FAILED:
        return None
    if run.error is None or not run.error.code or not run.error.title:
        return "it says nothing"
    failed = [stage.name for stage in run.stages if stage.state == "failed"]
    return None if len(failed) == 1 else f"failed stages: {failed}"


@on_save(11)
def places_are_those_of_the_runs(world: World, books: Books, saved: Saved) -> str | None:
    """Whoever is under way holds a place, nobody else does, and there are never more than there are places."""
    holders = world.store.holders
    if saved.run.state is saved.before.state and saved.decision.seat is None:
        return None  # nothing has moved
    if not books.ghosts:
        runs = world.store.runs.values()
        seated = {each.experiment for each in runs if each.state is not WAITING and each.state not in ENDED}
        if holders.keys() != seated:
            return f"places of {sorted(holders)}, runs {sorted(seated)}"
    if len(holders) > world.plan.places:
        return f"{len(holders)} of {world.plan.places} places"
    for endpoint, most in zip(ENDPOINTS, world.plan.endpoint_places, strict=True):
        if sum(each == endpoint for each in holders.values()) > most:
            return f"more than {most} of {endpoint}"
    return None


@on_save(11)
def first_come_first_served(world: World, books: Books, saved: Saved) -> str | None:
    """A place is taken by whoever is first in the line of its endpoint, as far as the free places reach."""
    seat, run = saved.decision.seat, saved.before
    if seat is None or run.experiment in seat.holders:
        return None
    most = dict(zip(ENDPOINTS, world.plan.endpoint_places, strict=True))[run.model_endpoint]
    free = most - sum(each == run.model_endpoint for each in seat.holders.values())
    mine = (run.created_at, run.experiment)
    ahead = [each for each in seat.waiting if each.endpoint == run.model_endpoint and each.experiment not in
             seat.holders and (each.since, each.experiment) < mine]  # fmt: skip
    return f"{len(ahead)} before it, {free} places free" if len(ahead) >= free else None


@on_save(12)
def stages_move_forward(world: World, books: Books, saved: Saved) -> str | None:
    """Within an attempt no stage and no percentage moves back; a completed run shows nothing that is not done."""
    before, run = saved.before, saved.run
    if run.attempt == before.attempt:
        if run.percent < before.percent or run.epochs_done < before.epochs_done:
            return f"{before.percent}% became {run.percent}%, {before.epochs_done} epochs {run.epochs_done}"
        if run.stages is not before.stages:
            for old, new in zip(before.stages, run.stages, strict=True):
                if RANK.get(new.state, 3) < RANK.get(old.state, 3):
                    return f"{new.name}: {old.state} became {new.state}"
    if run.state in ENDED and any(stage.state in RANK for stage in run.stages):
        return f"it ended, and shows {[stage.state for stage in run.stages]}"
    return None


@on_save(12)
def writes_are_bounded(world: World, books: Books, saved: Saved) -> str | None:
    """No handler loops: an attempt is saved a bounded number of times."""
    key = (saved.run.experiment, saved.run.attempt)
    books.saves[key] += 1
    most = MOST_SAVES + 3 * books.handlers[saved.run.experiment]
    return f"{books.saves[key]} saves of attempt {key[1]}" if books.saves[key] > most else None


@on_save(13)
def a_deletion_goes_on_to_its_end(world: World, books: Books, saved: Saved) -> str | None:
    """A tombstone comes first and stays, finalizers only go away in order, and nothing else of the run moves."""
    old, new = saved.before.deletion, saved.run.deletion
    if old is None:
        if new is not None and saved.before.state not in ENDED:
            return f"it is deleted while {saved.before.state.value}"
        return "forgotten without a tombstone" if saved.decision.forgets else None
    if new is None or old.finalizers[len(old.finalizers) - len(new.finalizers) :] != new.finalizers:
        return f"finalizers {old.finalizers} became {new and new.finalizers}"
    return "forgotten with finalizers" if saved.decision.forgets and new.finalizers else None


@on_save(13)
def nobody_comes_back(world: World, books: Books, saved: Saved) -> str | None:
    """A forgotten experiment stays so, and its number is never given again."""
    run = saved.run
    if run.experiment in books.forgotten:
        return "it came back"
    if saved.stored is None and saved.loaded.request is not None and run.experiment not in world.store.requests:
        return "it has a run without a request"
    if saved.stored is None and run.number is not None:
        if (run.model_endpoint, run.number) in books.numbers:
            return f"number {run.number} was given before"
        books.numbers.add((run.model_endpoint, run.number))
    return None


# --------------------------------------------------------------------------------------- after everything settled


@at_end(3)
def everyone_ends(world: World, books: Books) -> str | None:
    """With sweeps on, every experiment ends, and every request has its run."""
    missing = [each for each in world.store.requests if each not in world.store.runs]
    live = [f"{run.experiment[-20:]} {run.state.value}" for run in world.store.runs.values() if run.state not in ENDED]
    return f"no run: {missing}, live: {live}" if missing or live else None


@at_end(7)
def nothing_is_left_running(world: World, books: Books) -> str | None:
    """At the end no build and no job is live."""
    live = [build.fact.id for build in world.outside.live_builds()] + [job.id for job in world.outside.live_jobs()]
    return f"{live}" if live else None


@at_end(8)
def who_was_cancelled_in_time_paid_nothing(world: World, books: Books) -> str | None:
    """A cancel that was stored before the first paid intent means that nothing was ever started."""
    for experiment, paid in books.cancels.items():
        started = [tag for tag in (*books.builds, *books.jobs) if tag.startswith(f"{experiment}-a")]
        if not paid and started:
            return f"{started}"
    return None


@at_end(11)
def every_place_is_given_back(world: World, books: Books) -> str | None:
    """At the end nobody holds a place."""
    return f"{sorted(world.store.holders)}" if world.store.holders else None


@at_end(13)
def what_is_deleted_is_gone(world: World, books: Books) -> str | None:
    """Every wish to delete an experiment is fulfilled, and nothing of a deleted one is left."""
    store = world.store
    waiting = [experiment for experiment, kind in store.commands if kind == "delete" and experiment in store.runs]
    if waiting:
        return f"not deleted: {waiting}"
    for experiment in books.forgotten:
        objects = [name for name in world.blobs.objects if name.startswith(f"experiments/{experiment}/")]
        if objects or experiment in store.details or experiment in world.mirror.records or experiment in store.requests:
            return f"left of {experiment}: {objects}"
    return None


@at_end(14)
def every_result_is_mirrored(world: World, books: Books) -> str | None:
    """At the end no mirror and no dead letter is pending."""
    pending = [run.experiment for run in world.store.runs.values() if (run.mlflow or {}).get("state") == "pending"]
    return f"{pending} {world.store.letters}" if pending or world.store.letters else None


@at_end(17)
def every_log_is_kept(world: World, books: Books) -> str | None:
    """At the end every stage that ran and has ended has its log beside the run, and it is that stage's; of a copy that
    the run says is kept there is an object."""
    for run in world.store.runs.values():
        if run.deletion is None and run.unkept_logs:
            return f"{run.experiment}: {[each.key for each in run.unkept_logs]} of {dict(run.logs)}"
        for key in [key for key, state in run.logs.items() if state == "done"]:
            attempt, stage = key[1:].split("-")
            name = f"experiments/{run.experiment}/a{attempt}/logs/{stage}.jsonl"
            shown = world.store.details[run.experiment][f"logs-{stage}"]
            if name not in world.blobs.objects or shown["attempt"] < int(attempt):
                return f"{run.experiment}: {key} is kept, and {shown['attempt']} is shown"
    return None


@at_end(15)
def what_is_shown_is_what_ended(world: World, books: Books) -> str | None:
    """At the end every read model is as a rebuild would make it, and none is stale."""
    ended: dict[str, list[Any]] = defaultdict(list)
    for run in world.store.runs.values():
        protocols = [f"{run.model_endpoint}__{run.names['experiment']}"] if run.spec else []
        for name in (run.model_endpoint, *protocols):
            ended[name].append((run.experiment, run.state.value))
    shown = {name: model.document for name, model in world.store.insights.items()}
    wanted = {name: {"made_of": sorted(of), "stale": False} for name, of in ended.items()}
    wrong = {
        name: (shown.get(name), wanted.get(name)) for name in shown | wanted if shown.get(name) != wanted.get(name)
    }
    return str(wrong) if wrong else None


@at_end(16)
def the_index_is_of_what_ended(world: World, books: Books) -> str | None:
    """At the end every run that ended and was not forgotten has its entry, with the labels that it has now, and there
    is no other entry."""
    runs, entries, requests = world.store.runs, world.store.entries, world.store.requests
    if runs.keys() != entries.keys():
        return f"runs {sorted(runs)}, entries {sorted(entries)}"
    for experiment, entry in entries.items():
        run, labels = runs[experiment], requests.get(experiment)
        if (entry.state, entry.model_endpoint) != (run.state, run.model_endpoint):
            return f"{experiment} is {run.state.value} of {run.model_endpoint}, and its entry is {entry}"
        if labels is not None and (entry.name, entry.tags) != (labels["name"], tuple(labels.get("tags", ()))):
            return f"{experiment} is called {labels['name']} {labels.get('tags')}, and its entry is {entry}"
    return None


# --------------------------------------------------------------------------------------------------- the checker


ACTS = {
    "mirror": Effect.MIRROR,
    "unmirror": Effect.UNMIRROR,
    "delete_all": Effect.DELETE_OBJECTS,
    "delete_details": Effect.DELETE_DETAILS,
    "create": Effect.PREPARE,
    "create_log": Effect.KEEP_LOGS,
}


class Checker:
    """Is told what happens, and keeps what broke an invariant."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.books = Books()
        self.violations: list[Violation] = []

    def report(self, number: int, sentence: str, detail: str) -> None:
        violation = Violation(number, sentence, detail)
        self._world.told("VIOLATION %s", violation)
        self.violations.append(violation)

    # ------------------------------------------------------------------------------------------------- saves

    def saved(self, stored: Run | None, before: Run, run: Run, decision: Decision, loaded: Loaded) -> None:
        world, books = self._world, self.books
        saved = Saved(stored, before, run, decision, loaded)
        if world.trace is not None:
            asked = ",".join(effect.value for effect in decision.intents)
            shown = f"{run.experiment[13]} r{run.revision} a{run.attempt} {run.state.value}"
            world.told("save %s %s %s %s", shown, asked and f"[{asked}]", decision.why, run.reason or "")
        for number, invariant in ON_SAVE:
            if (wrong := invariant(world, books, saved)) is not None:
                self.report(number, str(invariant.__doc__), f"{run.experiment}: {wrong}")
        books.attempts[run.experiment] = run.attempt
        if decision.pays:
            books.paid.add(run.experiment)
        for effect, intent in decision.intents.items():
            if run.intents.get(effect) == intent:
                books.held[world.current, effect, intent.key] += 1
                books.held_at[world.current, effect, intent.key] = intent.created_at
        if run.attempt != before.attempt:
            world.stats["retries"] += 1
        if run.state is not before.state and run.state in ENDED:
            world.stats[run.state.value] += 1
        if decision.forgets:
            books.forgotten[run.experiment] = run.number
            books.cancels.pop(run.experiment, None)
            world.stats["forgotten"] += 1

    # ----------------------------------------------------------------------------------------------- effects

    def called(self, operation: str, name: str) -> None:
        """An effect that costs nothing; `name`: an experiment, or an object or a folder of one."""
        if operation == "create" and not name.startswith("experiments/"):
            return  # a module is named by its content, and shared
        experiment = name.split("/")[1] if "/" in name else name
        self._world.told("%s %s", operation, name)
        run = self._world.store.runs.get(experiment)
        key = "/".join(name.split("/")[1:3]).replace("/", "-") if operation == "create" else None
        attempt = self.books.attempts.get(experiment, 1)  # also of one that is forgotten: a handler may be late
        if operation == "create" and "/logs/" in name:  # the right is the run's, which may have gone on meanwhile
            operation, key = "create_log", self._latest_right(Effect.KEEP_LOGS, experiment, attempt)
        self._check_right(ACTS[operation], key or attempt_name(experiment, attempt))
        if operation == "delete_all":
            self._check_deletion(experiment, run)

    def _latest_right(self, effect: Effect, experiment: str, attempt: int) -> str:
        """The attempt that was the current one when this handler was given the right."""
        names = [attempt_name(experiment, number) for number in range(attempt, 0, -1)]
        return next((each for each in names if self.books.held[self._world.current, effect, each]), names[0])

    def _check_deletion(self, experiment: str, run: Run | None) -> None:
        if run is not None and run.deletion is None:
            self.report(13, "Objects go only after the tombstone.", experiment)
        self.books.deleted.add(experiment)
        readers = [job.id for job in self._world.outside.live_jobs() if job.reads == experiment]
        if readers:
            self.report(13, "Nobody reads outputs that a deletion removes.", f"{experiment} is read by {readers}")

    def reads(self, job: SimJob) -> None:
        """A job reuses outputs of another experiment."""
        if job.reads in self.books.deleted:
            self.report(13, "Nobody reads outputs that a deletion removes.", f"{job.id} reads those of {job.reads}")

    def _check_right(self, effect: Effect, key: str) -> None:
        held = self.books.held
        right = (self._world.current, effect, key)
        if not held[right]:
            detail = f"{effect.value} of {key} by {getattr(self._world.current, 'name', 'nobody')}"
            self.report(10, "Every effect has an intent that its handler has stored before.", detail)

    def _made(self, effect: Effect, key: str) -> None:
        right = (self._world.current, effect, key)
        self.books.made[right] += 1
        if self.books.made[right] > max(1, self.books.held[right]):
            self.report(10, "Acting on an intent twice makes nothing twice.", f"{effect.value} of {key}")
        experiment, attempt = key.rpartition("-a")[0], int(key.rpartition("-a")[2])
        run = self._world.store.runs.get(experiment)
        if run is not None and run.state not in ENDED and run.attempt == attempt:
            return
        since = self.books.held_at.get(right)
        if since is not None and self._world.time < since + LEASES[effect]:
            detail = f"{effect.value} of {key} while {run and run.state.value}"
            self.report(8, "Nothing starts for a run that has ended, while the right to start it lasts.", detail)

    def started(self, build: SimBuild) -> None:
        self._check_right(Effect.START_BUILD, build.tag)
        self._made(Effect.START_BUILD, build.tag)
        builds, plan = self.books.builds[build.tag], self._world.plan
        builds.append(build.fact.id)
        if len(builds) > 1:
            self._world.stats["twins"] += 1
        if len(builds) > 1 and not plan.twins:
            self.report(5, "With lists that settle in time, an attempt starts one build.", f"{build.tag}: {builds}")

    def submitted(self, job_id: str, labels: Mapping[str, str], new: bool) -> None:
        self._check_right(Effect.SUBMIT_PIPELINE, f"{labels['experiment']}-a{labels['attempt']}")
        if not new:
            return
        attempt = f"{labels['experiment']}-a{labels['attempt']}"
        self._made(Effect.SUBMIT_PIPELINE, attempt)
        self.books.jobs[attempt] += 1
        if self.books.jobs[attempt] > 1 or job_id != attempt:
            self.report(4, "At most one pipeline job per experiment and attempt, ever.", f"{job_id} for {attempt}")

    def cancelled(self, kind: str, what: str, tag: str, *, live: bool) -> None:
        """A build or a job is asked to stop: by an intent, or because nobody wants it. What has ended by itself is
        taken from nobody, so whoever asks late, by what was true when it looked, is right enough."""
        if self._world.current is None:
            return
        effect = Effect.CANCEL_BUILD if kind == "build" else Effect.CANCEL_PIPELINE
        if self.books.held[self._world.current, effect, tag]:
            return
        self._world.stats["orphans"] += 1
        if live and not self.is_orphan(kind, what, tag):
            self.report(10, "Only what nobody wants is cancelled without an intent.", f"{kind} {what}")

    # ----------------------------------------------------------------------------------------------- orphans

    def is_orphan(self, kind: str, what: str, tag: str) -> bool:
        """Its run is missing, has ended, is at another attempt, has another build, or is past building."""
        experiment, attempt = tag.rpartition("-a")[0], int(tag.rpartition("-a")[2])
        run = self._world.store.runs.get(experiment)
        if run is None or run.state in ENDED or run.attempt != attempt or run.state is WAITING:
            return True
        if kind == "job":
            return False
        if run.state in (State.COMPILING, State.CANCELLING):
            return run.build is not None and run.build["id"] != what
        return run.state is not State.PREPARING

    def live_orphans(self) -> list[SimBuild | SimJob]:
        """Those that a sweep could see now."""
        outside = self._world.outside
        builds = [each for each in outside.live_builds() if each.visible and self.is_orphan("build", each.fact.id,
                  each.tag)]  # fmt: skip
        return [*builds, *(job for job in outside.live_jobs() if self.is_orphan("job", job.id, job.id))]

    def swept(self, orphans: list[SimBuild | SimJob]) -> None:
        """A sweep that nothing disturbed has ended; `orphans`: what it could see from its beginning."""
        for each in orphans:
            each.orphan_sweeps += 1
            if each.orphan_sweeps >= TWO_SWEEPS and each.fact.live and not each.cancel_calls:
                what = getattr(each, "id", None) or each.fact.id  # type: ignore[union-attr]
                self.report(7, "What nobody wants is cancelled within two sweeps.", what)

    # ------------------------------------------------------------------------------------------- users and others

    def commanded(self, experiment: str, kind: str) -> None:
        if kind == "cancel":
            self.books.cancels.setdefault(experiment, experiment in self.books.paid)

    def repaired(self) -> None:
        if not self.books.ghosts:
            self.report(11, "Without a fault from outside no place needs repair.", f"{self._world.store.holders}")
        self.books.ghosts = 0

    def buried(self, letter: Letter) -> None:
        self._world.stats["buried"] += 1

    def finish(self) -> None:
        for number, invariant in AT_END:
            if (wrong := invariant(self._world, self.books)) is not None:
                self.report(number, str(invariant.__doc__), wrong)


def sentences() -> Iterator[tuple[int, str]]:
    """Every invariant that is a function: its number and its sentence."""
    yield from sorted((number, str(invariant.__doc__)) for number, invariant in (*ON_SAVE, *AT_END))
