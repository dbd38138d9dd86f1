"""The grid of feature configs and model configs: what was tried, how well it did, and what cannot be tried."""

from __future__ import annotations

import re
from collections.abc import Callable

from google.cloud import firestore
from playwright.sync_api import Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.width import expect_to_fit


def test_the_grid_leads_to_runs_and_to_what_was_not_tried(page: Page, recorded: firestore.Client) -> None:
    page.goto("/configs/coverage")
    grid = page.get_by_role("table", name="Feature configs by model configs")
    expect(grid.get_by_role("row")).to_have_count(4)
    expect(page.get_by_text("3 pairs were not tried.")).to_be_visible()
    best = grid.get_by_role("link", name="0.565")
    expect(best).to_have_attribute("href", re.compile("/experiments/exp-"))
    grid.get_by_text("not together").first.click()
    reason = grid.get_by_text("a multitask model predicts a target, and this feature config has none.")
    expect(reason.first).to_be_visible()
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 900})
        expect_to_fit(page)
        assert accessibility_violations(page) == [], width
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert "incompatible" in download.value.path().read_text()
    page.get_by_label("Results of").select_option(index=1)
    expect(page).to_have_url(re.compile("group=.*-50$"))
    page.goto("/configs/coverage")
    page.get_by_role("link", name="Try it: Ids only with Linear").click()
    expect(page).to_have_url(re.compile(r"/new\?feature_config=ids-only&model_config=linear$"))


def test_without_results_it_says_what_to_do(page: Page, page_as: Callable[[str], Page], db: firestore.Client) -> None:
    page.goto("/configs/coverage")
    expect(page.get_by_role("heading", name="Nothing was tried yet")).to_be_visible()
    expect(page.locator("main").get_by_role("link", name="New experiment")).to_be_visible()
    viewer = page_as("viewer")
    viewer.goto("/configs/coverage")
    expect(viewer.get_by_role("heading", name="Nothing was tried yet")).to_be_visible()
    expect(viewer.locator("main").get_by_role("link", name="New experiment")).to_have_count(0)
    for address, sentence in {
        "/configs/features": "No feature configs yet",
        "/configs/models": "No model configs yet",
        "/configs/features/new": "There is no dataset yet",
    }.items():
        page.goto(address)
        expect(page.get_by_role("heading", name=sentence)).to_be_visible()
        assert accessibility_violations(page) == [], address
