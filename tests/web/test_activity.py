"""Who and what moved a run."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.documents import EXPERIMENT, failed_attempt, run_document, write_request, write_run
from tests.web.recorded import experiment_of
from tests.web.width import expect_to_fit

ADDRESS = f"/experiments/{EXPERIMENT}/activity"


def steps(page: Page) -> Locator:
    return page.get_by_role("region", name="Activity").get_by_role("listitem")


def test_a_finished_run_tells_its_whole_way(page: Page, recorded: firestore.Client) -> None:
    page.goto(f"/experiments/{experiment_of(19)}/activity")
    expect(steps(page).first).to_contain_text("Completed: its results are complete and valid")
    expect(steps(page).first).to_contain_text("Collecting → Completed")
    expect(steps(page).last).to_contain_text("Asked for this experiment")
    expect(steps(page).last).to_contain_text("by root")
    expect(steps(page).last.locator("time")).to_have_attribute("title", re.compile(r"\d{4}.*:"))
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    rows = json.loads(Path(download.value.path()).read_text())
    assert (rows[0]["who"], rows[-1]["to"]) == ("root", "completed")
    assert accessibility_violations(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    expect_to_fit(page)
    page.emulate_media(color_scheme="dark")
    assert accessibility_violations(page) == []


def test_people_and_moves_appear_as_they_happen(page: Page, db: firestore.Client) -> None:
    now = datetime.now(UTC)
    attempts = [failed_attempt(1, "europe-west4", now)]
    run = write_run(db, run_document("running", attempt=2, attempts=attempts, owner="ada"))
    write_request(db, owner="ada", created_at=now - timedelta(minutes=9), updated_at=now - timedelta(minutes=1))
    page.goto(ADDRESS)
    expect(steps(page)).to_have_count(2)
    expect(steps(page).first).to_contain_text("notes or star were changed last")
    event = {"attempt": 2, "at": now, "from": "running", "to": "requested", "why": "E_ZONE: attempt 2 follows"}
    run.collection("events").document("000012").set(event)
    retried = steps(page).filter(has_text="Attempt 1 failed")
    expect(retried).to_contain_text("No machines free in europe-west4; it cost 0.021 USD: attempt 2 follows")
    later = now + timedelta(seconds=30)
    command = {"owner": "local-admin", "created_at": later, "kind": "cancel", "experiment": EXPERIMENT}
    db.document(f"commands/{EXPERIMENT}--cancel").set(command)
    expect(steps(page).first).to_contain_text("Asked to stop it")
    expect(steps(page).first).to_contain_text("by you")


def test_of_a_request_that_nobody_has_seen_there_is_the_request(page: Page, db: firestore.Client) -> None:
    write_request(db, owner="<b>bob</b>")
    page.goto(ADDRESS)
    expect(steps(page)).to_have_count(1)
    expect(steps(page)).to_contain_text("by <b>bob</b>")
