"""What the page says when a service is away, and how it recovers."""

from __future__ import annotations

import urllib.request

from google.cloud import firestore
from playwright.sync_api import Page, expect

from local import accounts
from tests.web.documents import run_document, write_run
from tests.web.emulators import PROJECT


def test_a_list_that_was_never_read_is_not_called_empty(
    page: Page, complaints: list[str], db: firestore.Client
) -> None:
    page.route("**/google.firestore.v1.Firestore/**", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_text("What you see may be old")).to_be_visible()
    expect(page.get_by_text("No experiments yet")).to_have_count(0)
    complaints.clear()  # the browser reports each request that it could not send


def test_without_the_sign_in_service_the_page_says_so_and_tries_again(
    page: Page, complaints: list[str], db: firestore.Client
) -> None:
    page.route("**/identitytoolkit.googleapis.com/**", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("You could not be signed in")
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="No experiments yet")).to_be_visible()
    complaints.clear()  # the browser reports each request that it could not send


def test_a_sign_in_service_that_forgot_everybody_is_no_obstacle(
    page: Page, complaints: list[str], db: firestore.Client, auth_host: str
) -> None:
    """As after a restart of the one-machine stack: its accounts live in memory."""
    write_run(db, run_document("running"))
    page.goto("/")
    expect(page.get_by_text("Train, epoch 2 of 3")).to_be_visible()
    everybody = f"http://{auth_host}/emulator/v1/projects/{PROJECT}/accounts"
    forget = urllib.request.Request(everybody, method="DELETE", headers={"Authorization": "Bearer owner"})
    urllib.request.urlopen(forget, timeout=60).close()
    accounts.seed(auth_host, PROJECT)
    page.reload()
    expect(page.get_by_text("Train, epoch 2 of 3")).to_be_visible()
    complaints.clear()  # the browser reports the refused look-up of the forgotten account
