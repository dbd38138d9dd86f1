"""Without any one of its guards the product is found out."""

from __future__ import annotations

import pytest

from tests.simulation.mutants import MOST_SEEDS, MUTANTS, Mutant, first_killing
from tests.simulation.scheduler import Simulation


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_guard_that_is_taken_away_is_missed(mutant: Mutant):
    """From the seed that is known to tell; when the schedules have changed since, from the first. With its guard the
    product comes through the very same schedule."""
    found = first_killing(mutant, mutant.first, 1) or first_killing(mutant, 0, MOST_SEEDS)
    assert found, "it survived"
    assert not Simulation(found[0], mutant.plan).run()


def test_there_are_as_many_mutants_as_were_promised():
    assert len(MUTANTS) >= 12
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
