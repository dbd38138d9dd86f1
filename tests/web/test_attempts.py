"""Waiting, and attempts that follow one another (S5.1, S8.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from google.cloud import firestore
from playwright.sync_api import Page, expect

from tests.web.documents import EXPERIMENT, failed_attempt, resting_document, run_document, write_run

ADDRESS = f"/experiments/{EXPERIMENT}"


def test_a_run_that_is_tried_again_says_why_and_when(page: Page, db: firestore.Client) -> None:
    run = write_run(db, resting_document())
    page.goto(ADDRESS)
    banner = page.get_by_role("status").filter(has_text=re.compile("Attempt 2 of 3"))
    expect(banner).to_contain_text(
        re.compile(r"Attempt 2 of 3 at \d\d:\d\d \(in 1 min \d\d s\): no machines free in europe-west4, trying")
    )
    expect(page.get_by_text("Waiting for attempt 2 of 3")).to_be_visible()
    run.update({"retry_at": datetime.now(UTC) + timedelta(seconds=2)})
    expect(banner).to_contain_text("(in 1 s)")
    expect(banner).not_to_contain_text("(in")
    now = datetime.now(UTC)
    attempts = [failed_attempt(1, "europe-west4", now - timedelta(minutes=2)), failed_attempt(2, "europe-west1", now)]
    run.set(run_document("running", seconds_ago=0, attempt=3, attempts=attempts, limits={"attempts": 3}))
    expect(page.get_by_text("Attempt 3 of 3: The last one ended with: No machines free.")).to_be_visible()
    table = page.get_by_role("region", name="Earlier attempts", exact=True)
    rows = table.get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_have_text("1No machines freein Trainer, E_STOCKOUTeurope-west41 min 15 s0.021 USD")
    expect(rows.nth(2)).to_contain_text("europe-west1")
    run.set(run_document("completed", seconds_ago=0, attempt=3, attempts=attempts, limits={"attempts": 3}))
    expect(page.get_by_text("took 40 s, attempt 3 of 3")).to_be_visible()
    expect(rows).to_have_count(3)
    expect(page.get_by_text("The last one ended with")).to_have_count(0)


def test_the_list_shows_attempts_and_why_something_waits(page: Page, db: firestore.Client) -> None:
    write_run(db, resting_document(), "exp-resting")
    write_run(db, run_document("requested", reason="4 of 4 run already; 2 wait before it", number=10), "exp-queued")
    write_run(db, run_document("running", attempt=2, limits={"attempts": 3}), "exp-running")
    page.goto("/")
    resting = page.get_by_role("row", name="#9")
    expect(resting).to_contain_text("attempt 2 of 3")
    expect(resting).to_contain_text("no machines free in europe-west4, trying europe-west1")
    expect(page.get_by_role("row", name="#10")).to_contain_text("Waiting4 of 4 run already; 2 wait before it")
    expect(page.get_by_role("row", name="#8")).to_contain_text("attempt 2 of 3")
