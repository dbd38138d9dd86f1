"""The pipeline of an experiment: graph, timeline and logs in each of their states (S8.8, S9.9)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.documents import EXPERIMENT, failed_attempt, run_document, wait_for, write_request, write_run
from tests.web.width import expect_to_fit

ADDRESS = f"/experiments/{EXPERIMENT}/pipeline"
FETCH = f"{EXPERIMENT}--fetch_logs--train"
LINES = (
    ("INFO", "Epoch 1 of 3"),
    ("WARNING", "WARNING:absl:the disk is slow"),
    ("ERROR", "ValueError: boom <script>document.title = 'taken'</script>"),
    ("INFO", "the end"),
)


def log_of(stage: str, lines: tuple[tuple[str, str], ...] = LINES, **changes: Any) -> dict[str, Any]:
    """`details/logs-{stage}` as the functions write it."""
    begin = datetime.now(UTC) - timedelta(minutes=2)
    return {
        "stage": stage,
        "attempt": 1,
        "lines": [
            {"time": begin + timedelta(seconds=n), "severity": severity, "message": message}
            for n, (severity, message) in enumerate(lines)
        ],
        "highlighted": None,
        "more": False,
        "source": "provider",
        "problem": None,
        "fetched_at": datetime.now(UTC),
        "parts": 1,
        **changes,
    }


def write_log(db: firestore.Client, stage: str, **changes: Any) -> firestore.DocumentReference:
    reference = db.document(f"runs/{EXPERIMENT}/details/logs-{stage.lower()}")
    reference.set(log_of(stage, **changes))
    return reference


def failed_run(**changes: Any) -> dict[str, Any]:
    run = run_document("failed", logs={"a1-train": "done"})
    error = {**run["error"], "component": "Train", "raw": "ValueError: boom"}
    return run | {"error": error, **changes}


def lines(page: Page) -> Locator:
    return page.get_by_role("region", name=re.compile("^Lines of")).get_by_role("listitem")


def node(page: Page, stage: str) -> Locator:
    return page.get_by_role("list", name="Components of the pipeline").get_by_role(
        "button", name=re.compile(f"^{stage}")
    )


@pytest.fixture
def failed(page: Page, db: firestore.Client) -> Page:
    write_run(db, failed_run())
    write_log(db, "Train", highlighted=2, more=True)
    page.goto(ADDRESS)
    return page


# --------------------------------------------------------------------------------------------------------------- graph


def test_a_run_under_way_is_drawn_and_moves(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("running"))
    page.goto(ADDRESS)
    expect(node(page, "Train")).to_have_accessible_name("Train running, epoch 2 of 3")
    expect(node(page, "Compile")).to_contain_text("reused")
    expect(node(page, "Collect")).to_contain_text("waiting")
    made = page.get_by_role("list", name="What Schema makes")
    expect(made.get_by_role("link", name="schema")).to_have_attribute(
        "href", f"/experiments/{EXPERIMENT}/data?part=schema"
    )
    unmade = page.get_by_role("list", name="What Train makes")
    expect(unmade.get_by_role("link")).to_have_count(0)
    expect(unmade).to_contain_text("model (not made)")
    assert page.locator("path.edge").count() == 21
    run.set(run_document("completed", seconds_ago=0))
    expect(node(page, "Train")).to_contain_text("done")
    expect(unmade.get_by_role("link", name="model")).to_have_attribute("href", f"/experiments/{EXPERIMENT}/training")
    made.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/data"))


def test_on_a_phone_the_graph_is_a_list_and_a_component_leads_to_its_log(failed: Page) -> None:
    failed.set_viewport_size({"width": 360, "height": 700})
    expect(failed.locator(".graph-edges")).to_be_hidden()
    tops = [node(failed, stage).bounding_box()["y"] for stage in ("Prepare", "Examples", "Statistics", "Train")]  # type: ignore[index]
    assert tops == sorted(tops)
    node(failed, "Schema").click()
    expect(failed.get_by_role("heading", name="Log of Schema")).to_be_in_viewport()
    expect_to_fit(failed)


# ------------------------------------------------------------------------------------------------------------ timeline


def test_the_timeline_shows_attempts_queue_and_stages_and_is_saved(page: Page, db: firestore.Client) -> None:
    run = run_document("running")
    created = run["created_at"]
    attempt = failed_attempt(1, "europe-west4", created + timedelta(seconds=-10))
    earlier = {"created_at": created - timedelta(hours=3), "attempts": [attempt], "attempt": 2}
    write_run(db, run | earlier)
    page.goto(ADDRESS)
    rows = page.get_by_role("table", name=re.compile("^When each part")).get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Attempt 1: failed: No machines free")
    expect(rows.nth(2)).to_contain_text("Queue of attempt 2")
    expect(rows.filter(has_text="Transform")).to_contain_text("9.3 s")
    expect(page.get_by_text("a long queue is cut")).to_be_visible()
    panel = page.get_by_role("region", name="Timeline")
    with page.expect_download() as download:
        panel.get_by_role("button", name="CSV").click()
    table = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert [row["what"] for row in table][:3] == ["Attempt 1", "Queue of attempt 2", "Prepare"]


# ---------------------------------------------------------------------------------------------------------------- logs


def test_the_failed_log_is_shown_with_its_error_first(failed: Page) -> None:
    expect(failed.get_by_role("heading", name="Log of Train")).to_be_visible()
    expect(failed.locator(".log-error")).to_contain_text("ValueError: boom <script>")
    expect(lines(failed)).to_have_count(4)
    expect(lines(failed).nth(2)).to_have_class(re.compile("line-decided"))
    expect(failed.get_by_text("Shown: the last 4 lines of Train")).to_be_visible()
    assert failed.title() != "taken", "lines are text"


def test_lines_are_filtered_in_the_address_and_copied_and_saved(failed: Page) -> None:
    failed.get_by_label("Severity").select_option("WARNING")
    expect(lines(failed)).to_have_count(2)
    failed.get_by_label("Search the lines").fill("BOOM")
    expect(lines(failed)).to_have_count(1)
    expect(lines(failed).locator("mark")).to_have_text("boom")
    expect(failed.get_by_text("1 of the last 4 lines")).to_be_visible()
    assert "severity=WARNING" in failed.url and "words=BOOM" in failed.url
    with failed.expect_download() as download:
        failed.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == f"{EXPERIMENT}-train.log"
    assert "ERROR    ValueError: boom" in Path(download.value.path()).read_text()
    failed.reload()
    expect(lines(failed)).to_have_count(1)
    failed.get_by_label("Search the lines").fill("nothing like that")
    expect(failed.get_by_text("No line is like that")).to_be_visible()


def test_keys_go_from_component_to_component(failed: Page) -> None:
    expect(lines(failed)).to_have_count(4)
    failed.keyboard.press("k")
    expect(failed.get_by_role("heading", name="Log of Transform")).to_be_visible()
    failed.keyboard.press("j")
    failed.keyboard.press("j")
    expect(failed.get_by_text("Collect runs inside a function and has no log of its own.")).to_be_visible()
    expect(node(failed, "Collect")).to_have_attribute("aria-pressed", "true")
    node(failed, "Examples").focus()
    failed.keyboard.press("Enter")
    expect(failed.get_by_role("heading", name="Log of Examples")).to_be_visible()


def test_whoever_reads_fetches_more(page_as: Callable[[str], Page], db: firestore.Client) -> None:
    """Done is when the command is gone."""
    write_run(db, failed_run())
    write_request(db)
    log = write_log(db, "Train", more=True)
    page = page_as("viewer")
    page.goto(ADDRESS)
    page.get_by_role("button", name="Fetch more").click()
    expect(page.get_by_role("button", name="Fetching…")).to_be_disabled()
    command = db.document(f"commands/{FETCH}")
    sent = wait_for(db, "commands")[FETCH]
    assert (sent["kind"], sent["stage"], sent["experiment"]) == ("fetch_logs", "Train", EXPERIMENT)
    older = tuple(("INFO", f"older {n}") for n in range(600))
    db.document(f"runs/{EXPERIMENT}/details/logs-train-2").set(log_of("Train", older))
    log.set(log_of("Train", parts=2))
    command.delete()
    expect(lines(page)).to_have_count(604)
    expect(lines(page).first).to_contain_text("older 0")
    expect(lines(page).last).to_be_in_viewport()
    expect(page.get_by_role("button", name="Fetch again")).to_be_enabled()


def test_a_live_log_is_followed(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("running"))
    write_request(db)
    page.goto(ADDRESS)
    expect(page.get_by_text("Train is running. Its log is copied when it ends")).to_be_visible()
    page.get_by_label("Follow").check()
    expect(page.get_by_role("button", name="Fetching…")).to_be_visible()
    command = db.document(f"commands/{FETCH}")
    write_log(db, "Train")
    command.delete()
    expect(lines(page)).to_have_count(4)
    expect(page.get_by_role("button", name="Fetching…")).to_be_visible()  # for more, after a while
    page.get_by_label("Follow").uncheck()
    command.delete()
    expect(page.get_by_role("button", name="Fetch again")).to_be_visible()


def test_what_is_not_there_is_told(page: Page, db: firestore.Client) -> None:
    """Not begun, reused, being copied, nothing logged, out of reach, gone."""
    run = write_run(db, run_document("running"))
    page.goto(f"{ADDRESS}?stage=Collect")
    said = page.locator(".log-nothing")
    expect(said).to_contain_text("Collect runs inside a function")
    choose = page.get_by_label("Component", exact=True)
    choose.select_option("Compile")
    expect(said).to_contain_text("Compile was not run: what an equal run made was taken again")
    choose.select_option("Schema")
    expect(said).to_contain_text("its log is being copied")
    run.update({"logs": {"a1-schema": "empty", "a1-transform": "failed: PERMISSION_DENIED: logging.logEntries.list"}})
    expect(said).to_contain_text("Schema logged nothing.")
    choose.select_option("Transform")
    expect(said).to_contain_text("The log could not be had: PERMISSION_DENIED: logging.logEntries.list")
    expect(page.get_by_role("button", name="Fetch the log")).to_be_enabled()
    write_log(db, "Transform", problem="UNAVAILABLE: away", source="copy")
    expect(page.get_by_text("The provider's log could not be read: UNAVAILABLE: away")).to_be_visible()
    expect(page.get_by_text("from the stored copy")).to_be_visible()
    run.set(run_document("requested"))
    choose.select_option("Train")
    expect(said).to_contain_text("Train has not begun")
    run.set(run_document("failed", seconds_ago=40 * 86_400))
    expect(said).to_contain_text("The log is gone: the provider keeps logs for 30 days")
    expect(page.get_by_role("button", name=re.compile("^Fetch"))).to_have_count(0)


def test_offline_nothing_is_asked_for(failed: Page, complaints: list[str]) -> None:
    expect(failed.get_by_role("button", name="Fetch more")).to_be_enabled()
    failed.context.set_offline(True)
    expect(failed.get_by_role("button", name="Fetch more")).to_be_disabled(timeout=60_000)
    expect(lines(failed)).to_have_count(4)
    complaints.clear()  # of the browser, about every try


def test_every_state_is_accessible(page: Page, db: firestore.Client) -> None:
    run = write_run(db, failed_run())
    write_log(db, "Train", highlighted=2)
    page.goto(f"{ADDRESS}?words=boom")
    expect(lines(page)).to_have_count(1)
    assert accessibility_violations(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    run.set(run_document("running"))
    page.goto(f"{ADDRESS}?stage=Examples")
    expect(page.locator(".log-nothing")).to_be_visible()
    assert accessibility_violations(page) == []
