"""Several experiments at once: selected in the list, cancelled, deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.documents import deleting_document, finish_deletion, run_document, wait_for, write_run
from tests.web.listed import experiment_id, write_listed

RUNNING, MINE, THEIRS = (experiment_id(tail) for tail in ("rrr", "mye", "abc"))
PageAs = Callable[[str], Page]


@pytest.fixture
def three(db: firestore.Client) -> firestore.Client:
    """A live one, an ended one, and an ended one of somebody else."""
    for experiment, owner, run in [
        (RUNNING, "ada", run_document("running", seconds_ago=0, number=8)),
        (MINE, "local-editor", run_document("completed", number=7)),
        (THEIRS, "ada", run_document("failed", number=6)),
    ]:
        write_listed(db, run | {"owner": owner}, experiment)
    return db


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Selection")


def test_the_list_does_not_move_under_the_pointer_that_selects(page_as: PageAs, three: firestore.Client) -> None:
    page = page_as("editor")
    page.goto("/")
    box = page.get_by_role("checkbox").nth(1)
    before = box.bounding_box()
    box.check()
    expect(bar(page)).to_be_in_viewport(ratio=1)
    assert box.bounding_box() == before


def test_a_selection_is_cancelled_and_deleted_as_far_as_it_may_be(page_as: PageAs, three: firestore.Client) -> None:
    page = page_as("editor")
    page.goto("/")
    expect(bar(page)).to_have_count(0)
    page.get_by_label("Select all experiments").check()
    expect(bar(page)).to_contain_text("3 experiments selected")
    bar(page).get_by_role("button", name="Delete 1").click()
    expect(bar(page)).to_contain_text("The other 2 stay as they are. What belongs to others is theirs to delete.")
    page.get_by_role("button", name="Keep it").click()
    bar(page).get_by_role("button", name="Cancel 1").click()
    page.get_by_role("button", name="Stop it").click()
    assert list(wait_for(three, "commands")) == [f"{RUNNING}--cancel"]
    expect(bar(page)).to_have_count(0)


def test_what_was_deleted_together_is_summed_up(page_as: PageAs, three: firestore.Client) -> None:
    page = page_as("admin")
    page.goto("/")
    for number in (7, 6):
        page.get_by_label(f"Select #{number} Country and price").check()
    bar(page).get_by_role("button", name="Delete 2").click()
    page.get_by_role("button", name="Delete for good").click()
    assert set(wait_for(three, "commands", 2)) == {f"{MINE}--delete", f"{THEIRS}--delete"}
    write_run(three, deleting_document("objects", "details", number=7), MINE)
    expect(page.get_by_role("row", name="#7")).to_contain_text("Deletingremoving its files")
    expect(page.get_by_label("Select #7 Country and price")).to_be_disabled()
    finish_deletion(three, MINE)
    expect(page.get_by_text("Exp #7 was deleted; 3.2 MB freed.")).to_be_visible()
    finish_deletion(three, THEIRS, number=6)
    expect(page.get_by_text("2 experiments were deleted; 6.4 MB freed.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)


def test_by_keyboard(page: Page, three: firestore.Client) -> None:
    page.goto("/")
    box = page.get_by_label("Select #8 Country and price")
    box.focus()
    page.keyboard.press("Space")
    expect(bar(page)).to_contain_text("1 experiment selected")
    page.keyboard.press("Escape")
    expect(box).not_to_be_checked()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Cancel 1").press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Cancel 1")).to_be_focused()
    expect(box).to_be_checked()


def test_a_refused_part_of_a_selection_is_counted(page_as: PageAs, three: firestore.Client) -> None:
    owned = run_document("failed", number=6, owner="local-editor")
    write_listed(three, owned, THEIRS, owner="ada")  # the page believes that it may
    page = page_as("editor")
    page.goto("/")
    page.get_by_label("Select all experiments").check()
    bar(page).get_by_role("button", name="Delete 2").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("alert")).to_contain_text("1 experiment could not be asked to go. You may not delete them.")
    assert list(wait_for(three, "commands")) == [f"{MINE}--delete"]


def test_two_to_five_can_be_compared_by_everybody(page_as: PageAs, three: firestore.Client) -> None:
    page = page_as("viewer")
    page.goto("/")
    page.get_by_label("Select #7 Country and price").check()
    expect(bar(page)).to_contain_text("Select 2 to 5 to compare them.")
    page.get_by_label("Select #6 Country and price").check()
    expect(bar(page).get_by_role("button", name="Cancel")).to_have_count(0)
    expect(bar(page).get_by_role("button", name="Delete")).to_have_count(0)
    expect(bar(page).get_by_role("link", name="Compare 2")).to_have_attribute("href", f"/compare?ids={THEIRS},{MINE}")
    for number in range(4):
        write_listed(three, run_document("completed", number=10 + number), experiment_id(f"{number}"))
    page.get_by_label("Select all experiments").check()
    expect(bar(page)).to_contain_text("At most 5 can be compared.")


def test_what_a_search_hides_stays_selected(page: Page, three: firestore.Client) -> None:
    page.goto("/")
    page.get_by_label("Select all experiments").check()
    page.get_by_role("searchbox").fill("#6")
    expect(page.locator("[data-line]")).to_have_count(1)
    expect(bar(page)).to_contain_text("3 experiments selected")
    page.get_by_label("Select all experiments").uncheck()
    expect(bar(page)).to_contain_text("2 experiments selected")
