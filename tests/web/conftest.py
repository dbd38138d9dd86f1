"""One real browser, one Firestore and one Auth emulator for all tests of the page; documents are new for each test."""

from __future__ import annotations

import contextlib
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser import chromium
from tests.web.complaints import complaint
from tests.web.emulators import PROJECT, emulators
from tests.web.recorded import write_recorded
from tests.web.site import serve_page

expect.set_options(timeout=20_000)  # benchmarks/page.py measures what must be quick; here a busy machine is no fault


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with emulators(tmp_path_factory.mktemp("emulators")) as hosts:
        yield hosts


@pytest.fixture(scope="session")
def firestore_host(hosts: dict[str, str]) -> str:
    return hosts["firestore"]


@pytest.fixture(scope="session")
def auth_host(hosts: dict[str, str]) -> str:
    return hosts["auth"]


@pytest.fixture(scope="session")
def page_url(hosts: dict[str, str]) -> Iterator[str]:
    with serve_page(hosts) as url:
        yield url


@pytest.fixture(scope="session")
def firestore_client(firestore_host: str) -> Iterator[firestore.Client]:
    """Writes as the functions do: past the rules."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
        yield firestore.Client(project=PROJECT, credentials=AnonymousCredentials())


@dataclass
class Contents:
    """What the database holds now."""

    recorded_for: str | None = None  # the module whose tests found what was recorded, and may have added to it


@pytest.fixture(scope="session")
def contents() -> Contents:
    return Contents()


@pytest.fixture
def db(firestore_client: firestore.Client, firestore_host: str, contents: Contents) -> firestore.Client:
    """The same database, emptied."""
    contents.recorded_for = None
    _empty(firestore_host)
    return firestore_client


@pytest.fixture
def recorded(
    request: pytest.FixtureRequest, firestore_client: firestore.Client, firestore_host: str, contents: Contents
) -> firestore.Client:
    """A database with what a real stack wrote (tests/web/recorded.py), for tests that leave it as they find it: written
    once per module, and again after a test that began with an empty one."""
    module = request.module.__name__
    if contents.recorded_for != module:
        contents.recorded_for = None
        _empty(firestore_host)
        write_recorded()
        contents.recorded_for = module
    return firestore_client


def _empty(firestore_host: str) -> None:
    address = f"http://{firestore_host}/emulator/v1/projects/{PROJECT}/databases/(default)/documents"
    urllib.request.urlopen(urllib.request.Request(address, method="DELETE"), timeout=60).close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, page_url: str) -> Iterator[BrowserContext]:
    with _new_context(browser, page_url) as context:
        yield context


@pytest.fixture
def complaints() -> list[str]:
    """Script errors, console errors and breaches of the content security policy; tests that cause some clear it."""
    return []


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    if told := complaint(message.type, message.text, message.location.get("url", "")):
        complaints.append(told)


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """In the role that the one-machine stack begins with: admin."""
    yield _new_page(context, complaints)
    assert complaints == []


@pytest.fixture
def page_as(browser: Browser, page_url: str, complaints: list[str]) -> Iterator[Callable[[str], Page]]:
    """Opens the page in a role of local/accounts.py, each time in a browser profile of its own."""
    with contextlib.ExitStack() as profiles:

        def open_page(role: str) -> Page:
            context = profiles.enter_context(_new_context(browser, page_url))
            context.add_init_script(f"localStorage.setItem('quicktest.role', '{role}')")
            return _new_page(context, complaints)

        yield open_page
    assert complaints == []


def _new_context(browser: Browser, page_url: str) -> BrowserContext:
    context = browser.new_context(base_url=page_url, viewport={"width": 1200, "height": 900}, locale="en-GB")
    context.set_default_timeout(20_000)
    return context


def _new_page(context: BrowserContext, complaints: list[str]) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: _note(message, complaints))
    return page
