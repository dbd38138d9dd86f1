"""Many schedules over all cores, and what happened in them."""

from __future__ import annotations

import gc
import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.simulation.replaced import replaced
from tests.simulation.scheduler import Totals, run_many

COUNTED = (
    *("schedules", "events", "delivered", "doubled", "lost", "kills", "transient", "ambiguous", "late", "conflicts"),
    *("refused", "pauses", "twice", "sweeps", "cancels", "deletes", "reruns", "retries", "hard_deletes", "twins"),
    *(
        "orphans",
        "drifts",
        "edits",
        "relabelled",
        "dead_letters",
        "completed",
        "failed",
        "cancelled",
        "forgotten",
        "violations",
    ),
)


def simulate(first: int, count: int, jobs: int | None = None) -> Totals:
    """`count` schedules from seed `first` on."""
    jobs = min(jobs or os.cpu_count() or 1, count)
    begun = time.monotonic()
    totals = Totals()
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        shares = [(count - number + jobs - 1) // jobs for number in range(jobs)]
        for found in pool.map(_share, range(first, first + jobs), shares, [jobs] * jobs):
            totals.add(found)
    totals.seconds = time.monotonic() - begun
    return totals


def _share(first: int, count: int, step: int) -> Totals:
    """Each jobs-th seed. Garbage is collected seldom: it is what a few schedules leave."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    begun = time.process_time()
    with replaced():
        totals = run_many(first, count, step)
    totals.cpu_seconds = time.process_time() - begun
    return totals


def show(totals: Totals) -> str:
    """The counts, and for each seed that failed the line that repeats it."""
    lines = [f"{name:14}{totals.stats[name]:>10,}" for name in COUNTED]
    lines.append(f"{totals.seconds:.1f} s, {totals.cpu_seconds:.1f} s of processors")
    for seed, words in sorted(totals.failed.items()):
        lines += [f"seed {seed}: {words}", f"  python -m tests.simulation --seed {seed}"]
    return "\n".join(lines)
