"""Recorded sequences of events in every other order, with each one dropped and each one doubled: the same end.

An event is nothing but an experiment's id (tests/unit/test_main holds every entry point to that), so permutations that
deliver the same ids in the same order are the same delivery, and each of those is played once. What an event tells of
happens when it did in the recording, or as soon after it as it can: a build cannot end before it was started.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest

from tests.simulation.content import experiment_id
from tests.simulation.story import KillAt, Path, Story

Happening = Callable[[Story, int], bool]


@dataclass(frozen=True)
class Event:
    """What happened to which experiment; False while it cannot happen yet."""

    experiment: int
    happen: Happening


def asked(story: Story, index: int) -> bool:
    if len(story.ids) != index:
        return len(story.ids) > index
    story.ask()
    return True


def cancelled(story: Story, index: int) -> bool:
    return _command(story, "cancel", index)


def deleted(story: Story, index: int) -> bool:
    return _command(story, "delete", index)


def _command(story: Story, kind: str, index: int) -> bool:
    if len(story.ids) > index:
        story.command(kind, index)
    return len(story.ids) > index


def built(story: Story, index: int) -> bool:
    return _end(story, [each for each in story.world.outside.builds.values() if each.tag.startswith(_name(index))])


def ran(story: Story, index: int) -> bool:
    return _end(story, _jobs(story, index))


def trained(story: Story, index: int) -> bool:
    """An epoch ended."""
    jobs = _jobs(story, index)
    while jobs and jobs[-1].position < 4 and story._move(jobs[-1]):
        pass
    return bool(jobs)


def failed(story: Story, index: int) -> bool:
    """In its first attempt, for a reason that may pass."""
    jobs = _jobs(story, index)
    if jobs:
        jobs[0].fate, jobs[0].fate_at, jobs[0].words = (
            "FAILED",
            jobs[0].position,
            "UNAVAILABLE: Connection reset by peer",
        )
    return _end(story, jobs)


def _jobs(story: Story, index: int) -> list[Any]:
    return [each for each in story.world.outside.jobs.values() if each.id.startswith(_name(index))]


def _name(index: int) -> str:
    return f"{experiment_id(index)}-a"


def _end(story: Story, things: Sequence[Any]) -> bool:
    while things and story._move(things[-1]):
        pass
    return bool(things)


RECORDED = {
    "two that complete": ((0, asked), (1, asked), (0, built), (1, built), (0, ran), (1, ran)),
    "a life, and one that is cancelled": ((0, asked), (1, asked), (0, built), (1, cancelled), (0, trained), (0, ran),
                                          (1, asked)),
    "one place for two": ((0, asked), (1, asked), (0, built), (0, ran), (1, built), (1, ran), (0, deleted)),
    "cancelled while it runs": ((0, asked), (0, built), (1, asked), (0, trained), (0, cancelled), (1, built), (1, ran)),
    "deleted as it ends": ((0, asked), (0, built), (0, ran), (0, deleted), (1, asked), (1, cancelled)),
    "a second attempt": ((0, asked), (0, built), (1, asked), (0, failed), (0, ran), (1, cancelled)),
    "three in a line": ((0, asked), (1, asked), (2, asked), (2, cancelled), (1, cancelled), (0, built), (0, ran)),
}  # fmt: skip


class Recording:
    """A sequence of events, played with its deliveries in any order."""

    def __init__(self, events: Sequence[tuple[int, Happening]], places: int) -> None:
        self.events = [Event(*event) for event in events]
        self._places = places

    def play(self, deliveries: Sequence[int]) -> tuple[Any, ...]:
        """Where everything ends when these ids are delivered, in this order."""
        story = Story(Path("recorded", {}, places=self._places), KillAt(None))
        late: list[Event] = []
        for number in range(max(len(self.events), len(deliveries))):
            late = _happen(story, late + self.events[number : number + 1])
            story.world.wait(7)
            if number < len(deliveries):
                story.look_after(experiment_id(deliveries[number]))
        for _ in range(12):  # what was late happens, and the sweep comes
            story.world.wait(60)
            story.sweep()
            late = _happen(story, late)
        assert not late
        story.settle()
        assert not story.world.checker.violations, f"{deliveries}: {story.world.checker.violations}"
        return self._end(story)

    def _end(self, story: Story) -> tuple[Any, ...]:
        """Without times, revisions, numbers, phases, and who reuses whose outputs: they tell of the order."""
        return tuple(self._of(story, index) for index in range(len(story.ids)))

    def _of(self, story: Story, index: int) -> tuple[Any, ...]:
        run = story.run_of(index)
        if run is None:
            return (story.state_of(index),)
        shown = (run.headline or {}).get("value"), run.epochs_done if run.headline else None
        return (run.state.value, run.attempt, run.error and run.error.code, bool(run.cancel), *shown, run.mlflow)


def _happen(story: Story, events: Sequence[Event]) -> list[Event]:
    """Those that could not happen yet. A job that is asked to stop does so; of a run that has ended nothing happens."""
    for job in story.world.outside.live_jobs():
        if job.fact.state == "CANCELLING":
            story._move(job)
    left = [event for event in events if not event.happen(story, event.experiment)]
    return [event for event in left if story.state_of(event.experiment) not in ("cancelled", "forgotten")]


@pytest.mark.parametrize("places", [1, 2])
@pytest.mark.parametrize("name", RECORDED)
def test_events_in_any_order_lead_to_the_same_end(
    name: str, places: int, record_property: Callable[[str, object], None]
):
    recording = Recording(RECORDED[name], places)
    ids = [event.experiment for event in recording.events]
    expected = recording.play(ids)
    orders = Counter(permutations(ids))
    for order in orders:
        assert recording.play(order) == expected, f"delivered as {order}"
    for number in range(len(ids)):
        assert recording.play(ids[:number] + ids[number + 1 :]) == expected, f"without event {number}"
        assert recording.play(ids[: number + 1] + ids[number:]) == expected, f"event {number} twice"
    record_property("permutations", sum(orders.values()))
    print(f"{sum(orders.values()):,} permutations, {len(orders)} deliveries, {2 * len(ids)} drops and doubles")
