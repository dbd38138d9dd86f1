"""Schedules that are told, not drawn: what happens when, and where a handler dies or waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from functions.reconcile import look_after
from functions.sweep import sweep
from shared.runs import Run, State
from tests.simulation.checker import ENDED
from tests.simulation.content import attempt_name, experiment_id
from tests.simulation.outside import WORDS
from tests.simulation.plan import Plan
from tests.simulation.scheduler import Handler, Killed, Simulation

MOST_ROUNDS = 120
ROUND_S = 20.0


@dataclass(frozen=True)
class Chapter:
    """When `ready`, `act`."""

    ready: Callable[[Story], bool]
    act: Callable[[Story], None]


@dataclass(frozen=True)
class Path:
    """A way of one or two experiments, and where they must end however often a handler dies."""

    name: str
    ends: Mapping[int, tuple[str, ...]]
    chapters: tuple[Chapter, ...] = ()
    fates: Mapping[str, tuple[str, int, str]] = field(default_factory=dict)  # of jobs: `0-a1` -> fate, where, words
    build_fates: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    places: int = 2


class KillAt:
    """A gate that counts calls, and kills the handler before one of them.

    To die after a call is to die before the next one: between them a handler does nothing that anybody could see.
    """

    def __init__(self, at: int | None) -> None:
        self.at, self.seen = at, 0

    def before(self, port: Any, name: str, method: Any, arguments: tuple[Any, ...]) -> None:
        self._pass(port)

    def after(self, port: Any, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        return None

    def _pass(self, port: Any) -> None:
        if port.world.current.dead or port.world.checker.violations:
            raise Killed
        if port.world.current.experiment is not None:  # sweeps are the net, and do not die here
            self.seen += 1
            if self.seen == self.at:
                port.world.current.dead = True
                raise Killed


class Story(Simulation):
    """A world without chance."""

    def __init__(self, path: Path, gate: Any) -> None:
        super().__init__(0, Plan(places=path.places, endpoint_places=(path.places, path.places)))
        self.path, self.left = path, list(path.chapters)
        self.bind(gate)

    def bind(self, gate: Any) -> None:
        from tests.simulation.replaced import CURRENT

        self.world.gate, CURRENT.world = gate, self.world

    # -------------------------------------------------------------------------------------------------- words

    def ask(self, parent: str | None = None) -> None:
        """Somebody wants an experiment; each has a spec of its own, but for reruns."""
        self._create(parent)
        request = self.world.store.requests[self.ids[-1]]
        request = {**request, "model_endpoint": "shoes", "name": request["name"] if parent else f"own {len(self.ids)}"}
        self.world.store.requests[self.ids[-1]] = request

    def run_of(self, index: int) -> Run | None:
        return self.world.store.runs.get(experiment_id(index))

    def command(self, kind: str, index: int) -> None:
        self._command(kind, experiment_id(index))

    def state_of(self, index: int) -> str:
        """`forgotten` of a run that is no more."""
        run = self.run_of(index)
        if run is not None:
            return run.state.value
        return "forgotten" if experiment_id(index) in self.world.store.tombstones else "nothing"

    # ------------------------------------------------------------------------------------------------ handlers

    @contextmanager
    def _handler(self, name: str, experiment: str | None) -> Iterator[Handler]:
        self.world.current = handler = Handler(name, experiment, self.world.seconds())
        try:
            yield handler
        except Killed:
            handler.clean = False
        finally:
            self.world.current = None

    def look_after(self, experiment: str) -> None:
        self.world.checker.books.handlers[experiment] += 1
        with self._handler("handler", experiment):
            look_after(experiment, self.world.services)

    def sweep(self) -> None:
        orphans = self.world.checker.live_orphans()
        for each in {*self.world.store.requests, *self.world.store.runs}:
            self.world.checker.books.handlers[each] += 1
        with self._handler("sweep", None):
            sweep(self.world.services)
        self.world.checker.swept(orphans)

    # ------------------------------------------------------------------------------------------------- the way

    def tell(self) -> None:
        """Until everything has happened and nothing moves any more."""
        self.ask()
        for number in range(MOST_ROUNDS):
            for experiment in list(self.ids):
                self.turn_pages()
                self.look_after(experiment)
            self.turn_pages()
            self.move_outside()
            self.world.wait(ROUND_S)
            if number % 3 == 2:
                self.sweep()
            if not self.left and self._settled():
                break
        self.world.checker.finish()

    def turn_pages(self) -> None:
        while self.left and self.left[0].ready(self):
            self.left.pop(0).act(self)

    def settle(self) -> None:
        """Sweeps until nothing moves any more."""
        for _ in range(MOST_ROUNDS):
            self.world.wait(60)
            self.move_outside()
            self.sweep()
            if self._settled():
                break
        self.world.checker.finish()

    def move_outside(self) -> None:
        self.set_fates()
        for each in self.world.outside.live():
            self._move(each)
            self._move(each)

    def set_fates(self) -> None:
        for name, (fate, where, words) in self.path.fates.items():
            index, _, attempt = name.partition("-a")
            for job in self.world.outside.jobs.values():
                if job.id == attempt_name(experiment_id(int(index)), int(attempt)):
                    job.fate, job.fate_at, job.words = fate, where, WORDS[words]
        for name, (fate, words) in self.path.build_fates.items():
            index, _, attempt = name.partition("-a")
            for build in self.world.outside.builds_of.get(attempt_name(experiment_id(int(index)), int(attempt)), ()):
                build.fate, build.detail = fate, WORDS[words]

    def wrong(self) -> list[str]:
        """What was violated, and who did not end where he must."""
        found = [str(each) for each in self.world.checker.violations]
        for index, ends in self.path.ends.items():
            if self.state_of(index) not in ends:
                found.append(f"experiment {index} is {self.state_of(index)}, not {' or '.join(ends)}")
        return found


def reaches(index: int, *states: State) -> Callable[[Story], bool]:
    """A chapter's beginning: the run is, or was seen, in one of these states or has ended."""

    def ready(story: Story) -> bool:
        run = story.run_of(index)
        return run is not None and (run.state in states or run.state in ENDED)

    return ready


