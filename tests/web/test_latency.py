"""From the write of a document to the change on the screen."""

from __future__ import annotations

import statistics
import time

from google.cloud import firestore
from playwright.sync_api import Page, expect

from tests.web.documents import run_document, write_run

WRITES = 30
LIMIT_MS = 500  # issue 2 asks it of the 95th percentile on an idle machine (benchmarks/); here others may be at work

WATCH = """() => {
  window.seen = {};
  const look = () => {
    const text = document.querySelector('.percent .number')?.textContent ?? '';
    if (!(text in window.seen)) requestAnimationFrame(() => { window.seen[text] ??= Date.now(); });
  };
  const every = {subtree: true, childList: true, characterData: true};
  new MutationObserver(look).observe(document.querySelector('main'), every);
}"""


def test_a_write_is_on_the_screen_at_once(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("running", seconds_ago=0, percent=0))
    page.goto("/")
    expect(page.get_by_text("0%")).to_be_visible()
    page.evaluate(WATCH)
    written: dict[str, float] = {}
    for percent in range(1, WRITES + 1):
        written[f"{percent}%"] = time.time() * 1000
        run.update({"percent": percent})
        page.wait_for_timeout(100)
    expect(page.get_by_text(f"{WRITES}%")).to_be_visible()
    seen = page.evaluate("window.seen")
    delays = [seen[text] - at for text, at in written.items() if text in seen]
    p50, p95 = statistics.median(delays), statistics.quantiles(delays, n=20)[-1]
    print(f"write to screen, {len(delays)} writes: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    assert len(delays) >= WRITES * 0.9, "changes were skipped"
    assert p50 <= LIMIT_MS
