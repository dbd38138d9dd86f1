"""What the system does at 10, 1,000 and 100,000 experiments a day and at 1e6 to 1e10 rows: the tables of
`docs/scale.md` and `docs/cost.md`.

    .venv/bin/python -m benchmarks.scale [--write]

Prints the tables, or writes them into the two pages. Nothing is timed: what is counted is what the handlers of
`functions/` ask of the fakes of `tests/`, so that the same tables come out on every machine.
"""

from __future__ import annotations

import argparse
import logging
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.scale_cost import EXAMPLES, MAX_BYTES, MAX_MINUTES, TABLES, auto_percent, idle, sized
from benchmarks.scale_model import BUSY, LOADS, Counts, Day, counts, limits, objects
from shared.hardware import TIERS

PAGES = tuple(Path(__file__).parents[1] / "docs" / name for name in ("scale.md", "cost.md"))
BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into the pages")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    found = tables(counts())
    for page in PAGES if arguments.write else ():
        page.write_text(filled(page.read_text(), found))
    if not arguments.write:
        print("\n".join(f"{name}\n\n{text}" for name, text in found.items()))


def filled(page: str, found: dict[str, str]) -> str:
    """The page with these tables between its marks."""
    return BLOCK.sub(lambda match: match[1] + found[match[2]] + match[3], page)


def tables(of: Counts) -> dict[str, str]:
    days = [Day(load, of) for load in LOADS]
    return {
        "one": _one(of),
        "slopes": _slopes(of),
        "loads": _loads(days),
        "limits": _limits(of),
        "rows": _rows(),
        "examples": _examples(),
        "days": _days(days),
        "idle": _idle(of),
    }


def _one(of: Counts) -> str:
    counted, sizes = of.life.counted, of.life.documents
    calls, written = counted.calls, counted.writes
    collections = ", ".join(f"`{name}` {n}" for name, n in written.most_common())
    largest = max(sizes.items(), key=lambda each: each[1])
    return _table(
        ("what", "times", "of which"),
        [
            ("events that are looked after", of.life.looks, "request 1, job and tasks 18, epochs 20, results 2"),
            ("objects written, each an event", objects(fresh=False), f"{objects(fresh=True)} when no output is reused"),
            ("Firestore reads", sum(counted.reads.values()), f"`load` {counted.reads['load']}, four documents each"),
            ("Firestore writes", sum(written.values()), f"{collections}; in {counted.commits} commits"),
            ("`GetPipelineJob`", calls["pipelines.get"], "one an event, and one more for each new state"),
            ("pipeline submissions", calls["pipelines.submit"], ""),
            ("builds", calls["builds.start"], "0: the spec is stored; one for each new shape of pipeline"),
            ("warehouse queries of functions", calls["warehouse.row"], f"and {calls['warehouse.bytes_of']} dry runs"),
            ("objects read and written by functions", calls["blobs.read"] + calls["blobs.create"],
             f"read {calls['blobs.read']}, written {calls['blobs.create']}"),
            ("log queries", calls["logs.task_lines"], "one a stage"),
            ("largest document, bytes", f"{largest[1]:,}", f"`{largest[0]}`; recorded runs have larger ones, below"),
        ],
    )  # fmt: skip


def _slopes(of: Counts) -> str:
    return _table(
        ("reads", "at rest", "and for each"),
        [
            ("a sweep", of.idle, f"running experiment {of.per_running:g}, waiting one {of.per_waiting:g} (the first "
             f"100), request of the last hour {of.per_of_today:g}"),
            ("a new experiment", "", f"experiment that waits before it {of.start_per_waiting:g}"),
            ("the line of 10 experiments at once, 2 places", of.line_of_10, f"of 20: {of.line_of_20}"),
            ("the end of one", "", f"of its endpoint: 250 ended experiments {of.end_per_block:g}, running one "
             f"{of.end_per_running:g}, feature or model config of its runs {of.end_per_config:g}; of others: at most "
             f"{of.end_with_new_models:g} in all"),
        ],
    )  # fmt: skip


