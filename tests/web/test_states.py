"""Each view in each of its states: nothing there yet, refused, failed, never read, known and then offline, without its
code. What it then says, and that it has one heading, a title and no fault of accessibility. What a view does once it
is ready is proven in a file of its own."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from google.cloud import firestore
from playwright.sync_api import Page, Route, expect

from local.tools import ROOT
from tests.web.accessibility import light_violations
from tests.web.emulators import PROJECT
from tests.web.listed import experiment_id
from tests.web.navigation import begin, go
from tests.web.recorded import comparison, experiment_of


class View(NamedTuple):
    address: str
    heading: str
    """While there is nothing to show."""
    subject: str
    """Of `The … could not be read`."""
    empty: tuple[str, str]
    """Heading and words when the database is empty."""


PAIR = (experiment_id("a"), experiment_id("b"))
GONE = "It was deleted, or the address has a mistake."
VIEWS = (
    View("/", "Experiments", "experiments", ("Experiments", "No experiments yet")),
    View("/experiments/exp-1", "Experiment", "experiment", ("Nothing here", "There is no experiment at this address.")),
    View("/new", "New experiment", "form", ("New experiment", "There is no feature config yet.")),
    View("/new?parent=exp-1", "New experiment", "form", ("Nothing here", "There is no experiment at this address.")),
    View(
        "/new?suggestion=default~a~b", "New experiment", "suggestion",
        ("This suggestion is not made any more", "begin from nothing"),
    ),
    View("/compare", "Compare experiments", "experiments", ("Compare experiments", "Two experiments are needed.")),
    View(f"/compare?ids={PAIR[0]},{PAIR[1]}", "Compare", "comparison", (f"Compare {' and '.join(PAIR)}", "Comparing")),
    View("/compare/cmp-1", "Compare", "comparison", ("Nothing here", "There is no comparison at this address.")),
    View(
        "/dashboard", "Dashboard", "dashboard",
        ("Dashboard", "The dashboard begins with the first experiment that ends."),
    ),
    View("/settings", "Settings and health", "health of the runs", ("Settings and health", "Nothing needs attention.")),
    View("/configs/coverage", "Coverage", "coverage", ("Coverage", "Nothing was tried yet")),
    View("/configs/datasets", "Datasets", "datasets", ("Datasets", "No datasets yet")),
    View("/configs/features", "Feature configs", "feature configs", ("Feature configs", "No feature configs yet")),
    View("/configs/models", "Model configs", "model configs", ("Model configs", "No model configs yet")),
    View("/configs/datasets/one", "Dataset", "dataset", ("There is no dataset one", GONE)),
    View("/configs/features/one/edit", "Feature config", "feature config", ("There is no feature config one", GONE)),
    View("/configs/models/one/versions", "Versions", "versions", ("There is no model config one", GONE)),
    View("/configs/features/one/compare", "Compare configs", "configs", ("There is no feature config one", GONE)),
    View("/configs/features/new", "New feature config", "datasets", ("New feature config", "There is no dataset yet")),
    View(
        "/configs/models/new?clone=one", "New model config", "model config", ("There is no model config one", GONE),
    ),
)  # fmt: skip
NO_READS = """rules_version = '2';
service cloud.firestore { match /databases/{database}/documents { match /{any=**} { allow read, write: if false; } } }
"""
# The same answers, with another reason: a query whose index is missing
FAILURE = {"error": {"code": 400, "status": "FAILED_PRECONDITION", "message": "The query requires an index."}}
FAILS = """
const decode = TextDecoder.prototype.decode;
TextDecoder.prototype.decode = function (...given) {
  return decode.apply(this, given).replace(/("cause":\\s*\\{\\s*"code":\\s*)7\\b/g, "$19");
};
"""


def expect_sound(page: Page, heading: str) -> None:
    """One heading, which has the focus, a title of this view's own, and nothing that keeps somebody from reading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page.locator("h1")).to_be_focused()
    assert page.title().endswith(" · Quicktest")
    page.evaluate("document.title = 'of another view'")
    assert light_violations(page) == [], page.url


@pytest.fixture
def opened(page: Page) -> Page:
    begin(page)
    return page


@pytest.fixture
def closed(db: firestore.Client, firestore_host: str) -> Iterator[None]:
    """A project whose rules let nobody read."""
    _enforce(firestore_host, NO_READS)
    yield
    _enforce(firestore_host, (ROOT / "firestore.rules").read_text())


def _enforce(firestore_host: str, rules: str) -> None:
    address = f"http://{firestore_host}/emulator/v1/projects/{PROJECT}:securityRules"
    body = json.dumps({"rules": {"files": [{"name": "firestore.rules", "content": rules}]}}).encode()
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(address, body, headers, method="PUT"), timeout=60).close()


