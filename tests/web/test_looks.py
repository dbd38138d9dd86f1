"""Widths, colour schemes, accessibility and weight of the page."""

from __future__ import annotations

import gzip

import pytest
from google.cloud import firestore
from playwright.sync_api import Browser, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.documents import (
    deleting_document,
    finish_deletion,
    resting_document,
    run_document,
    write_configs,
    write_details,
    write_request,
    write_run,
)
from tests.web.navigation import begin, go
from tests.web.recorded import comparison, experiment_of
from tests.web.site import DIST, serve_page
from tests.web.width import expect_to_fit

FIXTURES = ("requested", "running", "completed", "ranking", "multitask", "failed", "invalid", "cancelled")
NAMES = (*FIXTURES, "resting", "deleting", "deleted")
ADDRESSES = [f"/experiments/exp-{name}" for name in NAMES]
RUN, MULTITASK, RANKING, FAILED = (f"/experiments/{experiment_of(number)}" for number in (30, 26, 27, 29))
CONFIGS = ("datasets/demo-purchases", "features/demo-both", "models/demo-multitask")
EVERYWHERE = [
    "/", "/?layout=cards", f"/new?parent={experiment_of(30)}", "/dashboard", "/settings", "/compare", "/nowhere",
    f"/compare/{comparison()}", MULTITASK, RANKING, FAILED, "/configs/coverage",
    *(f"{RUN}/{tab}" for tab in ("pipeline", "data", "training", "code", "activity")),
    *(f"{RUN}/data?part={part}" for part in ("drift", "schema", "vocabularies", "anomalies")),
    *(f"/configs/{kind}" for kind in ("datasets", "features", "models", "features/new", "models/new")),
    *(f"/configs/{config}{mode}" for config in CONFIGS for mode in ("", "/edit", "/versions", "/compare")),
]  # fmt: skip
WIDTHS = (360, 760, 1200)
FIRST_VIEW_BYTES = 230_000


@pytest.fixture
def written(db: firestore.Client) -> firestore.Client:
    for name in FIXTURES:
        run = write_run(db, run_document(name), f"exp-{name}")
        if name in ("running", "completed"):
            write_details(run, "history", "evaluation", "code")
        if name in ("ranking", "multitask"):
            write_details(run, "history", "evaluation", of=name)
        if name == "multitask":
            write_details(run, "snapshot", of=name)
    write_run(db, resting_document(), "exp-resting")
    write_run(db, deleting_document("objects", "details"), "exp-deleting")
    finish_deletion(db, "exp-deleted")
    write_request(db, "exp-completed")
    write_configs(db)
    return db


def visit(page: Page, address: str) -> None:
    page.goto(address)
    ready = ".code pre, .new input, .runs tbody tr, .stages tbody tr, .notice-empty"
    expect(page.locator(ready).first).to_be_visible()


def test_every_view_fits_each_screen(page: Page, recorded: firestore.Client) -> None:
    """What somebody finds at an address; that it can be read by everybody is proven where the view is."""
    begin(page)
    for address in EVERYWHERE:
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        go(page, address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.locator("main > .notice-loading, main > .heading-loading")).to_have_count(0)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            expect_to_fit(page)


def test_every_state_of_an_experiment_fits_each_screen_and_can_be_read_by_everybody(
    page: Page, written: firestore.Client
) -> None:
    """Loaded as narrow as a phone's, then made wider: charts and tables have to follow."""
    for address in ADDRESSES:
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        visit(page, address)
        assert page.get_by_role("main").count() == page.get_by_role("banner").count() == 1
        assert page.get_by_role("heading", level=1).count() == 1
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            expect_to_fit(page)
            if width in (WIDTHS[0], WIDTHS[-1]):
                assert accessibility_violations(page) == [], (address, width)


def test_no_question_and_no_mistake_is_an_accessibility_violation(page: Page, written: firestore.Client) -> None:
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 800})
        visit(page, "/experiments/exp-completed")
        page.get_by_role("button", name="Delete").click()
        assert accessibility_violations(page) == []
        visit(page, "/")
        page.get_by_label("Select all experiments").check()
        assert accessibility_violations(page) == []
        page.get_by_role("region", name="Selection").get_by_role("button").nth(1).click()
        assert accessibility_violations(page) == []
        visit(page, "/new?parent=exp-completed&step=2")
        page.get_by_label("Epochs").fill("0")
        page.get_by_role("button", name="Start experiment").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert accessibility_violations(page) == []
        expect_to_fit(page)


def test_dark_mode_follows_the_system(page: Page, written: firestore.Client) -> None:
    visit(page, "/")
    lightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    page.emulate_media(color_scheme="light")
    assert min(page.evaluate(lightness)) > 200
    page.emulate_media(color_scheme="dark")
    assert max(page.evaluate(lightness)) < 60


def test_nothing_moves_for_those_who_asked_for_it(page: Page, written: firestore.Client) -> None:
    moving = "document.getAnimations().filter((each) => each.effect.getComputedTiming().duration > 0).length"
    page.emulate_media(reduced_motion="no-preference")
    visit(page, "/experiments/exp-running")
    assert page.evaluate(moving) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == 0


def test_keyboard_focus_is_visible(page: Page, written: firestore.Client) -> None:
    visit(page, "/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize(
    ("address", "shown"), [("/", ".runs tbody tr"), (f"/experiments/{experiment_of(26)}", ".overview")]
)
def test_the_first_view_is_light(page: Page, recorded: firestore.Client, address: str, shown: str) -> None:
    page.goto(address)
    expect(page.locator(shown).first).to_be_visible()
    page.wait_for_timeout(500)
    loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)")
    files = {name for name in ("index.html", *(path.lstrip("/") for path in loaded)) if (DIST / name).is_file()}
    size = sum(len(gzip.compress((DIST / name).read_bytes(), 9)) for name in files)
    print(f"first view of {address}: {size:,} bytes of gzip in {sorted(files)}")
    assert 0 < size <= FIRST_VIEW_BYTES
    assert not any("plot" in name for name in files), "neither must fetch the code of charts"


def test_without_emulators_the_page_asks_for_a_sign_in(browser: Browser) -> None:
    with serve_page(None) as url, browser.new_context(base_url=url) as context:
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_role("button", name="Sign in with Google")).to_be_visible()


def test_a_page_without_its_configuration_says_what_is_missing(page: Page) -> None:
    page.route("**/config.json", lambda route: route.fulfill(json={"apiKey": "local"}))
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("/config.json must hold projectId and apiKey.")
