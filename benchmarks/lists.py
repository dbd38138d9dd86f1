"""How long lists of many experiments take, and how many documents they read, on the Firestore emulator.

    .venv/bin/python -m benchmarks.lists [--runs 10000] [--rebuilt 1000] [--times 5]

Starts an emulator of its own on a free port, fills an index, and reads it as the functions and as `quicktest history`
do. Beside it the index of another endpoint is rebuilt out of its runs. Reads are documents as Firestore bills them.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta, timezone
from statistics import median
from typing import Any

from google.cloud import firestore

from benchmarks.synthetic_runs import synthetic_runs
from functions.adapters.firestore_store import FirestoreStore
from local import tools
from quicktest.history import History
from quicktest.store import FirestoreStore as UserStore
from shared.insights.lists.entries import Entry, EntryLift, block_of, to_json
from shared.lifecycle import Decision
from shared.runs import Run, State, new_run, to_document
from tests.fakes.counted import CountedReads

PROJECT, ENDPOINT, REBUILT = "demo-lists", "shop", "retail"
COMMIT = 200  # documents
START_S = 60
LATE = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
QUERIES = ("", "recall_at_10 > 0.16 AND learning_rate < 0.01", "state = failed", 'name ~ "9+7"')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--rebuilt", type=int, default=1_000, help="runs of the index that is rebuilt")
    parser.add_argument("--times", type=int, default=5, help="how often each is measured; the median is shown")
    arguments = parser.parse_args()
    entries = synthetic_runs(arguments.runs, 30, endpoint=ENDPOINT)
    with emulator() as host:
        os.environ["FIRESTORE_EMULATOR_HOST"] = host
        measure(entries, arguments.rebuilt, arguments.times)


@contextmanager
def emulator() -> Iterator[str]:
    """The address of an empty one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        tools.java(), "-cp", str(tools.firestore_emulator()),
        "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
        "--host=127.0.0.1", f"--port={port}", f"--project_id={PROJECT}", "--single_project_mode=true",
    ]  # fmt: skip
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _wait_for(port, process)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the emulator does not start")


# ----------------------------------------------------------------------------------------------------------- measuring


def measure(entries: list[Entry], rebuilt: int, times: int) -> None:
    client = firestore.Client(project=PROJECT)
    store = FirestoreStore(client)
    rebuilds(store, client, synthetic_runs(rebuilt, 30, seed=1, endpoint=REBUILT))
    tell("write the blocks", seconds(lambda: write_index(client, entries)))
    sizes = [len(to_json(entry).encode()) for entry in entries]
    print(f"{len(entries):,} entries of {median(sizes):,.0f} bytes (largest {max(sizes):,})")

    def read(by: FirestoreStore) -> None:
        check(len(by.index(ENDPOINT)), len(entries))

    tell("Store.index, first call", middle(lambda: read(FirestoreStore(client)), times))
    read(store)
    tell("Store.index, nothing changed", middle(lambda: read(store), times))
    lists(entries[-1].ended_at + timedelta(minutes=1), times)
    ends(store, client, times * 4)


def rebuilds(store: FirestoreStore, client: firestore.Client, entries: list[Entry]) -> None:
    write(client, entries)
    made = seconds(lambda: check(store.rebuild_index(REBUILT), len(entries)))
    tell(f"rebuild of the index of {len(entries):,} runs", made)
    tell("rebuild that finds nothing to change", seconds(lambda: check(store.rebuild_index(REBUILT), 0)))


def lists(now: datetime, times: int) -> None:
    """What `quicktest history` reads."""
    for query in QUERIES:
        for limit in (50, None):
            listing(query, limit, None, now, times)
    listing("", 50, "recall_at_10", now, times)


def listing(query: str, limit: int | None, sort: str | None, now: datetime, times: int) -> None:
    store = Counting(PROJECT)
    found = History(store, ENDPOINT).listed(query, now, limit, sort)
    reads = store.reads
    took = middle(lambda: History(store, ENDPOINT).listed(query, now, limit, sort), times)
    what = f"{query!r}, {f'first {limit}' if limit else 'all'}{f', by {sort}' if sort else ''}"
    tell(f"history {what}", took, f"{len(found.entries):,} runs, {reads} reads")


