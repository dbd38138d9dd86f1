"""Going from view to view inside the page."""

from __future__ import annotations

from playwright.sync_api import Page


def go(page: Page, address: str) -> None:
    """As a link does, without the page being loaded anew."""
    page.evaluate("(to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')) }", address)
