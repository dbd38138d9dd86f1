"""How fast the page is with many experiments, in Chromium, on Firestore and Auth emulators of its own.

    .venv/bin/python -m benchmarks.page [--runs 10000] [--writes 50] [--updates 600]

Fills an index, opens the list as somebody who comes for the first time and as somebody who comes back, searches it,
writes to a live run and waits for the change on the screen, and lets that run live on while the heap is watched.
The page is that of `web/dist`, or of `QUICKTEST_DIST`; bytes are of all files of its first view, as gzip sends them.
"""

from __future__ import annotations

import argparse
import gzip
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from benchmarks.lists import ENDPOINT, write_index
from benchmarks.synthetic_runs import synthetic_runs
from tests.browser import chromium
from tests.web.documents import run_document
from tests.web.emulators import PROJECT, emulators
from tests.web.site import DIST, serve_page

ADDRESS = f"/?endpoint={ENDPOINT}"
LIVE = "exp-01kaj0000000000000000000aa"
QUERIES = (
    "state = failed", "wide", "recall_at_10 > 0.16 learning_rate < 0.01", 'name ~ "9+7"', "#9876", "verdict = better",
    "query.layers = 64 OR optimizer = adagrad", "created >= 2026-03-01 NOT state = failed",
)  # fmt: skip
LONGEST_S = 120

# What is timed is timed inside the page: from the beginning of the navigation, or from an input to the next frame.
MARK = """
window.marks = {};
new MutationObserver(() => {
  const now = performance.now();
  const marks = window.marks;
  if (marks.rows === undefined && document.querySelector('[data-line]')) {
    marks.rows = now;
    const input = document.querySelector('input[type=search]');
    const type = (text) => { input.value = text; input.dispatchEvent(new InputEvent('input', {bubbles: true})); };
    type('state = failed');
    const wait = () => {
      if (!/found/.test(document.querySelector('.summary').textContent)) return requestAnimationFrame(wait);
      marks.interactive = performance.now();
      type('');
    };
    wait();
  }
  const note = document.querySelector('.list-note');
  if (marks.rows !== undefined && note && !/Reading/.test(note.textContent)) marks.complete ??= now;
}).observe(document, {subtree: true, childList: true, characterData: true});
"""
SEARCH = """async (text) => {
  const input = document.querySelector('input[type=search]');
  const summary = document.querySelector('.summary');
  const before = summary.textContent;
  const begun = performance.now();
  input.value = text;
  input.dispatchEvent(new InputEvent('input', {bubbles: true}));
  while (summary.textContent === before) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""
WATCH = """() => {
  window.seen = {};
  const look = () => {
    const text = document.querySelector('.percent .number')?.textContent ?? '';
    if (!(text in window.seen)) requestAnimationFrame(() => { window.seen[text] ??= Date.now(); });
  };
  const every = {subtree: true, childList: true, characterData: true};
  new MutationObserver(look).observe(document.querySelector('main'), every);
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--writes", type=int, default=50, help="timed from the write to the screen")
    parser.add_argument("--updates", type=int, default=600, help="of a live run while the heap is watched")
    parser.add_argument("--times", type=int, default=3, help="how often the page is opened; the median is shown")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        emulators(Path(folder)) as hosts,
        serve_page(hosts) as url,
        chromium() as browser,
    ):
        os.environ["FIRESTORE_EMULATOR_HOST"] = hosts["firestore"]
        client = firestore.Client(project=PROJECT, credentials=AnonymousCredentials())
        write_index(client, synthetic_runs(arguments.runs, 30, endpoint=ENDPOINT))
        print(f"{arguments.runs:,} experiments\n\n| what | figure | goal |\n|---|---|---|")
        measure(browser, url, client, arguments)


def measure(browser: Browser, url: str, client: firestore.Client, arguments: argparse.Namespace) -> None:
    opened(browser, url, arguments.times)
    context = new_context(browser, url)
    page = open_list(context)
    until(page, "window.marks.complete")
    searched(page)
    run = client.collection("runs").document(LIVE)
    run.set(live_run(arguments.runs + 1))
    until(page, "document.querySelector('.percent')")
    written(page, run, arguments.writes)
    lived(page, context.new_cdp_session(page), run, arguments.updates)
    context.close()


