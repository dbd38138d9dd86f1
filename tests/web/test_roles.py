"""Roles on the page: whom the browser is on the one-machine stack, what each role is offered, and having none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from local import accounts
from quicktest.roles import Accounts
from tests.web.documents import EXPERIMENT, run_document, until, write_run
from tests.web.emulators import PROJECT


@pytest.fixture
def people(auth_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    """The accounts of the page; what a test takes from them is given back."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_host)
    yield Accounts(PROJECT)
    accounts.seed(auth_host, PROJECT)


def test_the_one_machine_page_is_an_admin_until_another_role_is_chosen(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("running"))
    page.goto(f"/experiments/{EXPERIMENT}")
    expect(page.get_by_label("Role")).to_have_value("admin")
    expect(page.get_by_role("button", name="Cancel experiment")).to_be_visible()
    page.get_by_label("Role").select_option("viewer")
    expect(page.get_by_label("Role")).to_have_value("viewer")
    expect(page.get_by_role("button", name="Cancel experiment")).to_have_count(0)
    expect(page.get_by_text("Train, epoch 2 of 3").first).to_be_visible()
    page.reload()
    expect(page.get_by_label("Role")).to_have_value("viewer")
    page.get_by_label("Role").select_option("editor")
    expect(page.get_by_role("button", name="Cancel experiment")).to_be_visible()


def test_what_is_cancelled_is_cancelled_by_the_chosen_account(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("running"))
    db.collection("experiments").document(EXPERIMENT).set({"owner": "somebody"})
    page.goto(f"/experiments/{EXPERIMENT}")
    page.get_by_label("Role").select_option("editor")
    expect(page.get_by_label("Role")).to_have_value("editor")
    page.get_by_role("button", name="Cancel experiment").click()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("button", name="Requesting…")).to_be_visible()
    command = db.collection("commands").document(f"{EXPERIMENT}--cancel")
    until(lambda: command.get().exists, "the command is stored")
    assert command.get().get("owner") == "local-editor"


def test_without_a_role_one_sentence_says_who_gives_it_and_a_new_token_brings_it(
    page: Page, complaints: list[str], people: Accounts, db: firestore.Client
) -> None:
    write_run(db, run_document("running"))
    people.grant("viewer@quicktest.local", "none")
    page.goto("/")
    page.get_by_label("Role").select_option("viewer")
    expect(page.get_by_role("heading", name="No role yet")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(
        "viewer@quicktest.local has no role in this project, so nothing can be shown: ask an administrator of the "
        "project to run quicktest grant viewer@quicktest.local viewer"
    )
    page.get_by_role("button", name="I have a role now").click()
    expect(page.get_by_role("heading", name="No role yet")).to_be_visible()
    people.grant("viewer@quicktest.local", "viewer")
    page.get_by_role("button", name="I have a role now").click()
    expect(page.get_by_text("Train, epoch 2 of 3")).to_be_visible()
    expect(page.get_by_label("Role")).to_have_value("viewer")
    # A count that the admin's page had just asked for is refused to who came meanwhile, and the browser says so.
    complaints[:] = [each for each in complaints if "runAggregationQuery" not in each]


def test_an_account_that_cannot_be_entered_is_told_and_the_page_stays(
    page: Page, complaints: list[str], people: Accounts, db: firestore.Client
) -> None:
    page.goto("/")
    expect(page.get_by_label("Role")).to_have_value("admin")
    page.route("**/identitytoolkit.googleapis.com/**", lambda route: route.abort())
    page.get_by_label("Role").select_option("editor")
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    expect(page.get_by_label("Role")).to_have_value("admin")
    expect(page.get_by_role("heading", name="No experiments yet")).to_be_visible()
    complaints.clear()  # the browser reports each request that it could not send
