"""`python -m tests.simulation --seed 7`: one schedule with its trace; `-n 20000`: many, with what happened in them."""

from __future__ import annotations

import argparse
import sys

from tests.simulation.many import show, simulate
from tests.simulation.replaced import replaced
from tests.simulation.scheduler import Simulation


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this schedule and print its trace")
    parser.add_argument("-n", type=int, default=20_000, help="how many schedules (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="their first seed (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=None, help="processes (default: one for each core)")
    chosen = parser.parse_args(arguments)
    if chosen.seed is not None:
        return replay(chosen.seed)
    totals = simulate(chosen.first, chosen.n, chosen.jobs)
    print(show(totals))
    return 1 if totals.failed else 0


def replay(seed: int) -> int:
    """Print everything that happens; 1 when something is violated."""
    with replaced():
        simulation = Simulation(seed, traced=True)
        violations = simulation.run()
    print(simulation.plan)
    print("\n".join(simulation.world.trace or ()))
    print(f"seed {seed}: {len(violations)} violations, trace {simulation.digest()}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