def test_what_is_known_stays_when_the_connection_is_lost_and_it_is_said_once(
    page: Page, complaints: list[str], recorded: firestore.Client
) -> None:
    run = f"/experiments/{experiment_of(26)}"
    begin(page)
    for address, shown in {
        "/": "Multitask, more epochs", run: "Who it works for", f"{run}/pipeline": "Timeline",
        f"{run}/data": "customer_segment", f"{run}/training": "Learning rate", f"{run}/code": "lines",
        f"{run}/activity": "Completed", f"/compare/{comparison()}": "Verdict", "/dashboard": "Leaderboard",
        "/settings": "Nothing needs attention.", "/configs/coverage": "not tried", "/configs/models": "Wide adagrad",
        "/configs/datasets/demo-purchases": "Where it is used",
        "/configs/features/ids-only/versions": "Every saved change",
    }.items():  # fmt: skip
        go(page, address)
        expect(page.get_by_text(shown).first).to_be_visible()
        page.context.set_offline(True)
        expect(page.get_by_text("You are offline. What you see may be old")).to_have_count(1)
        expect(page.get_by_text(shown).first).to_be_visible()
        assert page.get_by_role("heading", level=1).count() == 1
        page.context.set_offline(False)
        expect(page.get_by_text("What you see may be old")).to_have_count(0)
    complaints.clear()  # the browser reports each request that it could not send


def test_while_it_loads_a_view_has_its_heading_already(opened: Page, recorded: firestore.Client) -> None:
    waiting: list[Route] = []
    opened.route("**/assets/*.js", lambda route: waiting.append(route))
    go(opened, "/configs/models")
    expect(opened.get_by_role("status").filter(has_text="Loading the configs…")).to_be_visible()
    expect(opened.get_by_role("heading", level=1)).to_be_focused()
    opened.unroute_all()
    for route in waiting:
        route.fallback()
    expect(opened.get_by_role("heading", name="Model configs")).to_be_focused()


def test_where_nothing_is_yet_it_is_said_what_comes_first(opened: Page, db: firestore.Client) -> None:
    for view in VIEWS:
        go(opened, view.address)
        expect(opened.get_by_text(view.empty[1]).first).to_be_visible()
        expect_sound(opened, view.empty[0])


@pytest.mark.parametrize("failed", [False, True], ids=["refused", "failed"])
def test_what_cannot_be_read_is_told_with_a_reason_and_a_remedy(
    page: Page, complaints: list[str], closed: None, failed: bool
) -> None:
    words = "You may not read this. Ask an administrator of the project for access."
    if failed:
        words = "Try again; if it stays, report this sentence."
        page.add_init_script(FAILS)
        page.route(
            "**/documents:runAggregationQuery*",
            lambda route: route.fulfill(status=400, json=FAILURE, headers={"Access-Control-Allow-Origin": "*"}),
        )
    begin(page)
    for view in VIEWS:
        go(page, view.address)
        alert = page.get_by_role("alert").filter(has_text=f"The {view.subject} could not be ")
        expect(alert).to_be_visible()
        for _ in range(5):  # an answer that comes in two pieces keeps its reason (FAILS)
            if words not in alert.inner_text():
                alert.get_by_role("button", name="Try again").click()
                expect(alert).to_be_visible()
                page.locator("h1").focus()  # the press has taken the focus away
        expect(alert).to_contain_text(words)
        expect(alert.get_by_role("button", name="Try again")).to_be_visible()
        expect_sound(page, view.heading)
    complaints.clear()  # the browser reports each refused request


def test_what_was_never_read_is_not_called_empty(page: Page, complaints: list[str]) -> None:
    page.route("**/google.firestore.v1.Firestore/**", lambda route: route.abort())
    begin(page)
    for view in VIEWS:
        go(page, view.address)
        told = "What you see may be old, or not be there yet"
        if "suggestion" in view.address:
            told = "The server cannot be reached."  # it is read once, not watched
        expect(page.get_by_text(told), view.address).to_have_count(1)
        for claim in (view.empty[1], "None yet", "0 USD"):
            expect(page.get_by_text(claim)).to_have_count(0)
        expect_sound(page, view.heading)
    complaints.clear()  # the browser reports each request that it could not send


def test_a_view_whose_code_cannot_be_fetched_says_so(opened: Page, complaints: list[str]) -> None:
    opened.route("**/assets/*.js", lambda route: route.abort())
    for view in VIEWS:
        go(opened, view.address)
        expect(opened.get_by_role("alert")).to_contain_text("Its code could not be fetched")
        expect(opened.get_by_role("heading", level=1)).to_be_focused()
        assert opened.title().endswith(" · Quicktest")
    complaints.clear()  # the browser reports each request that it could not send
