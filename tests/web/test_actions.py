"""What each role may do with an experiment: cancel, rerun, delete; against the real rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from tests.web.documents import (
    EXPERIMENT,
    deleting_document,
    finish_deletion,
    run_document,
    wait_for,
    write_request,
    write_run,
)
from tests.web.listed import write_listed

ADDRESS = f"/experiments/{EXPERIMENT}"
NEW_EXPERIMENT = re.compile(r"/experiments/(exp-[0-9a-hjkmnp-tv-z]{26})$")
ACTIONS = re.compile(r"^(Cancel|Rerun|Delete|Star|Rename)\b")
PageAs = Callable[[str], Page]


@pytest.fixture
def ended(db: firestore.Client) -> firestore.Client:
    """A completed experiment of the editor."""
    run = run_document("completed", owner="local-editor", cost={"estimated": 0.06, "computed": 0.051})
    write_listed(db, run, tags=["base"], starred=True)
    return db


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()  # "Delete" is in "Delete for good"


def twice(page: Page, name: str) -> None:
    """Two presses before the page had time to answer the first."""
    page.get_by_role("button", name=name, exact=True).evaluate("(button) => { button.click(); button.click(); }")


def test_a_viewer_is_offered_nothing(page_as: PageAs, ended: firestore.Client) -> None:
    page = page_as("viewer")
    page.goto(ADDRESS)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Country and price")
    expect(page.get_by_role("button", name=ACTIONS)).to_have_count(0)
    expect(page.get_by_role("link", name="Clone")).to_have_count(0)
    page.goto(f"{ADDRESS}/clone")
    expect(page.get_by_role("heading", name="You may only look")).to_be_visible()
    page.goto("/")
    page.get_by_label("Select all experiments").check()
    expect(page.get_by_role("region", name="Selection").get_by_role("button")).to_have_text(["Clear selection"])
    expect(page.get_by_role("button", name=ACTIONS)).to_have_count(0)


def test_an_editor_cancels_what_somebody_else_started(page_as: PageAs, db: firestore.Client) -> None:
    write_request(db, owner="ada")
    write_run(db, run_document("running", seconds_ago=0, owner="ada"))
    page = page_as("editor")
    page.goto(ADDRESS)
    button(page, "Cancel experiment")
    twice(page, "Stop it")
    command = wait_for(db, "commands")[f"{EXPERIMENT}--cancel"]
    assert (command["owner"], command["kind"]) == ("local-editor", "cancel")
    expect(page.get_by_role("button", name="Requesting…")).to_be_disabled()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_cancelled_run_says_where_it_was_and_what_it_had_spent(page: Page, db: firestore.Client) -> None:
    reason = "while running (Train, epoch 3 of 20); about 0.04 USD had been spent"
    write_run(db, run_document("cancelled", reason=reason))
    page.goto(ADDRESS)
    expect(page.get_by_role("status").filter(has_text="Cancelled")).to_have_text(f"Cancelled {reason}")


def test_a_rerun_repeats_the_request_and_leads_there_and_back(page_as: PageAs, ended: firestore.Client) -> None:
    page = page_as("editor")
    page.goto(ADDRESS)
    button(page, "Rerun")
    expect(page.get_by_role("group", name="Rerun?")).to_contain_text("This one cost 0.051 USD.")
    twice(page, "Start the rerun")
    expect(page).to_have_url(NEW_EXPERIMENT)
    expect(page.get_by_role("link", name="Exp #7")).to_have_attribute("href", ADDRESS)
    expect(page.get_by_text("Rerun of Exp #7")).to_be_visible()
    experiments = wait_for(ended, "experiments", 2)
    assert len(experiments) == 2
    match = NEW_EXPERIMENT.search(page.url)
    assert match
    rerun = experiments[match[1]]
    identity = ("owner", "created_at", "updated_at", "notes", "starred")
    copied = {key: value for key, value in experiments[EXPERIMENT].items() if key not in identity}
    assert {key: rerun[key] for key in rerun if key not in identity} == {
        **copied, "parent": EXPERIMENT, "origin": "rerun",
    }  # fmt: skip
    assert rerun["owner"] == "local-editor"
    page.go_back()
    expect(page).to_have_url(re.compile(f"{ADDRESS}$"))
    expect(page.get_by_role("button", name="Rerun")).to_be_visible()


def test_what_was_never_prepared_cannot_be_repeated_and_says_so(page: Page, db: firestore.Client) -> None:
    write_request(db)
    write_run(db, run_document("invalid", parameters=None))
    page.goto(ADDRESS)
    button(page, "Rerun")
    question = page.get_by_role("group", name="Rerun?")
    expect(question).to_contain_text("Clone it instead.")
    expect(question.get_by_role("button")).to_have_text(["Close"])


def test_delete_goes_on_until_the_list_says_what_was_freed(page_as: PageAs, ended: firestore.Client) -> None:
    page = page_as("editor")
    page.goto("/")
    page.get_by_role("link", name="Country and price").click()
    button(page, "Delete")
    expect(page.get_by_role("group", name="Delete?")).to_contain_text("go for good")
    button(page, "Keep it")
    button(page, "Delete")
    twice(page, "Delete for good")
    command = wait_for(ended, "commands")[f"{EXPERIMENT}--delete"]
    assert (command["owner"], command["experiment"], command["kind"]) == ("local-editor", EXPERIMENT, "delete")
    expect(page.get_by_role("button", name="Requesting…")).to_be_disabled()
    run = write_run(ended, deleting_document("cloud", "mirror", "objects", "details"))
    state = page.get_by_role("status").filter(has=page.locator(".state"))
    expect(state).to_have_text("Deleting: waiting until nothing of it runs or is read")
    expect(page.get_by_role("button", name=ACTIONS)).to_have_count(0)
    run.update({"deletion.finalizers": ["objects", "details"]})
    expect(state).to_have_text("Deleting: removing its files")
    finish_deletion(ended)
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.get_by_text("Exp #7 was deleted; 3.2 MB freed.")).to_be_visible()
    button(page, "Dismiss")
    expect(page.get_by_text("was deleted")).to_have_count(0)
    expect(page.get_by_role("heading", name="No experiments yet")).to_be_visible()


def test_what_somebody_else_deletes_says_so_where_it_was(page: Page, ended: firestore.Client) -> None:
    page.goto(ADDRESS)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Country and price")
    finish_deletion(ended)
    expect(page.get_by_role("heading", level=1)).to_have_text("Exp #7 was deleted")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exp #7 was deleted")
    expect(page.get_by_text("3.2 MB freed")).to_be_visible()
    page.get_by_role("link", name="See all experiments").click()
    expect(page.get_by_text("was deleted")).to_have_count(0)


def test_an_editor_may_not_delete_what_is_not_theirs_an_admin_may(page_as: PageAs, db: firestore.Client) -> None:
    write_request(db, owner="ada")
    write_run(db, run_document("completed", owner="ada"))
    editor, admin = page_as("editor"), page_as("admin")
    editor.goto(ADDRESS)
    button(editor, "Delete")
    question = editor.get_by_role("group", name="Delete?")
    expect(question).to_contain_text("Ask its owner or an administrator")
    expect(question.get_by_role("button")).to_have_text(["Close"])
    admin.goto(ADDRESS)
    button(admin, "Delete")
    button(admin, "Delete for good")
    assert wait_for(db, "commands")[f"{EXPERIMENT}--delete"]["owner"] == "local-admin"


def test_what_the_rules_refuse_is_said_and_can_be_tried_again(page_as: PageAs, db: firestore.Client) -> None:
    request = write_request(db, owner="ada")
    write_run(db, run_document("completed", owner="local-editor"))  # the page believes that it is the editor's
    page = page_as("editor")
    page.goto(ADDRESS)
    button(page, "Delete")
    button(page, "Delete for good")
    expect(page.get_by_role("alert")).to_have_text(
        "You may not delete this experiment. Ask an administrator of the project."
    )
    assert list(db.collection("commands").stream()) == []
    request.update({"owner": "local-editor"})
    button(page, "Delete")
    button(page, "Delete for good")
    wait_for(db, "commands")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_without_a_connection_it_says_that_it_waits_and_sends_later(
    page: Page, complaints: list[str], db: firestore.Client
) -> None:
    write_request(db)
    write_run(db, run_document("running", seconds_ago=0))
    page.goto(ADDRESS)
    expect(page.get_by_role("button", name="Cancel experiment")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("What you see may be old")).to_be_visible()
    button(page, "Cancel experiment")
    button(page, "Stop it")
    expect(page.get_by_text("it is sent as soon as the server is reached")).to_be_visible()
    assert list(db.collection("commands").stream()) == []
    page.context.set_offline(False)
    assert list(wait_for(db, "commands")) == [f"{EXPERIMENT}--cancel"]
    complaints.clear()  # the browser reports each request that it could not send


def test_by_keyboard_the_harmless_answer_comes_first_and_escape_gives_it(page: Page, ended: firestore.Client) -> None:
    page.goto(ADDRESS)
    page.get_by_role("button", name="Delete", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Delete for good")).to_be_focused()
    page.keyboard.press("Enter")
    assert list(wait_for(ended, "commands")) == [f"{EXPERIMENT}--delete"]


def test_a_rerun_outlives_its_parent(page: Page, ended: firestore.Client) -> None:
    write_run(ended, run_document("completed", parent="exp-gone", origin="rerun"))
    page.goto(ADDRESS)
    expect(page.get_by_text("Rerun of another experiment")).to_be_visible()
    tombstone = {"number": 3, "name": "Old", "deleted_at": datetime.now(UTC), "bytes": None}
    ended.collection("tombstones").document("exp-gone").set(tombstone)
    expect(page.get_by_text("Rerun of Exp #3, deleted")).to_be_visible()
    page.get_by_role("link", name="Exp #3, deleted").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exp #3 was deleted")
