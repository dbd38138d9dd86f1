"""Places are given first come first served, per model endpoint and in all (design section 5, S10.18)."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from shared.quota import Limits, Queue, Waiting, admitted, reason

START = datetime(2026, 1, 1, tzinfo=UTC)


def waiting(*names: str) -> tuple[Waiting, ...]:
    """`a1` waits for endpoint `a`; the later in the list, the later it came."""
    return tuple(Waiting(name, name[0], START + timedelta(minutes=at)) for at, name in enumerate(names))


def test_the_first_come_are_served_first():
    queue = Queue({"a0": "a"}, waiting("a1", "a2", "a3")[::-1])
    assert admitted(queue, Limits(total=9, default=3)) == ("a1", "a2")


def test_a_full_endpoint_does_not_hold_up_the_others():
    queue = Queue({"a0": "a"}, waiting("a1", "b1"))
    assert admitted(queue, Limits(total=9, by_endpoint={"a": 1})) == ("b1",)


def test_all_endpoints_together_have_a_limit():
    queue = Queue({"a0": "a", "b0": "b"}, waiting("a1", "b1", "c1"))
    assert admitted(queue, Limits(total=3)) == ("a1",)
    assert admitted(queue, Limits(total=2)) == ()


def test_who_holds_a_place_does_not_wait():
    assert admitted(Queue({"a1": "a"}, waiting("a1", "a2")), Limits(total=2, default=2)) == ("a2",)


def test_a_lowered_limit_takes_no_place_away_and_gives_none():
    assert admitted(Queue({"a0": "a", "a1": "a", "a2": "a"}, waiting("a3")), Limits(total=9, default=1)) == ()


@pytest.mark.parametrize("seed", range(200))
def test_no_limit_is_ever_passed_and_nobody_waits_for_nothing(seed: int):
    """Against the definition: going through the line, whoever fits starts."""
    rng = random.Random(seed)
    line = waiting(*(f"{rng.choice('abc')}{n}" for n in range(rng.randint(0, 12))))
    holders = {f"{name}x{n}": name for n, name in enumerate(rng.choices("abc", k=rng.randint(0, 5)))}
    limits = Limits(rng.randint(0, 8), {"a": rng.randint(1, 3)}, rng.randint(1, 3))
    shuffled = tuple(rng.sample(line, len(line)))
    started = admitted(Queue(holders, shuffled), limits)
    after = Counter(holders.values())
    for each in line:
        fits = sum(after.values()) < limits.total and after[each.endpoint] < limits.of(each.endpoint)
        assert fits == (each.experiment in started)
        after[each.endpoint] += fits


def test_the_reason_says_what_is_full_and_who_is_before():
    queue = Queue({"a8": "a", "a9": "a"}, waiting("a1", "b1", "a2", "a3"))
    limits = Limits(total=3, default=2)
    assert reason("a1", "a", queue, limits) == "`a` runs 2 experiments at a time"
    assert reason("a2", "a", queue, limits) == "`a` runs 2 experiments at a time; 1 waits before this one"
    assert reason("a3", "a", queue, limits) == "`a` runs 2 experiments at a time; 2 wait before this one"
    full = Limits(total=2, default=5)
    assert reason("b1", "b", queue, full) == "all endpoints together run 2 experiments at a time"
    assert reason("a2", "a", queue, Limits(total=9, default=3)) == "1 waits before this one"
