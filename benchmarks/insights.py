"""How long the read models take: all of an endpoint from scratch, and what one finished run asks for.

    .venv/bin/python -m benchmarks.insights [--runs 10000] [--groups 30] [--times 7]

Pure computation, without reading and writing. Medians; machines are noisy, so the processor's time stands beside.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median

from benchmarks.synthetic_runs import synthetic_curves, synthetic_runs
from shared.insights.charts.read_models import LONGEST_PART, group_model, leaders, overview, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=30)
    parser.add_argument("--times", type=int, default=7, help="how often each is measured")
    arguments = parser.parse_args()
    entries = synthetic_runs(arguments.runs, arguments.groups)
    curves = synthetic_curves(entries)
    protocols = sorted({key for entry in entries for key in entry.protocols.values()})
    now = entries[-1].ended_at + timedelta(minutes=1)
    by_protocol = {key: [entry for entry in entries if key in entry.protocols.values()] for key in protocols}

    def group(protocol: str) -> None:
        leaders(by_protocol[protocol], protocol)
        group_model(by_protocol[protocol], protocol, {}, curves, now)

    def everything() -> None:
        for protocol in protocols:
            group(protocol)
        overview(entries, now)

    def update() -> None:
        group(protocols[0])
        overview(entries, now)

    of_one = len(by_protocol[protocols[0]])
    tell(f"one group of {of_one} runs", lambda: group(protocols[0]), arguments.times)
    tell(f"overview of {len(entries):,} runs", lambda: overview(entries, now), arguments.times)
    tell("one finished run: its group and the overview", update, arguments.times)
    tell(f"everything of {len(entries):,} runs, {len(protocols)} groups", everything, max(1, arguments.times // 2))
    models = [group_model(by_protocol[protocols[0]], protocols[0], {}, curves, now), overview(entries, now)]
    largest = max((size(part), name) for model in models for name, part in model.parts.items())
    print(f"largest part: {largest[1]}, {largest[0] / 1000:.1f} kB of {LONGEST_PART / 1000:.0f}")


def tell(what: str, work: Callable[[], None], times: int) -> None:
    """Prints the medians of wall and processor time; the first time, which fills tables, is left out."""
    work()
    taken = []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    walls, processors = zip(*taken, strict=True)
    print(f"{what}: {median(walls) * 1000:.0f} ms, processor {median(processors) * 1000:.0f} ms, n = {times}")


if __name__ == "__main__":
    main()
