"""Two handlers of one experiment, in every order of their steps.

A step is one call of an adapter with what follows it. A handler is what its answers made of it, so two prefixes that
left the same world, and gave each handler the same answers, have the same future: those, and only those, are gone on
with once. The number of interleavings counts them all. After its first `STEPS` steps a handler is not interrupted any
more: the sequences get long (a whole preparing, with what follows it), and the schedules of test_schedules go on there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from greenlet import getcurrent, greenlet

from functions.adapters.ports import Transient
from functions.reconcile import look_after
from shared.runs import State
from tests.simulation.content import experiment_id
from tests.simulation.scheduler import Handler, Killed
from tests.simulation.story import KillAt, Path, Story

EXPERIMENT = experiment_id(0)
ALONE = Path("alone", {})
STEPS = 9  # C(18, 9) = 48,620 interleavings, where no handler ends sooner


class Turns:
    """A gate that waits for its turn before each call, and remembers what each handler was answered."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}

    def before(self, port: Any, name: str, method: Any, arguments: tuple[Any, ...]) -> None:
        world, handler = port.world, port.world.current
        world.current = None
        getcurrent().parent.switch()
        if handler.dead:
            raise Killed
        world.current = handler

    def after(self, port: Any, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        seen = self.answers.setdefault(port.world.current.name, hashlib.sha256())
        seen.update(f"{name} {result!r}".encode())


class Pair:
    """Two handlers at the beginning of a situation."""

    def __init__(self, situation: Callable[[Story], None]) -> None:
        self.story = Story(ALONE, KillAt(None))
        situation(self.story)
        self.gate = Turns()
        self.story.bind(self.gate)
        self.threads = {name: greenlet(self._body(name)) for name in ("A", "B")}
        for name in self.threads:
            self.story.world.checker.books.handlers[EXPERIMENT] += 1
            self.turn(name)  # up to its first call

    def _body(self, name: str) -> Callable[[], None]:
        handler = Handler(name, EXPERIMENT, self.story.world.seconds())

        def body() -> None:
            self.story.world.current = handler
            try:
                look_after(EXPERIMENT, self.story.world.services)
            except Transient:
                raise AssertionError("nobody was out of reach") from None
            finally:
                self.story.world.current = None

        return body

    def turn(self, name: str) -> None:
        self.threads[name].switch()

    def open(self) -> list[str]:
        return [name for name, thread in self.threads.items() if not thread.dead]

    def state(self) -> bytes:
        """All that the future depends on."""
        world = self.story.world
        store = world.store
        seen = [self.gate.answers[name].digest() for name in sorted(self.gate.answers)]
        documents = (store.runs, store.holders, store.details, store.numbers, store.generation, store.tombstones)
        outside = ({name: build.fact for name, build in world.outside.builds.items()},
                   {name: job.fact for name, job in world.outside.jobs.items()})  # fmt: skip
        text = repr((seen, self.open(), documents, sorted(world.blobs.objects), outside, sorted(world.mirror.records)))
        return hashlib.sha256(text.encode()).digest()


class Explorer:
    """Depth first over prefixes; equal states are explored once."""

    def __init__(self, situation: Callable[[Story], None], ends: tuple[str, ...]) -> None:
        self._situation, self._ends = situation, ends
        self._known: dict[bytes, int] = {}
        self.longest = 0

    def interleavings(self, prefix: str = "") -> int:
        """How many ways to the end there are behind this prefix; asserts what must hold at each end."""
        pair = Pair(self._situation)
        for name in prefix:
            pair.turn(name)
        assert not pair.story.world.checker.violations, f"{prefix}: {pair.story.world.checker.violations}"
        if (state := pair.state()) in self._known:
            return self._known[state]
        self.longest = max(self.longest, len(prefix))
        next_ = [name for name in pair.open() if prefix.count(name) < STEPS]
        self._known[state] = sum(self.interleavings(prefix + name) for name in next_) if next_ else self._end(pair)
        return self._known[state]

    def _end(self, pair: Pair) -> int:
        story = pair.story
        while open_ := pair.open():
            pair.turn(open_[0])
        story.bind(KillAt(None))
        story.settle()
        assert not story.world.checker.violations, f"{story.world.checker.violations}"
        assert story.state_of(0) in self._ends
        return 1

    @property
    def states(self) -> int:
        return len(self._known)


# ------------------------------------------------------------------------------------------------------ situations


def requested(story: Story) -> None:
    story.ask()


def requested_and_cancelled(story: Story) -> None:
    story.ask()
    story.command("cancel", 0)


def built(story: Story) -> None:
    """Compiling, and the build has ended."""
    story.ask()
    story.look_after(EXPERIMENT)
    while story.world.outside.live():
        story.move_outside()


def built_and_cancelled(story: Story) -> None:
    built(story)
    story.command("cancel", 0)


def build_failed(story: Story) -> None:
    """For a reason that may pass, and the pause before the next attempt is over as soon as it began."""
    story.ask()
    story.look_after(EXPERIMENT)
    for build in story.world.outside.live_builds():
        build.fate, build.detail = "FAILURE", "ZONE_RESOURCE_POOL_EXHAUSTED: no resources"
    while story.world.outside.live():
        story.move_outside()


def running(story: Story) -> None:
    built(story)
    story.look_after(EXPERIMENT)
    assert story.state_of(0) == State.RUNNING.value


def running_and_cancelled(story: Story) -> None:
    running(story)
    story.move_outside()
    story.command("cancel", 0)


def succeeded(story: Story) -> None:
    """Running, and the job has ended with its results."""
    running(story)
    while story.world.outside.live():
        story.move_outside()


def to_delete(story: Story) -> None:
    succeeded(story)
    story.look_after(EXPERIMENT)
    assert story.state_of(0) == State.COMPLETED.value
    story.world.wait(600)
    story.command("delete", 0)


@pytest.mark.parametrize(
    ("situation", "ends"),
    [
        (requested, ("completed",)),
        (requested_and_cancelled, ("cancelled",)),
        (built, ("completed",)),
        (built_and_cancelled, ("cancelled",)),
        (build_failed, ("completed",)),
        (running_and_cancelled, ("cancelled",)),
        (succeeded, ("completed",)),
        (to_delete, ("forgotten",)),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_two_handlers_in_every_order_of_their_steps(
    situation: Callable[[Story], None], ends: tuple[str, ...], record_property: Callable[[str, object], None]
):
    explorer = Explorer(situation, ends)
    found = explorer.interleavings()
    record_property("interleavings", found)
    record_property("states", explorer.states)
    print(f"{found:,} interleavings, {explorer.states} states, at most {explorer.longest} steps")
    assert found > 10
