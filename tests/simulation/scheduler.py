"""One schedule: chaos drawn from a seed, then calm until everything has settled, and the checks all along."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from greenlet import getcurrent, greenlet

from functions.adapters.ports import Conflict, Transient
from functions.labels import relabel
from functions.reconcile import look_after
from functions.sweep import sweep
from shared.facts import Wish
from shared.lifecycle import DEADLINES
from shared.runs import State
from tests.simulation.checker import ENDED, PAID, Violation
from tests.simulation.content import ENDPOINTS, START, experiment_id
from tests.simulation.plan import Plan, draw
from tests.simulation.replaced import CURRENT
from tests.simulation.world import OpenGate, World

LONGEST_LIFE_S = 300.0  # of a function
MOST_TRIES = 4  # of one delivery, then it is a dead letter
MOST_ROUNDS = 400  # of the calm
CALM = (-1.0,) * 4  # limits of faults that never come
CREATIONS = frozenset({"start", "submit"})
READS = frozenset({"load", "queue", "heads", "seated_runs", "spent_usd", "reuse_generation", "readers_since", "config",
                   "configs", "names", "detail", "live_runs", "pending_mirrors", "past_runs", "requests_without_run",
                   "undrained", "index", "edited_since", "stale_insights", "insight", "insight_part", "rebuilds",
                   "read", "exists", "size", "listed", "live", "get", "of_task", "of_build", "task_lines",
                   "build_lines", "pending_logs", "commands_of", "report_heads", "table",
                   "rows", "bytes_of"})  # fmt: skip


class Killed(BaseException):
    """The process is gone: nothing may catch this."""


class Edited(str):
    """An experiment whose event says that its request was edited."""


@dataclass(eq=False)
class Handler:
    """One delivery of an event, or one sweep, under way."""

    name: str
    experiment: str | None  # None: a sweep
    began_s: float
    tries: int = 0
    clean: bool = True  # nothing disturbed it
    dead: bool = False
    thread: Any = None
    looked_at: Any = None  # when it last loaded a run
    orphans: list[Any] = field(default_factory=list)  # that a sweep could see from its beginning


class Simulation:
    """The scheduler is the gate of all adapters, too."""

    def __init__(self, seed: int, plan: Plan | None = None, traced: bool = False) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.plan = plan or draw(self.random)
        self.world = World(self.plan, self.random)
        self.world.trace = [] if traced else None
        self.handlers: list[Handler] = []
        self.tries: Counter[str] = Counter()
        self.created = 0
        self.ids: list[str] = []
        self._late: list[tuple[float, Callable[[], Any]]] = []
        self._count = 0
        plan = self.plan
        self._before = _limits(plan.pause / 2, plan.kill / 2, plan.transient, plan.conflict)
        self._after = _limits(plan.pause / 2, plan.kill / 2, plan.ambiguous)

    # -------------------------------------------------------------------------------------------------- whole

    def run(self) -> list[Violation]:
        """Chaos, calm, checks."""
        world = self.world
        world.gate, CURRENT.world = self, world
        for _ in range(self.plan.steps):
            self._step()
            if world.checker.violations:
                break
        if not world.checker.violations:
            self._settle()
        if not world.checker.violations:
            world.checker.finish()
        for handler in self.handlers:
            self._kill(handler)
        return world.checker.violations

    def digest(self) -> str:
        """Of everything that happened."""
        return hashlib.sha256("\n".join(self.world.trace or ()).encode()).hexdigest()

    # -------------------------------------------------------------------------------------------------- chaos

    def _step(self) -> None:
        random, plan, world = self.random, self.plan, self.world
        self._wait(random.random() * 2)
        draw = random.random()
        if self.created < plan.experiments and (draw < 0.25 or not self.created):
            self._create()
        elif self.handlers and draw < 0.35:
            self._continue(random.choice(self.handlers))
        elif world.events and draw < 0.6:
            self._deliver()
        elif draw < 0.86:
            self._outside()
        elif draw < 0.9:
            self._sweep()
        else:
            self._rare()

    def _rare(self) -> None:
        """Users, clocks, and rights that are taken away."""
        plan = self.plan
        acts: tuple[tuple[float, Callable[[], None]], ...] = (
            (1.0, self._sleep_a_little), (plan.sleep, self._sleep_long), (plan.cancel, self._cancel),
            (plan.delete, self._delete), (plan.rerun, self._rerun), (plan.hard_delete, self._hard_delete),
            (plan.drift, self._drift), (plan.refuse, self._refuse), (1.0, self._sweep), (plan.edit, self._edit),
        )  # fmt: skip
        self.random.choices([act for _, act in acts], [weight for weight, _ in acts])[0]()

    def _create(self, parent: str | None = None) -> None:
        random, world = self.random, self.world
        self.created += parent is None
        experiment = experiment_id(len(self.ids))
        self.ids.append(experiment)
        request: dict[str, Any] = {
            "schema_version": 1, "owner": "ada@example.org", "created_at": START, "updated_at": START,
            "feature_config": "base", "model_config": "minimal", "epochs": 2, "name": random.choice(("one", "two")),
            "model_endpoint": random.choice(ENDPOINTS),
        }  # fmt: skip
        if random.random() < self.plan.invalid:
            request["feature_config"] = "missing"
        if parent is not None:
            request = {**world.store.requests[parent], "parent": parent, "origin": "rerun", "name": "again"}
            world.stats["reruns"] += 1
        world.store.requests[experiment] = request
        world.told("create %s %s", experiment, f"rerun of {parent}" if parent else request["model_endpoint"])
        world.emit(experiment)

    def _command(self, kind: str, experiment: str) -> None:
        world = self.world
        if (experiment, kind) not in world.store.commands:  # append-only: the second of its name is refused
            world.store.commands[experiment, kind] = Wish(world.time, "ada@example.org")
            world.checker.commanded(experiment, kind)
            world.stats[f"{kind}s"] += 1
        world.told("%s %s", kind, experiment)
        world.emit(experiment)

    def _cancel(self) -> None:
        if known := sorted(self.world.store.requests):
            self._command("cancel", self.random.choice(known))

    def _delete(self) -> None:
        """People delete what has ended; some do it before, and it counts when it has."""
        runs = self.world.store.runs.values()
        known = [run.experiment for run in runs if run.state in ENDED] or [run.experiment for run in runs]
        if known:
            self._command("delete", self.random.choice(known))

    def _rerun(self) -> None:
        store = self.world.store
        known = [each.experiment for each in store.runs.values() if each.state in ENDED and each.spec and each.deletion
                 is None and each.experiment in store.requests]  # fmt: skip
        if known and len(self.ids) < 5:
            self._create(self.random.choice(known))

    def _hard_delete(self) -> None:
        """A script with server rights deletes a request."""
        world = self.world
        if known := sorted(world.store.requests):
            experiment = self.random.choice(known)
            world.store.requests.pop(experiment)
            world.stats["hard_deletes"] += 1
            world.told("hard delete of the request of %s", experiment)

    def _edit(self) -> None:
        """Somebody gives an experiment other labels."""
        world = self.world
        if known := sorted(world.store.requests):
            experiment = self.random.choice(known)
            tags = [f"edit-{world.stats['edits']}"]
            edited = {"updated_at": world.time + timedelta(microseconds=1), "tags": tags}
            world.store.requests[experiment] = {**world.store.requests[experiment], **edited}
            world.stats["edits"] += 1
            world.told("%s is edited: %s", experiment, tags)
            world.emit(Edited(experiment))

    def _drift(self) -> None:
        """Somebody edits the places by hand."""
        world = self.world
        if len(world.store.holders) < self.plan.places and not world.checker.books.ghosts:
            world.store.holders["exp-ghost"] = "nobody"
            world.store.places_mark += 1
            world.checker.books.ghosts = 1
            world.stats["drifts"] += 1
            world.told("a ghost takes a place")

    def _refuse(self) -> None:
        world = self.world
        if world.refused:
            world.refused = set()
            world.told("rights are back")
        else:
            world.refused = {self.random.choice(("builds", "pipelines", "pipelines", "blobs"))}
            world.told("no right to look at %s", world.refused)

    def _sleep_a_little(self) -> None:
        self._wait(self.random.random() * 60)

    def _sleep_long(self) -> None:
        self._wait(self.random.choice((160, 340, 1_000)))
        self.world.told("time passes")

    def _outside(self) -> None:
        outside = self.world.outside
        if live := outside.live():
            thing = self.random.choice(live)
            for _ in range(self.random.randint(1, 3)):
                self._move(thing)

    def _move(self, thing: Any) -> bool:
        outside = self.world.outside
        return outside.move_build(thing) if hasattr(thing, "tag") else outside.move_job(thing)

    # ----------------------------------------------------------------------------------------------- handlers

    def _deliver(self) -> None:
        events = self.world.events
        experiment = events.pop(self.random.randrange(len(events)))
        self.world.stats["delivered"] += 1
        self._start(experiment)

    def _sweep(self) -> None:
        self.world.stats["sweeps"] += 1
        self._start(None)

    def _start(self, experiment: str | None) -> None:
        world = self.world
        self._count += 1
        name = f"h{self._count}" if experiment else f"sweep{self._count}"
        handler = Handler(name, experiment, world.seconds())
        world.told("%s starts%s", name, f" for {experiment}" if experiment else "")
        if experiment is None:
            handler.orphans = world.checker.live_orphans()
            for each in world.store.requests:
                world.checker.books.handlers[each] += 1
            for each in world.store.runs:
                world.checker.books.handlers[each] += 1
        else:
            world.checker.books.handlers[experiment] += 1
        handler.thread = greenlet(lambda: self._body(handler))
        self.handlers.append(handler)
        self._continue(handler)

    def _body(self, handler: Handler) -> None:
        """What `functions.main` does with it; raising is "deliver again"."""
        world = self.world
        try:
            if handler.experiment is None:
                sweep(world.services)
            elif isinstance(handler.experiment, Edited):
                relabel(handler.experiment, world.services)
            else:
                look_after(handler.experiment, world.services)
        except Transient:
            handler.clean = False
            self._again(handler)
        except Killed:
            handler.clean = False
            world.stats["kills"] += 1
            self._again(handler)
        except Exception as error:  # a fault of the product: it would be delivered for ever
            world.checker.report(0, "A handler raises nothing but outages.", repr(error))
        if handler.clean and handler.experiment is None:
            world.checker.swept(handler.orphans)

    def _again(self, handler: Handler) -> None:
        """What was not acknowledged is delivered again, and in the end becomes a dead letter."""
        world = self.world
        experiment = handler.experiment
        if experiment is None:
            return
        self.tries[experiment] += 1
        if self.tries[experiment] % MOST_TRIES == 0:
            world.stats["dead_letters"] += 1
            world.store.letters[f"letter {self.tries[experiment]}"] = experiment
        else:
            world.events.append(experiment)

    def _continue(self, handler: Handler) -> None:
        world = self.world
        if world.seconds() - handler.began_s > LONGEST_LIFE_S:
            self._kill(handler)
            return
        world.current = handler
        handler.thread.switch()
        world.current = None
        if handler.thread.dead:
            self.handlers.remove(handler)

    def _kill(self, handler: Handler) -> None:
        """It is gone: what unwinds can do nothing any more."""
        world = self.world
        handler.dead = True
        world.current = handler
        handler.thread.throw(Killed)
        world.current = None
        world.told("%s is gone", handler.name)
        if handler in self.handlers:
            self.handlers.remove(handler)

    # --------------------------------------------------------------------------------------------------- gate

    def before(self, port: Any, name: str, method: Any, arguments: tuple[Any, ...]) -> None:
        world = self.world
        handler = world.current
        if handler.dead or world.checker.violations:  # what is broken is not gone on with
            raise Killed
        limits = self._before
        if limits is CALM:
            return
        if name in CREATIONS and self.random.random() < self.plan.late:
            self._lose_answer(handler, port, name, method, arguments)
        draw = self.random.random()
        if draw >= limits[3]:
            return
        if draw < limits[0]:
            self._pause(handler)
        elif draw < limits[1]:
            self._die(handler, name, "before")
        elif draw < limits[2]:
            handler.clean = False
            world.stats["transient"] += 1
            raise Transient(f"UNAVAILABLE: {name}")
        elif name == "save":
            world.stats["spurious_conflicts"] += 1
            raise Conflict("somebody else was first")

    def after(self, port: Any, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        limits = self._after
        if limits is CALM:
            return
        draw = self.random.random()
        if draw >= limits[2]:
            return
        world = self.world
        handler = world.current
        if draw < limits[0]:
            self._pause(handler)
        elif draw < limits[1]:
            self._die(handler, name, "after")
        elif name not in READS:
            handler.clean = False
            world.stats["ambiguous"] += 1
            world.told("the answer of %s is lost", name)
            raise Transient(f"DEADLINE_EXCEEDED: {name}")

    def _pause(self, handler: Handler) -> None:
        world = self.world
        world.stats["pauses"] += 1
        world.current = None
        hub = getcurrent().parent
        assert hub is not None
        hub.switch()
        if handler.dead:
            raise Killed

    def _die(self, handler: Handler, name: str, when: str) -> None:
        handler.dead = True
        self.world.told("killed %s %s", when, name)
        raise Killed

    def _lose_answer(self, handler: Handler, port: Any, name: str, method: Any, arguments: tuple[Any, ...]) -> None:
        """The call fails for us, and takes place a little later."""
        world = self.world
        handler.clean = False
        world.stats["late"] += 1
        at = world.seconds() + self.random.random() * self.plan.late_s
        self._late.append((at, lambda: self._as(handler, method, port, arguments)))
        raise Transient(f"DEADLINE_EXCEEDED: {name}")

    def _as(self, handler: Handler, method: Any, port: Any, arguments: tuple[Any, ...]) -> None:
        world = self.world
        gate, world.gate, world.current = world.gate, OpenGate(), handler
        world.told("it takes place now")
        method(port, *arguments)
        world.gate, world.current = gate, None

    def _wait(self, seconds: float) -> None:
        """Time passes, and what was only late takes place when it is due."""
        world = self.world
        end = world.seconds() + seconds
        for due, effect in sorted(self._late, key=lambda each: each[0]):
            if due <= end:
                world.wait(due - world.seconds())
                self._late.remove((due, effect))
                effect()
        world.wait(end - world.seconds())

    # --------------------------------------------------------------------------------------------------- calm

    def _settle(self) -> None:
        """Faults are off; sweeps come each minute, and later ones when nothing else is waited for."""
        world = self.world
        world.told("calm")
        self._before = self._after = CALM
        world.refused = set()
        overdue: Counter[Any] = Counter()
        quiet = 0
        hints = self.random.random() < 0.5
        for _ in range(MOST_ROUNDS):
            self._wait(60 if quiet < 3 else min(60 * 2 ** (quiet - 2), 7_200))
            for handler in list(self.handlers):
                self._continue(handler)
            if not hints:
                world.events.clear()
            while world.events:
                self._deliver()
            moved = [self._move(each) for _ in range(3) for each in world.outside.live()]
            late = self._overdue()
            before = self._fingerprint()
            self._sweep()
            quiet = 0 if any(moved) or before != self._fingerprint() else quiet + 1
            if world.checker.violations or self._settled():
                return
            self._check_deadlines(late, overdue)

    def _fingerprint(self) -> tuple[Any, ...]:
        """What a sweep changes when it does more than to refresh figures."""
        store = self.world.store
        moved = tuple((run.state, run.attempt, run.deletion, run.mlflow, run.logs) for run in store.runs.values())
        return (moved, len(store.requests), len(store.letters))

    def _settled(self) -> bool:
        world = self.world
        runs = world.store.runs.values()
        deleting = any(kind == "delete" and each in world.store.runs for each, kind in world.store.commands)
        pending = any((run.mlflow or {}).get("state") == "pending" or run.deletion or run.unkept_logs for run in runs)
        live = any(run.state not in ENDED for run in runs) or world.outside.live()
        missing = any(each not in world.store.runs for each in world.store.requests)
        waiting = world.store.letters or world.store.stale or self._late or self.handlers
        return not (deleting or pending or live or missing or waiting)

    def _overdue(self) -> set[Any]:
        """States that have lasted longer than they may, or that a sweep alone must end."""
        now, found = self.world.time, set()
        for run in self.world.store.runs.values():
            if any(run.intents[effect].until > now for effect in PAID & run.intents.keys()):
                continue  # a right to start something that was given out just before is waited for
            if run.state in DEADLINES and now - run.state_entered_at > DEADLINES[run.state]:
                found.add((run.experiment, run.attempt, run.state, run.state_entered_at))
            if run.state is State.COLLECTING:
                found.add((run.experiment, run.attempt, run.state, run.state_entered_at))
        return found

    def _check_deadlines(self, late: set[Any], overdue: Counter[Any]) -> None:
        for each in late & self._overdue():
            overdue[each] += 1
            if overdue[each] > 2:
                detail = f"{each[0]} a{each[1]} {each[2].value}"
                self.world.checker.report(3, "A state ends within its deadline and two sweeps.", detail)


def _limits(*shares: float) -> tuple[float, ...]:
    """Running sums, filled up to four."""
    sums = [sum(shares[: number + 1]) for number in range(len(shares))]
    return tuple(sums + [sums[-1]] * (4 - len(sums)))


@dataclass
class Totals:
    """What happened in many schedules, and the seeds that broke something."""

    stats: Counter[str] = field(default_factory=Counter)
    failed: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def add(self, other: Totals) -> None:
        self.stats.update(other.stats)
        self.failed.update(other.failed)
        self.cpu_seconds += other.cpu_seconds


def run_many(first: int, count: int, step: int = 1, most_failures: int = 10) -> Totals:
    """`count` schedules from seed `first`, each `step` further."""
    totals = Totals()
    for seed in range(first, first + count * step, step):
        simulation = Simulation(seed)
        violations = simulation.run()
        totals.stats.update(simulation.world.stats)
        totals.stats["schedules"] += 1
        totals.stats["violations"] += len(violations)
        if violations:
            totals.failed[seed] = str(violations[0])
            if len(totals.failed) >= most_failures:
                break
    return totals