def ends(index: int) -> Callable[[Story], bool]:
    return reaches(index)


def cancel(index: int, *states: State) -> Chapter:
    return Chapter(reaches(index, *states), lambda story: story.command("cancel", index))


HAPPY = Path("happy", {0: ("completed",)})
PATHS = (
    HAPPY,
    Path("cancelled while waiting", {0: ("completed",), 1: ("cancelled",)},
         (Chapter(reaches(0, State.COMPILING), lambda story: story.ask()), cancel(1, State.REQUESTED)), places=1),
    Path("cancelled while compiling", {0: ("cancelled",)}, (cancel(0, State.COMPILING),)),
    Path("cancelled while running", {0: ("cancelled",)}, (cancel(0, State.RUNNING),)),
    Path("its build fails", {0: ("failed",)}, build_fates={"0-a1": ("FAILURE", "no")}),
    Path("its job fails", {0: ("failed",)}, fates={"0-a1": ("FAILED", 5, "no")}),
    Path("retried after a build", {0: ("completed",)}, build_fates={"0-a1": ("INTERNAL_ERROR", "same")}),
    Path("retried twice, elsewhere and later", {0: ("completed",)},
         fates={"0-a1": ("FAILED", 1, "region"), "0-a2": ("FAILED", 5, "same")}),
    Path("rerun", {0: ("completed",), 1: ("completed",)},
         (Chapter(ends(0), lambda story: story.ask(experiment_id(0))),)),
    Path("deleted", {0: ("forgotten",)}, (Chapter(ends(0), lambda story: story.command("delete", 0)),)),
    Path("deleted while running", {0: ("forgotten",)},
         (Chapter(reaches(0, State.RUNNING), lambda story: story.command("delete", 0)),)),
)  # fmt: skip
