"""When a run stands still; the page is held to the same cases (web/src/model/settings/health.test.ts)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.runs import State
from shared.stuck import Pulse, why_stuck
from tests.fakes.world import START

CASES = json.loads((Path(__file__).parent / "stuck_cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_run_stands_still_when_nothing_moves_it(case: dict[str, Any]) -> None:
    times = [START - timedelta(seconds=case[name]) if name in case else None
             for name in ("entered", "updated", "unseen", "retry")]  # fmt: skip
    assert why_stuck(Pulse(State(case["state"]), *times), START) == case["why"]


def test_a_state_of_a_later_version_is_judged_by_its_silence() -> None:
    long_ago = START - timedelta(hours=1)
    assert why_stuck(Pulse(None, long_ago, START), START) is None
    assert why_stuck(Pulse(None, long_ago, long_ago), START) == "silent"


def test_a_damaged_run_is_judged_by_what_it_says() -> None:
    long_ago = START - timedelta(hours=1)
    assert Pulse.of({"state": "running", "updated_at": long_ago, "retry_at": "soon"}) == Pulse(
        State.RUNNING, None, long_ago
    )
    assert why_stuck(Pulse.of({"state": "flying", "updated_at": long_ago}), START) == "silent"
    assert why_stuck(Pulse.of({}), START) is None