def ends(store: FirestoreStore, client: firestore.Client, times: int) -> None:
    """A save that ends a run beside one that does not, into a block that is full."""
    plain, ending = [], []
    for number in range(times):
        run = new_run(f"exp-9{number:025d}", {"name": "late", "owner": "ada"}, ENDPOINT, LATE)
        client.document(f"experiments/{run.experiment}").set({"name": "late"})
        run = store.save(store.load(run.experiment), run, Decision(run), run.created_at)
        loaded = store.load(run.experiment)
        begun = time.perf_counter()
        run = store.save(loaded, run, Decision(replace(run, reason="moved")), run.created_at)
        plain.append(time.perf_counter() - begun)
        loaded, ended = store.load(run.experiment), replace(run, state=State.FAILED, ended_at=run.created_at)
        begun = time.perf_counter()
        store.save(loaded, run, Decision(ended), run.created_at)
        ending.append(time.perf_counter() - begun)
    tell("a save that ends nothing", median(plain))
    tell("a save that ends a run", median(ending))


class Counting(CountedReads, UserStore):
    """The store of `quicktest history`, with the documents that it read."""


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def middle(work: Callable[[], object], times: int) -> float:
    return median(seconds(work) for _ in range(times))


def check(found: int, wanted: int) -> None:
    if found != wanted:
        raise RuntimeError(f"{found} entries instead of {wanted}")


def tell(what: str, took: float, more: str = "") -> None:
    print(f"{what:70} {took:8.3f} s  {more}", flush=True)


# ------------------------------------------------------------------------------------------------------- what is there


def write_index(client: firestore.Client, entries: list[Entry]) -> None:
    blocks: dict[str, dict[str, str]] = {}
    for entry in entries:
        blocks.setdefault(block_of(ENDPOINT, entry.number), {})[entry.experiment] = to_json(entry)
    for name, texts in blocks.items():
        client.document(f"indexes/{name}").set({"entries": texts})
    client.document(f"counters/{ENDPOINT}").set({"next": len(entries) + 1})


def write(client: firestore.Client, entries: list[Entry]) -> None:
    """Runs and requests as functions and people leave them."""
    for first in range(0, len(entries), COMMIT // 2):
        batch = client.batch()
        for entry in entries[first : first + COMMIT // 2]:
            batch.set(client.document(f"runs/{entry.experiment}"), to_document(run_of(entry)))
            labels = {"name": entry.name, "description": entry.description, "tags": list(entry.tags)}
            times = {"created_at": entry.created_at, "updated_at": entry.created_at}
            batch.set(client.document(f"experiments/{entry.experiment}"), {**labels, **times})
        batch.commit()


def run_of(entry: Entry) -> Run:
    """A run that has this entry."""
    labels = {"name": entry.name, "owner": entry.owner}
    begun = new_run(entry.experiment, labels, entry.model_endpoint, entry.created_at)
    return replace(
        begun, state=State(entry.state), number=entry.number, ended_at=entry.ended_at,
        duration_seconds=entry.duration_seconds, model_type=entry.model_type,
        names={"experiment": entry.name, **entry.names},
        grouping={
            "dataset": entry.dataset, "feature_config": entry.feature_config, "model_config": entry.model_config,
            "digests": dict(entry.digests), "repeat": entry.repeat,
            "complexity": dict(entry.complexity), "parameters": dict(entry.parameters),
            "protocols": dict(entry.protocols),
        },
        parameters={"split": {"kind": entry.split}, "sample_percent": entry.sample_percent, "seed": entry.seed},
        hardware={"tier": entry.tier}, cost={"computed": entry.cost_usd},
        metrics={name: asdict(figure) for name, figure in entry.metrics.items()},
        headlines=tuple(_card(metric, lift) for metric, lift in entry.lifts.items()),
        baselines={
            name: {metric: asdict(figure) for metric, figure in figures.items()}
            for name, figures in entry.baselines.items()
        },
    )  # fmt: skip


def _card(metric: str, lift: EntryLift) -> Mapping[str, Any]:
    parts = {name: getattr(lift, name) for name in ("value", "low", "high", "verdict")}
    return {"metric": metric, "baseline": {"name": lift.baseline}, "lift": parts}


if __name__ == "__main__":
    main()