def _loads(days: Sequence[Day]) -> str:
    rows: list[tuple[str, list[str]]] = [
        ("started a second, busiest hour", [_short(day.per_s * BUSY) for day in days]),
        ("running at once (mean), of 9 minutes each", [_short(day.running) for day in days]),
        ("model endpoints", [f"{day.endpoints:,}" for day in days]),
        ("Firestore writes a second", [_short(day.writes / 86_400) for day in days]),
        ("writes a second to `quotas/running`", [_short(2 * day.per_s) for day in days]),
        *((f"reads a day: {name}", [_large(day.reads[key]) for day in days]) for name, key in (
            ("events of runs", "runs"), ("what is shown of ended runs, after a year", "ends"),
            ("sweep", "sweep"), ("search for lost requests, after a year", "search"))),
        ("function calls a day", [_large(day.deliveries) for day in days]),
        ("`GetPipelineJob` a minute", [_short(day.pipeline_gets) for day in days]),
        ("submissions a minute", [_short(day.experiments / 1_440) for day in days]),
        ("training vCPUs at once (`small`)", [_short(day.running * TIERS["small"].trainer.vcpus) for day in days]),
    ]  # fmt: skip
    return _table(("", *(f"{day.experiments:,} a day" for day in days)), [(name, *cells) for name, cells in rows])


def _limits(of: Counts) -> str:
    return _table(
        ("reached at, experiments a day", "what", "limit", "source", "then"),
        [(_large(each.at), each.what, each.limit, each.source, each.then) for each in limits(of)],
    )


def _rows() -> str:
    rows = []
    for table_rows in TABLES:
        for percent in dict.fromkeys((auto_percent(table_rows), 100)):
            run = sized(table_rows, percent)
            holds = TIERS[run.work.tier].trainer.memory_gb
            rows.append((
                f"{table_rows:,}", f"{percent}%: {_large(run.work.rows)}",
                f"{run.scan_bytes / 2**30:,.1f}{'' if run.scan_bytes <= MAX_BYTES else ' **refused**'}",
                f"{run.expected.usd['warehouse']:,.2f}",
                f"{run.work.workers} workers" if run.work.workers else "in process", run.work.tier,
                f"{run.trainer_gib:,.1f} of {holds}{'' if run.trainer_gib < 0.7 * holds else ' **too large**'}",
                f"{run.expected.seconds['Train'] / 60:,.0f}",
                f"{run.minutes:,.0f}{'' if run.minutes <= MAX_MINUTES else ' **too long**'}",
                f"{run.expected.total_usd:,.2f}",
            ))  # fmt: skip
    return _table(
        ("rows of the table", "sample: rows", "GiB a query", "queries, USD", "data stages", "tier", "trainer, GiB",
         "Train, min", "all, min", "all, USD"),
        rows,
    )  # fmt: skip


def _examples() -> str:
    rows = []
    for count, tier, compiled, processing in EXAMPLES:
        run = sized(count, 100, tier, compiled, processing)
        low, high = run.expected.range_usd
        usd = {name: f"{value:.3f}" for name, value in run.expected.usd.items()}
        rows.append((
            f"{count:,}{' in process' if processing else ''}", f"`{tier}`", "no" if compiled else "yes",
            f"{run.minutes:.1f}",
            *(usd[name] for name in ("machines", "dataflow", "build", "pipeline", "warehouse", "storage")),
            f"**{run.expected.total_usd:.3f}**", f"{low:.2f}-{high:.2f}",
        ))  # fmt: skip
    header = ("rows", "tier", "compiles", "minutes", "machines", "Dataflow", "build", "pipeline", "warehouse")
    return _table((*header, "storage", "USD", "range"), rows)


def _days(days: Sequence[Day]) -> str:
    names = ("experiments", "Firestore", "functions")
    rows = [(f"{day.experiments:,}", *(f"{day.usd[name]:,.2f}" for name in names)) for day in days]
    return _table(("experiments a day", *(f"{name}, USD a day" for name in names)), rows)


def _idle(of: Counts) -> str:
    found = idle(of)
    rows = [(each.what, f"{each.usd:.2f}", each.how, each.off) for each in found]
    total = sum(each.usd for each in found)
    rows.append(("**together**", f"**{total:.2f}**", "", ""))
    return _table(("what", "USD a month", "how", "to switch off"), rows)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _large(value: float) -> str:
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:,.0f}"


def _table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(header)
    lines = [names, ["---"] * len(names), *([str(cell) for cell in row] for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


if __name__ == "__main__":
    main()
