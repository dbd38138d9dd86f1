"""What is live and belongs to nobody is stopped (design section 5)."""

from __future__ import annotations

import itertools

import pytest

from shared.orphans import Head, Live, orphans
from shared.runs import TERMINAL, State

JOB, BUILD = Live("job", "exp-1-a2", "exp-1", 2), Live("build", "b1", "exp-1", 2)
WANTED = {
    "job": {State.SUBMITTING, State.RUNNING, State.COLLECTING, State.CANCELLING},
    "build": {State.COMPILING, State.CANCELLING},
}


@pytest.mark.parametrize(("state", "live"), list(itertools.product(State, (JOB, BUILD))), ids=str)
def test_only_states_that_need_it_keep_it(state: State, live: Live):
    found = orphans([live], {"exp-1": Head(state, 2)})
    assert (found == []) == (state in WANTED[live.kind])
    assert state not in TERMINAL or found == [live]


@pytest.mark.parametrize("live", [JOB, BUILD])
@pytest.mark.parametrize("attempt", [1, 3])
def test_another_attempt_keeps_nothing(live: Live, attempt: int):
    assert orphans([live], {"exp-1": Head(State.CANCELLING, attempt)}) == [live]


@pytest.mark.parametrize("live", [JOB, BUILD])
def test_what_belongs_to_a_run_of_a_later_version_is_left_alone(live: Live):
    assert orphans([live], {"exp-1": Head(None, 2)}) == []


@pytest.mark.parametrize("live", [JOB, BUILD])
def test_a_missing_run_keeps_nothing(live: Live):
    assert orphans([live], {"exp-2": Head(State.RUNNING, 2)}) == [live]


def test_a_twin_of_the_recorded_build_is_an_orphan():
    head = Head(State.COMPILING, 2, build="b1")
    twin = Live("build", "b2", "exp-1", 2)
    assert orphans([BUILD, twin], {"exp-1": head}) == [twin]
    assert orphans([BUILD, twin], {"exp-1": Head(State.COMPILING, 2)}) == [], "it is not known yet which one is used"
