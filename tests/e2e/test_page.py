"""The page on a whole stack: an experiment from the form to its verdict by keyboard alone, two browsers side by side, a
connection that goes and comes back, a cancel, and what each role may not do."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from local.stack import Stack
from quicktest import Client
from tests.e2e.conftest import EXAMPLE, PATIENCE_S, components, documents, until, wait_until

CONFIGS = [document for document in EXAMPLE if document["kind"] != "experiment"]
SOON_MS = 20_000
RESULT_MS = PATIENCE_S * 1000


@pytest.fixture
def open_page(browser: Browser, stack: Stack) -> Iterator[Callable[[str], Page]]:
    """A page in a role, each in a browser profile of its own."""
    with contextlib.ExitStack() as profiles:

        def open_as(role: str) -> Page:
            context = profiles.enter_context(browser.new_context(base_url=stack.page_url, locale="en-GB"))
            context.set_default_timeout(SOON_MS)
            context.add_init_script(f"localStorage.setItem('quicktest.role', '{role}')")
            return context.new_page()

        yield open_as


def experiment_at(page: Page) -> str:
    """The id in the address of an experiment's page."""
    page.wait_for_url(re.compile("/experiments/exp-"), timeout=SOON_MS)
    return page.url.split("/experiments/")[1].split("/")[0]


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until the focus is there."""
    expect(wanted).to_be_visible(timeout=SOON_MS)
    for _ in range(150):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the Tab key does not lead there")


def result(page: Page) -> Locator:
    return page.get_by_role("region", name="Result")


def test_from_the_form_to_the_verdict_by_keyboard_alone(
    client: Client, stack: Stack, open_page: Callable[[str], Page]
) -> None:
    client.apply(CONFIGS)
    page = open_page("editor")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SOON_MS)

    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1, name="New experiment")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("complementary").or_(page.locator("main"))).to_contain_text("USD", timeout=RESULT_MS)
    page.keyboard.press("Control+Enter")
    tab_to(page, page.get_by_label("Epochs"))
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    page.keyboard.press("Control+Enter")

    experiment = client.experiment(experiment_at(page))
    assert experiment.wait(PATIENCE_S)["state"] == "completed"
    run = experiment.run()
    assert run["parameters"]["epochs"] == 2
    value = f"{run['metrics']['recall_at_10']['value']:.3f}"
    expect(result(page)).to_contain_text(value, timeout=SOON_MS)
    expect(result(page)).to_contain_text(re.compile("better|worse|cannot tell"))

    told = {"Pipeline": "Transform", "Data": "customer_id", "Training": "Recall@10", "Activity": "Completed"}
    for tab, word in told.items():
        tab_to(page, page.get_by_role("link", name=tab, exact=True))
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text(word, timeout=SOON_MS)
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.get_by_role("heading", level=1, name="Dashboard")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("main")).to_contain_text(value, timeout=SOON_MS)


def test_two_browsers_see_the_same_and_one_comes_back_after_a_break(
    client: Client, stack: Stack, open_page: Callable[[str], Page]
) -> None:
    first, second = open_page("editor"), open_page("viewer")
    experiment = client.run(documents(experiment={"name": "watched by two", "epochs": 500}))
    for page in (first, second):
        page.goto(f"/experiments/{experiment.id}")
    until(experiment, lambda run: (run["progress"] or {}).get("epochs_done", 0) >= 1)
    for page in (first, second):
        expect(page.get_by_role("status").first).to_contain_text("Running", timeout=SOON_MS)

    second.context.set_offline(True)
    expect(second.get_by_text("You are offline.")).to_be_visible(timeout=60_000)
    first.get_by_role("button", name="Cancel experiment").click()
    first.get_by_role("button", name="Stop it").click()
    expect(first.get_by_role("status").first).to_contain_text("Cancelled", timeout=SOON_MS)
    expect(second.get_by_role("status").first).not_to_contain_text("Cancelled")

    second.context.set_offline(False)
    expect(second.get_by_text("You are offline.")).to_have_count(0, timeout=60_000)
    expect(second.get_by_text("Cancelled").first).to_be_visible(timeout=60_000)
    wait_until(lambda: components(stack.home) == [], 5, "the component is gone")


def test_a_viewer_may_look_and_an_editor_deletes_only_their_own(
    client: Client, open_page: Callable[[str], Page]
) -> None:
    ended = client.experiments(limit=1)[0]["experiment"]
    viewer, editor = open_page("viewer"), open_page("editor")
    for page in (viewer, editor):
        page.goto(f"/experiments/{ended}")
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SOON_MS)
    expect(viewer.get_by_role("button", name="Delete")).to_have_count(0)
    editor.get_by_role("button", name="Delete").click()
    expect(editor.get_by_text("It belongs to somebody else.")).to_be_visible()
    viewer.goto("/new")
    expect(viewer.get_by_text("Viewers do not start experiments.")).to_be_visible(timeout=SOON_MS)