def live_run(number: int) -> dict[str, Any]:
    times = {"created_at": datetime.now(UTC), "updated_at": datetime.now(UTC)}
    return run_document("running", seconds_ago=0, number=number, model_endpoint=ENDPOINT, experiment=LIVE, **times)


def new_context(browser: Browser, url: str) -> BrowserContext:
    context = browser.new_context(base_url=url, viewport={"width": 1200, "height": 900})
    context.add_init_script(MARK)
    return context


def open_list(context: BrowserContext, on_file: Callable[[str], None] | None = None) -> Page:
    page = context.new_page()
    if on_file is not None:
        page.on("response", lambda response: on_file(response.url))
    page.goto(ADDRESS)
    until(page, "window.marks.interactive")
    return page


def until(page: Page, expression: str) -> None:
    """Asked from outside: the page's policy takes no functions made of text."""
    deadline = time.monotonic() + LONGEST_S
    while not page.evaluate(f"Boolean({expression})"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{expression} is not so after {LONGEST_S} s")
        page.wait_for_timeout(50)


# ----------------------------------------------------------------------------------------------------------- measuring


def opened(browser: Browser, url: str, times: int) -> None:
    """With nothing in the browser, and once more in the same browser."""
    first: list[dict[str, float]] = []
    again: list[dict[str, float]] = []
    files: set[str] = set()
    for _ in range(times):
        context = new_context(browser, url)
        page = open_list(context, files.add)
        until(page, "window.marks.complete")
        first.append(page.evaluate("window.marks"))
        page.close()
        page = open_list(context)
        until(page, "window.marks.complete")
        again.append(page.evaluate("window.marks"))
        context.close()
    tell("first view, gzip", f"{first_view(files, url) / 1_000:.0f} KB", "230 KB")
    for who, marks in (("first visit", first), ("coming back", again)):
        for name, what, goal in (
            ("rows", "first rows", "1,000 ms"),
            ("interactive", "interactive (a search is answered)", "1,500 ms"),
            ("complete", "all are read", ""),
        ):
            tell(f"{who}: {what}", f"{median(each[name] for each in marks):,.0f} ms", goal)


def first_view(files: set[str], url: str) -> int:
    paths = {address.removeprefix(url).partition("?")[0] for address in files if address.startswith(url)}
    found = [DIST / (path.lstrip("/") or "index.html") for path in paths if path != "/config.json"]
    return sum(len(gzip.compress(path.read_bytes())) for path in found if path.is_file())


def searched(page: Page) -> None:
    took = []
    for query in QUERIES:
        took.append(page.evaluate(SEARCH, query))
        took.append(page.evaluate(SEARCH, ""))
    tell("a search, to the next frame", f"p50 {median(took):.0f} ms, longest {max(took):.0f} ms", "100 ms")


def written(page: Page, run: firestore.DocumentReference, writes: int) -> None:
    page.evaluate(WATCH)
    at: dict[str, float] = {}
    for percent in range(1, writes + 1):
        at[f"{percent}%"] = time.time() * 1000
        run.update({"percent": percent})
        page.wait_for_timeout(150)
    until(page, f"window.seen['{writes}%']")
    seen = page.evaluate("window.seen")
    delays = [seen[text] - begun for text, begun in at.items() if text in seen]
    tell(
        f"a write on the screen, {len(delays)} of {writes} writes",
        f"p50 {median(delays):.0f} ms, p95 {quantiles(delays, n=20)[-1]:.0f} ms", "p95 300 ms",
    )  # fmt: skip


def lived(page: Page, session: CDPSession, run: firestore.DocumentReference, updates: int) -> None:
    """As many updates as a run of half an hour has that is told of every three seconds."""
    heaps = [heap(session)]
    for number in range(updates):
        run.update({"percent": number % 100, "remaining.seconds": float(number), "progress.epochs_done": number % 3})
        page.wait_for_timeout(20)
        if number % (updates // 6 or 1) == 0:
            heaps.append(heap(session))
    heaps.append(heap(session))
    tell(f"heap over {updates} updates of a run", told(heaps), "flat")


def heap(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def told(heaps: Sequence[float]) -> str:
    return " → ".join(f"{each:.0f}" for each in heaps) + " MB"


def tell(what: str, figure: str, goal: str = "") -> None:
    print(f"| {what} | {figure} | {goal} |", flush=True)


if __name__ == "__main__":
    main()
