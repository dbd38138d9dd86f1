"""How wide the page is."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def expect_to_fit(page: Page) -> None:
    """Nothing scrolls sideways. Charts follow a new width a moment later, so it is waited for."""
    assert page.viewport_size
    width = page.viewport_size["width"]
    expect(page.locator("html"), f"{page.url}, {width} px wide").to_have_js_property("scrollWidth", width)
