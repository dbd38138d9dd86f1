"""Every I/O boundary of every path as the place where a handler dies, or a cancel arrives: exhaustive.

The boundary after a call is the one before the next: in between a handler does nothing that anybody could see.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.story import HAPPY, PATHS, KillAt, Path, Story


def told(path: Path, at: int | None) -> tuple[Story, KillAt]:
    gate = KillAt(at)
    story = Story(path, gate)
    story.tell()
    return story, gate


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_handler_may_die_at_any_call(path: Path):
    story, gate = told(path, None)
    assert not story.wrong()
    boundaries = gate.seen
    assert boundaries > 30
    for at in range(1, boundaries + 1):
        story, gate = told(path, at)
        assert gate.seen >= at
        assert not story.wrong(), f"killed at boundary {at} of {boundaries}"


class CancelAt(KillAt):
    """A cancel arrives at a boundary, and nobody dies."""

    story: Story

    def _pass(self, port: Any) -> None:
        if port.world.current.experiment is not None:
            self.seen += 1
            if self.seen == self.at:
                handler, port.world.current = port.world.current, None
                self.story.command("cancel", 0)
                port.world.current = handler


def test_a_cancel_may_come_at_any_call():
    """It ends as cancelled unless the job had finished first; nothing is bought after it (invariant 8)."""
    boundaries = told(HAPPY, None)[1].seen
    ends = set()
    for at in range(1, boundaries + 1):
        gate = CancelAt(at)
        story = Story(Path("cancelled anywhere", {0: ("cancelled", "completed")}), gate)
        gate.story = story
        story.tell()
        assert not story.wrong(), f"cancelled at boundary {at} of {boundaries}"
        ends.add(story.state_of(0))
    assert ends == {"cancelled", "completed"}
