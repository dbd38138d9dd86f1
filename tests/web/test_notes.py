"""What people say about an experiment: rename, star, tags, notes; nobody overwrites another, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.documents import EXPERIMENT, run_document, until, write_request, write_run

ADDRESS = f"/experiments/{EXPERIMENT}"


@pytest.fixture
def request_(db: firestore.Client) -> firestore.DocumentReference:
    """A finished run of a request that is described."""
    write_run(db, run_document("completed"))
    return write_request(db, notes="first line\nsee https://example.com/a", starred=False, description="")


def notes(page: Page) -> Locator:
    return page.get_by_role("region", name="Notes and tags")


def saved(request: firestore.DocumentReference, field: str, value: Any) -> None:
    """Waits until it is stored, then looks at what else was written."""
    until(lambda: request.get().get(field) == value, f"{field} becomes {value}")
    found = request.get().to_dict() or {}
    assert found["updated_at"] > found["created_at"]
    assert found["epochs"] == 3, "what was asked for stays as it was"


def test_an_experiment_is_renamed_where_it_stands(page: Page, request_: firestore.DocumentReference) -> None:
    page.goto(ADDRESS)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile("Country and price"))
    page.get_by_role("button", name="Rename").press("Enter")
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    name.fill("x" * 81)
    expect(page.get_by_text("It has 81 characters. Shorten it to 80.")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    name.fill("Only the country")
    name.press("Enter")
    expect(heading).to_have_text(re.compile("Only the country"))
    expect(page).to_have_title(re.compile("^Only the country: Completed"))
    expect(page.get_by_role("button", name="Rename")).to_be_focused()
    saved(request_, "name", "Only the country")
    page.get_by_role("button", name="Rename").click()
    name.press("Escape")
    expect(name).to_have_count(0)


def test_a_star_is_one_press_or_one_key(page: Page, request_: firestore.DocumentReference) -> None:
    page.goto(ADDRESS)
    star = page.get_by_role("button", name="Star")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.click()
    expect(page.get_by_role("button", name="Starred")).to_have_attribute("aria-pressed", "true")
    saved(request_, "starred", True)
    page.keyboard.press("s")
    expect(star).to_have_attribute("aria-pressed", "false")
    saved(request_, "starred", False)


def test_tags_and_notes_are_written_and_say_when_they_were_saved(
    page: Page, request_: firestore.DocumentReference
) -> None:
    page.goto(ADDRESS)
    expect(notes(page).get_by_role("link", name="https://example.com/a")).to_have_attribute(
        "rel", re.compile("noopener")
    )
    notes(page).get_by_role("button", name="Edit the tags").click()
    tags = page.get_by_role("textbox", name="Tags")
    tags.fill("base, Not a tag")
    expect(page.get_by_text('"Not" is no tag.')).to_be_visible()
    tags.fill("base small")
    tags.press("Enter")
    expect(notes(page).get_by_role("listitem")).to_have_text(["base", "small"])
    saved(request_, "tags", ["base", "small"])
    expect(tags).to_have_count(0)  # or the key would be written there
    page.keyboard.press("e")
    text = page.get_by_role("textbox", name="Notes")
    expect(text).to_be_focused()
    text.fill("learned:\n<b>nothing</b>")
    text.press("Control+Enter")
    expect(notes(page).get_by_text("<b>nothing</b>")).to_be_visible()
    saved(request_, "notes", "learned:\n<b>nothing</b>")
    expect(notes(page).get_by_text("Last saved just now.")).to_be_visible()
    assert accessibility_violations(page) == []


def test_what_somebody_else_saved_is_never_overwritten_unasked(
    page: Page, request_: firestore.DocumentReference
) -> None:
    page.goto(ADDRESS)
    notes(page).get_by_role("button", name="Edit the notes").click()
    text = page.get_by_role("textbox", name="Notes")
    text.fill("mine")
    request_.update({"notes": "theirs", "updated_at": firestore.SERVER_TIMESTAMP})
    conflict = page.get_by_role("alert")
    expect(conflict).to_contain_text("Somebody else saved other notes since you began.")
    expect(conflict.locator("blockquote")).to_have_text("theirs")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    assert accessibility_violations(page) == []
    assert (request_.get().to_dict() or {})["notes"] == "theirs"
    page.get_by_role("button", name="Replace it with mine").click()
    expect(text).to_have_count(0)
    saved(request_, "notes", "mine")
    notes(page).get_by_role("button", name="Edit the notes").click()
    text.fill("mine again")
    request_.update({"notes": "theirs again"})
    page.get_by_role("button", name="Keep theirs").click()
    expect(notes(page).get_by_text("theirs again")).to_be_visible()


def test_offline_keeps_the_text_and_saves_it_when_the_server_is_back(
    page: Page, request_: firestore.DocumentReference, complaints: list[str]
) -> None:
    page.goto(ADDRESS)
    notes(page).get_by_role("button", name="Edit the notes").click()
    text = page.get_by_role("textbox", name="Notes")
    expect(text).to_be_focused()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    text.fill("written in a tunnel")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not connected. What you wrote stays here")).to_be_visible()
    page.context.set_offline(False)
    expect(text).to_have_count(0)
    saved(request_, "notes", "written in a tunnel")
    complaints.clear()  # the browser's words about requests without a network


def test_what_was_not_saved_is_there_after_the_page_was_closed(
    page: Page, request_: firestore.DocumentReference
) -> None:
    page.goto(ADDRESS)
    notes(page).get_by_role("button", name="Edit the notes").click()
    text = page.get_by_role("textbox", name="Notes")
    text.fill("half a thought")
    page.reload()
    expect(text).to_have_value("half a thought")
    expect(page.get_by_text("it was kept in this browser")).to_be_visible()
    page.get_by_role("button", name="Throw away what I wrote").click()
    page.reload()
    expect(notes(page).get_by_text("first line")).to_be_visible()
    expect(text).to_have_count(0)


def test_viewers_read_and_are_told_why_they_cannot_write(
    page_as: Callable[[str], Page], request_: firestore.DocumentReference
) -> None:
    request_.update({"starred": True})
    page = page_as("viewer")
    page.goto(ADDRESS)
    expect(notes(page).get_by_text("first line")).to_be_visible()
    expect(notes(page).get_by_text("ask an administrator for the role of an editor")).to_be_visible()
    expect(page.get_by_text("Starred")).to_be_visible()
    for name in ("Rename", "Starred", "Edit the notes"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    editor = page_as("editor")
    editor.goto(ADDRESS)
    editor.get_by_role("button", name="Starred").click()
    saved(request_, "starred", False)
