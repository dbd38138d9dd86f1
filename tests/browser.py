"""The real browser that tests and benchmarks drive."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# Chromium must not call home, and in a container it has neither a sandbox nor a graphics card.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


def find_chromium() -> str:
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # as scripts/find-chromium
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, "These tests need Chromium: run scripts/find-chromium."
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()
