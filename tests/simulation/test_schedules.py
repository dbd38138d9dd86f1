"""Schedules drawn from seeds: nothing is violated, and a seed is a schedule.

`SCHEDULES=200000` for more, `FIRST_SEED=1000000` for others.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.simulation.__main__ import main
from tests.simulation.checker import AT_END, ON_SAVE, Violation, sentences
from tests.simulation.many import COUNTED, show, simulate
from tests.simulation.plan import Plan
from tests.simulation.scheduler import Simulation, Totals

SCHEDULES = int(os.environ.get("SCHEDULES", "20000"))
FIRST_SEED = int(os.environ.get("FIRST_SEED", "0"))


def test_no_schedule_violates_anything(record_property: Callable[[str, object], None]):
    totals = simulate(FIRST_SEED, SCHEDULES)
    print(f"\n{show(totals)}")
    for name in COUNTED:
        record_property(name, totals.stats[name])
    assert not totals.failed, show(totals)
    assert totals.stats["schedules"] == SCHEDULES
    missing = [name for name in COUNTED if not totals.stats[name] and name != "violations"]
    assert SCHEDULES < 2_000 or not missing, "a fault that never happens proves nothing"


@pytest.mark.parametrize("seed", [3, 78, 1234])
def test_a_seed_is_a_schedule(seed: int):
    digests = set()
    for _ in range(2):
        simulation = Simulation(seed, traced=True)
        simulation.run()
        assert len(simulation.world.trace or ()) > 5
        digests.add(simulation.digest())
    assert len(digests) == 1


def test_seeds_are_different_schedules():
    digests = set()
    for seed in range(20):
        simulation = Simulation(seed, traced=True)
        simulation.run()
        digests.add(simulation.digest())
    assert len(digests) == 20


def test_a_failing_seed_is_told_with_the_line_that_repeats_it():
    totals = Totals(failed={42: str(Violation(3, "Every experiment ends.", "exp-1"))})
    assert "seed 42: (3) Every experiment ends. exp-1\n  python -m tests.simulation --seed 42" in show(totals)


def test_a_replay_shows_what_happened(capsys: pytest.CaptureFixture[str]):
    assert main(["--seed", "7"]) == 0
    shown = capsys.readouterr().out
    assert "starts for exp-" in shown
    assert "seed 7: 0 violations, trace " in shown


def test_without_faults_every_experiment_completes():
    for seed in range(20):
        simulation = Simulation(seed, Plan(experiments=2))
        assert not simulation.run()
        assert simulation.world.stats["completed"] == 2


def test_every_invariant_of_the_issue_is_a_function_or_is_checked_at_its_effect():
    by_function = {number for number, _ in sentences()}
    assert by_function | {4, 10} == set(range(1, 18))  # 4 and 10 are checked where a job or an effect is made
    assert all(sentence.strip() for _, sentence in sentences())
    assert len(ON_SAVE) + len(AT_END) == len({sentence for _, sentence in sentences()})


def test_a_fault_of_the_product_is_a_violation_although_it_is_survived(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("functions.reconcile.decide", lambda *_: 1 / 0)
    [violation, *_] = Simulation(0).run()
    assert (violation.number, "ZeroDivisionError" in violation.detail) == (0, True)
    monkeypatch.undo()
    monkeypatch.setattr("functions.prepare._settled", lambda *_: 1 / 0)
    [violation, *_] = Simulation(0).run()
    assert (violation.number, "ZeroDivisionError" in violation.detail) == (0, True)
