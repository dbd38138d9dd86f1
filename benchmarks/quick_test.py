"""How long a user waits: `quicktest up`, a first and a warm quick test, and a change on the page.

    .venv/bin/python -m benchmarks.quick_test [--warm 3] [--changes 30]

Starts a stack of its own in an empty folder and stops it again. Machines are noisy: compare figures of one run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import yaml
from playwright.sync_api import Page
from rich.console import Console
from rich.table import Table

from local import processes
from local.stack import Stack, free_ports
from quicktest import Client
from quicktest.demo import DEFAULT_ROWS, generate
from quicktest.importing import import_arrow
from tests.browser import chromium

EXAMPLE = Path(__file__).parents[1] / "examples/demo/experiment.yaml"
SAMPLE_S = 2.0

# Notes when each name is first on the page, by the clock that this process reads too.
WATCH_NAMES = """() => {
  window.seenAt = {};
  const look = () => {
    for (const name of document.body.innerText.match(/change-[0-9]+/g) ?? []) window.seenAt[name] ??= Date.now();
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""
# Its own loop: the page's Content-Security-Policy refuses what Playwright evaluates while it waits for a function.
SEEN_AT = """async (name) => {
  for (const end = Date.now() + 30_000; !(name in window.seenAt); await new Promise((go) => setTimeout(go, 20))) {
    if (Date.now() > end) throw Error(`${name} is not on the page after 30 s`);
  }
  return window.seenAt[name];
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warm", type=int, default=3, help="warm quick tests")
    parser.add_argument("--changes", type=int, default=30, help="documents whose way to the page is timed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quicktest-benchmark-") as folder:
        home = Path(folder)
        os.environ["QUICKTEST_HOME"] = str(home)
        began = time.monotonic()
        with Stack(home, free_ports()) as stack, peak_memory(home) as memory:
            figures = {"`quicktest up` to ready": f"{time.monotonic() - began:.1f} s"}
            figures |= quick_tests(home, arguments.warm)
            figures |= page_changes(stack.page_url, arguments.changes)
        figures["largest memory of the whole stack"] = f"{memory['bytes'] / 2**30:.1f} GiB"
    show(figures)


def quick_tests(home: Path, warm: int) -> dict[str, str]:
    """Seconds from the write of the experiment document until the run is completed, as the writer sees it."""
    import_arrow(generate(DEFAULT_ROWS), home / "warehouse", "quicktest", "demo_purchases", replace=False)
    client = Client(owner="benchmark")
    *configs, experiment = yaml.safe_load_all(EXAMPLE.read_text())
    first, _ = quick_test(client, [*configs, experiment])
    afresh = [*configs, {**experiment, "reuse_cache": False}]
    quick_test(client, afresh)  # compiles the spec that reuses nothing
    return {
        "first quick test (warm-up and compile included)": f"{first:.1f} s",
        **repeated(client, afresh, warm, "warm quick test"),
        **repeated(client, [*configs, experiment], warm, "warm quick test, data and features as before"),
    }


def repeated(client: Client, documents: list[dict[str, Any]], times: int, what: str) -> dict[str, str]:
    runs = [quick_test(client, documents) for _ in range(times)]
    seconds = [elapsed for elapsed, _ in runs]
    stages = ", ".join(f"{name} {statistics.median(run[name] for _, run in runs):.1f}" for name in runs[0][1])
    spread = f"({min(seconds):.1f}-{max(seconds):.1f})"
    return {
        f"{what}, median of {times}": f"{statistics.median(seconds):.1f} s {spread}",
        f"{what}: stages, median seconds": stages,
    }


def quick_test(client: Client, documents: list[dict[str, Any]]) -> tuple[float, dict[str, float]]:
    began = time.monotonic()
    run = client.run(documents).wait(600)
    elapsed = time.monotonic() - began
    if run["state"] != "completed":
        raise SystemExit(f"The quick test ended as {run['state']}: {run['error']}")
    times = {stage["name"]: (stage["started_at"], stage["ended_at"]) for stage in run["stages"]}
    return elapsed, {name: (end - start).total_seconds() for name, (start, end) in times.items() if start and end}


def page_changes(url: str, changes: int) -> dict[str, str]:
    """Milliseconds from the write of a document until the open list shows it. Their batch is larger than
    their rows, so that each is refused and the machine is not busy with training."""
    client = Client(owner="benchmark")
    with chromium() as browser:
        page = browser.new_page()
        page.goto(url)
        page.get_by_role("link", name="First try").first.wait_for()
        page.evaluate(WATCH_NAMES)
        delays = sorted(page_change(client, page, f"change-{number}") for number in range(changes))
    p95 = delays[round(0.95 * (len(delays) - 1))]
    return {
        f"document write to the page, {changes} writes": f"p50 {statistics.median(delays):.0f} ms, p95 {p95:.0f} ms"
    }


def page_change(client: Client, page: Page, name: str) -> float:
    began = time.time() * 1000
    client.run([{"kind": "experiment", "name": name, "feature_config": "demo-features", "model_config": "demo-model",
                 "epochs": 1, "batch_size": 65_536}]).wait(60)  # fmt: skip
    return page.evaluate(SEEN_AT, name) - began


@contextmanager
def peak_memory(home: Path) -> Iterator[dict[str, int]]:
    """The largest sum of the proportional set sizes of all processes of the stack."""
    peak, stop = {"bytes": 0}, threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLE_S):
            peak["bytes"] = max(peak["bytes"], sum(_size(process) for process in processes.marked(home)))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _size(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except psutil.Error:  # it ended just now
        return 0


def show(figures: dict[str, str]) -> None:
    table = Table("what", "figure", box=None)
    for what, figure in figures.items():
        table.add_row(what, figure)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
